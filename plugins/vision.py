"""Models of photographs: convolutional networks, Vision Transformers, encoders without labels or with captions."""

from __future__ import annotations

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

from . import (
    vision_convnets,
    vision_convnext,
    vision_dino,
    vision_dinov3,
    vision_masked,
    vision_towers,
    vision_transformers,
)

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *vision_convnets.MODELS,
    *vision_convnext.MODELS,
    *vision_transformers.MODELS,
    *vision_masked.MODELS,
    *vision_dino.MODELS,
    *vision_dinov3.MODELS,
    *vision_towers.MODELS,
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS
