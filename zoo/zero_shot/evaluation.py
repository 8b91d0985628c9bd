"""How good zero-shot predictions are, said honestly: with intervals, per class, and with calibrated scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError, LabelsError
from zoo.zero_shot.metrics import Evaluation, Float, calibration_error, to_scores, wilson
from zoo.zero_shot.options import check_temperature


class Scored(Protocol):
    """What is evaluated: `zoo.zero_shot.Predictions`."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def scores(self) -> Float: ...
    @property
    def logits(self) -> Float: ...
    @property
    def paths(self) -> tuple[str, ...]: ...
    @property
    def provenance(self) -> dict[str, Any]: ...
    @property
    def abstain_below(self) -> float | None: ...


_Scored = TypeVar("_Scored", bound=Any)
"""Kept by `with_temperature`: predictions in, predictions out."""
_PRIOR_SPREAD = 1.0
"""Standard deviation of the prior on the log of the temperature."""


def evaluate(predictions: Scored, truth: Sequence[str] | Mapping[str, str]) -> Evaluation:
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
        calibration_error=calibration_error(scores.max(axis=1), right),
        labels=predictions.labels,
        confusion=confusion,
        recalls=recalls,
    )


def fit_temperature(predictions: Scored, truth: Sequence[str] | Mapping[str, str]) -> float:
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

    from scipy.optimize import minimize_scalar

    found = minimize_scalar(loss, bounds=(math.log(1e-3), math.log(1e3)), method="bounded", options={"xatol": 1e-6})
    return math.exp(found.x)


def with_temperature(predictions: _Scored, temperature: float) -> _Scored:
    """The same rows with their logits divided by a temperature.

    Raises:
        DataError: it is not positive, or so small or large that scores would be lost.
    """

    check_temperature(temperature)
    logits = (predictions.logits / np.float32(temperature)).astype(np.float32)
    before = predictions.provenance.get("temperature") or 1.0
    provenance = predictions.provenance | {"temperature": before * temperature}
    scores = to_scores(logits, provenance.get("scoring", "softmax"))
    warmed: _Scored = replace(predictions, logits=logits, scores=scores, provenance=provenance)
    return warmed


def _indices(predictions: Scored, truth: Sequence[str] | Mapping[str, str]) -> NDArray[np.int64]:
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
