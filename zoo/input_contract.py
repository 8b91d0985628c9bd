"""Holds a picture against a card's contract: bands, value range, units, ground resolution.

Whatever is not as the contract expects is either converted and noted, or an error; never silent.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.cards import GRAY, RGB, ImagePreprocess
from zoo.errors import InputContractError
from zoo.images import Picture


def conform(picture: Picture, spec: ImagePreprocess) -> Picture:
    """The picture with the contract's bands, in its order and value range; conversions are added to the notes."""
    pixels, notes = picture.pixels, list(picture.notes)
    if spec.bands == RGB and picture.bands == GRAY:
        pixels = np.repeat(pixels, 3, axis=2)
        notes.append("grey repeated into red, green and blue")
    elif pixels.shape[2] != len(spec.bands):
        raise InputContractError(f"{picture.name} has {pixels.shape[2]} channels, want {len(spec.bands)}.")
    if pixels.dtype.kind == "f" and spec.value_range == (0, 255) and pixels.max() <= 1:
        pixels = np.round(pixels * 255).astype(np.uint8)
        notes.append("values between 0 and 1 multiplied by 255")
    return replace(picture, pixels=pixels, bands=spec.bands, notes=tuple(notes))
