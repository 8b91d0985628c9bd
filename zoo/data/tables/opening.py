"""The reader of a table, by the ending of its name."""

from __future__ import annotations

from pathlib import Path

from zoo.data.tables.columnar import open_columnar
from zoo.data.tables.json_lines import open_json, open_json_lines
from zoo.data.tables.separated import open_separated
from zoo.data.tables.spreadsheet import open_spreadsheet
from zoo.data.tables.table import Table
from zoo.errors import DataError

_SEPARATED = frozenset({".csv", ".tsv", ".tab", ".txt"})
_JSON_LINES = frozenset({".jsonl", ".ndjson"})
_COLUMNAR = frozenset({".parquet", ".pq", ".arrow", ".feather", ".ipc"})
_SHEETS = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})
TABLE_SUFFIXES = _SEPARATED | _JSON_LINES | _COLUMNAR | _SHEETS | {".json"}


def open_table(path: Path) -> Table:
    """The table that a file holds.

    Raises:
        DataError: it cannot be read, or its ending is that of no table.
        MissingExtraError: its format needs a package that is absent.
    """
    suffix = path.suffix.lower()
    if suffix in _SEPARATED:
        return open_separated(path)
    if suffix in _JSON_LINES:
        return open_json_lines(path)
    if suffix in _COLUMNAR:
        return open_columnar([path])
    if suffix in _SHEETS:
        return open_spreadsheet(path)
    if suffix == ".json":
        return open_json(path)
    raise DataError(
        f"{path.name}: no reader for {suffix or 'a file without ending'}.",
        "Give CSV, TSV, JSONL, JSON, Parquet, Arrow or Excel.",
    )
