"""What a run prints of one model: the figure that its task needs, with interval, worst class and calibration.

    scores = scored(logits, targets, class_names)
    scores.main, scores.interval, scores.name       # .912 [.884, .934] accuracy

The figures themselves are those of `zoo.transfer.evaluate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.transfer.evaluate.calibration import probabilities
from zoo.transfer.evaluate.report import evaluate

Float = NDArray[np.floating]
Int = NDArray[np.integer]

UNEVEN = 3.0
"""Largest class over smallest from which accuracy deceives, and balanced accuracy is the main figure."""
_DRAWS = 1000


@dataclass(frozen=True)
class Scores:
    """Figures of one model on n rows; all rates in [0, 1]."""

    name: str
    """Of the main figure: accuracy, balanced accuracy or AUROC."""
    main: float
    interval: tuple[float, float]
    """95 % over test rows, or over groups."""
    n: int
    metrics: dict[str, float]
    calibration_error: float
    calibration_floor: float
    """What a perfectly calibrated model shows on so many rows, by luck."""
    recalls: dict[str, float]
    confusion: tuple[tuple[int, ...], ...] | None
    """Rows: truth; None for several labels a row."""
    by_group: dict[str, float]

    @property
    def accuracy(self) -> float:
        return self.metrics.get("accuracy", self.metrics.get("exact_match", self.main))

    @property
    def worst(self) -> tuple[str, float]:
        """The class of lowest recall."""
        return min(self.recalls.items(), key=lambda item: item[1])

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.name} {100 * self.main:.1f} % [{100 * low:.1f}, {100 * high:.1f}] on {self.n:,} rows"


def scored(
    logits: Float,
    targets: Int,
    class_names: tuple[str, ...],
    *,
    groups: Sequence[str | None] | None = None,
    seed: int = 0,
) -> Scores:
    """Every figure of (n, c) logits against (n,) class indices or (n, c) of 0 and 1."""
    many = targets.ndim == 2
    found = evaluate(probabilities(logits, multilabel=many), targets, class_names, groups=groups, seed=seed)
    name = "auroc" if many and "auroc" in found.metrics else "macro_f1" if many else "accuracy"
    if not many:
        count = np.bincount(targets)
        count = count[count > 0]
        name = "balanced_accuracy" if count.max() >= UNEVEN * count.min() else name
    main = found.metrics[name]
    return Scores(
        name={"auroc": "AUROC"}.get(name, name.replace("_", " ")),
        main=main.value,
        interval=main.interval,
        n=len(targets),
        metrics={key: metric.value for key, metric in found.metrics.items()},
        calibration_error=found.ece,
        calibration_floor=found.ece_floor,
        recalls={key: metric.value for key, metric in found.recalls.items()},
        confusion=None if found.confusion is None else tuple(map(tuple, found.confusion.tolist())),
        by_group={key: metric.value for key, metric in found.by_group.items()},
    )


def score_of(logits: Float, targets: Int) -> float:
    """The figure for early stopping: mean recall over classes, or mean AUROC over labels."""
    if targets.ndim == 2:
        from sklearn.metrics import roc_auc_score

        both = [c for c in range(targets.shape[1]) if 0 < targets[:, c].sum() < len(targets)]
        return float(np.mean([roc_auc_score(targets[:, c], logits[:, c]) for c in both])) if both else 0.5
    right = logits.argmax(axis=1) == targets
    hits, count = np.bincount(targets, weights=right.astype(float)), np.bincount(targets)
    return float((hits[count > 0] / count[count > 0]).mean())


def paired_gain(
    first: NDArray[np.bool_], second: NDArray[np.bool_], *, seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """How much more often the second model is right on the same rows, with its 95 % bootstrap interval."""
    difference = second.astype(float) - first.astype(float)
    rng = np.random.default_rng(seed)
    n = len(difference)
    drawn = [float(difference[rng.integers(0, n, n)].mean()) for _ in range(_DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(difference.mean()), (float(low), float(high))
