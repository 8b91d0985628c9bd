"""zoo: which pretrained model should I start from for my task, and how do I transfer it?

Importing zoo is instant: every name below is fetched from its module at first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo import data as data
    from zoo import preprocessing as preprocessing
    from zoo import transfer as transfer
    from zoo import zero_shot as zero_shot
    from zoo.cards import ModelCard as ModelCard
    from zoo.encoder import Encoder as Encoder
    from zoo.errors import ZooError as ZooError
    from zoo.hookspecs import PLUGIN_API as PLUGIN_API
    from zoo.hookspecs import hookimpl as hookimpl
    from zoo.loading import load as load
    from zoo.lookup import find as find
    from zoo.lookup import get_card as get_card
    from zoo.lookup import list_models as list_models
    from zoo.lookup import list_plugins as list_plugins
    from zoo.planning import LoadPlan as LoadPlan
    from zoo.planning import plan as plan
    from zoo.registry import Registry as Registry
    from zoo.zero_shot import classify as classify

__version__ = "0.1.0"

_HOME = {
    "Encoder": "encoder",
    "LoadPlan": "planning",
    "ModelCard": "cards",
    "PLUGIN_API": "hookspecs",
    "Registry": "registry",
    "ZooError": "errors",
    "classify": "zero_shot",
    "find": "lookup",
    "get_card": "lookup",
    "hookimpl": "hookspecs",
    "list_models": "lookup",
    "list_plugins": "lookup",
    "load": "loading",
    "plan": "planning",
}
_ROOMS = ("data", "errors", "preprocessing", "selector", "transfer", "zero_shot")

__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"zoo.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return importlib.import_module(f"zoo.{name}")
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, *_ROOMS])
