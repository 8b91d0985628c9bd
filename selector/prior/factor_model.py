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

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Flags = NDArray[np.bool_]

N_ITERATIONS = 8
_RIDGE = 3.0
_PRIOR_ROWS = 20
_PRIOR_NOISE, _PRIOR_NOISE_ROWS = 0.4, 3
_FLOOR = 1e-4


@dataclass(frozen=True)
class Strengths:
    """Fitted numbers of one room: `covariance` (k, k), `from_facts` (k, f), and per column `mean`, `scale`, `noise`
    and `crowd` (d,): how many times its noise counts because near-duplicates say the same thing again.
    """

    covariance: Float
    from_facts: Float
    mean: Float
    scale: Float
    noise: Float
    crowd: Float

    def tempered(self, trust: Float) -> Strengths:
        """With `trust` (k,) in [0, 1] put into each feature of tasks: 0 leaves a feature without effect."""
        root = np.sqrt(trust).astype(np.float32)
        covariance = self.covariance * root[:, None] * root + _FLOOR * np.eye(len(root), dtype=np.float32)
        return replace(self, covariance=covariance, from_facts=self.from_facts * root[:, None])


def normal_scores(values: NDArray[np.floating]) -> Float:
    """(n,) values of one column as normal quantiles of their ranks; ties share the mean of their ranks.

    >>> [round(score, 2) for score in normal_scores(np.array([0.1, 0.9, 0.5])).tolist()]
    [-0.97, 0.97, 0.0]
    """
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(count)
    quantile = (upper - count / 2) / len(values)
    inverse_cdf = NormalDist().inv_cdf
    return np.array([inverse_cdf(q) for q in quantile], dtype=np.float32)[inverse]


def crowding(groups: Sequence[str], shared: float) -> Float:
    """(d,) how many times a column's noise counts, when `shared` of it is common to its group of near-duplicates.

    >>> crowding(["a", "b", "b", "b"], shared=0.5).tolist()
    [1.0, 2.0, 2.0, 2.0]
    """
    size = Counter(groups)
    return np.array([1 - shared + shared * size[group] for group in groups], dtype=np.float32)


def fit(z: Float, phi: Float, x: Float, crowd: Float) -> Strengths:
    """Fit to `z` (n, d), NaN where a model has no result; `phi` (d, k) tasks, `x` (n, f) models, `crowd` (d,)."""
    heard = np.isfinite(z).any(axis=1)  # models of whom nothing is known must not pull the regression on facts to zero
    z, x = z[heard], x[heard]
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
    twice = 2 - np.eye(k, dtype=np.float32)[np.triu_indices(k)]  # a pair off the diagonal stands for two
    pairs = _pairs(phi) * twice
    for _ in range(N_ITERATIONS):
        residual = np.where(seen, (filled - mean) / scale, 0)
        weights, spread = posterior(residual, flags, phi, noise * crowd, covariance, x @ from_facts.T)
        from_facts = regress(weights, x)
        away = weights - x @ from_facts.T
        covariance = (away.T @ away + spread.sum(0) + _PRIOR_ROWS * start) / (n_models + _PRIOR_ROWS)
        expected = weights @ phi.T
        variance = spread[:, *np.triu_indices(k)] @ pairs.T
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
    return Strengths(covariance, from_facts, mean, scale, noise, crowd)


def posterior(
    residual: Float, flags: Float, phi: Float, noise: Float, covariance: Float, expected: Float
) -> tuple[Float, Float]:
    """Strengths of each model given its results: means (n, k) and covariances (n, k, k).

    Args:
        residual: (n, d) results on the common footing, 0 where there is none.
        flags: (n, d) 1 where there is a result.
        phi: (d, k) tasks.
        noise: (d,) variance of a column's own part, times its crowd.
        covariance: (k, k) of the strengths around `expected`.
        expected: (n, k) strengths that the facts of the models suggest.
    """
    precision = np.linalg.inv(covariance)
    weighted = phi / noise[:, None]
    told = _squares(flags @ information(phi, noise), len(precision))
    spread = np.asarray(np.linalg.inv(told + precision), dtype=np.float32)
    means: Float = np.einsum("nkl,nl->nk", spread, residual @ weighted + expected @ precision)
    return means, spread


def answer(
    residual: Float, half: Float, phi: Float, noise: Float, covariance: Float, expected: Float, target: Float
) -> tuple[Float, Float]:
    """Strength of each model on one task with features `target` (k,): means (n,), and reach (n, k).

    `reach` is the covariance of the strengths with the one asked for, so `reach @ target` is the variance. `half`
    (n, k (k + 1) / 2) is the sum of `information` over the columns in which a model has a result; the rest is as in
    `posterior`, of which this is the part that one question needs.
    """
    told, pulled = _normal_equations(residual, half, phi, noise, covariance, expected)
    both = np.stack([pulled, np.broadcast_to(target, pulled.shape)], axis=2)
    solved = np.linalg.solve(told, both)
    reach: Float = solved[:, :, 1].astype(np.float32)
    return (solved[:, :, 0] @ target).astype(np.float32), reach


def means(residual: Float, half: Float, phi: Float, noise: Float, covariance: Float, expected: Float) -> Float:
    """(n, k) strengths of each model, as `posterior` has them without their covariances; arguments as in `answer`."""
    told, pulled = _normal_equations(residual, half, phi, noise, covariance, expected)
    return np.asarray(np.linalg.solve(told, pulled[:, :, None])[:, :, 0], dtype=np.float32)


def _normal_equations(
    residual: Float, half: Float, phi: Float, noise: Float, covariance: Float, expected: Float
) -> tuple[Float, Float]:
    """Left (n, k, k) and right side (n, k) of the equations of the strengths."""
    precision = np.linalg.inv(covariance)
    pulled = residual @ (phi / noise[:, None]) + expected @ precision
    return _squares(half, len(precision)) + precision, pulled


def regress(weights: Float, x: Float) -> Float:
    """(k, f) ridge regression of strengths (n, k) on the facts of models (n, f)."""
    gram = x.T @ x + _RIDGE * np.eye(x.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(gram, x.T @ weights).T, dtype=np.float32)


def information(phi: Float, noise: Float) -> Float:
    """(d, k (k + 1) / 2) what a result in each column says of strengths: the upper half of phi phi' / noise."""
    return np.asarray(_pairs(phi) / noise[:, None], dtype=np.float32)


def _squares(half: Float, k: int) -> Float:
    """(n, k, k) symmetric matrices of their upper halves."""
    rows, columns = np.triu_indices(k)
    full = np.empty((len(half), k, k), dtype=np.float32)
    full[:, rows, columns] = half
    full[:, columns, rows] = half
    return full


def _pairs(phi: Float) -> Float:
    """(d, k (k + 1) / 2) products of the features of each row, one a pair."""
    rows, columns = np.triu_indices(phi.shape[1])
    return np.asarray(phi[:, rows] * phi[:, columns], dtype=np.float32)
