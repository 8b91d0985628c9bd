"""What one image file is, from its header: size, channels, bit depth. Only a file that looks damaged is decoded.

Everyday formats are read with Pillow, DICOM with pydicom and bands beyond Pillow's reach by `zoo.images`; whatever
cannot be used comes back as one `Unreadable` with the reason, never as an exception.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.errors import ImageError, MissingExtraError, ZooError

_TIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_DEEP_MODES = {"1": 1, "I": 32, "F": 32, "I;16": 16, "I;16B": 16, "I;16L": 16}
_N_PARTIAL = 1 << 16


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """One readable image file, as stored."""

    size_px: tuple[int, int]
    """Height and width."""
    n_channels: int
    bit_depth: int
    format: str
    bands: tuple[str, ...] | None = None
    """Names of the channels, where the file itself says."""
    group: str | None = None
    """The patient, or the series, of a DICOM file."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One file or row that cannot be used, and why."""

    path: str
    reason: str


def read_header(path: Path) -> PictureFacts | Unreadable:
    """Facts of one file. A damaged, empty or giant one, and one whose reader is not installed, is `Unreadable`."""
    try:
        with path.open("rb") as file:
            magic = file.read(132)
        if not magic:
            return Unreadable(str(path), "the file is empty")
        if magic[128:132] == b"DICM" or path.suffix.lower() in (".dcm", ".dicom"):
            return _dicom(path)
        if magic[:6] == b"\x93NUMPY":
            return _array(path)
        if path.suffix.lower() == ".npz":
            return _by_reader(path, "NPZ")
        if magic[:4] in _TIFF_MAGIC:
            return _tiff(path)
        return _pillow(path)
    except ZooError as err:
        return Unreadable(str(path), str(err) if isinstance(err, MissingExtraError) else err.problem)
    except OSError as err:
        return Unreadable(str(path), f"it cannot be opened: {err.strerror or err}")


def _pillow(path: Path) -> PictureFacts:
    from zoo.images.pillow import open_header

    with open_header(str(path)) as image:
        height, width, mode, kind = image.height, image.width, image.mode, image.format or "?"
        n_channels = 3 if mode == "P" else len(image.getbands())
        depth = 16 if ";16" in str(image.info.get("raw_mode", "")) else _DEEP_MODES.get(mode, 8)
        if kind == "PNG":
            depth = _png_depth(path) if mode not in ("1", "P") else depth
            check = image.verify  # reads every chunk and its checksum, decodes nothing
        elif kind in ("JPEG", "MPO") and _ends_as_jpeg(path):
            return PictureFacts((height, width), n_channels, depth, kind)
        else:
            check = image.load  # type: ignore[assignment]  # what it returns is not used
        try:
            check()
        except Exception as err:  # Pillow's decoders raise many types
            raise ImageError(f"{str(path)!r} is damaged: {err}".rstrip(".") + ".") from err
    return PictureFacts((height, width), n_channels, depth, kind)


def _png_depth(path: Path) -> int:
    """Bits per channel as the header says; Pillow hides that a colour PNG has 16."""
    with path.open("rb") as file:
        header = file.read(25)
    return max(8, header[24]) if len(header) == 25 else 8


def _ends_as_jpeg(path: Path) -> bool:
    """Whether the end-of-image mark stands near the end; where it does not, the file was probably cut off."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 256))
        return b"\xff\xd9" in file.read()


def _tiff(path: Path) -> PictureFacts:
    try:
        with _quiet_pillow():
            return _pillow(path)
    except ImageError as err:
        if "giant" in str(err) or "million" in str(err):
            raise
        return _by_reader(path, "TIFF")  # bands or sample types that Pillow does not know


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Without Pillow's own lines on stderr about bands that it cannot decode: another reader is asked for those."""
    log = logging.getLogger("PIL.TiffImagePlugin")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _by_reader(path: Path, kind: str) -> PictureFacts:
    """The whole picture through `zoo.images`, for formats without a cheap header."""
    from zoo.images import read_picture

    picture = read_picture(path)
    depth = picture.pixels.dtype.itemsize * 8
    return PictureFacts(picture.size_px, picture.pixels.shape[2], depth, kind, picture.bands)


def _array(path: Path) -> PictureFacts | Unreadable:
    import numpy as np

    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as err:
        return Unreadable(str(path), f"it is no array of numbers: {err}")
    if array.ndim not in (2, 3) or array.dtype.kind not in "uifb":
        return Unreadable(str(path), f"it holds {array.dtype} of shape {array.shape}, want numbers (h, w) or (h, w, c)")
    shape = array.shape if array.ndim == 3 else (*array.shape, 1)
    first = shape[0] < 32 <= min(shape[1:])  # an axis shorter than both others can only be the channels
    height, width, n_channels = (shape[1], shape[2], shape[0]) if first else shape
    return PictureFacts((height, width), n_channels, array.dtype.itemsize * 8, "NPY")


def _dicom(path: Path) -> PictureFacts:
    try:
        import pydicom
    except ImportError as err:
        raise MissingExtraError("reading DICOM files", "pydicom", "pip install 'transfer-zoo[medical]'") from err
    try:
        dataset: Any = pydicom.dcmread(path, force=True, defer_size=1024)
        has_pixels = any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))
        if "Rows" not in dataset or not has_pixels:
            raise ImageError(f"{str(path)!r} holds no DICOM pixels.")
        size = int(dataset.Rows), int(dataset.Columns)
        channels, depth = int(dataset.get("SamplesPerPixel", 1)), int(dataset.get("BitsStored", 8))
    except ZooError:
        raise
    except Exception as err:  # pydicom raises many types for malformed files
        raise ImageError(f"{str(path)!r} is a damaged DICOM file: {type(err).__name__}: {err}.") from err
    named = (str(dataset.get(tag) or "").strip() for tag in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID"))
    return PictureFacts(size, channels, depth, "DICOM", group=next((name for name in named if name), None))


def exact_duplicates(paths: Iterable[Path]) -> tuple[tuple[Path, ...], ...]:
    """Groups of files that are equal byte for byte, each group and all groups in the order of `paths`.

    Size first, then a hash of the first 64 KiB, then of everything: files that differ early are never read whole.
    """
    by_size: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        by_size[path.stat().st_size].append(path)
    groups: list[tuple[Path, ...]] = []
    for size, same_size in by_size.items():
        if len(same_size) < 2:
            continue
        for alike in _same_hash(same_size, _N_PARTIAL):
            groups += _same_hash(alike, None) if size > _N_PARTIAL else [alike]
    return tuple(groups)


def _same_hash(paths: Iterable[Path], n_bytes: int | None) -> list[tuple[Path, ...]]:
    by_hash: dict[bytes, list[Path]] = defaultdict(list)
    for path in paths:
        digest = hashlib.blake2b(digest_size=16)
        with path.open("rb") as file:
            if n_bytes is not None:
                digest.update(file.read(n_bytes))
            else:
                while block := file.read(1 << 20):
                    digest.update(block)
        by_hash[digest.digest()].append(path)
    return [tuple(alike) for alike in by_hash.values() if len(alike) > 1]
