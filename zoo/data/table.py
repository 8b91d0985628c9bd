"""Reads a table of texts (CSV, TSV, JSONL, JSON) into plain facts, with the standard library alone.

A broken row among good ones is recorded with its line number, and the rest goes on.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from statistics import median
from typing import Any

from zoo.data.files import Unreadable
from zoo.data.folders import SPLITS
from zoo.errors import DataError

TEXT_COLUMNS = (
    "text", "body", "sentence", "content", "document", "review", "message", "abstract", "code", "func",
    "query", "question", "title", "comment", "tweet", "clause",
)  # fmt: skip
LABEL_COLUMNS = ("label", "labels", "class", "category", "topic", "target", "intent", "sentiment", "y")
IMBALANCED = 10.0
_CODE = re.compile(
    r"^\s*(def |class |import |from \w+ import|#include|public |private |function\b|func |package |<\?php|using )"
    r"|[;{}]\s*$|\breturn\b|=>|->|\(\)\s*[:{;]",
    re.MULTILINE,
)
_COMMON = {
    "en": "the and of to is in that for it with was not you are this have",
    "de": "der die das und ist nicht ein eine mit den von zu auf für sich auch",
    "fr": "le la les des est une et pour dans que qui pas sur avec au ce",
    "es": "el la los las es una y para en que por con del se no lo",
    "it": "il la di che è un per non con una sono del le si da i",
    "pt": "o a de que é um para não com uma os no se na por mais",
    "nl": "de het een van en is niet op dat in te voor met zijn er aan",
}
"""Frequent words by language; enough to name the language of ordinary prose, silent on everything else."""


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

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(sorted({name for of_split in self.counts.values() for name in of_split}))

    @property
    def n_per_class(self) -> dict[str, int]:
        """Class -> rows to learn from: those of split train where there is one, else all."""
        learn_from = self.counts.get("train") or self.counts.get(None) or {}
        return {name: learn_from.get(name, 0) for name in self.class_names}

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(sorted(split for split in self.counts if split is not None))

    @property
    def imbalance(self) -> float | None:
        sizes = [n for n in self.n_per_class.values() if n]
        return max(sizes) / min(sizes) if len(sizes) > 1 else None

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
        if len(self.class_names) == 1:
            said.append(f"only one class ({self.class_names[0]}): there is nothing to tell apart yet.")
        if not self.class_names:
            said.append("no labels.")
        if self.class_names and len(self.class_names) > max(50, 0.5 * self.n_rows):
            said.append(f"{len(self.class_names):,} different labels in {self.n_rows:,} rows: is that column a class?")
        if self.imbalance is not None and self.imbalance >= IMBALANCED:
            sizes = {name: n for name, n in self.n_per_class.items() if n}
            least, most = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
            said.append(
                f"imbalance {self.imbalance:.0f} : 1 ({most} {sizes[most]:,}, {least} {sizes[least]:,}): "
                "look at macro F1, and weigh the loss."
            )
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
    table = Path(path).expanduser()
    if not table.is_file():
        what = "a folder" if table.is_dir() else "not there"
        raise DataError(f"want a table of texts, {str(path)!r} is {what}.", "Give a CSV, TSV, JSONL or JSON file.")
    broken: list[Unreadable] = []
    rows = list(_rows(table, broken))
    if not rows:
        detail = f" {broken[0].reason}" if broken else ""
        raise DataError(
            f"{table.name} has no usable row.{detail}", "Give a CSV with a header, or one JSON object a line."
        )
    columns = list(dict.fromkeys(name for row in rows[:1000] for name in row))
    text_column = _column(text, columns, table) or _guess_text(rows, columns, exclude=label)
    label_column = _column(label, columns, table) or next(
        (c for c in columns if c.lower() in LABEL_COLUMNS and c != text_column), None
    )
    return _facts(table, rows, text_column, label_column, broken)


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
        language=_language(sample),
        looks_like_code=sum(len(_CODE.findall(body)) >= 2 for body in sample) > 0.6 * len(sample),
    )


def _rows(table: Path, broken: list[Unreadable]) -> Iterator[dict[str, Any]]:
    """One mapping a row; what cannot be read goes to `broken`."""
    try:
        content = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as err:
        raise DataError(
            f"{table.name} is not UTF-8 text: {err.reason} at byte {err.start}.", "Save it as UTF-8."
        ) from err
    except OSError as err:
        raise DataError(f"{table.name} cannot be opened: {err.strerror or err}.", "Check its rights.") from err
    suffix = table.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        yield from _json_lines(content, table, broken)
    elif suffix == ".json":
        yield from _json_array(content, table)
    elif suffix in (".csv", ".tsv", ".txt", ".tab"):
        yield from _separated(content, table, broken)
    else:
        raise DataError(
            f"{table.name}: no reader for {suffix or 'a file without ending'}.", "Give CSV, TSV, JSONL or JSON."
        )


def _json_lines(content: str, table: Path, broken: list[Unreadable]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as err:
            broken.append(Unreadable(f"{table.name}:{number}", f"no JSON: {err}"))
            continue
        if isinstance(row, dict):
            yield row
        else:
            broken.append(Unreadable(f"{table.name}:{number}", f"a {type(row).__name__}, want an object"))


def _json_array(content: str, table: Path) -> Iterator[dict[str, Any]]:
    try:
        rows = json.loads(content)
    except ValueError as err:
        raise DataError(f"{table.name} is no JSON: {err}.", "Rename it to .jsonl if it has one object a line.") from err
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{table.name} is no array of objects.", 'Write it like [{"text": "...", "label": "..."}].')
    yield from rows


def _separated(content: str, table: Path, broken: list[Unreadable]) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a document may be longer than the module's 128 KiB
    head = content.split("\n", 1)[0]
    mark = "\t" if table.suffix.lower() in (".tsv", ".tab") else max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=mark)
    try:
        header = next(reader, [])
        for fields in reader:
            if not fields:
                continue
            if len(fields) == len(header):
                yield dict(zip(header, fields, strict=True))
            else:
                where = f"{table.name}:{reader.line_num}"
                broken.append(Unreadable(where, f"{len(fields)} fields, the header has {len(header)}"))
    except csv.Error as err:
        broken.append(Unreadable(f"{table.name}:{reader.line_num}", str(err)))


def _column(name: str | None, columns: list[str], table: Path) -> str | None:
    if name is None or name in columns:
        return name
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
    return "" if value is None else str(value).strip()


def _language(texts: Iterable[str]) -> str | None:
    """Two-letter code of the language whose frequent words fill the texts; None where none stands out."""
    words = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))
    total = sum(words.values())
    shares = {code: sum(words[word] for word in common.split()) / max(1, total) for code, common in _COMMON.items()}
    best, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    return best if shares[best] > 0.06 and shares[best] > 1.5 * shares[second] else None


@dataclass(frozen=True)
class TextItem:
    """One row of a table of texts."""

    text: str
    label: str | None
    split: str | None


def read_texts(facts: TableFacts) -> list[TextItem]:
    """The rows of a table that was scanned, without those that have no text."""
    items = []
    for row in _rows(facts.path, []):
        body = _as_text(row.get(facts.text_column))
        name = _as_text(row.get(facts.label_column)) if facts.label_column else ""
        split = next((_as_text(row[column]) for column in row if column.lower() == "split"), "")
        if body:
            items.append(TextItem(body, name or None, SPLITS.get(split.lower())))
    return items
