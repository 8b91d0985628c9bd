"""Brings a table of texts into plain facts: which column is what, how many rows a class has, what is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from statistics import median
from typing import Any

from zoo.data.balance import imbalance, only_class, to_learn_from, uneven_classes
from zoo.data.files import Unreadable
from zoo.data.folders import SPLITS, given_path
from zoo.data.languages import language, looks_like_code
from zoo.data.rows import read_rows
from zoo.errors import DataError

TEXT_COLUMNS = (
    "text", "body", "sentence", "content", "document", "review", "message", "abstract", "code", "func",
    "query", "question", "title", "comment", "tweet", "clause",
)  # fmt: skip
_NO_LABELS = (*TEXT_COLUMNS, "split", "id", "index", "url", "date")
LABEL_COLUMNS = ("label", "labels", "class", "category", "topic", "target", "intent", "sentiment", "y")


@dataclass(frozen=True)
class TableFacts:
    """What a table of texts holds."""

    path: Path
    text_column: str
    label_column: str | None
    counts: Mapping[str | None, Mapping[str, int]]
    """Split -> class -> number of rows; one split called None where there is no column `split`."""
    n_rows: int
    n_unlabelled: int
    n_empty: int
    unreadable: tuple[Unreadable, ...]
    n_duplicates: int
    n_across_splits: int
    n_conflicting: int
    """Texts that occur under two labels."""
    median_words: int
    long_words: int
    """95th percentile of words in a text."""
    language: str | None
    looks_like_code: bool
    other_columns: tuple[str, ...] = ()
    """Columns that are neither the texts nor known by a usual name."""

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(sorted({name for of_split in self.counts.values() for name in of_split}))

    @property
    def n_per_class(self) -> dict[str, int]:
        """Class -> rows to learn from: those of split train where there is one, else all."""
        return to_learn_from(self.counts, self.class_names)

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(sorted(split for split in self.counts if split is not None))

    @property
    def imbalance(self) -> float | None:
        return imbalance(self.n_per_class)

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
        return tuple(said)


def scan_table(path: str | os.PathLike[str], *, text: str | None = None, label: str | None = None) -> TableFacts:
    """Facts of a table with a column of texts and perhaps one of labels; columns are guessed where not named.

    A column `split` with train, val or test is understood.

    Raises:
        DataError: no such file, no such column, not a table, or no row with a text.
    """
    table = given_path(path)
    if not os.path.isfile(table):  # Path.is_file raises for a name that is too long
        what = "a folder" if os.path.isdir(table) else "not there"
        raise DataError(f"want a table of texts, {str(path)!r} is {what}.", "Give a CSV, TSV, JSONL or JSON file.")
    broken: list[Unreadable] = []
    rows = list(read_rows(table, broken))
    if not rows:
        detail = f" {broken[0].path}: {broken[0].reason}." if broken else ""
        raise DataError(
            f"{table.name} has no usable row.{detail}", "Give a CSV with a header, or one JSON object a line."
        )
    columns = list(dict.fromkeys(name for row in rows[:1000] for name in row))
    text_column = _column(text, columns, table) or _guess_text(rows, columns, exclude=label)
    label_column = _column(label, columns, table) or next(
        (c for c in columns if c.lower() in LABEL_COLUMNS and c != text_column), None
    )
    facts = _facts(table, rows, text_column, label_column, broken)
    known = {text_column, label_column}
    return replace(facts, other_columns=tuple(c for c in columns if c not in known and c.lower() not in _NO_LABELS))


def _facts(
    table: Path, rows: list[dict[str, Any]], text_column: str, label_column: str | None, broken: list[Unreadable]
) -> TableFacts:
    counts: dict[str | None, Counter[str]] = defaultdict(Counter)
    seen: dict[bytes, tuple[set[str | None], set[str]]] = {}
    lengths: list[int] = []
    sample: list[str] = []
    n_unlabelled = n_empty = n_duplicates = 0
    split_column = next((c for c in rows[0] if c.lower() == "split"), None)
    for row in rows:
        body = _as_text(row.get(text_column))
        if not body:
            n_empty += 1
            continue
        name = _as_text(row.get(label_column)) if label_column else ""
        split = SPLITS.get(_as_text(row.get(split_column)).lower()) if split_column else None
        if name:
            counts[split][name] += 1
        else:
            n_unlabelled += 1
        key = hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        n_duplicates += key in seen
        places, names = seen.setdefault(key, (set(), set()))
        places.add(split)
        names.update([name] if name else [])
        lengths.append(len(body.split()))
        if len(sample) < 200:
            sample.append(body)
    if not lengths:
        raise DataError(
            f"column {text_column!r} of {table.name} is empty in every row.", "Name the column that holds the texts."
        )
    lengths.sort()
    return TableFacts(
        path=table,
        text_column=text_column,
        label_column=label_column,
        counts={split: dict(of_split) for split, of_split in counts.items()},
        n_rows=len(lengths),
        n_unlabelled=n_unlabelled,
        n_empty=n_empty,
        unreadable=tuple(broken),
        n_duplicates=n_duplicates,
        n_across_splits=sum(len(places) > 1 for places, _ in seen.values()),
        n_conflicting=sum(len(names) > 1 for _, names in seen.values()),
        median_words=int(median(lengths)),
        long_words=lengths[min(len(lengths) - 1, int(0.95 * len(lengths)))],
        language=language(sample),
        looks_like_code=looks_like_code(sample),
    )


def _column(name: str | None, columns: list[str], table: Path) -> str | None:
    if name is None or name in columns:
        return name
    if not isinstance(name, str):
        raise DataError(f"want the name of a column, got {name!r}.", f"{table.name} has: {', '.join(columns)}.")
    folded = {column.lower(): column for column in columns}
    if name.lower() in folded:
        return folded[name.lower()]
    near = get_close_matches(name.lower(), folded, n=1)
    hint = f"Did you mean {folded[near[0]]!r}? " if near else ""
    raise DataError(f"{table.name} has no column {name!r}.", f"{hint}It has: {', '.join(columns)}.")


def _guess_text(rows: list[dict[str, Any]], columns: list[str], exclude: str | None) -> str:
    """The column with a usual name, else the one with the longest strings."""
    for usual in TEXT_COLUMNS:
        for column in columns:
            if column.lower() == usual and column != exclude:
                return column
    left = [column for column in columns if column != exclude and column.lower() not in (*LABEL_COLUMNS, "split", "id")]
    if not left:
        raise DataError(f"no column of texts among {', '.join(columns)}.", "Name it: text='...'.")
    return max(left, key=lambda column: sum(len(_as_text(row.get(column))) for row in rows[:200]))


def _as_text(value: Any) -> str:
    """What a cell says, in whole characters; nothing where it is empty, null or NaN."""
    if value is None or value != value:
        return ""
    return str(value).strip().encode("utf-8", "replace").decode()  # JSON can hold half a character


@dataclass(frozen=True)
class TextItem:
    """One row of a table of texts."""

    text: str
    label: str | None
    split: str | None


def read_texts(facts: TableFacts) -> list[TextItem]:
    """The rows of a table that was scanned, without those that have no text."""
    items = []
    for row in read_rows(facts.path, []):
        body = _as_text(row.get(facts.text_column))
        name = _as_text(row.get(facts.label_column)) if facts.label_column else ""
        split = next((_as_text(row[column]) for column in row if column.lower() == "split"), "")
        if body:
            items.append(TextItem(body, name or None, SPLITS.get(split.lower())))
    return items
