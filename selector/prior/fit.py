"""Fits one room of the prior to columns of evidence: when the prior is built, and when data sets are left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import task_features as prior_tasks
from .calibration import Checks, Tuning
from .factor_model import Float, crowding, fit
from .level import fit_levels
from .table import Column, Room, chances, trust_in
from .task_features import TaskTraits

MIN_GROUPS = 5
"""A feature of tasks that fewer groups of near-duplicates share would only memorise them."""


def without(room: Room, excluded: frozenset[str], told: Sequence[TaskTraits]) -> Room:
    """The room fitted anew as if the results on the excluded data sets had never been published.

    Everything that was learned is learned again without them: vocabulary, covariance, facts, levels, tuning.
    """
    keep = np.array([column.dataset not in excluded for column in room.columns], dtype=bool)
    if keep.all():
        return room
    gone = frozenset(column.group for column, kept in zip(room.columns, keep, strict=True) if not kept)
    columns = tuple(column for column, kept in zip(room.columns, keep, strict=True) if kept)
    kept_traits = [trait for trait, kept in zip(told, keep, strict=True) if kept]
    checks = room.checks.without(gone)
    fitted = fit_columns(
        room.name, room.models, columns, kept_traits, room.values[:, keep], room.scores[:, keep], room.x, checks
    )
    return replace(fitted, facts=room.facts)


def fit_columns(
    name: str,
    names: tuple[str, ...],
    columns: tuple[Column, ...],
    told: Sequence[TaskTraits],
    values: Float,
    scores: Float,
    x: Float,
    checks: Checks,
    tuning: Tuning | None = None,
) -> Room:
    """A room of (n models, d columns) results, tuned by the checks unless a tuning is given."""
    tuning = tuning or checks.best_tuning()
    vocabulary = _vocabulary(columns, told)
    phi = prior_tasks.matrix(told, vocabulary).astype(np.float16).astype(np.float32)
    crowd = crowding([column.group for column in columns], tuning.shared)
    chance = chances(columns, told)
    strengths = fit(scores, phi, x, crowd).tempered(trust_in(vocabulary, tuning))
    return Room(
        name=name,
        models=names,
        columns=columns,
        vocabulary=vocabulary,
        values=values,
        scores=scores,
        phi=phi,
        x=x,
        strengths=strengths,
        level=fit_levels(values, (scores - strengths.mean) / strengths.scale, chance),
        chance=chance,
        checks=checks,
    )


def _vocabulary(columns: Sequence[Column], told: Sequence[TaskTraits]) -> tuple[str, ...]:
    groups: dict[str, set[str]] = defaultdict(set)
    for column, trait in zip(columns, told, strict=True):
        for word in prior_tasks.features(trait):
            groups[word].add(column.group)
    return tuple(word for word, sharing in groups.items() if len(sharing) >= MIN_GROUPS)
