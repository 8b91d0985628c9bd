"""The prior: which result to expect of a model on a task, from published results on other tasks.

    prior = Prior.load()
    prior.predict(TaskFacts(modality="image", domain="satellite/rgb", protocol="zero-shot"), [model_facts(card)])

`prior_model` says how; this module prepares the question, leaves out what is to be left out, and turns
hidden strengths into a metric with an interval and the rows of evidence that moved it most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

from zoo.evidence import EvidenceRow

from . import prior_models, prior_tasks
from .evidence import Datasets, ModelFacts
from .prior_model import Float, posterior, regress
from .prior_models import model_facts
from .prior_table import Room, unpack
from .prior_tasks import TaskFacts, TaskTraits

__all__ = ["Estimate", "ModelFacts", "Prior", "TaskFacts", "model_facts"]

COVERAGE = 0.8
"""Share of held-out results that the intervals are made to cover."""

_MOST_TELLING = 400
"""Columns that are read for one question; further ones change nothing that is printed."""


@dataclass(frozen=True)
class Estimate:
    """What to expect of one model on one task.

    Attributes:
        expected: metric in [0, 1]; None where the evidence has no column of this kind and protocol.
        low, high: interval that covers `COVERAGE` of held-out results, in [0, 1].
        strength: what candidates are ranked by; greater is better. Its unit is the spread of models on a typical task.
        spread: standard deviation of `strength`: how far it may be off.
        rows: the rows of evidence that moved the estimate most; empty for a model without evidence.
        note: what weakens the estimate, for a person to read; empty if nothing.
    """

    model: str
    expected: float | None
    low: float
    high: float
    metric: str
    protocol: str
    strength: float
    spread: float
    rows: tuple[EvidenceRow, ...]
    note: str


class Prior:
    """Published results, ready to be asked about a task. Each room is read at the first question about it."""

    def __init__(self, rooms: dict[str, Room], keys: dict[str, str], datasets: Datasets) -> None:
        self._rooms = rooms
        self._keys = keys
        self._datasets = datasets

    @classmethod
    def load(cls) -> Prior:
        """The bundled prior."""
        return cls({}, {}, Datasets.load())

    def room(self, name: str) -> Room:
        if name not in self._rooms:
            self._rooms[name], words = unpack(name)
            self._keys = self._keys or words["keys"]
        return self._rooms[name]

    def predict(
        self, task: TaskFacts, models: Sequence[ModelFacts], exclude_evidence: Iterable[str] = ()
    ) -> list[Estimate]:
        """One estimate a model, in the order given.

        Args:
            task: what is known of the target; `dataset` adds the facts of a public data set, never its results
                when it is excluded.
            models: candidates, from cards (`model_facts`) or tables.
            exclude_evidence: data sets whose results must not be used. Their near-duplicates are left out too, and
                what the facts of models say is learned anew without them.
        """
        known = self._datasets.find(task.dataset) if task.dataset else ()
        traits = prior_tasks.traits_of_task(task, known[0] if known else None)
        room = self.room(traits.room)
        question = _Question(room, traits, self._datasets.near_duplicates(exclude_evidence))
        rows = [self._row_of(facts, room) for facts in models]
        x = prior_models.standard_features(models, room.name).astype(np.float32)
        mean, variance, moved = question.strengths(rows, x)
        return [
            question.estimate(facts, row, float(mean[i]), float(variance[i]), moved[i])
            for i, (facts, row) in enumerate(zip(models, rows, strict=True))
        ]

    def _row_of(self, facts: ModelFacts, room: Room) -> int | None:
        """Row of the model's results in the room, by any of its names."""
        for key in prior_models.name_keys(facts):
            model = self._keys.get(key)
            row = self._index[room.name].get(model) if model else None
            if row is not None:
                return row
        return None

    @cached_property
    def _index(self) -> dict[str, dict[str, int]]:
        return {name: {model: row for row, model in enumerate(self.room(name).models)} for name in ("image", "text")}


class _Question:
    """One task put to one room, with the columns that may be read for it."""

    def __init__(self, room: Room, traits: TaskTraits, excluded: frozenset[str]) -> None:
        self.room = room
        self.traits = traits
        self.phi = prior_tasks.matrix([traits], room.vocabulary).astype(np.float32)[0]
        allowed = np.array([column.dataset not in excluded for column in room.columns])
        self.left_out = not allowed.all()
        self.allowed = np.flatnonzero(allowed)
        s = room.strengths
        reach = s.covariance @ self.phi
        own = np.einsum("dk,kl,dl->d", room.phi, s.covariance, room.phi) + s.noise
        telling = (room.phi @ reach) ** 2 / own
        order = self.allowed[np.argsort(-telling[self.allowed], kind="stable")]
        self.columns = order[:_MOST_TELLING]

    def strengths(self, rows: Sequence[int | None], x: Float) -> tuple[Float, Float, list[list[tuple[int, float]]]]:
        """Mean and variance of each model's score on the task, and (column, push) of its evidence, strongest first."""
        room, s, columns = self.room, self.room.strengths, self.columns
        phi, noise = room.phi[columns], s.noise[columns]
        from_facts = self._from_facts() if self.left_out else s.from_facts
        known = np.array([row is not None for row in rows])
        at = np.array([row or 0 for row in rows], dtype=int)
        residual = self._residual[at] * known[:, None]
        flags = (room.seen[np.ix_(at, columns)] & known[:, None]).astype(np.float32)
        expected = np.where(known[:, None], room.x[at], x) @ from_facts.T
        means, spread = posterior(residual, flags, phi, noise, s.covariance, expected)
        mean, reach = means @ self.phi, spread @ self.phi
        variance = reach @ self.phi
        pushes = residual * (reach @ phi.T) / noise
        order = np.argsort(-np.abs(pushes), axis=1)[:, :3]
        moved = [[(int(columns[c]), float(pushes[i, c])) for c in order[i] if flags[i, c]] for i in range(len(rows))]
        return mean, variance, moved

    @cached_property
    def _residual(self) -> Float:
        return self.room.residual[:, self.columns]

    def _from_facts(self) -> Float:
        """The regression on facts of models, learned again from the columns that may be read."""
        room, s = self.room, self.room.strengths
        flags = room.seen[:, self.columns].astype(np.float32)
        seen = flags.any(1)
        weights, _ = posterior(
            self._residual[seen],
            flags[seen],
            room.phi[self.columns],
            s.noise[self.columns],
            s.covariance,
            room.x[seen] @ s.from_facts.T,
        )
        return regress(weights, room.x[seen])

    @cached_property
    def _level(self) -> tuple[Float, Float, float]:
        """Expected intercept and log slope of logit(metric) over the score, and their variances."""
        room = self.room
        phi, level = room.phi[self.allowed], room.level[self.allowed]
        gram = phi.T @ phi + np.eye(phi.shape[1], dtype=np.float32)
        centre = level.mean(0)
        weights = np.linalg.solve(gram, phi.T @ (level - centre))
        miss = level - centre - phi @ weights
        alike = np.maximum(0.02, ((phi @ self.phi) / np.linalg.norm(phi, axis=1) / np.linalg.norm(self.phi)) ** 4)
        variance = (alike[:, None] * miss**2).sum(0) / alike.sum()
        return (
            centre + self.phi @ weights,
            variance,
            float(np.average(room.strengths.noise[self.allowed], weights=alike)),
        )

    @cached_property
    def _same_protocol(self) -> list[int]:
        return [int(c) for c in self.columns if self.room.columns[c].protocol == self.traits.protocol]

    def estimate(
        self, facts: ModelFacts, row: int | None, mean: float, variance: float, moved: list[tuple[int, float]]
    ) -> Estimate:
        room = self.room
        (intercept, log_slope), (intercept_variance, slope_variance), noise = self._level
        slope = float(np.exp(log_slope))
        logit = float(intercept) + slope * mean
        score_variance = variance + float(noise)
        deviation = np.sqrt(intercept_variance + slope**2 * (score_variance + float(slope_variance) * mean**2))
        reach = NormalDist().inv_cdf(0.5 + COVERAGE / 2) * float(deviation)
        rows = tuple(
            room.columns[c].row(room.models[row], round(float(room.values[row, c]), 4))
            for c, _ in moved
            if row is not None
        )
        metric = room.columns[self._same_protocol[0]].metric if self._same_protocol else "accuracy"
        return Estimate(
            model=facts.model,
            expected=_share(logit) if self._same_protocol else None,
            low=_share(logit - reach),
            high=_share(logit + reach),
            metric=metric,
            protocol=self.traits.protocol,
            strength=mean,
            spread=float(np.sqrt(variance)),
            rows=rows,
            note=self._note(row, len(moved)),
        )

    def _note(self, row: int | None, n_rows: int) -> str:
        if row is None or n_rows == 0:
            return "no published result of this model is used: judged by its size, data, objective and family"
        n_results = int(self.room.seen[row, self.columns].sum())
        return f"little evidence: {n_results} published results" if n_results < 5 else ""


def _share(logit: float) -> float:
    return round(float(1 / (1 + np.exp(-logit))), 4)
