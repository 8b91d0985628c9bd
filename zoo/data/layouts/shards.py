"""A folder of tables and no pictures: parts by their names, shards of one table, data saved by Hugging Face."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zoo.data.columns import Wanted
from zoo.data.dataset import Dataset, Split
from zoo.data.folders import split_of
from zoo.data.joining import joined
from zoo.data.table_data import Reading, table_data
from zoo.data.tables import TABLE_SUFFIXES, Table, open_table
from zoo.data.tables.columnar import open_columnar
from zoo.errors import DataError

_COLUMNAR = frozenset({".parquet", ".pq", ".arrow", ".feather", ".ipc"})
_NO_DATA = frozenset({"dataset_info", "dataset_dict", "dataset_infos", "state", "readme", "license", "requirements"})


def table_folder(root: Path, others: Sequence[Path], wanted: Wanted, reading: Reading) -> Dataset | None:
    """The data set of the tables below a folder; None if there is none.

    Raises:
        DataError: several tables could be meant.
    """
    tables = [
        p for p in others
        if p.suffix.lower() in TABLE_SUFFIXES - {".txt"} and p.stem.lower() not in _NO_DATA
        and not p.name.startswith("cache-")
    ]  # fmt: skip
    if not tables:
        return None
    parts: defaultdict[Split | None, list[Path]] = defaultdict(list)
    for path in tables:
        stem = re.sub(r"-\d+-of-\d+.*$", "", path.stem)
        parts[split_of(stem) or split_of(path.parent.name) if path.parent != root else split_of(stem)].append(path)
    if None in parts and len(parts) > 1:
        loose = parts.pop(None)
        note = f"{len(loose)} tables are in no split and are not read, such as {loose[0].name}."
    else:
        note = ""
    made = []
    for split in sorted(parts, key=str):
        table = _one(parts[split])
        part = Reading(reading.separator, reading.merge, split)
        made.append(table_data(table, wanted, part, source=str(root)))
    dataset = joined(made, [p[0].name for p in (parts[s] for s in sorted(parts, key=str))])
    if not note:
        return dataset
    return replace(dataset, notes=(*dataset.notes, note))


def _one(paths: list[Path]) -> Table:
    """The table of one part: one file, or shards of one format.

    Raises:
        DataError: several files that are no shards.
    """
    if len(paths) == 1:
        return open_table(paths[0])
    if {p.suffix.lower() for p in paths} <= _COLUMNAR and len({p.suffix.lower() for p in paths}) == 1:
        return open_columnar(sorted(paths))
    raise DataError(
        f"{len(paths)} tables could be the data: {', '.join(p.name for p in paths[:4])}.",
        f"Give the one that is meant by its path: {paths[0]}.",
    )
