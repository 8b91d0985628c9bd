"""Scores of what a source classifier says of the target rows: NCE, LEEP, and LEEP with clusters for classes."""

from __future__ import annotations

import numpy as np

from zoo.errors import DataError

from ..probes import Float, Int, checked_pair
from .classes import classed


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
    z, y = _dense(z), _dense(y)
    width = int(y.max()) + 1
    joint = np.bincount(z * width + y, minlength=(int(z.max()) + 1) * width).reshape(-1, width) / len(z)
    row, column = np.nonzero(joint)
    seen = joint[row, column]
    return float(seen @ (np.log(seen) - np.log(joint.sum(axis=1))[row]))


def _dense(labels: Int) -> Int:
    """Class indices without gaps; sorting is saved where they are small numbers already."""
    if labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < len(labels):
        place = np.cumsum(np.bincount(labels) > 0) - 1
        return np.asarray(place[labels])
    return np.asarray(np.unique(labels, return_inverse=True)[1])


_MATRIX_CLASSES = 64
"""Target classes up to which two matrix products are faster than sorting the rows by class."""


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
    if theta.min() < 0 or not np.allclose(theta.sum(axis=1), 1, atol=1e-3):
        raise DataError(
            "rows of source probabilities must be shares that sum to one.", "Apply softmax to logits first."
        )
    y = _dense(y)
    n_classes = int(y.max()) + 1
    if n_classes <= _MATRIX_CLASSES:
        joint = np.eye(n_classes)[y].T @ theta
        given = joint / np.maximum(joint.sum(axis=0), 1e-300)  # P(y | z)
        likely = (theta @ given.T)[np.arange(len(y)), y]
    else:
        data = classed(theta, y, which="source")
        joint = data.sums
        given = joint / np.maximum(joint.sum(axis=0), 1e-300)
        likely = np.concatenate([rows @ share for rows, share in zip(data.blocks(), given, strict=True)])
    return float(np.log(np.maximum(likely, 1e-300)).mean())


def n_leep(features: Float, labels: Int, *, seed: int = 0) -> float:
    """LEEP with the components of a Gaussian mixture for source classes, in nats; at most 0. Needs no source head.

    Args:
        features: (n, d), finite.
        labels: (n,) class index per row; at least two classes.
        seed: of the mixture.

    Raises:
        DataError: as for `logme`.

    Source:
        Li et al. 2021, arXiv:2011.11200, section 3.2: principal components with 80 % of the variance, five components
        a class; here never more than one to four rows, and with diagonal covariances.
    """
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    data = classed(features, labels)
    n_components = max(2, min(5 * len(data.count), len(data.rows) // 4))
    if not np.ptp(data.rows, axis=0).any():
        return leep(np.ones((len(data.rows), 1)), data.index)  # rows that are all alike form one component
    low = PCA(0.8, svd_solver="full").fit_transform(data.rows)
    scale = float(low.std()) or 1.0
    mixture = GaussianMixture(n_components, covariance_type="diag", random_state=seed).fit(low / scale)
    return leep(mixture.predict_proba(low / scale), data.index)
