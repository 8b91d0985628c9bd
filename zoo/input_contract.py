"""Holds a picture against a card's contract: bands, value range, units, ground resolution.

Whatever is not as the contract expects is either converted and noted, or an error; never silent.
What is done, in this order: bands are selected by name → values are brought to the contract's scale →
pixels without data are filled → constant channels and a foreign ground resolution are looked for.
`input_values` holds the rules for values; `explain` tells a person all of it for one file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.bands import match_bands
from zoo.cards import RGB, ImagePreprocess
from zoo.errors import InputContractError
from zoo.images import Picture
from zoo.input_values import to_contract_values

_FILL_VALUES = (-9999, -99_999, -32_768)
"""What programs write where there is nothing, and often do not declare; no band, window or decibel is so low."""
_LEAST_PLAUSIBLE = -1e30
"""The least number of a 32-bit float is the other usual fill value."""
_MOST_RESOLUTION_RATIO = 2.0
"""A ground resolution this many times off is said aloud: objects then have another size than in training."""


def conform(picture: Picture, spec: ImagePreprocess) -> Picture:
    """The picture with the contract's bands, in its order and value range; conversions are added to the notes.

    Raises:
        InputContractError: a band is missing or unnamed, or the values are on another scale.
    """
    notes: list[str] = []
    picture = _without_data_marked(_select_bands(picture, spec, notes), notes)
    picture = to_contract_values(picture, spec, notes)
    picture = _fill_no_data(picture, notes)
    _look_for_constant_channels(picture, spec, notes)
    _compare_resolution(picture, spec, notes)
    return replace(picture, notes=(*picture.notes, *notes)) if notes else picture


def _select_bands(picture: Picture, spec: ImagePreprocess, notes: list[str]) -> Picture:
    n_channels, wanted, have = picture.pixels.shape[2], spec.bands, picture.bands
    if have == wanted:
        return picture
    if have is not None and _is_grey(have) and wanted == RGB:
        notes.append("grey repeated into red, green and blue")
        return replace(picture, pixels=np.repeat(picture.pixels, 3, axis=2), bands=RGB)
    if have == RGB and _is_grey(wanted):
        notes.append("colours converted to grey (0.299 red, 0.587 green, 0.114 blue)")
        return replace(picture, pixels=_luma(picture.pixels), bands=wanted)
    if have is None or _are_numbers(have):
        if n_channels != len(wanted):
            raise InputContractError(
                f"the model wants {len(wanted)} bands ({', '.join(wanted)}); {picture.name} has {n_channels}, without "
                "names.",
                "Name its channels in their order: zoo.images.read_picture(file, bands=(...)), or --bands.",
            )
        notes.append(f"the channels have no names; taken in the model's order: {', '.join(wanted)}")
        return replace(picture, bands=wanted)
    match = match_bands(wanted, have, picture.name)
    notes.extend(match.notes)
    if match.indices != tuple(range(n_channels)):
        notes.append(f"bands taken by name: {', '.join(have[i] for i in match.indices)} of {', '.join(have)}")
    display = None if picture.display is None or n_channels != len(wanted) else picture.display
    return replace(picture, pixels=picture.pixels[:, :, list(match.indices)], bands=wanted, display=display)


def _is_grey(bands: tuple[str, ...]) -> bool:
    return len(bands) == 1 and bands[0].lower() in ("gray", "grey")


def _are_numbers(bands: tuple[str, ...]) -> bool:
    """Whether the names only count the channels, as those of a tensor do."""
    return bands == tuple(map(str, range(len(bands))))


def _luma(pixels: NDArray[Any]) -> NDArray[Any]:
    """ITU-R 601 grey of (h, w, 3) pixels in their own type; 8 bit exactly as Pillow does it."""
    if pixels.dtype == np.uint8:
        from PIL import Image

        return np.asarray(Image.fromarray(pixels).convert("L"))[:, :, None]
    grey = pixels.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    rounded = grey.round() if pixels.dtype.kind in "ui" else grey
    return np.asarray(rounded.astype(pixels.dtype)[:, :, None])


def _without_data_marked(picture: Picture, notes: list[str]) -> Picture:
    """The picture with NaN, infinity and undeclared fill values among the pixels without data."""
    pixels = picture.pixels
    if pixels.dtype.kind not in "fi":
        return picture
    filled = np.isin(pixels, [value for value in _FILL_VALUES if _fits(value, pixels.dtype)])
    if pixels.dtype.kind == "f":
        filled |= pixels <= _LEAST_PLAUSIBLE
    if picture.valid is not None:
        filled &= picture.valid[:, :, None]
    if filled.any():
        found = ", ".join(f"{value:g}" for value in np.unique(pixels[filled])[:3])
        notes.append(f"{found} is taken for 'no data', which the file does not declare")
    good = np.asarray(~filled.any(axis=2))
    if pixels.dtype.kind == "f":
        good &= np.isfinite(pixels).all(axis=2)
    if good.all():
        return picture
    return replace(picture, valid=good if picture.valid is None else np.asarray(picture.valid & good))


def _fits(value: int, dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "f" or np.iinfo(dtype).min <= value


def _fill_no_data(picture: Picture, notes: list[str]) -> Picture:
    """Pixels without data take the mean of their band, so that they pull towards nothing."""
    pixels, valid = picture.pixels, picture.valid
    if valid is None or valid.all():
        return picture
    if not valid.any():
        raise InputContractError(f"{picture.name} holds no data at all.", "Take it out of the data.")
    mean = pixels[valid].astype(np.float64).mean(axis=0)
    filled = pixels.copy()
    filled[~valid] = np.round(mean) if pixels.dtype.kind in "ui" else mean
    notes.append(f"{_share(1 - float(valid.mean()))} of the pixels hold no data; filled with the mean of their band")
    return replace(picture, pixels=filled, valid=None)


def _share(part: float) -> str:
    return f"{part:.1%}" if part >= 0.001 else "less than 0.1%"


def _look_for_constant_channels(picture: Picture, spec: ImagePreprocess, notes: list[str]) -> None:
    pixels = picture.pixels
    height, width = picture.size_px
    if (pixels[0, 0] != pixels[height // 2, width // 2]).all():
        return
    constant = np.zeros(pixels.shape[2], dtype=bool)
    # A few hundred pixels clear nearly every channel; only what they leave open is looked at whole.
    sparse = pixels[:: max(1, pixels.shape[0] // 16), :: max(1, pixels.shape[1] // 16)]
    for channel in np.flatnonzero((sparse == pixels[0, 0]).all(axis=(0, 1))):
        constant[channel] = (pixels[:, :, channel] == pixels[0, 0, channel]).all()
    if pixels.shape[0] * pixels.shape[1] == 1 or not constant.any():
        return
    named = ", ".join(f"{band} ({pixels[0, 0, i]:g})" for i, band in enumerate(spec.bands) if constant[i])
    if len(spec.bands) > 3 and not constant.all():
        raise InputContractError(
            f"of {picture.name}, these bands hold one value everywhere: {named}.",
            "A band that was filled in or lost misleads the model: leave the file out, or read the true band.",
        )
    notes.append(f"one value everywhere: {named}")


def _compare_resolution(picture: Picture, spec: ImagePreprocess, notes: list[str]) -> None:
    trained, found = spec.ground_resolution_m, picture.ground_resolution_m
    if trained is None or found is None:
        return
    ratio = found / trained
    if not 1 / _MOST_RESOLUTION_RATIO <= ratio <= _MOST_RESOLUTION_RATIO:
        notes.append(
            f"ground resolution {found:.3g} m per pixel; the model learned from {trained:.3g} m, so objects look "
            f"{max(ratio, 1 / ratio):.2g} times {'smaller' if ratio > 1 else 'larger'}: resample first if that matters"
        )
