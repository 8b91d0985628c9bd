"""Metrics with 95 % intervals: accuracy, balanced accuracy, macro-F1 and AUROC, by rows or by groups of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError
from zoo.zero_shot.metrics import wilson

Float = NDArray[np.floating]
Int = NDArray[np.integer]
_Z95 = 1.959963984540054
N_RESAMPLES = 1000


@dataclass(frozen=True)
class Metric:
    """A figure with its 95 % interval over test rows; it says nothing of another training run."""

    value: float
    interval: tuple[float, float]
    n: int
    """Rows, or groups where rows of one group are not independent."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"value": self.value, "interval": list(self.interval), "n": self.n}

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.interval[0]:.3f}, {self.interval[1]:.3f}]"


def accuracy(predicted: Int, targets: Int, *, groups: Int | None = None, seed: int = 0) -> Metric:
    """Share of right rows; Wilson's interval, or a bootstrap over groups.

    Args:
        predicted, targets: (n,) class index.
        groups: (n,) number of each row's group (patient, document); None: rows are independent.
        seed: of the bootstrap.

    Raises:
        DataError: no rows, or shapes disagree.
    """
    predicted, targets = _rows(predicted, targets)
    if groups is None:
        n_right = int((predicted == targets).sum())
        return Metric(n_right / len(targets), wilson(n_right, len(targets)), len(targets))
    return _bootstrapped(_accuracy_of, predicted, targets, groups, seed)


def balanced_accuracy(predicted: Int, targets: Int, *, groups: Int | None = None, seed: int = 0) -> Metric:
    """Mean recall of the classes that occur among the targets; bootstrap over rows or groups."""
    return _bootstrapped(_balanced_of, *_rows(predicted, targets), groups, seed)


def macro_f1(predicted: Int, targets: Int, *, groups: Int | None = None, seed: int = 0) -> Metric:
    """Mean F1 of the classes that occur among targets or predictions; bootstrap over rows or groups.

    Args:
        predicted, targets: (n,) class index, or (n, c) of 0 and 1 for several labels.
    """
    if np.ndim(targets) == 2:
        return _label_f1(np.asarray(predicted), np.asarray(targets), groups, seed)
    return _bootstrapped(_macro_f1_of, *_rows(predicted, targets), groups, seed)


def auroc(scores: Float, targets: Int) -> Metric:
    """Area under the ROC curve, of one class or the mean over classes (one against the rest).

    The interval is DeLong's, on the logit scale so that it stays within [0, 1]; for several classes it comes from the
    summed influence of each row on all of their areas.

    Args:
        scores: (n,) for the positive class, or (n, c).
        targets: (n,) of 0 and 1, (n,) class index with (n, c) scores, or (n, c) of 0 and 1. A class without positive or
            without negative rows is left out.

    Raises:
        DataError: shapes disagree, or no class has both positive and negative rows.

    Source:
        DeLong et al. 1988, doi:10.2307/2531595, in the form of Sun and Xu 2014, doi:10.1109/LSP.2014.2337313.
    """
    scores, targets = np.asarray(scores, dtype=np.float64), np.asarray(targets)
    if scores.ndim == 1:
        scores = scores[:, None]
    elif targets.ndim == 1:
        targets = (targets[:, None] == np.arange(scores.shape[1])).astype(np.int64)
    if targets.ndim == 1:
        targets = targets[:, None]
    if targets.shape != scores.shape:
        raise DataError(f"scores {scores.shape} and targets {targets.shape} disagree.", "Give one target a score.")
    both = [c for c in range(scores.shape[1]) if 0 < (targets[:, c] == 1).sum() < len(targets)]
    if not both:
        raise DataError("no class has both positive and negative rows.", "AUROC needs rows of two kinds.")
    n = len(scores)
    areas, influence = [], np.zeros(n)
    for c in both:
        area, own = _area(scores[:, c], targets[:, c] == 1)
        areas.append(area)
        influence += own / len(both)
    value = float(np.mean(areas))
    # An area of 1 has no observed influence; the rule of three of the rarer kind bounds it (Hanley 1983).
    rarer = min(min(int((targets[:, c] == 1).sum()), int((targets[:, c] != 1).sum())) for c in both)
    se = float(influence.std(ddof=1) / n**0.5)
    if value in (0.0, 1.0):
        far = max(0.0, 1 - 3 / rarer)
        return Metric(value, (far, 1.0) if value == 1 else (0.0, 1 - far), n)
    at, width = np.log(value / (1 - value)), _Z95 * se / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-(at + side * width)))) for side in (-1, 1))
    return Metric(value, (low, high), n)


def _area(scores: Float, positive: NDArray[np.bool_]) -> tuple[float, Float]:
    """AUROC of one class, and (n,) influence of each row on it."""
    from scipy.stats import rankdata

    n, n_pos = len(scores), int(positive.sum())
    n_neg = n - n_pos
    overall = rankdata(scores)
    # Share of the other kind below each row (ties count half).
    above = (overall[positive] - rankdata(scores[positive])) / n_neg
    below = 1 - (overall[~positive] - rankdata(scores[~positive])) / n_pos
    area = float(above.mean())
    influence = np.zeros(n)
    influence[positive] = (above - area) * n / n_pos
    influence[~positive] = (below - area) * n / n_neg
    return area, influence


def _rows(predicted: Int, targets: Int) -> tuple[Int, Int]:
    predicted, targets = np.asarray(predicted), np.asarray(targets)
    if predicted.shape != targets.shape or targets.ndim != 1 or not len(targets):
        raise DataError(
            f"want (n,) predictions and (n,) targets, got {predicted.shape} and {targets.shape}.",
            "Give one prediction for each test row.",
        )
    if min(predicted.min(), targets.min()) < 0:
        raise DataError("a class index is below 0.", "Leave out rows without a label.")
    return predicted, targets


def _bootstrapped(
    metric: Callable[[Float], Float], predicted: Int, targets: Int, groups: Int | None, seed: int
) -> Metric:
    """The metric of (b, c, c) confusion matrices, with the percentile interval over resampled rows or groups."""
    c = int(max(predicted.max(), targets.max())) + 1
    cell = targets * c + predicted
    draws = np.random.default_rng(seed)
    used, count = np.unique(cell, return_counts=True)
    n = len(targets)
    if groups is None:  # rows of one cell are alike
        drawn = draws.multinomial(n, count / n, size=N_RESAMPLES).astype(np.float64)
    else:
        names, of = np.unique(np.asarray(groups), return_inverse=True)
        n = len(names)
        held = np.zeros((n, len(used)))
        np.add.at(held, (of, np.searchsorted(used, cell)), 1)
        drawn = draws.multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES) @ held
    tables = np.zeros((N_RESAMPLES + 1, c * c))
    tables[0, used], tables[1:, used] = count, drawn
    values = metric(tables.reshape(-1, c, c))
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Metric(float(values[0]), (float(low), float(high)), n)


def _label_f1(predicted: Int, targets: Int, groups: Int | None, seed: int) -> Metric:
    """As `macro_f1`, of several labels; a label that is neither true nor predicted in a resample is left out of it."""
    if predicted.shape != targets.shape or not len(targets):
        raise DataError(f"predictions {predicted.shape} and targets {targets.shape} disagree.", "Give one each.")
    parts = np.concatenate([(predicted == 1) & (targets == 1), (predicted == 1) * 1 + (targets == 1)], axis=1)
    held = parts.astype(np.float64)  # (n, 2c): hits, then predicted + true
    if groups is not None:
        names, of = np.unique(np.asarray(groups), return_inverse=True)
        held = np.zeros((len(names), parts.shape[1]))
        np.add.at(held, of, parts)
    n = len(held)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES) @ held
    hits, both = np.split(np.concatenate([held.sum(axis=0, keepdims=True), drawn]), 2, axis=1)
    each = np.divide(2 * hits, both, out=np.zeros_like(both), where=both > 0)
    values = each.sum(axis=1) / np.maximum((both > 0).sum(axis=1), 1)
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Metric(float(values[0]), (float(low), float(high)), n)


def _accuracy_of(tables: Float) -> Float:
    share: Float = np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2))
    return share


def _balanced_of(tables: Float) -> Float:
    """Truth is the first axis of a table."""
    of, right = tables.sum(axis=2), np.diagonal(tables, axis1=1, axis2=2)
    recalls = np.divide(right, of, out=np.zeros_like(of), where=of > 0)
    mean: Float = recalls.sum(axis=1) / (of > 0).sum(axis=1)
    return mean


def _macro_f1_of(tables: Float) -> Float:
    both = tables.sum(axis=1) + tables.sum(axis=2)
    right = np.diagonal(tables, axis1=1, axis2=2)
    each = np.divide(2 * right, both, out=np.zeros_like(both), where=both > 0)
    mean: Float = each.sum(axis=1) / (both > 0).sum(axis=1)
    return mean
