"""How alike models have been: models of one family, size and training data tend to surprise on the same tasks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .factor_model import means
from .table import Room


def likeness(room: Room, rows: Sequence[int | None]) -> NDArray[np.float64]:
    """(n, n) positive semi-definite likeness, 1 on the diagonal; 0 between a model without results and any other.

    The mean of two parts: how near the models' results lie to each other, and how often one was better than its
    strengths say where the other was too.
    """
    known = np.array([place for place, row in enumerate(rows) if row is not None], dtype=int)
    found = np.eye(len(rows))
    if len(known) < 2:
        return found
    at = [row for row in rows if row is not None]
    s, seen = room.strengths, room.seen[at]
    sets, told = room.information
    half = sets[at].astype(np.float32) @ told
    strengths = means(room.residual[at], half, room.phi, room.noise, s.covariance, room.x[at] @ s.from_facts.T)
    said = strengths @ room.phi.T  # (n, d)
    surprise = (room.residual[at] - said) * seen / np.sqrt(room.noise)
    unit = surprise / (np.linalg.norm(surprise, axis=1, keepdims=True) + 1e-9)
    square = (said**2).sum(axis=1)
    distance = np.maximum(square[:, None] + square - 2 * said @ said.T, 0)
    near = np.exp(-distance / (np.median(distance[~np.eye(len(at), dtype=bool)]) + 1e-9))
    found[np.ix_(known, known)] = 0.5 * near + 0.5 * unit @ unit.T
    np.fill_diagonal(found, 1.0)
    return found
