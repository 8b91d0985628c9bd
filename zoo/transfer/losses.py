"""The losses of tuning: classes (one or several a row) with weights and smoothing, and rows of alike classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.transfer.recipe import Recipe

if TYPE_CHECKING:
    import torch


class Loss:
    """Mean loss of a batch; weights come from the training rows."""

    def __init__(self, recipe: Recipe, targets: NDArray[np.integer], n_classes: int) -> None:
        self.multilabel = targets.ndim == 2
        self.smoothing = recipe.label_smoothing
        self.weights: NDArray[np.float32] | None = None
        if recipe.balanced:
            self.weights = balance(targets, n_classes)

    def __call__(self, logits: torch.Tensor, targets: torch.Tensor, mixed: torch.Tensor | None = None) -> torch.Tensor:
        """Scalar; `mixed` (b, c) replaces the targets where rows were blended."""
        import torch
        from torch.nn import functional

        weights = None if self.weights is None else torch.from_numpy(self.weights).to(logits)
        if self.multilabel:
            wanted = targets.to(logits) if mixed is None else mixed
            wanted = wanted * (1 - self.smoothing) + 0.5 * self.smoothing
            return functional.binary_cross_entropy_with_logits(logits, wanted, pos_weight=weights)
        return functional.cross_entropy(
            logits, targets if mixed is None else mixed, weight=weights, label_smoothing=self.smoothing
        )

    def plain(self, logits: NDArray[np.float64], targets: NDArray[np.integer]) -> float:
        """Loss of held-out rows, without smoothing."""
        import torch

        made = Loss.__new__(Loss)
        made.multilabel, made.smoothing, made.weights = self.multilabel, 0.0, self.weights
        return float(made(torch.from_numpy(logits), torch.from_numpy(np.asarray(targets))))


def balance(targets: NDArray[np.integer], n_classes: int) -> NDArray[np.float32]:
    """(c,) weight of each class, 1 on the mean over rows; multilabel: negatives over positives."""
    if targets.ndim == 2:
        positive = targets.sum(axis=0)
        return np.asarray((len(targets) - positive + 1) / (positive + 1), dtype=np.float32)
    count = np.bincount(targets, minlength=n_classes)
    return np.asarray(len(targets) / (max(1, (count > 0).sum()) * np.maximum(count, 1)), dtype=np.float32)


def alike_loss(features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Squared error of the cosines of all pairs of rows against 1 (same class) and 0; both kinds weigh the same.

    Source:
        Tunstall et al. 2022, arXiv:2209.11055 (SetFit's pairs and its cosine loss); all pairs of a batch in place of
        drawn ones.
    """
    import torch

    rows = torch.nn.functional.normalize(features, dim=-1)
    cosine = rows @ rows.T
    same = targets[:, None] == targets[None, :]
    off = ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    near, far = same & off, ~same
    loss = rows.new_zeros(())
    if bool(near.any()):
        loss = loss + (1 - cosine[near]).square().mean()
    if bool(far.any()):
        loss = loss + cosine[far].square().mean()
    return loss / 2
