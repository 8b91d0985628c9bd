"""Cards whose repositories a local hub serves, one for each kind of loader."""

from __future__ import annotations

import json

from tests.hub_server import LocalHub, Repository
from tests.zoo.toy_cards import toy_card
from zoo.cards import CustomSource, ModelCard, OpenClipSource, TextPreprocess, TimmSource, TransformersSource, ZeroShot

WEIGHTS = b"weights" * 1000
TEXT = TextPreprocess(tokenizer=None, max_tokens=32, padding="longest")

TIMM = toy_card("toys/timm", source=TimmSource(architecture="test_vit", repository="acme/timm", format="safetensors"))
OPEN_CLIP = toy_card(
    "toys/open-clip",
    modality="image-text",
    source=OpenClipSource(repository="acme/open-clip"),
    text_preprocess=TEXT,
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None),
)
BERT = toy_card("toys/bert", modality="text", source=TransformersSource(repository="acme/bert"), preprocess=TEXT)
CUSTOM = toy_card(
    "toys/custom",
    source=CustomSource(repository="acme/custom", file="weights.pth", format="pickle", builder="toy"),
)

FILES: dict[str, dict[str, bytes]] = {
    "toys/timm": {
        "config.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"pickle",
        "README.md": b"read me",
    },
    "toys/open-clip": {
        "open_clip_config.json": json.dumps(
            {"model_cfg": {"text_cfg": {"hf_tokenizer_name": "acme/words", "hf_model_name": "acme/text"}}}
        ).encode(),
        "open_clip_pytorch_model.bin": b"pickle",
        "open_clip_model.safetensors": WEIGHTS,
        "README.md": b"read me",
    },
    "toys/bert": {
        "config.json": b"{}",
        "tokenizer.json": b"{}",
        "tokenizer_config.json": b"{}",
        "vocab.txt": b"a",
        "pytorch_model.bin": b"pickle",
        "model-00001-of-00002.safetensors": WEIGHTS,
        "model-00002-of-00002.safetensors": WEIGHTS[::-1],
        "model.safetensors.index.json": b"{}",
        "tf_model.h5": b"h5",
        "onnx/model.onnx": b"onnx",
    },
    "toys/custom": {"weights.pth": b"pickle", "other.pth": b"pickle", "demo.png": b"png"},
}
NEEDED: dict[str, set[str]] = {
    "toys/timm": {"config.json", "model.safetensors"},
    "toys/open-clip": {"open_clip_config.json", "open_clip_model.safetensors"},
    "toys/bert": {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    },
    "toys/custom": {"weights.pth"},
}
"""What loading reads of FILES."""
CARDS: dict[str, ModelCard] = {card.id: card for card in (TIMM, OPEN_CLIP, BERT, CUSTOM)}

PLUGIN = """
from tests.zoo.hub_cards import CARDS
from zoo import hookimpl
zoo_plugin_api = (1,)
@hookimpl
def zoo_models():
    return list(CARDS.values())
"""
"""Source of a plugin that declares CARDS."""


def serve(hub: LocalHub) -> dict[str, Repository]:
    """Put the repositories of all cards on the hub, and those that they borrow from."""
    served = {name: hub.add(str(CARDS[name].source.repository), files) for name, files in FILES.items()}
    hub.add("acme/words", {"tokenizer.json": b"{}", "vocab.txt": b"a", "model.safetensors": WEIGHTS})
    hub.add("acme/text", {"config.json": b"{}", "model.safetensors": WEIGHTS})
    return served
