"""Tar archives of samples: files of one name with different endings are one row (`0001.jpg`, `0001.cls`).

An archive is a stranger's: links, devices and names that leave the folder are left out, sizes are bounded, and no name
of a member becomes part of a path.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from zoo.data.columns import Wanted
from zoo.data.dataset import Dataset
from zoo.data.folders import split_of
from zoo.data.joining import joined
from zoo.data.kept_pictures import keep_picture
from zoo.data.table_data import Reading, table_data
from zoo.data.tables.json_lines import rows_table
from zoo.data.walk import PICTURE_SUFFIXES
from zoo.errors import DataError

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
_MEMBER_BYTES = 1 << 28
_TEXT_BYTES = 1 << 22
_RATIO = 200
"""Unpacked bytes over those of the archive from which it is a bomb; pictures do not shrink twofold."""


def tar_data(paths: Sequence[Path], wanted: Wanted, reading: Reading, source: str) -> Dataset:
    """The data set of one or several shards.

    Raises:
        DataError: an archive is damaged or unsafe, or holds no picture.
    """
    parts = []
    for split in sorted({split_of(_stem(p)) or split_of(p.parent.name) for p in paths}, key=str):
        shards = [p for p in paths if (split_of(_stem(p)) or split_of(p.parent.name)) == split]
        left_out: list[str] = []
        rows = [row for shard in shards for row in _samples(shard, left_out)]
        table = rows_table(shards[0].name if len(shards) == 1 else f"{len(shards)} archives", rows)
        if left_out:
            table = table.noting(f"{len(left_out):,} members of {shards[0].name} are left out, such as {left_out[0]}.")
        parts.append(table_data(table, wanted, Reading(reading.separator, reading.merge, split), source=source))
    return joined(parts, [p.name for p in paths][: len(parts)])


def _stem(path: Path) -> str:
    stem = path.name.split(".", 1)[0].rstrip("0123456789").rstrip("-_")
    return stem or path.name


def _samples(path: Path, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of one archive."""
    key, row = "", dict[str, Any]()
    most = max(1 << 30, _RATIO * path.stat().st_size)
    n_bytes = 0
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                n_bytes += member.size
                if n_bytes > most:
                    raise DataError(f"{path.name} unpacks to more than {most >> 30} GiB.", "Give smaller archives.")
                name = PurePosixPath(member.name)
                unsafe = name.is_absolute() or ".." in name.parts or member.size > _MEMBER_BYTES
                if not member.isfile() or unsafe or name.name.startswith("."):
                    if not member.isdir():
                        left_out.append(ascii(member.name)[:60])
                    continue
                stem, _, ending = name.name.partition(".")
                if (own := str(name.parent / stem)) != key:
                    if row:
                        yield row
                    key, row = own, {"key": own}
                file = archive.extractfile(member)
                _take(row, ending.lower(), file.read() if file is not None else b"", left_out, member.name)
            if row:
                yield row
    except (tarfile.TarError, EOFError, OSError) as err:
        raise DataError(f"{path.name} cannot be read as an archive: {err}.", "Write it again.") from err


def _take(row: dict[str, Any], ending: str, content: bytes, left_out: list[str], name: str) -> None:
    """One member of a sample."""
    if "." + ending.rsplit(".", 1)[-1] in PICTURE_SUFFIXES:
        row["image" if "image" not in row else ending] = keep_picture(content)
    elif ending in ("cls", "txt", "cls2", "text", "caption", "label") and len(content) < _TEXT_BYTES:
        text = content.decode("utf-8", "replace").strip()
        row[{"txt": "caption", "cls": "label"}.get(ending, ending)] = text
    elif ending == "json" and len(content) < _TEXT_BYTES:
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict):
            row.update({str(k): v for k, v in told.items() if k not in row})
        else:
            left_out.append(ascii(name)[:60])
    elif not ending.startswith("__"):
        left_out.append(ascii(name)[:60])
