"""Finds plugins and loads them one by one, so that a broken one cannot take the others along.

A plugin is in one of six states: loaded; disabled (by the user's lists); incompatible (it supports
other versions of the hooks); missing extra (a package that it imports is absent); failed (anything
else, with the reason); shadowed (its name, or every model that it declares, is taken by an earlier plugin).
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, EntryPoint
from typing import Any, Literal

from zoo.errors import PluginError
from zoo.hookspecs import PLUGIN_API
from zoo.plugin_guard import guarded, told

BUILT_IN = ("vision", "text", "code", "multimodal", "medical", "satellite", "microscopy", "catalogues")
CATALOGUES = ("timm", "open_clip", "hf")
"""Prefixes that belong to the built-in plugin `catalogues`."""
ENTRY_POINT_GROUP = "zoo"
OWN_PACKAGE = "transfer-zoo"

State = Literal["loaded", "disabled", "incompatible", "missing extra", "failed", "shadowed"]


@dataclass(frozen=True)
class PluginRecord:
    """One plugin that was found, and what became of it."""

    name: str
    package: str
    version: str | None
    state: State
    reason: str | None = None
    n_models: int = 0
    hooks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What it did to this process beside its work: settings changed, words printed, time taken."""


@dataclass(frozen=True)
class _Found:
    """A plugin that may be imported: `module[:attribute]` below a distribution."""

    name: str
    package: str
    version: str | None
    target: EntryPoint | str | None
    fault: str | None = None
    """Why it cannot even be looked up."""

    def load(self) -> Any:
        if isinstance(self.target, EntryPoint):
            return self.target.load()
        return importlib.import_module(str(self.target))


def load_plugins(environ: Mapping[str, str] | None = None) -> Iterator[tuple[PluginRecord, Any]]:
    """Yield (record, plugin object or None) for every plugin found, built-ins first, then by name.

    `ZOO_PLUGINS` (allow list of third parties; empty: none), `ZOO_DISABLED_PLUGINS` (deny list, built-ins
    too) hold names of packages or entry points, separated by commas, and are read before any import.
    With `ZOO_STRICT_PLUGINS=1` whatever a plugin raises is raised here.
    """
    environ = os.environ if environ is None else environ
    allowed = _names(environ["ZOO_PLUGINS"]) if "ZOO_PLUGINS" in environ else None
    denied = _names(environ.get("ZOO_DISABLED_PLUGINS", ""))
    strict = is_strict(environ)
    taken: dict[str, str] = {}
    for found in [*_built_ins(), *_third_parties()]:
        names = {_fold(found.name), _fold(found.package)}
        built_in = isinstance(found.target, str)
        refused = _refusal(names if not built_in else {_fold(found.name)}, None if built_in else allowed, denied)
        if refused:
            yield _record(found, "disabled", refused), None
        elif found.name in taken:
            yield _record(found, "shadowed", f"the name {found.name!r} is taken by {taken[found.name]}"), None
        else:
            taken[found.name] = found.package
            yield (_record(found, "failed", found.fault), None) if found.fault else _guarded_load(found, strict)


def is_strict(environ: Mapping[str, str]) -> bool:
    """Whether the user wants a broken plugin to raise instead of being left out with a warning."""
    return environ.get("ZOO_STRICT_PLUGINS", "").strip().lower() in {"1", "true", "yes", "on"}


def _names(text: str) -> set[str]:
    return {_fold(name) for name in text.split(",") if name.strip()}


def _fold(name: str) -> str:
    """pip treats `My_Plugin` and `my-plugin` as one name, and so do users."""
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _built_ins() -> Iterable[_Found]:
    return [_Found(name, OWN_PACKAGE, None, f"zoo.plugins.{name}.plugin") for name in BUILT_IN]


def _third_parties() -> list[_Found]:
    """Entry points of the group, each once (an editable install can list one twice), in a stable order."""
    unique: dict[tuple[str, str], _Found] = {}
    for distribution in importlib.metadata.distributions():
        for found in _offered(distribution):
            value = found.target.value if isinstance(found.target, EntryPoint) else ""
            unique.setdefault((found.name, value), found)
    return sorted(unique.values(), key=lambda found: (found.name, found.package))


def _offered(distribution: Distribution) -> Iterator[_Found]:
    """Plugins of one package; metadata that cannot be read are its own fault alone."""
    group = f"[{ENTRY_POINT_GROUP}]"
    try:
        text = distribution.read_text("entry_points.txt")
        if text is None or group not in text:
            return
        points = [point for point in distribution.entry_points if point.group == ENTRY_POINT_GROUP]
    except Exception as err:  # a packaging tool may have written anything
        if isinstance(err, UnicodeDecodeError) and group.encode() not in err.object:
            return
        package = told(getattr(distribution, "_path", "(unknown package)")).rsplit("/", 1)[-1]
        yield _Found(package, package, None, None, f"its metadata cannot be read: {type(err).__name__}: {told(err)}")
        return
    try:
        package, version = distribution.metadata["Name"], distribution.version
    except Exception:
        package, version = "(unknown package)", None
    for point in points:
        fault = None if _NAME.fullmatch(point.name) else "its name is no plain word of at most 100 letters"
        yield _Found(told(point.name)[:100], told(package), version and told(version), point, fault)


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")


def _refusal(names: set[str], allowed: set[str] | None, denied: set[str]) -> str | None:
    if names & denied:
        return "named in ZOO_DISABLED_PLUGINS"
    if allowed is not None and not names & allowed:
        return "not named in ZOO_PLUGINS"
    return None


def _guarded_load(found: _Found, strict: bool) -> tuple[PluginRecord, Any]:
    def load() -> tuple[Any, Any]:
        plugin = found.load()
        if isinstance(plugin, type):
            plugin = plugin()
        supported = getattr(plugin, "zoo_plugin_api", None)
        return plugin, None if supported is None else tuple(supported)

    try:
        (plugin, supported), notes = guarded(found.name, "import", load, built_in=isinstance(found.target, str))
    except Exception as err:  # raised on purpose, or told by the guard: in both cases a reason, not a crash
        cause = err.__cause__
        if strict:
            raise (cause if isinstance(cause, Exception) else err) from None
        if isinstance(cause, ModuleNotFoundError):
            missing = cause.name or str(cause)
            if isinstance(found.target, EntryPoint) and found.target.module.split(".")[0] == missing:
                return _record(found, "failed", f"its own module {missing!r} is not importable; reinstall it"), None
            return _record(found, "missing extra", f"needs the package {missing!r}: pip install {missing}"), None
        reason = err.problem.partition(": ")[2] if isinstance(err, PluginError) else f"import raised {told(err)}"
        return _record(found, "failed", reason.rstrip(".")), None
    if supported is None:
        return _record(found, "incompatible", f"states no zoo_plugin_api; add `zoo_plugin_api = ({PLUGIN_API},)`"), None
    if PLUGIN_API not in supported:
        wanted = told(", ".join(map(str, supported)))
        return _record(found, "incompatible", f"supports plugin interface {wanted}, this zoo has {PLUGIN_API}"), None
    return replace(_record(found, "loaded", None), notes=notes), plugin


def _record(found: _Found, state: State, reason: str | None) -> PluginRecord:
    return PluginRecord(found.name, found.package, found.version, state, reason)
