"""Models of written language: general, scientific, biomedical, legal, and sentence vectors."""

from __future__ import annotations

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

from . import bert, bge, decoders, embeddings, embeddings_long, general, legal, scientific

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *bert.MODELS,
    *general.MODELS,
    *decoders.MODELS,
    *embeddings.MODELS,
    *bge.MODELS,
    *embeddings_long.MODELS,
    *scientific.MODELS,
    *legal.MODELS,
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS
