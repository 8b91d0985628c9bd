"""The evidence as the prior reads it: columns that compare, models in rows, and the numbers fitted to them.

A column is one data set under one metric, protocol and condition, as one source measured it. Where a source
prints several metrics of one run, one is kept; where a benchmark prints many splits of one language, the split
that most models have.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zoo.evidence import EvidenceRow

from ..evidence.table import Evidence
from ..task.datasets import DatasetFacts, Datasets
from .calibration import Checks, Tuning
from .factor_model import Flags, Float, Strengths, normal_scores
from .level import chance_of
from .task_features import TaskTraits, family, traits_of_column

MIN_MODELS = 5
_BESIDES = {
    # metrics that a source prints beside the one that stands for the run
    "mean_per_class_recall@clip_benchmark",
    "image_retrieval_recall@5",
    "image_retrieval_recall@10",
    "text_retrieval_recall@5",
    "text_retrieval_recall@10",
    "mean_recall@1",
    "jaccard_5",
    "jaccard_6",
    "jaccard_5-6",
    "jaccard_10",
    "jaccard_12",
    "jaccard_avg",
}


@dataclass(frozen=True)
class Column:
    """What one column holds; `group` names the near-duplicates of its data set."""

    dataset: str
    metric: str
    protocol: str
    condition: str
    source: str
    version: str
    language: str
    group: str

    def row(self, model: str, value: float) -> EvidenceRow:
        return EvidenceRow(
            model=model,
            dataset=self.dataset,
            metric=self.metric,
            value=value,
            protocol=self.protocol,  # type: ignore[arg-type]  # the words were checked when the evidence was made
            source=self.source,
            version=self.version or None,
            condition=self.condition or None,
        )


@dataclass(frozen=True)
class Room:
    """One room of evidence (pictures, or text and code) and the numbers fitted to it.

    `values` and `scores` are (n models, d columns), NaN where there is no result; `phi` (d, k) and `x` (n, f) are
    the features of tasks and models; `level` (d, 2) turns a score on the common footing into the logit of the skill,
    which is what a metric has above `chance` (d,).
    """

    name: str
    models: tuple[str, ...]
    columns: tuple[Column, ...]
    vocabulary: tuple[str, ...]
    values: Float
    scores: Float
    phi: Float
    x: Float
    strengths: Strengths
    level: Float
    chance: Float
    checks: Checks
    facts: Mapping[str, DatasetFacts] = field(default_factory=dict)

    @cached_property
    def datasets(self) -> frozenset[str]:
        return frozenset(column.dataset for column in self.columns)

    @cached_property
    def seen(self) -> Flags:
        return np.isfinite(self.scores)

    @cached_property
    def sharing(self) -> Float:
        """(d,) number of columns in the group of near-duplicates of each column."""
        size = Counter(column.group for column in self.columns)
        return np.array([size[column.group] for column in self.columns], dtype=np.float32)

    @cached_property
    def n_groups(self) -> NDArray[np.int64]:
        """(n,) in how many groups of near-duplicates each model has results."""
        order = np.argsort([column.group for column in self.columns], kind="stable")
        names = np.array([column.group for column in self.columns])[order]
        starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
        return np.asarray(np.logical_or.reduceat(self.seen[:, order], starts, axis=1).sum(axis=1))

    @cached_property
    def noise(self) -> Float:
        """(d,) variance of each column's own part, counted as often as its near-duplicates repeat it."""
        return self.strengths.noise * self.strengths.crowd

    @cached_property
    def information(self) -> tuple[Flags, Float]:
        """(n, p) which models have results in each of p sets of columns, and (p, k (k + 1) / 2) what such a set says.

        Columns that the same models have results in are one set: a quarter of the work of a question.
        """
        _, first, number = np.unique(_fingerprints(self.seen), return_index=True, return_inverse=True)
        upper = np.triu_indices(self.phi.shape[1])
        told = np.empty((len(first), len(upper[0])), dtype=np.float32)
        for place in range(len(first)):
            phi, noise = self.phi[number == place], self.noise[number == place]
            told[place] = (phi.T @ (phi / noise[:, None]))[upper]
        return self.seen[:, first], told

    @cached_property
    def ridge(self) -> Float:
        return ridge_of(self.vocabulary)

    @cached_property
    def residual(self) -> Float:
        """(n, d) scores on the common footing, 0 where there is none."""
        s = self.strengths
        return np.where(self.seen, (self.scores - s.mean) / s.scale, 0).astype(np.float32)


def _fingerprints(seen: Flags) -> NDArray[np.uint64]:
    """(d,) a number a column that is the same where the same models have results."""
    drawn = np.random.default_rng(0).integers(1 << 63, size=len(seen), dtype=np.uint64)
    return np.asarray(np.where(seen, drawn[:, None], 0).sum(axis=0, dtype=np.uint64))


def trust_in(vocabulary: Sequence[str], tuning: Tuning) -> Float:
    """(k,) trust of a tuning in each feature of tasks."""
    return np.array([tuning.trust[family(word)] for word in vocabulary], dtype=np.float32)


def ridge_of(vocabulary: Sequence[str]) -> Float:
    """(k,) how much it takes to believe that a feature makes tasks easier or harder (`level.level_of`).

    Whether tasks of a domain or with certain words are hard differs more from task to task than what protocol, kind
    and labels say of them.
    """
    common = [family(word) in ("task", "kind") or word.startswith("labels:") for word in vocabulary]
    return np.where(common, 1.0, 5.0).astype(np.float32)


def condense(evidence: Evidence, datasets: Datasets) -> dict[Column, dict[str, float]]:
    """Column -> model -> value, for every column with enough models to rank.

    A model that a table lists at several test sizes counts with its best one.
    """
    codes, words = evidence.codes, evidence.words
    cells: dict[tuple[int, ...], list[int]] = defaultdict(list)
    keys = zip(
        *(codes[name].tolist() for name in ("dataset", "metric", "protocol", "condition", "source")), strict=True
    )
    by_size = {code for code, word in enumerate(words["condition"]) if word.endswith(" px")}
    for index, (dataset, metric, protocol, condition, source) in enumerate(keys):
        cells[dataset, metric, protocol, -1 if condition in by_size else condition, source].append(index)
    widest: dict[tuple[object, ...], tuple[Column, list[int]]] = {}
    for key, rows in cells.items():
        column = _column(key, rows[0], evidence, datasets)
        if column is None:
            continue
        own = (column.dataset, column.metric, column.protocol, column.source, column.language or column.condition)
        if own not in widest or len(widest[own][1]) < len(rows):
            widest[own] = (column, rows)
    table: dict[Column, dict[str, float]] = {}
    for column, rows in widest.values():
        best: dict[str, float] = {}
        for row in rows:
            model = words["model"][codes["model"][row]]
            best[model] = max(best.get(model, -1.0), float(evidence.value[row]))
        if len(best) >= MIN_MODELS:
            table[column] = best
    return table


def _column(key: tuple[int, ...], row: int, evidence: Evidence, datasets: Datasets) -> Column | None:
    dataset, metric, protocol, condition, source = (
        evidence.words[name][code] if code >= 0 else ""
        for name, code in zip(("dataset", "metric", "protocol", "condition", "source"), key, strict=True)
    )
    if metric in _BESIDES or (metric == "mean_per_class_recall" and "CLIP_benchmark" in source):
        return None
    # Only the embedding benchmark tells languages apart: its conditions begin with one.
    language = condition.partition(" ")[0] if "embeddings-benchmark" in source else ""
    facts = datasets.by_name[dataset]
    version = evidence.words["version"][evidence.codes["version"][row]]
    if "embeddings-benchmark" in source:
        version = ""
    return Column(dataset, metric, protocol, condition, source, version, language, facts.group)


def traits(column: Column, facts: Mapping[str, DatasetFacts]) -> TaskTraits:
    """The traits of a column, with the facts of its data set by name."""
    return traits_of_column(facts[column.dataset], column.metric, column.protocol, column.language, column.condition)


def chances(columns: Sequence[Column], told: Sequence[TaskTraits | DatasetFacts]) -> Float:
    """(d,) metric that guessing reaches in each column."""
    found = [chance_of(column.metric, own.n_classes, own.kind) for column, own in zip(columns, told, strict=True)]
    return np.array(found, dtype=np.float32)


def dense(table: Mapping[Column, Mapping[str, float]], models: Sequence[str]) -> tuple[Float, Float]:
    """(n models, d columns) values and normal scores, NaN where there is no result."""
    index = {model: row for row, model in enumerate(models)}
    values = np.full((len(models), len(table)), np.nan, dtype=np.float32)
    scores = values.copy()
    for place, cells in enumerate(table.values()):
        rows = [index[model] for model in cells]
        column = np.fromiter(cells.values(), dtype=np.float32)
        values[rows, place] = column
        scores[rows, place] = normal_scores(column)
    return values, scores
