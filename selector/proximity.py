"""How near are two domains? Distances between two sets of feature vectors of one encoder; 0 means alike.

None needs labels: that is rung 3 of the ladder, between metadata and a probe.
"""

from __future__ import annotations

import math

import numpy as np

from zoo.errors import DataError

from .probes import Float


def frechet_distance(a: Float, b: Float) -> float:
    """Squared distance of two Gaussians fitted to the rows, 0 or more; on Inception features it is the FID.

    Args:
        a: (n, d) and b: (m, d) features of one encoder; two rows at least.

    Raises:
        DataError: shapes disagree, or a value is not finite.

    Source:
        Heusel et al. 2017, arXiv:1706.08500, eq. 6 (Dowson and Landau 1982).

    >>> frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0]]))
    9.0
    """
    x, y = _checked(a, b)
    first, second = np.cov(x, rowvar=False).reshape(x.shape[1], -1), np.cov(y, rowvar=False).reshape(x.shape[1], -1)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # tr((AB)^1/2) = sum of roots of the eigenvalues of A^1/2 B A^1/2, which is symmetric.
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0)).sum()
    apart = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    return max(0.0, float(apart + np.trace(first) + np.trace(second) - 2 * shared))


def proxy_a_distance(a: Float, b: Float, *, seed: int = 0) -> float:
    """2 (1 - 2 e), with e the held-out error of a linear classifier that tells a from b; 0 alike, 2 apart.

    The larger set is thinned to the size of the smaller one, so that guessing has an error of one half.

    Args:
        a: (n, d) and b: (m, d) features of one encoder; four rows at least.
        seed: of thinning and of the two halves.

    Raises:
        DataError: as for `frechet_distance`, or too few rows.

    Source:
        Ben-David et al. 2006, "Analysis of representations for domain adaptation"; Glorot et al. 2011.
    """
    from sklearn.linear_model import LogisticRegression

    x, y = _checked(a, b)
    n = min(len(x), len(y))
    if n < 4:
        raise DataError(f"want at least four rows on each side, got {n}.", "Give more samples.")
    rng = np.random.default_rng(seed)
    x, y = x[rng.permutation(len(x))[:n]], y[rng.permutation(len(y))[:n]]
    half = n // 2
    train, test = np.vstack([x[:half], y[:half]]), np.vstack([x[half:], y[half:]])
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(std > 0, std, 1)
    side = np.repeat([0, 1], [half, half])
    model = LogisticRegression(max_iter=1000).fit((train - mean) / std, side)
    error = float(np.mean(model.predict((test - mean) / std) != np.repeat([0, 1], [n - half, n - half])))
    return 2 * (1 - 2 * min(error, 0.5))


def mmd(a: Float, b: Float, *, bandwidth: float | None = None, max_rows: int = 2000, seed: int = 0) -> float:
    """Squared maximum mean discrepancy with a Gaussian kernel, unbiased: around 0 for alike, slightly below is chance.

    Args:
        a: (n, d) and b: (m, d) features of one encoder; two rows at least.
        bandwidth: of the kernel exp(-|x - y|^2 / (2 s^2)); None: the median distance of the pooled rows.
        max_rows: larger sets are thinned to this many rows, because the cost is quadratic.
        seed: of thinning.

    Raises:
        DataError: as for `frechet_distance`.

    Source:
        Gretton et al. 2012, JMLR 13, eq. 3 (unbiased statistic) and section 8 (median heuristic).
    """
    rng = np.random.default_rng(seed)
    x, y = (rows[rng.permutation(len(rows))[:max_rows]] if len(rows) > max_rows else rows for rows in _checked(a, b))
    pooled = np.vstack([x, y])
    square = _squared_distances(pooled)
    if bandwidth is None:
        bandwidth = math.sqrt(float(np.median(square[np.triu_indices(len(pooled), 1)]))) or 1.0
    kernel = np.exp(-square / (2 * bandwidth**2))
    n, m = len(x), len(y)
    own_x, own_y, cross = kernel[:n, :n], kernel[n:, n:], kernel[:n, n:]
    within = (own_x.sum() - n) / (n * (n - 1)) + (own_y.sum() - m) / (m * (m - 1))
    return float(within - 2 * cross.mean())


def _squared_distances(rows: Float) -> Float:
    norm = (rows**2).sum(axis=1)
    return np.asarray(np.maximum(norm[:, None] + norm[None, :] - 2 * rows @ rows.T, 0), dtype=np.float64)


def _checked(a: Float, b: Float) -> tuple[Float, Float]:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or min(len(x), len(y)) < 2:
        raise DataError(
            f"want (n, d) and (m, d) features with two rows or more, got {x.shape} and {y.shape}.", "Use one encoder."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("features hold a NaN or an infinity.", "Look at the images that gave them.")
    return x, y


LEAST_ROWS = 8
"""Inputs from which distances and clusters mean anything."""
