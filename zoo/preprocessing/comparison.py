"""Tells how somebody's transform differs from a model's contract, by looking at what it does to pictures.

The transform is a black box: it is shown plain colours (which tell mean, std, value range and channel
order), a ramp (which tells what part of the picture is kept and in which proportions) and noise (which
tells the interpolation). So it works for torchvision, timm, albumentations, transformers' processors
or a function of the user's own.

    compare(spec, transform) → differences
      ├── _compare_colours   slope and offset of each output channel over each input channel
      ├── _compare_extent    edges of the visible part, from two ramps
      └── _compare_kernel    which interpolation explains the noise best

`probing` does the showing; this module judges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.cards import RGB, ImagePreprocess
from zoo.errors import InputContractError
from zoo.preprocessing.probing import HEIGHT, WIDTH, Float, Probe, visible_part
from zoo.preprocessing.sizes import geometry

Kind = Literal["mean/std", "resize mode", "channel order", "resolution", "interpolation", "value range"]

_KERNELS = ("nearest", "bilinear", "bicubic", "lanczos")
_EDGE_TOLERANCE = 0.02
"""Share of a side by which the visible part may differ before it is another resize."""


@dataclass(frozen=True)
class Difference:
    """One way in which a transform is not what the model expects."""

    kind: Kind
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.kind}: the model expects {self.expected}, the transform gives {self.found}"


def compare(spec: ImagePreprocess, transform: Callable[[Any], Any]) -> tuple[Difference, ...]:
    """Differences between a contract and a transform; empty if none was found.

    Args:
        spec: a card's `preprocess`, of three 8-bit bands.
        transform: called with a Pillow image of mode RGB (or, if it refuses that, with its (h, w, 3) array);
            returns a (3, h, w) or (1, 3, h, w) tensor or array, (h, w, 3), or a mapping with `pixel_values` or `image`.

    Raises:
        InputContractError: the contract is not of 8-bit colour, or the transform returns no picture.
        DataError: it is no contract for pictures.

    >>> compare(card.preprocess, zoo.preprocessing.build(card.preprocess))  # doctest: +SKIP
    ()
    """
    from zoo.preprocessing import build

    exact = build(spec)
    if set(spec.bands) != set(RGB) or spec.value_range != (0, 255):
        raise InputContractError(
            f"only contracts of 8-bit colour pictures can be compared, this one wants {', '.join(spec.bands)}.",
            "Look at the numbers of card.preprocess yourself.",
        )
    ours, theirs = Probe(exact), Probe(transform)
    found: list[Difference] = []
    size = ours.output_size
    if theirs.output_size != size:
        found.append(Difference("resolution", _by(size), _by(theirs.output_size)))
    order, colours = _compare_colours(ours, theirs)
    found.extend(order)
    found.extend(colours)
    extent = _compare_extent(ours, theirs)
    found.extend(extent)
    found.extend(_compare_kernel(spec, theirs, same_extent=not extent))
    return tuple(found)


def _compare_colours(ours: Probe, theirs: Probe) -> tuple[list[Difference], list[Difference]]:
    order: list[Difference] = []
    if theirs.order != ours.order:
        names = ["red", "green", "blue"]
        order.append(
            Difference(
                "channel order",
                ", ".join(names[channel] for channel in ours.order),
                ", ".join(names[channel] for channel in theirs.order),
            )
        )
    # Numbers belong to the position in the output: the network multiplies that position.
    if not theirs.slope.all():
        return order, [Difference("value range", _span(ours.offset, ours.white), "one value whatever the colour")]
    ratio = theirs.slope / ours.slope
    factor = _range_factor(ratio)
    found: list[Difference] = []
    if factor != 1:
        seen = f"{_span(theirs.offset, theirs.white)}, a scale {factor:.3g} times the right one"
        found.append(Difference("value range", _span(ours.offset, ours.white), seen))
    slope = theirs.slope / factor
    mean, std = _mean_std(slope, theirs.offset if factor == 1 else theirs.offset / _offset_factor(theirs, ours, factor))
    right_mean, right_std = _mean_std(ours.slope, ours.offset)
    if not (np.allclose(mean, right_mean, atol=0.004) and np.allclose(std, right_std, atol=0.004)):
        found.append(Difference("mean/std", _numbers(right_mean, right_std), _numbers(mean, std)))
    return order, found


def _range_factor(ratio: Float) -> float:
    """The power of 255 (forgotten or doubled division) nearest to the ratio of slopes, if it is that far off."""
    typical = float(np.exp(np.log(np.abs(ratio) + 1e-30).mean()))
    for factor in (255.0, 1 / 255.0):
        if 1 / 8 < typical / factor < 8:
            return factor
    return 1.0


def _offset_factor(theirs: Probe, ours: Probe, factor: float) -> float:
    """1 where the offset was subtracted after the wrong scale, `factor` where it was scaled along."""
    apart, along = np.abs(theirs.offset - ours.offset), np.abs(theirs.offset / factor - ours.offset)
    return 1.0 if apart.max() < along.max() else factor


def _mean_std(slope: Float, offset: Float) -> tuple[Float, Float]:
    """Mean and std, in shares of the full range, that give this slope (per grey level) and offset."""
    std = 1 / (255 * slope)
    return -offset * std, std


def _compare_extent(ours: Probe, theirs: Probe) -> list[Difference]:
    mine, other = visible_part(ours), visible_part(theirs)
    if all(abs(a - b) <= _EDGE_TOLERANCE for a, b in zip(mine, other, strict=True)):
        return []
    return [Difference("resize mode", _describe(mine), _describe(other))]


def _describe(extent: tuple[float, float, float, float, float]) -> str:
    left, right, top, bottom, border = extent
    if border > _EDGE_TOLERANCE:
        return f"pad: the whole picture with {border:.0%} border"
    across, down = right - left, bottom - top
    whole = across > 1 - _EDGE_TOLERANCE and down > 1 - _EDGE_TOLERANCE
    if whole:
        return "squash: the whole picture, its proportions changed"
    return f"shortest and crop: the middle {across:.0%} x {down:.0%} of a {WIDTH} x {HEIGHT} picture"


def _compare_kernel(spec: ImagePreprocess, theirs: Probe, *, same_extent: bool) -> list[Difference]:
    """The interpolation that explains noise best, in whatever geometry the transform has."""
    from zoo.preprocessing import build

    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    output = theirs.grey_levels(noise)
    plain = {"scale": None, "mean": None, "std": None, "bands": RGB, "steps": ()}
    errors: dict[str, float] = {}
    for sizes in _geometries(spec, theirs.output_size, same_extent):
        candidate = spec.model_copy(update={**plain, **sizes})
        kernels: dict[str, Callable[[Any], Any]] = {
            kind: build(candidate.model_copy(update={"interpolation": kind})) for kind in _KERNELS
        }
        aliased = {f"{kind} without antialiasing": _aliased(candidate, kind) for kind in ("bilinear", "bicubic")}
        for kind, function in {**kernels, **aliased}.items():
            ours = np.asarray(function(noise), dtype=np.float64).transpose(1, 2, 0)
            if ours.shape == output.shape:
                errors[kind] = min(errors.get(kind, np.inf), float(np.abs(ours - output).mean()))
    if not errors:
        return []
    best = min(errors, key=lambda kind: errors[kind])
    expected = spec.interpolation
    # Another kernel must explain the noise clearly better before it is called another kernel.
    if expected is None or best == expected or errors[best] > 0.6 * errors[expected]:
        return []
    return [Difference("interpolation", expected, best)]


def _aliased(spec: ImagePreprocess, kind: str) -> Callable[[NDArray[np.uint8]], Any]:
    """What tensors get from a resize with `antialias=False`, and arrays from OpenCV's."""

    def resize_and_cut(pixels: NDArray[np.uint8]) -> Any:
        import torch

        plan = geometry(spec, pixels.shape[0], pixels.shape[1])
        tensor = torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32))
        resized = torch.nn.functional.interpolate(tensor[None], plan.resized, mode=kind, align_corners=False)[0]
        above, below, before, after = plan.pad
        resized = torch.nn.functional.pad(resized, (before, after, above, below))
        top, left, height, width = plan.box
        return resized[:, top : top + height, left : left + width].clamp(0, 255)

    return resize_and_cut


def _geometries(spec: ImagePreprocess, size: tuple[int, int], same_extent: bool) -> list[dict[str, Any]]:
    """Ways to reach the transform's output size; the contract's own where that is what the transform does."""
    height, width = size
    side: int | tuple[int, int] = height if height == width else size
    if same_extent:
        wanted = spec.size_px if isinstance(spec.size_px, int) else spec.size_px[0]
        resize = spec.resize_px
        if isinstance(resize, int):
            resize = round(resize * height / wanted)
        elif resize is not None:
            resize = (round(resize[0] * height / wanted), round(resize[1] * height / wanted))
        return [{"size_px": side, "resize_px": resize}]
    resizes = sorted({height, *(round(height / share) for share in (0.875, 0.9, 0.95, 224 / 256))})
    shortest = [{"size_px": side, "resize_px": px, "resize_mode": "shortest", "crop": "center"} for px in resizes]
    squash = {"size_px": side, "resize_px": size, "resize_mode": "squash", "crop": "none"}
    pad = {"size_px": side, "resize_px": size, "resize_mode": "pad", "crop": "center", "fill": 0.0}
    return [*shortest, squash, pad]


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels"


def _span(black: Float, white: Float) -> str:
    return f"{black.min():.3g} to {white.max():.3g}"


def _numbers(mean: Float, std: Float) -> str:
    return f"mean {' '.join(f'{v:.3f}' for v in mean)}, std {' '.join(f'{v:.3f}' for v in std)}"
