"""GeoTIFF through rasterio: band names, "no data", scale and offset, metres per pixel, windows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.bands import only_counts
from zoo.errors import ImageError, MissingExtraError
from zoo.images.picture import Picture, check_size

_METRES_PER_DEGREE = 111_320.0  # along a meridian
_MOST_REFLECTANCE_STEP = 0.001
"""A scale factor up to this makes a share of light of 16-bit numbers (Sentinel-2 1e-4, Landsat 2.75e-5)."""
_FIRST_WITH_OFFSET = 4.0


def read_file(
    path: str, window: tuple[int, int, int, int] | None, max_pixels: int, n_named: int | None = None
) -> Picture:
    """Picture of a GeoTIFF, or of a window (row, column, height, width) of it.

    A scale and offset that the file states are applied (such as Landsat Collection 2's), else the
    stored numbers stay as they are.

    Args:
        n_named: for how many channels the caller has names; with one for each, alpha is a band and masks nothing.

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
            valid = _with_data(dataset, pixels, area, all_named=n_named == dataset.count)
            bands, notes = _band_names(dataset)
            pixels, units = _physical(dataset, pixels, notes)
            resolution = _metres(dataset)
    except ImageError:
        raise
    except Exception as err:  # rasterio and GDAL raise many types
        raise ImageError(
            f"{path!r} is a damaged GeoTIFF: {err}.", "Write it again, or take it out of the data."
        ) from err
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


def _with_data(dataset: Any, pixels: NDArray[Any], area: Any, *, all_named: bool) -> NDArray[np.bool_] | None:
    """(h, w, c), False where the file's mask, alpha, NaN or "no data" number says so; None: the file says nothing.

    A number that a measured band cannot hold (-9999) is a gap wherever it stands; 0 or 255 may be a true value of
    one band, so it is a gap only where all bands hold it.
    """
    from rasterio.enums import MaskFlags

    valid = np.ones(pixels.shape, dtype=bool)
    flags = [set(of_band) for of_band in dataset.mask_flag_enums]
    if any(MaskFlags.per_dataset in own and not (all_named and MaskFlags.alpha in own) for own in flags):
        valid &= (dataset.dataset_mask(window=area) > 0)[:, :, None]
    if pixels.dtype.kind == "f":
        valid &= np.isfinite(pixels)
    ordinary = np.zeros(pixels.shape, dtype=bool)
    for band, number in enumerate(dataset.nodatavals):
        if number is None or np.isnan(number):
            continue
        gap = pixels[:, :, band] == number
        if number == 0 or (number == 255 and pixels.dtype == np.uint8):
            ordinary[:, :, band] = gap
        else:
            valid[:, :, band] &= ~gap
    valid &= ~np.all(ordinary, axis=2, keepdims=True)
    return None if valid.all() else valid


_COLOURS = {"red", "green", "blue"}


def _band_names(dataset: Any) -> tuple[tuple[str, ...] | None, list[str]]:
    """Names from the descriptions, else from wavelengths or colours; None where the file says nothing useful.

    Descriptions that only count (`Band 1`, `Band 2`) are a program's numbering, not an instrument's bands.
    """
    described = [text.strip() if text else "" for text in dataset.descriptions]
    whole = all(described) and len(set(described)) == len(described) and described != ["bands"]
    if whole and not only_counts(described):
        return tuple(described), []
    tags = [dataset.tags(index) for index in dataset.indexes]
    for key in ("BandName", "band_name", "wavelength", "WAVELENGTH", "central_wavelength_nm"):
        if all(key in tag for tag in tags):
            return tuple(str(tag[key]) for tag in tags), []
    colours = [colour.name for colour in dataset.colorinterp]
    if colours == ["gray"]:
        return ("gray",), []
    known = [colour for colour in colours if colour not in ("undefined", "gray")]
    if set(known) >= _COLOURS and len(known) == len(set(known)):
        return tuple(name if name in known else f"channel {place}" for place, name in enumerate(colours, 1)), []
    if whole and all(re.fullmatch(r"B\d+", text) for text in described):  # an instrument's spelling, for all we know
        return tuple(described), []
    return None, [f"the file names none of its {len(colours)} bands"]


_ADDED = ("BOA_ADD_OFFSET", "RADIO_ADD_OFFSET")
_BASELINE = re.compile(r"_N(\d{2})(\d{2})_")


def _physical(dataset: Any, pixels: NDArray[Any], notes: list[str]) -> tuple[NDArray[Any], str | None]:
    """Values after the file's own scale and offset, and their units.

    Source:
        Sentinel-2 Products Specification Document 14.9: since processing baseline 04.00 a constant is added to the
        stored numbers (BOA_ADD_OFFSET, RADIO_ADD_OFFSET), which is to be taken off before they are reflectances.
    """
    scales, offsets = np.asarray(dataset.scales), np.asarray(dataset.offsets)
    stated = next((unit for unit in dataset.units if unit), None)
    if (scales == 1).all() and (offsets == 0).all():
        return _without_added(dataset, pixels, notes), stated or ("uint8" if pixels.dtype == np.uint8 else None)
    notes.append(f"the file's scale {scales[0]:g} and offset {offsets[0]:g} applied")
    share = bool((np.abs(scales) <= _MOST_REFLECTANCE_STEP).all() and (np.abs(offsets) <= 1).all())
    return (pixels * scales + offsets).astype(np.float32), stated or ("reflectance" if share else None)


def _without_added(dataset: Any, pixels: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    tags = {key.upper(): value for key, value in dataset.tags().items()}
    of_bands = [{key.upper(): value for key, value in dataset.tags(index).items()} for index in dataset.indexes]
    added = [_number(own.get(key, tags.get(key))) for own in of_bands for key in _ADDED if own.get(key, tags.get(key))]
    if added and len(added) in (1, len(of_bands)) and any(added):
        notes.append(f"the offset of {added[0]:g} that the file's tags state (Sentinel-2 baseline 04.00 on) applied")
        return np.asarray(pixels + np.asarray(added), dtype=np.float32)
    named = _BASELINE.search(str(dataset.name))
    baseline = _number(tags.get("PROCESSING_BASELINE")) or (float(f"{named[1]}.{named[2]}") if named else 0.0)
    if baseline >= _FIRST_WITH_OFFSET and not added:
        notes.append(
            f"Sentinel-2 processing baseline {baseline:05.2f} stores reflectance with 1000 added, and the file states "
            "no offset: take 1000 off first, unless that was done"
        )
    return pixels


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0.0


def _metres(dataset: Any) -> float | None:
    if dataset.crs is None:
        return None
    across, down = dataset.res
    if dataset.crs.is_geographic:
        return float(down) * _METRES_PER_DEGREE
    factor = float(dataset.crs.linear_units_factor[1])
    return float(across + down) / 2 * factor
