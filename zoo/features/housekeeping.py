"""What the feature store takes on disk, and making room: by model, by age, by size."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import DataError
from zoo.features.store import INDEX, SHARD, UNFINISHED, tensors

_DAY = 86_400
_UNFINISHED_SECONDS = 3600
"""A file that is still unfinished after this time belongs to a run that was cut off."""

_OLDER = "*.npz"
"""Vectors in the layout of earlier versions, which nothing reads any more."""


@dataclass(frozen=True)
class Kept:
    """The vectors of one model under one input contract, weights and number type."""

    folder: Path
    model: str | None
    """None: the folder does not say."""
    dtype: str | None
    n_vectors: int
    n_bytes: int
    last_used: float
    """Seconds since 1970; shards note a use at most once an hour."""


def kept(root: Path) -> list[Kept]:
    """What is kept below this folder, the largest first."""
    folders = [folder for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
    return sorted((_facts(folder) for folder in folders), key=lambda one: (-one.n_bytes, str(one.folder)))


def remove(root: Path, models: Sequence[str]) -> list[Kept]:
    """Take away all vectors of these models; gives what was taken.

    Raises:
        DataError: nothing is kept of a model named.
    """
    there = kept(root)
    for model in models:
        if all(model != one.model for one in there):
            known = ", ".join(sorted({one.model for one in there if one.model})) or "nothing"
            raise DataError(f"no features of {model!r} are kept in {root}.", f"Kept: {known}.")
    gone = [one for one in there if one.model in models]
    for one in gone:
        shutil.rmtree(one.folder, ignore_errors=True)
    return gone


def prune(root: Path, *, max_bytes: int | None = None, max_days: float | None = None) -> int:
    """Bytes freed by dropping shards: those unused for longer, then the longest unused until the rest fits.

    Files of runs that were cut off and of earlier versions go in any case.

    Raises:
        DataError: neither a size nor an age is given, or one is negative.
    """
    if max_bytes is None and max_days is None:
        raise DataError("nothing says what may go.", "Give a size or an age: --max-size 5GB, --older-than 30.")
    if (max_bytes or 0) < 0 or (max_days or 0) < 0:
        raise DataError("a size or an age is negative.", "Give 0 or more.")
    now, freed = time.time(), 0
    for path in root.glob(f"*/*{UNFINISHED}"):
        freed += _dropped(path) if now - _used(path) > _UNFINISHED_SECONDS else 0
    shards = sorted((_used(path), path) for path in root.glob(f"*/*{SHARD}"))
    total = sum(_size(path) for _, path in shards)
    for used, path in shards:
        too_old = max_days is not None and now - used > max_days * _DAY
        if too_old or (max_bytes is not None and total > max_bytes):
            size = _dropped(path)
            freed += size
            total -= size
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and not any(folder.glob(f"*{SHARD}")):
            freed += sum(map(_dropped, (folder / INDEX, folder / "about.json", *folder.glob(_OLDER))))
            with contextlib.suppress(OSError):
                folder.rmdir()
    return freed


def _facts(folder: Path) -> Kept:
    shards = list(folder.glob(f"*{SHARD}"))
    n = 0
    for shard in shards:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            n += len(tensors(shard)["sums"])
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        about = about if isinstance(about, dict) else {}
    except (OSError, ValueError):
        about = {}
    model, dtype = (about.get(name) if isinstance(about.get(name), str) else None for name in ("model", "dtype"))
    n_bytes = sum(_size(path) for path in folder.iterdir())
    return Kept(folder, model, dtype, n, n_bytes, max(map(_used, shards), default=0.0))


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _used(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _dropped(path: Path) -> int:
    """Bytes of a file that is gone now."""
    size = _size(path)
    with contextlib.suppress(OSError):
        path.unlink()
        return size
    return 0
