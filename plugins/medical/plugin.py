"""Medical models: chest x-rays, stained tissue, the eye, and image-text models over all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl
from zoo.prompts import PromptSet
from zoo.settings import configured

from . import biovil, chest, clip, pathology, pathology_clip, pathology_open, radiology, retina
from .prompts import PROMPT_SETS

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *radiology.MODELS,
    *biovil.MODELS,
    *chest.MODELS,
    *clip.MODELS,
    *pathology_clip.MODELS,
    *pathology.MODELS,
    *pathology_open.MODELS,
    *retina.MODELS,
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS


@hookimpl
def zoo_prompt_sets() -> tuple[PromptSet, ...]:
    """Templates by medical domain, and those of single models' authors."""
    return PROMPT_SETS


@hookimpl
def zoo_preprocessing_steps() -> Mapping[str, Callable[[Any], Any]]:
    """Steps that cards of this plugin name."""
    return {"medical-stretch-to-8-bit": _stretch_to_8_bit}


def _stretch_to_8_bit(pixels: Any) -> Any:
    """Least value to 0, greatest to 255, cut to whole numbers, as hi-ml reads any x-ray; a flat picture becomes 0."""
    lifted = pixels.astype("float64")
    lifted -= lifted.min()
    greatest = lifted.max()
    if greatest > 0:
        lifted /= greatest
    return (lifted * 255).astype("uint8")


@hookimpl
def zoo_load_custom(card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
    """Networks of this plugin's own: see the modules that end in `_network`."""
    builder = getattr(card.source, "builder", None) or ""
    if builder.startswith("medclip-"):
        from . import medclip_network as medclip

        network: Any = configured(card, medclip.MedCLIP, {"swin": builder == "medclip-vit"})
        return _ready(network, weights, medclip.published_state, card)
    if builder in ("biovil", "biovil-t"):
        from . import biovil_network as biovil

        network = configured(card, biovil.BioViL, {"temporal": builder == "biovil-t"})
        return _ready(network, weights, biovil.published_state, card)
    if builder == "conch":
        from . import conch_network as conch

        return _ready(configured(card, conch.Conch), weights, conch.published_state, card)
    if builder.startswith(("eva-x-", "retfound-", "torchxrayvision-")):
        from . import encoders_network as encoders

        network = configured(card, *encoders.NETWORKS[builder])
        return _ready(network, weights, network.published_state, card)
    return None


def _ready(
    network: torch.nn.Module,
    weights: Mapping[str, torch.Tensor] | None,
    published_state: Callable[[Mapping[str, torch.Tensor]], dict[str, torch.Tensor]],
    card: ModelCard,
) -> torch.nn.Module:
    """The network in eval mode, with the published weights in it where they are given."""
    if weights is not None:
        from zoo.weights import load_into

        load_into(network, published_state(weights), model_id=card.id)
    return network.eval()
