"""Excel and OpenDocument sheets by python-calamine."""

from __future__ import annotations

from pathlib import Path

from zoo.data.tables.json_lines import columns_table
from zoo.data.tables.table import Table, distinct_names
from zoo.errors import DataError, MissingExtraError


def open_spreadsheet(path: Path) -> Table:
    """The first sheet that holds a table.

    Raises:
        DataError: it is no spreadsheet, is empty, or several sheets hold tables.
        MissingExtraError: the reader is not installed.
    """
    try:
        from python_calamine import CalamineError, load_workbook
    except ImportError as err:
        raise MissingExtraError("reading Excel files", "python_calamine", "pip install 'transfer-zoo[excel]'") from err
    try:
        book = load_workbook(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (CalamineError, OSError) as err:
        raise DataError(f"{path.name} cannot be read as a spreadsheet: {err}.", "Save it again, or as CSV.") from err
    filled = {name: rows for name, rows in sheets.items() if len(rows) > 1}
    if not filled:
        raise DataError(f"{path.name} has no usable row.", "Give a sheet with a heading and rows below it.")
    name, rows = next(iter(filled.items()))
    names, twice = distinct_names([str(cell) for cell in rows[0]])
    columns = {key: [_whole(row[place]) for row in rows[1:]] for place, key in enumerate(names)}
    notes = [f"the first sheet is read ({name}); {', '.join(list(filled)[1:])} are not."] if len(filled) > 1 else []
    notes += [f"two columns are named {twice[0]!r}: the second is called {twice[0] + '.1'!r} here."] if twice else []
    return columns_table(path.name, columns, path.parent).noting(*notes)


def _whole(cell: object) -> object:
    """Excel keeps every number as a float: a whole one is meant as such; an empty cell is None."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return None if cell == "" else cell
