"""How good zero-shot predictions are, said honestly: with intervals, per class, and with calibrated scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError, LabelsError
from zoo.zero_shot.options import check_temperature

if TYPE_CHECKING:
    from zoo.zero_shot.predictions import Predictions

_Z95 = 1.959963984540054
"""97.5 % point of the normal distribution."""
_PRIOR_SPREAD = 1.0
"""Standard deviation of the prior on the log of the temperature."""


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


def evaluate(predictions: Predictions, truth: Sequence[str] | Mapping[str, str]) -> Evaluation:
    """Predictions held against true labels.

    Args:
        truth: a label for each row in order, or by path.

    Raises:
        DataError: there are no rows, or not as many labels as rows.
        LabelsError: a true label is none of the classes.
    """
    true = _indices(predictions, truth)  # (n,)
    scores = predictions.scores.astype(np.float64)
    best = scores.argmax(axis=1)
    limit = -np.inf if predictions.abstain_below is None else predictions.abstain_below
    answered = predictions.scores.max(axis=1) >= limit
    right = best == true
    c = len(predictions.labels)
    confusion = np.zeros((c, c), np.int64)
    np.add.at(confusion, (true[answered], best[answered]), 1)
    occurring = np.flatnonzero(np.bincount(true, minlength=c))
    recalls = {predictions.labels[k]: float((right & answered)[true == k].mean()) for k in occurring}
    shares = scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-300)
    own = np.maximum(shares[np.arange(len(true)), true], np.finfo(np.float64).tiny)
    n_answered = int(answered.sum())
    return Evaluation(
        n=len(true),
        n_answered=n_answered,
        accuracy=float(right[answered].mean()) if n_answered else None,
        interval=wilson(int(right[answered].sum()), n_answered) if n_answered else None,
        balanced_accuracy=float(np.mean(list(recalls.values()))),
        chance=float(np.bincount(true).max() / len(true)),
        log_loss=float(-np.log(own).mean()),
        calibration_error=_calibration_error(scores.max(axis=1), right),
        labels=predictions.labels,
        confusion=confusion,
        recalls=recalls,
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


def fit_temperature(predictions: Predictions, truth: Sequence[str] | Mapping[str, str]) -> float:
    """The divisor of the logits that makes the scores of labelled rows most likely.

    The order of classes, and so the accuracy, stays. A weak prior (log T normal around 0) holds the value back
    while there are only a few rows; without it, a handful of right answers would ask for a temperature of 0.

    Raises:
        DataError, LabelsError: as for `evaluate`.

    Source:
        Guo et al. 2017, arXiv:1706.04599, section 4.2 (the prior is ours).
    """
    true = _indices(predictions, truth)
    logits = predictions.logits.astype(np.float64)
    scoring = predictions.provenance.get("scoring", "softmax")
    target = np.zeros_like(logits)
    target[np.arange(len(true)), true] = 1

    def loss(log_t: float) -> float:
        scaled = logits / math.exp(log_t)
        if scoring == "sigmoid":
            total = float((np.logaddexp(0, scaled) - target * scaled).sum())
        else:
            top = scaled.max(axis=1)
            log_sum = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
            total = float((log_sum - (scaled * target).sum(axis=1)).sum())
        return total + 0.5 * (log_t / _PRIOR_SPREAD) ** 2

    return math.exp(_least(loss, math.log(1e-3), math.log(1e3)))


def with_temperature(predictions: Predictions, temperature: float) -> Predictions:
    """The same rows with their logits divided by a temperature.

    Raises:
        DataError: it is not positive, or so small or large that scores would be lost.
    """
    from zoo.zero_shot.predictions import to_scores

    check_temperature(temperature)
    logits = (predictions.logits / np.float32(temperature)).astype(np.float32)
    before = predictions.provenance.get("temperature") or 1.0
    provenance = predictions.provenance | {"temperature": before * temperature}
    scores = to_scores(logits, provenance.get("scoring", "softmax"))
    return replace(predictions, logits=logits, scores=scores, provenance=provenance)


def _indices(predictions: Predictions, truth: Sequence[str] | Mapping[str, str]) -> NDArray[np.int64]:
    """(n,) class index of each row."""
    if isinstance(truth, Mapping):
        absent = [path for path in predictions.paths if path not in truth]
        if absent:
            raise DataError(f"there is no true label for {absent[0]!r}.", "Give one for every row.")
        truth = [truth[path] for path in predictions.paths]
    if isinstance(truth, (str, bytes)) or not isinstance(truth, Iterable):
        raise DataError(f"want true labels, got {type(truth).__name__}.", "Give a list, or {path: label}.")
    truth = list(truth)
    if len(truth) != len(predictions.paths):
        raise DataError(
            f"{len(truth)} true labels came for {len(predictions.paths)} rows.",
            "Inputs that failed have no row; give the labels by path: {path: label}.",
        )
    if not len(truth):
        raise DataError("there is no row to evaluate.", "Look at .failures for the reasons.")
    place = {label: k for k, label in enumerate(predictions.labels)}
    unknown = sorted({str(label) for label in truth if not isinstance(label, str) or label not in place})
    if unknown:
        raise LabelsError(
            f"true label {unknown[0]!r} is none of the {len(place)} classes.", "Spell them as in `labels`."
        )
    return np.array([place[label] for label in truth], dtype=np.int64)


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten groups of equal size.

    Source:
        Nguyen and O'Connor 2015, arXiv:1508.05154 (adaptive bins).
    """
    order = np.argsort(confidence, kind="stable")
    groups = [group for group in np.array_split(order, 10) if len(group)]
    return float(sum(len(g) * abs(confidence[g].mean() - right[g].mean()) for g in groups) / len(order))


def _least(loss: Any, low: float, high: float) -> float:
    """Where a function of one valley is least, by golden section."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = loss(a), loss(b)
    for _ in range(60):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = loss(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = loss(b)
    return (low + high) / 2
