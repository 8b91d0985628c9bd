"""Brings the values of a picture to the scale that a contract states, or says why that cannot be done.

    contract 0-255         by type: uint8 passes, uint16 is divided by 257, floats hold 0-1; a window is mapped
    contract 0-1           by type: uint8 and uint16 are divided by their greatest number, floats pass
    contract wider         whole numbers pass; floats are a share of reflectance where nearly all of them can be
    contract unknown       nothing is checked, because nothing is promised

A scale comes from the type of the numbers, the file's units and tags, or `read_picture(..., value_range=...)`. A
picture's own least and greatest value never choose it, so that two pictures of one series stay on one scale and one
outlying pixel changes nothing; where type and tags leave it open, the picture is refused.
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
_DIM = 16_384
"""16-bit pictures that stay below this (a quarter of their range) look nearly black, and are said to."""
_OVERSHOOT = 1e-3
"""By so much floating-point pictures leave 0 to 1 when they were resized or computed."""
_FEW_LEVELS = 64
"""Grey levels that a picture must span to be rounded to whole ones."""
_MOST_OUTSIDE = 0.5
"""A larger share of values outside the contract's range means another scale, not bright clouds."""
_MOST_REFLECTANCE = 2.0
_FEW = 0.01
"""Glints, saturated and damaged pixels: a share up to this does not decide which scale a picture is on."""
_LEAST_COUNT = 20.0
"""Reflectance x 10,000 whose median is below this (0.2 % of the light) is no ground: such floats are on no scale."""
_FILLS = (-9_999.0, -99_999.0, -32_767.0, -32_768.0)
"""Numbers that programs write where nothing was measured; no band, window or decibel is so low."""
_HUGE = 1e30
_LEAST_REPEATED = 4


def to_contract_values(picture: Picture, spec: ImagePreprocess, notes: list[str]) -> Picture:
    """The picture on the contract's scale; what is done is added to `notes`.

    Raises:
        InputContractError: the values are on a scale that cannot be converted without a guess.
    """
    if spec.value_range is None:
        return picture
    picture = _without_fills(picture, notes)
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
        dim = f"; they reach only {high / _SIXTEEN_BIT:.1%} of it, so the picture is dark" if high < _DIM else ""
        notes.append(
            f"16-bit values {low:g} to {high:g} scaled from 0-65,535 to 0-255{dim}"
            + ("; if its camera has fewer bits, state them: value_range=(0, 4095)" if dim else "")
        )
        return replace(picture, pixels=_grey_levels(pixels / 257.0))
    if pixels.dtype.kind == "f" and low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT:
        notes.append("values between 0 and 1 multiplied by 255")
        grey = np.nan_to_num(pixels, posinf=0, neginf=0).clip(0, 1) * 255
        return replace(picture, pixels=np.round(grey).astype(np.uint8))
    meant = " They look normalised already." if -10 < low < 0 < high < 10 else ""
    raise InputContractError(
        f"{picture.name} holds {pixels.dtype} values from {low:g} to {high:g}; the model wants 0 to 255, and these "
        f"numbers state no scale (uint8 is 0-255, uint16 0-65,535, floats 0-1).{meant}",
        "State it: read_picture(file, value_range=(black, white)); or give the picture as 8 bit.",
    )


def _windowed(picture: Picture, display: tuple[float, float], notes: list[str]) -> Picture:
    """Grey levels as a viewer shows them: the window's ends become 0 and 255, what lies outside is cut.

    Pixels outside of the scan are black, whichever way the grey scale runs.
    """
    black, white = display
    grey = (np.nan_to_num(picture.pixels.astype(np.float64), posinf=0, neginf=0) - black) * (255.0 / (white - black))
    notes.append(f"the window from {black:g} (black) to {white:g} (white) mapped to 0-255")
    shown = _grey_levels(grey.clip(0, 255))
    if picture.valid is not None and picture.valid.any() and not picture.valid.all():
        shown[~picture.valid] = 0
        notes.append(f"{as_share(1 - float(picture.valid.mean()))} of the pixels hold no data; shown black")
    return replace(picture, pixels=shown, display=None, valid=None)


def _grey_levels(grey: NDArray[Any]) -> NDArray[Any]:
    """Whole grey levels; fractions stay where a dim picture would be left with too few of them."""
    if np.ptp(grey) < _FEW_LEVELS:
        return grey.astype(np.float32)
    return np.round(grey).astype(np.uint8)


def _to_unit(picture: Picture, notes: list[str]) -> Picture:
    pixels = picture.pixels
    if picture.display is not None:
        shown = _windowed(picture, picture.display, notes)
        return replace(shown, pixels=shown.pixels.astype(np.float32) / np.float32(255))
    low, high = _extremes(picture)
    if pixels.dtype == np.uint8 or pixels.dtype == np.uint16:
        top = np.iinfo(pixels.dtype).max
        notes.append(f"values divided by {top}")
        return replace(picture, pixels=pixels.astype(np.float32) / np.float32(top))
    if pixels.dtype.kind != "f" or low < 0 or high > 1:
        raise InputContractError(
            f"{picture.name} holds {pixels.dtype} values from {low:g} to {high:g}; the model wants 0 to 1.",
            "Divide it by its greatest possible value.",
        )
    return picture


def _to_physical(
    picture: Picture, spec: ImagePreprocess, value_range: tuple[float, float], notes: list[str]
) -> Picture:
    low, high = value_range
    _same_units(picture, spec)
    reflectance = "reflectance" in (spec.units or "") and high >= 1000
    values = _counted(picture)
    if not values.size:
        raise InputContractError(f"{picture.name} holds no data at all.", "Take it out of the data.")
    least, greatest = float(values.min()), float(values.max())
    share = reflectance and _is_share(picture, values)
    if share:
        notes.append(f"reflectance {least:.3g} to {greatest:.3g} multiplied by {high:g}")
        with np.errstate(over="ignore"):  # gaps may hold the greatest float there is; they are filled below
            picture = replace(picture, pixels=picture.pixels.astype(np.float32) * np.float32(high))
    elif high >= 1000 and low >= 0 and (picture.pixels.dtype == np.uint8 or _share_above(values, 255) <= _FEW):
        raise InputContractError(
            f"{picture.name} holds values from {least:g} to {greatest:g}, which is an 8-bit scale; the model wants "
            f"{low:g} to {high:g}{_in_units(spec)}.",
            "Give the measured values, not a picture that was stretched for viewing.",
        )
    elif reflectance and values.dtype.kind == "f" and float(np.median(values[values >= 0])) < _LEAST_COUNT:
        raise InputContractError(
            f"{picture.name} holds values from {least:g} to {greatest:g}, mostly near {np.median(values):g}: neither "
            f"a share of the light from 0 to 1 nor {low:g} to {high:g}{_in_units(spec)}.",
            "Bring it to one of them; look at scale, offset and 'no data' of the file.",
        )
    # One speckle below zero does not make decibels of linear backscatter.
    if (spec.units or "").lower().startswith("db") and float((values < 0).mean()) <= _FEW:
        raise InputContractError(
            f"{picture.name} holds values from {least:g} to {greatest:g}, which is linear backscatter; the model wants "
            "decibels.",
            "Convert it: 10 * log10(value).",
        )
    picture = _without_low(picture, low, high, notes)
    values = _counted(picture)
    if not values.size:
        raise InputContractError(f"{picture.name} holds no data at all.", "Take it out of the data.")
    least, greatest = float(values.min()), float(values.max())
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


def _is_share(picture: Picture, values: NDArray[Any]) -> bool:
    """Whether the values are reflectance from 0 to 1: by their units, else floats of which hardly one exceeds 2."""
    if (picture.units or "").strip().lower() in ("reflectance", "1", "unitless"):
        return values.dtype.kind == "f" and _share_above(values, _MOST_REFLECTANCE) <= _MOST_OUTSIDE
    return values.dtype.kind == "f" and _share_above(values, _MOST_REFLECTANCE) <= _FEW


def _share_above(values: NDArray[Any], limit: float) -> float:
    """Of the values from 0 on, the share above a limit; gaps below zero, and how many there are, do not count."""
    counted = values[values >= 0]
    return float((counted > limit).mean()) if counted.size else 0.0


def _without_fills(picture: Picture, notes: list[str]) -> Picture:
    """The picture with well-known fill values among the pixels without data."""
    pixels = picture.pixels
    if pixels.dtype.kind == "u":
        return picture
    gap = np.isin(pixels, np.array(_FILLS).astype(pixels.dtype)) if pixels.dtype.itemsize > 1 else np.zeros(1, bool)
    if pixels.dtype.kind == "f":
        gap |= np.abs(pixels) > _HUGE
    return _marked(picture, gap, notes) if gap.any() else picture


def _without_low(picture: Picture, low: float, high: float, notes: list[str]) -> Picture:
    """The picture without one number that stands again and again, far below what the contract allows."""
    values = _counted(picture)
    if not values.size or (least := values.min()) > low - (high - low) / 10:
        return picture
    gap = picture.pixels == least
    if np.count_nonzero(gap) < _LEAST_REPEATED:
        return picture
    return _marked(picture, gap, notes)


def _marked(picture: Picture, gap: NDArray[np.bool_], notes: list[str]) -> Picture:
    valid = ~np.any(gap, axis=2, keepdims=True)[:, :, 0]
    fresh = valid if picture.valid is None else valid & picture.valid
    if picture.valid is None or bool((fresh != picture.valid).any()):
        number = picture.pixels[gap][0]
        notes.append(f"{number:g} is taken for 'no data', which the file does not declare")
    return replace(picture, valid=fresh)


def as_share(part: float) -> str:
    """A share for a sentence.

    >>> as_share(0.25), as_share(0.0002)
    ('25.0%', 'less than 0.1%')
    """
    return f"{part:.1%}" if part >= 0.001 else "less than 0.1%"


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
