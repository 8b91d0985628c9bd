"""The prior: which result to expect of a model on a task, from published results on other tasks.

Where the task names a data set that has results of its own, those come first (`prior.own_results`).

    prior = Prior.load()
    prior.predict(TaskFacts(modality="image", domain="satellite/rgb", protocol="zero-shot"), [model_facts(card)])

`prior.model` and `prior.nearby` say how, in equal parts; `prior.question` asks one task; this module finds the models,
leaves out what is to be left out, and turns hidden strengths into a metric with an interval and the rows of evidence
that moved the model most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.evidence import EvidenceRow, EvidenceTable

from ..evidence.models import ModelFacts
from ..task.datasets import Datasets
from . import model_features as prior_models
from . import task_features as prior_tasks
from .added_results import Extra, compared, extended
from .factor_model import Float
from .fit import without
from .level import COVERAGE, REACH, metric_of
from .model_features import model_facts
from .query import Question, likeness
from .regret import expected_loss
from .store import unpack
from .table import MIN_MODELS, Room, traits
from .task_features import TaskFacts

__all__ = ["COVERAGE", "Estimate", "ModelFacts", "Prior", "TaskFacts", "expected_regret", "model_facts"]

_KEPT_FITS = 4
_FEW_RESULTS = 5


@dataclass(frozen=True)
class Estimate:
    """What to expect of one model on one task.

    Attributes:
        expected: metric in [0, 1]; None where the evidence has no column of this kind and protocol.
        low, high: interval that covers `COVERAGE` of held-out results, in [0, 1].
        strength: what candidates are ranked by, among those asked about; greater is better. Its unit is the
            spread of models on a typical task.
        spread: standard deviation of `strength`: how far it may be off.
        rows: the rows of evidence that moved the estimate most; empty for a model without evidence.
        note: what weakens the estimate, for a person to read; empty if nothing.
        own_spread: standard deviation of the logit of the metric that is this model's own; what all candidates share
            (how hard the task is) is not in it. Near chance, too, where the skill moves the metric less: there luck
            moves it as much.
        slope_spread: standard deviation of the log of how far the task sets models apart. It is shared by all
            candidates: their order does not depend on it, the size of every difference does.
        of_several: by how much `own_spread` must grow so that the loss expected of the best of several is what five
            lost on data sets that the prior had not read; not below 1, for few checks of five often lost nothing.
        is_measured: whether the model was measured on the very data set that the task names, for the same purpose.
        n_groups: in how many groups of near-duplicates the model has results; variants of one data set are one.
        is_compared: whether results of the task's domain hold the model beside models of another origin; asked only
            where plugins bring results.
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
    own_spread: float = 0.0
    slope_spread: float = 0.0
    of_several: float = 1.0
    is_compared: bool = False
    is_measured: bool = False
    n_groups: int = 0


class Prior:
    """Published results, ready to be asked about a task. Each room is read at the first question about it."""

    def __init__(self, rooms: dict[str, Room], keys: dict[str, str], datasets: Datasets, extra: Extra) -> None:
        self._rooms = rooms
        self._keys = keys
        self._datasets = datasets
        self._extra = extra
        self._index: dict[str, dict[str, int]] = {}
        self._fits: dict[tuple[str, frozenset[str]], Room] = {}

    @classmethod
    def load(cls, tables: Iterable[EvidenceTable] = ()) -> Prior:
        """The bundled prior, and the results and tasks that plugins add.

        Raises:
            PluginError: rows on a data set that neither the evidence nor their own table describes.
        """
        datasets = Datasets.load()
        extra = Extra.read(tables, datasets)
        return cls({}, {}, datasets.with_tasks(extra.tasks, extra.pairs), extra)

    @property
    def datasets(self) -> Datasets:
        """The data sets of the evidence, those of plugins among them."""
        return self._datasets

    def room(self, name: str) -> Room:
        if name not in self._rooms:
            room, words = unpack(name, self._datasets)
            self._keys = self._keys or words["keys"]
            self._rooms[name] = extended(room, self._extra, self._keys, self._datasets)
            self._keys |= {model.lower(): model for model in self._rooms[name].models[len(room.models) :]}
            self._index[name] = {model: row for row, model in enumerate(self._rooms[name].models)}
        return self._rooms[name]

    def predict(
        self, task: TaskFacts, models: Sequence[ModelFacts], exclude_evidence: Iterable[str] = ()
    ) -> list[Estimate]:
        """One estimate a model, in the order given.

        Args:
            task: what is known of the target; `dataset` adds the facts of a public data set, never its results
                when it is excluded.
            models: candidates, from cards (`model_facts`) or tables.
            exclude_evidence: data sets whose results must not be used. They and their near-duplicates are left out,
                and everything that was learned is learned anew without them: about a second at the first question,
                remembered for the next.
        """
        known = self._datasets.find(task.dataset) if task.dataset else ()
        traits = prior_tasks.traits_of_task(task, known[0] if known else None)
        room = self._without(traits.room, self._datasets.near_duplicates(exclude_evidence))
        rows = [self._row_of(facts, room) for facts in models]
        question = Question(room, traits, rows, known[0].dataset if known else None)
        x = np.zeros((len(models), room.x.shape[1]), dtype=np.float32)
        strangers = [place for place, row in enumerate(rows) if row is None]
        x[strangers] = prior_models.standard_features([models[place] for place in strangers], room.name)
        mean, variance, moved = question.strengths(x)
        height, spread, own = question.level.logits(mean, variance)
        widen, stretch, of_several = question.factors()
        reach = REACH * widen * spread
        # The bundled tables alone compare nobody where it matters: a look at every column would be idle.
        beside = compared(room, traits.domains, models, rows) if self._extra.rows else [False] * len(models)
        expected, low, high = (metric_of(at, question.chance) for at in (height, height - reach, height + reach))
        return [
            Estimate(
                model=facts.model,
                expected=_round(expected[i]) if question.has_level else None,
                low=_round(low[i]) if question.has_level else 0.0,
                high=_round(high[i]) if question.has_level else 1.0,
                metric=question.metric,
                protocol=traits.protocol,
                strength=float(mean[i]),
                spread=float(np.sqrt(variance[i])),
                rows=tuple(
                    room.columns[c].row(room.models[row], round(float(room.values[row, c]), 4))
                    for c in moved[i]
                    if row is not None
                ),
                note="; ".join(
                    filter(None, (_note(room, row, len(moved[i]), self._extra.n_of(facts)), question.little_evidence))
                ),
                own_spread=float(own[i]) * stretch,
                is_measured=bool(question.is_measured[i]),
                of_several=max(1.0, of_several / stretch),
                slope_spread=question.level.log_slope_variance**0.5,
                is_compared=beside[i],
                n_groups=int(room.n_groups[row]) if row is not None else 0,
            )
            for i, (facts, row) in enumerate(zip(models, rows, strict=True))
        ]

    def likeness(
        self, task: TaskFacts, models: Sequence[ModelFacts], exclude_evidence: Iterable[str] = ()
    ) -> NDArray[np.float64]:
        """(n, n) how alike models have been on other tasks: 1 on the diagonal, 0 for a stranger.

        `prior.update` and `prior.shortlist` ask for it.
        """
        room = self._without(prior_tasks.room_of(task.modality), self._datasets.near_duplicates(exclude_evidence))
        rows = [self._row_of(facts, room) for facts in models]
        return likeness(room, rows)

    def _without(self, name: str, excluded: frozenset[str]) -> Room:
        room = self.room(name)
        excluded = excluded & room.datasets
        if not excluded:
            return room
        if (name, excluded) not in self._fits:
            if len(self._fits) >= _KEPT_FITS:
                del self._fits[next(iter(self._fits))]
            told = [traits(column, room.facts) for column in room.columns]
            self._fits[name, excluded] = without(room, excluded, told)
        return self._fits[name, excluded]

    def _row_of(self, facts: ModelFacts, room: Room) -> int | None:
        """Row of the model's results in the room, by any of its names."""
        for key in prior_models.name_keys(facts):
            model = self._keys.get(key)
            row = self._index[room.name].get(model) if model else None
            if row is not None:
                return row
        return None


def expected_regret(ranked: Sequence[Estimate], n_taken: int = 1) -> float | None:
    """Metric lost, on average, by taking the best of the first `n_taken` of a ranking instead of the best of all of it.

    None where no metric can be expected. Calibrated on data sets that the prior had not read.
    """
    expected = [estimate.expected for estimate in ranked]
    if not ranked or None in expected:
        return None
    own = np.array([e.own_spread * (e.of_several if n_taken > 1 else 1.0) for e in ranked], dtype=np.float32)
    return expected_loss(np.array(expected, dtype=np.float32), own, n_taken)


def _note(room: Room, row: int | None, n_rows: int, n_of_plugins: int) -> str:
    if row is None or n_rows == 0:
        they = "that of a plugin is" if n_of_plugins == 1 else f"the {n_of_plugins} of a plugin are"
        why = f" ({they} one of too few: a column needs {MIN_MODELS} models to rank)" if n_of_plugins else ""
        return f"no published result of this model is used{why}: judged by its size, data, objective and family"
    n_results = int(room.seen[row].sum())
    results = "1 published result" if n_results == 1 else f"{n_results} published results"
    return f"little evidence: {results}" if n_results < _FEW_RESULTS else ""


def _round(value: Float) -> float:
    return round(float(value), 4)
