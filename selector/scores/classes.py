"""What the scores share: checked arrays, and sums over the rows of each class in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

from ..probes import Float, Int, checked_pair


@dataclass(frozen=True)
class Classed:
    """Rows sorted by class, so that those of one class lie together."""

    rows: NDArray[np.float64]
    """(n, d)"""
    start: NDArray[np.intp]
    """(c,) first row of each class."""
    count: NDArray[np.intp]
    """(c,)"""

    @property
    def sums(self) -> NDArray[np.float64]:
        """(c, d) sum of the rows of each class."""
        return np.asarray(np.add.reduceat(self.rows, self.start, axis=0), dtype=np.float64)

    @property
    def index(self) -> NDArray[np.intp]:
        """(n,) class of each row, from 0 without gaps."""
        return np.repeat(np.arange(len(self.count)), self.count)

    def blocks(self) -> list[NDArray[np.float64]]:
        """The rows of each class."""
        return [self.rows[s : s + n] for s, n in zip(self.start.tolist(), self.count.tolist(), strict=True)]


def classed(features: Float, labels: Int, which: str = "the") -> Classed:
    """A sorted copy of the rows.

    Raises:
        DataError: shapes disagree, a value is not finite, or there is one class.
    """
    x, y = checked_pair(features, labels, which)
    order = np.argsort(y, kind="stable")
    _, start, count = np.unique(y[order], return_index=True, return_counts=True)
    if len(count) < 2:
        raise DataError("want at least two classes, got one.", "Add rows of another class.")
    return Classed(np.asarray(x[order], dtype=np.float64), start, count)
