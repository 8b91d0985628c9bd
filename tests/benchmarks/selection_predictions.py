"""Predictions of every column by a prior that never saw its group of near-duplicates."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from selection_tables import Cell, Float

from zoo.selector.evidence.models import ModelFacts, load_models
from zoo.selector.prior import Prior, TaskFacts
from zoo.selector.prior.fit import without
from zoo.selector.prior.query import Question
from zoo.selector.prior.table import Room, traits
from zoo.selector.task.datasets import Datasets

LEADERS = 130
"""Candidates of a column of whom it is worked out how alike they are: all of the CLIP table, so of its parts too."""


@dataclass(frozen=True)
class Prediction:
    """Of one column, for every model with a result: strength, interval, and the loss expected of the ranking.

    `alike` (m, m) says how alike the `leaders` (m,) have been, the first of the ranking.
    """

    strength: Float
    low: Float
    high: Float
    own_spread: Float
    expected: Float
    of_several: Float
    leaders: NDArray[np.int64]
    alike: Float


def predict_group(room_name: str, places: list[int]) -> dict[int, Prediction]:
    """Predictions of the columns of one group by a prior that never saw it."""
    prior, models, datasets = loaded()
    room = prior.room(room_name)
    return {place: _predict(prior, room, place, models, datasets) for place in places}


def _predict(prior: Prior, room: Room, place: int, models: dict[str, ModelFacts], datasets: Datasets) -> Prediction:
    column = room.columns[place]
    facts = datasets.by_name[column.dataset]
    few = re.fullmatch(r"(\d+) images", column.condition)
    task = TaskFacts(
        modality=facts.modality,
        kind="clustering" if column.metric in ("v_measure", "nmi") else facts.kind,
        language=column.language or None,
        dataset=column.dataset,
        protocol=column.protocol,
        n_labels=int(few[1]) if few else None,
    )
    rows = np.flatnonzero(room.seen[:, place])
    candidates = [models[room.models[row]] for row in rows]
    found = prior.predict(task, candidates, exclude_evidence=[column.dataset])
    strength, *others = (
        np.array([np.nan if getattr(e, name) is None else getattr(e, name) for e in found], dtype=float)
        for name in ("strength", "low", "high", "own_spread", "expected", "of_several")
    )
    leaders = np.argsort(-strength, kind="stable")[:LEADERS]
    alike = prior.likeness(task, [candidates[place] for place in leaders], exclude_evidence=[column.dataset])
    return Prediction(strength, *others, leaders, alike.astype(np.float16))


def predict_alone(room: Room, cell: Cell, datasets: Datasets) -> Prediction:
    """Strengths on a column whose data set alone is left out: near-duplicates stay, as for a user who knows them.

    Gives no interval and no metric: it is no honest test of those.
    """
    column = room.columns[cell.column]
    fitted = without(room, frozenset([column.dataset]), [traits(other, datasets.by_name) for other in room.columns])
    rows = np.flatnonzero(room.seen[:, cell.column])
    strength, _, _ = Question(fitted, traits(column, datasets.by_name), rows.tolist()).strengths(room.x[rows])
    unknown = np.full(len(rows), np.nan)
    return Prediction(strength.astype(float), *[unknown] * 5, rows[:0], unknown[:0])


@cache
def loaded() -> tuple[Prior, dict[str, ModelFacts], Datasets]:
    """The prior of this process; each process loads its own once."""
    return Prior.load(), {facts.model: facts for facts in load_models()}, Datasets.load()


def predict_room(name: str, room: Room, workers: int) -> dict[int, Prediction]:
    """Predictions of every column of a room, by its place; groups are shared out among the workers."""
    groups = defaultdict(list)
    for place, column in enumerate(room.columns):
        groups[column.group].append(place)
    predictions: dict[int, Prediction] = {}
    with ProcessPoolExecutor(workers) as pool:
        for part in pool.map(predict_group, [name] * len(groups), groups.values(), chunksize=4):
            predictions |= part
    return predictions
