"""Vectors of one model on disk: shards in safetensors, each row with a checksum, and one index over all of them.

    store = Store(folder)
    store.add({key: vector, ...})          # one more shard, whole or not at all
    found = store.read([key, ...])         # key -> vector, of those that are kept and sound

Only the rows asked for are read, so that a million vectors cost neither memory nor time. Several processes may read
and write at once: shards are never changed, only added, and the index may lag behind them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import time
import warnings
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16
SHARD = ".shard.safetensors"
INDEX = "index.safetensors"
UNFINISHED = ".part"
_UNINDEXED = 8
"""Shards outside the index before it is made anew; more where there are many, so that writing stays cheap."""
_TOUCH_SECONDS = 3600
"""A shard that is read counts as used now; noted at most once in this time."""

Vector = NDArray[np.float32]
_Numbers = NDArray[np.uint64]


@dataclass(frozen=True)
class _Place:
    shard: int
    row: int


class Store:
    """The vectors of one model, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The vectors of those keys that are kept; a damaged one is told, taken out and counts as absent.

        Args:
            keys: of `KEY_BYTES` bytes each.
        """
        shards = self._shards()
        if not shards or not keys:
            return {}
        wanted = set(keys)
        by_shard: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for key, place in self._places(wanted, shards).items():
            by_shard[place.shard].append((place.row, key))
        found: dict[bytes, Vector] = {}
        for shard, rows in by_shard.items():
            vectors, damaged = _rows(shards[shard], sorted(rows))
            found.update(vectors)
            if damaged:
                _mend(shards[shard], damaged)
        return found

    def holds(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of these keys are kept; the vectors are not looked at."""
        shards = self._shards()
        return set(self._places(set(keys), shards)) if shards else set()

    def add(self, vectors: Mapping[bytes, Vector]) -> None:
        """One more shard, written whole or not at all; a full or read-only disk costs only the cache."""
        if not vectors:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_shard(self.folder, list(vectors), np.stack(list(vectors.values())))
        except OSError as err:
            warnings.warn(f"features are not kept in {self.folder}: {err}", stacklevel=2)

    def describe(self, facts: Mapping[str, Any]) -> None:
        """Say beside the shards what they were made with, for people and for `zoo cache ls`."""
        path = self.folder / "about.json"
        if path.exists():
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(path, json.dumps(dict(facts), indent=1, sort_keys=True).encode())

    def _shards(self) -> dict[int, Path]:
        """Path of each shard by its number."""
        try:
            with os.scandir(self.folder) as entries:
                names = [entry.name for entry in entries if entry.name.endswith(SHARD)]
        except OSError:
            return {}
        return {number: self.folder / name for name in names if (number := _number(name)) is not None}

    def _places(self, wanted: set[bytes], shards: Mapping[int, Path]) -> dict[bytes, _Place]:
        index = self._index()
        indexed = set(index["shards"].tolist()) if index else set()
        loose = [number for number in shards if number not in indexed]
        if len(loose) > max(_UNINDEXED, len(shards) // 10) or len(indexed) > len(shards) + _UNINDEXED:
            self._reindex(shards, index, indexed)
            index = self._index()
            indexed = set(index["shards"].tolist()) if index else set()
            loose = [number for number in shards if number not in indexed]
        found = _looked_up(index["entries"], wanted, shards) if index else {}
        for number in loose:
            for row, key in enumerate(_keys(shards[number])):
                if key in wanted:
                    found[key] = _Place(number, row)
        return found

    def _index(self) -> dict[str, Any] | None:
        """`entries` (4, n): head and tail of each key, shard, row, sorted by head; `shards` (m,) that they cover."""
        path = self.folder / INDEX
        try:
            index = tensors(path)
            entries = index["entries"]
            if entries.ndim != 2 or len(entries) != 4 or entries.dtype != np.uint64 or index["shards"].ndim != 1:
                raise ValueError("its columns are not those of an index")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as err:
            warnings.warn(f"{path} is damaged and made anew: {err}", stacklevel=2)
            return None
        return index

    def _reindex(self, shards: Mapping[int, Path], index: dict[str, Any] | None, indexed: set[int]) -> None:
        parts: list[_Numbers] = []
        if index:
            live = np.isin(index["entries"][2], np.array(list(shards), dtype=np.uint64))
            parts.append(np.asarray(index["entries"][:, live]))
        for number, path in shards.items():
            if number not in indexed and (keys := _keys(path)):
                halves = np.frombuffer(b"".join(keys), dtype=">u8").reshape(-1, 2).astype(np.uint64)
                rows = np.arange(len(keys), dtype=np.uint64)
                parts.append(np.stack([halves[:, 0], halves[:, 1], np.full_like(rows, number), rows]))
        entries = np.concatenate(parts, axis=1) if parts else np.zeros((4, 0), dtype=np.uint64)
        entries = np.ascontiguousarray(entries[:, np.argsort(entries[0], kind="stable")])
        covered = np.array(sorted(shards), dtype=np.uint64)
        with contextlib.suppress(OSError):
            _write_tensors(self.folder / INDEX, {"entries": entries, "shards": covered})


def tensors(path: Path) -> dict[str, Any]:
    """The arrays of a safetensors file, left on disk until rows of them are asked for.

    Raises:
        OSError: it cannot be read.
        ValueError: it is cut short, or holds something else.
    """
    with path.open("rb") as file:
        head, start = _header(file.fileno())
        size = os.fstat(file.fileno()).st_size
    made: dict[str, Any] = {}
    for name, told in head.items():
        if name == "__metadata__":
            continue
        dtype, (first, last) = np.dtype(_TYPES[told["dtype"]]), told["data_offsets"]
        shape = tuple(told["shape"])
        if start + last > size or last - first != dtype.itemsize * int(np.prod(shape)):
            raise ValueError("it is cut short")
        made[name] = (
            np.memmap(path, dtype=dtype, mode="r", offset=start + first, shape=shape)
            if last > first
            else np.zeros(shape, dtype=dtype)
        )
    return made


_TYPES = {"F32": "<f4", "U8": "u1", "U32": "<u4", "U64": "<u8"}
_LONGEST_HEADER = 1 << 16


def _header(file: int) -> tuple[dict[str, Any], int]:
    """What a safetensors file says of its arrays, and where they begin."""
    (length,) = struct.unpack("<Q", os.pread(file, 8, 0).ljust(8, b"\xff"))
    if length > _LONGEST_HEADER:
        raise ValueError("it has no header of a shard")
    head = json.loads(os.pread(file, length, 8))
    if not isinstance(head, dict):
        raise ValueError("its header is no table")
    return head, 8 + length


def _looked_up(entries: Any, wanted: set[bytes], shards: Mapping[int, Path]) -> dict[bytes, _Place]:
    keys = sorted(wanted)
    halves = np.frombuffer(b"".join(keys), dtype=">u8").reshape(-1, 2).astype(np.uint64)
    first = np.searchsorted(entries[0], halves[:, 0], side="left")
    last = np.searchsorted(entries[0], halves[:, 0], side="right")
    found: dict[bytes, _Place] = {}
    for key, tail, low, high in zip(keys, halves[:, 1].tolist(), first.tolist(), last.tolist(), strict=True):
        for at in range(low, high):
            shard = int(entries[2, at])
            if int(entries[1, at]) == tail and shard in shards:
                found[key] = _Place(shard, int(entries[3, at]))
    return found


def _rows(path: Path, rows: Sequence[tuple[int, bytes]]) -> tuple[dict[bytes, Vector], str]:
    """The vectors at these rows of a shard that are sound, and what is wrong with the others, or nothing."""
    found: dict[bytes, Vector] = {}
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return found, ""  # another process took it out
    except OSError as err:
        return found, str(err.strerror)
    try:
        head, start = _header(file)
        n, d = head["vectors"]["shape"]
        at = {name: start + head[name]["data_offsets"][0] for name in ("vectors", "sums")}
        told = np.frombuffer(os.pread(file, 4 * n, at["sums"]), dtype="<u4")
        wrong = 0
        for row, key in rows:
            data = os.pread(file, 4 * d, at["vectors"] + 4 * d * row) if row < len(told) else b""
            if len(data) == 4 * d and _checksum(key, data) == told[row]:
                found[key] = np.frombuffer(data, dtype="<f4")
            else:
                wrong += 1
        if time.time() - os.fstat(file).st_mtime > _TOUCH_SECONDS:
            with contextlib.suppress(OSError):
                os.utime(path)
        return found, f"{wrong} of {len(rows)} vectors do not match their checksum" if wrong else ""
    except (OSError, ValueError, KeyError, TypeError) as err:
        return found, str(err) or type(err).__name__
    finally:
        os.close(file)


def _mend(path: Path, damage: str) -> None:
    """Keep what is sound of a damaged shard in a new one, and take the old one away."""
    warnings.warn(f"{path} is damaged: {damage}; what is missing is made anew.", stacklevel=3)
    keys = _keys(path)
    sound = _rows(path, list(enumerate(keys)))[0] if keys else {}
    with contextlib.suppress(OSError):
        path.unlink()
        if sound:
            _write_shard(path.parent, list(sound), np.stack(list(sound.values())))


def _keys(path: Path) -> list[bytes]:
    """The key of each row; none of a shard that cannot be read, which is told and taken away."""
    try:
        data = np.asarray(tensors(path)["keys"]).tobytes()
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as err:
        warnings.warn(f"{path} is damaged and left out: {err}", stacklevel=2)
        with contextlib.suppress(OSError):
            path.unlink()
        return []
    return [data[i : i + KEY_BYTES] for i in range(0, len(data), KEY_BYTES)]


def _write_shard(folder: Path, keys: Sequence[bytes], vectors: Vector) -> None:
    vectors = np.ascontiguousarray(vectors, dtype="<f4")
    sums = np.array([_checksum(key, row.tobytes()) for key, row in zip(keys, vectors, strict=True)], dtype="<u4")
    name = hashlib.blake2b(b"".join(keys) + sums.tobytes(), digest_size=8).hexdigest()
    numbers = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, KEY_BYTES)
    _write_tensors(folder / f"{name}{SHARD}", {"vectors": vectors, "sums": sums, "keys": numbers})


def _write_tensors(path: Path, arrays: Mapping[str, Any]) -> None:
    from safetensors.numpy import save

    _write(path, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


def _write(path: Path, data: bytes) -> None:
    """Beside it and renamed, so that a reader never sees half a file."""
    with NamedTemporaryFile(dir=path.parent, suffix=UNFINISHED, delete=False) as file:
        try:
            file.write(data)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(file.name)
            raise


def _checksum(key: bytes, data: bytes) -> int:
    """CRC-32 of a row with its key: finds every flipped bit, and a row that stands under another's key."""
    return zlib.crc32(data, zlib.crc32(key))


def _number(name: str) -> int | None:
    try:
        return int(name[: -len(SHARD)], 16)
    except ValueError:
        return None
