"""Brings the values of a picture to the scale that a contract states, or says why that cannot be done.

    contract 0-255         uint8 passes; a DICOM window, uint16 and 0-1 floats are converted and noted, by their type;
                           other numbers state no scale and are refused
    contract wider         reflectance 0-1 becomes 0-10,000, noted; 8-bit data are refused
    contract 0-1           uint8 and uint16 are divided, noted
    contract unknown       nothing is checked, because nothing is promised

A scale is converted only where one reading of the numbers is possible; else it is an error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.cards import ImagePreprocess
from zoo.errors import InputContractError
from zoo.images.picture import Picture

_SIXTEEN_BIT = 65_535
_DARK = 16_384
"""16-bit values that stay below it fill less than a quarter of their scale: 12 bit in a wider type, mostly."""
_OVERSHOOT = 1e-3
"""By so much floating-point pictures leave 0 to 1 when they were resized or computed."""
_FRACTION_MOST = 2.0
_FRACTION_SHARE = 0.9
"""Reflectance as a fraction: at least this share of the values lies within 2 of zero, whatever one glint says."""
_MOST_OUTSIDE = 0.5
"""A larger share of values outside the contract's range means another scale, not bright clouds."""


def to_contract_values(picture: Picture, spec: ImagePreprocess, notes: list[str]) -> Picture:
    """The picture on the contract's scale; what is done is added to `notes`.

    Raises:
        InputContractError: the values are on a scale that cannot be converted without a guess.
    """
    if spec.value_range is None:
        return picture
    if spec.value_range == (0, 255):
        return _to_eight_bit(picture, notes)
    if spec.value_range == (0, 1):
        return _to_unit(picture, notes)
    return _to_physical(picture, spec, spec.value_range, notes)


def _to_eight_bit(picture: Picture, notes: list[str]) -> Picture:
    pixels = picture.pixels
    if picture.display is not None and picture.display != (0.0, 255.0):
        return _windowed(picture, picture.display, notes)
    if pixels.dtype == np.uint8:
        return picture
    low, high = _extremes(picture)
    if pixels.dtype == np.uint16:
        dim = f"; they reach only {high / _SIXTEEN_BIT:.1%} of it, so the picture is dark" if high < _DARK else ""
        notes.append(f"16-bit values scaled from 0-65,535 to 0-255{dim}")
        return replace(picture, pixels=np.round(pixels / 257.0).astype(np.uint8))
    if pixels.dtype.kind == "f" and low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT:
        notes.append("values between 0 and 1 multiplied by 255")
        grey = np.nan_to_num(pixels, posinf=0, neginf=0).clip(0, 1) * 255
        return replace(picture, pixels=np.round(grey).astype(np.uint8))
    # A scale told from this picture's own extremes would be another one for the next picture of the series.
    meant = " They look normalised already." if pixels.dtype.kind == "f" and -10 < low < 0 < high < 10 else ""
    raise InputContractError(
        f"{picture.name} holds {pixels.dtype} values from {low:g} to {high:g}, which state no scale; the model wants "
        f"0 to 255.{meant}",
        "Give grey levels as uint8, the whole 16 bit as uint16, or floating-point values from 0 to 1.",
    )


def _windowed(picture: Picture, display: tuple[float, float], notes: list[str]) -> Picture:
    """Grey levels as a viewer shows them: the window's ends become 0 and 255, what lies outside is cut."""
    black, white = display
    grey = (np.nan_to_num(picture.pixels.astype(np.float64), posinf=0, neginf=0) - black) * (255.0 / (white - black))
    notes.append(f"the window from {black:g} (black) to {white:g} (white) mapped to 0-255")
    shown = np.round(grey.clip(0, 255)).astype(np.uint8)
    if picture.valid is not None:
        shown[~picture.valid] = 0
        notes.append("what lies outside of the scan is black")
    return replace(picture, pixels=shown, display=None, valid=None)


def _to_unit(picture: Picture, notes: list[str]) -> Picture:
    pixels = picture.pixels
    low, high = _extremes(picture)
    if pixels.dtype == np.uint8 or pixels.dtype == np.uint16:
        top = np.iinfo(pixels.dtype).max
        notes.append(f"values divided by {top}")
        return replace(picture, pixels=pixels.astype(np.float32) / np.float32(top))
    if low < 0 or high > 1:
        raise InputContractError(
            f"{picture.name} holds values from {low:g} to {high:g}; the model wants 0 to 1.",
            "Divide it by its greatest possible value.",
        )
    return picture


def _to_physical(
    picture: Picture, spec: ImagePreprocess, value_range: tuple[float, float], notes: list[str]
) -> Picture:
    low, high = value_range
    least, greatest = _extremes(picture)
    _same_units(picture, spec)
    values = _counted(picture)
    near_zero = float((np.abs(values) <= _FRACTION_MOST).mean())
    fraction = picture.pixels.dtype.kind == "f" and near_zero >= _FRACTION_SHARE
    if high >= 1000 and greatest <= 255 and (picture.pixels.dtype == np.uint8 or (least >= 0 and not fraction)):
        raise InputContractError(
            f"{picture.name} holds values from {least:g} to {greatest:g}, which is an 8-bit scale; the model wants "
            f"{low:g} to {high:g}{_in_units(spec)}.",
            "Give the measured values, not a picture that was stretched for viewing.",
        )
    if "reflectance" in (spec.units or "") and high >= 1000 and fraction:
        notes.append(f"reflectance {least:.3g} to {greatest:.3g} multiplied by {high:g}")
        with np.errstate(over="ignore"):  # of fill values, which are marked and replaced afterwards
            picture = replace(picture, pixels=picture.pixels.astype(np.float32) * np.float32(high))
        values, least, greatest = values * high, least * high, greatest * high
    if (spec.units or "").lower().startswith("db") and least >= 0:
        raise InputContractError(
            f"{picture.name} holds values from {least:g} to {greatest:g}, which is linear backscatter; the model wants "
            "decibels.",
            "Convert it: 10 * log10(value).",
        )
    outside = float(((values < low) | (values > high)).mean())
    if outside > _MOST_OUTSIDE:
        raise InputContractError(
            f"{picture.name} holds values from {least:g} to {greatest:g}, {outside:.0%} of them outside {low:g} to "
            f"{high:g}{_in_units(spec)}, which the model wants.",
            "Bring it to that scale; look at scale, offset and 'no data' of the file.",
        )
    if outside:
        notes.append(f"{outside:.2%} of the values lie outside {low:g} to {high:g} ({least:g} to {greatest:g})")
    return picture


def _same_units(picture: Picture, spec: ImagePreprocess) -> None:
    known = ("hounsfield", "db", "reflectance", "kelvin")
    has = next((unit for unit in known if unit in (picture.units or "").lower()), None)
    wants = next((unit for unit in known if unit in (spec.units or "").lower()), None)
    if has and wants and has != wants:
        raise InputContractError(
            f"{picture.name} is in {picture.units}; the model wants {spec.units}.",
            "Convert it, or choose another model.",
        )


def _in_units(spec: ImagePreprocess) -> str:
    return f" ({spec.units})" if spec.units else ""


def _counted(picture: Picture) -> NDArray[Any]:
    """The finite values of pixels that hold data, flat."""
    values = picture.pixels if picture.valid is None else picture.pixels[picture.valid]
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values.reshape(-1)


def _extremes(picture: Picture) -> tuple[float, float]:
    values = _counted(picture)
    if not values.size:
        raise InputContractError(f"{picture.name} holds no data at all.", "Take it out of the data.")
    return float(values.min()), float(values.max())
