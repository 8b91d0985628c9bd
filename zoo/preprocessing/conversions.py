"""What was converted in many pictures, one line a kind: a batch of 10,000 scans is told in a few sentences."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

_NUMBER = re.compile(r"-?\d[\d,.]*(?:e[+-]?\d+)?%?")


class Conversions:
    """Notes of pictures, counted by kind: notes that differ in their numbers alone are of one kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, list[str | int]] = {}

    def add(self, notes: Iterable[str], name: str) -> None:
        """Count the notes of one picture, from whichever thread."""
        with self._lock:
            for kind, note in {_NUMBER.sub("#", note): note for note in notes}.items():
                counted = self._kinds.setdefault(kind, [0, note, name])
                counted[0] = int(counted[0]) + 1

    def lines(self) -> tuple[str, ...]:
        """One sentence a kind, the most frequent first; a kind of many pictures gives one of them as an example."""
        with self._lock:
            counted = sorted(self._kinds.values(), key=lambda kind: -int(kind[0]))
        return tuple(
            f"{name}: {note}" if n == 1 else f"{n:,} pictures, such as {name}: {note}" for n, note, name in counted
        )
