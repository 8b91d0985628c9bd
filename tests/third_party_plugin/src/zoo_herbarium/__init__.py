"""A plugin for zoo: a model of pressed plants, its prompts, one published figure and a command.

Everything here is inert at import: torch is touched only inside `zoo_load_custom`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from zoo import ModelCard, hookimpl
from zoo.cards import CustomSource, ImagePreprocess, License, Pretraining
from zoo.evidence import EvidenceRow, EvidenceTable, EvidenceTask
from zoo.prompts import PromptSet

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

PRESSED_PLANTS = ModelCard(
    id="herbarium/colour-moments",
    title="Colour moments",
    summary="Mean and spread of each colour, passed through a fixed random layer: a floor for herbarium sheets.",
    modality="image",
    domains=("biology/organism",),
    capabilities=("embed",),
    source=CustomSource(builder="colour-moments"),
    architecture="colour-moments",
    n_parameters=6 * 16 + 16,
    embed_dim=16,
    preprocess=ImagePreprocess(
        size_px=32,
        resize_mode="squash",
        interpolation="bilinear",
        crop="none",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=None,
        std=None,
        steps=("herbarium-white-balance",),
    ),
    pretraining=Pretraining(datasets=None, objective="none: the layer is random"),
    license=License(code="MIT", weights="MIT", data=None),
    commercial_use=True,
    gated=False,
    citation=None,
    sources=("this package",),
)


@hookimpl
def zoo_models() -> list[ModelCard]:
    return [PRESSED_PLANTS]


@hookimpl
def zoo_load_custom(card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
    if getattr(card.source, "builder", None) != "colour-moments":
        return None
    from zoo_herbarium.network import ColourMoments

    network = ColourMoments()
    if weights is not None:
        network.load_state_dict(dict(weights))
    return network.eval()


@hookimpl
def zoo_preprocessing_steps() -> Mapping[str, Callable[[Any], Any]]:
    return {"herbarium-white-balance": _white_balance}


def _white_balance(pixels: Any) -> Any:
    """The brightest value of each colour becomes white; herbarium paper yellows."""
    brightest = pixels.max(axis=(0, 1), keepdims=True)
    return pixels * (255.0 / brightest.clip(min=1.0))


@hookimpl
def zoo_prompt_sets() -> list[PromptSet]:
    templates = ("a pressed specimen of {}.", "a herbarium sheet of {}.")
    return [PromptSet(name="herbarium", domains=("biology/organism",), templates=templates, source="this package")]


@hookimpl
def zoo_evidence() -> list[EvidenceTable]:
    row = EvidenceRow(
        model=PRESSED_PLANTS.id,
        dataset="toy-herbarium",
        metric="accuracy",
        value=0.31,
        protocol="probe",
        source="zoo-herbarium 1.0, its own test",
    )
    task = EvidenceTask(
        name="toy-herbarium", modality="image", domain="biology/organism", kind="classification", n_classes=4
    )
    return [EvidenceTable(name="herbarium", rows=(row,), tasks=(task,))]


@hookimpl
def zoo_transferability_scores() -> Mapping[str, Callable[..., float]]:
    return {"spread": lambda features, labels: float(features.std())}


@hookimpl
def zoo_commands() -> list[click.Command]:
    @click.command("herbarium")
    def herbarium() -> None:
        """Say what this plugin knows."""
        click.echo("one model of pressed plants")

    return [herbarium]
