"""Photographs and drawings through Pillow: JPEG, PNG, WebP, BMP, GIF and plain TIFF.

What is decided here, and why:

- An EXIF orientation is not applied: timm, open_clip and transformers do not apply it either, and
  a picture turned here would give other embeddings than upstream. The note says so.
- Alpha is dropped, as `convert("RGB")` does upstream; the note says how much of it was not opaque.
  Where the caller has a name for every channel, it is no alpha but a band: PNG and TIFF files of four bands.
- 16-bit PNG files stay 16 bit. Pillow cuts 16-bit colour to 8 bit silently, so those go through
  torchvision's decoder.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo.cards import GRAY, RGB
from zoo.errors import ImageError
from zoo.images import jpeg
from zoo.images.picture import MAX_PIXELS, Picture, check_size
from zoo.regular_files import open_regular

_ORIENTATION = 274  # the EXIF tag
_WITH_ALPHA = ("LA", "RGBA")


def open_header(path: str, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The lazily opened image: its header is read and its size is within the cap; no pixel is decoded yet.

    Raises:
        ImageError: no picture that Pillow knows, or one that is too large.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of damaged tags; what matters of them is an error below.
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as err:
        raise ImageError(
            f"{path!r} is a decompression bomb or a giant: {err}".rstrip(".") + ".",
            f"Cut it into tiles first: whole pictures are read up to {max_pixels / 1e6:g} million pixels.",
        ) from err
    except Exception as err:  # Pillow's plugins raise many types for malformed files
        raise _unreadable(path, err) from err
    check_size(image.height, image.width, repr(path), max_pixels)
    return image


def read_file(path: str, frame: int = 0, max_pixels: int = MAX_PIXELS, n_named: int | None = None) -> Picture:
    """Picture of a file that Pillow can decode; `frame` counts from 0 in an animation.

    Args:
        n_named: as for `from_image`.

    Raises:
        ImageError: the file is no picture, is damaged, is too large, or has no such frame.
    """
    with open_header(path, max_pixels) as image:
        if frame:
            _seek(image, frame, path)
        if _is_deep_png(path, image):
            return _read_deep_png(path, n_named)
        if image.format == "JPEG" and image.mode in ("RGB", "L"):
            with open_regular(path) as file:
                pixels = jpeg.decode(file.read(), repr(path))
            if pixels is not None:
                bands = GRAY if image.mode == "L" else RGB
                return Picture(pixels, bands, "uint8", notes=orientation_notes(image), path=path)
        try:
            image.load()
        except Exception as err:  # as above: truncated and damaged files raise many types
            raise _unreadable(path, err) from err
        return from_image(image, path, n_named)


def _seek(image: Image.Image, frame: int, path: str) -> None:
    try:
        n_frames = getattr(image, "n_frames", 1)
        if 0 < frame < n_frames:
            image.seek(frame)
            return
    except Exception as err:  # as above
        raise _unreadable(path, err) from err
    raise ImageError(f"want frame {frame} of {path!r}, it has {n_frames}.", "Count from 0.")


def from_image(image: Image.Image, path: str | None = None, n_named: int | None = None) -> Picture:
    """Picture of a Pillow image of any mode.

    Args:
        n_named: for how many channels the caller has names; with one for each, none of them is taken for alpha.

    Raises:
        ImageError: the image is too large, or cannot be decoded.
    """
    name = repr(path) if path else "the picture in memory"
    check_size(image.height, image.width, name)
    notes = list(orientation_notes(image))
    if getattr(image, "n_frames", 1) > 1:
        notes.append(f"frame {image.tell() + 1} of {image.n_frames} is read; the others are not")  # type: ignore[attr-defined]  # only multi-frame formats have it
    try:
        if n_named == len(image.getbands()) and image.mode in _WITH_ALPHA:
            pixels, bands = np.array(image), None
        else:
            pixels, bands = _to_pixels(image, notes)
    except Exception as err:  # a lazily opened image decodes here
        raise _unreadable(name, err) from err
    return Picture(pixels=pixels, bands=bands, units=str(pixels.dtype), notes=tuple(notes), path=path)


def orientation_notes(image: Image.Image) -> tuple[str, ...]:
    """What to tell of an EXIF orientation, which is left alone."""
    turn = image.getexif().get(_ORIENTATION, 1) if "exif" in image.info else 1
    if turn in (0, 1):
        return ()
    return (f"EXIF orientation {turn} is not applied, as upstream; turn the file if its subject lies on its side",)


def _to_pixels(image: Image.Image, notes: list[str]) -> tuple[NDArray[Any], tuple[str, ...]]:
    mode = image.mode
    if mode == "RGB":
        return np.array(image), RGB
    if mode in ("L", "F", "I") or mode.startswith("I;16"):
        grey = np.array(image)
        return grey.astype(grey.dtype.newbyteorder("="), copy=False)[:, :, None], GRAY
    if mode == "1":
        notes.append("1-bit picture read as grey levels 0 and 255")
        return np.array(image.convert("L"))[:, :, None], GRAY
    if mode in ("P", "PA"):
        notes.append("palette colours expanded to RGB")
        image = image.convert("RGBA")
    if mode in ("LA", "La"):
        grey_alpha = np.array(image.convert("LA"))
        _note_alpha(grey_alpha[:, :, 1], notes)
        return np.ascontiguousarray(grey_alpha[:, :, :1]), GRAY
    if image.mode in ("RGBA", "RGBa"):
        rgba = np.array(image.convert("RGBA"))
        _note_alpha(rgba[:, :, 3], notes)
        return np.ascontiguousarray(rgba[:, :, :3]), RGB
    notes.append(f"{mode} colours converted to RGB without a colour profile")
    return np.array(image.convert("RGB")), RGB


def _note_alpha(alpha: NDArray[Any], notes: list[str]) -> None:
    share = float((alpha != np.iinfo(alpha.dtype).max).mean())
    if share:
        notes.append(
            f"transparency dropped, as upstream: {share:.1%} of the pixels are not opaque and show their hidden colour"
        )


def _is_deep_png(path: str, image: Image.Image) -> bool:
    """Whether the file is a 16-bit PNG with more than one channel, which Pillow would cut to 8 bit."""
    if image.format != "PNG":
        return False
    with Path(path).open("rb") as file:
        header = file.read(26)
    bit_depth, colour_type = header[24], header[25]
    return bit_depth == 16 and colour_type != 0


def _read_deep_png(path: str, n_named: int | None) -> Picture:
    from torchvision.io import ImageReadMode, decode_image
    from torchvision.io import read_file as read_bytes

    try:
        tensor = decode_image(read_bytes(path), mode=ImageReadMode.UNCHANGED)
    except RuntimeError as err:
        raise _unreadable(path, err) from err
    pixels = np.ascontiguousarray(tensor.permute(1, 2, 0).numpy())  # (h, w, c) uint16
    notes: list[str] = []
    if pixels.shape[2] in (2, 4) and pixels.shape[2] != n_named:
        _note_alpha(pixels[:, :, -1], notes)
        pixels = np.ascontiguousarray(pixels[:, :, :-1])
    bands = {1: GRAY, 3: RGB}.get(pixels.shape[2])
    return Picture(pixels=pixels, bands=bands, units="uint16", notes=tuple(notes), path=path)


def _unreadable(path: str, err: Exception) -> ImageError:
    name = path if path.startswith("the ") else repr(path.strip("'"))
    reason = str(err) or type(err).__name__
    if "cannot identify" in reason:
        reason = "its bytes are no picture format that is known"
    return ImageError(f"{name} cannot be read as a picture: {reason}.", "Write it again, or take it out of the data.")
