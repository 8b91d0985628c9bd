"""Models of photographs: convolutional networks, Vision Transformers, encoders without labels or with captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

from . import (
    vision_cifar,
    vision_convnets,
    vision_convnext,
    vision_dino,
    vision_dinov3,
    vision_masked,
    vision_towers,
    vision_transformers,
)

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *vision_convnets.MODELS,
    *vision_convnext.MODELS,
    *vision_transformers.MODELS,
    *vision_masked.MODELS,
    *vision_dino.MODELS,
    *vision_dinov3.MODELS,
    *vision_towers.MODELS,
    *vision_cifar.MODELS,
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS


@hookimpl
def zoo_load_custom(card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
    """The small ResNets for 32 pixels."""
    builder = getattr(card.source, "builder", None) or ""
    if not builder.startswith("cifar10-resnet"):
        return None
    from zoo.settings import configured
    from zoo.weights import load_into

    from . import vision_cifar_network as cifar

    network = configured(card, cifar.CifarResNet, {"n_blocks": cifar.DEPTHS[builder]})
    if weights is not None:
        load_into(network, cifar.published_state(weights), model_id=card.id)
    return network.eval()
