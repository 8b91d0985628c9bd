"""Look-up over the installed plugins: the functions behind `zoo.list_models` and its siblings.

Nothing here imports a framework. Each function takes a `registry` for tests and programs that
hold their own; without one it asks the process's default.
"""

from __future__ import annotations

from zoo.arguments import gathered
from zoo.cards import Capability, Modality, ModelCard
from zoo.filters import Filters
from zoo.plugin_loading import PluginRecord
from zoo.registry import Registry, default_registry


def find(
    pattern: str | None = None,
    *,
    query: str | None = None,
    modality: Modality | None = None,
    domain: str | None = None,
    capability: Capability | None = None,
    commercial_use: bool | None = None,
    gated: bool | None = None,
    license: str | None = None,
    min_parameters: float | None = None,
    max_parameters: float | None = None,
    loader: str | None = None,
    language: str | None = None,
    registry: Registry | None = None,
) -> list[ModelCard]:
    """Cards that pass every filter given, in natural order of ids; with `query`, best match first.

    `zoo.filters.Filters` says what each filter means. `find("timm/*resnet*")` searches a whole catalogue.

    >>> [card.title for card in find("tiny-clip")]
    ['tiny-clip (bundled)']
    """
    return (registry or default_registry()).search(gathered(Filters, locals()))


def list_models(
    pattern: str | None = None,
    *,
    query: str | None = None,
    modality: Modality | None = None,
    domain: str | None = None,
    capability: Capability | None = None,
    commercial_use: bool | None = None,
    gated: bool | None = None,
    license: str | None = None,
    min_parameters: float | None = None,
    max_parameters: float | None = None,
    loader: str | None = None,
    language: str | None = None,
    registry: Registry | None = None,
) -> list[str]:
    """Ids of the cards that `find` gives for the same filters.

    >>> list_models("*tiny*", capability="zero-shot")
    ['multimodal/tiny-clip']
    """
    cards = (registry or default_registry()).search(gathered(Filters, locals()))
    return [card.id for card in cards]


def get_card(name: str, *, registry: Registry | None = None) -> ModelCard:
    """The card of an id, alias, repository or catalogue name; an unknown name suggests near ones.

    >>> get_card("multimodal/tiny-clip").modality
    'image-text'
    """
    return (registry or default_registry()).get_card(name)


def list_plugins(*, registry: Registry | None = None) -> list[PluginRecord]:
    """Every plugin that was found, with its state and the reason for it."""
    return list((registry or default_registry()).plugins)
