"""The facts of a card that follow from a repository's own settings files, on the hub or on this disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from zoo.cards import (
    Capability,
    ImagePreprocess,
    Modality,
    OpenClipSource,
    SentenceHead,
    Source,
    TextPreprocess,
    TimmSource,
    TransformersSource,
    WeightFile,
    ZeroShot,
)
from zoo.repository.images import image_contract
from zoo.repository.sentences import Sentences, read_sentences
from zoo.repository.settings import Settings, unknown_keys
from zoo.specs import spec_from_open_clip, spec_from_timm

Library = Literal["timm", "open_clip", "transformers"]
IMAGE_TYPES = frozenset(
    re.findall(
        r"\S+",
        """
    beit bit convnext convnextv2 cvt data2vec-vision deit dinat dinov2 dinov2_with_registers dinov3_convnext
    dinov3_vit donut-swin dpt efficientnet focalnet glpn hgnet_v2 hiera ijepa imagegpt levit mobilenet_v1
    mobilenet_v2 mobilevit mobilevitv2 pixio poolformer pvt pvt_v2 regnet resnet segformer swiftformer swin swin2sr
    swinv2 textnet timm_wrapper vit vit_hybrid vit_mae vit_msn vitdet vjepa2 yolos
""",
    )
)
"""Model types of transformers that take pictures alone; some of them state a vocabulary, of visual tokens."""
_SCORED = ("clip", "chinese_clip", "altclip", "siglip", "siglip2", "metaclip_2")
"""Model types whose score of a picture against a text is known: its weights hold the scale."""
_FIRST_FOR_PADDING = ("roberta", "camembert", "longformer", "mpnet", "esm")
_ENDLESS = 1_000_000
_BY_TASK: dict[str, Modality] = {
    "image-classification": "image",
    "image-feature-extraction": "image",
    "zero-shot-image-classification": "image-text",
    "image-text-to-text": "image-text",
    "image-to-text": "image-text",
}
_TIMM_KEYS = re.findall(
    r"\S+",
    """
    architecture num_classes num_features global_pool model_args pretrained_cfg label_names label_descriptions
    label_names_hierarchy pool_size input_size fixed_input_size interpolation crop_pct crop_mode mean std first_conv
    classifier tag custom_load license origin_url paper_ids paper_name notes hf_hub_id hf_hub_filename url file
    test_input_size test_crop_pct min_input_size num_chans in_chans description source
""",
)
_OPEN_CLIP_KEYS = ("size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color")


@dataclass(frozen=True)
class Reading:
    """Facts of a card by their names there, and what a user should know."""

    modality: Modality
    source: Source
    capabilities: tuple[Capability, ...] = ("embed",)
    architecture: str | None = None
    embed_dim: int | None = None
    pooling: Any = None
    sentence_head: SentenceHead | None = None
    preprocess: ImagePreprocess | TextPreprocess | None = None
    text_preprocess: TextPreprocess | None = None
    zero_shot: ZeroShot | None = None
    told: tuple[str, ...] = ()

    @property
    def max_tokens(self) -> int | None:
        """Of the text side."""
        side = self.text_preprocess or self.preprocess
        return side.max_tokens if isinstance(side, TextPreprocess) else None

    def facts(self) -> dict[str, Any]:
        """Arguments of `ModelCard`; what was told goes into its limitations."""
        names = ("modality", "source", "capabilities", "architecture", "embed_dim", "pooling", "sentence_head")
        sides = ("preprocess", "text_preprocess", "zero_shot", "max_tokens")
        told = " ".join(self.told)
        return {name: getattr(self, name) for name in (*names, *sides)} | {"limitations": told or None}


def library_of(settings: Settings, stated: str | None = None) -> Library:
    """Which library builds it, by its files and what its owner states."""
    if "open_clip_config.json" in settings or stated == "open_clip":
        return "open_clip"
    config = settings.get("config.json", {})
    if stated == "timm" or ("architecture" in config and "model_type" not in config):
        return "timm"
    return "transformers"


def read_repository(
    settings: Settings,
    *,
    place: WeightFile,
    library: str | None = None,
    task: str | None = None,
    faulty: tuple[str, ...] = (),
    with_adapter: bool = True,
) -> Reading:
    """The facts of a repository or folder.

    Args:
        place: where its weights lie.
        library, task: what the hub states of it.
        faulty: settings files that hold no JSON.
        with_adapter: an adapter beside the weights is put on them; False: nothing was said of one.
    """
    kind = library_of(settings, library)
    told = [f"{name} could not be read, so what it says is not heeded." for name in faulty]
    if kind == "timm":
        reading = _timm(settings, place)
    elif kind == "open_clip":
        reading = _open_clip(settings, place)
    else:
        reading = _transformers(settings, place, task)
        if with_adapter and "adapter_config.json" in settings and "config.json" in settings:
            assert isinstance(reading.source, TransformersSource)
            told.append("The adapter beside its weights is put on them, as transformers does.")
            reading = replace(reading, source=reading.source.model_copy(update={"adapter": "."}))
    return replace(reading, told=(*reading.told, *told))


def refused(source: Source, *reasons: str) -> Source:
    """The same source with reasons why it is not loaded."""
    before = (source.refusal,) if source.refusal else ()
    return source.model_copy(update={"refusal": "; ".join((*before, *reasons))}) if reasons else source


def _timm(settings: Settings, place: WeightFile) -> Reading:
    config = settings.get("config.json", {})
    architecture, told = config.get("architecture"), []
    source = TimmSource(architecture=str(architecture or "unknown"), **_where(place))
    reasons = [] if isinstance(architecture, str) else ["config.json names no architecture of timm"]
    unknown = unknown_keys(config, _TIMM_KEYS)
    if unknown:
        told.append(f"config.json has keys that zoo does not know: {', '.join(unknown)}.")
    inner = config.get("pretrained_cfg")
    try:
        contract = spec_from_timm({**config, **inner} if isinstance(inner, Mapping) else config)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        contract = None
        told.append(f"How pictures are prepared is not known: {str(err)[:120]}.")
    pooling = {"token": "cls", "avg": None, "map": "map"}.get(str(config.get("global_pool")))
    return Reading(
        modality="image",
        source=refused(source, *reasons),
        architecture=architecture if isinstance(architecture, str) else None,
        pooling=pooling,
        preprocess=contract,
        told=tuple(told),
    )


def _open_clip(settings: Settings, place: WeightFile) -> Reading:
    told = settings.get("open_clip_config.json", {})
    model, notes = told.get("model_cfg", told), []
    reading = Reading(modality="image-text", source=OpenClipSource(**_where(place)), pooling="projection")
    try:
        prepared = told.get("preprocess_cfg") or {}
        size = prepared.get("size") or model["vision_cfg"].get("image_size", 224)
        unknown = unknown_keys(prepared, _OPEN_CLIP_KEYS)
        contract = spec_from_open_clip({**prepared, "size": size}) if not unknown else None
        if unknown:
            notes.append(f"preprocess_cfg has keys that zoo does not know: {', '.join(unknown)}.")
        words = model["text_cfg"]
        side = TextPreprocess(
            tokenizer=words.get("hf_tokenizer_name") or None,
            max_tokens=words.get("context_length", 77),
            padding="max_length",
        )
        width = model.get("embed_dim")
    except (KeyError, TypeError, ValueError, AttributeError):
        source = refused(reading.source, "open_clip_config.json does not describe an open_clip model")
        return replace(reading, source=source)
    sigmoid = "init_logit_bias" in model
    return replace(
        reading,
        capabilities=("embed", "zero-shot"),
        embed_dim=width if isinstance(width, int) else None,
        preprocess=contract,
        text_preprocess=side,
        zero_shot=ZeroShot(scoring="sigmoid" if sigmoid else "softmax", logit_scale=None),
        told=tuple(notes),
    )


def _transformers(settings: Settings, place: WeightFile, task: str | None) -> Reading:
    read = read_sentences(settings)
    folder = f"{read.subfolder}/" if read.subfolder else ""
    config = settings.get(f"{folder}config.json", {})
    model_type = str(config.get("model_type", ""))
    modality = _modality(config, model_type, task)
    writes = task in ("image-text-to-text", "image-to-text")
    reasons, told = [*read.refusals, *_replaced(config, writes)], list(read.told)
    contract, why_not = image_contract(settings) if modality != "text" else (None, None)
    if why_not is not None:
        told.append(f"How pictures are prepared is not known: {why_not}.")
    side = _text_side(settings, config, folder, read, place) if modality != "image" else None
    zero_shot = None
    if modality == "image-text" and not writes and model_type in _SCORED:
        zero_shot = ZeroShot(scoring="sigmoid" if model_type.startswith("siglip") else "softmax", logit_scale=None)
    head = read.head if modality == "text" else None
    if read.head is not None and head is None:
        reasons.append("modules.json stands beside a network that reads pictures")
    if modality == "text" and head is None and not reasons:
        told.append("It states no pooling; the mean over its tokens is taken, as sentence-transformers does.")
    capabilities: tuple[Capability, ...] = ("embed",)
    if writes:
        capabilities = ("embed", "generate")
    elif zero_shot is not None:
        capabilities = ("embed", "zero-shot")
    source = TransformersSource(
        model_class="AutoModelForImageTextToText" if writes else None, subfolder=read.subfolder, **_where(place)
    )
    return Reading(
        modality=modality,
        source=refused(source, *reasons),
        capabilities=capabilities,
        architecture=model_type or None,
        embed_dim=_width(modality, config, head),
        pooling=head.pooling[0] if head is not None and len(head.pooling) == 1 else None,
        sentence_head=head,
        preprocess=side if modality == "text" else contract,
        text_preprocess=side if modality == "image-text" else None,
        zero_shot=zero_shot,
        told=tuple(told),
    )


def _modality(config: Mapping[str, Any], model_type: str, task: str | None) -> Modality:
    if model_type in IMAGE_TYPES or model_type.endswith("_vision_model"):
        return "image"
    if "vision_config" in config:
        return "image-text"
    if "vocab_size" in config:
        return "image-text" if "image_size" in config or "num_channels" in config else "text"
    if "image_size" in config or "num_channels" in config:
        return "image"
    return _BY_TASK.get(task or "", "text")


def _replaced(config: Mapping[str, Any], writes: bool) -> list[str]:
    """Why the class that transformers would build is not the authors' own."""
    mapped = config.get("auto_map")
    name = "AutoModelForImageTextToText" if writes else "AutoModel"
    if not isinstance(mapped, Mapping) or not ({"AutoConfig", "AutoModel", name} & mapped.keys()):
        return []
    code = mapped.get(name) or mapped.get("AutoModel") or mapped.get("AutoConfig")
    return [
        f"its own code ({code}, by auto_map) takes the place of the class that transformers has for "
        f"{config.get('model_type')!r}, and zoo runs no code from repositories"
    ]


def _text_side(
    settings: Settings, config: Mapping[str, Any], folder: str, read: Sentences, place: WeightFile
) -> TextPreprocess:
    prompts = dict(read.prompts)
    model_type = str(config.get("model_type", ""))
    return TextPreprocess(
        tokenizer=place.repository,
        max_tokens=read.max_tokens or _most_tokens(settings.get(f"{folder}tokenizer_config.json", {}), config),
        padding="max_length" if model_type.startswith("siglip") else "longest",
        # Networks that count positions from the left would give other vectors beside longer texts.
        padding_side=None if model_type.startswith("siglip") else "right",
        query_prefix=prompts.get("query") or prompts.get("web_search_query"),
        document_prefix=prompts.get("document") or prompts.get("passage"),
        default_prefix=read.default_prefix,
        prompts=read.prompts,
        lower_case=read.lower_case,
    )


def _most_tokens(tokenizer: Mapping[str, Any], config: Mapping[str, Any]) -> int | None:
    """The least of what tokenizer and network state; a RoBERTa keeps its first positions for padding."""
    inner = config.get("text_config")
    text = inner if isinstance(inner, Mapping) else config
    positions = text.get("max_position_embeddings")
    if isinstance(positions, int) and any(name in str(text.get("model_type")) for name in _FIRST_FOR_PADDING):
        padding = text.get("pad_token_id")
        positions -= (padding if isinstance(padding, int) else 1) + 1
    limits = [tokenizer.get("model_max_length"), positions]
    sound = [limit for limit in limits if isinstance(limit, int) and 0 < limit < _ENDLESS]
    return min(sound) if sound else None


def _width(modality: Modality, config: Mapping[str, Any], head: SentenceHead | None) -> int | None:
    """Only where it is plain from the settings; the network tells the rest."""
    stated = config.get("projection_dim") if modality == "image-text" else config.get("hidden_size")
    width = stated if isinstance(stated, int) else None
    return head_width(head, width) if head is not None else width


def head_width(head: SentenceHead, width: int | None) -> int | None:
    """Width of a vector behind the layers of a sentence encoder whose tokens have `width` numbers."""
    made = None if width is None else width * len(head.pooling)
    for layer in head.layers:
        made = layer.n_out if layer.layer == "dense" else made
    if head.truncate_dim is None or made is None:
        return made
    return min(made, head.truncate_dim)


def _where(place: WeightFile) -> dict[str, Any]:
    return {name: getattr(place, name) for name in WeightFile.model_fields}
