"""Calibration: does a score of 80 % mean right in 80 of 100? Measured, mended by one temperature, told with its noise.

found = temperature_scaling(logits, targets)      # out-of-fold logits of the model that ships
probabilities(logits, found.temperature)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError
from zoo.zero_shot.metrics import wilson

Float = NDArray[np.floating]
Int = NDArray[np.integer]

N_BINS = 15
"""As in Guo et al. 2017 and in most published figures."""
_FOLDS = 5
_Z95_ONE_SIDED = 1.6448536269514722
_LOG_RANGE = (-3.0, 4.0)
"""Logarithms of the temperatures that are tried."""


@dataclass(frozen=True)
class Calibration:
    """The temperature that ships, and what it does to rows that it was not fitted on."""

    temperature: float
    """1 where scaling was not shown to be better."""
    kept_identity: bool
    n: int
    nll_before: float
    nll_after: float
    """Cross-fitted: each fifth of the rows with the temperature of the other four."""
    nll_gain_error: float
    """Standard error of nll_before - nll_after, paired by row."""
    ece_before: float
    ece_after: float
    ece_floor: float
    """ECE that a perfectly calibrated model shows on as many rows: below it there is nothing to gain."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        what = "kept as it is" if self.kept_identity else f"logits divided by {self.temperature:.2f}"
        change = f"ECE {self.ece_before:.3f} -> {self.ece_after:.3f}"
        return f"{change} (noise floor {self.ece_floor:.3f}, n={self.n}): {what}"


@dataclass(frozen=True)
class Bin:
    """One column of a reliability plot."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    interval: tuple[float, float]
    """Wilson's 95 % interval of the accuracy."""


def probabilities(logits: Float, temperature: float = 1.0, *, multilabel: bool = False) -> Float:
    """(n, c) softmax of the logits over the temperature, or their sigmoid."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if multilabel:
        both: Float = 0.5 * (1 + np.tanh(scaled / 2))
        return both
    high = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    rows: Float = high / high.sum(axis=1, keepdims=True)
    return rows


def log_losses(logits: Float, targets: Int, temperature: float = 1.0) -> Float:
    """(n,) negative log-likelihood of each row in nats; of several labels, their mean."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    targets = np.asarray(targets)
    if targets.ndim == 2:
        each: Float = (np.logaddexp(0, scaled) - targets * scaled).mean(axis=1)
        return each
    high = scaled.max(axis=1)
    total = high + np.log(np.exp(scaled - high[:, None]).sum(axis=1))
    row: Float = total - scaled[np.arange(len(scaled)), targets]
    return row


def temperature_scaling(logits: Float, targets: Int, *, seed: int = 0) -> Calibration:
    """One temperature for all rows, or the identity where it is not shown to be better (one-sided, 5 %).

    Args:
        logits: (n, c), each row from a fit that has not seen it; logits of training rows give a useless temperature.
        targets: (n,) class index, or (n, c) of 0 and 1 for several labels.
        seed: of the fifths.

    Raises:
        DataError: shapes disagree, fewer than ten rows, or a logit that is no number.

    Source:
        Guo et al. 2017, arXiv:1706.04599, section 4.2.
    """
    logits, targets = _checked(logits, targets)
    before, after = log_losses(logits, targets), np.zeros(len(logits))
    fifth = np.random.default_rng(seed).permutation(len(logits)) % _FOLDS
    scaled = np.zeros_like(logits)
    for k in range(_FOLDS):
        own = _fitted(logits[fifth != k], targets[fifth != k])
        after[fifth == k] = log_losses(logits[fifth == k], targets[fifth == k], own)
        scaled[fifth == k] = logits[fifth == k] / own
    gained = before - after
    error = float(gained.std(ddof=1) / len(gained) ** 0.5)
    keep = not gained.mean() > _Z95_ONE_SIDED * error
    many = targets.ndim == 2
    first, second = probabilities(logits, multilabel=many), probabilities(scaled, multilabel=many)
    ece_before = expected_calibration_error(first, targets)
    return Calibration(
        temperature=1.0 if keep else _fitted(logits, targets),
        kept_identity=keep,
        n=len(logits),
        nll_before=float(before.mean()),
        nll_after=float(before.mean() if keep else after.mean()),
        nll_gain_error=error,
        ece_before=ece_before,
        ece_after=ece_before if keep else expected_calibration_error(second, targets),
        ece_floor=noise_floor(first if keep else second, multilabel=many, seed=seed)[0],
    )


def expected_calibration_error(scores: Float, targets: Int, *, n_bins: int = N_BINS) -> float:
    """Mean distance of confidence and accuracy over bins of equal width, weighted by rows; several labels: over all.

    Source:
        Naeini et al. 2015; Guo et al. 2017, arXiv:1706.04599, eq. 3.
    """
    confidence, right = _confidence(scores, np.asarray(targets))
    return float(_ece(confidence, right[None], n_bins)[0])


def noise_floor(
    scores: Float, *, multilabel: bool = False, n_bins: int = N_BINS, n_draws: int = 200, seed: int = 0
) -> tuple[float, float]:
    """(mean, standard deviation) of the ECE if the scores were perfectly calibrated: labels are drawn from them."""
    scores = np.asarray(scores, dtype=np.float64)
    confidence = np.maximum(scores, 1 - scores).ravel() if multilabel else scores.max(axis=1)
    right = np.random.default_rng(seed).random((n_draws, len(confidence))) < confidence
    drawn = _ece(confidence, right, n_bins)
    return float(drawn.mean()), float(drawn.std(ddof=1))


def reliability(scores: Float, targets: Int, *, n_bins: int = N_BINS) -> list[Bin]:
    """The columns of a reliability plot, from low confidence to high; empty ones are left out."""
    confidence, right = _confidence(scores, np.asarray(targets))
    place = _places(confidence, n_bins)
    return [
        Bin(
            k / n_bins,
            (k + 1) / n_bins,
            n := int((place == k).sum()),
            float(confidence[place == k].mean()),
            float(right[place == k].mean()),
            wilson(int(right[place == k].sum()), n),
        )
        for k in range(n_bins)
        if (place == k).any()
    ]


def _checked(logits: Float, targets: Int) -> tuple[Float, Int]:
    logits, targets = np.asarray(logits, dtype=np.float64), np.asarray(targets)
    if logits.ndim != 2 or len(targets) != len(logits) or (targets.ndim == 2 and targets.shape != logits.shape):
        raise DataError(f"logits {logits.shape} and targets {targets.shape} disagree.", "Give one target for each row.")
    if len(logits) < 2 * _FOLDS:
        raise DataError(f"{len(logits)} rows are too few for a temperature.", f"Give at least {2 * _FOLDS}.")
    if not np.isfinite(logits).all():
        raise DataError("a logit is not a finite number.", "Look at the training: its loss may have become NaN.")
    return logits, targets


def _fitted(logits: Float, targets: Int) -> float:
    """Temperature of least mean negative log-likelihood, which is convex in its inverse."""
    from scipy.optimize import minimize_scalar

    def loss(log_t: float) -> float:
        return float(log_losses(logits, targets, float(np.exp(log_t))).mean())

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_RANGE, method="bounded").x))


def _confidence(scores: Float, targets: Int) -> tuple[Float, NDArray[np.bool_]]:
    """Score of what is answered, and whether it is right; one entry a row, or a row and label."""
    scores = np.asarray(scores, dtype=np.float64)
    if targets.ndim == 2:
        return np.maximum(scores, 1 - scores).ravel(), ((scores >= 0.5) == (targets == 1)).ravel()
    return scores.max(axis=1), scores.argmax(axis=1) == targets


def _places(confidence: Float, n_bins: int) -> Int:
    """Bin (low, high] of each confidence."""
    place: Int = np.clip(np.ceil(confidence * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    return place


def _ece(confidence: Float, right: NDArray[np.bool_], n_bins: int) -> Float:
    """(k,) ECE of each row of right (k, n)."""
    held = (_places(confidence, n_bins)[:, None] == np.arange(n_bins)).astype(np.float64)  # (n, bins)
    gap: Float = np.abs((right - confidence) @ held).sum(axis=1) / len(confidence)
    return gap
