"""The evidence base: published results in one long table, and the facts of the data sets and models in it.

A row says: this model reached this value of this metric on this data set, under this protocol, as printed by
this source. Values are shares in [0, 1] (rank correlations in [-1, 1]); percentages are converted on the way in.
Rows of different protocols or sources are never averaged: a column of `prior.table` holds those that compare.

The bundled files are made by `python -m zoo.selector.build_evidence` and only read here:

    data/evidence.npz    integer-coded columns of the long table
    data/datasets.csv    modality, domains, kind, classes, resolution, class words, near-duplicates
    data/models.csv.gz   size, resolution, width, languages, other names
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    pass

from collections.abc import Iterator
from dataclasses import field

from zoo.evidence import EvidenceRow

from ..task.datasets import DATA


@dataclass(frozen=True)
class Evidence:
    """The long table: one integer code a row and column, and the words that the codes stand for."""

    codes: dict[str, NDArray[np.int32]]
    words: dict[str, tuple[str, ...]]
    value: NDArray[np.float32] = field(repr=False)

    @classmethod
    def from_rows(cls, rows: Iterable[EvidenceRow]) -> Evidence:
        """The table of rows that plugins hand over; each was checked when it was made."""
        return cls.from_columns(
            *zip(
                *(
                    (r.model, r.dataset, r.metric, r.value, r.protocol, r.condition or "", r.source, r.version or "")
                    for r in rows
                ),
                strict=True,
            )
        )

    @classmethod
    def from_columns(
        cls,
        model: Sequence[str],
        dataset: Sequence[str],
        metric: Sequence[str],
        value: Sequence[float],
        protocol: Sequence[str],
        condition: Sequence[str],
        source: Sequence[str],
        version: Sequence[str],
    ) -> Evidence:
        """The table of parallel columns.

        Raises:
            ValueError: a row without a source, or a value that is no share (a percentage, a NaN).
        """
        values = np.asarray(value, dtype=np.float32)
        if not (np.abs(values) <= 1).all():
            raise ValueError("want shares in [0, 1] or correlations in [-1, 1]; divide percentages by 100")
        if not all(text.strip() for text in source):
            raise ValueError("a row names no source; give the page or table in which the figure was published")
        columns = (model, dataset, metric, protocol, condition, source, version)
        codes, words = {}, {}
        for name, texts in zip(_CODED, columns, strict=True):
            vocabulary = sorted(set(texts))
            index = {word: code for code, word in enumerate(vocabulary)}
            codes[name] = np.array([index[text] for text in texts], dtype=np.int32)
            words[name] = tuple(vocabulary)
        return cls(codes, words, values)

    @classmethod
    def load(cls, folder: Traversable = DATA) -> Evidence:
        """The bundled evidence, or that of a folder; one compressed file of integers, no text parsing per row."""
        with (folder / "evidence.npz").open("rb") as handle, np.load(handle) as stored:
            words = {name: tuple(bytes(stored[f"{name}_words"]).decode().split("\n")) for name in _CODED}
            codes = {name: stored[name].astype(np.int32) for name in _CODED}
            return cls(codes, words, stored["value"])

    def save(self, path: str) -> None:
        arrays: dict[str, NDArray[Any]] = {"value": self.value}
        for name in _CODED:
            arrays[name] = self.codes[name].astype(np.min_scalar_type(max(1, len(self.words[name]))))
            arrays[f"{name}_words"] = np.frombuffer("\n".join(self.words[name]).encode(), dtype=np.uint8)
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # numpy's stub takes any name for its own flags

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[EvidenceRow]:
        return (self.row(index) for index in range(len(self)))

    def row(self, index: int) -> EvidenceRow:
        word = {name: self.words[name][self.codes[name][index]] for name in _CODED}
        return EvidenceRow(
            model=word["model"],
            dataset=word["dataset"],
            metric=word["metric"],
            value=round(float(self.value[index]), 6),
            protocol=word["protocol"],
            source=word["source"],
            version=word["version"] or None,
            condition=word["condition"] or None,
        )

    def select(self, *, model: str | None = None, dataset: str | None = None) -> list[EvidenceRow]:
        """Rows of one model, one data set or both, in the order of the table."""
        keep = np.ones(len(self), dtype=bool)
        for name, wanted in (("model", model), ("dataset", dataset)):
            if wanted is not None:
                vocabulary = self.words[name]
                keep &= self.codes[name] == (vocabulary.index(wanted) if wanted in vocabulary else -1)
        return [self.row(int(index)) for index in np.flatnonzero(keep)]


_CODED = ("model", "dataset", "metric", "protocol", "condition", "source", "version")
