"""A tiny repository in each curated card's real format goes the whole way: server, cache, load, embed.

The network is a small one of the card's own kind (timm family, open_clip towers, transformers class); the file
names, the format, the subfolder, the tokenizer's place and the pooling are those of the card. Networks that
plugins build themselves have fixed sizes, so only the small ones come as they are.
"""

from __future__ import annotations

import io
import json
import warnings

import numpy as np
import pytest
import torch

from tests.hub_builders import OPEN_CLIP_TINY, bert_repository
from zoo.cards import CustomSource, ImagePreprocess, ModelCard, OpenClipSource, TimmSource, TransformersSource
from zoo.encoder.network import text_side
from zoo.loading import load
from zoo.registry import default_registry

CARDS = dict(sorted(default_registry().cards.items()))
LARGEST_CUSTOM = 12e6


def fits(card: ModelCard) -> bool:
    source = card.source
    if source.repository is None:
        return False
    small = card.n_parameters is not None and card.n_parameters <= LARGEST_CUSTOM
    return not isinstance(source, CustomSource) or (source.builder is not None and small)


WALKED = [name for name, card in CARDS.items() if fits(card)]


@pytest.fixture(scope="module")
def tokenizer_files():
    return {name: body for name, body in bert_repository().items() if "token" in name}


def stored(card: ModelCard, state: dict[str, torch.Tensor], default: str) -> dict[str, bytes]:
    """The weights under the card's file name and in its format."""
    from safetensors.torch import save

    source = card.source
    pickled = source.format == "pickle"
    names = {"safetensors": default, "pickle": default.replace("model.safetensors", "pytorch_model.bin")}
    name = source.file or names["pickle" if pickled else "safetensors"]
    if not pickled and not name.endswith((".pt", ".pth", ".bin", ".ckpt", ".th")):
        return {name: save({key: value.clone().contiguous() for key, value in state.items()})}
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return {name: buffer.getvalue()}


def small_timm(card: ModelCard, source: TimmSource):
    """A network of a few layers with the card's channels and image size, and its classifier."""
    import timm

    architecture = "test_vit" if "vit" in source.architecture or "eva" in source.architecture else "test_resnet"
    spec = card.preprocess
    assert isinstance(spec, ImagePreprocess)
    arguments = {"in_chans": len(spec.bands)}
    if architecture == "test_vit":
        arguments["img_size"] = spec.size_px
        arguments["patch_size"] = 14 if spec.size_px % 14 == 0 else 16
    module = timm.create_model(architecture, num_classes=10, **arguments)
    config = {"architecture": architecture, "num_classes": 10, "model_args": arguments}
    files = {"config.json": json.dumps(config).encode(), **stored(card, module.state_dict(), "model.safetensors")}
    return source.model_copy(update={"architecture": architecture, "config": None, "tag": None}), files, {}


def small_open_clip(card: ModelCard, source: OpenClipSource):
    """Small towers with the card's image size; the text tower reads what the card's tokenizer gives."""
    import open_clip

    spec = card.preprocess
    assert isinstance(spec, ImagePreprocess)
    config = json.loads(json.dumps(OPEN_CLIP_TINY))
    side = spec.size_px if isinstance(spec.size_px, int) else spec.size_px[0]
    config["vision_cfg"] |= {"image_size": side, "patch_size": max(8, side // 4)}
    text = text_side(card)
    named = text.tokenizer if text is not None and text.tokenizer and ":" not in text.tokenizer else None
    if named is not None:
        config["text_cfg"]["hf_tokenizer_name"] = named
    module = open_clip.CLIP(**json.loads(json.dumps({**config, "text_cfg": without_tokenizer(config["text_cfg"])})))
    told = json.dumps({"model_cfg": config, "preprocess_cfg": {}}).encode()
    files = {"open_clip_config.json": told, **stored(card, module.state_dict(), "open_clip_model.safetensors")}
    return source.model_copy(update={"architecture": None, "tag": None, "config": None}), files, {}


def without_tokenizer(text):
    """open_clip.CLIP does not know the tokenizer's name."""
    return {key: value for key, value in text.items() if key != "hf_tokenizer_name"}


SMALL = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "projection_dim": 32,
    "vocab_size": 60,
}


def shrink(config, n_words: int) -> None:
    """A config of any family at a size for tests, nested ones too."""
    for name, value in SMALL.items():
        if hasattr(config, name):
            setattr(config, name, n_words if name == "vocab_size" else value)
    for name in ("pad_token_id", "bos_token_id", "eos_token_id", "sep_token_id", "cls_token_id"):
        if hasattr(config, name):
            setattr(config, name, {"pad_token_id": 0, "eos_token_id": 3, "sep_token_id": 3}.get(name, 2))
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[: SMALL["num_hidden_layers"]]
    if "vl_text" in config.model_type:  # three axes of positions share the half of a head
        config.rope_parameters = {**config.rope_parameters, "mrope_section": [2, 3, 3]}
    for inner in ("text_config", "vision_config"):
        if hasattr(config, inner):
            shrink(getattr(config, inner), n_words)


def small_transformers(card: ModelCard, source: TransformersSource):
    """The card's own class with few and narrow layers."""
    import transformers

    stated = json.loads(json.dumps(dict(source.config or {})))
    config = transformers.CONFIG_MAPPING[stated.pop("model_type")](**stated)
    n_words = 60
    shrink(config, n_words)
    if hasattr(config, "image_token_id") or hasattr(config, "image_token_index"):
        config.image_token_id = n_words - 1
    kind = getattr(transformers, source.model_class or "AutoModel")
    module = kind.from_config(config) if hasattr(kind, "from_config") else kind(config)
    told = json.loads(module.config.to_json_string())
    for name in ("out_features", "out_indices", "stage_names"):  # of the network before it was cut
        told.pop(name, None)
    files = {"config.json": json.dumps(told).encode()}
    files |= stored(card, module.state_dict(), "model.safetensors")
    if source.subfolder:
        files = {f"{source.subfolder}/{name}": body for name, body in files.items()}
    return source.model_copy(update={"config": None}), files, {}


def as_it_is(card: ModelCard, source: CustomSource):
    """The network that the plugin builds, saved and read back."""
    module = load(card, device="cpu", pretrained=False).module
    return source, stored(card, module.state_dict(), "model.safetensors"), {"embed_dim": card.embed_dim}


BUILDERS = {
    TimmSource: small_timm,
    OpenClipSource: small_open_clip,
    TransformersSource: small_transformers,
    CustomSource: as_it_is,
}


@pytest.mark.parametrize("name", WALKED)
def test_a_tiny_repository_goes_the_whole_way(name, hub, tokenizer_files):
    card = CARDS[name]
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say of such small configurations is theirs
        source, files, facts = BUILDERS[type(card.source)](card, card.source)
        text = text_side(card)
        tokenizer = text.tokenizer if text is not None else None
        if text is not None and (tokenizer is None or tokenizer == card.source.repository):
            files = files | tokenizer_files
        elif tokenizer is not None and ":" not in tokenizer and tokenizer != "bundled":
            hub.add(tokenizer, tokenizer_files)
        commit = hub.add(card.source.repository, files).commit
        revision = commit if card.source.revision is not None else None
        update = {"source": source.model_copy(update={"revision": revision, "sha256": None, "n_bytes": None})}
        small = card.model_copy(update={**update, "embed_dim": None, "n_parameters": None, **facts})
        encoder = load(small, device="cpu")
        if isinstance(card.preprocess, ImagePreprocess):
            vectors = encoder.embed_images([picture(card.preprocess)])
            assert vectors.shape == (1, encoder.dim)
            assert vectors.isfinite().all()
        if text is not None:
            vectors = encoder.embed_texts(["a photo of a cat", "cell"])
            assert vectors.shape == (2, encoder.dim)
            assert vectors.isfinite().all()
    weights = [seen for seen in hub.requests if seen.method == "GET" and seen.on_cdn]
    assert weights, "the weights came over the network"


def picture(spec: ImagePreprocess):
    """Numbers within the contract, of the network's size."""
    low, high = spec.value_range or (0, 255)
    height, width = (spec.size_px, spec.size_px) if isinstance(spec.size_px, int) else spec.size_px
    noise = np.random.default_rng(0).uniform(low, high, (height, width, len(spec.bands)))
    return noise.astype(np.uint8 if (low, high) == (0, 255) else np.float32)


def test_the_walk_is_counted():
    left = {name: card for name, card in CARDS.items() if name not in WALKED}
    custom = sum(isinstance(card.source, CustomSource) for card in left.values())
    print(
        f"\n{len(WALKED)} of {len(CARDS)} cards went the whole way; "
        f"{custom} of the others are built by plugins at full size"
    )
    assert len(WALKED) > 100
