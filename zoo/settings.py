"""Settings of a network that a plugin builds: those of its builder's name, changed by the card's `config`.

source.builder ─ the plugin's own numbers ─┐
source.config ── what differs from them ───┴─ configured(card, Network, numbers) ─ the network
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from zoo.cards import CustomSource, ModelCard
from zoo.errors import PluginError

T = TypeVar("T")
_NONE: Mapping[str, Any] = {}


def configured(card: ModelCard, make: Callable[..., T], named: Mapping[str, Any] = _NONE) -> T:
    """What `make` gives with the settings `named` and, before them, those in `config` of the card's source.

    Of a card whose source has `config={"depth": 2}`, `configured(card, Network, {"width": 768, "depth": 12})` is
    `Network(width=768, depth=2)`.

    Args:
        make: a network or a dataclass of its sizes; its keywords are the settings, their defaults the values of
            whatever neither the name nor the card states.
        named: what the builder's name means, such as `{"width": 768, "depth": 12}`.

    Raises:
        PluginError: the card gives a setting that the network has not, or a value of another kind.
    """
    config = card.source.config if isinstance(card.source, CustomSource) else None
    usual = {name: parameter.default for name, parameter in inspect.signature(make).parameters.items()} | dict(named)
    given = dict(config or {})
    for name, value in given.items():
        if name not in usual:
            raise PluginError(
                f"the network of {card.id} has no setting {name!r}; it has {', '.join(usual)}.",
                "Mend config of the card's source.",
            )
        given[name] = _as_usual(card, name, value, usual[name])
    return make(**{**named, **given})


def _as_usual(card: ModelCard, name: str, value: Any, usual: Any) -> Any:
    """The value, if it is of the kind of the usual one; a list, as JSON has it, becomes a tuple."""
    if isinstance(usual, tuple) and isinstance(value, list):
        value = tuple(value)
    kind = Mapping if isinstance(usual, Mapping) else type(usual)
    if usual is None or usual is inspect.Parameter.empty or isinstance(value, kind):
        return value
    raise PluginError(
        f"the network of {card.id} wants {name!r} as {usual!r} is, a {kind.__name__}; {value!r} came.",
        "Mend config of the card's source.",
    )
