"""Transferability scores: guess from features, or from a source classifier's outputs, how well a model will transfer.

Pure functions of arrays; greater is better for every one of them. They are offered for comparison, not as a default:
on the suites where both can be computed, mean accuracy on other data sets ranks models better than any of these
(weighted Kendall tau .84 against .51 for LogME on one 11 x 11 suite), and k nearest neighbours beat 22 of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

from .probes import Float, Int, checked_pair

_SFDA_PULL = 5.0


def logme(features: Float, labels: Int, *, max_iterations: int = 100, tolerance: float = 1e-6) -> float:
    """Log marginal evidence per row of Bayesian least squares from features to one-hot labels, mean over classes.

    Args:
        features: (n, d), finite.
        labels: (n,) class index per row; at least two classes.

    Raises:
        DataError: shapes disagree, a value is not finite, or there is one class.

    Source:
        You et al. 2021, arXiv:2102.11005, algorithm 1 (fixed point for alpha and beta); the evidence is eq. 2.
    """
    x, y = _classes(features, labels)
    n, d = x.shape
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    sigma = s**2
    total = 0.0
    for label in np.unique(y):
        target = (y == label).astype(np.float64)
        z2 = (u.T @ target) ** 2
        outside = max(float(target @ target - z2.sum()), 0.0)  # the part that no features can reach
        alpha, beta = 1.0, 1.0
        for _ in range(max_iterations):
            t = alpha / beta
            gamma = float((sigma / (sigma + t)).sum())
            m2 = float((sigma * z2 / (sigma + t) ** 2).sum())
            residual = float((z2 * (t / (sigma + t)) ** 2).sum()) + outside
            alpha, beta = gamma / max(m2, 1e-12), max(n - gamma, 1e-12) / max(residual, 1e-12)
            if abs(alpha / beta - t) <= tolerance * t:
                break
        total += _evidence(n, d, sigma, z2, outside, alpha, beta) / n
    return total / len(np.unique(y))


def _evidence(n: int, d: int, sigma: Float, z2: Float, outside: float, alpha: float, beta: float) -> float:
    t = alpha / beta
    m2 = float((sigma * z2 / (sigma + t) ** 2).sum())
    residual = float((z2 * (t / (sigma + t)) ** 2).sum()) + outside
    logdet = float(np.log(alpha + beta * sigma).sum()) + (d - len(sigma)) * math.log(alpha)
    fit = n * math.log(beta) + d * math.log(alpha) - n * math.log(2 * math.pi)
    return 0.5 * (fit - beta * residual - alpha * m2 - logdet)


def h_score(features: Float, labels: Int) -> float:
    """Trace of (covariance of features)^-1 times (covariance of class means); between 0 and the number of features.

    Args and errors as for `logme`.

    Source:
        Bao et al. 2019, "An information-theoretic approach to transferability in task transfer learning", def. 2.
    """
    x, y = _classes(features, labels)
    centred = x - x.mean(axis=0)
    means = _means_of_rows(centred, y)
    covariance = centred.T @ centred / len(x)
    return float(np.trace(np.linalg.pinv(covariance, rcond=1e-10) @ (means.T @ means / len(x))))


def sfda(features: Float, labels: Int) -> float:
    """Mean log-likelihood of the right class under a self-challenging, regularised Fisher discriminant; at most 0.

    Args and errors as for `logme`.

    Source:
        Shao et al. 2022, arXiv:2207.03036, eq. 3-8: shrinkage exp(-a s) with s the largest eigenvalue of the
        within-class scatter and a = 5, then every row is mixed with the mean of the other classes by its confidence.
    """
    x, y = _classes(features, labels)
    classes, index = np.unique(y, return_inverse=True)
    first, shrinkage = _fisher(x, index, len(classes), None)
    own = np.exp(first[np.arange(len(x)), index])[:, None]  # confidence in the right class
    sums = np.zeros((len(classes), x.shape[1]))
    np.add.at(sums, index, x)
    count = np.bincount(index)[:, None]
    others = (sums.sum(axis=0) - sums) / (len(x) - count)
    mixed = own * x + (1 - own) * others[index]
    second, _ = _fisher(mixed, index, len(classes), shrinkage)
    return float(second[np.arange(len(x)), index].mean())


def _fisher(x: Float, index: Int, n_classes: int, shrinkage: float | None) -> tuple[Float, float]:
    """(n, c) log probability of each class, and the shrinkage that was used."""
    n, d = x.shape
    count = np.bincount(index, minlength=n_classes)
    means = np.zeros((n_classes, d))
    np.add.at(means, index, x)
    means /= count[:, None]
    within = (x - means[index]).T @ (x - means[index]) / n
    if shrinkage is None:
        shrinkage = max(math.exp(-_SFDA_PULL * float(np.linalg.eigvalsh(within)[-1])), 1e-10)
    centre = x.mean(axis=0)
    between = ((means - centre) * (count / n)[:, None]).T @ (means - centre)
    regular = (1 - shrinkage) * within + shrinkage * np.eye(d)
    # The directions u that maximise u' B u / u' W u, scaled so that u' W u = 1.
    values, vectors = np.linalg.eigh(regular)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-12))
    _, turned = np.linalg.eigh(whiten.T @ between @ whiten)
    directions = whiten @ turned[:, ::-1][:, : min(n_classes - 1, d)]
    low, middle = x @ directions, means @ directions
    logits = low @ middle.T - 0.5 * (middle**2).sum(axis=1) + np.log(count / n)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), shrinkage


def transrate(features: Float, labels: Int, *, epsilon: float = 1e-4) -> float:
    """Coding rate of the features minus the mean coding rate of the classes, in nats.

    Args and errors as for `logme`; `epsilon` is the distortion.

    Source:
        Huang et al. 2022, arXiv:2106.09362, eq. 2-4.
    """
    x, y = _classes(features, labels)
    centred = x - x.mean(axis=0)
    of_classes = [_coding_rate(centred[y == label], epsilon) for label in np.unique(y)]
    return _coding_rate(centred, epsilon) - float(np.mean(of_classes))


def _coding_rate(rows: Float, epsilon: float) -> float:
    s = np.linalg.svd(rows, compute_uv=False)
    return 0.5 * float(np.log1p(s**2 / (len(rows) * epsilon)).sum())


def gbc(features: Float, labels: Int, *, variance_floor: float = 1e-6) -> float:
    """Minus the overlap of all ordered pairs of classes, each taken as a Gaussian with diagonal covariance; at most 0.

    Args and errors as for `logme`; a class needs two rows.

    Source:
        Pandy et al. 2022, arXiv:2111.12780, eq. 2-5 (Bhattacharyya coefficients); the paper first projects to 64
        principal components, which is left to the caller.
    """
    x, y = _classes(features, labels)
    groups = [x[y == label] for label in np.unique(y)]
    if min(map(len, groups)) < 2:
        raise DataError("a class has a single row, and so no variance.", "Give at least two rows a class.")
    means = np.stack([group.mean(axis=0) for group in groups])
    variances = np.stack([group.var(axis=0, ddof=1) for group in groups]) + variance_floor
    overlap = 0.0
    for i in range(len(groups)):
        for j in range(i):
            shared = (variances[i] + variances[j]) / 2
            apart = ((means[i] - means[j]) ** 2 / shared).sum() / 8
            spread = 0.5 * (np.log(shared) - 0.5 * (np.log(variances[i]) + np.log(variances[j]))).sum()
            overlap += 2 * math.exp(-float(apart + spread))
    return -overlap


def parc(features: Float, labels: Int) -> float:
    """Spearman correlation of pairwise feature distances with pairwise label distances, in [-1, 1].

    Distances are 1 minus Pearson correlation; the cost grows with n squared, so pass at most a few thousand rows.

    Args and errors as for `logme`; the paper prints 100 times this.

    Source:
        Bolya et al. 2021, arXiv:2111.06977, section 4.
    """
    x, y = _classes(features, labels)
    onehot = np.eye(int(y.max()) + 1)[y]
    lower = np.tril_indices(len(x), -1)
    a, b = _average_ranks((1 - _correlation(x))[lower]), _average_ranks((1 - _correlation(onehot))[lower])
    a, b = a - a.mean(), b - b.mean()
    norm = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / norm if norm > 0 else 0.0


def nce(source_labels: Int, labels: Int) -> float:
    """Minus the entropy of the target label given the source model's predicted label, in nats; at most 0.

    Args:
        source_labels: (n,) class that the source classifier predicts for each row.
        labels: (n,) target class of each row.

    Raises:
        DataError: shapes disagree or labels are no class indices.

    Source:
        Tran et al. 2019, arXiv:1908.08142, eq. 5.
    """
    z, y = np.asarray(source_labels), np.asarray(labels)
    if z.ndim != 1 or z.shape != y.shape or not len(z):
        raise DataError(f"want two equally long rows of labels, got {z.shape} and {y.shape}.", "Give one each per row.")
    _, z = np.unique(z, return_inverse=True)
    _, y = np.unique(y, return_inverse=True)
    joint = np.zeros((z.max() + 1, y.max() + 1))
    np.add.at(joint, (z, y), 1 / len(z))
    given = joint / joint.sum(axis=1, keepdims=True)
    return float((joint[joint > 0] * np.log(given[joint > 0])).sum())


def leep(source_probabilities: Float, labels: Int) -> float:
    """Mean log-likelihood of the target label under the empirical predictor from source classes, in nats; at most 0.

    Args:
        source_probabilities: (n, s) probability of each source class, rows that sum to one.
        labels: (n,) target class of each row.

    Raises:
        DataError: shapes disagree, or rows are no probabilities.

    Source:
        Nguyen et al. 2020, arXiv:2002.12462, eq. 1-3.
    """
    theta, y = checked_pair(source_probabilities, labels, "source")
    if (theta < 0).any() or not np.allclose(theta.sum(axis=1), 1, atol=1e-3):
        raise DataError(
            "rows of source probabilities must be shares that sum to one.", "Apply softmax to logits first."
        )
    _, y = np.unique(y, return_inverse=True)
    joint = np.zeros((y.max() + 1, theta.shape[1]))
    np.add.at(joint, y, theta / len(theta))
    given = joint / np.maximum(joint.sum(axis=0, keepdims=True), 1e-300)  # P(y | z)
    return float(np.log(np.maximum((theta * given[y]).sum(axis=1), 1e-300)).mean())


def _classes(features: Float, labels: Int) -> tuple[Float, Int]:
    x, y = checked_pair(features, labels, "the")
    if len(np.unique(y)) < 2:
        raise DataError("want at least two classes, got one.", "Add rows of another class.")
    return x, y


def _means_of_rows(x: Float, y: Int) -> Float:
    """(n, d) each row replaced by the mean of its class."""
    _, index, count = np.unique(y, return_inverse=True, return_counts=True)
    means = np.zeros((len(count), x.shape[1]))
    np.add.at(means, index, x)
    return np.asarray((means / count[:, None])[index], dtype=np.float64)


def _correlation(rows: Float) -> Float:
    centred = rows - rows.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(norm > 0, norm, 1)
    return np.asarray(unit @ unit.T, dtype=np.float64)


def _average_ranks(values: Float) -> NDArray[np.float64]:
    """Ranks from 0; equal values share the mean of theirs. Values are compared at 12 digits: distances are rounded."""
    _, index, count = np.unique(np.round(values, 12), return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    return np.asarray((first + (count - 1) / 2)[index], dtype=np.float64)


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
