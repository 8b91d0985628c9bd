"""A tiny repository in each curated card's real format goes the whole way: server, cache, load, embed.

The network is a small one of the card's own kind (timm family, open_clip towers, transformers class, or the plugin's
network with a few narrow layers); the file names, the format, the names of the tensors, the subfolder, the tokenizer's
place and the pooling are those of the card. Weights that a user fetches by hand come from a path.
"""

from __future__ import annotations

import io
import json
import warnings

import numpy as np
import pytest
import torch

from tests import small_networks
from tests.hub_builders import OPEN_CLIP_TINY, bert_repository
from zoo.cards import (
    BundledSource,
    CustomSource,
    ImagePreprocess,
    ModelCard,
    OpenClipSource,
    TimmSource,
    TransformersSource,
)
from zoo.encoder.network import text_side
from zoo.loading import load
from zoo.registry import default_registry

CARDS = dict(sorted(default_registry().cards.items()))
NOT_WALKED = {
    name: "its architecture is not built"
    for name, card in CARDS.items()
    if isinstance(card.source, CustomSource) and card.source.builder is None
}
"""Card -> why it does not go the way."""
WALKED = [name for name in CARDS if name not in NOT_WALKED]


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


def small_custom(card: ModelCard, source: CustomSource):
    """The plugin's own network with few and narrow layers, saved as upstream's file has it."""
    assert source.builder is not None
    source = source.model_copy(update={"config": small_networks.config_of(source.builder)})
    made = load(card.model_copy(update={"source": source, "embed_dim": None}), device="cpu", pretrained=False)
    with torch.no_grad():
        for parameter in made.module.parameters():
            if parameter.requires_grad:
                parameter.add_(0.02 * torch.randn_like(parameter))  # so that no other network has these numbers
    default = source.file or f"model.{'pth' if source.format == 'pickle' else 'safetensors'}"
    saved = small_networks.published(source.builder, made.module.state_dict(), default)
    files = {}
    for name, content in saved.items():
        files |= stored(card.model_copy(update={"source": source.model_copy(update={"file": name})}), content, name)
    return source, files, {"state": made.module.state_dict()}


def as_shipped(card: ModelCard, source: BundledSource):
    """The bundled model needs no server: its weights came with zoo."""
    return source, {}, {}


def parts_of(card: ModelCard):
    """Repository -> files of what OpenFlamingo is joined from: CLIP's eye and a language model."""
    import open_clip
    import transformers
    from safetensors.torch import save

    from zoo.plugins.multimodal.captioner_network import CLIP_L14, PARTS

    stated = dict(small_networks.LANGUAGE[card.source.builder])
    config = transformers.CONFIG_MAPPING[stated.pop("model_type")](**stated)
    speaker = transformers.AutoModelForCausalLM.from_config(config)
    eye = open_clip.CLIP(**json.loads(json.dumps(small_networks.CLIP)))
    told = json.dumps({"model_cfg": small_networks.CLIP, "preprocess_cfg": {}}).encode()
    return {
        CLIP_L14.source.repository: {"open_clip_config.json": told, "open_clip_model.safetensors": saved(eye, save)},
        PARTS[card.source.builder].language_model: {
            "config.json": config.to_json_string().encode(),
            "model.safetensors": saved(speaker, save),
        },
    }


def saved(module, save):
    return save({name: tensor.clone().contiguous() for name, tensor in module.state_dict().items()})


BUILDERS = {
    TimmSource: small_timm,
    OpenClipSource: small_open_clip,
    TransformersSource: small_transformers,
    CustomSource: small_custom,
    BundledSource: as_shipped,
}
OTHER = {"dofa": "fc_norm.", "panopticon": "pos_embed"}
"""Start of a builder -> tensors that are another's than the file's: a neutral norm, a table shrunk to 224 px."""


@pytest.mark.parametrize("name", WALKED)
def test_a_tiny_repository_goes_the_whole_way(name, hub, tokenizer_files, tmp_path):
    card = CARDS[name]
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say of such small configurations is theirs
        source, files, known = BUILDERS[type(card.source)](card, card.source)
        others = parts_of(card) if name.startswith("multimodal/openflamingo") else {}
        text = text_side(card)
        tokenizer = text.tokenizer if text is not None else None
        if text is not None and (tokenizer is None or tokenizer == card.source.repository):
            files = files | tokenizer_files
        elif tokenizer is not None and ":" not in tokenizer and tokenizer != "bundled":
            others[tokenizer] = others.get(tokenizer, {}) | tokenizer_files
        for repository, content in others.items():
            hub.add(repository, content)
        where = placed(source, files, hub, tmp_path)
        update = {"source": source.model_copy(update=where), "n_parameters": None}
        encoder = load(card.model_copy(update={**update, "embed_dim": None}), device="cpu")
        if isinstance(card.preprocess, ImagePreprocess):
            vectors = encoder.embed_images([picture(card.preprocess)])
            assert vectors.shape == (1, encoder.dim)
            assert vectors.isfinite().all()
        if name.startswith("multimodal/openflamingo"):  # writes, and gives no vectors of texts
            assert len(encoder.generate(["cell"], images=[picture(card.preprocess)], max_new_tokens=2)) == 1
        elif text is not None:
            vectors = encoder.embed_texts(["a photo of a cat", "cell"])
            assert vectors.shape == (2, encoder.dim)
            assert vectors.isfinite().all()
    if "repository" in where:
        own = f"/{card.source.file}"  # without an ending of weights, the hub sends a file itself
        got = [seen for seen in hub.requests if seen.method == "GET" and (seen.on_cdn or seen.path.endswith(own))]
        assert got, "the weights came over the network"
    if "state" in known:
        assert_holds(encoder.module, known["state"], card.source.builder)


def placed(source, files, hub, tmp_path):
    """Puts the files where the card says that they lie; what its source states then."""
    pins = {"revision": None, "sha256": None, "n_bytes": None}
    if isinstance(source, BundledSource):
        return {}
    if isinstance(source, CustomSource) and source.repository is None:  # fetched by hand
        (name, content), *_ = [(name, content) for name, content in files.items() if "token" not in name]
        path = tmp_path / name
        path.write_bytes(content)
        return {**pins, "path": str(path)}
    repository = source.repository or "somebody/who-put-it-there"
    commit = hub.add(repository, files).commit
    return {**pins, "repository": repository, "revision": commit if source.revision is not None else None}


def assert_holds(module, state, builder):
    """The network holds the tensors that were saved, each under the name that it had."""
    other = next((piece for start, piece in OTHER.items() if builder.startswith(start)), None)
    names = [name for name in state if other is None or other not in name]
    if builder.startswith("openflamingo"):
        names = [name for name in names if small_networks.is_trained(name)]
    found = module.state_dict()
    assert names
    assert [name for name in names if not torch.equal(found[name], state[name])] == []


def picture(spec: ImagePreprocess):
    """Numbers within the contract, of the network's size."""
    low, high = spec.value_range or (0, 255)
    height, width = (spec.size_px, spec.size_px) if isinstance(spec.size_px, int) else spec.size_px
    noise = np.random.default_rng(0).uniform(low, high, (height, width, len(spec.bands)))
    return noise.astype(np.uint8 if (low, high) == (0, 255) else np.float32)


def test_the_walk_is_counted():
    print(f"\n{len(WALKED)} of {len(CARDS)} cards went the whole way")
    for name, reason in NOT_WALKED.items():
        print(f"  not {name}: {reason}")
    assert len(WALKED) + len(NOT_WALKED) == len(CARDS)
    assert NOT_WALKED == {}
