"""The model behind the prior: every source model has hidden strengths, every task asks for a mix of them.

    z[m, d] = mean[d] + scale[d] * (strengths[m] · phi[d] + noise[d]),   strengths[m] ~ N(B x[m], S)

`z` are normal scores of the results inside one column (one data set, metric and protocol of one source), so no
two protocols or sources are ever averaged; `phi` are the facts of the task, `x` the facts of the model.
`S` says which strengths go together, `B` what a model's facts say of its strengths. This is a Gaussian
process over (model, task) whose covariance is learned, written with its weights in the open, so that leaving
out a data set means leaving out its column.

`mean` and `scale` put columns that saw different models on one footing; `noise` says how much of a column is its own.
All are found by expectation-maximisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Flags = NDArray[np.bool_]

N_ITERATIONS = 8
_RIDGE = 3.0
_PRIOR_ROWS = 20
_PRIOR_NOISE, _PRIOR_NOISE_ROWS = 0.4, 3


@dataclass(frozen=True)
class Strengths:
    """Fitted numbers of one room: `covariance` (k, k), `from_facts` (k, f), and per column mean, scale, noise (d,)."""

    covariance: Float
    from_facts: Float
    mean: Float
    scale: Float
    noise: Float


def normal_scores(values: NDArray[np.floating]) -> Float:
    """(n,) values of one column as normal quantiles of their ranks; ties share the mean of their ranks.

    >>> normal_scores(np.array([0.1, 0.9, 0.5])).round(2).tolist()
    [-0.97, 0.97, 0.0]
    """
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(count)
    quantile = (upper - count / 2) / len(values)
    inverse_cdf = NormalDist().inv_cdf
    return np.array([inverse_cdf(q) for q in quantile], dtype=np.float32)[inverse]


def fit(z: Float, phi: Float, x: Float) -> Strengths:
    """Fit to `z` (n, d), NaN where a model has no result; `phi` (d, k) tasks, `x` (n, f) models."""
    seen = np.isfinite(z)
    flags = seen.astype(np.float32)
    filled = np.where(seen, z, 0).astype(np.float32)
    n_models, k = len(z), phi.shape[1]
    n_seen = np.maximum(flags.sum(0), 1)
    column_mean = filled.sum(0) / n_seen
    mean, scale = column_mean, np.ones(len(phi), dtype=np.float32)
    noise = np.full(len(phi), 0.4, dtype=np.float32)
    start = np.eye(k, dtype=np.float32) * (0.5 / (phi**2).sum(1).mean())
    start[0, 0] = 0.3
    covariance, from_facts = start, np.zeros((k, x.shape[1]), dtype=np.float32)
    outer = _outer(phi)
    for _ in range(N_ITERATIONS):
        residual = np.where(seen, (filled - mean) / scale, 0)
        weights, spread = posterior(residual, flags, phi, noise, covariance, x @ from_facts.T)
        from_facts = regress(weights, x)
        away = weights - x @ from_facts.T
        covariance = (away.T @ away + spread.sum(0) + _PRIOR_ROWS * start) / (n_models + _PRIOR_ROWS)
        expected = weights @ phi.T
        variance = spread.reshape(n_models, -1) @ outer.T
        centre = (expected * flags).sum(0) / n_seen
        deviation = (expected - centre) * flags
        # Scale and mean of a column by regression of its scores on the expected ones, shrunk to scale 1.
        scale = ((deviation * (filled - column_mean)).sum(0) + 5) / (
            (deviation**2).sum(0) + (variance * flags).sum(0) + 5
        )
        scale = np.clip(scale, 0.2, 3)
        mean = column_mean - scale * centre
        miss = ((((filled - mean) / scale - expected) ** 2 + variance) * flags).sum(0)
        noise = (miss + _PRIOR_NOISE_ROWS * _PRIOR_NOISE) / (n_seen + _PRIOR_NOISE_ROWS)
    return Strengths(covariance, from_facts, mean, scale, noise)


def posterior(
    residual: Float, flags: Float, phi: Float, noise: Float, covariance: Float, expected: Float
) -> tuple[Float, Float]:
    """Strengths of each model given its results: means (n, k) and covariances (n, k, k).

    Args:
        residual: (n, d) results on the common footing, 0 where there is none.
        flags: (n, d) 1 where there is a result.
        phi: (d, k) tasks.
        noise: (d,) variance of a column's own part.
        covariance: (k, k) of the strengths around `expected`.
        expected: (n, k) strengths that the facts of the models suggest.
    """
    k = phi.shape[1]
    precision = np.linalg.inv(covariance)
    weighted = phi / noise[:, None]
    gathered = (flags @ (_outer(phi) / noise[:, None])).reshape(-1, k, k) + precision
    spread = np.linalg.inv(gathered)
    means = np.einsum("nkl,nl->nk", spread, residual @ weighted + expected @ precision)
    return means, spread


def regress(weights: Float, x: Float) -> Float:
    """(k, f) ridge regression of strengths (n, k) on the facts of models (n, f)."""
    gram = x.T @ x + _RIDGE * np.eye(x.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, x.T @ weights).T, dtype=np.float32)


def _outer(phi: Float) -> Float:
    """(d, k * k) outer product of each row with itself."""
    return np.asarray((phi[:, :, None] * phi[:, None, :]).reshape(len(phi), -1), dtype=np.float32)
