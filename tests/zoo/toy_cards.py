"""Small cards for tests, so that each test states only the facts that it is about."""

from __future__ import annotations

from typing import Any

from zoo.cards import ImagePreprocess, License, ModelCard, TimmSource


def toy_card(model_id: str, **facts: Any) -> ModelCard:
    """A valid card of a small image model; `facts` replace any field."""
    given: dict[str, Any] = {
        "id": model_id,
        "title": model_id.rsplit("/", 1)[-1],
        "summary": "A toy.",
        "modality": "image",
        "domains": ("natural",),
        "capabilities": ("embed",),
        "source": TimmSource(architecture="resnet18"),
        "architecture": "resnet18",
        "n_parameters": 11_176_512,
        "embed_dim": 512,
        "preprocess": ImagePreprocess(
            size_px=32,
            resize_mode="squash",
            interpolation="bilinear",
            crop="none",
            value_range=(0, 255),
            scale=1 / 255,
            mean=None,
            std=None,
        ),
        "pretraining": None,
        "license": License(code="MIT", weights="MIT", data=None),
        "commercial_use": True,
        "gated": False,
        "citation": None,
        "sources": ("a test",),
    }
    return ModelCard(**{**given, **facts})
