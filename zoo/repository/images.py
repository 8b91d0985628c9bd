"""From preprocessor_config.json to the contract that gives the same pixels, or the reason why there is none.

What a file leaves unsaid is a default of its processor's class, so each class is listed here with its own.
A class or a key that is not listed gives no contract.

Source:
    transformers, models/*/image_processing_pil_*.py (class attributes and their `resize`, `rescale`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from zoo.cards import RGB, ImagePreprocess
from zoo.repository.settings import Settings, unknown_keys
from zoo.specs import IMAGENET_MEAN, IMAGENET_STD, OPENAI_MEAN, OPENAI_STD

HALF = (0.5, 0.5, 0.5)
Sides = int | tuple[int, int]
_RESAMPLE: dict[int, Literal["nearest", "lanczos", "bilinear", "bicubic"]] = {
    0: "nearest",
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
}
"""Pillow's numbers; box (4) and Hamming (5) have no contract."""
_BGR = ("blue", "green", "red")


@dataclass(frozen=True)
class Processor:
    """Defaults of one class of image processors."""

    size: Mapping[str, int]
    is_square: bool
    """A size that is one number means both sides, not the shortest."""
    resample: int = 3
    mean: tuple[float, ...] = HALF
    std: tuple[float, ...] = HALF
    crop: int | None = None
    do_crop: bool = False
    do_normalize: bool = True
    resizes: Literal["plain", "convnext", "poolformer", "levit"] = "plain"
    keys: tuple[str, ...] = ()
    """Keys that only this class reads."""
    in_float: bool = False
    """Resizes floats, not 8-bit values."""


def _square(side: int) -> dict[str, int]:
    return {"height": side, "width": side}


def _shortest(side: int) -> dict[str, int]:
    return {"shortest_edge": side}


_CLIP = Processor(_shortest(224), False, mean=OPENAI_MEAN, std=OPENAI_STD, crop=224, do_crop=True)
PROCESSORS: dict[str, Processor] = {
    "BeitImageProcessor": Processor(_square(224), True, crop=224),
    "BitImageProcessor": _CLIP,
    "BlipImageProcessor": Processor(_square(384), True, mean=OPENAI_MEAN, std=OPENAI_STD),
    "CLIPImageProcessor": _CLIP,
    "ChineseCLIPImageProcessor": _CLIP,
    "ConvNextImageProcessor": Processor(_shortest(384), False, resizes="convnext", keys=("crop_pct",)),
    "DINOv3ViTImageProcessor": Processor(
        _square(224), True, resample=2, mean=IMAGENET_MEAN, std=IMAGENET_STD, in_float=True
    ),
    "DeiTImageProcessor": Processor(_square(256), True, crop=224, do_crop=True),
    "EfficientNetImageProcessor": Processor(_square(346), True, crop=289, keys=("rescale_offset", "include_top")),
    "LevitImageProcessor": Processor(
        _shortest(224), False, mean=IMAGENET_MEAN, std=IMAGENET_STD, crop=224, do_crop=True, resizes="levit"
    ),
    "MobileNetV1ImageProcessor": Processor(_shortest(256), False, resample=2, crop=224, do_crop=True),
    "MobileNetV2ImageProcessor": Processor(_shortest(256), False, resample=2, crop=224, do_crop=True),
    "MobileViTImageProcessor": Processor(
        _shortest(224), False, crop=256, do_crop=True, do_normalize=False, keys=("do_flip_channel_order",)
    ),
    "PoolFormerImageProcessor": Processor(
        _shortest(224),
        False,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        crop=224,
        do_crop=True,
        resizes="poolformer",
        keys=("crop_pct",),
    ),
    "PvtImageProcessor": Processor(_square(224), True, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    "SegformerImageProcessor": Processor(_square(512), True, resample=2, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    "SiglipImageProcessor": Processor(_square(224), False),
    "ViTImageProcessor": Processor(_square(224), True, resample=2),
}
"""Class -> what it does where a file is silent."""

BY_TYPE: dict[str, str] = {
    **dict.fromkeys(("beit", "data2vec-vision"), "BeitImageProcessor"),
    **dict.fromkeys(("bit", "dinov2", "dinov2_with_registers", "focalnet", "hiera"), "BitImageProcessor"),
    "blip": "BlipImageProcessor",
    **dict.fromkeys(("clip", "altclip", "groupvit", "metaclip_2", "mlcd", "aimv2"), "CLIPImageProcessor"),
    "chinese_clip": "ChineseCLIPImageProcessor",
    **dict.fromkeys(("convnext", "convnextv2", "cvt", "regnet", "resnet"), "ConvNextImageProcessor"),
    "deit": "DeiTImageProcessor",
    "dinov3_vit": "DINOv3ViTImageProcessor",
    **dict.fromkeys(("efficientnet", "align"), "EfficientNetImageProcessor"),
    "levit": "LevitImageProcessor",
    "mobilenet_v1": "MobileNetV1ImageProcessor",
    "mobilenet_v2": "MobileNetV2ImageProcessor",
    **dict.fromkeys(("mobilevit", "mobilevitv2"), "MobileViTImageProcessor"),
    "poolformer": "PoolFormerImageProcessor",
    **dict.fromkeys(("pvt", "pvt_v2"), "PvtImageProcessor"),
    "segformer": "SegformerImageProcessor",
    "siglip": "SiglipImageProcessor",
    **dict.fromkeys(
        ("vit", "clipseg", "dinat", "ijepa", "swiftformer", "swin", "swinv2", "vit_mae", "vit_msn"), "ViTImageProcessor"
    ),
}
"""`model_type` -> the class that transformers takes where the file names none."""

_KNOWN = frozenset(
    re.findall(
        r"\S+",
        """
    do_resize size resample do_center_crop crop_size do_rescale rescale_factor do_normalize image_mean image_std
    do_pad pad_size image_processor_type feature_extractor_type processor_class auto_map do_convert_rgb
    _valid_processor_keys data_format input_data_format return_tensors disable_grouping device model_input_names
    do_reduce_labels reduce_labels default_to_square
""",
    )
)
"""Keys that every class reads, and those that change no pixel."""


_VALUES = ("size", "resample", "crop_size", "rescale_factor", "image_mean", "image_std", "crop_pct")


class _Odd(Exception):
    """The reason why there is no contract."""


def image_contract(settings: Settings) -> tuple[ImagePreprocess | None, str | None]:
    """(contract, None) or (None, why not, as the end of a sentence); (None, None) where no file tells anything."""
    told = settings.get("preprocessor_config.json")
    if told is None:
        inner = settings.get("processor_config.json", {}).get("image_processor")
        told = inner if isinstance(inner, Mapping) else None
    if not told:
        return None, None
    try:
        return _contract(told, settings.get("config.json", {})), None
    except _Odd as err:
        return None, str(err)
    except (KeyError, TypeError, ValueError, OverflowError) as err:
        return None, f"preprocessor_config.json is malformed ({type(err).__name__}: {str(err)[:80]})"


def _contract(told: Mapping[str, Any], config: Mapping[str, Any]) -> ImagePreprocess:
    name, kind = _class(told, config)
    unknown = unknown_keys(told, _KNOWN | set(kind.keys))
    if unknown:
        raise _Odd(f"preprocessor_config.json has keys that {name} is not known to read: {', '.join(unknown)}")
    given = {key: value for key, value in told.items() if value is not None}
    # A null takes the class's default away: a switch is off, and a value is missing.
    given |= {key: False for key, value in told.items() if value is None and key.startswith("do_")}
    nulls = [key for key in _VALUES if key in told and told[key] is None]
    if nulls and not (nulls == ["crop_size"] and not given.get("do_center_crop", kind.do_crop)):
        raise _Odd(f"preprocessor_config.json says null for {', '.join(nulls)}")
    if given.get("do_pad") and given.get("pad_size") is not None:
        raise _Odd("preprocessor_config.json pads to a size of its own (pad_size)")
    mode: Literal["shortest", "squash"] | None
    sides, mode = _size(given.get("size", kind.size), bool(given.get("default_to_square", kind.is_square)))
    crop = _pair(given.get("crop_size", kind.crop)) if given.get("do_center_crop", kind.do_crop) else None
    resize: Sides | None = sides
    if not given.get("do_resize", True):
        mode, resize = None, None
    else:
        mode, resize, crop = _resized(kind, mode, sides, crop, given)
    final = crop if crop is not None else sides
    if mode == "shortest" and crop is None:
        raise _Odd("preprocessor_config.json keeps each picture's own shape (shortest_edge without a crop)")
    if mode is None and crop is None:
        final = _pair(config.get("image_size", sides))
    number = int(given.get("resample", kind.resample))
    if number not in _RESAMPLE:
        raise _Odd(f"preprocessor_config.json resizes by Pillow's filter {number}")
    scale, mean, std = _values(kind, given)
    return ImagePreprocess(
        size_px=final,
        resize_px=resize,
        resize_mode=mode,
        interpolation=_RESAMPLE[number] if mode is not None else None,
        crop="center" if crop is not None else "none",
        crop_rounding="down" if crop is not None else None,
        bands=_BGR if name.startswith("MobileViT") and given.get("do_flip_channel_order", True) else RGB,
        value_range=(0, 255),
        units="uint8",
        scale=scale,
        mean=mean,
        std=std,
        steps=("as-float",) if kind.in_float and mode is not None else (),
        source="preprocessor_config.json of the repository",
    )


def _class(told: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[str, Processor]:
    stated = told.get("image_processor_type") or told.get("feature_extractor_type")
    if stated is None:
        stated = BY_TYPE.get(str(config.get("model_type")))
        if stated is None:
            raise _Odd("preprocessor_config.json names no class of processor")
    name = str(stated).replace("FeatureExtractor", "ImageProcessor")
    for ending in ("Fast", "Pil"):
        name = name.removesuffix(ending)
    if name not in PROCESSORS:
        raise _Odd(f"what {name} does to a picture is not known to zoo")
    return name, PROCESSORS[name]


def _size(stated: Any, is_square: bool) -> tuple[Sides, Literal["shortest", "squash"]]:
    """(sides, mode) of the many ways in which a size is written."""
    if isinstance(stated, int) and not isinstance(stated, bool):
        return stated, "squash" if is_square else "shortest"
    if isinstance(stated, Mapping):
        sides = {key: value for key, value in stated.items() if value is not None}
        if sides.keys() == {"shortest_edge"}:
            return int(sides["shortest_edge"]), "shortest"
        if sides.keys() == {"height", "width"}:
            return _pair(sides), "squash"
        raise _Odd(f"preprocessor_config.json states a size by {' and '.join(map(str, sides)) or 'nothing'}")
    return _pair(stated), "squash"


def _pair(stated: Any) -> Sides:
    if isinstance(stated, int):
        return stated
    if isinstance(stated, Mapping):
        if stated.keys() == {"shortest_edge"}:  # how old files of square crops were rewritten
            return int(stated["shortest_edge"])
        height, width = stated["height"], stated["width"]
    else:
        height, width = stated
    return int(height) if height == width else (int(height), int(width))


def _resized(
    kind: Processor,
    mode: Literal["shortest", "squash"],
    sides: Sides,
    crop: Sides | None,
    given: Mapping[str, Any],
) -> tuple[Literal["shortest", "squash"], Sides, Sides | None]:
    """(mode, sides of the resize, crop) after the class's own rule."""
    if kind.resizes == "plain":
        return mode, sides, crop
    if kind.resizes == "levit":
        grown = int((256 / 224) * sides) if mode == "shortest" and isinstance(sides, int) else sides
        return mode, grown, crop
    share = float(given.get("crop_pct", 224 / 256 if kind.resizes == "convnext" else 0.9))
    if kind.resizes == "poolformer":
        if not isinstance(sides, int):
            raise _Odd("PoolFormer's processor is given two different sides")
        return "shortest", int(sides / share), crop
    if mode != "shortest" or not isinstance(sides, int):
        raise _Odd("ConvNext's processor wants a size by its shortest edge")
    if crop is not None:
        raise _Odd("preprocessor_config.json crops twice (do_center_crop beside crop_pct)")
    # From 384 pixels on it warps the whole picture.
    return ("squash", sides, None) if sides >= 384 else ("shortest", int(sides / share), sides)


def _values(
    kind: Processor, given: Mapping[str, Any]
) -> tuple[float | None, tuple[float, ...] | None, tuple[float, ...] | None]:
    """(scale, mean, std); the offset of EfficientNet's processor goes into the mean, its second division into std."""
    rescales = bool(given.get("do_rescale", True))
    scale = float(given.get("rescale_factor", 1 / 255)) if rescales else None
    normal = bool(given.get("do_normalize", kind.do_normalize)) and "do_flip_channel_order" not in kind.keys
    mean = _channels(given.get("image_mean", kind.mean)) if normal else None
    std = _channels(given.get("image_std", kind.std)) if normal else None
    if "rescale_offset" in kind.keys:
        if given.get("rescale_offset", False) and rescales:
            mean = tuple(1 + value for value in mean or (0.0, 0.0, 0.0))
        if given.get("include_top", True):
            own = _channels(given.get("image_std", kind.std))
            std = tuple(a * b for a, b in zip(std or (1.0, 1.0, 1.0), own, strict=True))
    return scale, mean, std


def _channels(stated: Any) -> tuple[float, ...]:
    if isinstance(stated, (int, float)):
        return (float(stated),) * 3
    values = tuple(float(value) for value in stated)
    if len(values) != 3:
        raise _Odd(f"preprocessor_config.json states {len(values)} means or deviations, want 3")
    return values
