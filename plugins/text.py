"""Models of written language: general, scientific, biomedical, legal, and sentence vectors."""

from __future__ import annotations

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

from . import (
    text_bert,
    text_bge,
    text_decoders,
    text_embeddings,
    text_embeddings_long,
    text_general,
    text_legal,
    text_scientific,
)

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *text_bert.MODELS,
    *text_general.MODELS,
    *text_decoders.MODELS,
    *text_embeddings.MODELS,
    *text_bge.MODELS,
    *text_embeddings_long.MODELS,
    *text_scientific.MODELS,
    *text_legal.MODELS,
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS
