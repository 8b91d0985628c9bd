"""TIFF in its three worlds: plain (Pillow), georeferenced (rasterio) and microscopy (tifffile).

The tags of the first page decide, so that a plain scan needs no extra and a GeoTIFF never loses its
bands, scale and "no data" by going through a reader that knows nothing of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from zoo.cards import GRAY, RGB
from zoo.errors import ImageError, MissingExtraError
from zoo.images.picture import Picture, check_size

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SAMPLES, _EXTRA = 256, 257, 258, 262, 277, 338
_GEO_TAGS = (33550, 33922, 34264, 34735, 42113)  # pixel scale, tie points, transform, keys, GDAL's no-data value
_MAX_CHANNELS = 64
_MICROMETRE = {"m": 1.0, "mm": 1e-3, "µm": 1e-6, "um": 1e-6, "micron": 1e-6, "nm": 1e-9}


def read_file(
    path: str,
    frame: int,
    window: tuple[int, int, int, int] | None,
    max_pixels: int,
    n_named: int | None = None,
) -> Picture:
    """Picture of any TIFF file; only a GeoTIFF reads less than the whole for a window.

    Args:
        n_named: for how many channels the caller has names; see `zoo.images.pillow.from_image`.

    Raises:
        ImageError: damaged, too large, or with axes that are no picture.
        MissingExtraError: rasterio or tifffile is needed and absent.
    """
    from zoo.images import cut

    tags, more_pages = _first_page(path)
    if any(tag in tags for tag in _GEO_TAGS):
        from zoo.images.geotiff import read_file as read_geotiff

        return read_geotiff(path, window, max_pixels, n_named)
    check_size(int(tags.get(_HEIGHT, 0)), int(tags.get(_WIDTH, 0)), repr(path), max_pixels)
    n_samples = int(tags.get(_SAMPLES, 1))
    bits = tags.get(_BITS, (1,))
    eight_bit = all(depth in (1, 8) for depth in (bits if isinstance(bits, tuple) else (bits,)))
    # Pillow refuses grey with more than alpha beside it, and loses a fourth sample of which no meaning is stated.
    most = 2 if tags.get(_PHOTOMETRIC) in (0, 1) else 4
    loses_band = n_samples == n_named and 0 in np.ravel(tags.get(_EXTRA, ()))
    if not more_pages and "<OME" not in str(tags.get(270, "")) and eight_bit and n_samples <= most and not loses_band:
        from zoo.images.pillow import read_file as read_plain

        return cut(read_plain(path, frame, max_pixels, n_named), window)
    return cut(_read_series(path, frame, max_pixels), window)


def _first_page(path: str) -> tuple[dict[int, Any], bool]:
    """Tags of the first page, and whether another follows."""
    from PIL import TiffImagePlugin

    try:
        with Path(path).open("rb") as file:
            header = file.read(16)
            big = header[2] == 43 or header[3] == 43
            page = TiffImagePlugin.ImageFileDirectory_v2(header if big else header[:8])
            file.seek(page.next)
            page.load(file)
            return dict(page), bool(page.next)
    except Exception as err:  # Pillow's tag parser raises struct.error, SyntaxError, OSError and others
        raise ImageError(f"{path!r} is a damaged TIFF: {err}.", "Write it again, or take it out of the data.") from err


def _read_series(path: str, frame: int, max_pixels: int) -> Picture:
    try:
        import tifffile
    except ImportError as err:
        raise MissingExtraError(
            f"reading {path!r}, a TIFF of several pages, many channels or more than 8 bit,",
            "tifffile",
            "pip install 'transfer-zoo[microscopy]'",
        ) from err
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            axes, shape = str(series.axes), tuple(series.shape)
            notes: list[str] = []
            _check_axes(path, axes, shape, max_pixels)
            pixels, axes = _one_plane(series.asarray(), axes, frame, notes, path)
            ome = file.ome_metadata if file.is_ome else None
            labels = (file.imagej_metadata or {}).get("Labels") if file.is_imagej else None
            inverted = int(file.pages.first.photometric) == 0  # MINISWHITE
    except ImageError:
        raise
    except Exception as err:  # tifffile and its codecs raise many types
        if "imagecodecs" in str(err):
            raise MissingExtraError(
                f"the compression of {path!r}", "imagecodecs", "pip install 'transfer-zoo[microscopy]'"
            ) from err
        raise ImageError(f"{path!r} is a damaged TIFF: {err}.", "Write it again, or take it out of the data.") from err
    names, resolution = _ome_facts(ome)
    n_channels = pixels.shape[2]
    bands = names if names is not None and len(names) == n_channels else _labels(labels, n_channels)
    if bands is None:
        bands = {1: GRAY, 3: RGB if axes.endswith("S") else None}.get(n_channels)
    display = None
    if inverted and pixels.dtype.kind == "u":
        display = (float(np.iinfo(pixels.dtype).max), 0.0)
        notes.append("stored with white as 0, so its scale is turned round")
    return Picture(
        pixels=pixels,
        bands=bands,
        units=str(pixels.dtype) if pixels.dtype.kind == "u" else None,
        ground_resolution_m=resolution,
        notes=tuple(notes),
        path=path,
        display=display,
    )


def _check_axes(path: str, axes: str, shape: tuple[int, ...], max_pixels: int) -> None:
    if "Y" not in axes or "X" not in axes:
        raise ImageError(f"{path!r} has the axes {axes}, want a picture with Y and X.", "Save a plane of it.")
    extent = dict(zip(axes, shape, strict=True))
    check_size(extent["Y"], extent["X"], repr(path), max_pixels)
    n_values = int(np.prod(shape, dtype=np.int64))
    if n_values > max_pixels * _MAX_CHANNELS:
        raise ImageError(
            f"{path!r} holds {n_values / 1e6:.0f} million values in the axes {axes} {shape}.",
            "Save the plane that you mean, or tiles of it.",
        )


def _one_plane(values: NDArray[Any], axes: str, frame: int, notes: list[str], path: str) -> tuple[NDArray[Any], str]:
    """(h, w, c) plane of an array with named axes: one time and depth, all channels."""
    for position in range(len(axes) - 1, -1, -1):
        axis, extent = axes[position], values.shape[position]
        if axis in "YXCS" or (axis in "IQ" and "C" not in axes and "S" not in axes and 1 < extent <= _MAX_CHANNELS):
            continue
        # A stack of planes: the given frame of time or pages, the middle of depth.
        index = extent // 2 if axis == "Z" else min(frame, extent - 1)
        if extent > 1:
            notes.append(f"plane {index + 1} of {extent} along the axis {axis} is read; the others are not")
        values = values.take(index, axis=position)
        axes = axes[:position] + axes[position + 1 :]
    others = [axis for axis in axes if axis not in "YX"]
    if "I" in axes or "Q" in axes:
        notes.append(f"the {values.shape[axes.index(others[0])]} pages are taken as channels")
    order = [axes.index("Y"), axes.index("X"), *(axes.index(axis) for axis in others)]
    plane = values.transpose(order)
    plane = plane.reshape(plane.shape[0], plane.shape[1], -1)
    return np.ascontiguousarray(plane).astype(plane.dtype.newbyteorder("="), copy=False), axes


def _ome_facts(xml: str | None) -> tuple[tuple[str, ...] | None, float | None]:
    """Channel names and metres per pixel of the first image in OME-XML."""
    if not xml or "<!DOCTYPE" in xml or "<!ENTITY" in xml:  # entities could blow up in memory
        return None, None
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return None, None
    pixels = root.find(".//{*}Pixels")
    if pixels is None:
        return None, None
    names = [channel.get("Name") for channel in pixels.findall("{*}Channel")]
    size = pixels.get("PhysicalSizeX")
    unit = _MICROMETRE.get(pixels.get("PhysicalSizeXUnit", "µm"))
    resolution = float(size) * unit if size and unit else None
    known = tuple(name for name in names if name)
    return (known if known and len(known) == len(names) else None), resolution


def _labels(labels: Any, n_channels: int) -> tuple[str, ...] | None:
    """Channel names of ImageJ, where there is one per channel."""
    if not isinstance(labels, (list, tuple)) or len(labels) != n_channels:
        return None
    return tuple(re.sub(r"\s+", " ", str(label)).strip() for label in labels)
