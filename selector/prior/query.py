"""One task put to one room of evidence: the strength of each model on it, and the results that say so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from . import task_features as prior_tasks
from .calibration import TAKEN, class_of
from .factor_model import Flags, Float, answer, means
from .level import Level, chance_of, level_of
from .neighbours import blended
from .same_dataset import own_column, own_level, with_own_results
from .table import Room
from .task_features import TaskTraits

N_REASONS = 3
_FIRST = 1e6
"""Added to the push of a result on the very data set, which is the first reason whatever else there is."""


class Question:
    """A task put to models of a room, with the features that the room knows.

    Args:
        rows: row of each model in the room; None where it has no result there.
        dataset: the public data set that the task names.

    Attributes:
        has_level: whether the evidence has a column of this kind and protocol, so that a metric can be expected.
        metric: that of `own`, else the one that most such columns have.
        chance: what guessing reaches in it.
        own: place of the column of the very data set, where the task names one on which some of the models were
            measured.
        is_measured: (n,) which of them were.
    """

    def __init__(self, room: Room, traits: TaskTraits, rows: Sequence[int | None], dataset: str | None = None) -> None:
        self.room = room
        self.traits = traits
        self._known = np.array([row is not None for row in rows], dtype=bool)
        self._at = np.array([row or 0 for row in rows], dtype=np.int64)
        self.phi = prior_tasks.matrix([traits], room.vocabulary).astype(np.float32)[0]
        self.kind = class_of(traits)
        metrics = Counter(column.metric for column in room.columns if self._compares(column.protocol, column.dataset))
        self.has_level = bool(metrics)
        self.own = own_column(room, traits, dataset, self._at[self._known])
        self.is_measured = self._known & (room.seen[self._at, self.own] if self.own is not None else False)
        usual = metrics.most_common(1)[0][0] if metrics else "accuracy"
        self.metric = usual if self.own is None else room.columns[self.own].metric
        guessed = chance_of(self.metric, traits.n_classes, traits.kind)
        self.chance = guessed if self.own is None else float(room.chance[self.own])

    def _compares(self, protocol: str, dataset: str) -> bool:
        return protocol == self.traits.protocol and self.room.facts[dataset].kind == self.traits.kind

    def strengths(self, x: Float) -> tuple[Float, Float, list[list[int]]]:
        """(n,) mean and variance of each model's strength, and the columns that moved it, the strongest first.

        Args:
            x: (n, f) facts of the models.
        """
        room, s, known, at = self.room, self.room.strengths, self._known, self._at
        residual = room.residual[at] * known[:, None]
        flags = (room.seen[at] & known[:, None]).astype(np.float32)
        expected = np.where(known[:, None], room.x[at], x) @ s.from_facts.T
        sets, told = room.information
        half = (sets[at] & known[:, None]).astype(np.float32) @ told
        mean, reach = answer(residual, half, room.phi, room.noise, s.covariance, expected, self.phi)
        pushes = residual * (reach @ (room.phi / room.noise[:, None]).T)
        if self.own is not None:
            pushes[:, self.own] += _FIRST * flags[:, self.own]
        order = _largest(np.abs(pushes), N_REASONS)
        moved = [[int(c) for c in order[i] if flags[i, c]] for i in range(len(at))]
        strengths, variance = blended(room, self.phi, flags, room.values[at], mean), reach @ self.phi
        if self.own is not None:
            strengths, variance = with_own_results(
                room, self.own, self.level, at, self.is_measured, strengths, variance
            )
        return strengths, variance, moved

    def factors(self) -> tuple[float, float, float]:
        """Factors on the interval, on the own spread where one is taken, and on it where the best of several is.

        They come from checks on sources that measured these models.
        """
        asked = self._at[self._known]
        measured = self._measured_by.items() if len(asked) else ()
        weights = {source: float(who[asked].mean()) ** 2 for source, who in measured}
        checks = self.room.checks
        one, several = (checks.own_factor(self.kind, weights, n) for n in TAKEN)
        return checks.interval_factor(self.kind, weights), one, several

    @cached_property
    def _measured_by(self) -> dict[str, Flags]:
        """Source -> (n models of the room,) whether it measured the model under this protocol."""
        columns: dict[str, list[int]] = defaultdict(list)
        for place, column in enumerate(self.room.columns):
            if column.protocol == self.traits.protocol:
                columns[column.source].append(place)
        return {source: np.asarray(self.room.seen[:, at].any(axis=1)) for source, at in columns.items()}

    @cached_property
    def level(self) -> Level:
        room = self.room
        groups = [column.group for column in room.columns]
        level = level_of(self.phi, room.phi, room.level, room.strengths.noise, groups, room.ridge)
        return level if self.own is None else own_level(room, self.own, level)

    @cached_property
    def little_evidence(self) -> str:
        """What the evidence lacks for this task, for a person to read; empty if nothing.

        A domain counts as covered where three groups of near-duplicates belong to it, a data set with results of its
        own always.
        """
        if self.own is not None:
            return ""
        if not self.has_level:
            return f"little evidence: no published {self.traits.protocol} results on {self.traits.kind} tasks"
        for domain in self.traits.domains:
            groups = {c.group for c in self.room.columns if _within(self.room.facts[c.dataset].domains, domain)}
            if len(groups) < 3:
                some = f"results on {len(groups)} data set{'s' * (len(groups) > 1)}" if groups else "no results"
                return f"little evidence: {some} of the domain {domain}{self._borrowed(domain)}"
        return ""

    def _borrowed(self, domain: str) -> str:
        """From which sister domains the order is borrowed, in brackets; empty if there are none."""
        top = domain.partition("/")[0]
        near = {d for c in self.room.columns for d in self.room.facts[c.dataset].domains if d.startswith(f"{top}/")}
        sisters = sorted(d for d in near if not _within((d,), domain) and not domain.startswith(f"{d}/"))
        return f" (borrowed from {', '.join(sisters[:_MOST_SISTERS])})" if sisters else ""


_MOST_SISTERS = 4
"""Sister domains that a note names."""


def _largest(values: Float, n: int) -> NDArray[np.int64]:
    """(m, n) columns of the n largest values of each row, the largest first; `values` is used up."""
    found = np.zeros((len(values), n), dtype=np.int64)
    for place in range(n):
        found[:, place] = values.argmax(axis=1)
        np.put_along_axis(values, found[:, place : place + 1], -1, axis=1)
    return found


def _within(domains: Sequence[str], wanted: str) -> bool:
    return any(domain == wanted or domain.startswith(f"{wanted}/") for domain in domains)


def likeness(room: Room, rows: Sequence[int | None]) -> NDArray[np.float64]:
    """(n, n) positive semi-definite likeness, 1 on the diagonal; 0 between a model without results and any other.

    The mean of two parts: how near the models' results lie to each other, and how often one was better than its
    strengths say where the other was too.
    """
    known = np.array([place for place, row in enumerate(rows) if row is not None], dtype=int)
    found = np.eye(len(rows))
    if len(known) < 2:
        return found
    at = [row for row in rows if row is not None]
    s, seen = room.strengths, room.seen[at]
    sets, told = room.information
    half = sets[at].astype(np.float32) @ told
    strengths = means(room.residual[at], half, room.phi, room.noise, s.covariance, room.x[at] @ s.from_facts.T)
    said = strengths @ room.phi.T  # (n, d)
    surprise = (room.residual[at] - said) * seen / np.sqrt(room.noise)
    unit = surprise / (np.linalg.norm(surprise, axis=1, keepdims=True) + 1e-9)
    square = (said**2).sum(axis=1)
    distance = np.maximum(square[:, None] + square - 2 * said @ said.T, 0)
    near = np.exp(-distance / (median(distance[~np.eye(len(at), dtype=bool)].tolist()) + 1e-9))
    found[np.ix_(known, known)] = 0.5 * near + 0.5 * unit @ unit.T
    np.fill_diagonal(found, 1.0)
    return found
