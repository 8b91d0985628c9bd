"""The one shape in which every table is read: named columns, in batches, as often as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from zoo.data.files import Unreadable
from zoo.errors import DataError

HEAD_ROWS = 1000
"""Rows from which columns are guessed."""


@dataclass(frozen=True)
class Batch:
    """Consecutive rows."""

    first: int
    """Number of the first row in the table, from 1; the heading does not count."""
    columns: Mapping[str, list[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


@dataclass(frozen=True)
class Table:
    """A table that can be read again and again; broken rows are counted while it is read.

    Attributes:
        name: how messages call it.
        columns: in the order of the source.
        read: columns -> batches of these columns alone; appends rows that cannot be read to the list.
        folder: where relative paths in its cells start; None for a table in memory.
        categories: column -> names for which its whole numbers stand.
        notes: how it was read, where that could be misunderstood.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[Sequence[str], list[Unreadable]], Iterator[Batch]]
    folder: Path | None = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def head(self, n_rows: int = HEAD_ROWS) -> dict[str, list[Any]]:
        """The first rows, by column."""
        found: dict[str, list[Any]] = {name: [] for name in self.columns}
        for batch in self.read(self.columns, []):
            for name, values in found.items():
                values += batch.columns[name][: n_rows - len(values)]
            if not found or len(next(iter(found.values()))) >= n_rows:
                break
        return found

    def column(self, name: str, role: str) -> str:
        """The column of this name, whatever its case.

        Raises:
            DataError: there is none; the nearest is named.
        """
        if name in self.columns:
            return name
        if not isinstance(name, str):
            raise DataError(f"want the name of a column, got {name!r}.", f"{self.name} has: {self.shown}.")
        folded = {column.strip().lower(): column for column in self.columns}
        if name.strip().lower() in folded:
            return folded[name.strip().lower()]
        near = get_close_matches(name.lower(), folded, n=1)
        hint = f"Did you mean {folded[near[0]]!r}? " if near else ""
        raise DataError(f"{self.name} has no column {name!r} (--{role}).", f"{hint}It has: {self.shown}.")

    @property
    def shown(self) -> str:
        """Its columns for a message."""
        more = f" and {len(self.columns) - 12} more" if len(self.columns) > 12 else ""
        return ", ".join(self.columns[:12]) + more

    def noting(self, *notes: str) -> Table:
        return replace(self, notes=(*self.notes, *notes))


def distinct_names(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """(column names without blanks around them and all different, those that were given twice)."""
    seen: dict[str, int] = {}
    made, twice = [], []
    for number, given in enumerate(names, start=1):
        name = given.strip() or f"column {number}"
        n = seen.get(name, 0)
        seen[name] = n + 1
        if n:
            twice.append(name)
            name = f"{name}.{n}"
        made.append(name)
    return tuple(made), list(dict.fromkeys(twice))
