"""Rows of an earlier run whose picture was replaced since: found, and taken out, so that they are made anew."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Collection
from pathlib import Path

from zoo.zero_shot.results import growing_path, read_records, rewrite_parquet


def written_at(path: Path) -> int:
    """When the last result was written, in ns; 0 where there is none."""
    return max((file.stat().st_mtime_ns for file in {path, growing_path(path)} if file.exists()), default=0)


def replaced_since(written: int, names: Collection[str]) -> set[str]:
    """Pictures among `names` that were written, moved or changed after that time.

    A copy that keeps an old time of writing is found by the time of its change, which the system keeps.
    """
    return {name for name in names if _changed(name) > written}


def take_out(path: Path, names: Collection[str]) -> None:
    """The same results without the rows of these pictures, whole or not at all."""
    if not names:
        return
    growing = growing_path(path)
    if path.suffix.lower() == ".parquet" and path.exists():
        rewrite_parquet(path, names)
    if not growing.exists():
        return
    is_csv = path.suffix.lower() == ".csv"
    draft = growing.with_name(growing.name + ".tmp")
    with growing.open("rb") as old, draft.open("wb") as new:
        for number, record in enumerate(read_records(old, quoted=is_csv)):
            heads = 2 if is_csv else 1
            if number < heads or _name(record, is_csv) not in names:
                new.write(record)
    os.replace(draft, growing)


def _name(record: bytes, is_csv: bool) -> str:
    text = record.decode("utf-8", "surrogateescape")
    found: str = next(csv.reader(io.StringIO(text, newline="")))[0] if is_csv else json.loads(text)["image"]
    return found


def _changed(name: str) -> int:
    try:
        told = os.stat(name)
    except (OSError, ValueError):
        return 0
    return max(told.st_mtime_ns, told.st_ctime_ns)
