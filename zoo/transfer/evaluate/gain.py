"""Transfer gain: what starting from a source model is worth against training from scratch, and whether it harms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError


@dataclass(frozen=True)
class Gain:
    """Mean paired difference to the control, in the metric's own units, with its 95 % interval."""

    gain: float
    interval: tuple[float, float]
    n_seeds: int
    transferred: float
    control: float

    @property
    def verdict(self) -> Literal["better", "negative transfer", "not shown to be better"]:
        """By whether the whole interval lies above or below zero."""
        low, high = self.interval
        return "better" if low > 0 else "negative transfer" if high < 0 else "not shown to be better"

    @property
    def negative(self) -> bool:
        """Whether the source model harms."""
        return self.verdict == "negative transfer"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self) | {"verdict": self.verdict}

    def __str__(self) -> str:
        low, high = (100 * limit for limit in self.interval)
        means = f"{self.transferred:.3f} against {self.control:.3f}: {100 * self.gain:+.1f} points"
        return f"{means} [{low:+.1f}, {high:+.1f}] over {self.n_seeds} seeds, {self.verdict}"


def transfer_gain(transferred: Sequence[float] | NDArray[Any], control: Sequence[float] | NDArray[Any]) -> Gain:
    """The gain over runs of equal budget, rows and seeds.

    With one figure a seed the interval (Student's t) covers other seeds on the same test rows. With whether each test
    row was right, it covers other test rows too, and needs fewer seeds; rows and seeds are crossed, and both vary.

    Args:
        transferred: (s,) metric of each seed, or (s, n) whether each of n test rows was right.
        control: the same seeds and rows, from scratch or of any other control.

    Raises:
        DataError: shapes disagree, or one seed alone without rows.

    >>> transfer_gain([0.9, 0.8, 0.85], [0.7, 0.65, 0.6]).verdict
    'better'
    """
    from scipy.stats import t

    first, second = np.asarray(transferred, dtype=np.float64), np.asarray(control, dtype=np.float64)
    if first.shape != second.shape or first.ndim not in (1, 2) or not first.size:
        raise DataError(
            f"want the same seeds and rows for both, got {first.shape} and {second.shape}.",
            "Run the control with the seeds, rows and budget of the transfer.",
        )
    apart = first - second
    n_seeds = len(apart)
    if apart.ndim == 1 and n_seeds < 2:
        raise DataError(
            "one seed has no interval.", "Give several seeds, or say of each test row whether it was right."
        )
    by_seed = apart if apart.ndim == 1 else apart.mean(axis=1)
    parts = [] if n_seeds < 2 else [(by_seed.var(ddof=1) / n_seeds, n_seeds - 1)]
    both = 0.0
    if apart.ndim == 2 and apart.shape[1] > 1:
        n_rows = apart.shape[1]
        by_row = apart.mean(axis=0)
        parts.append((by_row.var(ddof=1) / n_rows, n_rows - 1))
        if n_seeds > 1:  # what neither seed nor row explains is in both parts, and counts once
            rest = apart - by_seed[:, None] - by_row + apart.mean()
            both = float((rest**2).sum() / ((n_seeds - 1) * (n_rows - 1)) / apart.size)
    variance = max(float(sum(part for part, _ in parts)) - both, *(float(part) for part, _ in parts), 0.0)
    # Degrees of freedom after Satterthwaite 1946, doi:10.2307/3002019.
    freedom = variance**2 / sum(part**2 / own for part, own in parts) if variance > 0 else 1.0
    half = float(t.ppf(0.975, freedom)) * variance**0.5
    gain = float(by_seed.mean())
    return Gain(gain, (gain - half, gain + half), n_seeds, float(first.mean()), float(second.mean()))
