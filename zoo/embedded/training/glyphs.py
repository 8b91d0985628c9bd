"""Pictures of one digit or letter: handwritten or printed, in many sizes, colours and states of decay.

The smallest are 8x8 and built as scans of forms are: black and white ink, counted in blocks.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from zoo.embedded.tokenizer import DIGITS, LETTERS
from zoo.embedded.training.handwriting import draw_digit

DEFAULT_FONT = "Pillow's default"
_NOT_LETTERS = {"cmex10", "cmsy10", "cmmi10", "STIXNonUni", "STIXNonUniBol", "STIXNonUniBolIta", "STIXNonUniIta"}
"""Fonts of mathematical signs, among them some of matplotlib's."""
_CANVAS_PX = 64
_NATIVE_PX = (8, 8, 8, 8, 12, 16, 20, 28, 28, 48)
"""Sides at which a glyph is seen, as often as they stand here; preprocessing enlarges them later."""

Drawn = tuple[NDArray[np.uint8], frozenset[str]]
"""(h, w, 3) pixels and the facts of the picture."""


def find_fonts(folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """Fonts to print with: Pillow's own, those that matplotlib ships if it is installed, and those of `folders`."""
    places = list(folders)
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.submodule_search_locations:
        places.append(Path(matplotlib.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf")
    files = {path.stem: str(path) for place in places for path in sorted(place.rglob("*.[to]tf"))}
    return (DEFAULT_FONT, *(files[stem] for stem in sorted(files) if _prints(files[stem])))


def handwritten_digit(rng: np.random.Generator) -> Drawn:
    """A digit drawn by a pen that differs each time."""
    digit = int(rng.integers(10))
    mask = draw_digit(digit, _CANVAS_PX, rng)
    return _develop(mask, rng), frozenset({"kind:digit", f"digit:{digit}", "style:handwritten"})


def printed_glyph(rng: np.random.Generator, fonts: Sequence[str]) -> Drawn:
    """A digit or letter of a font, seen at an angle."""
    text = (DIGITS + LETTERS)[int(rng.integers(36))]
    facts = {"kind:digit", f"digit:{text}", "style:printed"}
    if text in LETTERS:
        capital = rng.random() < 0.5
        facts = {"kind:letter", f"letter:{text}", f"case:{'capital' if capital else 'small'}"}
        text = text.upper() if capital else text
    mask = _print(text, fonts[int(rng.integers(len(fonts)))])
    return _develop(_look_askew(mask, rng), rng), frozenset(facts)


@cache
def _font(name: str) -> Any:
    return ImageFont.load_default(48) if name == DEFAULT_FONT else ImageFont.truetype(name, 48)


def _prints(name: str) -> bool:
    """Whether a font shows letters as letters: symbol fonts have no glyph, or the same for all."""
    shapes = {np.asarray(_print(text, name)).tobytes() for text in DIGITS + LETTERS}
    return len(shapes) > 30 and Path(name).stem not in _NOT_LETTERS


def _print(text: str, font: str) -> Image.Image:
    """Mask of a glyph, cut to its ink and then framed in a square with the glyph's own proportions."""
    face = _font(font)
    sheet = Image.new("L", (160, 160))
    ImageDraw.Draw(sheet).text((48, 40), text, font=face, fill=255)
    box = sheet.getbbox() or (0, 0, 160, 160)
    glyph = sheet.crop(box)
    side = max(glyph.size)
    square = Image.new("L", (side, side))
    square.paste(glyph, ((side - glyph.width) // 2, (side - glyph.height) // 2))
    return square


def _look_askew(mask: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Move the corners: margin, shift, slant, stretch and perspective in one step."""
    side = mask.width
    corners = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], dtype=float) - 0.5
    turn, slant = rng.normal(0, 0.1), rng.normal(0, 0.12)
    zoom = np.exp(np.array([rng.normal(0, 0.12), 0.0])) * (1 + abs(rng.normal(0, 0.2)))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, slant], [0, 1]])
    corners = (corners * zoom) @ matrix.T + rng.normal(0, 0.05, (4, 2)) + rng.normal(0, 0.04, 2) + 0.5
    quad = tuple(float(value) for value in (corners * side).ravel())
    return mask.transform((_CANVAS_PX, _CANVAS_PX), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)


def _develop(mask: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """From the mask of the ink to a picture: resolution, grey levels, ink and paper, noise."""
    side = _NATIVE_PX[int(rng.integers(len(_NATIVE_PX)))]
    if side > 8 and rng.random() < 0.4:
        mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2.5)))
    if side <= 16 and rng.random() < 0.7:  # a scan in black and white, then counted in blocks
        mask = mask.resize((4 * side, 4 * side), Image.Resampling.BOX).point(lambda level: 255 * (level > 110))
    ink = np.asarray(mask.resize((side, side), Image.Resampling.BOX), dtype=np.float32) / 255
    if side == 8:
        ink = np.round(ink * 16) / 16
    ink = np.clip(ink * rng.uniform(0.85, 1.25), 0, 1)[:, :, None]
    pixels = paper_and_ink(rng, ink) if rng.random() < 0.5 else ink.repeat(3, axis=2)
    if rng.random() < 0.4:
        pixels = pixels + rng.normal(0, rng.uniform(0.01, 0.12), (side, side, 1))
    return np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8)


def paper_and_ink(rng: np.random.Generator, ink: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 3) mix of a paper and an ink that differ enough to be read; half of them are grey."""
    while True:
        paper, pen = rng.random(3), rng.random(3)
        if rng.random() < 0.5:
            paper[:], pen[:] = paper[0], pen[0]
        if abs(paper.mean() - pen.mean()) > 0.35:
            return paper + ink * (pen - paper)
