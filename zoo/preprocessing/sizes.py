"""Sizes and boxes of the resize and the crop, rounded exactly as upstream rounds them."""

from __future__ import annotations

from dataclasses import dataclass

from zoo.cards import ImagePreprocess
from zoo.errors import InputContractError


@dataclass(frozen=True)
class Geometry:
    """Where the pixels go: resize to (height, width), pad, then cut the box out. All in pixels."""

    resized: tuple[int, int]
    pad: tuple[int, int, int, int]
    """Rows above, rows below, columns left, columns right."""
    box: tuple[int, int, int, int]
    """Top, left, height, width of the crop in the padded picture."""

    @property
    def output(self) -> tuple[int, int]:
        """Height and width that the network sees."""
        return self.box[2], self.box[3]


def geometry(spec: ImagePreprocess, height: int, width: int) -> Geometry:
    """Geometry of one picture under a contract.

    A single number in `resize_px` rounds the long side down, as torchvision's Resize; a pair rounds
    both sides to the nearest, as the ResizeKeepRatio of timm and open_clip.

    Raises:
        InputContractError: the contract states no resize, and the picture has not the network's size.
    """
    target = _pair(spec.size_px)
    resized = _resized(spec, height, width)
    if spec.crop != "center" and spec.resize_mode != "pad":
        if spec.resize_mode is None and resized != target:
            raise InputContractError(
                f"the model takes {target[0]} x {target[1]} pixels and states no resize; the picture has "
                f"{height} x {width}.",
                "Cut or resize it first.",
            )
        return Geometry(resized, (0, 0, 0, 0), (0, 0, *resized))
    return _center(resized, target, down=spec.crop_rounding == "down")


def _resized(spec: ImagePreprocess, height: int, width: int) -> tuple[int, int]:
    goal = spec.size_px if spec.resize_px is None else spec.resize_px
    if spec.resize_mode is None:
        return height, width
    if spec.resize_mode == "squash":
        return _pair(goal)
    if spec.resize_mode == "shortest" and isinstance(goal, int):
        long_side = int(goal * max(height, width) / min(height, width))
        return (goal, long_side) if height <= width else (long_side, goal)
    goal_height, goal_width = _pair(goal)
    ratios = (height / goal_height, width / goal_width)
    ratio = max(ratios) if spec.resize_mode == "pad" else min(ratios)
    return max(1, round(height / ratio)), max(1, round(width / ratio))


def _center(resized: tuple[int, int], target: tuple[int, int], *, down: bool) -> Geometry:
    """The centre crop of torchvision or (`down`) of transformers; a side that is too short is padded first."""
    missing = [max(0, want - have) for have, want in zip(resized, target, strict=True)]
    top, left = (gap - gap // 2 if down else gap // 2 for gap in missing)
    bottom, right = (gap // 2 if down else gap - gap // 2 for gap in missing)
    padded = [have + gap for have, gap in zip(resized, missing, strict=True)]
    over = [have - want for have, want in zip(padded, target, strict=True)]
    # Python rounds halves to even, as torchvision does.
    row, column = (gap // 2 if down else round(gap / 2) for gap in over)
    return Geometry(resized, (top, bottom, left, right), (row, column, *target))


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size
