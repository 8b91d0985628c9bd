"""Parquet, Arrow and Feather files by pyarrow, a batch at a time; several shards are one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo.data.files import Unreadable
from zoo.data.tables.table import Batch, Table
from zoo.errors import DataError

_ROWS_A_BATCH = 4096


def open_columnar(paths: Sequence[Path]) -> Table:
    """One table of the rows of several files of one schema.

    Raises:
        DataError: a file is damaged, or the files have different columns.
    """
    first = _schema(paths[0])
    for path in paths[1:]:
        if (other := _schema(path)).names != first.names:
            raise DataError(
                f"{paths[0].name} and {path.name} have different columns ({', '.join(first.names[:6])}; "
                f"{', '.join(other.names[:6])}).",
                "Give one of them.",
            )

    def read(wanted: Sequence[str], broken: list[Unreadable]) -> Iterator[Batch]:
        number = 1
        for path in paths:
            with _batches(path, list(wanted)) as batches:
                for batch in batches:
                    if batch.num_rows:
                        yield Batch(number, {name: batch.column(name).to_pylist() for name in wanted})
                    number += batch.num_rows

    name = paths[0].name if len(paths) == 1 else f"{paths[0].parent.name}/ ({len(paths)} files)"
    return Table(name, tuple(map(str, first.names)), read, paths[0].parent, _categories(first))


def _schema(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return parquet.ParquetFile(path).schema_arrow
        with _batches(path, None) as batches:
            return batches.schema if hasattr(batches, "schema") else None
    except (pa.ArrowException, OSError) as err:
        why = " ".join(str(err).split())[:160]
        raise DataError(f"{path.name} cannot be read: {why}.", "Write it again.") from err


@contextmanager
def _batches(path: Path, wanted: list[str] | None) -> Iterator[Any]:
    """Record batches of a file; with `wanted` None an object that knows the schema."""
    import pyarrow as pa
    from pyarrow import ipc, parquet

    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            file = parquet.ParquetFile(path, memory_map=False, pre_buffer=False, buffer_size=1 << 20)
            yield file.iter_batches(batch_size=_ROWS_A_BATCH, columns=wanted, use_threads=False)
            return
        with pa.memory_map(str(path)) as source:
            try:
                reader: Any = ipc.open_file(source)
            except pa.ArrowInvalid:
                source.seek(0)
                reader = ipc.open_stream(source)
            if wanted is None:
                yield reader
            elif hasattr(reader, "num_record_batches"):
                yield (reader.get_batch(i) for i in range(reader.num_record_batches))
            else:
                yield reader
    except pa.ArrowException as err:
        raise DataError(f"{path.name} cannot be read: {' '.join(str(err).split())[:160]}.", "Write it again.") from err


def _categories(schema: Any) -> dict[str, tuple[str, ...]]:
    """Names behind numbers, as Hugging Face's `datasets` states them in the schema."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told.get("info", {}).get("features", {})
        found = {}
        for name, feature in features.items():
            inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
            if isinstance(inner, dict) and inner.get("_type") == "ClassLabel" and isinstance(inner.get("names"), list):
                found[str(name)] = tuple(map(str, inner["names"]))
        return found
    except (ValueError, AttributeError, RecursionError):
        return {}
