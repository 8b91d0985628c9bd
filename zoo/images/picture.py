"""The picture that every reader returns: stored values, what they mean, and what was done on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import ImageError

MAX_PIXELS = 50_000_000
"""Most pixels (height x width) that are read whole; a decompression bomb stops here, before it is unpacked."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One image as stored, before any model's preprocessing."""

    pixels: NDArray[Any]
    """(h, w, c) in the stored type: uint8 stays uint8, 16 bit stays 16 bit."""
    bands: tuple[str, ...] | None
    """A name per channel; None: the file does not say."""
    units: str | None = None
    """What the numbers are (`uint8`, `uint16`, `hounsfield`, `reflectance x 10000`); None: the file does not say."""
    ground_resolution_m: float | None = None
    """Metres on the ground between two pixels."""
    notes: tuple[str, ...] = ()
    """Conversions and losses on the way, each a sentence for the user."""
    path: str | None = None
    display: tuple[float, float] | None = None
    """The values shown black and white (a DICOM window); black above white for an inverted scale."""
    valid: NDArray[np.bool_] | None = None
    """(h, w), or (h, w, c) where bands differ: False where the file declares "no data"; None: every pixel counts."""

    @property
    def name(self) -> str:
        """How messages speak of this picture."""
        return repr(self.path) if self.path else "the picture in memory"

    @property
    def size_px(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[0], self.pixels.shape[1]


def check_size(height: int, width: int, name: str, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a picture that is empty or too large, from its header alone.

    Raises:
        ImageError: no pixels at all, or more than `max_pixels`.
    """
    if height <= 0 or width <= 0:
        raise ImageError(f"{name} has no pixels ({height} x {width}).", "Remove the file, or write it again.")
    if height * width > max_pixels:
        factor = math.ceil(math.sqrt(height * width / max_pixels))
        raise ImageError(
            f"{name} has {height} x {width} pixels, {height * width / 1e6:.0f} million; "
            f"whole pictures are read up to {max_pixels / 1e6:g} million.",
            f"Cut it into tiles, or shrink it {factor} times, first.",
        )
