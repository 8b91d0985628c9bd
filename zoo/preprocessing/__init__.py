"""From a picture to the tensor that a network sees, built from its card's contract.

The exact path gives the pixels of upstream: Pillow's resize for 8-bit grey and colour pictures
(timm, open_clip and the Pillow-based processors of transformers), and for everything else (16 bit, floats, many
bands) what `torchvision.transforms.v2.Resize(antialias=True)` gives on a float tensor. The fast path is
`fast`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.cards import ImagePreprocess
from zoo.errors import DataError, PluginError, ZooError
from zoo.images import ImageLike, Picture, read_picture
from zoo.input_contract import conform
from zoo.preprocessing import fast as preprocessing_fast
from zoo.preprocessing.comparison import Difference, compare
from zoo.preprocessing.conversions import Conversions
from zoo.preprocessing.sizes import Geometry, geometry

if TYPE_CHECKING:
    import torch

    from zoo.registry import Registry

__all__ = ["Difference", "Transform", "build", "compare"]

Step = Callable[[Any], Any]
"""A named extra step: float (h, w, c) array to another."""


def build(
    spec: ImagePreprocess,
    exact: bool = True,
    *,
    steps: Mapping[str, Step] | None = None,
    registry: Registry | None = None,
) -> Transform:
    """Callable from a picture to the (c, h, w) float32 tensor of a contract.

    Args:
        spec: the card's `preprocess`.
        exact: upstream's pixels; False: the fast path, at most one grey level away (see `fast.resize`).
        steps: functions for the names in `spec.steps`; the others are asked of the plugins.
        registry: whose plugins are asked; None: every installed one.

    Raises:
        PluginError: nobody offers a step that the contract names.
        DataError: it is no contract for pictures.
    """
    if not isinstance(spec, ImagePreprocess):
        raise DataError(
            f"want a contract for pictures, got {type(spec).__name__}.",
            "Give card.preprocess of a model that takes pictures.",
        )
    return Transform(spec, exact, _find_steps(spec, steps or {}, registry))


class Transform:
    """One contract as a function of a picture."""

    def __init__(self, spec: ImagePreprocess, exact: bool, steps: tuple[Step, ...]) -> None:
        self.spec = spec
        self.exact = exact
        self._steps = steps
        self._normalise: Callable[[torch.Tensor], torch.Tensor] | None = None
        self.conversions = Conversions()
        """What was done to the pictures so far, one line a kind."""

    def __call__(self, image: ImageLike | Picture) -> torch.Tensor:
        """(c, h, w) float32 tensor of one picture.

        Raises:
            ImageError: the picture cannot be read.
            InputContractError: it is not what the contract expects.
            PluginError: an extra step fails on it.
        """
        return self.with_notes(image)[0]

    def with_notes(self, image: ImageLike | Picture) -> tuple[torch.Tensor, tuple[str, ...]]:
        """The tensor, and every conversion that was done on the way, a sentence each."""
        picture = image if isinstance(image, Picture) else self._read(image)
        picture = conform(picture, self.spec)
        if picture.notes:
            self.conversions.add(picture.notes, picture.name)
        pixels = picture.pixels
        for name, step in zip(self.spec.steps, self._steps, strict=True):
            pixels = _stepped(name, step, pixels, picture.name)
        tensor = self._resize(pixels, geometry(self.spec, pixels.shape[0], pixels.shape[1]))
        # A step may have made other channels of the bands, for which the contract has no mean of each.
        if self.exact or tensor.shape[0] != len(self.spec.bands):
            return _normalise(tensor, self.spec), picture.notes
        if self._normalise is None:
            self._normalise = preprocessing_fast.Normalise(self.spec)
        return self._normalise(tensor), picture.notes

    def _read(self, image: ImageLike) -> Picture:
        quick = None
        if not self.exact and isinstance(image, (str, os.PathLike)):
            quick = preprocessing_fast.read_jpeg(image)
        return read_picture(image) if quick is None else quick

    def _resize(self, pixels: NDArray[Any], plan: Geometry) -> torch.Tensor:
        """(c, h, w) tensor of the network's size, still in raw values."""
        kind = self.spec.interpolation or "bilinear"
        eight_bit = pixels.dtype == np.uint8 and pixels.shape[2] in (1, 3)
        if eight_bit and not self.exact and kind in preprocessing_fast.KERNELS:
            resized = preprocessing_fast.resize(pixels, plan.resized, kind)
        elif eight_bit:
            resized = _channels_first(preprocessing_fast.resize_pillow(pixels, plan.resized, kind))
        else:
            resized = _resize_float(pixels, plan.resized, kind)
        return _crop(resized, plan, self.spec)

    def __repr__(self) -> str:
        return f"Transform({self.spec!r}, exact={self.exact})"


def _as_float(pixels: Any) -> Any:
    """Every step works on floats, so that what follows resizes floats, too."""
    return pixels


_OWN: Mapping[str, Step] = {"as-float": _as_float}
"""Steps that need no plugin."""


def _find_steps(spec: ImagePreprocess, given: Mapping[str, Step], registry: Registry | None) -> tuple[Step, ...]:
    given = {**_OWN, **given}
    missing = [name for name in spec.steps if name not in given]
    offered: dict[str, Step] = {}
    if missing:
        from zoo.registry import default_registry

        for _, mapping in (registry or default_registry()).answers("zoo_preprocessing_steps"):
            offered.update({name: step for name, step in mapping.items() if name not in offered})
    unknown = [name for name in missing if name not in offered]
    if unknown:
        raise PluginError(
            f"no plugin offers the preprocessing step {', '.join(map(repr, unknown))}.",
            f"Pass it as steps={{{unknown[0]!r}: function}}, or install the plugin that declares the model.",
        )
    return tuple(given[name] if name in given else offered[name] for name in spec.steps)


def _stepped(name: str, step: Step, pixels: NDArray[Any], picture: str) -> NDArray[Any]:
    """(h, w, c) array after an extra step."""
    try:
        made = np.asarray(step(pixels.astype(np.float32)))
    except ZooError:
        raise
    except Exception as err:  # a plugin's code may raise anything; its name belongs in the message
        raise PluginError(
            f"the preprocessing step {name!r} failed on {picture}: {type(err).__name__}: {err}.",
            "Tell its author; ZOO_DEBUG=1 shows the whole trace.",
        ) from err
    if made.ndim != 3 or made.dtype.kind not in "uif" or 0 in made.shape:
        raise PluginError(
            f"the preprocessing step {name!r} made {made.dtype} of shape {made.shape}, want numbers (h, w, c).",
            "Mend the function that is given for it.",
        )
    return made


def _channels_first(pixels: NDArray[Any]) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)


def _resize_float(pixels: NDArray[Any], size: tuple[int, int], kind: str) -> torch.Tensor:
    import torch
    from PIL import Image

    channels = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)
    if pixels.shape[:2] == size:
        return torch.from_numpy(channels)
    if kind == "lanczos":  # torch has no such kernel; Pillow resizes single float bands
        bands = [Image.fromarray(band).resize((size[1], size[0]), Image.Resampling.LANCZOS) for band in channels]
        return torch.from_numpy(np.stack([np.array(band) for band in bands]))
    smooth = kind != "nearest"
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(channels)[None], size, mode=kind, antialias=smooth, align_corners=False if smooth else None
    )
    return resized[0]


def _crop(resized: torch.Tensor, plan: Geometry, spec: ImagePreprocess) -> torch.Tensor:
    top, left, height, width = plan.box
    if any(plan.pad):
        above, below, before, after = plan.pad
        channels, resized_height, resized_width = resized.shape
        padded = resized.new_zeros((channels, above + resized_height + below, before + resized_width + after))
        # Only mode pad knows a fill; torchvision's centre crop pads a small picture with zeros.
        if spec.resize_mode == "pad" and spec.fill is not None:
            padded[:] = resized.new_tensor(spec.fill).reshape(-1, 1, 1)
        padded[:, above : above + resized_height, before : before + resized_width] = resized
        resized = padded
    return resized[:, top : top + height, left : left + width]


def _normalise(tensor: torch.Tensor, spec: ImagePreprocess) -> torch.Tensor:
    """Scale, mean and std in upstream's order and precision (float32)."""
    import torch

    # `to` alone returns the caller's own tensor when nothing changes, and the steps below write in place.
    tensor = tensor.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    if spec.scale is not None and spec.scale != 1:
        divisor = 1 / spec.scale
        # x / 255 and x * (1 / 255) differ in the last bit; upstream divides.
        if abs(divisor - round(divisor)) < 1e-9 * abs(divisor):
            tensor.div_(round(divisor))
        else:
            tensor.mul_(spec.scale)
    if spec.mean is not None:
        tensor.sub_(torch.tensor(spec.mean).reshape(-1, 1, 1))
    if spec.std is not None:
        tensor.div_(torch.tensor(spec.std).reshape(-1, 1, 1))
    return tensor
