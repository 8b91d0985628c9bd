"""A model that cannot be used, with the constraint and the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Exclusion:
    """A model that cannot be used, and why; it unpacks as (id, reason)."""

    id: str
    constraint: str
    reason: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.id, self.reason))


def summary(excluded: Sequence[Exclusion]) -> str:
    """How many were left out by which constraint, in one line."""
    counts = Counter(e.constraint for e in excluded)
    return ", ".join(f"{n} by {name.replace('_', ' ')}" for name, n in counts.most_common())
