"""How an estimate of the prior is moved: by an assumed strength, and never below what naming at random reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..prior import Estimate
from ..prior.level import chance_of, metric_of
from ..task.task import Task

_HEIGHTS = np.linspace(-7, 7, 1401, dtype=np.float32)


def slope_of(told: Sequence[Estimate], floor: float = 0.0) -> float:
    """Logits of skill per unit of strength: the prior draws a straight line, two points of it say which.

    Args:
        floor: metric that guessing reaches; skill is the part above it.
    """
    known = [(e.strength, _height(e.expected, floor)) for e in told if e.expected is not None]
    if len(known) < 2:
        return 0.0
    low, high = min(known), max(known)
    return (high[1] - low[1]) / (high[0] - low[0]) if high[0] - low[0] > 1e-3 else 0.0


def moved(estimate: Estimate, worth: float, slope: float, floor: float = 0.0) -> Estimate:
    """The estimate with its strength raised by `worth`; the interval moves along and grows by half of the move.

    Args:
        slope: logits of skill per unit of strength; `floor` as in `slope_of`.
    """
    if worth == 0.0:
        return estimate
    if estimate.expected is None:
        return replace(estimate, strength=estimate.strength + worth)
    by, slack = slope * worth, slope * abs(worth) / 2
    at = [_height(value, floor) for value in (estimate.expected, estimate.low, estimate.high)]
    heights = np.array([at[0] + by, at[1] + by - slack, at[2] + by + slack], dtype=np.float32)
    expected, low, high = (round(float(value), 4) for value in metric_of(heights, floor))
    return replace(
        estimate,
        strength=estimate.strength + worth,
        expected=expected,
        low=min(low, expected),
        high=max(high, expected),
        own_spread=math.hypot(estimate.own_spread, slack),
    )


def chance(task: Task, metric: str) -> float | None:
    """What naming a class at random reaches; None where that is not known."""
    return chance_of(metric, task.n_classes, task.kind) or None


def is_at_chance(task: Task, metric: str, expected: float) -> bool:
    """Whether no more is expected than naming at random reaches."""
    floor = chance(task, metric)
    return floor is not None and expected <= round(floor, 4)


def no_worse_than_chance(task: Task, estimate: Estimate) -> Estimate:
    """The estimate, raised to chance where results on tasks of more classes point below it."""
    floor = chance(task, estimate.metric)
    if floor is None or estimate.expected is None or estimate.expected >= floor:
        return estimate
    return replace(estimate, expected=round(floor, 4), high=max(estimate.high, round(floor, 4)))


def _height(value: float, floor: float) -> float:
    """The logit of skill at which the prior's curve has this metric, finite."""
    return float(np.interp(value, metric_of(_HEIGHTS, floor), _HEIGHTS))
