"""Microscopy and organisms: cells and nuclei, single-cell features, image-text models of living things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl
from zoo.prompts import PromptSet
from zoo.settings import configured

from . import cells, features, organisms
from .steps import STEPS

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *cells.MODELS,
    *features.MODELS,
    *organisms.MODELS,
)
PROMPT_SETS = (
    PromptSet(
        name="organism",
        domains=("biology/organism", "biology"),
        templates=("a photo of {}.", "a photo of a {}.", "a close-up photo of {}."),
        source="three of OpenAI's templates for ImageNet, all of which BioCLIP averages "
        "(https://github.com/Imageomics/bioclip/tree/4ea3247)",
    ),
    PromptSet(
        name="microscopy",
        domains=("microscopy",),
        templates=("{}", "a microscopy image of {}.", "a photomicrograph of {}.", "a micrograph showing {}."),
        source="our choice around CONCH's (https://github.com/mahmoodlab/CONCH/tree/141cc09), measured on nothing",
    ),
    PromptSet(
        name="cell",
        domains=("microscopy/cell",),
        templates=("a {} cell.", "a microscopy image of a {}.", "a stained smear showing a {}."),
        source="our choice, measured on nothing",
    ),
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS


@hookimpl
def zoo_prompt_sets() -> tuple[PromptSet, ...]:
    """Templates for microscopes and for living things."""
    return PROMPT_SETS


@hookimpl
def zoo_preprocessing_steps() -> Mapping[str, Callable[[Any], Any]]:
    """Steps that cards of this plugin name."""
    return STEPS


@hookimpl
def zoo_load_custom(card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
    """Networks of this plugin's own: see the modules that end in `_network`."""
    builder = getattr(card.source, "builder", None) or ""
    network: Any
    published_state: Callable[[Any], dict[str, Any]] = dict
    if builder.startswith("cellvit-"):
        from . import cellvit_network as cellvit

        network = cellvit.CellViT(configured(card, cellvit.CellViTConfig, vars(cellvit.CONFIGS[builder])))
    elif builder.startswith("micro-sam-vit-"):
        from . import sam_network as sam

        network = configured(card, sam.MicroSam, {"letter": builder.removeprefix("micro-sam-vit-")})
        published_state = sam.published_state
    elif builder == "cellpose-sam":
        from . import sam_network as sam

        network, published_state = configured(card, sam.CellposeSam), sam.published_state
    elif builder.startswith("dinobloom-"):
        from . import dinobloom_network as dinobloom

        network = configured(card, dinobloom.DinoBloom, {"builder": builder})
        published_state = network.published_state
    elif builder.startswith("openphenom-"):
        from . import openphenom_network as openphenom

        sizes: Any = configured(card, openphenom.OpenPhenomConfig, vars(openphenom.CONFIGS[builder]))
        network, published_state = openphenom.OpenPhenom(sizes), openphenom.encoder_state
    elif builder == "morphem":
        from . import morphem_network as morphem

        sizes = configured(card, morphem.MorphEmConfig, vars(morphem.CONFIGS[builder]))
        network, published_state = morphem.MorphEm(sizes), morphem.published_state
    elif builder.startswith("subcell-"):
        from . import subcell_network as subcell

        sizes = configured(card, subcell.SubCellConfig, vars(subcell.CONFIGS[builder]))
        network, published_state = subcell.SubCell(sizes), subcell.published_state
    elif builder == "cellsam":
        from . import cellsam_network as cellsam

        network = configured(card, cellsam.CellSam)
        published_state = network.published_state
    else:
        return None
    if weights is not None:
        from zoo.weights import load_into

        load_into(network, published_state(weights), model_id=card.id)
    return network.eval()
