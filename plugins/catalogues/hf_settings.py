"""What the small JSON files of a transformers or sentence-transformers repository say of input and pooling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from zoo.cards import ImagePreprocess

Settings = Mapping[str, Mapping[str, Any]]
"""File name in the repository -> its content."""

_RESAMPLE: dict[int, Literal["nearest", "lanczos", "bilinear", "bicubic"]] = {
    0: "nearest",
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
}
"""Pillow's numbers."""
_ENDLESS = 1_000_000


def image_contract(settings: Settings) -> ImagePreprocess | None:
    """Contract of preprocessor_config.json; None: it is absent, or does what no contract can say."""
    told = settings.get("preprocessor_config.json")
    if not told:
        return None
    try:
        return _contract(told, settings.get("config.json", {}))
    except (KeyError, TypeError, ValueError):
        return None


def _contract(told: Mapping[str, Any], config: Mapping[str, Any]) -> ImagePreprocess | None:
    size, mode = _size(told.get("size"))
    crops = bool(told.get("do_center_crop", False))
    crop = _pair(told["crop_size"]) if crops and told.get("crop_size") is not None else None
    if told.get("crop_pct") is not None and "ConvNext" in str(told.get("image_processor_type", "")):
        side = size if isinstance(size, int) else size[0]
        crop = side
        mode, size = ("squash", side) if side >= 384 else ("shortest", math.floor(side / told["crop_pct"]))
    if not told.get("do_resize", True):
        mode = None
    if mode == "shortest" and crop is None:  # pictures of many sizes: the network's own is what it was trained on
        crop = _pair(config["image_size"])
    final = crop if crop is not None else size
    normal = bool(told.get("do_normalize", True))
    return ImagePreprocess(
        size_px=final,
        resize_px=size,
        resize_mode=mode,
        interpolation=_RESAMPLE.get(told["resample"]) if told.get("resample") is not None else None,
        crop="center" if crop is not None else "none",
        crop_rounding="down" if crop is not None else None,
        value_range=(0, 255),
        units="uint8",
        scale=float(told.get("rescale_factor", 1 / 255)) if told.get("do_rescale", True) else None,
        mean=tuple(told["image_mean"]) if normal else None,
        std=tuple(told["image_std"]) if normal else None,
        source="preprocessor_config.json of the repository",
    )


def _size(stated: Any) -> tuple[int | tuple[int, int], Literal["shortest", "squash"] | None]:
    """(sides, mode) of the many ways in which a size is written."""
    if isinstance(stated, int):
        return stated, "shortest"
    if "shortest_edge" in stated and stated.get("longest_edge") is None:
        return int(stated["shortest_edge"]), "shortest"
    return _pair(stated), "squash"


def _pair(stated: Any) -> int | tuple[int, int]:
    if isinstance(stated, int):
        return stated
    if isinstance(stated, (list, tuple)):
        height, width = stated
    else:
        height, width = stated["height"], stated["width"]
    return int(height) if height == width else (int(height), int(width))


def pooling_of(settings: Settings) -> Literal["cls", "mean", "last"] | None:
    """What sentence-transformers says of the pooling; None: nothing."""
    told = next((content for name, content in settings.items() if name.endswith("_Pooling/config.json")), {})
    modes: dict[str, Literal["cls", "mean", "last"]] = {
        "pooling_mode_cls_token": "cls",
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_lasttoken": "last",
    }
    chosen = [name for key, name in modes.items() if told.get(key)]
    by_name = {
        "cls": "pooling_mode_cls_token",
        "mean": "pooling_mode_mean_tokens",
        "lasttoken": "pooling_mode_lasttoken",
    }
    if told.get("pooling_mode") in by_name:
        chosen = [modes[by_name[told["pooling_mode"]]]]
    return chosen[0] if len(chosen) == 1 else None


def prefixes_of(settings: Settings) -> tuple[str | None, str | None]:
    """(before queries, before documents) by config_sentence_transformers.json, to the letter."""
    prompts = settings.get("config_sentence_transformers.json", {}).get("prompts") or {}
    if not isinstance(prompts, Mapping):
        return None, None
    query = prompts.get("query") or prompts.get("web_search_query")
    document = prompts.get("document") or prompts.get("passage")
    return query if isinstance(query, str) else None, document if isinstance(document, str) else None


def text_length(settings: Settings) -> int | None:
    """Tokens that a text may have, special ones included."""
    for file, key in (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")):
        limit = settings.get(file, {}).get(key)
        if isinstance(limit, int) and 0 < limit < _ENDLESS:
            return limit
    return None
