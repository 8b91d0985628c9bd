"""Figures of a zero-shot evaluation: accuracy with its interval, and calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
_Z95 = 1.959963984540054
"""97.5 % point of the normal distribution."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions against the truth. Rates are None where nothing was left to count."""

    n: int
    n_answered: int
    """Rows on which the model did not abstain."""
    accuracy: float | None
    """Share of answered rows that are right."""
    interval: tuple[float, float] | None
    """Wilson's 95 % interval of the accuracy."""
    balanced_accuracy: float | None
    """Mean recall over the classes that occur; an abstention counts as a miss."""
    chance: float
    """Accuracy of always naming the most frequent class."""
    log_loss: float
    """Mean of -log(score of the true class), in nats; scores are normalised to add up to 1 first."""
    calibration_error: float
    """Mean distance of best score and accuracy over ten groups of equal size."""
    labels: tuple[str, ...]
    confusion: NDArray[np.int64]
    """(c, c) rows: truth, columns: prediction, over answered rows."""
    recalls: dict[str, float]
    """For each class that occurs."""

    def worst(self, k: int = 5) -> list[tuple[str, float, str | None]]:
        """The k classes of lowest recall: name, recall, and what they are mostly taken for."""
        found = []
        for label, recall in sorted(self.recalls.items(), key=lambda item: item[1])[:k]:
            row = self.confusion[self.labels.index(label)].copy()
            row[self.labels.index(label)] = 0
            found.append((label, recall, self.labels[int(row.argmax())] if row.any() else None))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "confusion"}
        return plain | {"labels": list(self.labels), "confusion": self.confusion.tolist()}

    def __str__(self) -> str:
        if self.accuracy is None or self.interval is None:
            return f"no answer on {self.n} rows"
        low, high = self.interval
        return (
            f"accuracy {self.accuracy:.3f} [{low:.3f}, {high:.3f}] on {self.n_answered} of {self.n}, "
            f"balanced {self.balanced_accuracy:.3f}, chance {self.chance:.3f}"
        )


def wilson(n_right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, in [0, 1]; sensible for small n and for shares near 0 and 1.

    Source:
        Wilson 1927, doi:10.1080/01621459.1927.10502953.

    >>> tuple(round(limit, 3) for limit in wilson(9, 10))
    (0.596, 0.982)
    """
    if not 0 <= n_right <= n or n == 0:
        raise ValueError(f"want 0 <= right <= n and n > 0, got {n_right} of {n}")
    share, z2 = n_right / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten groups of equal size.

    Source:
        Nguyen and O'Connor 2015, arXiv:1508.05154 (adaptive bins).
    """
    order = np.argsort(confidence, kind="stable")
    groups = [group for group in np.array_split(order, 10) if len(group)]
    return float(sum(len(g) * abs(confidence[g].mean() - right[g].mean()) for g in groups) / len(order))


def to_scores(logits: NDArray[Any], rule: str) -> Float:
    """(n, c) probabilities of logits: each row adds up to 1 under softmax; each entry stands alone under sigmoid."""
    logits = np.asarray(logits, dtype=np.float64)
    if rule == "sigmoid":
        chances: Float = (1 / (1 + np.exp(-np.clip(logits, -700, 700)))).astype(np.float32)
        return chances
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Float = (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
