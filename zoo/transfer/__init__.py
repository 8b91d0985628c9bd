"""Recipes and the transfer of a source model to a task."""

from __future__ import annotations

from zoo.transfer.penalties import Penalty as Penalty
from zoo.transfer.recipe import Phase as Phase
from zoo.transfer.recipe import Recipe as Recipe
from zoo.transfer.recipe import Stop as Stop
from zoo.transfer.recipes import named as named
