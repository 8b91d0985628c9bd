"""The guards as their papers' formulas read, on plain tensors and without zoo: what ours must not fall behind.

Each takes (body, head of the source, source rows, strength) and gives (body, features, inputs) -> penalty.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy, log_softmax, softmax

Penalty = Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


def ewc(body: nn.Module, head: nn.Module, rows: tuple[torch.Tensor, torch.Tensor], strength: float) -> Penalty:
    """Exact Fisher: for each row and class one backward pass, weighted by the class's probability."""
    old = {name: value.detach().clone() for name, value in body.named_parameters()}
    fisher = {name: torch.zeros_like(value) for name, value in body.named_parameters()}
    for row in rows[0]:
        logits = head(body(row[None]))[0]
        p = softmax(logits, 0).detach()
        for c in range(len(p)):
            body.zero_grad()
            log_softmax(logits, 0)[c].backward(retain_graph=True)
            for name, value in body.named_parameters():
                fisher[name] += p[c] * value.grad**2 / len(rows[0])
    body.zero_grad()

    def penalty(now: nn.Module, features: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return strength / 2 * sum((fisher[n] * (v - old[n]) ** 2).sum() for n, v in now.named_parameters())

    return penalty


def l2sp(body: nn.Module, head: nn.Module, rows: Any, strength: float) -> Penalty:
    old = {name: value.detach().clone() for name, value in body.named_parameters()}

    def penalty(now: nn.Module, features: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return strength / 2 * sum(((v - old[n]) ** 2).sum() for n, v in now.named_parameters())

    return penalty


def lwf(body: nn.Module, head: nn.Module, rows: Any, strength: float, temperature: float = 2.0) -> Penalty:
    teacher = copy.deepcopy(body).eval()

    def penalty(now: nn.Module, features: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            wanted = softmax(head(teacher(inputs)) / temperature, 1)
        said = log_softmax(head(features) / temperature, 1)
        return strength * temperature**2 * (wanted * (wanted.log() - said)).sum(1).mean()

    return penalty


def kl(body: nn.Module, head: nn.Module, rows: Any, strength: float) -> Penalty:
    return lwf(body, head, rows, strength, temperature=1.0)


def replay(body: nn.Module, head: nn.Module, rows: tuple[torch.Tensor, torch.Tensor], strength: float) -> Penalty:
    draws = torch.Generator().manual_seed(0)

    def penalty(now: nn.Module, features: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        some = torch.randint(len(rows[0]), (32,), generator=draws)
        return strength * cross_entropy(head(now(rows[0][some])), rows[1][some])

    return penalty


GUARDS = {"EWC": ewc, "L2-SP": l2sp, "LwF": lwf, "KL": kl, "replay": replay}
