"""Tables at hand in Python, told by what they can do: no package is needed to take its frames.

pandas and polars frames, pyarrow tables, Hugging Face datasets, lists of dicts, dicts of columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zoo.data.files import Unreadable
from zoo.data.tables.json_lines import columns_table, rows_table
from zoo.data.tables.table import Batch, Table
from zoo.errors import DataError

_ROWS_A_BATCH = 4096


def is_frame(source: object) -> bool:
    """Whether this is a table of some kind."""
    return not isinstance(source, (str, bytes)) and (
        isinstance(source, (Mapping, list, tuple)) or hasattr(source, "column_names") or hasattr(source, "columns")
    )


def frame_table(source: Any) -> Table:
    """The table of a frame.

    Raises:
        DataError: it has no rows, or its rows are no mappings.
    """
    name = f"the {type(source).__name__}" if not isinstance(source, (Mapping, list, tuple)) else "the data"
    if isinstance(source, Mapping):
        return columns_table(name, {str(key): _listed(column) for key, column in source.items()})
    if isinstance(source, (list, tuple)):
        if source and all(isinstance(row, (tuple, list)) and len(row) == 2 for row in source):
            return columns_table(name, {"input": [row[0] for row in source], "label": [row[1] for row in source]})
        if not all(isinstance(row, Mapping) for row in source):
            kind = next((type(row).__name__ for row in source if not isinstance(row, Mapping)), "")
            raise DataError(f"{name} holds a {kind}, want one dict a row.", 'Write [{"text": "...", "label": "..."}].')
        return rows_table(name, source)
    if hasattr(source, "column_names") and hasattr(source, "features"):
        return _hugging_face(source, name)
    if hasattr(source, "to_pydict"):  # pyarrow
        return columns_table(name, source.to_pydict())
    return columns_table(name, {str(key): _listed(source[key]) for key in source.columns})


def _listed(column: Any) -> list[Any]:
    for way in ("tolist", "to_list", "to_pylist"):
        if hasattr(column, way):
            return list(getattr(column, way)())
    if isinstance(column, (str, bytes)) or not hasattr(column, "__iter__"):
        raise DataError(f"a column holds {type(column).__name__}, want a list.", "Give one value a row.")
    return list(column)


def _hugging_face(source: Any, name: str) -> Table:
    """A `datasets.Dataset`: its names of classes are kept, and its pictures are taken as they are stored."""
    categories = {}
    for column, feature in source.features.items():
        inner = getattr(feature, "feature", feature)
        if getattr(inner, "names", None):
            categories[column] = tuple(map(str, inner.names))
    plain = source.with_format("arrow") if hasattr(source, "with_format") else source

    def read(wanted: Sequence[str], broken: list[Unreadable]) -> Iterator[Batch]:
        for first in range(0, len(source), _ROWS_A_BATCH):
            part = plain[first : first + _ROWS_A_BATCH]
            yield Batch(first + 1, {key: _listed(part[key]) for key in wanted})

    return Table(name, tuple(source.column_names), read, None, categories)
