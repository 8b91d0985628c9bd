"""Finds out what somebody's transform does to pictures, by showing it some; the transform is a black box.

It is shown plain colours (which tell slope and offset of each output channel over each input channel) and two
ramps (which tell what part of a picture is kept, and in which proportions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import InputContractError

Float = NDArray[np.float64]

HEIGHT, WIDTH = 300, 420
"""The probe pictures are not square, so that squash, shortest and pad differ."""
_LOW, _HIGH = 64, 192


class Probe:
    """A transform with what it does to plain colours, measured once."""

    def __init__(self, transform: Callable[[Any], Any]) -> None:
        self._transform = transform
        self._wants_array = False
        base = self._middle(_plain((_LOW, _LOW, _LOW)))
        steps = np.stack([self._middle(_plain(_raised(channel))) - base for channel in range(3)], axis=1)
        self.response: Float = steps / (_HIGH - _LOW)  # (output channel, input channel), per grey level
        self.offset: Float = base - self.response.sum(axis=1) * _LOW
        """What black becomes, per output channel."""

    def __call__(self, pixels: NDArray[np.uint8]) -> Float:
        """(h, w, 3) output for an (h, w, 3) picture."""
        from PIL import Image

        given: Any = pixels if self._wants_array else Image.fromarray(pixels)
        try:
            output = self._transform(given)
        except Exception as err:  # a foreign function may raise anything for a type that it does not take
            if self._wants_array:
                raise InputContractError(
                    f"the transform raised {type(err).__name__}: {err}.", "Give one that takes a picture."
                ) from err
            self._wants_array = True
            return self(pixels)
        return _as_picture(output)

    def _middle(self, pixels: NDArray[np.uint8]) -> Float:
        output = self(pixels)
        self.output_size = output.shape[0], output.shape[1]
        return np.asarray(output[output.shape[0] // 2, output.shape[1] // 2])

    @property
    def order(self) -> tuple[int, ...]:
        """Which input channel drives each output channel."""
        return tuple(int(channel) for channel in np.abs(self.response).argmax(axis=1))

    @property
    def slope(self) -> Float:
        """Output per grey level, an output channel each."""
        return self.response[np.arange(3), list(self.order)]

    @property
    def white(self) -> Float:
        """Output of a white picture, an output channel each."""
        return np.asarray(self.offset + 255 * self.slope)

    def grey_levels(self, pixels: NDArray[np.uint8]) -> Float:
        """(h, w, 3) output brought back to grey levels, input channel order."""
        levels = (self(pixels) - self.offset) / np.where(self.slope == 0, 1, self.slope)
        return np.asarray(levels[:, :, np.argsort(self.order)])


def _plain(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def _raised(channel: int) -> tuple[int, int, int]:
    colour = [_LOW, _LOW, _LOW]
    colour[channel] = _HIGH
    return colour[0], colour[1], colour[2]


def _as_picture(output: Any) -> Float:
    if isinstance(output, Mapping) or hasattr(output, "keys"):
        keys = [key for key in ("pixel_values", "image", "images") if key in output]
        output = output[keys[0]] if keys else None
    if isinstance(output, (list, tuple)) and len(output) == 1:
        output = output[0]
    if hasattr(output, "detach"):
        output = output.detach().cpu().float()
    try:
        array = np.asarray(output, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[0] == 3:
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 3 and array.size:
        if not np.isfinite(array).all():
            raise InputContractError(
                "the transform returned values that are no finite numbers.", "Look for a division by zero in it."
            )
        return np.asarray(array)
    raise InputContractError(
        f"the transform returned {type(output).__name__} of shape {array.shape}, want three channels.",
        "Give a function from a picture to a (3, h, w) tensor.",
    )


def visible_part(probe: Probe) -> tuple[float, float, float, float, float]:
    """Left, right, top and bottom edge of the visible part, as shares of the picture, and the share of border."""
    x = np.linspace(20, 235, WIDTH)
    y = np.linspace(20, 235, HEIGHT)
    ramps = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    ramps[:, :, 0] = x[None, :]
    ramps[:, :, 1] = y[:, None]
    ramps[:, :, 2] = 128
    levels = probe.grey_levels(ramps)
    inside = np.abs(levels[:, :, 2] - 128) < 6  # a border has another third channel
    height, width = inside.shape
    if not inside.any():
        return 0.0, 0.0, 0.0, 0.0, 1.0
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    across = levels[rows[len(rows) // 2], columns, 0]
    down = levels[rows, columns[len(columns) // 2], 1]
    left, right = _edges(across)
    top, bottom = _edges(down)
    return left, right, top, bottom, 1 - len(rows) * len(columns) / (height * width)


def _edges(levels: Float) -> tuple[float, float]:
    """Where a straight line through the inner half of a ramp meets the two outer edges of its pixels."""
    n = len(levels)
    at = np.arange(n) + 0.5
    inner = slice(n // 4, max(n // 4 + 2, n - n // 4))
    slope, start = np.polyfit(at[inner], (levels[inner] - 20) / 215, 1) if n > 3 else (0.0, 0.5)
    return float(start), float(start + slope * n)
