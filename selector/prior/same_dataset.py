"""Results on the very data set that a task names: they say more than any resemblance of other tasks.

Where the evidence holds a column of the data set itself, of the task's kind and protocol, its level is the level to
expect, and a candidate's own result on it stands for what other tasks say of the candidate. What stays open is how far
two measurements of one model on one data set lie apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .factor_model import Flags, Float
from .level import Level, skill_logit
from .table import Room
from .table import traits as traits_of
from .task_features import TaskTraits

SHARED_SHIFT = 0.2
"""By how much (standard deviation of the logit of skill) all results on one data set move from one source to another.
Read off probes of few labels that two sources printed of the same models; a test holds it against the evidence."""
OWN_SHIFT = 0.15
"""The same of each model around the shift that all share."""

_MODELS_OF_OTHERS = 10
"""How many models of the data set's own column are taken to say as much of how far apart models are as other tasks."""


def own_column(room: Room, traits: TaskTraits, dataset: str | None, asked: NDArray[np.int64]) -> int | None:
    """Place of the column of this data set that measured most of the models asked about for the task's purpose.

    None if there is none that measured any: where others stand on the data set says little of them.

    Args:
        asked: rows of these models in the room.
    """
    measured = {
        place: (int(room.seen[asked, place].sum()), int(room.seen[:, place].sum()))
        for place, column in enumerate(room.columns)
        if column.dataset == dataset and _purpose(traits_of(column, room.facts)) == _purpose(traits)
    }
    best = max(measured, key=lambda place: measured[place], default=None)
    return best if best is not None and measured[best][0] else None


def _purpose(traits: TaskTraits) -> tuple[object, ...]:
    return traits.kind, traits.protocol, traits.language, traits.few_labels


def own_level(room: Room, place: int, elsewhere: Level) -> Level:
    """How high results on the data set lie, but for another measurement's shift, and how far apart models are.

    A column of few models says little of the latter beyond those models; it is drawn to what is expected `elsewhere`,
    around the middle of the column.
    """
    intercept, log_slope = (float(value) for value in room.level[place])
    seen = room.seen[:, place]
    middle, n = float(room.residual[seen, place].mean()), int(seen.sum())
    others = _MODELS_OF_OTHERS / (n + _MODELS_OF_OTHERS)
    drawn = (1 - others) * log_slope + others * elsewhere.log_slope
    return Level(
        intercept=intercept + float(np.exp(log_slope) - np.exp(drawn)) * middle,
        log_slope=drawn,
        intercept_variance=SHARED_SHIFT**2,
        log_slope_variance=others * elsewhere.log_slope_variance,
        noise=0.0,
    )


def with_own_results(
    room: Room, place: int, level: Level, at: NDArray[np.int64], known: Flags, mean: Float, variance: Float
) -> tuple[Float, Float]:
    """(n,) strengths and variances on the data set of column `place`, of models in rows `at` of the room.

    A model with a result there (`known`) has the strength that `level` turns into that result; any other keeps what is
    expected of it, and its variance takes in what is the column's own.
    """
    results = np.where(known, room.values[at, place], 0.5)
    there = (skill_logit(results, room.chance[place]) - level.intercept) / level.slope
    strengths = np.where(known, there, mean)
    variances = np.where(known, (OWN_SHIFT / level.slope) ** 2, variance + room.strengths.noise[place])
    return strengths.astype(np.float32), variances.astype(np.float32)
