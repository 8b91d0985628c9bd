"""Probes: how well do frozen features tell the classes apart? Accuracy of four heads, cheapest first.

Each takes training and test features as arrays and gives the accuracy on the test rows, in [0, 1]. Without test rows it
cross-validates: every row is predicted once by a fit that did not see it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zoo import heads
from zoo.errors import DataError

Float = NDArray[np.floating]
Int = NDArray[np.integer]
_Fit = Callable[[Float, Int, Float], Int]

N_FOLDS = 5


def knn_accuracy(
    features: Float,
    labels: Int,
    test_features: Float | None = None,
    test_labels: Int | None = None,
    *,
    k: int = 5,
) -> float:
    """Accuracy of the vote of the `k` nearest training rows by cosine, in [0, 1].

    Without test rows each row is left out in turn. A tied vote goes to the class of the nearest of the tied rows.

    Args:
        features: (n, d), any scale, finite, no row of zeros alone.
        labels: (n,) class index of each row.
        test_features: (m, d); None: leave one out.
        test_labels: (m,).
        k: neighbours; no more than there are rows to vote.

    Raises:
        DataError: shapes disagree, a value is not finite, or there are too few rows.

    Source:
        Sorkhei et al. 2025, arXiv:2503.18528: kNN accuracy ranks source models better than 22 transferability scores.

    >>> x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> knn_accuracy(x, np.array([0, 0, 1, 1]), k=1)
    1.0
    """
    x, y, test_x, test_y = _checked(features, labels, test_features, test_labels)
    alone = test_x is None
    votes = min(k, len(x) - alone)
    if votes < 1:
        raise DataError(f"want at least one neighbour, got k={k} and {len(x)} rows.", "Give more rows, and k >= 1.")
    head = heads.knn(x, y, k=votes)
    if test_x is None or test_y is None:
        return float(np.mean(_chosen(head, head.logits_left_out()) == y))
    return float(np.mean(_chosen(head, head.logits(test_x)) == test_y))


def linear_probe(
    features: Float,
    labels: Int,
    test_features: Float | None = None,
    test_labels: Int | None = None,
    *,
    c: float | None = None,
    seed: int = 0,
) -> float:
    """Accuracy of L2-penalised logistic regression on unit-length rows, in [0, 1].

    Args:
        features, labels, test_features, test_labels: as for `knn_accuracy`; None: five stratified folds.
        c: inverse strength of the penalty; None: by folds inside the training rows, .1 below ten rows a class.
        seed: of the folds.

    Raises:
        DataError: as for `knn_accuracy`, or fewer than two classes.

    Source:
        Kornblith et al. 2019, arXiv:1805.08974 (logistic regression on frozen features, penalty searched).
    """

    def fit(x: Float, y: Int, asked: Float) -> Int:
        head = heads.logistic(x, y, c=c, seed=seed)
        return _chosen(head, head.logits(asked))

    return _accuracy(fit, features, labels, test_features, test_labels, seed)


def ridge_probe(
    features: Float,
    labels: Int,
    test_features: Float | None = None,
    test_labels: Int | None = None,
    *,
    seed: int = 0,
) -> float:
    """Accuracy of least squares to one-hot labels, in [0, 1]; the penalty is chosen by exact leave-one-out error.

    Closed form: one decomposition of the features serves every penalty, so this is the cheapest trained probe.

    Args:
        features, labels, test_features, test_labels: as for `linear_probe`.

    Raises:
        DataError: as for `linear_probe`.
    """

    def fit(x: Float, y: Int, asked: Float) -> Int:
        head = heads.ridge(x, y)
        return _chosen(head, head.logits(asked))

    return _accuracy(fit, features, labels, test_features, test_labels, seed)


def gda(
    features: Float,
    labels: Int,
    test_features: Float | None = None,
    test_labels: Int | None = None,
    *,
    text_scores: Float | None = None,
    alpha: float = 1.0,
    seed: int = 0,
) -> float:
    """Accuracy of Gaussian discriminant analysis (class means, one shrunk covariance), in [0, 1]. No training.

    With `text_scores` the zero-shot logits of the test rows are added, which is the strongest cheap few-shot rule for
    CLIP models.

    Args:
        features, labels, test_features, test_labels: as for `linear_probe`; rows are scaled to unit length.
        text_scores: (m, c) zero-shot logits of the rows that are predicted, c = highest label + 1.
        alpha: weight of the Gaussian logits beside the text's.

    Raises:
        DataError: as for `linear_probe`, or `text_scores` has another shape, or comes without test rows.

    Source:
        Wang et al. 2024, "A hard-to-beat baseline for training-free CLIP-based adaptation", eq. 4-6:
        inverse covariance d ((n - 1) S + tr(S) I)^-1; the paper searches alpha on a validation part, we do not.
    """
    _, y, test_x, _ = _checked(features, labels, test_features, test_labels)
    if text_scores is not None:
        want = (None if test_x is None else len(test_x), int(y.max()) + 1)
        if test_x is None or text_scores.shape != want:
            raise DataError(
                f"want text scores of shape {want} for the test rows, got {text_scores.shape}.",
                "Give test features and one logit per test row and class.",
            )

    def fit(rows: Float, of_class: Int, asked: Float) -> Int:
        head = heads.gda(rows, of_class)
        logits = head.logits(asked)
        if text_scores is not None:
            logits = text_scores[:, head.classes] + alpha * logits
        return _chosen(head, logits)

    return _accuracy(fit, features, labels, test_features, test_labels, seed)


def _chosen(head: heads.Head, logits: Float) -> Int:
    """(n,) class index of the highest logit."""
    chosen: Int = head.classes[logits.argmax(axis=1)]
    return chosen


def _accuracy(
    fit: _Fit, features: Float, labels: Int, test_features: Float | None, test_labels: Int | None, seed: int
) -> float:
    x, y, test_x, test_y = _checked(features, labels, test_features, test_labels)
    if len(np.unique(y)) < 2:
        raise DataError("want at least two classes, got one.", "Add rows of another class.")
    if test_x is not None and test_y is not None:
        return float(np.mean(fit(x, y, test_x) == test_y))
    fold = _folds(y, seed)
    if min(np.bincount(y)[np.unique(y)]) < 2:
        raise DataError("a class has a single row, which cannot be both learned and tested.", "Give two rows a class.")
    right = [fit(x[fold != f], y[fold != f], x[fold == f]) == y[fold == f] for f in np.unique(fold)]
    return float(np.concatenate(right).mean())


def _folds(labels: Int, seed: int) -> Int:
    """(n,) fold of each row: every class is dealt out in turn, so that each fold has its share."""
    order = np.random.default_rng(seed).permutation(len(labels))
    fold = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        fold[rows] = np.arange(len(rows)) % min(N_FOLDS, max(2, len(rows)))
    return fold


def _checked(
    features: Float, labels: Int, test_features: Float | None, test_labels: Int | None
) -> tuple[Float, Int, Float | None, Int | None]:
    x, y = checked_pair(features, labels, "training")
    if (test_features is None) != (test_labels is None):
        raise DataError("test features and test labels go together; one is missing.", "Give both, or neither.")
    if test_features is None or test_labels is None:
        return x, y, None, None
    test_x, test_y = checked_pair(test_features, test_labels, "test")
    if x.shape[1] != test_x.shape[1]:
        raise DataError(f"training rows have {x.shape[1]} features, test rows {test_x.shape[1]}.", "Use one encoder.")
    return x, y, test_x, test_y


def checked_pair(features: Float, labels: Int, which: str) -> tuple[Float, Int]:
    """Features as (n, d) float64 and labels as (n,) class indices; `which` names them in messages.

    Raises:
        DataError: shapes disagree, a value is not finite, or labels are no class indices.
    """
    x, y = heads.checked(features, labels, which)
    if y.ndim != 1:
        raise DataError(f"want (n, d) {which} features and (n,) labels, got {x.shape} and {y.shape}.", "Check both.")
    return x, y
