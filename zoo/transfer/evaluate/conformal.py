"""Conformal sets: for each row a set of classes that holds the true one with the coverage asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

Float = NDArray[np.floating]
Int = NDArray[np.integer]


@dataclass(frozen=True)
class ConformalSets:
    """A threshold from held-out rows.

    The promise is on average over rows like the held-out ones, not for each class.
    """

    coverage: float
    threshold: float
    """Classes whose score falls short by no more than this are in the set."""
    kind: Literal["threshold", "adaptive"]
    n: int

    @classmethod
    def fit(
        cls, scores: Float, targets: Int, *, coverage: float = 0.9, kind: Literal["threshold", "adaptive"] = "threshold"
    ) -> ConformalSets:
        """Args:
            scores: (n, c) probabilities of rows that neither training nor calibration has seen.
            targets: (n,) class index.
            coverage: share of rows whose set holds the true class.
            kind: threshold: the smallest sets on average; adaptive: sets that grow with the doubt about a row.

        Raises:
            DataError: too few rows for the coverage (1 / (1 - coverage) are needed), or shapes disagree.

        Source:
            Sadinle et al. 2019, arXiv:1609.00451 (threshold); Romano et al. 2020, arXiv:2006.02544 (adaptive, without
            its random part, so that coverage is slightly above); the quantile is that of Vovk et al. 2005.
        """
        scores, targets = np.asarray(scores, dtype=np.float64), np.asarray(targets)
        if scores.ndim != 2 or targets.shape != scores.shape[:1]:
            raise DataError(f"scores {scores.shape} and targets {targets.shape} disagree.", "Give one target a row.")
        if not 0 < coverage < 1:
            raise DataError(f"coverage must lie between 0 and 1, got {coverage!r}.", "0.9 is usual.")
        rank = math.ceil((len(scores) + 1) * coverage)
        if rank > len(scores):
            needed = math.ceil(coverage / (1 - coverage))
            raise DataError(
                f"{len(scores)} held-out rows cannot promise a coverage of {coverage:g}.", f"Give at least {needed}."
            )
        misfit = _misfit(scores, kind)[np.arange(len(scores)), targets]
        return cls(coverage, float(np.sort(misfit)[rank - 1]), kind, len(scores))

    def sets(self, scores: Float) -> NDArray[np.bool_]:
        """(m, c) whether a class is in the row's set; a set may be empty with `threshold`: the row is like no class."""
        return np.asarray(_misfit(np.asarray(scores, dtype=np.float64), self.kind) <= self.threshold, dtype=np.bool_)


def _misfit(scores: Float, kind: str) -> Float:
    """(n, c) how badly a class fits a row."""
    if kind == "threshold":
        far: Float = 1 - scores
        return far
    order = np.argsort(-scores, axis=1, kind="stable")
    total = np.cumsum(np.take_along_axis(scores, order, axis=1), axis=1)
    mass = np.empty_like(scores)
    np.put_along_axis(mass, order, total, axis=1)
    return mass
