"""Which other models can do what this one cannot: the names that a message offers."""

from __future__ import annotations

from zoo.cards import CustomSource, ModelCard
from zoo.registry import Registry, default_registry


def is_built_here(card: ModelCard) -> bool:
    """Whether there is code that builds its architecture; some cards only tell what is known of a model."""
    return not (isinstance(card.source, CustomSource) and card.source.builder is None)


def alternatives(
    card: ModelCard, *, capability: str | None = None, modality: str | None = None, registry: Registry | None = None
) -> str:
    """Three models that can, those of the same domain first, or words for none.

    Args:
        modality: image or text; a model that takes it beside others counts.
    """
    fit = [
        other
        for other in (registry or default_registry()).cards.values()
        if (capability is None or capability in other.capabilities)
        and (modality is None or modality in other.modality)
        and is_built_here(other)
    ]
    fit.sort(key=lambda other: (not set(other.domains) & set(card.domains), other.modality != "image-text", other.id))
    return ", ".join(other.id for other in fit[:3]) or "none is installed"
