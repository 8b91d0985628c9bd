"""What a data set of texts holds, and what is wrong with it: classes, lengths, repeats, language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

import numpy as np

from zoo.data.balance import ClassFacts, only_class, split_codes, uneven_classes
from zoo.data.dataset import Dataset
from zoo.data.files import Unreadable
from zoo.data.languages import language, looks_like_code
from zoo.data.sketch import TextSketch


@dataclass(frozen=True)
class TableFacts(ClassFacts):
    """Facts of texts; all are those of `dataset`."""

    dataset: Dataset
    sketch: TextSketch

    @classmethod
    def of(cls, dataset: Dataset) -> TableFacts:
        """The facts of a data set of texts."""
        return cls(dataset, dataset.sketch or TextSketch.of(dataset.inputs))

    @property
    def path(self) -> Path:
        return Path(self.dataset.source)

    @property
    def text_column(self) -> str:
        return self.dataset.columns.get("text", "text")

    @property
    def label_column(self) -> str | None:
        return self.dataset.columns.get("label")

    @property
    def other_columns(self) -> tuple[str, ...]:
        """Columns that are neither the texts nor known by a usual name."""
        return self.dataset.other_columns

    @property
    def n_rows(self) -> int:
        return len(self.dataset)

    @property
    def n_empty(self) -> int:
        return self.sketch.n_empty

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        return tuple(Unreadable(what, why) for what, why in self.dataset.left_out)

    @cached_property
    def _order(self) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
        return np.argsort(self.sketch.hashes, kind="stable")

    @cached_property
    def _text_number(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """(n,) equal for equal texts, counted from 0."""
        ordered = self.sketch.hashes[self._order]
        numbers = np.zeros(len(ordered), dtype=np.int64)
        numbers[self._order] = np.cumsum(np.concatenate([[0], ordered[1:] != ordered[:-1]]))
        return numbers

    @property
    def n_duplicates(self) -> int:
        """Rows that repeat an earlier text."""
        return self.n_rows - (int(self._text_number.max()) + 1 if self.n_rows else 0)

    @cached_property
    def n_across_splits(self) -> int:
        """Texts that occur in more than one split."""
        if self.dataset.splits is None or not self.n_duplicates:
            return 0
        return self._texts_with_several(split_codes(self.dataset))

    @cached_property
    def n_conflicting(self) -> int:
        """Texts that occur under two labels."""
        if self.dataset.kind != "classification" or not self.n_duplicates:
            return 0
        return self._texts_with_several(self.dataset.targets)

    def _texts_with_several(self, codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> int:
        """Texts whose rows have different codes; those of -1 do not count."""
        known = codes >= 0
        pairs = np.unique(self._text_number[known] * (int(codes.max(initial=0)) + 1) + codes[known])
        _, n = np.unique(pairs // (int(codes.max(initial=0)) + 1), return_counts=True)
        return int((n > 1).sum())

    @property
    def median_words(self) -> int:
        return int(median(self.sketch.words)) if self.sketch.words else 0

    @property
    def long_words(self) -> int:
        """95th percentile of words in a text."""
        words = sorted(self.sketch.words)
        return words[min(len(words) - 1, int(0.95 * len(words)))] if words else 0

    @cached_property
    def language(self) -> str | None:
        return language(self.sketch.sample)

    @cached_property
    def looks_like_code(self) -> bool:
        return looks_like_code(self.sketch.sample)

    def findings(self) -> tuple[str, ...]:
        """What a careful reader would tell the owner of this table, most harmful first; empty if nothing."""
        said = []
        if self.n_across_splits:
            said.append(
                f"{self.n_across_splits:,} texts occur in more than one split: the test score will be too good."
            )
        if self.n_conflicting:
            said.append(f"{self.n_conflicting:,} texts occur under two labels: one of the two is wrong.")
        if self.n_duplicates:
            said.append(f"{self.n_duplicates:,} rows repeat an earlier text: keep them in one split.")
        said += only_class(self.class_names)
        if not self.class_names:
            is_named = self.label_column is None and self.other_columns
            where = f": name their column (--label, label=) if it is {' or '.join(self.other_columns[:4])}"
            said.append(f"no labels{where if is_named else ''}.")
        if self.class_names and len(self.class_names) > max(50, 0.5 * self.n_rows):
            said.append(f"{len(self.class_names):,} different labels in {self.n_rows:,} rows: is that column a class?")
        said += uneven_classes(self.n_per_class, "macro F1")
        if self.n_empty:
            said.append(f"{self.n_empty:,} rows without text are left out.")
        if self.unreadable:
            first = self.unreadable[0]
            said.append(f"{len(self.unreadable):,} broken rows are left out, such as {first.path}: {first.reason}.")
        return (*said, *self.dataset.notes)
