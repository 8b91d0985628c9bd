"""Scores of how far the classes lie apart: H-score, SFDA, TransRate, GBC, PARC."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

from ..probes import Float, Int
from .classes import Classed, classed

_F64 = NDArray[np.float64]
_SFDA_PULL = 5.0
_CUT = 1e-10
"""Directions with less than this share of the largest variance count as none."""


def h_score(features: Float, labels: Int, *, shrink: bool = False) -> float:
    """Trace of (covariance of features)^-1 times (covariance of class means); between 0 and the number of features.

    With no more rows than features it is the number of classes less one whatever the labels, unless `shrink`.

    Args:
        features, labels: as for `logme`.
        shrink: take the covariance of Ledoit and Wolf, which is right with few rows too.

    Raises:
        DataError: as for `logme`.

    Source:
        Bao et al. 2019, "An information-theoretic approach to transferability in task transfer learning", def. 2;
        Ibrahim et al. 2022, arXiv:2110.06893, eq. 4 (shrunk).
    """
    data = classed(features, labels)
    n, d = data.rows.shape
    data = Classed(data.rows - data.rows.mean(axis=0), data.start, data.count)
    means = data.sums / data.count[:, None]
    share = data.count / n
    if shrink:
        from sklearn.covariance import ledoit_wolf_shrinkage

        pull = float(ledoit_wolf_shrinkage(data.rows, assume_centered=True))
        covariance = data.rows.T @ data.rows / n
        regular = (1 - pull) * covariance + pull * np.trace(covariance) / d * np.eye(d)
        return (1 - pull) * _trace(regular, means, share)
    if n <= d:
        values, u = np.linalg.eigh(data.rows @ data.rows.T)
        reached = np.add.reduceat(u[:, values > _CUT * values[-1]], data.start, axis=0)  # (c, k)
        return float(((reached**2).sum(axis=1) / data.count).sum())
    return _trace(data.rows.T @ data.rows / n, means, share)


def _trace(covariance: _F64, means: _F64, share: _F64) -> float:
    """Sum over classes of share times mean' covariance^-1 mean; directions without variance are left out."""
    from scipy.linalg import LinAlgError, cholesky, solve_triangular
    from scipy.linalg.lapack import dpocon

    try:
        lower = cholesky(covariance, lower=True)
        known, _ = dpocon(lower, np.abs(covariance).sum(axis=0).max(), uplo="L")
    except LinAlgError:
        known = 0.0
    if known > 100 * _CUT:
        return float(((solve_triangular(lower, means.T, lower=True) ** 2).sum(axis=0) * share).sum())
    values, vectors = np.linalg.eigh(covariance)
    kept = values > _CUT * values[-1]
    return float((((means @ vectors[:, kept]) ** 2 / values[kept]).sum(axis=1) * share).sum())


def sfda(features: Float, labels: Int) -> float:
    """Mean log-likelihood of the right class under a self-challenging, regularised Fisher discriminant; at most 0.

    Args and errors as for `logme`.

    Source:
        Shao et al. 2022, arXiv:2207.03036, eq. 3-8: shrinkage exp(-a s) with s the largest eigenvalue of the
        within-class scatter and a = 5, then every row is mixed with the mean of the other classes by its confidence.
    """
    data = classed(features, labels)
    x, index, sums = data.rows, data.index, data.sums
    row = np.arange(len(x))
    first, shrinkage = _fisher(data, None)
    own = np.exp(first[row, index])[:, None]  # confidence in the right class
    others = (sums.sum(axis=0) - sums) / (len(x) - data.count)[:, None]
    mixed = own * x + (1 - own) * others[index]
    second, _ = _fisher(Classed(mixed, data.start, data.count), shrinkage)
    return float(second[row, index].mean())


def _fisher(data: Classed, shrinkage: float | None) -> tuple[_F64, float]:
    """(n, c) log probability of each class, and the shrinkage that was used.

    Projecting on the discriminant directions and taking the nearest mean is, up to a term that all classes share,
    the inverse of the shrunk scatter between rows and means: no eigenvectors are needed.
    """
    from scipy.linalg import cho_factor, cho_solve

    n, d = data.rows.shape
    centre = data.rows.mean(axis=0)
    x = data.rows - centre
    apart = data.sums / data.count[:, None] - centre  # (c, d)
    within = (x.T @ x - (apart * data.count[:, None]).T @ apart) / n
    if shrinkage is None:
        shrinkage = max(math.exp(-_SFDA_PULL * max(_largest(within), 0.0)), 1e-10)
    regular = (1 - shrinkage) * within
    regular[np.diag_indices(d)] += shrinkage
    try:
        weight = cho_solve(cho_factor(regular), apart.T)  # (d, c)
    except np.linalg.LinAlgError:  # rounding made the smallest eigenvalue negative
        values, vectors = np.linalg.eigh(regular)
        weight = vectors @ ((vectors.T @ apart.T) / np.maximum(values, 1e-12)[:, None])
    logits = x @ weight - 0.5 * np.einsum("cd,dc->c", apart, weight) + np.log(data.count / n)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), shrinkage


def _largest(symmetric: _F64) -> float:
    """The largest eigenvalue."""
    from scipy.linalg import eigh

    d = len(symmetric)
    return float(eigh(symmetric, eigvals_only=True, subset_by_index=(d - 1, d - 1))[0])


def transrate(features: Float, labels: Int, *, epsilon: float = 1e-4) -> float:
    """Coding rate of the features minus the mean coding rate of the classes, in nats.

    Args and errors as for `logme`; `epsilon` is the distortion.

    Source:
        Huang et al. 2022, arXiv:2106.09362, eq. 2-4.
    """
    data = classed(features, labels)
    centred = Classed(data.rows - data.rows.mean(axis=0), data.start, data.count)
    of_classes = [_coding_rate(rows, epsilon) for rows in centred.blocks()]
    return _coding_rate(centred.rows, epsilon) - float(np.mean(of_classes))


def _coding_rate(rows: _F64, epsilon: float) -> float:
    """Half the log-determinant of 1 + gram / (n epsilon), on the smaller side."""
    n, d = rows.shape
    gram = (rows @ rows.T if n < d else rows.T @ rows) / (n * epsilon)
    gram[np.diag_indices(len(gram))] += 1
    return float(np.log(np.diag(np.linalg.cholesky(gram))).sum())


def gbc(features: Float, labels: Int, *, variance_floor: float = 1e-6) -> float:
    """Minus the overlap of all ordered pairs of classes, each taken as a Gaussian with diagonal covariance; at most 0.

    Args and errors as for `logme`; a class needs two rows.

    Source:
        Pandy et al. 2022, arXiv:2111.12780, eq. 2-5 (Bhattacharyya coefficients); the paper first projects to 64
        principal components, which is left to the caller.
    """
    data = classed(features, labels)
    if data.count.min() < 2:
        raise DataError("a class has a single row, and so no variance.", "Give at least two rows a class.")
    means = data.sums / data.count[:, None]
    variances = np.stack([rows.var(axis=0, ddof=1) for rows in data.blocks()]) + variance_floor
    height = np.log(variances).sum(axis=1)
    overlap = 0.0
    for i in range(1, len(means)):
        shared = (variances[i] + variances[:i]) / 2  # (i, d)
        apart = ((means[i] - means[:i]) ** 2 / shared).sum(axis=1) / 8
        spread = 0.5 * (np.log(shared).sum(axis=1) - 0.5 * (height[i] + height[:i]))
        overlap += 2 * float(np.exp(-(apart + spread)).sum())
    return -overlap


def parc(features: Float, labels: Int) -> float:
    """Spearman correlation of pairwise feature distances with pairwise label distances, in [-1, 1].

    Distances are 1 minus Pearson correlation; the cost grows with n squared, so pass at most a few thousand rows.

    Args and errors as for `logme`; the paper prints 100 times this.

    Source:
        Bolya et al. 2021, arXiv:2111.06977, section 4.
    """
    data = classed(features, labels)
    lower = np.tril_indices(len(data.rows), -1)
    differs = (data.index[:, None] != data.index)[lower]  # labels of one-hot rows lie at two distances alone
    # Distances are compared at 12 digits, because they are rounded; the label rides in the last bit through the sort.
    pairs = np.rint((1 - _correlation(data.rows))[lower] * 1e12).astype(np.int64) * 2 + differs
    pairs.sort()
    value, differs = pairs >> 1, (pairs & 1).astype(bool)
    start = np.flatnonzero(np.concatenate([[True], value[1:] != value[:-1]]))
    tied = np.diff(np.append(start, len(value)))
    rank = start + (tied - 1) / 2 - (len(value) - 1) / 2  # of each distinct distance, about the mean of all
    n_differ = np.add.reduceat(differs, start, dtype=np.int64)
    norm = math.sqrt(float(tied @ rank**2) * differs.sum() * (1 - differs.mean()))
    return float(n_differ @ rank) / norm if norm > 0 else 0.0


def _correlation(rows: _F64) -> _F64:
    centred = rows - rows.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(norm > 0, norm, 1)
    return np.asarray(unit @ unit.T, dtype=np.float64)
