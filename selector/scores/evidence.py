"""LogME: how well Bayesian least squares explains the labels, of the user or of clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

from ..probes import Float, Int
from .classes import Classed, classed

_F64 = NDArray[np.float64]


def logme(features: Float, labels: Int, *, max_iterations: int = 100, tolerance: float = 1e-6) -> float:
    """Log marginal evidence per row of Bayesian least squares from features to one-hot labels, mean over classes.

    One decomposition of the smaller Gram matrix serves all classes, whose fixed points are found side by side.

    Args:
        features: (n, d), finite; fewer rows than features are as good as more.
        labels: (n,) class index per row; at least two classes.

    Raises:
        DataError: shapes disagree, a value is not finite, or there is one class.

    Source:
        You et al. 2021, arXiv:2102.11005, algorithm 1 (fixed point for alpha and beta); the evidence is eq. 2.
    """
    data = classed(features, labels)
    n, d = data.rows.shape
    sigma, z2 = _projected(data)
    outside = np.maximum(data.count - z2.sum(axis=0), 0.0)  # (c,) the part that no features can reach
    alpha, beta = np.ones(len(outside)), np.ones(len(outside))
    going = np.arange(len(outside))
    for _ in range(max_iterations):
        z, t = z2[:, going], alpha[going] / beta[going]
        ratio = 1 / (sigma[:, None] + t)  # (k, c)
        gamma = sigma @ ratio
        fit = z * ratio**2
        residual = t**2 * fit.sum(axis=0) + outside[going]
        alpha[going] = gamma / np.maximum(sigma @ fit, 1e-12)
        beta[going] = np.maximum(n - gamma, 1e-12) / np.maximum(residual, 1e-12)
        going = going[np.abs(alpha[going] / beta[going] - t) > tolerance * t]
        if not len(going):
            break
    t = alpha / beta
    fit = z2 / (sigma[:, None] + t) ** 2
    residual = t**2 * fit.sum(axis=0) + outside
    logdet = np.log(alpha + beta * sigma[:, None]).sum(axis=0) + (d - len(sigma)) * np.log(alpha)
    told = n * np.log(beta) + d * np.log(alpha) - n * np.log(2 * np.pi)
    return float((0.5 * (told - beta * residual - alpha * (sigma @ fit) - logdet)).mean() / n)


def _projected(data: Classed) -> tuple[_F64, _F64]:
    """(k,) squared singular values of the features, and (k, c) squared projections of each one-hot label."""
    x = data.rows
    n, d = x.shape
    if n < d:
        sigma, u = np.linalg.eigh(x @ x.T)
        return np.maximum(sigma, 0.0), np.add.reduceat(u, data.start, axis=0).T ** 2
    sigma, v = np.linalg.eigh(x.T @ x)
    reached = sigma > sigma[-1] * n * np.finfo(np.float64).eps
    z2 = np.zeros((d, len(data.count)))
    z2[reached] = (v[:, reached].T @ data.sums.T) ** 2 / sigma[reached, None]
    return np.where(reached, sigma, 0.0), z2


def cluster_logme(features: Float, n_clusters: int, *, seed: int = 0) -> float:
    """LogME of the features with their own clusters for labels: a label-free score; greater is better.

    High where the features fall into groups that a line can tell apart. Over 11 small encoders and 7 sets of real
    pictures its rank correlation with the accuracy of probe and neighbours was 0.27 on average (-0.26 to 0.75, low on
    two-class sets); silhouette reached 0.21 and effective rank 0.01 (tests/benchmarks/label_free_scores.py).

    Args:
        features: (n, d), finite; more rows than clusters.
        n_clusters: number of classes where it is known.

    Raises:
        DataError: as for `logme`, or not more rows than clusters.
    """
    from sklearn.cluster import KMeans

    x = np.asarray(features, dtype=np.float64)
    if x.ndim != 2 or not 2 <= n_clusters < len(x):
        raise DataError(f"want at least 2 clusters and more rows, got {n_clusters} of {x.shape}.", "Give more samples.")
    centred = x - x.mean(axis=0)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    groups = KMeans(n_clusters, n_init=3, random_state=seed).fit(centred / np.where(norm > 0, norm, 1)).labels_
    return logme(x, np.asarray(groups, dtype=np.int64))
