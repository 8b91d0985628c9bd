"""One JSON object a line, or one array of objects; a broken line among good ones is recorded with its number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from zoo.data.files import Unreadable
from zoo.data.tables.table import HEAD_ROWS, Batch, Table
from zoo.errors import DataError

_ROWS_A_BATCH = 4096


def open_json_lines(path: Path) -> Table:
    """The table of a file with one object a line; its columns are those of the first thousand rows."""
    columns = list(dict.fromkeys(name for row, _ in islice(_rows(path, []), HEAD_ROWS) for name in row))
    if not columns:
        broken: list[Unreadable] = []
        next(_rows(path, broken), None)
        detail = f" {broken[0].path}: {broken[0].reason}." if broken else ""
        raise DataError(
            f"{path.name} has no usable row.{detail}", "Give a CSV with a header, or one JSON object a line."
        )

    def read(wanted: Sequence[str], broken: list[Unreadable]) -> Iterator[Batch]:
        rows = _rows(path, broken)
        first = 1
        while part := list(islice(rows, _ROWS_A_BATCH)):
            yield Batch(first, {name: [row.get(name) for row, _ in part] for name in wanted})
            first += len(part)

    return Table(path.name, tuple(columns), read, path.parent)


def _rows(path: Path, broken: list[Unreadable]) -> Iterator[tuple[dict[str, Any], int]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
                except (ValueError, RecursionError) as err:
                    broken.append(Unreadable(f"{path.name}:{number}", f"no JSON: {err}"))
                    continue
                if isinstance(row, dict):
                    yield row, number
                else:
                    broken.append(Unreadable(f"{path.name}:{number}", f"a {type(row).__name__}, want an object"))
    except OSError as err:
        raise DataError(f"{path.name} cannot be opened: {err.strerror or err}.", "Check its rights.") from err


def open_json(path: Path) -> Table:
    """The table of a file with one array of objects, or of one object of equal lists."""
    try:
        found = json.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    except OSError as err:
        raise DataError(f"{path.name} cannot be opened: {err.strerror or err}.", "Check its rights.") from err
    except (ValueError, RecursionError) as err:
        try:
            return open_json_lines(path)
        except DataError:
            raise DataError(
                f"{path.name} is no JSON: {err}.", "Rename it to .jsonl if it has one object a line."
            ) from err
    if isinstance(found, dict):
        lists = {name: rows for name, rows in found.items() if isinstance(rows, list)}
        if len(lists) == len(found) > 1 and len({len(rows) for rows in lists.values()}) == 1:
            return columns_table(path.name, lists, path.parent)
        if len(lists) == 1 and all(isinstance(row, dict) for row in next(iter(lists.values()))):
            found = next(iter(lists.values()))
        elif found and all(isinstance(row, str) and Path(key).suffix for key, row in found.items()):
            return columns_table(path.name, {"file": list(found), "label": list(found.values())}, path.parent)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise DataError(f"{path.name} is no array of objects.", 'Write it like [{"text": "...", "label": "..."}].')
    return rows_table(path.name, found, path.parent)


def rows_table(name: str, rows: Sequence[Mapping[Any, Any]], folder: Path | None = None) -> Table:
    """The table of mappings that are at hand, one a row.

    Raises:
        DataError: there is no row.
    """
    if not rows:
        raise DataError(f"{name} has no usable row.", "Give at least one.")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return columns_table(name, {str(key): [row.get(key) for row in rows] for key in columns}, folder)


def columns_table(name: str, columns: Mapping[str, Iterable[Any]], folder: Path | None = None) -> Table:
    """The table of columns that are at hand.

    Raises:
        DataError: they differ in length, or hold nothing.
    """
    lists = {str(key).strip(): list(values) for key, values in columns.items()}
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"{key} {len(values)}" for key, values in list(lists.items())[:4])
        raise DataError(f"the columns of {name} differ in length ({shown}).", "Give one value a row, None if unknown.")
    if not lengths or not lengths.pop():
        raise DataError(f"{name} has no usable row.", "Give at least one.")

    def read(wanted: Sequence[str], broken: list[Unreadable]) -> Iterator[Batch]:
        yield Batch(1, {key: lists[key] for key in wanted})

    return Table(name, tuple(lists), read, folder)
