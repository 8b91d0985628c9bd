"""Models of photographs: convolutional networks, Vision Transformers, encoders without labels or with captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

from . import cifar, convnets, convnext, dino, dinov3, masked, towers, transformers

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *convnets.MODELS,
    *convnext.MODELS,
    *transformers.MODELS,
    *masked.MODELS,
    *dino.MODELS,
    *dinov3.MODELS,
    *towers.MODELS,
    *cifar.MODELS,
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

    from . import cifar_network as cifar

    network = configured(card, cifar.CifarResNet, {"n_blocks": cifar.DEPTHS[builder]})
    if weights is not None:
        load_into(network, cifar.published_state(weights), model_id=card.id)
    return network.eval()
