"""Small seeded models, built by the real loaders, for the tests of zero-shot classification."""

from __future__ import annotations

import zoo
from zoo.cards import (
    ImagePreprocess,
    License,
    ModelCard,
    OpenClipSource,
    Pretraining,
    TextPreprocess,
    TransformersSource,
    ZeroShot,
)
from zoo.encoder import Encoder
from zoo.hookspecs import hookimpl
from zoo.prompts import PromptSet
from zoo.registry import Registry

VISION = {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8}
TEXT = {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 4, "layers": 3}
CONFIGS = {
    "clip": {"embed_dim": 24, "vision_cfg": VISION, "text_cfg": TEXT},
    "quick": {"embed_dim": 24, "quick_gelu": True, "vision_cfg": VISION, "text_cfg": TEXT},
    "custom": {"embed_dim": 24, "custom_text": True, "vision_cfg": VISION, "text_cfg": TEXT | {"ls_init_value": 0.5}},
    "coca": {
        "embed_dim": 24,
        "custom_text": True,
        "vision_cfg": VISION | {"attentional_pool": True, "attn_pooler_heads": 4, "output_tokens": True},
        "text_cfg": TEXT | {"embed_cls": True, "output_tokens": True},
        "multimodal_cfg": TEXT | {"attn_pooler_heads": 4},
    },
    "siglip": {
        "embed_dim": 24,
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": VISION,
        "text_cfg": TEXT | {"no_causal_mask": True, "pool_type": "last", "proj_bias": True},
    },
}
PIXELS = ImagePreprocess(
    size_px=32,
    resize_mode="shortest",
    interpolation="bicubic",
    crop="center",
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=(0.5, 0.5, 0.5),
    std=(0.25, 0.25, 0.25),
)
PHOTOS = PromptSet(name="toy-photos", domains=("natural",), templates=("a photo of a {}.", "one {} here"), source=None)
SCANS = PromptSet(name="toy-scans", domains=("medical",), templates=("a scan of {}.",), source=None)


def card(name: str, **changes: object) -> ModelCard:
    """Card of an open_clip model of `CONFIGS`."""
    facts = {
        "id": f"toy/{name}",
        "title": name,
        "summary": "A small network with random weights.",
        "modality": "image-text",
        "domains": ("natural",),
        "capabilities": ("embed", "zero-shot"),
        "source": OpenClipSource(architecture=None, config=CONFIGS.get(name)),
        "architecture": None,
        "n_parameters": None,
        "embed_dim": 24,
        "preprocess": PIXELS,
        "zero_shot": ZeroShot(scoring="sigmoid" if name == "siglip" else "softmax", logit_scale=None),
        "pretraining": Pretraining(datasets=None),
        "license": License(code="MIT", weights=None, data=None),
        "commercial_use": None,
        "gated": False,
        "citation": None,
        "sources": ("the test",),
    }
    return ModelCard.model_validate(facts | changes)


def transformers_clip() -> ModelCard:
    """Card of transformers' CLIP, with open_clip's tokenizer."""
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4}
    config = {
        "model_type": "clip",
        "projection_dim": 24,
        "text_config": shape | {"max_position_embeddings": 77, "eos_token_id": 49407, "vocab_size": 49408},
        "vision_config": shape | {"image_size": 32, "patch_size": 8},
    }
    return card(
        "hf-clip",
        source=TransformersSource(model_class="CLIPModel", config=config),
        text_preprocess=TextPreprocess(tokenizer="open_clip:ViT-B-32", max_tokens=77, padding="max_length"),
    )


class Prompts:
    """A plugin with two prompt sets and the toy models."""

    @hookimpl
    def zoo_models(self) -> list[ModelCard]:
        vision = card("blind", modality="image", capabilities=("embed",), zero_shot=None)
        return [card(name) for name in CONFIGS] + [transformers_clip(), vision]

    @hookimpl
    def zoo_prompt_sets(self) -> list[PromptSet]:
        return [PHOTOS, SCANS]


def toy_registry() -> Registry:
    registry = Registry()
    registry.register(Prompts(), name="toy")
    return registry


def toy_encoder(name: str) -> Encoder:
    """A toy model with random weights, always the same."""
    registry = toy_registry()
    return zoo.load(f"toy/{name}", device="cpu", pretrained=False, seed=1, registry=registry)
