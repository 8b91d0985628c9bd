"""The registry: which models exist, who declares them, and how a name finds its card."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pluggy

from zoo.arguments import gathered
from zoo.cards import Capability, Modality, ModelCard
from zoo.errors import DataError, DuplicateModelError, PluginError, UnknownModelError, ZooError
from zoo.filters import Filters, matching
from zoo.hookspecs import Hooks
from zoo.local.places import looks_like_path
from zoo.plugin_loading import BUILT_IN, OWN_PACKAGE, PluginRecord, is_strict, load_plugins

_Read = TypeVar("_Read")
_Item = TypeVar("_Item")

USER = "your models"
"""Under which name the models that a user named are recorded."""


class Registry:
    """Cards by id, with the plugins that declare them.

    `Registry()` is empty, for tests and for programs that want only their own plugins;
    `Registry.discover()` holds the built-in plugins and every installed one.
    """

    def __init__(self) -> None:
        self._plugins = pluggy.PluginManager("zoo")
        self._plugins.add_hookspecs(Hooks)
        self._cards: dict[str, ModelCard] = {}
        self._names: dict[str, str] = {}  # id or alias, lower case -> id
        self._owners: dict[str, str] = {}  # id -> plugin
        self._records: list[PluginRecord] = []
        self._by_path: dict[str, ModelCard] = {}

    @classmethod
    def discover(cls, environ: Mapping[str, str] | None = None) -> Registry:
        """Registry of all plugins found; one that is broken is recorded, warned of and left out.

        A built-in plugin, or one found earlier, keeps an id that another declares as well; the other's card is
        left out, with a warning that names both.

        Raises:
            PluginError: `ZOO_STRICT_PLUGINS` is set, and a plugin is unusable or clashes with another.
        """
        environ = os.environ if environ is None else environ
        strict = is_strict(environ)
        registry = cls()
        refused: list[ZooError] = []
        for record, plugin in load_plugins(environ):
            if plugin is not None:
                record = registry._admit(record, plugin, refused)
            registry._records.append(record)
            if record.state not in ("loaded", "disabled"):
                if strict:
                    raise PluginError(
                        f"plugin {record.name!r} is {record.state}: {record.reason}.",
                        f"Mend it, or disable it: ZOO_DISABLED_PLUGINS={record.name}.",
                    )
                warnings.warn(f"zoo plugin {record.name!r} is {record.state}: {record.reason}", stacklevel=2)
        registry._admit_named(strict)
        for refusal in refused:
            if strict:
                raise refusal
            warnings.warn(f"zoo: {refusal}", stacklevel=2)
        return registry

    def _admit_named(self, strict: bool) -> None:
        """The models that the user named in files of his own; a faulty entry is recorded and warned of."""
        from zoo.local.named import named_cards

        cards, faults = named_cards(self)
        if not cards and not faults:
            return
        for card in cards:
            self._add(card, USER)
        reason = "; ".join(str(fault) for fault in faults) or None
        self._records.append(PluginRecord(USER, "", None, "failed" if faults else "loaded", reason, len(cards)))
        if faults and strict:
            raise faults[0]
        if faults:
            warnings.warn(f"of your named models {len(faults)} cannot be used: {reason}", stacklevel=3)

    def register(self, plugin: Any, name: str | None = None) -> None:
        """Add a plugin object at once and completely, or not at all.

        Raises:
            DuplicateModelError: another plugin already declares one of its ids or aliases.
            PluginError: a hook is unknown or has unknown arguments, or declares something that is no card.
        """
        home = str(getattr(plugin, "__module__", None) or getattr(plugin, "__name__", type(plugin).__name__))
        name = name or str(getattr(plugin, "__name__", type(plugin).__name__))
        if self._plugins.has_plugin(name):
            raise PluginError(f"a plugin named {name!r} is already registered.", "Give it another name.")
        cards = self._hook_up(plugin, name)
        for card in cards:
            for spelling in _spellings(card):
                if spelling in self._names:
                    self._plugins.unregister(name=name)
                    raise DuplicateModelError(spelling, self._owners[self._names[spelling]], name)
        for card in cards:
            self._add(card, name)
        self._records.append(PluginRecord(name, home, None, "loaded", None, len(cards), self._hooks(plugin)))

    def _admit(self, record: PluginRecord, plugin: Any, refused: list[ZooError]) -> PluginRecord:
        """Register a discovered plugin; a card whose name is taken is left out and told of."""
        try:
            cards = self._hook_up(plugin, record.name)
        except PluginError as err:
            return replace(record, state="failed", reason=str(err))
        n_left_out = len(refused)
        for card in cards:
            held = next((spelling for spelling in _spellings(card) if spelling in self._names), None)
            if held is not None:
                refused.append(DuplicateModelError(held, self._owners[self._names[held]], record.name))
            elif why := _misnamed(card, record):
                refused.append(PluginError(f"plugin {record.name!r} declares {card.id[:60]!r}, {why}.", "Rename it."))
            else:
                self._add(card, record.name)
        n_left_out = len(refused) - n_left_out
        told = f"{n_left_out} of its cards are left out: their names are taken or not its own" if n_left_out else None
        return replace(record, reason=told, n_models=len(cards) - n_left_out, hooks=self._hooks(plugin))

    def _hook_up(self, plugin: Any, name: str) -> list[ModelCard]:
        """Register with pluggy and read the cards; on any fault nothing is left behind."""
        try:
            self._plugins.register(plugin, name=name)
            self._plugins.check_pending()
            declare = getattr(plugin, "zoo_models", None)
            cards = list(declare()) if declare is not None else []
            for card in cards:
                if not isinstance(card, ModelCard):
                    raise TypeError(f"zoo_models gave a {type(card).__name__}, want ModelCard")
            seen: set[str] = set()
            for spelling in (spelling for card in cards for spelling in _spellings(card)):
                if spelling in seen:
                    raise ValueError(f"it declares {spelling!r} twice")
                seen.add(spelling)
        except BaseException as err:  # a plugin that exits must not end the user's program
            if self._plugins.has_plugin(name):
                self._plugins.unregister(name=name)
            raise PluginError(
                f"plugin {name!r} cannot be used: {type(err).__name__}: {err}.",
                f"Mend it, or disable it: ZOO_DISABLED_PLUGINS={name}.",
            ) from err
        return cards

    def _hooks(self, plugin: Any) -> tuple[str, ...]:
        return tuple(sorted(caller.name for caller in self._plugins.get_hookcallers(plugin) or ()))

    def _add(self, card: ModelCard, plugin: str) -> None:
        self._cards[card.id] = card
        self._owners[card.id] = plugin
        self._names.update(dict.fromkeys(_spellings(card), card.id))

    @property
    def hooks(self) -> Any:
        """pluggy's caller: `registry.hooks.zoo_prompt_sets()` asks every plugin."""
        return self._plugins.hook

    def answerers(self, hook: str) -> Iterator[tuple[str, Callable[[], Any]]]:
        """(plugin, its function) of a hook without arguments, in the order of `hooks`: each may fail alone."""
        for found in reversed(getattr(self.hooks, hook).get_hookimpls()):
            yield found.plugin_name, found.function

    def mappings(self, hook: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(plugin, its table) of a hook that gives tables; a plugin that fails is named and passed over."""
        yield from self._answers(hook, _table)

    def lists(self, hook: str, kind: type[_Item]) -> Iterator[tuple[str, list[_Item]]]:
        """(plugin, its items) of a hook that gives items of one kind; a plugin that fails is named and passed over."""
        yield from self._answers(hook, lambda given: _items(given, kind))

    def _answers(self, hook: str, read: Callable[[Any], _Read]) -> Iterator[tuple[str, _Read]]:
        for plugin, ask in self.answerers(hook):
            try:
                answer = read(ask())
            except BaseException as err:  # whatever a plugin raises, the others go on
                warnings.warn(_failed(plugin, hook, err), stacklevel=3)
                continue
            yield plugin, answer

    def _resolved(self, name: str) -> ModelCard | None:
        for found in reversed(self.hooks.zoo_resolve_model.get_hookimpls()):
            try:
                card = found.function(name=name)
                if card is not None and not isinstance(card, ModelCard):
                    raise TypeError(f"it gave a {type(card).__name__}, want ModelCard")
            except ZooError:
                raise  # an answer too: the hub cannot be reached, the repository has no such file
            except BaseException as err:
                warnings.warn(_failed(found.plugin_name, "zoo_resolve_model", err), stacklevel=3)
                continue
            if card is not None:
                return card
        return None

    @property
    def plugins(self) -> tuple[PluginRecord, ...]:
        """Every plugin found or registered, with its state."""
        return tuple(self._records)

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """Declared cards by id; catalogues such as `timm/` are resolved by name instead."""
        return self._cards

    def owner(self, model_id: str) -> str | None:
        """Name of the plugin that declares this id, or None for a card of a catalogue."""
        return self._owners.get(model_id)

    def get_card(self, name: str | os.PathLike[str] | ModelCard) -> ModelCard:
        """The card of an id, alias, repository (`owner/repo`), catalogue name (`timm/<name.tag>`) or path.

        Raises:
            UnknownModelError: nobody declares it; near names are suggested.
            WeightsError: a path holds no model, or several.
            CapabilityError: of which architecture the weights at a path are cannot be said.
            DataError: it is neither a name nor a card.
        """
        if isinstance(name, ModelCard):
            return name
        if isinstance(name, os.PathLike):
            return self._at_path(name)
        if not isinstance(name, str):
            raise DataError(
                f"want the name of a model, got {type(name).__name__}.", "Give one of zoo.list_models(), or a card."
            )
        folded = name.strip().lower()
        if folded in self._names:
            return self._cards[self._names[folded]]
        if name in self._by_path:
            return self._by_path[name]
        if looks_like_path(name):
            return self._at_path(name)
        by_repository = [card for card in self._cards.values() if (card.source.repository or "").lower() == folded]
        if len(by_repository) == 1:
            return by_repository[0]
        card = self._resolved(name.strip())
        if card is not None:
            return card
        raise UnknownModelError(name, self._cards)

    def _at_path(self, path: str | os.PathLike[str]) -> ModelCard:
        """The card of a model on this disk, which its id finds again from now on."""
        from zoo.local.cards import card_of

        card = card_of(path, self)
        return self._by_path.setdefault(card.id, card)

    def find(
        self,
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
    ) -> list[ModelCard]:
        """Cards that pass every filter given; see `zoo.filters.Filters`.

        A pattern that begins with a catalogue's prefix (`timm/*`) searches that whole catalogue.
        """
        return self.search(gathered(Filters, locals()))

    def search(self, wanted: Filters) -> list[ModelCard]:
        """`find` for filters that are one object already."""
        return matching(self._searched(wanted.pattern), wanted)

    def _searched(self, pattern: str | None) -> Iterable[ModelCard]:
        if pattern and "/" in pattern:
            prefix = pattern.split("/", 1)[0]
            for plugin, catalogue in self.mappings("zoo_catalogue"):
                if prefix in catalogue:
                    try:
                        return _items(catalogue[prefix](), ModelCard)
                    except ZooError:
                        raise
                    except BaseException as err:
                        warnings.warn(_failed(plugin, "zoo_catalogue", err), stacklevel=3)
        return self._cards.values()


_LONGEST_ID = 200
_CATALOGUES = ("timm", "open_clip", "hf")


def _misnamed(card: ModelCard, record: PluginRecord) -> str | None:
    """Why a card's id cannot stand for a plugin of somebody else; None: it can."""
    if len(card.id) > _LONGEST_ID:
        return f"an id of {len(card.id):,} letters"
    prefix = card.id.partition("/")[0]
    if record.package != OWN_PACKAGE and prefix in (*BUILT_IN, *_CATALOGUES):
        return f"and {prefix}/ belongs to zoo itself"
    return None


def _table(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise TypeError(f"it gave a {type(given).__name__}, want a mapping")
    return dict(given)


def _items(given: Any, kind: type[_Item]) -> list[_Item]:
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"it gave a {type(given).__name__}, want several of {kind.__name__}")
    items = list(given)
    wrong = next((item for item in items if not isinstance(item, kind)), None)
    if wrong is not None:
        raise TypeError(f"it gave a {type(wrong).__name__} among them, want {kind.__name__}")
    return items


def _failed(plugin: str, hook: str, err: BaseException) -> str:
    first = (str(err).splitlines() or [""])[0][:200]
    return f"zoo plugin {plugin!r} is passed over: {hook} failed ({type(err).__name__}: {first})"


def _spellings(card: ModelCard) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in (card.id, *card.aliases)))


@functools.cache
def default_registry() -> Registry:
    """The registry of this process, built at first use from the environment of that moment."""
    return Registry.discover()
