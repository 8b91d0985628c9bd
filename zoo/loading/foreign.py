"""Settings that a stranger wrote, before a library sees them: known keys alone, no code, no other repository.

A repository's configuration is data of its author. Passed on as keyword arguments it could say
`trust_remote_code`, name another repository where an architecture is meant, or point to a file of this machine.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from zoo.errors import CapabilityError

_DEEPEST = 16
"""Levels of nested settings; more is no configuration."""
_TOKENIZER = frozenset({"clean", "strip_sep_token", "language", "reduction_mask"})
"""Of open_clip's tokenizers, what changes texts and nothing else: no path, no argument of another library."""
_ATTENTION = frozenset({"_attn_implementation", "_attn_implementation_internal", "attn_implementation"})
"""How attention is computed on the author's machine; with a slash it names a repository of kernels."""


def check_name(name: object, what: str, model_id: str) -> str:
    """The name of an architecture, if it is one: no address, no path, no other repository.

    Raises:
        CapabilityError: it is another thing.
    """
    if not isinstance(name, str) or not name or any(mark in name for mark in "/\\:") or name.startswith("."):
        raise CapabilityError(
            f"{model_id} names {name!r} as its {what}, which is no name of an architecture.",
            "zoo follows no repository to another one; name the architecture, or choose another model.",
        )
    return name


def open_clip_config(config: Mapping[str, Any], model_id: str) -> None:
    """Refuses a `model_cfg` with a key that open_clip's own configurations do not have.

    Raises:
        CapabilityError: a key is not known, or a name leads elsewhere.
    """
    from open_clip import CLIP, CoCa, CustomTextCLIP
    from open_clip.coca_model import MultimodalCfg
    from open_clip.model import CLIPTextCfg, CLIPVisionCfg

    known = {name for kind in (CLIP, CoCa, CustomTextCLIP) for name in inspect.signature(kind.__init__).parameters}
    _check_keys(config, known - {"self"} | {"custom_text"}, "", model_id)
    vision, text = dict(config.get("vision_cfg") or {}), dict(config.get("text_cfg") or {})
    _check_keys(vision, {field.name for field in fields(CLIPVisionCfg)}, "vision_cfg.", model_id)
    _check_keys(text, {field.name for field in fields(CLIPTextCfg)} | {"hf_config"}, "text_cfg.", model_id)
    _check_keys(
        dict(config.get("multimodal_cfg") or {}),
        {field.name for field in fields(MultimodalCfg)},
        "multimodal_cfg.",
        model_id,
    )
    _check_keys(dict(text.get("tokenizer_kwargs") or {}), _TOKENIZER, "text_cfg.tokenizer_kwargs.", model_id)
    if vision.get("timm_model_name") is not None:
        check_name(str(vision["timm_model_name"]).removeprefix("timm/"), "timm_model_name", model_id)


def timm_arguments(name: str, told: Mapping[str, Any], model_id: str) -> dict[str, Any]:
    """`model_args` of a repository, if the network's own class takes each of them.

    Raises:
        CapabilityError: it does not, or a value is no plain setting.
    """
    import timm
    import torch

    if not told:
        return {}
    with torch.device("meta"):
        kind = type(timm.create_model(name.split(".", 1)[0], pretrained=False))
    known = set(inspect.signature(kind.__init__).parameters) - {"self", "kwargs", "args"}
    _check_keys(told, known, "model_args.", model_id)
    for key, value in told.items():
        if isinstance(value, str) and any(mark in value for mark in "/\\:"):
            check_name(value, f"model_args.{key}", model_id)
    return dict(told)


def transformers_config(told: Mapping[str, Any], model_id: str) -> dict[str, Any]:
    """A configuration without what would run code or fetch other repositories.

    `auto_map` at any depth names code and is taken out: the class is chosen by `model_type` alone. A backbone is
    never fetched with its weights.

    Raises:
        CapabilityError: attention or a backbone is asked of another repository, or it is nested without end.
    """
    cleaned: dict[str, Any] = _without_code(told, model_id, 0)
    return cleaned


def _without_code(value: Any, model_id: str, depth: int) -> Any:
    if depth > _DEEPEST:
        raise CapabilityError(f"the settings of {model_id} are nested without end.", "Choose another model.")
    if isinstance(value, list):
        return [_without_code(item, model_id, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for key, inner in value.items():
        if key in ("auto_map", "custom_generate", "trust_remote_code"):
            continue
        if key in _ATTENTION:
            for named in inner.values() if isinstance(inner, Mapping) else (inner,):
                if isinstance(named, str) and "/" in named:
                    check_name(named, key, model_id)
            continue
        if key == "use_pretrained_backbone":
            inner = False
        elif key == "backbone" and inner is not None:
            check_name(inner, key, model_id)
        kept[key] = _without_code(inner, model_id, depth + 1)
    return kept


def _check_keys(told: Mapping[str, Any], known: set[str] | frozenset[str], where: str, model_id: str) -> None:
    unknown = sorted(str(key) for key in told if key not in known)
    if unknown:
        raise CapabilityError(
            f"{model_id} states settings that are not known: {', '.join(where + key for key in unknown[:5])}.",
            "zoo passes no setting on that it does not know; upgrade the library, or choose another model.",
        )
