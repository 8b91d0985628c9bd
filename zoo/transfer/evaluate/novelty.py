"""Rows unlike the training data, found by their distance to its stored features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

Float = NDArray[np.floating]
_BLOCK = 4096


@dataclass(frozen=True)
class Novelty:
    """Training features, and the distance beyond which a row is called unlike them."""

    rows: Float
    """(n, d) unit length."""
    k: int
    threshold: float
    share: float
    """Share of rows like the training ones that lie beyond the threshold."""

    @classmethod
    def fit(cls, features: Float, *, k: int = 5, share: float = 0.05) -> Novelty:
        """Args:
            features: (n, d) of the training rows, any scale.
            k: the distance of a row is that to its k-th nearest training row.
            share: how many of the training rows may be flagged, each left out in turn.

        Raises:
            DataError: not (n, d), a value that is no number, or no more rows than neighbours.

        Source:
            Sun et al. 2022, arXiv:2204.06507 (deep nearest neighbours, on unit-length features).
        """
        rows = _unit(features)
        if len(rows) <= k:
            raise DataError(f"{len(rows)} training rows for {k} neighbours.", "Give more rows, or a smaller k.")
        if not 0 < share < 1:
            raise DataError(f"share must lie between 0 and 1, got {share!r}.", "0.05 is usual.")
        own = _kth(rows, rows, k + 1)  # the nearest is the row itself
        return cls(rows, k, float(np.quantile(own, 1 - share)), share)

    def distances(self, features: Float) -> Float:
        """(m,) distance to the k-th nearest training row, in [0, 2]."""
        return _kth(_unit(features), self.rows, self.k)

    def flags(self, features: Float) -> NDArray[np.bool_]:
        """(m,) whether a row is unlike the training data."""
        return np.asarray(self.distances(features) > self.threshold, dtype=np.bool_)


def _unit(features: Float) -> Float:
    rows = np.asarray(features, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise DataError(f"want finite (n, d) features, got {rows.shape}.", "Look at the rows that gave them.")
    unit: Float = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


def _kth(asked: Float, rows: Float, k: int) -> Float:
    """(m,) Euclidean distance of each unit row to the k-th nearest of the others."""
    found = []
    for start in range(0, len(asked), _BLOCK):
        square = np.maximum(2 - 2 * asked[start : start + _BLOCK] @ rows.T, 0)
        found.append(np.sqrt(np.partition(square, k - 1, axis=1)[:, k - 1]))
    return np.concatenate(found) if found else np.zeros(0)
