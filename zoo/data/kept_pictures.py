"""Pictures that are no files (bytes in a table or an archive, arrays, Pillow images) kept as files in the cache.

Every verb reads paths. A file is called by a hash of its content, so that a second run finds it, and nothing that a
stranger wrote becomes part of a path.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from zoo.cache import own_cache
from zoo.data.dataset import Lazy
from zoo.errors import DataError

_ENDINGS = (
    (b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"), (b"II*\x00", ".tif"), (b"MM\x00*", ".tif"),
    (b"BM", ".bmp"), (b"\x93NUMPY", ".npy"),
)  # fmt: skip


def kept_pictures_folder() -> Path:
    """`$ZOO_CACHE/pictures`, else below `$XDG_CACHE_HOME` or `~/.cache`."""
    return own_cache() / "pictures"


def keep_picture(value: Any) -> str | None:
    """The path of a kept picture; None where the value is none.

    Args:
        value: bytes of a picture file, a mapping with `bytes` or `path`, an array, or a Pillow image.
    """
    if isinstance(value, Mapping):
        path = value.get("path")
        if not value.get("bytes"):
            return str(path) if isinstance(path, str) and os.path.isfile(path) else None
        value = value["bytes"]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _kept(bytes(value), _ending(bytes(value[:16])))
    if isinstance(value, np.ndarray):
        return _kept(*_of_array(value)) if value.ndim in (2, 3) else None
    if hasattr(value, "save") and hasattr(value, "mode"):
        stream = io.BytesIO()
        value.save(stream, format="TIFF" if value.mode in ("F", "I") else "PNG")
        return _kept(stream.getvalue(), ".tif" if value.mode in ("F", "I") else ".png")
    return None


class KeptArrays(Lazy):
    """Pictures of one array (n, h, w) or (n, h, w, c), each kept as a file when it is asked for."""

    def __init__(self, arrays: Sequence[NDArray[Any]]) -> None:
        self._arrays = arrays
        self._starts = np.cumsum([0, *(len(a) for a in arrays)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return self.select(range(len(self))[row])
        row = range(len(self))[row]
        part = int(np.searchsorted(self._starts, row, side="right")) - 1
        return _kept(*_of_array(self._arrays[part][row - self._starts[part]]))

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    def select(self, rows: Sequence[int]) -> list[str]:
        return [self[int(row)] for row in rows]


def _of_array(array: NDArray[Any]) -> tuple[bytes, str]:
    """The bytes of a file of one array and its ending: PNG where that loses nothing."""
    stream = io.BytesIO()
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype == np.uint8 and (array.ndim == 2 or array.shape[2] in (3, 4)):
        from PIL import Image

        Image.fromarray(np.ascontiguousarray(array)).save(stream, format="PNG", compress_level=1)
        return stream.getvalue(), ".png"
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue(), ".npy"


def _ending(magic: bytes) -> str:
    if magic[:4] == b"RIFF" and magic[8:12] == b"WEBP":
        return ".webp"
    return next((ending for start, ending in _ENDINGS if magic.startswith(start)), ".img")


def _kept(content: bytes, ending: str) -> str:
    name = hashlib.blake2b(content, digest_size=20).hexdigest()
    path = kept_pictures_folder() / name[:2] / f"{name}{ending}"
    if not path.is_file():
        _write(path, lambda file: file.write(content))
    return str(path)


def _write(path: Path, fill: Callable[[Any], object]) -> None:
    """Written whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            fill(file)
        os.replace(file.name, path)
    except OSError as err:
        with contextlib.suppress(OSError, UnboundLocalError):
            os.unlink(file.name)
        raise DataError(
            f"pictures from an archive or a table cannot be kept in {path.parent}: {err.strerror or err}.",
            "Make room there, or set ZOO_CACHE to another folder.",
        ) from err
