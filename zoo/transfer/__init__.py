"""Recipes and the transfer of a source model to a task; every name is fetched from its module at first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.transfer import domain_pretraining as domain_pretraining
    from zoo.transfer import evaluate as evaluate
    from zoo.transfer import forgetting as forgetting
    from zoo.transfer.evaluate import few_shot_curve as few_shot_curve
    from zoo.transfer.evaluate import layer_rate_sweep as layer_rate_sweep
    from zoo.transfer.evaluate import transfer_gain as transfer_gain
    from zoo.transfer.exporting import export as export
    from zoo.transfer.fitting import Run as Run
    from zoo.transfer.fitting import fit as fit
    from zoo.transfer.penalties import Penalty as Penalty
    from zoo.transfer.predictor import Predictor as Predictor
    from zoo.transfer.recipe import Phase as Phase
    from zoo.transfer.recipe import Recipe as Recipe
    from zoo.transfer.recipe import Stop as Stop
    from zoo.transfer.recipes import named as named

_HOME = {
    "Penalty": "penalties",
    "Phase": "recipe",
    "Predictor": "predictor",
    "Recipe": "recipe",
    "Run": "fitting",
    "Stop": "recipe",
    "export": "exporting",
    "few_shot_curve": "evaluate",
    "fit": "fitting",
    "layer_rate_sweep": "evaluate",
    "named": "recipes",
    "transfer_gain": "evaluate",
}
_ROOMS = ("domain_pretraining", "evaluate", "exporting", "forgetting")

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"zoo.transfer.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return importlib.import_module(f"zoo.transfer.{name}")
    raise AttributeError(f"module 'zoo.transfer' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, *_ROOMS])
