"""Satellite models."""

from __future__ import annotations

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = ()


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS
