"""Models of source code: encoders, decoders, and vectors for code search."""

from __future__ import annotations

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

from . import decoders, embeddings, encoders

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (*encoders.MODELS, *decoders.MODELS, *embeddings.MODELS)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS
