"""One model on the test rows: metrics with intervals, confusion, worst class, groups, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError
from zoo.transfer.evaluate.calibration import expected_calibration_error, noise_floor
from zoo.transfer.evaluate.intervals import Metric, accuracy, auroc, balanced_accuracy, macro_f1

Float = NDArray[np.floating]
Int = NDArray[np.integer]
FEW = 10
"""Rows of a group below which its figure is not printed as the worst."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What `evaluate` found. Rates lie in [0, 1]."""

    class_names: tuple[str, ...]
    metrics: dict[str, Metric]
    """accuracy, balanced_accuracy, macro_f1 and auroc of classes; macro_f1, auroc and exact_match of several labels."""
    recalls: dict[str, Metric]
    """Of each class that occurs."""
    confusion: NDArray[np.int64] | None
    """(c, c), rows: truth, columns: prediction; None for several labels."""
    by_group: dict[str, Metric]
    """Accuracy of the rows of each group (exact match for several labels)."""
    ece: float
    ece_floor: float
    """ECE that a perfectly calibrated model shows on as many rows."""
    largest_class: float
    """Accuracy of always naming the most frequent class; for several labels, of the most frequent row."""

    @property
    def worst_class(self) -> tuple[str, Metric]:
        """The class of lowest recall."""
        return min(self.recalls.items(), key=lambda item: item[1].value)

    @property
    def worst_group(self) -> tuple[str, Metric] | None:
        """The group of lowest accuracy among those of at least ten rows."""
        many = {name: found for name, found in self.by_group.items() if found.n >= FEW}
        return min(many.items(), key=lambda item: item[1].value) if many else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "class_names": list(self.class_names),
            "metrics": {name: found.to_dict() for name, found in self.metrics.items()},
            "recalls": {name: found.to_dict() for name, found in self.recalls.items()},
            "confusion": None if self.confusion is None else self.confusion.tolist(),
            "by_group": {name: found.to_dict() for name, found in self.by_group.items()},
            "ece": self.ece,
            "ece_floor": self.ece_floor,
            "largest_class": self.largest_class,
        }

    def __str__(self) -> str:
        name, worst = self.worst_class
        told = [f"{metric.replace('_', ' ')} {found}" for metric, found in self.metrics.items()]
        told += [f"worst class {name} {worst}", f"ECE {self.ece:.3f} (noise floor {self.ece_floor:.3f})"]
        return ", ".join(told)


def evaluate(
    scores: Float,
    targets: Int,
    class_names: Sequence[str],
    *,
    groups: Sequence[str | None] | None = None,
    seed: int = 0,
) -> Evaluation:
    """Args:
        scores: (n, c) probabilities of test rows that neither training nor any choice has seen.
        targets: (n,) class index, or (n, c) of 0 and 1 for several labels, decided at one half.
        class_names: c names.
        groups: the group of each row (patient, site); rows of no group are groups of their own. Intervals of the
            metrics are then over groups.
        seed: of the bootstrap.

    Raises:
        DataError: shapes disagree, a score is no number, or there are no rows.
    """
    scores, targets = np.asarray(scores, dtype=np.float64), np.asarray(targets)
    if scores.shape != (len(targets), len(class_names)) or not len(targets):
        raise DataError(
            f"want (n, {len(class_names)}) scores for {len(targets)} targets, got {scores.shape}.", "Give one row each."
        )
    if not np.isfinite(scores).all():
        raise DataError("a score is not a finite number.", "Look at the training: its loss may have become NaN.")
    numbers = _numbers(groups, len(targets))
    many = targets.ndim == 2
    if many:
        named, truth = (scores >= 0.5).astype(np.int64), targets
        right = (named == truth).all(axis=1)
        whole = accuracy(right.astype(np.int64), np.ones(len(right), dtype=np.int64), groups=numbers, seed=seed)
        metrics = {"macro_f1": macro_f1(named, truth, groups=numbers, seed=seed), "exact_match": whole}
        recalls = {
            name: accuracy(named[truth[:, k] == 1, k], truth[truth[:, k] == 1, k])
            for k, name in enumerate(class_names)
            if (truth[:, k] == 1).any()
        }
    else:
        named, truth = scores.argmax(axis=1), targets
        right = named == truth
        metrics = {
            "accuracy": accuracy(named, truth, groups=numbers, seed=seed),
            "balanced_accuracy": balanced_accuracy(named, truth, groups=numbers, seed=seed),
            "macro_f1": macro_f1(named, truth, groups=numbers, seed=seed),
        }
        recalls = {
            name: accuracy(named[truth == k], truth[truth == k])
            for k, name in enumerate(class_names)
            if (truth == k).any()
        }
    if len(np.unique(truth, axis=0)) > 1:
        metrics["auroc"] = auroc(scores, truth)
    confusion = None
    if not many:
        confusion = np.zeros((len(class_names), len(class_names)), dtype=np.int64)
        np.add.at(confusion, (truth, named), 1)
    _, counts = np.unique(truth, axis=0, return_counts=True)
    return Evaluation(
        class_names=tuple(class_names),
        metrics=metrics,
        recalls=recalls,
        confusion=confusion,
        by_group=_by_group(right, groups),
        ece=expected_calibration_error(scores, truth),
        ece_floor=noise_floor(scores, multilabel=many, seed=seed)[0],
        largest_class=float(counts.max() / len(truth)),
    )


def _numbers(groups: Sequence[str | None] | None, n: int) -> Int | None:
    """(n,) number of each row's group; None: no groups are known."""
    if groups is None or all(group is None for group in groups):
        return None
    if len(groups) != n:
        raise DataError(f"{n} rows came with {len(groups)} groups.", "Give one for each row, None if unknown.")
    number: dict[object, int] = {}
    return np.array(
        [number.setdefault(group if group is not None else i, len(number)) for i, group in enumerate(groups)]
    )


def _by_group(right: NDArray[np.bool_], groups: Sequence[str | None] | None) -> dict[str, Metric]:
    names = sorted({group for group in groups if group is not None}) if groups is not None else []
    found = {}
    for name in names:
        own = np.array([group == name for group in groups or ()])
        found[name] = accuracy(right[own].astype(np.int64), np.ones(int(own.sum()), dtype=np.int64))
    return found
