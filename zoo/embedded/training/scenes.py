"""Pictures of one to five shapes of a colour, a fill and a size on a ground, and pictures of a mere pattern."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from zoo.embedded.training.captions import COLOURS, FILLS, HELD_OUT, PATTERNS, SHAPES
from zoo.embedded.training.glyphs import Drawn

_DRAWN_PX, _SEEN_PX = 144, 48
_RGB = {
    "red": (220, 25, 30),
    "orange": (250, 140, 20),
    "yellow": (245, 230, 40),
    "green": (30, 150, 50),
    "cyan": (40, 215, 225),
    "blue": (30, 60, 210),
    "purple": (125, 35, 165),
    "pink": (250, 130, 185),
    "brown": (120, 70, 30),
    "black": (15, 15, 15),
    "white": (245, 245, 245),
    "gray": (128, 128, 128),
}
_PURE = {
    "red": (255, 0, 0),
    "orange": (255, 165, 0),
    "yellow": (255, 255, 0),
    "green": (0, 128, 0),
    "cyan": (0, 255, 255),
    "blue": (0, 0, 255),
    "purple": (128, 0, 128),
    "pink": (255, 192, 203),
    "brown": (139, 69, 19),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
}
"""The colours of these names in CSS."""
_NEUTRAL = ("black", "white", "gray")
_OUTLINES = {
    "triangle": [(-90, 1.0), (30, 1.0), (150, 1.0)],
    "diamond": [(-90, 1.0), (0, 0.62), (90, 1.0), (180, 0.62)],
    "hexagon": [(angle, 1.0) for angle in range(0, 360, 60)],
    "star": [(-90 + 36 * index, 1.0 if index % 2 == 0 else 0.42) for index in range(10)],
}
"""Corners of the shapes that have them, as (degrees, radius)."""


def draw_scene(
    rng: np.random.Generator, *, only: tuple[str, str] | None = None, count: int | None = None, plain: bool = False
) -> Drawn:
    """Shapes of one kind and colour that do not touch.

    Args:
        rng: every choice is drawn from it.
        only: (colour, shape); None: any pair that is not held out.
        count: how many shapes; None: one to five, mostly one.
        plain: solid fill.
    """
    while only is None or only in HELD_OUT:
        pair = only or (COLOURS[int(rng.integers(len(COLOURS)))], SHAPES[int(rng.integers(len(SHAPES)))])
        if only is not None or pair not in HELD_OUT:
            only = pair
            break
    assert only is not None
    colour, shape = only
    count = count or int(rng.choice(5, p=(0.72, 0.07, 0.07, 0.07, 0.07))) + 1
    fill = "solid" if plain or rng.random() < 0.55 else FILLS[int(rng.integers(len(FILLS)))]
    if shape in ("ring", "cross", "crescent") and fill == "outlined":
        fill = "solid"
    small = rng.random() < 0.5
    radius = rng.uniform(0.18, 0.26) if small else rng.uniform(0.34, 0.46)
    if count > 1:
        radius = rng.uniform(0.1, {2: 0.22, 3: 0.19, 4: 0.17, 5: 0.15}[count])
    ground = _other_colour(colour, rng)
    canvas = Image.fromarray(_solid(ground, rng))
    ink = Image.fromarray(_texture(fill, colour, ground, rng))
    mask = Image.new("L", canvas.size)
    for x, y in _apart(count, radius, rng):
        _add(mask, shape, (x * _DRAWN_PX, y * _DRAWN_PX), radius * _DRAWN_PX, rng.normal(0, 12), fill == "outlined")
    canvas.paste(ink, mask=mask)
    facts = {"kind:shape", f"colour:{colour}", f"shape:{shape}", f"count:{count}", f"ground:{ground}", f"fill:{fill}"}
    if count == 1:
        facts.add("size:small" if small else "size:large")
    return _develop(canvas, rng), frozenset(facts)


def draw_pattern(rng: np.random.Generator) -> Drawn:
    """A picture that is nothing but a pattern of one main colour."""
    pattern = PATTERNS[int(rng.integers(len(PATTERNS)))]
    colour = COLOURS[int(rng.integers(len(COLOURS)))]
    pixels: NDArray[Any]
    if pattern in FILLS:
        pixels = _texture(pattern, colour, _other_colour(colour, rng), rng)
    else:
        pixels = _solid(colour, rng).astype(np.float32)
        if pattern == "noisy":
            pixels = pixels + rng.normal(0, rng.uniform(25, 60), (*pixels.shape[:2], 1))
        elif pattern == "gradient":
            ramp = np.linspace(1, rng.uniform(0, 0.35), _DRAWN_PX)[:, None, None]
            pixels = np.rot90(pixels * ramp, int(rng.integers(4)))
        pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    facts = {"kind:pattern", f"pattern:{pattern}", f"colour:{colour}"}
    return _develop(Image.fromarray(np.ascontiguousarray(pixels)), rng), frozenset(facts)


def _other_colour(colour: str, rng: np.random.Generator) -> str:
    """A second colour that an eye tells from the first; mostly black, white or gray."""
    palette = _NEUTRAL if rng.random() < 0.6 else COLOURS
    mine = np.array(_RGB[colour], dtype=float)
    others = [name for name in palette if np.abs(mine - _RGB[name]).sum() > 150]
    return others[int(rng.integers(len(others)))]


def _solid(colour: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    level = np.array(_RGB[colour]) * rng.uniform(0.88, 1.08) + rng.normal(0, 7, 3)
    if rng.random() < 0.25:  # as a drawing program names it
        level = np.array(_PURE[colour])
    level = np.clip(level, 0, 255)
    return np.full((_DRAWN_PX, _DRAWN_PX, 3), level, dtype=np.uint8)


def _texture(fill: str, colour: str, ground: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A sheet of `colour`, and of `ground` where stripes, dots or checks leave it open."""
    sheet = _solid(colour, rng)
    if fill in ("solid", "outlined"):
        return sheet
    y, x = np.mgrid[:_DRAWN_PX, :_DRAWN_PX]
    angle = rng.uniform(0, np.pi)
    period = rng.uniform(14, 26)
    u = (x * np.cos(angle) + y * np.sin(angle)) / period + rng.random()
    v = (y * np.cos(angle) - x * np.sin(angle)) / period + rng.random()
    if fill == "striped":
        opened = u % 1 > 0.6
    elif fill == "dotted":
        opened = np.hypot(u % 1 - 0.5, v % 1 - 0.5) < 0.28
    else:
        opened = (np.floor(u) + np.floor(v)) % 2 == 0
    sheet[opened] = _solid(ground, rng)[0, 0]
    return sheet


def _apart(count: int, radius: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Centres in the unit square whose discs lie inside and do not touch; the last try is taken as it is."""
    reach = 0.5 - radius
    centres: list[tuple[float, float]] = []
    for _ in range(200):
        centres = []
        for _ in range(40):
            x, y = rng.uniform(-reach, reach, 2) + 0.5
            if all(np.hypot(x - other[0], y - other[1]) > 2.1 * radius for other in centres):
                centres.append((float(x), float(y)))
                if len(centres) == count:
                    return centres
    raise ValueError(f"{count} discs of radius {radius:.2f} found no room")


def _add(
    mask: Image.Image, shape: str, centre: tuple[float, float], radius: float, tilt: float, outlined: bool
) -> None:
    """Draw one shape into the mask; an outlined one is then opened by a smaller copy of itself."""
    pen = ImageDraw.Draw(mask)
    _stamp(pen, shape, centre, radius, tilt, 255)
    if outlined:
        _stamp(pen, shape, centre, radius * 0.68, tilt, 0)


def _stamp(
    pen: ImageDraw.ImageDraw, shape: str, centre: tuple[float, float], radius: float, tilt: float, level: int
) -> None:
    if shape in ("circle", "ring", "crescent"):
        pen.ellipse(_box(centre, radius), fill=level)
        if shape == "ring":
            pen.ellipse(_box(centre, radius * 0.55), fill=255 - level)
        elif shape == "crescent":
            aside = np.deg2rad(tilt * 3)
            shifted = (centre[0] + 0.5 * radius * np.cos(aside), centre[1] + 0.5 * radius * np.sin(aside))
            pen.ellipse(_box(shifted, radius * 0.85), fill=255 - level)
        return
    pen.polygon(_corners(shape, centre, radius, tilt), fill=level)


def _corners(shape: str, centre: tuple[float, float], radius: float, tilt: float) -> list[tuple[float, float]]:
    if shape == "heart":
        t = np.linspace(0, 2 * np.pi, 40)
        x, y = 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
        points = np.stack([x, y], axis=1) / 16.5
    elif shape == "square":
        points = np.array([(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)])
    elif shape == "cross":
        arm, end = 0.3, 0.98
        quarter = np.array([(arm, arm), (end, arm), (end, -arm)])
        turns = [np.array([[0, -1], [1, 0]]), np.eye(2), np.array([[0, 1], [-1, 0]]), -np.eye(2)]
        points = np.concatenate([quarter @ turn.T for turn in turns])
    else:
        angle, length = np.array(_OUTLINES[shape]).T
        points = np.stack([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))], axis=1) * length[:, None]
    turn = np.deg2rad(tilt)
    rotated = points @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]).T
    return [(float(x), float(y)) for x, y in rotated * radius + centre]


def _box(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)


def _develop(canvas: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Smaller, and with a little noise."""
    pixels: NDArray[Any] = np.asarray(canvas.resize((_SEEN_PX, _SEEN_PX), Image.Resampling.BOX), dtype=np.float32)
    if rng.random() < 0.4:
        pixels = pixels + rng.normal(0, rng.uniform(1, 10), pixels.shape)
    shown: NDArray[np.uint8] = np.round(np.clip(pixels, 0, 255)).astype(np.uint8)
    return shown
