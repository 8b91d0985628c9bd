"""Which models stand beside models from elsewhere in results of the task's own domain.

Where they do, the results say something of what it is worth to come from the domain, which is assumed otherwise. Of
the domains of pictures for which it is assumed the bundled tables hold no such column; plugins may bring some.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evidence.datasets import ModelFacts
from .table import Room


def compared(
    room: Room, domains: Sequence[str], models: Sequence[ModelFacts], rows: Sequence[int | None]
) -> list[bool]:
    """Whether a column of one of the domains holds the model beside one of another origin, a model at a time.

    Args:
        rows: row of each model in the room; None where it has no result there.
    """
    places = [c for c, column in enumerate(room.columns) if _touch(room.facts[column.dataset].domains, domains)]
    if not places:
        return [False] * len(models)
    flags = np.array([np.zeros(len(places), bool) if row is None else room.seen[row, places] for row in rows])
    native = np.array([_touch(facts.domains, domains) for facts in models])
    mixed = flags[native].any(axis=0) & flags[~native].any(axis=0)
    return [bool(found) for found in (flags & mixed).any(axis=1)]


def _touch(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a domain of one lies within or above a domain of the other."""
    return any(a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in one for b in other)
