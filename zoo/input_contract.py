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

from zoo.bands import match_bands, only_counts
from zoo.cards import RGB, ImagePreprocess
from zoo.errors import InputContractError
from zoo.images import Picture
from zoo.input_values import as_share, to_contract_values

_MOST_RESOLUTION_RATIO = 2.0
"""A ground resolution this many times off is said aloud: objects then have another size than in training."""


def conform(picture: Picture, spec: ImagePreprocess) -> Picture:
    """The picture with the contract's bands, in its order and value range; conversions are added to the notes.

    Raises:
        InputContractError: a band is missing or unnamed, or the values are on another scale.
    """
    notes: list[str] = []
    picture = _select_bands(picture, spec, notes)
    picture = _without_data_marked(replace(picture, valid=_of_pixels(picture.valid)))
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
        return replace(picture, pixels=np.repeat(picture.pixels, 3, axis=2), bands=RGB, valid=_of_pixels(picture.valid))
    if have == RGB and _is_grey(wanted):
        notes.append("colours converted to grey (0.299 red, 0.587 green, 0.114 blue)")
        return replace(picture, pixels=_luma(picture.pixels), bands=wanted, valid=_of_pixels(picture.valid))
    if have is None or _are_numbers(have) or (only_counts(have) and (wanted == RGB or _is_grey(wanted))):
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
    taken = list(match.indices)
    valid = picture.valid
    if valid is not None and valid.ndim == 3:
        valid = valid[:, :, taken]
    return replace(picture, pixels=picture.pixels[:, :, taken], bands=wanted, display=display, valid=valid)


def _of_pixels(valid: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    return valid if valid is None or valid.ndim == 2 else np.all(valid, axis=2, keepdims=True)[:, :, 0]


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


def _without_data_marked(picture: Picture) -> Picture:
    """The picture with NaN and infinity among the pixels without data; 8-bit values could not say so any more."""
    if picture.pixels.dtype.kind != "f":
        return picture
    finite = np.isfinite(picture.pixels).all(axis=2)
    if finite.all():
        return picture
    return replace(picture, valid=finite if picture.valid is None else picture.valid & finite)


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
    notes.append(f"{as_share(1 - float(valid.mean()))} of the pixels hold no data; filled with the mean of their band")
    return replace(picture, pixels=filled, valid=None)


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
