"""Reads the rows of a table (CSV, TSV, JSONL, JSON), with the standard library alone.

A broken row among good ones is recorded with its line number, and the rest goes on.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo.data.files import Unreadable
from zoo.errors import DataError

_JSON_LINES, _JSON, _SEPARATED = (".jsonl", ".ndjson"), (".json",), (".csv", ".tsv", ".txt", ".tab")


def read_rows(table: Path, broken: list[Unreadable]) -> Iterator[dict[str, Any]]:
    """One mapping a row; what cannot be read goes to `broken`."""
    suffix = table.suffix.lower()
    if suffix not in _JSON_LINES + _JSON + _SEPARATED:
        raise DataError(
            f"{table.name}: no reader for {suffix or 'a file without ending'}.", "Give CSV, TSV, JSONL or JSON."
        )
    try:
        content = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as err:
        raise DataError(
            f"{table.name} is not UTF-8 text: {err.reason} at byte {err.start}.", "Save it as UTF-8."
        ) from err
    except OSError as err:
        raise DataError(f"{table.name} cannot be opened: {err.strerror or err}.", "Check its rights.") from err
    if suffix in _JSON_LINES:
        yield from _json_lines(content, table, broken)
    elif suffix in _JSON:
        yield from _json_array(content, table)
    else:
        yield from _separated(content, table, broken)


def _json_lines(content: str, table: Path, broken: list[Unreadable]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as err:
            broken.append(Unreadable(f"{table.name}:{number}", f"no JSON: {err}"))
            continue
        if isinstance(row, dict):
            yield row
        else:
            broken.append(Unreadable(f"{table.name}:{number}", f"a {type(row).__name__}, want an object"))


def _json_array(content: str, table: Path) -> Iterator[dict[str, Any]]:
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError) as err:
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
