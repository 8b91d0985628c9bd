"""Digits as a pen draws them: ways of writing each, and the ways in which hands differ.

The strokes were written for this module; no picture of handwriting is copied or traced.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = tuple[tuple[float, float], ...]

_FLAG_SEVEN: Points = ((0.05, 0.22), (0.08, 0.03), (0.08, 0.03), (0.92, 0.03), (0.92, 0.03), (0.6, 0.45), (0.42, 1.0))
_ROUND_THREE: Points = (
    *((0.08, 0.14), (0.4, 0.0), (0.8, 0.1), (0.8, 0.36), (0.42, 0.47), (0.42, 0.47)),
    *((0.86, 0.58), (0.88, 0.86), (0.45, 1.0), (0.04, 0.88)),
)
_EIGHT: Points = (
    *((0.82, 0.14), (0.5, 0.0), (0.18, 0.14), (0.26, 0.38), (0.72, 0.6), (0.88, 0.82), (0.5, 1.0), (0.12, 0.82)),
    *((0.28, 0.6), (0.74, 0.38), (0.82, 0.16)),
)
_NINE_HEAD: Points = ((0.86, 0.22), (0.5, 0.0), (0.14, 0.14), (0.14, 0.4), (0.5, 0.52), (0.84, 0.3))

WAYS: dict[int, tuple[tuple[Points, ...], ...]] = {
    0: (
        (((0.5, 0.0), (0.15, 0.2), (0.05, 0.55), (0.2, 0.9), (0.5, 1.0), (0.85, 0.85), (0.95, 0.45), (0.5, 0.0)),),
        (((0.62, 0.02), (0.2, 0.12), (0.0, 0.5), (0.25, 0.95), (0.7, 0.97), (1.0, 0.6), (0.85, 0.1), (0.4, 0.05)),),
        (((0.3, 0.05), (0.05, 0.4), (0.15, 0.9), (0.5, 1.0), (0.9, 0.7), (0.9, 0.25), (0.6, 0.0), (0.25, 0.1)),),
    ),
    1: (
        (((0.5, 0.0), (0.5, 0.5), (0.5, 1.0)),),
        (((0.62, 0.0), (0.5, 0.5), (0.38, 1.0)),),
        (((0.2, 0.28), (0.55, 0.0), (0.55, 0.0), (0.55, 0.5), (0.55, 1.0)),),
        (((0.05, 0.45), (0.6, 0.0), (0.6, 0.0), (0.58, 0.5), (0.55, 1.0)),),
        (((0.2, 0.25), (0.52, 0.0), (0.52, 0.0), (0.52, 1.0)), ((0.12, 0.99), (0.92, 0.99))),
        (((0.5, 0.0), (0.5, 1.0)), ((0.15, 0.99), (0.88, 0.99))),
    ),
    2: (
        (
            (
                *((0.08, 0.27), (0.25, 0.05), (0.55, 0.0), (0.86, 0.16), (0.84, 0.42), (0.5, 0.7)),
                *((0.05, 0.98), (0.05, 0.98), (0.95, 0.98)),
            ),
        ),
        (
            (
                *((0.1, 0.2), (0.4, 0.0), (0.82, 0.14), (0.8, 0.4), (0.45, 0.75), (0.12, 0.98), (0.02, 0.84)),
                *((0.25, 0.76), (0.5, 0.92), (0.98, 0.98)),
            ),
        ),
        (((0.1, 0.1), (0.6, 0.02), (0.88, 0.2), (0.62, 0.6), (0.02, 0.95), (0.02, 0.95), (0.5, 0.9), (0.98, 0.95)),),
    ),
    3: (
        (_ROUND_THREE,),
        (
            (
                *((0.1, 0.03), (0.86, 0.03), (0.86, 0.03), (0.42, 0.42), (0.42, 0.42)),
                *((0.86, 0.56), (0.84, 0.88), (0.42, 1.0), (0.04, 0.9)),
            ),
        ),
        (
            (
                (0.1, 0.06),
                (0.6, 0.0),
                (0.86, 0.22),
                (0.5, 0.48),
                (0.3, 0.5),
                (0.7, 0.52),
                (0.9, 0.76),
                (0.5, 1),
                (0, 0.92),
            ),
        ),
        (_ROUND_THREE[:6], ((0.3, 0.47), (0.86, 0.58), (0.86, 0.88), (0.4, 1.0), (0.04, 0.94))),
    ),
    4: (
        (((0.22, 0.0), (0.1, 0.56), (0.1, 0.56), (0.96, 0.56)), ((0.74, 0.25), (0.7, 1.0))),
        (((0.7, 1.0), (0.72, 0.0), (0.72, 0.0), (0.03, 0.66), (0.03, 0.66), (1.0, 0.66)),),
        (((0.1, 0.0), (0.08, 0.32), (0.3, 0.52), (0.82, 0.45)), ((0.88, 0.0), (0.8, 1.0))),
        (((0.55, 0.0), (0.05, 0.62), (0.05, 0.62), (0.98, 0.6)), ((0.68, 0.35), (0.62, 1.0))),
        (((0.1, 0.05), (0.05, 0.5), (0.5, 0.52), (0.9, 0.45)), ((0.9, 0.02), (0.86, 0.5), (0.84, 1.0))),
    ),
    5: (
        (
            (
                *((0.9, 0.02), (0.2, 0.02), (0.2, 0.02), (0.14, 0.45), (0.14, 0.45)),
                *((0.5, 0.37), (0.9, 0.55), (0.86, 0.86), (0.45, 1.0), (0.04, 0.9)),
            ),
        ),
        (
            ((0.22, 0.02), (0.16, 0.44), (0.16, 0.44), (0.6, 0.4), (0.9, 0.66), (0.6, 0.97), (0.06, 0.95)),
            ((0.2, 0.03), (0.92, 0.03)),
        ),
        (((0.92, 0.02), (0.36, 0.05), (0.16, 0.38), (0.7, 0.52), (0.86, 0.8), (0.5, 1.0), (0.06, 0.94)),),
        (((0.9, 0), (0.3, 0.04), (0.3, 0.04), (0.2, 0.42), (0.7, 0.45), (0.8, 0.75), (0.4, 1), (0.02, 0.98)),),
    ),
    6: (
        (
            (
                *((0.76, 0.0), (0.36, 0.2), (0.1, 0.6), (0.2, 0.94), (0.6, 1.0), (0.88, 0.8)),
                *((0.7, 0.57), (0.4, 0.55), (0.14, 0.76)),
            ),
        ),
        (((0.5, 0.0), (0.14, 0.5), (0.1, 0.86), (0.45, 1.0), (0.85, 0.84), (0.75, 0.6), (0.4, 0.56), (0.1, 0.78)),),
        (((0.3, 0.0), (0.12, 0.45), (0.12, 0.9), (0.5, 1.0), (0.9, 0.8), (0.6, 0.52), (0.16, 0.7)),),
        (((0.9, 0.06), (0.5, 0.05), (0.1, 0.4), (0.08, 0.85), (0.5, 1.0), (0.9, 0.8), (0.7, 0.5), (0.12, 0.62)),),
    ),
    7: (
        (((0.05, 0.04), (0.92, 0.04), (0.92, 0.04), (0.6, 0.5), (0.4, 1.0)),),
        (((0.05, 0.04), (0.92, 0.04), (0.92, 0.04), (0.6, 0.5), (0.4, 1.0)), ((0.26, 0.52), (0.86, 0.5))),
        (_FLAG_SEVEN,),
        (_FLAG_SEVEN, ((0.28, 0.5), (0.88, 0.48))),
        (((0.04, 0.16), (0.4, 0.02), (0.92, 0.06), (0.92, 0.06), (0.68, 0.5), (0.6, 1.0)), ((0.3, 0.5), (1.0, 0.46))),
        (((0.04, 0.12), (0.5, 0.02), (0.95, 0.05), (0.8, 0.4), (0.55, 1.0)),),
    ),
    8: (
        (_EIGHT,),
        (
            ((0.5, 0.0), (0.2, 0.22), (0.5, 0.46), (0.8, 0.22), (0.5, 0.0)),
            ((0.5, 0.46), (0.1, 0.74), (0.5, 1.0), (0.9, 0.74), (0.5, 0.46)),
        ),
        (
            (
                (0.8, 0.05),
                (0.3, 0.1),
                (0.3, 0.4),
                (0.8, 0.7),
                (0.6, 1),
                (0.25, 0.9),
                (0.3, 0.65),
                (0.72, 0.38),
                (0.82, 0.08),
            ),
        ),
        (tuple((1 - x, y) for x, y in _EIGHT),),
    ),
    9: (
        ((*_NINE_HEAD, (0.86, 0.22), (0.86, 0.6), (0.8, 1.0)),),
        ((*_NINE_HEAD, (0.87, 0.22), (0.86, 0.65), (0.6, 0.97), (0.12, 0.96)),),
        ((*_NINE_HEAD, (0.84, 0.22), (0.7, 0.6), (0.5, 1.0)),),
        (
            (
                (0.8, 0.1),
                (0.4, 0.0),
                (0.1, 0.25),
                (0.4, 0.5),
                (0.8, 0.3),
                (0.82, 0.06),
                (0.82, 0.06),
                (0.8, 0.5),
                (0.7, 1),
            ),
        ),
        ((*_NINE_HEAD, (0.85, 0.2), (0.9, 0.7), (0.7, 1.0), (0.3, 1.0), (0.08, 0.84)),),
    ),
}
"""Ways to write each digit; a way is strokes, a stroke is points in a unit box (a doubled point is a corner)."""


def draw_digit(digit: int, side_px: int, rng: np.random.Generator) -> Image.Image:
    """Mode L mask of one handwritten digit: 255 where ink is, tight to the ink or with some margin."""
    ways = WAYS[digit]
    strokes = [_smooth(_waver(np.array(points), rng)) for points in ways[int(rng.integers(len(ways)))]]
    strokes = _deform(strokes, rng)
    width = side_px * rng.uniform(0.055, 0.2)
    return _ink(_place(strokes, side_px, width, rng), side_px, width)


def _waver(points: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Shift every control point a little; a doubled point moves as one."""
    shift = rng.normal(0, rng.uniform(0.01, 0.055), points.shape)
    for index in range(1, len(points)):
        if (points[index] == points[index - 1]).all():
            shift[index] = shift[index - 1]
    return points + shift


def _smooth(points: NDArray[Any], steps: int = 8) -> NDArray[Any]:
    """Catmull-Rom curve through the points; a doubled point makes a corner."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    before, start, end, after = (part[:, None, :] for part in (before, start, end, after))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def _deform(strokes: list[NDArray[Any]], rng: np.random.Generator) -> list[NDArray[Any]]:
    """One hand: loops of other sizes, a waving sheet, slant, turn and narrowness."""
    bend = np.exp(rng.normal(0, 0.2, 2))
    wave = rng.normal(0, 0.03, (2, 2))
    phase = rng.uniform(0, 2 * np.pi, (2, 2))
    turn, slant, narrow = rng.normal(0, 0.12), rng.normal(0.08, 0.22), np.exp(rng.normal(-0.3, 0.25))
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotate @ np.array([[1, -slant], [0, 1]]) @ np.diag([narrow, 1])
    bent = []
    for stroke in strokes:
        unit = np.clip(stroke, 0, None) ** bend + np.minimum(stroke, 0)
        for axis in range(2):
            for term in range(2):
                unit[:, axis] += wave[axis, term] * np.sin(2 * np.pi * unit[:, term] + phase[axis, term])
        bent.append((unit - 0.5) @ matrix.T)
    return bent


def _place(strokes: list[NDArray[Any]], side_px: int, width: float, rng: np.random.Generator) -> list[NDArray[Any]]:
    """Scale to the picture: mostly as scans are normalised, the ink filling the height, sometimes with margins."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-6)
    margin = 0 if rng.random() < 0.6 else rng.uniform(0, 0.25) * side_px
    room = max(side_px - width - 2 * margin, 4)
    scale = np.array([room / max(extent)] * 2)
    if rng.random() < 0.3:  # some scanners stretch both sides
        scale = room / np.maximum(extent, 0.3 * max(extent))
    offset = (side_px - extent * scale) / 2
    if margin:
        offset += rng.uniform(-0.6, 0.6, 2) * margin
    return [(stroke - low) * scale + offset for stroke in strokes]


def _ink(strokes: list[NDArray[Any]], side_px: int, width: float) -> Image.Image:
    mask = Image.new("L", (side_px, side_px))
    pen = ImageDraw.Draw(mask)
    for stroke in strokes:
        path = [(float(x), float(y)) for x, y in stroke]
        pen.line(path, fill=255, width=max(1, round(width)), joint="curve")
        for x, y in (path[0], path[-1]):
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return mask
