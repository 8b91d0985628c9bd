"""Reads the pictures that users really have into one form, without losing bits, bands or units silently.

A reader is chosen by the bytes of the file, not by its name. Pillow reads everyday pictures; DICOM,
GeoTIFF and microscopy files need the extras `medical`, `satellite` and `microscopy`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zoo.cards import GRAY, RGB
from zoo.errors import ImageError
from zoo.images.picture import MAX_PIXELS, Picture, check_size
from zoo.regular_files import open_regular

if TYPE_CHECKING:
    import PIL.Image
    import torch

    ImageLike: TypeAlias = str | os.PathLike[str] | PIL.Image.Image | NDArray[Any] | torch.Tensor
else:
    ImageLike: TypeAlias = Any

__all__ = ["IMAGE_SUFFIXES", "MAX_PIXELS", "ImageLike", "Picture", "read_picture"]

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".dcm", ".dicom", ".npy", ".npz"}
)
"""Lower-case endings of files that are looked for in a folder."""

_TIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_picture(
    source: ImageLike,
    *,
    bands: tuple[str, ...] | None = None,
    frame: int = 0,
    window: tuple[int, int, int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
    value_range: tuple[float, float] | None = None,
) -> Picture:
    """Picture of a file, a Pillow image, an array or a tensor.

    Args:
        source: a path; a Pillow image; an (h, w) or (h, w, c) array; a (c, h, w) or (h, w) tensor.
        bands: names of the channels, which overrule what the file says; with one for it, alpha is a band.
        frame: which frame of an animation, multi-frame DICOM or stack, from 0.
        window: (row, column, height, width) in pixels; a GeoTIFF reads only these, all others are cut.
        max_pixels: cap on height x width of what is read.
        value_range: the values shown black and white, such as (0, 4095) of a 12-bit camera; it overrules the file.

    Raises:
        ImageError: there is no such file, it cannot be read, or `bands` are not as many as its channels.
        MissingExtraError: its format needs an optional package that is absent.
    """
    from PIL import Image

    if not isinstance(frame, Integral):
        raise ImageError(f"the frame is {frame!r}.", "Give a whole number, from 0.")
    if bands is not None and (isinstance(bands, str) or not isinstance(bands, Sequence)):
        raise ImageError(f"the bands are {bands!r}.", "Name every channel: ('red', 'green', 'blue').")
    n_named = None if bands is None else len(bands)
    if isinstance(source, (str, os.PathLike)):
        picture = _read_path(os.fspath(source), frame, window, max_pixels, n_named)
    elif isinstance(source, Image.Image):
        from zoo.images.pillow import from_image

        picture = cut(from_image(source, n_named=n_named), window)
    elif isinstance(source, np.ndarray):
        picture = cut(_from_array(source, bands), window)
    elif hasattr(source, "detach") and hasattr(source, "ndim"):  # an open file, too, has the former
        picture = cut(_from_tensor(source, bands), window)
    else:
        raise ImageError(
            f"want a picture, got {type(source).__name__}.",
            "Give a path, a Pillow image, an (h, w, c) array or a (c, h, w) tensor.",
        )
    picture = picture if bands is None else _named(picture, bands)
    return picture if value_range is None else replace(picture, display=_two_ends(value_range))


def _two_ends(value_range: tuple[float, float]) -> tuple[float, float]:
    try:
        black, white = map(float, value_range)
    except (TypeError, ValueError):
        black = white = 0.0
    if black == white or not np.isfinite([black, white]).all():
        raise ImageError(f"the value range is {value_range!r}.", "Give two numbers, black and white: (0, 4095).")
    return black, white


def _read_path(
    path: str, frame: int, window: tuple[int, int, int, int] | None, max_pixels: int, n_named: int | None
) -> Picture:
    magic, suffix = _first_bytes(path), Path(path).suffix.lower()
    # First, because the free bytes before DICM may hold a TIFF header (DICOM PS3.10, 7.1).
    if magic[128:132] == b"DICM" or suffix in (".dcm", ".dicom"):
        from zoo.images.dicom import read_file as read_dicom

        return cut(read_dicom(path, frame, max_pixels), window)
    if magic[:4] in _TIFF_MAGIC:
        from zoo.images.tiff import read_file as read_tiff

        return read_tiff(path, frame, window, max_pixels, n_named)
    if magic[:6] == b"\x93NUMPY" or suffix == ".npz":
        from zoo.images.npy import read_arrays

        return cut(_from_array(read_arrays(path, max_pixels), None, path), window)
    from zoo.images.pillow import read_file

    return cut(read_file(path, frame, max_pixels, n_named), window)


def _first_bytes(path: str) -> bytes:
    if path.startswith(("http://", "https://", "s3://", "gs://")):
        raise ImageError(f"{path!r} is an address, not a file.", "Download it first.")
    try:
        with open_regular(path) as file:
            magic = file.read(132)
    except FileNotFoundError as err:
        raise ImageError(f"there is no file {path!r}.", "Check the path.") from err
    except IsADirectoryError as err:
        raise ImageError(f"{path!r} is a folder, not a picture.", "Give its files one by one.") from err
    except OSError as err:
        raise ImageError(
            f"{path!r} cannot be opened: {err.strerror or err}.", "Check the path and its rights."
        ) from err
    except ValueError as err:  # a zero byte, or half a character
        raise ImageError(f"no file can be called {path!r}.", "Check the path.") from err
    if not magic:
        raise ImageError(f"{path!r} is empty.", "Write it again, or take it out of the data.")
    return magic


def _from_array(array: NDArray[Any], bands: tuple[str, ...] | None, path: str | None = None) -> Picture:
    """Picture of an (h, w), (h, w, c) or, where only that can be meant, (c, h, w) array."""
    name = repr(path) if path else "the array"
    if array.dtype.kind not in "uifb":
        raise ImageError(f"{name} holds {array.dtype}, want numbers.", "Convert it to uint8, uint16 or float32.")
    notes: list[str] = []
    if array.ndim == 2:
        array = array[:, :, None]
    elif array.ndim == 3 and _channels_first(array.shape, bands):
        notes.append(f"array of shape {array.shape} taken as (channels, height, width)")
        array = array.transpose(1, 2, 0)
    if array.ndim != 3:
        raise ImageError(f"{name} has shape {array.shape}, want (h, w) or (h, w, c).", "Give one picture at a time.")
    check_size(array.shape[0], array.shape[1], name)
    if array.dtype.kind == "b":
        notes.append("truth values read as grey levels 0 and 255")
        array = array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "f" and not np.isfinite(array).any():
        raise ImageError(f"{name} holds no finite number.", "Look at how it was made.")
    named = {1: GRAY, 3: RGB}.get(array.shape[2])
    integer = array.dtype.kind in "ui"
    return Picture(array, named, str(array.dtype) if integer else None, notes=tuple(notes), path=path)


def _channels_first(shape: tuple[int, ...], bands: tuple[str, ...] | None) -> bool:
    wanted = {len(bands)} if bands else {1, 3, 4}
    if shape[2] in wanted:
        return False
    # Without names, an axis shorter than both others can only be the channels.
    return shape[0] in wanted or (bands is None and shape[0] < 32 <= min(shape[1:]))


def _from_tensor(tensor: torch.Tensor, bands: tuple[str, ...] | None) -> Picture:
    import torch

    tensor = tensor.detach().cpu()
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    if tensor.ndim not in (2, 3):
        raise ImageError(
            f"the tensor has shape {tuple(tensor.shape)}, want (c, h, w) or (h, w).", "Give one picture at a time."
        )
    array = tensor.numpy()
    if array.ndim == 2:
        return _from_array(array, bands)
    array = array.transpose(1, 2, 0)
    return _from_array(array, bands or tuple(map(str, range(array.shape[2]))))


def _named(picture: Picture, bands: tuple[str, ...]) -> Picture:
    n_channels = picture.pixels.shape[2]
    if len(bands) != n_channels:
        raise ImageError(
            f"{picture.name} has {n_channels} channels, but {len(bands)} bands are named: {', '.join(bands)}.",
            "Name every channel, in the order of the file.",
        )
    return replace(picture, bands=tuple(bands))


def cut(picture: Picture, window: tuple[int, int, int, int] | None) -> Picture:
    """The part of a picture inside a window (row, column, height, width).

    Raises:
        ImageError: the window leaves the picture, or is none.
    """
    if window is None:
        return picture
    if np.shape(window) != (4,) or not all(isinstance(number, Integral) for number in window):
        raise ImageError(f"the window is {window!r}.", "Give four whole numbers: row, column, height, width.")
    row, column, height, width = window
    h, w = picture.size_px
    if min(row, column) < 0 or min(height, width) < 1 or row + height > h or column + width > w:
        raise ImageError(
            f"the window {window} (row, column, height, width) leaves {picture.name}, which is {h} x {w}.",
            "Choose a window inside the picture.",
        )
    inside = np.s_[row : row + height, column : column + width]
    valid = None if picture.valid is None else picture.valid[inside]
    return replace(picture, pixels=picture.pixels[inside], valid=valid)
