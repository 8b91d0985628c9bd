"""GeoTIFF through rasterio: band names, "no data", scale and offset, metres per pixel, windows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import ImageError, MissingExtraError
from zoo.images.picture import Picture, check_size

_METRES_PER_DEGREE = 111_320.0  # along a meridian
_NUMBER = re.compile(r"(?:(?:[Bb]and|BAND|[Cc]hannel|[Ll]ayer)[ _-]?|b)\d+")
"""A number that a program gave: `Band 1` is the first of the file, not the first of Sentinel-2."""
_BASELINE = re.compile(r"S2[A-D]_MSIL\w+_N(\d{4})_")
_OFFSET_SINCE = 400
"""Sentinel-2's processing baseline 04.00: from it on, stored values are 1,000 higher."""


def read_file(path: str, window: tuple[int, int, int, int] | None, max_pixels: int) -> Picture:
    """Picture of a GeoTIFF, or of a window (row, column, height, width) of it.

    A scale and offset that the file states are applied (such as Landsat Collection 2's), else the
    stored numbers stay as they are.

    Raises:
        ImageError: damaged or too large.
        MissingExtraError: rasterio is absent.
    """
    try:
        import rasterio
        from rasterio.windows import Window
    except ImportError as err:
        raise MissingExtraError(
            f"reading {path!r}, a GeoTIFF,", "rasterio", "pip install 'transfer-zoo[satellite]'"
        ) from err
    try:
        with rasterio.open(path) as dataset:
            area = None if window is None else Window(window[1], window[0], window[3], window[2])
            height, width = dataset.shape if window is None else window[2:]
            _check_window(path, window, dataset.shape)
            check_size(height, width, repr(path), max_pixels)
            pixels = np.ascontiguousarray(dataset.read(window=area).transpose(1, 2, 0))  # (h, w, c)
            valid = _valid(dataset, area)
            bands, notes = _band_names(dataset)
            pixels, units = _physical(dataset, pixels, notes)
            pixels = _without_offset(dataset, path, pixels, notes)
            resolution = _metres(dataset)
    except ImageError:
        raise
    except Exception as err:  # rasterio and GDAL raise many types
        raise ImageError(
            f"{path!r} is a damaged GeoTIFF: {err}.", "Write it again, or take it out of the data."
        ) from err
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        finite = np.isfinite(pixels).all(axis=2)
        valid = finite if valid is None else valid & finite
    if valid is not None and valid.all():
        valid = None
    return Picture(pixels, bands, units, resolution, tuple(notes), path, valid=valid)


def _valid(dataset: Any, area: Any) -> NDArray[np.bool_] | None:
    """(h, w) True where every band has data, by no-data values, mask bands or alpha; None: the file has none."""
    from rasterio.enums import MaskFlags

    if all(MaskFlags.all_valid in flags for flags in dataset.mask_flag_enums):
        return None
    return np.asarray((dataset.read_masks(window=area) > 0).all(axis=0))


def _check_window(path: str, window: tuple[int, int, int, int] | None, shape: tuple[int, int]) -> None:
    if window is None:
        return
    row, column, height, width = window
    inside = row + height <= shape[0] and column + width <= shape[1]
    if min(row, column) < 0 or min(height, width) < 1 or not inside:
        raise ImageError(
            f"the window {window} (row, column, height, width) leaves {path!r}, which is {shape[0]} x {shape[1]}.",
            "Choose a window inside the picture.",
        )


def _band_names(dataset: Any) -> tuple[tuple[str, ...] | None, list[str]]:
    """Names from the descriptions, else from colours or wavelengths; None where the file says nothing useful."""
    described = [text.strip() if text else "" for text in dataset.descriptions]
    numbered = all(_NUMBER.fullmatch(text) for text in described)
    if all(described) and len(set(described)) == len(described) and described != ["bands"] and not numbered:
        return tuple(described), []
    tags = [dataset.tags(index) for index in dataset.indexes]
    for key in ("BandName", "band_name", "wavelength", "WAVELENGTH", "central_wavelength_nm"):
        if all(key in tag for tag in tags):
            return tuple(str(tag[key]) for tag in tags), []
    colours = [colour.name for colour in dataset.colorinterp]
    stated = [colour for colour in colours if colour != "undefined"]
    if {"red", "green", "blue"} <= set(stated) and len(set(stated)) == len(stated):
        return tuple(f"band {n}" if name == "undefined" else name for n, name in enumerate(colours, start=1)), []
    if colours == ["gray"]:
        return ("gray",), []
    return None, [f"the file names none of its {len(colours)} bands"]


def _physical(dataset: Any, pixels: NDArray[Any], notes: list[str]) -> tuple[NDArray[Any], str | None]:
    """Values after the file's own scale and offset, and their units."""
    scales, offsets = np.asarray(dataset.scales), np.asarray(dataset.offsets)
    stated = next((unit for unit in dataset.units if unit), None)
    if (scales == 1).all() and (offsets == 0).all():
        return pixels, stated or ("uint8" if pixels.dtype == np.uint8 else None)
    notes.append(f"the file's scale {scales[0]:g} and offset {offsets[0]:g} applied")
    return (pixels * scales + offsets).astype(np.float32), stated or "reflectance"


def _without_offset(dataset: Any, path: str, pixels: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    """Values less the offset that newer Sentinel-2 products carry, where a tag states it.

    Source:
        Sentinel-2 Products Specification Document, 14.9: RADIO_ADD_OFFSET and BOA_ADD_OFFSET.
    """
    tags = {name.upper(): value for name, value in dataset.tags().items()}
    stated = next((tags[name] for name in ("BOA_ADD_OFFSET", "RADIO_ADD_OFFSET") if name in tags), None)
    applied = not ((np.asarray(dataset.scales) == 1).all() and (np.asarray(dataset.offsets) == 0).all())
    if stated is not None and not applied:
        try:
            offset = float(stated.split(",")[0])
        except ValueError:
            notes.append(f"the offset {stated[:40]!r} that the file states is no number; it is not applied")
            return pixels
        notes.append(f"the offset {offset:g} that the file states was added")
        return np.asarray(np.maximum(pixels.astype(np.float32) + np.float32(offset), 0))
    named = _BASELINE.search(Path(path).name)
    if named and int(named[1]) >= _OFFSET_SINCE and not applied:
        notes.append(
            f"the name says processing baseline {named[1][:2]}.{named[1][2:]}: from 04.00 on values are 1,000 higher; "
            "subtract 1,000 if nobody did"
        )
    return pixels


def _metres(dataset: Any) -> float | None:
    if dataset.crs is None:
        return None
    across, down = dataset.res
    if dataset.crs.is_geographic:
        return float(down) * _METRES_PER_DEGREE
    factor = float(dataset.crs.linear_units_factor[1])
    return float(across + down) / 2 * factor
