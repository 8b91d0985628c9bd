"""Small cards, pictures and the loader without plugins, for the tests of loading."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from tests.zoo.toy_cards import toy_card
from zoo.cards import TextPreprocess, TimmSource, TransformersSource
from zoo.loading import load
from zoo.registry import Registry

TEXTS = ["a photo of a cat", "a large dog in the forest"]
SMALL_BERT = {
    "model_type": "bert",
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
}


def pictures(n=3, size=32):
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (size, size + 4, 3), dtype=np.uint8)) for _ in range(n)]


def pixels(n=3, size=32):
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(0))


def loaded(card, **arguments):
    return load(card, device="cpu", registry=Registry(), **arguments)


def timm_card(architecture="test_vit", **facts):
    given = {"source": TimmSource(architecture=architecture, **facts.pop("where", {})), "embed_dim": None}
    return toy_card("vision/toy", architecture=architecture, n_parameters=None, **{**given, **facts})


def text_card(**facts):
    source = TransformersSource(**facts.pop("where", {"repository": "acme/bert"}))
    given = {"modality": "text", "source": source, "embed_dim": 32, "pooling": "mean"}
    preprocess = TextPreprocess(tokenizer=None, max_tokens=facts.pop("max_tokens", None), padding="longest")
    return toy_card("text/toy", **{**given, "preprocess": preprocess, **facts})


def clip_card(source, **facts):
    given = {"modality": "image-text", "capabilities": ("embed", "zero-shot"), "embed_dim": None}
    return toy_card("multimodal/toy", source=source, **{**given, **facts})
