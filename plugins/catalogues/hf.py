"""Any repository of the hub as a card: from its listing, its small JSON files and its owner's words; no weights.

A repository that is not understood still gives a card that says what is known; loading it then says why not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from zoo import hub
from zoo.cards import (
    Capability,
    ImagePreprocess,
    License,
    Modality,
    ModelCard,
    OpenClipSource,
    Pretraining,
    Source,
    TextPreprocess,
    TimmSource,
    TransformersSource,
    ZeroShot,
)
from zoo.errors import GatedError, HubNotFoundError, OfflineError, UnauthorizedError
from zoo.specs import spec_from_open_clip, spec_from_timm

from .hf_settings import image_contract, pooling_of, prefixes_of, text_length
from .timm import COMMERCIAL

_SETTINGS = (
    "config.json",
    "open_clip_config.json",
    "preprocessor_config.json",
    "tokenizer_config.json",
    "modules.json",
    "*_Pooling/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)
_BY_TASK: dict[str, Modality] = {
    "image-classification": "image",
    "image-feature-extraction": "image",
    "zero-shot-image-classification": "image-text",
    "image-text-to-text": "image-text",
    "image-to-text": "image-text",
    "sentence-similarity": "text",
    "feature-extraction": "text",
    "fill-mask": "text",
    "text-generation": "text",
    "text-classification": "text",
}


def resolve(repository: str) -> ModelCard | None:
    """The card of `owner/name`; None: the hub has no such repository, or it is private.

    Raises:
        OfflineError: without a network, and nothing of it is in the cache.
        HubError: the hub does not answer.
    """
    try:
        known: hub.Description | None = hub.describe(repository)
    except HubNotFoundError:
        return None
    except OfflineError:
        known = None
    revision = known.commit if known is not None else None
    try:
        settings = _settings(repository, revision)
    except (GatedError, UnauthorizedError, HubNotFoundError):
        settings = {}
    return _card(repository, known, settings)


def _settings(repository: str, revision: str | None) -> dict[str, Mapping[str, Any]]:
    """The repository's small JSON files by name, those that can be read."""
    folder = hub.snapshot(repository, patterns=_SETTINGS, revision=revision, model_id=f"hf/{repository}")
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        found[name] = told if isinstance(told, Mapping) else {"": told}
    return found


def _card(repository: str, known: hub.Description | None, settings: Mapping[str, Mapping[str, Any]]) -> ModelCard:
    config = settings.get("config.json", {})
    kind = _kind(known, settings)
    modality = _modality(kind, known, config)
    terms = known.tagged("license") if known is not None else ()
    weights = terms[0] if terms and terms[0] not in ("other", "unknown") else None
    preprocess, text = _contracts(repository, kind, modality, settings)
    return ModelCard(
        id=f"hf/{repository}",
        title=repository.split("/")[1],
        summary=_summary(repository, known),
        modality=modality,
        domains=(),
        capabilities=_capabilities(modality, known),
        source=_source(repository, kind, known, config, modality),
        architecture=config.get("architecture") or config.get("model_type"),
        n_parameters=known.n_parameters if known is not None else None,
        embed_dim=_width(kind, modality, config),
        max_tokens=text.max_tokens if text is not None else None,
        pooling=pooling_of(settings),
        preprocess=text if modality == "text" else preprocess,
        text_preprocess=text if modality == "image-text" else None,
        zero_shot=_zero_shot(modality, kind, settings),
        pretraining=_pretraining(known),
        license=License(code=None, weights=weights, data=None),
        commercial_use=COMMERCIAL.get(weights or ""),
        gated=known.gated if known is not None else None,
        languages=_languages(known),
        citation=None,
        sources=(f"https://huggingface.co/{repository}",),
        limitations=None if settings else "Its settings could not be read, so how it is prepared and run is not known.",
    )


def _kind(known: hub.Description | None, settings: Mapping[str, Any]) -> Literal["timm", "open_clip", "transformers"]:
    if "open_clip_config.json" in settings or (known is not None and known.library == "open_clip"):
        return "open_clip"
    config = settings.get("config.json", {})
    if (known is not None and known.library == "timm") or ("architecture" in config and "pretrained_cfg" in config):
        return "timm"
    return "transformers"


def _modality(kind: str, known: hub.Description | None, config: Mapping[str, Any]) -> Modality:
    if kind != "transformers":
        return "image" if kind == "timm" else "image-text"
    if "vision_config" in config:
        return "image-text"
    if "vocab_size" in config:
        return "text"
    if "image_size" in config or "num_channels" in config:
        return "image"
    return _BY_TASK.get((known.task if known is not None else None) or "", "text")


def _capabilities(modality: Modality, known: hub.Description | None) -> tuple[Capability, ...]:
    task = known.task if known is not None else None
    if task in ("image-text-to-text", "image-to-text"):
        return ("embed", "generate")
    if modality == "image-text":
        return ("embed", "zero-shot")
    return ("embed",)


def _source(
    repository: str, kind: str, known: hub.Description | None, config: Mapping[str, Any], modality: Modality
) -> Source:
    revision = known.commit if known is not None else None
    if kind == "timm" and isinstance(config.get("architecture"), str):
        return TimmSource(architecture=config["architecture"], repository=repository, revision=revision)
    if kind == "open_clip":
        return OpenClipSource(repository=repository, revision=revision)
    writes = "generate" in _capabilities(modality, known)
    return TransformersSource(
        repository=repository, revision=revision, model_class="AutoModelForImageTextToText" if writes else None
    )


def _width(kind: str, modality: Modality, config: Mapping[str, Any]) -> int | None:
    """Only where it is plain from the config; the network tells the rest."""
    width = config.get("projection_dim") if modality == "image-text" else config.get("hidden_size")
    return width if kind == "transformers" and isinstance(width, int) else None


def _contracts(
    repository: str, kind: str, modality: Modality, settings: Mapping[str, Mapping[str, Any]]
) -> tuple[ImagePreprocess | None, TextPreprocess | None]:
    """(for pictures, for texts)"""
    try:
        if kind == "timm":
            config = settings.get("config.json", {})
            return spec_from_timm(config.get("pretrained_cfg") or config), None
        if kind == "open_clip":
            told = settings.get("open_clip_config.json", {})
            model = told.get("model_cfg", told)
            size = model["vision_cfg"].get("image_size", 224)
            words = model["text_cfg"]
            side = TextPreprocess(
                tokenizer=words.get("hf_tokenizer_name") or None,
                max_tokens=words.get("context_length", 77),
                padding="max_length",
            )
            return spec_from_open_clip({**told.get("preprocess_cfg", {}), "size": size}), side
    except (KeyError, TypeError, ValueError, AttributeError):
        return None, None
    pictures = image_contract(settings) if modality != "text" else None
    if modality == "image":
        return pictures, None
    query, document = prefixes_of(settings)
    padded = str(settings.get("config.json", {}).get("model_type", "")).startswith("siglip")
    return pictures, TextPreprocess(
        tokenizer=repository,
        max_tokens=text_length(settings),
        padding="max_length" if padded else "longest",
        query_prefix=query,
        document_prefix=document,
    )


def _zero_shot(modality: Modality, kind: str, settings: Mapping[str, Mapping[str, Any]]) -> ZeroShot | None:
    if modality != "image-text":
        return None
    if kind == "open_clip":
        told = settings.get("open_clip_config.json", {})
        sigmoid = "init_logit_bias" in told.get("model_cfg", told)
    else:
        model_type = str(settings.get("config.json", {}).get("model_type", ""))
        if model_type not in ("clip", "chinese_clip", "align", "altclip", "siglip", "siglip2", "metaclip_2"):
            return None
        sigmoid = model_type.startswith("siglip")
    return ZeroShot(scoring="sigmoid" if sigmoid else "softmax", logit_scale=None)


def _pretraining(known: hub.Description | None) -> Pretraining | None:
    """What the owner lists; of a fine-tuned model that is not all it has seen, so nothing is said."""
    if known is None or known.tagged("base_model"):
        return None
    datasets = frozenset(known.tagged("dataset"))
    return Pretraining(datasets=datasets) if datasets else None


def _languages(known: hub.Description | None) -> tuple[str, ...] | None:
    codes = tuple(tag for tag in known.tags if re.fullmatch(r"[a-z]{2}", tag)) if known is not None else ()
    return codes or None


def _summary(repository: str, known: hub.Description | None) -> str:
    if known is None:
        return f"{repository} as it lies in the cache"
    told = [word for word in (known.library, known.task) if word]
    return f"{repository} on the hub" + (f": {', '.join(told)}" if told else "")
