"""What one pass over many texts gathers: enough for every finding, without keeping the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COUNTED_ROWS = 20_000
"""Rows from the first whose words are counted; of the others every fiftieth."""


@dataclass
class TextSketch:
    """What one pass over texts gathers about all of them.

    Attributes:
        hashes: (n,) of each text; equal texts have equal ones.
        words: numbers of words of a sample of rows.
        sample: the first 200 texts.
    """

    hashes: NDArray[np.int64]
    words: list[int] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)
    n_empty: int = 0

    @classmethod
    def of(cls, texts: Sequence[Any]) -> TextSketch:
        """The sketch of texts at hand."""
        made = cls(np.fromiter(map(hash, texts), np.int64, len(texts)))
        made.look(list(texts), 0)
        return made

    def look(self, bodies: Sequence[Any], first: int) -> None:
        """Count the words of a batch that begins at row `first`."""
        step = 1 if first < _COUNTED_ROWS else 50
        for body in bodies[::step]:
            text = body if isinstance(body, str) else "\n".join(body)
            self.words.append(len(text.split()))
            if len(self.sample) < 200:
                self.sample.append(text)
