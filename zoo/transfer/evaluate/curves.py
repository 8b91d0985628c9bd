"""Few-shot curves: the metric against labels per class, each point over several draws of the training rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

Int = NDArray[np.integer]
Measure = Callable[[NDArray[np.intp], int], float]
"""(training rows, seed) -> metric on held-out rows."""
COUNTS = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True)
class Point:
    """One number of labels a class."""

    labels_per_class: int
    scores: tuple[float, ...]
    """One a draw; the same draws for every curve of one call."""

    @property
    def mean(self) -> float:
        """Over draws."""
        return float(np.mean(self.scores))

    @property
    def band(self) -> tuple[float, float]:
        """95 % of the draws are expected within, by Student's t."""
        from scipy.stats import t

        if len(self.scores) < 2:
            return float("nan"), float("nan")
        n = len(self.scores)
        half = float(t.ppf(0.975, n - 1)) * float(np.std(self.scores, ddof=1)) * (1 + 1 / n) ** 0.5
        return self.mean - half, self.mean + half

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "labels_per_class": self.labels_per_class,
            "mean": self.mean,
            "band": list(self.band),
            "scores": list(self.scores),
        }


def few_shot_curve(
    targets: Int,
    measures: Mapping[str, Measure],
    *,
    counts: Sequence[int] = COUNTS,
    n_draws: int = 3,
    seed: int = 0,
) -> dict[str, list[Point]]:
    """Name of each measure -> its curve. Draws are nested and shared: 5 labels a class are among the 10 of that draw.

    Two curves of one call are paired, so `transfer_gain(a.scores, b.scores)` compares them at a point.

    Args:
        targets: (n,) class index of the training rows.
        measures: a probe, a tuned model, one from scratch ...
        counts: labels per class; those that the smallest class does not have are left out.

    Raises:
        DataError: no class has that many rows, or a count or n_draws is below 1.
    """
    targets = np.asarray(targets)
    classes, sizes = np.unique(targets, return_counts=True)
    if min(counts, default=0) < 1 or n_draws < 1:
        raise DataError(f"labels per class {tuple(counts)} and draws {n_draws} must be at least 1.", "Give such.")
    possible = [count for count in sorted(set(counts)) if count <= sizes.min()]
    if not possible:
        raise DataError(f"the smallest class has {sizes.min()} rows, fewer than {min(counts)}.", "Give smaller counts.")
    scores: dict[str, dict[int, list[float]]] = {name: {count: [] for count in possible} for name in measures}
    for draw in range(n_draws):
        random = np.random.default_rng((seed, draw))
        order = {c: random.permutation(np.flatnonzero(targets == c)) for c in classes}
        for count in possible:
            rows = np.sort(np.concatenate([order[c][:count] for c in classes]))
            for name, measure in measures.items():
                scores[name][count].append(float(measure(rows, draw)))
    return {name: [Point(count, tuple(found)) for count, found in curve.items()] for name, curve in scores.items()}
