"""What a few measurements on the user's own data make of the prior: measured accuracy, shrunk to what was expected.

On the logit scale the accuracy of model m is a line in what the prior expected of it, plus a part of its own in which
similar models resemble each other:

    logit(accuracy[m]) = a + b * logit(expected[m]) + t * u[m],   u ~ N(0, (1 - r) I + r * likeness)

The line is learned with wide priors, so a wrong level or a wrong spread of the prior corrects itself; `t` and `r` are
averaged over a grid by how well they explain the measurements. Labelled samples enter by their binomial likelihood
(Laplace's approximation), so a lucky score on 25 labels moves little and one on 10,000 is taken as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

_OWN = (0.05, 0.1, 0.2, 0.4)
SHARED_PARTS = (0.5, 0.95)
"""How much of its own error a model may share with one that is quite like it."""
_LEAST_NOISE, _LEAST_WEIGHT = 1e-9, 1e-3
_LEVEL_VARIANCE, _SLOPE_VARIANCE = 4.0, 1.0
_N_ROUNDS = 4
_EXACT = 1_000_000
"""Labels that stand for an exact evaluation."""

_EDGE = 0.002


@dataclass(frozen=True)
class Updated:
    """(n,) expected accuracy in [0, 1] after the measurements, and (n,) standard deviation of its logit."""

    expected: Array
    spread: Array

    def ranking(self) -> NDArray[np.int64]:
        """Models from the best to the worst."""
        return np.argsort(-self.expected, kind="stable")


def update(
    expected: Array, measured: Array, n_labels: int | Array | None = None, likeness: Array | None = None
) -> Updated:
    """The prior after measurements.

    Args:
        expected: (n,) accuracy in [0, 1] that the prior expects.
        measured: (n,) accuracy measured on the user's data; NaN where a model was not measured.
        n_labels: labelled samples behind each measurement; None: so many that they are exact.
        likeness: (n, n) how alike models are, 1 on the diagonal, positive semi-definite (`Prior.likeness`);
            None: not known.

    Raises:
        ValueError: shapes disagree, a value is no share, or labels are not positive.
    """
    n = len(expected)
    if measured.shape != (n,) or (likeness is not None and likeness.shape != (n, n)):
        raise ValueError(f"want (n,) measured and (n, n) likeness for {n} models, got {measured.shape}")
    seen = np.flatnonzero(np.isfinite(measured))
    if (np.abs(expected - 0.5) > 0.5).any() or (np.abs(measured[seen] - 0.5) > 0.5).any():
        raise ValueError("want shares in [0, 1]; divide percentages by 100")
    labels = np.broadcast_to(np.asarray(_EXACT if n_labels is None else n_labels, dtype=float), (n,))[seen]
    if (labels <= 0).any():
        raise ValueError(f"want a positive number of labels, got {labels.min():g}")
    height = _logit(expected)
    if not len(seen):
        return Updated(np.asarray(expected, dtype=float), np.full(n, np.sqrt(_LEVEL_VARIANCE)))
    line = np.stack([np.ones(n), height - height.mean()], axis=1)
    broad = line @ np.diag([_LEVEL_VARIANCE, _SLOPE_VARIANCE]) @ line.T
    alike = np.eye(n) if likeness is None else likeness
    grid = np.stack([broad + own**2 * ((1 - r) * np.eye(n) + r * alike) for own in _OWN for r in SHARED_PARTS])
    hits = measured[seen] * labels
    mode, mean, noise = _logit((hits + 1) / (labels + 2)), height, labels
    weight: Array = np.zeros(len(grid))
    for _ in range(_N_ROUNDS):
        share = _share(mode)
        slope = np.maximum(share * (1 - share), _EDGE) * labels
        noise = 1 / slope  # Laplace: the binomial as a Gaussian around the mode
        weight, means = _explained(grid, height, seen, mode + (hits - share * labels) * noise, noise)
        mean = weight @ means
        mode = mean[seen]
    return Updated(_share(mean), _spread(grid, seen, noise, weight))


def _explained(
    grid: Array, height: Array, seen: NDArray[np.int64], working: Array, noise: Array
) -> tuple[Array, Array]:
    """(g,) weight of each covariance of the grid by how well it explains the noisy logits, and (g, n) its mean."""
    near = grid[:, seen[:, None], seen] + np.diag(noise + _LEAST_NOISE)
    away = working - height[seen]
    pull = np.linalg.solve(near, np.broadcast_to(away[:, None], (len(grid), len(seen), 1)))[:, :, 0]
    evidence = -0.5 * (pull @ away) - 0.5 * np.linalg.slogdet(near)[1]
    weight = np.exp(evidence - evidence.max())
    return weight / weight.sum(), height + np.einsum("gns,gs->gn", grid[:, :, seen], pull)


def _spread(grid: Array, seen: NDArray[np.int64], noise: Array, weight: Array) -> Array:
    """(n,) standard deviation of the logits, averaged over the covariances that explain anything."""
    variance = np.zeros(grid.shape[1])
    for covariance, part in zip(grid, weight, strict=True):
        if part > _LEAST_WEIGHT:
            near = covariance[np.ix_(seen, seen)] + np.diag(noise + _LEAST_NOISE)
            told = np.einsum("sn,sn->n", covariance[seen], np.linalg.solve(near, covariance[seen]))
            variance += part * (np.diag(covariance) - told)
    return np.sqrt(np.maximum(variance, 0))


def _logit(share: Array) -> Array:
    clipped = np.clip(share, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _share(height: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-height)))
