"""The rows of a table become a data set: pictures or texts, labels, groups, splits; one pass, in batches."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from zoo.data.columns import Columns, Wanted, guess_columns, is_pattern
from zoo.data.dataset import Dataset, Lazy, Split
from zoo.data.files import Unreadable
from zoo.data.folders import split_of
from zoo.data.groups import crossing_note, groups_by_pattern
from zoo.data.kept_pictures import kept_pictures_folder
from zoo.data.labels import LabelCells, interpret
from zoo.data.languages import looks_like_code
from zoo.data.picture_paths import PictureFinder
from zoo.data.picture_set import picture_set
from zoo.data.sketch import TextSketch
from zoo.data.tables import Table
from zoo.errors import DataError

MOST_CHARACTERS = 16_000_000
"""Texts beyond this are left in their file and read again when they are asked for."""


@dataclass(frozen=True)
class Reading:
    """How labels are to be read.

    Attributes:
        separator: as for `zoo.data.labels.interpret`.
        merge: as there.
        split: of a whole file that is one part of the data, such as `test.csv`.
    """

    separator: str | None = None
    merge: bool = False
    split: Split | None = None


class TableTexts(Lazy):
    """Texts that stay in their table."""

    def __init__(self, table: Table, columns: Columns, rows: NDArray[np.int64]) -> None:
        self._table, self._columns = table, columns
        self._rows = rows
        """Number of each kept row in the table, from 1."""

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> Any: ...
    @overload
    def __getitem__(self, row: slice) -> list[Any]: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return self.select(range(len(self))[row])
        return self.select([range(len(self))[row]])[0]

    def __iter__(self) -> Iterator[Any]:
        at = 0
        for batch in self._table.read(self._columns.text, []):
            bodies = _bodies(batch.columns, self._columns)
            while at < len(self) and self._rows[at] < batch.first + len(bodies):
                yield bodies[self._rows[at] - batch.first]
                at += 1

    def select(self, rows: Sequence[int]) -> list[Any]:
        wanted = {int(self._rows[row]) for row in rows}
        found: dict[int, Any] = {}
        for batch in self._table.read(self._columns.text, []):
            here = [n for n in range(batch.first, batch.first + len(batch)) if n in wanted]
            if here:
                bodies = _bodies(batch.columns, self._columns)
                found.update((n, bodies[n - batch.first]) for n in here)
            if len(found) == len(wanted):
                break
        return [found[int(self._rows[row])] for row in rows]


def table_data(
    table: Table, wanted: Wanted, reading: Reading, *, source: str, pictures: Sequence[Path] | None = None
) -> Dataset:
    """The data set of a table.

    Args:
        pictures: those below its folder, where they are known already.

    Raises:
        DataError: a named column is not there, two could be meant, or nothing can be used.
    """
    broken: list[Unreadable] = []
    if not any(len(batch) for batch in table.read(table.columns[:1], broken)):
        raise _no_row(table, broken)
    finder = PictureFinder(table.folder, pictures)
    columns = guess_columns(table, wanted, finder.share)
    if columns.image is not None:
        return _picture_data(table, columns, wanted, reading, finder, source)
    return _text_data(table, columns, wanted, reading, source)


@dataclass
class _Pass:
    """What the cells beside the inputs said, row by row."""

    columns: Columns
    labels: LabelCells
    label: array[int] = field(default_factory=lambda: array("q"))
    group: list[Any] = field(default_factory=list)
    split: list[Split | None] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    strange_splits: set[str] = field(default_factory=set)
    known: dict[Any, Split | None] = field(default_factory=dict)

    def add(self, cells: Any, rows: Sequence[int], first: int) -> None:
        """Take these rows of a batch."""
        of = self.columns
        if len(of.label) == 1:
            column = cells[of.label[0]]
            self.label.extend(self.labels.add([column[i] for i in rows]))
        elif of.label:
            several = [cells[name] for name in of.label]
            self.label.extend(self.labels.add([tuple(column[i] for column in several) for i in rows]))
        if of.group is not None:
            column = cells[of.group]
            self.group += [column[i] for i in rows]
        if of.split is not None:
            column = cells[of.split]
            self.split += [self._split(column[i]) for i in rows]
        self.lines.extend(first + i for i in rows)

    def _split(self, cell: Any) -> Split | None:
        if cell not in self.known:
            text = "" if cell is None else str(cell)
            self.known[cell] = split_of(text)
            if text.strip() and self.known[cell] is None:
                self.strange_splits.add(text.strip())
        return self.known[cell]

    def finish(self, dataset: Dataset, table: Table, reading: Reading, notes: list[str], wanted: Wanted) -> Dataset:
        """The data set with what these cells said."""
        if self.label:
            names = table.categories.get(self.columns.label[0])
            told = interpret(self.labels, separator=reading.separator, merge=reading.merge, categories=names)
            targets = told.targets(np.array(self.label, dtype=np.int64))
            dataset = replace(dataset, kind=told.kind, class_names=told.class_names, targets=targets)
            notes += told.notes
            if not told.class_names:
                notes.append(f"column {self.columns.label[0]} holds a label in no row.")
        if self.split:
            dataset = replace(dataset, splits=tuple(self.split))
            if self.strange_splits:
                shown = ", ".join(map(repr, sorted(self.strange_splits)[:3]))
                notes.append(
                    f"column {self.columns.split} holds {shown}: no split that is known; those rows have none."
                )
        elif reading.split is not None:
            dataset = replace(dataset, splits=(reading.split,) * len(dataset))
        if self.group:
            dataset = replace(dataset, groups=tuple(_group(value) for value in self.group))
            notes += crossing_note(dataset, self.columns.group or "group")
        elif wanted.group is not None and is_pattern(wanted.group):
            dataset = groups_by_pattern(dataset, wanted.group)
        return dataset


def _group(value: Any) -> str | None:
    if value is None or value == "" or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _needed(columns: Columns) -> list[str]:
    names = [columns.image, *columns.text, *columns.label, columns.group, columns.split, columns.mask]
    return list(dict.fromkeys(name for name in names if name is not None))


def _roles(columns: Columns) -> dict[str, str]:
    said = {"image": columns.image, "group": columns.group, "split": columns.split, "mask": columns.mask}
    said |= {"label": ",".join(columns.label) or None}
    said |= dict(zip(("text", "second text"), columns.text, strict=False))
    return {role: name for role, name in said.items() if name is not None}


def _bodies(cells: Any, columns: Columns) -> list[Any]:
    """The text of each row, or the pair; nothing where it is empty."""
    first = [as_text(value) for value in cells[columns.text[0]]]
    if len(columns.text) == 1:
        return first
    second = [as_text(value) for value in cells[columns.text[1]]]
    if columns.joined:
        return ["\n".join(part for part in pair if part) for pair in zip(first, second, strict=True)]
    return [pair if any(pair) else "" for pair in zip(first, second, strict=True)]


def as_text(value: Any) -> str:
    """What a cell says, in whole characters; nothing where it is empty, null or NaN."""
    if isinstance(value, str):
        text = value.strip()
        return text if text.isascii() else text.encode("utf-8", "replace").decode()  # JSON can hold half a character
    if value is None or value != value:
        return ""
    if isinstance(value, list):
        return " ".join(map(str, value))  # tokens
    return str(value).strip()


def _text_data(table: Table, columns: Columns, wanted: Wanted, reading: Reading, source: str) -> Dataset:
    broken: list[Unreadable] = []
    notes = [*table.notes, *columns.notes]
    told = _Pass(columns, LabelCells(columns.label))
    texts: list[Any] | None = []
    sketch = TextSketch(np.zeros(0, np.int64))
    hashes: list[NDArray[np.int64]] = []
    n_characters = n_rows = 0
    for batch in table.read(_needed(columns), broken):
        bodies = _bodies(batch.columns, columns)
        rows = [i for i, body in enumerate(bodies) if body]
        kept = bodies if len(rows) == len(bodies) else [bodies[i] for i in rows]
        sketch.n_empty += len(bodies) - len(kept)
        hashes.append(np.fromiter(map(hash, kept), np.int64, len(kept)))
        sketch.look(kept, n_rows)
        told.add(batch.columns, rows, batch.first)
        n_rows += len(kept)
        if texts is not None:
            texts += kept
            n_characters += sum(len(body) if isinstance(body, str) else sum(map(len, body)) for body in kept)
            texts = texts if n_characters <= MOST_CHARACTERS or table.folder is None else None
    if not n_rows:
        raise DataError(
            f"column {columns.text[0]!r} of {table.name} is empty in every row.",
            "Name the column that holds the texts: --text.",
        )
    sketch.hashes = np.concatenate(hashes)
    lines = np.array(told.lines, dtype=np.int64)
    dataset = Dataset(
        modality="code" if looks_like_code(sketch.sample) else "text",
        kind="classification",
        inputs=TableTexts(table, columns, lines) if texts is None else texts,
        class_names=(),
        targets=np.full(n_rows, -1, dtype=np.int64),
        lines=told.lines,
        columns=_roles(columns),
        other_columns=columns.others,
        source=source,
        left_out=tuple((bad.path, bad.reason) for bad in broken),
        sketch=sketch,
    )
    dataset = told.finish(dataset, table, reading, notes, wanted)
    return replace(dataset, notes=tuple(notes))


def _no_row(table: Table, broken: Sequence[Unreadable]) -> DataError:
    detail = f" {broken[0].path}: {broken[0].reason}." if broken else ""
    return DataError(f"{table.name} has no usable row.{detail}", "Give a CSV with a header, or one JSON object a line.")


def _picture_data(
    table: Table, columns: Columns, wanted: Wanted, reading: Reading, finder: PictureFinder, source: str
) -> Dataset:
    assert columns.image is not None
    broken: list[Unreadable] = []
    notes = [*table.notes, *columns.notes]
    told = _Pass(columns, LabelCells(columns.label))
    paths: list[str] = []
    masks: list[str | None] = []
    missing: list[str] = []
    for batch in table.read(_needed(columns), broken):
        found = [finder.find(cell) for cell in batch.columns[columns.image]]
        rows = [i for i, path in enumerate(found) if path is not None]
        missing += [str(batch.columns[columns.image][i])[:80] for i, path in enumerate(found) if path is None]
        told.add(batch.columns, rows, batch.first)
        paths += [path for path in found if path is not None]
        if columns.mask is not None:
            masks += [finder.find(batch.columns[columns.mask][i]) for i in rows]
    if not paths:
        raise DataError(
            f"none of the {len(missing):,} pictures that {table.name} names in column {columns.image} is there "
            f"({', '.join(missing[:3])}); looked in {finder.looked_in()}.",
            "Put the table beside its pictures, or name the column of the paths: --image COLUMN.",
        )
    if missing:
        notes.append(
            f"{len(missing):,} of {len(missing) + len(paths):,} pictures named in {table.name} are not there "
            f"({', '.join(missing[:3])}); looked in {finder.looked_in()}."
        )
    dataset = Dataset(
        modality="image",
        kind="classification",
        inputs=paths,
        class_names=(),
        targets=np.full(len(paths), -1, dtype=np.int64),
        lines=told.lines,
        columns=_roles(columns),
        other_columns=columns.others,
        source=source,
        left_out=tuple((bad.path, bad.reason) for bad in broken),
    )
    dataset = told.finish(dataset, table, reading, notes, wanted)
    if columns.mask is not None:
        has_mask = np.array([0 if mask else -1 for mask in masks], dtype=np.int64)
        dataset = replace(dataset, masks=tuple(masks), kind="segmentation", class_names=(), targets=has_mask)
    return picture_set(_once(replace(dataset, notes=tuple(notes)), table))


def _once(dataset: Dataset, table: Table) -> Dataset:
    """Each picture once; a row that repeats another is left out.

    Raises:
        DataError: a picture has several rows of different labels.
    """
    first: dict[str, int] = {}
    kept = []
    own = str(kept_pictures_folder())  # what no table names by its path may well be there twice
    for row, path in enumerate(dataset.inputs):
        if path not in first or path.startswith(own):
            first[path] = row
            kept.append(row)
        elif not np.array_equal(dataset.targets[row], dataset.targets[first[path]]):
            raise DataError(
                f"{table.name} names a picture more than once, with several labels ({Path(path).name}).",
                "Write one row a picture: crop what a row shows, or write several labels in one cell: a|b.",
            )
    if len(kept) == len(dataset):
        return dataset
    n = len(dataset) - len(kept)
    told = dataset.take(kept)
    return replace(told, notes=(*told.notes, f"{n:,} rows name a picture again and are left out."))
