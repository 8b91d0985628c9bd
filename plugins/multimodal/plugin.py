"""Models of pictures with text: two towers that score labels, and language models that see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl
from zoo.prompts import PromptSet

from . import chat, clip, datacomp, flamingo, mobile, openclip, siglip, towers
from .prompts import PROMPT_SETS
from .tiny_clip import TINY_CLIP, TINY_CLIP_PROMPTS

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    TINY_CLIP,
    *clip.MODELS,
    *openclip.MODELS,
    *datacomp.MODELS,
    *siglip.MODELS,
    *towers.MODELS,
    *mobile.MODELS,
    *flamingo.MODELS,
    *chat.MODELS,
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS


@hookimpl
def zoo_prompt_sets() -> tuple[PromptSet, ...]:
    """Templates for photographs, and those of the bundled model."""
    return (*PROMPT_SETS, TINY_CLIP_PROMPTS)


@hookimpl
def zoo_load_custom(card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
    """OpenFlamingo, which no library that zoo runs on holds."""
    builder = getattr(card.source, "builder", None) or ""
    if not builder.startswith("openflamingo-"):
        return None
    from . import captioner_network as captioner

    return captioner.build(card, weights)
