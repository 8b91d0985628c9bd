"""The registry: which models exist, who declares them, and how a name finds its card."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pluggy

from zoo.arguments import gathered
from zoo.cards import Capability, Modality, ModelCard
from zoo.errors import DataError, DuplicateModelError, PluginError, UnknownModelError, ZooError
from zoo.filters import Filters, loosened, matching
from zoo.hookspecs import Hooks
from zoo.local.places import looks_like_path
from zoo.plugin_guard import broken, checked, guarded, sound_card, told
from zoo.plugin_loading import BUILT_IN, CATALOGUES, OWN_PACKAGE, PluginRecord, is_strict, load_plugins

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
        self._built_in: set[str] = set()
        self._records: list[PluginRecord] = []
        self._by_path: dict[str, ModelCard] = {}

    @classmethod
    def discover(cls, environ: Mapping[str, str] | None = None) -> Registry:
        """Registry of all plugins found; one that is broken is recorded, warned of and left out.

        A model that an earlier plugin declares already stays that plugin's own: the later one, which is
        warned of, goes without it. Built-in plugins come first, then others by name.

        Raises:
            PluginError: `ZOO_STRICT_PLUGINS` is set, and a plugin is unusable or clashes with another.
        """
        environ = os.environ if environ is None else environ
        strict = is_strict(environ)
        registry = cls()
        for record, plugin in load_plugins(environ):
            clashes: list[DuplicateModelError] = []
            if plugin is not None:
                record = registry._admit(record, plugin, clashes)
            registry._records.append(record)
            if strict and clashes:
                raise clashes[0]
            if record.state not in ("loaded", "disabled"):
                if strict:
                    raise PluginError(
                        f"plugin {record.name!r} is {record.state}: {record.reason}.",
                        f"Mend it, or disable it: ZOO_DISABLED_PLUGINS={record.name}.",
                    )
                warnings.warn(f"zoo plugin {record.name!r} is {record.state}: {record.reason}", stacklevel=2)
            elif record.state == "loaded" and record.reason:
                warnings.warn(f"zoo plugin {record.name!r}: {record.reason}", stacklevel=2)
        registry._admit_named(strict)
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
        cards, notes = self._hook_up(plugin, name)
        for card in cards:
            clash = self._clash(card, name)
            if clash is not None:
                self._plugins.unregister(name=name)
                raise clash
        for card in cards:
            self._add(card, name)
        hooks = self._hooks(plugin)
        self._records.append(PluginRecord(name, home, None, "loaded", None, len(cards), hooks, notes))

    def _admit(self, record: PluginRecord, plugin: Any, clashes: list[DuplicateModelError]) -> PluginRecord:
        """Register a discovered plugin, without the models that an earlier one declares."""
        if record.name in BUILT_IN and record.package == OWN_PACKAGE:
            self._built_in.add(record.name)
        try:
            cards, notes = self._hook_up(plugin, record.name)
        except PluginError as err:
            return replace(record, state="failed", reason=err.problem.partition(": ")[2].rstrip(".") or str(err))
        kept = 0
        for card in cards:
            clash = self._clash(card, record.name)
            if clash is not None:
                clashes.append(clash)
                continue
            self._add(card, record.name)
            kept += 1
        hooks = self._hooks(plugin)
        record = replace(record, n_models=kept, hooks=hooks, notes=record.notes + notes)
        if not clashes:
            return record
        owners = " and ".join(sorted({repr(clash.plugins[0]) for clash in clashes}))
        names = ", ".join(clash.name[:80] for clash in clashes[:3]) + (", ..." if len(clashes) > 3 else "")
        reason = f"{names} belong{'s' * (len(clashes) == 1)} to {owners} already, so its own model is left out"
        return replace(record, reason=reason, state="loaded" if kept or hooks != ("zoo_models",) else "shadowed")

    def _clash(self, card: ModelCard, plugin: str) -> DuplicateModelError | None:
        """What speaks against a card: a name that is taken, or one below the prefix of another plugin."""
        for spelling in _spellings(card):
            if spelling in self._names:
                return DuplicateModelError(spelling, self._owners[self._names[spelling]], plugin)
            prefix = spelling.partition("/")[0]
            if prefix in CATALOGUES and "catalogues" in self._built_in and plugin != "catalogues":
                return DuplicateModelError(spelling, "catalogues", plugin)
            if prefix != plugin and prefix in self._built_in:
                return DuplicateModelError(spelling, prefix, plugin)
        return None

    def _hook_up(self, plugin: Any, name: str) -> tuple[list[ModelCard], tuple[str, ...]]:
        """Register with pluggy and read the cards; on any fault nothing is left behind."""
        built_in = name in self._built_in

        def work() -> list[ModelCard]:
            self._plugins.register(plugin, name=name)
            self._plugins.check_pending()
            for caller in self._plugins.get_hookcallers(plugin) or ():
                own = [found for found in caller.get_hookimpls() if found.plugin is plugin]
                if any(found.wrapper or found.hookwrapper for found in own):
                    raise TypeError(f"it wraps {caller.name} of other plugins")
            declare = getattr(plugin, "zoo_models", None)
            cards = list(checked("zoo_models", declare())) if declare is not None else []
            seen: set[str] = set()
            for card in cards:
                if not built_in:
                    sound_card(card)
                for spelling in _spellings(card):
                    if spelling in seen:
                        raise ValueError(f"it declares {spelling[:80]!r} twice")
                    seen.add(spelling)
            return cards

        try:
            return guarded(name, "zoo_models", work, built_in=built_in)
        except Exception as err:
            if self._plugins.has_plugin(name):
                self._plugins.unregister(name=name)
            if isinstance(err, PluginError):
                raise
            raise broken(name, "zoo_models", err) from err

    def _hooks(self, plugin: Any) -> tuple[str, ...]:
        return tuple(sorted(caller.name for caller in self._plugins.get_hookcallers(plugin) or ()))

    def _add(self, card: ModelCard, plugin: str) -> None:
        self._cards[card.id] = card
        self._owners[card.id] = plugin
        self._names.update(dict.fromkeys(_spellings(card), card.id))

    def answerers(self, hook: str, *arguments: object) -> Iterator[tuple[str, Callable[[], Any]]]:
        """(plugin, its guarded and checked answer) of a hook, built-ins first: each may fail alone."""
        found = {one.plugin_name: one for one in getattr(self._plugins.hook, hook).get_hookimpls()}
        for name, _ in self._plugins.list_name_plugin():
            if name in found:
                yield name, functools.partial(self._ask, found[name], hook, arguments)

    def answers(self, hook: str, *arguments: object) -> Iterator[tuple[str, Any]]:
        """(plugin, answer) of every plugin whose answer can be used; others are warned of and left out.

        Raises:
            PluginError: one cannot, and `ZOO_STRICT_PLUGINS` is set.
        """
        for name, ask in self.answerers(hook, *arguments):
            try:
                answer = ask()
            except PluginError as err:
                self._leave_out(err)
            else:
                yield name, answer

    def _ask(self, found: Any, hook: str, arguments: tuple[object, ...]) -> Any:
        stated = dict(zip(_ARGUMENTS.get(hook, ()), arguments, strict=True))
        given, notes = guarded(
            found.plugin_name,
            hook,
            lambda: checked(hook, found.function(*(stated[name] for name in found.argnames))),
            built_in=found.plugin_name in self._built_in,
        )
        if notes:
            self._note(found.plugin_name, notes)
        return given

    def _note(self, plugin: str, notes: tuple[str, ...]) -> None:
        for position, record in enumerate(self._records):
            if record.name == plugin and record.state == "loaded":
                self._records[position] = replace(record, notes=tuple(dict.fromkeys(record.notes + notes)))

    def _leave_out(self, err: ZooError) -> None:
        if is_strict(os.environ):
            raise err
        warnings.warn(f"zoo {err}", stacklevel=3)

    def build_custom(self, card: ModelCard, weights: Mapping[str, Any] | None) -> Any:
        """The network that a plugin builds for a card, its own plugin asked first; None: nobody builds it.

        Raises:
            PluginError: the plugin tried to end the process; whatever else it raises comes through.
        """
        found = {one.plugin_name: one for one in self._plugins.hook.zoo_load_custom.get_hookimpls()}
        names = [name for name, _ in self._plugins.list_name_plugin() if name in found]
        owner = self.owner(card.id)
        for name in sorted(names, key=lambda name: name != owner):
            stated = {"card": card, "weights": weights}
            try:
                module = found[name].function(*(stated[argument] for argument in found[name].argnames))
            except (SystemExit, GeneratorExit) as err:
                raise broken(name, "zoo_load_custom", err) from err
            if module is not None:
                return module
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
        first = self.owner(by_repository[0].id) if by_repository else None
        if sum(self.owner(card.id) == first for card in by_repository) == 1:
            return by_repository[0]
        return self._resolved(name)

    def _resolved(self, name: str) -> ModelCard:
        """The card that a catalogue's plugin gives for a name; no plugin may answer for a model of another."""
        refusal: ZooError | None = None
        for plugin, ask in self.answerers("zoo_resolve_model", name.strip()):
            try:
                card: ModelCard | None = ask()
                if card is None:
                    continue
                owner = self._owners.get(card.id, plugin)
                if owner != plugin:
                    raise PluginError(
                        f"plugin {plugin!r} gives {told(card.id)!r} for {name!r}, which belongs to {owner!r}.",
                        f"Disable it: ZOO_DISABLED_PLUGINS={plugin}.",
                    )
                return card
            except PluginError as err:
                self._leave_out(err)
            except ZooError as err:
                refusal = refusal or err
        raise refusal or UnknownModelError(name, self._cards)

    def _at_path(self, path: str | os.PathLike[str]) -> ModelCard:
        """The card of a model on this disk, which its id finds again from now on."""
        from zoo.local.cards import card_of

        card = card_of(path, self)
        self._by_path[card.id] = card
        return card

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
        """`find` for filters that are one object already; names that no card bears are looked for in the catalogues."""
        found = matching(self._searched(wanted.pattern), wanted)
        if found or (wanted.pattern is None and wanted.query is None) or "/" in (wanted.pattern or ""):
            return found
        found = matching(self._cards.values(), loosened(wanted))
        for plugin, catalogue in self.answers("zoo_catalogue") if not found else ():
            for prefix, cards in catalogue.items():
                more = matching(self._listed(plugin, cards), loosened(wanted))
                if more:
                    asked = wanted.pattern or wanted.query
                    warnings.warn(f"no card answers {asked!r}; {len(more)} of the catalogue {prefix} do", stacklevel=4)
                found += more
        return found

    def _searched(self, pattern: str | None) -> Iterable[ModelCard]:
        if pattern and "/" in pattern:
            prefix = pattern.split("/", 1)[0]
            for plugin, catalogue in self.answers("zoo_catalogue"):
                if prefix in catalogue:
                    return self._listed(plugin, catalogue[prefix])
        return self._cards.values()

    def _listed(self, plugin: str, catalogue: Callable[[], Iterable[ModelCard]]) -> Iterable[ModelCard]:
        built_in = plugin in self._built_in
        cards, _ = guarded(plugin, "its catalogue", lambda: checked("zoo_models", catalogue()), built_in=built_in)
        return list(cards) if built_in else [sound_card(card) for card in cards]


_ARGUMENTS = {"zoo_resolve_model": ("name",)}
"""Of the hooks that `Registry.answerers` calls; the others have none."""


def _spellings(card: ModelCard) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in (card.id, *card.aliases)))


@functools.cache
def default_registry() -> Registry:
    """The registry of this process, built at first use from the environment of that moment."""
    return Registry.discover()
