"""Small networks with a body and a head, and the split digits of scikit-learn."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass
class Said:
    features: torch.Tensor
    logits: torch.Tensor


class Small(nn.Module):
    """A body and a linear head; a batch is (inputs, targets)."""

    def __init__(self, body: nn.Module, width: int, n_classes: int) -> None:
        super().__init__()
        self.body = body
        self.head = nn.Linear(width, n_classes)

    def forward(self, batch):
        features = self.body(batch[0])
        return Said(features, self.head(features))


def small(n_classes=3, *, seed=0, n_inputs=4, width=5):
    torch.manual_seed(seed)
    body = nn.Sequential(nn.Linear(n_inputs, 6), nn.Tanh(), nn.Linear(6, width), nn.Tanh())
    return Small(body, width, n_classes)


def rows(n=7, *, seed=0, n_inputs=4, n_classes=3):
    draws = torch.Generator().manual_seed(seed)
    return torch.randn(n, n_inputs, generator=draws), torch.randint(n_classes, (n,), generator=draws)


def moved(model, *, seed=1, by=0.3):
    """The model after some training: each weight a little elsewhere."""
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in model.parameters():
            value += by * torch.randn(value.shape, generator=draws)
    return model


@functools.cache
def digits():
    """(train, test) of 8x8 digits, each (inputs, targets); a fifth is for testing."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = torch.tensor(x[order] / 16, dtype=torch.float32), torch.tensor(y[order])
    n_test = len(x) // 5
    return (x[n_test:], y[n_test:]), (x[:n_test], y[:n_test])
