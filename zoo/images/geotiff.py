"""GeoTIFF through rasterio: band names, "no data", scale and offset, metres per pixel, windows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import ImageError, MissingExtraError
from zoo.images.picture import Picture, check_size

_METRES_PER_DEGREE = 111_320.0  # along a meridian


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
            valid = None
            if dataset.nodata is not None:
                valid = dataset.dataset_mask(window=area) > 0
            bands, notes = _band_names(dataset)
            pixels, units = _physical(dataset, pixels, notes)
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
    if all(described) and len(set(described)) == len(described) and described != ["bands"]:
        return tuple(described), []
    tags = [dataset.tags(index) for index in dataset.indexes]
    for key in ("BandName", "band_name", "wavelength", "WAVELENGTH", "central_wavelength_nm"):
        if all(key in tag for tag in tags):
            return tuple(str(tag[key]) for tag in tags), []
    colours = [colour.name for colour in dataset.colorinterp]
    if {"red", "green", "blue"} <= set(colours) and "undefined" not in colours:
        return tuple(colours), []
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


def _metres(dataset: Any) -> float | None:
    if dataset.crs is None:
        return None
    across, down = dataset.res
    if dataset.crs.is_geographic:
        return float(down) * _METRES_PER_DEGREE
    factor = float(dataset.crs.linear_units_factor[1])
    return float(across + down) / 2 * factor
