"""The preprocessing contract of timm and open_clip configurations; needs neither package.

Catalogue cards and parity tests share these two functions, so a card can never say anything else
than what the tests hold against upstream.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from zoo.cards import GRAY, RGB, ImagePreprocess

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)

_TIMM_CROP_PCT = 0.875


def spec_from_timm(config: Mapping[str, Any]) -> ImagePreprocess:
    """Contract of a timm `pretrained_cfg` or data config: what `create_transform` does for evaluation.

    Args:
        config: keys `input_size`, `interpolation`, `mean`, `std`, `crop_pct`, `crop_mode`; a missing
            or empty one takes timm's default, as in `timm.data.resolve_data_config`.

    Source:
        timm/data/config.py and timm/data/transforms_factory.py (transforms_imagenet_eval), 1.0.
    """
    channels, height, width = config.get("input_size") or (3, 224, 224)
    if channels not in (1, 3):
        raise ValueError(f"want a timm configuration of 1 or 3 channels, got {channels}")
    crop_pct = config.get("crop_pct") or _TIMM_CROP_PCT
    crop_mode = config.get("crop_mode") or "center"
    mean = tuple(config.get("mean") or IMAGENET_MEAN)
    resize = (math.floor(height / crop_pct), math.floor(width / crop_pct))
    modes: dict[str, Literal["shortest", "squash", "pad"]] = {"squash": "squash", "border": "pad"}
    mode = modes.get(crop_mode, "shortest")
    return ImagePreprocess(
        size_px=height if height == width else (height, width),
        resize_px=resize[0] if mode == "shortest" and resize[0] == resize[1] else resize,
        resize_mode=mode,
        interpolation=config.get("interpolation") or "bicubic",
        crop="center",
        bands=RGB if channels == 3 else GRAY,
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=mean,
        std=tuple(config.get("std") or IMAGENET_STD),
        fill=tuple(float(round(255 * value)) for value in mean) if mode == "pad" else None,
    )


def spec_from_open_clip(config: Mapping[str, Any]) -> ImagePreprocess:
    """Contract of an open_clip `preprocess_cfg`: what `image_transform_v2` does for evaluation.

    Args:
        config: keys `size`, `mean`, `std`, `interpolation`, `resize_mode`, `fill_color`; a missing one
            takes open_clip's default. `size` belongs to the architecture, not to the weights' tag.

    Source:
        open_clip/transform.py (image_transform), 3.3. With a side that differs from the other, its
        mode shortest ignores `interpolation` and takes bicubic; so does this contract.
    """
    size = config.get("size") or 224
    height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
    interpolation: Literal["bilinear", "bicubic"] = (
        "bilinear" if config.get("interpolation") == "bilinear" else "bicubic"
    )
    upstream_mode = config.get("resize_mode") or "shortest"
    modes: dict[str, Literal["shortest", "squash", "pad"]] = {"squash": "squash", "longest": "pad"}
    mode = modes.get(upstream_mode, "shortest")
    resize: int | tuple[int, int] = (height, width)
    if mode == "shortest":
        if height == width:
            resize = height
        else:
            interpolation = "bicubic"
    return ImagePreprocess(
        size_px=height if height == width else (height, width),
        resize_px=resize,
        resize_mode=mode,
        interpolation=interpolation,
        crop="none" if mode == "squash" else "center",
        bands=RGB,
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=_triple(config.get("mean"), OPENAI_MEAN),
        std=_triple(config.get("std"), OPENAI_STD),
        fill=float(config.get("fill_color") or 0) if mode == "pad" else None,
    )


def _triple(value: Any, default: tuple[float, ...]) -> tuple[float, ...]:
    """open_clip takes a single number for all three channels, and its default for none."""
    if not value:
        return default
    return tuple(value) if isinstance(value, (list, tuple)) else (float(value),) * 3
