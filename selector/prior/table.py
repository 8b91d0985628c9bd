"""The evidence as the prior reads it: columns that compare, models in rows, and the fitted numbers, in one file.

A column is one data set under one metric, protocol and condition, as one source measured it. Where a source
prints several metrics of one run, one is kept; where a benchmark prints many splits of one language, the split
that most models have.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.evidence import EvidenceRow

from ..evidence import DATA, DatasetFacts, Datasets, Evidence
from .checks import Checks, Tuning
from .level import chance_of
from .model import Flags, Float, Strengths, normal_scores
from .tasks import TaskTraits, family, traits_of_column

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


def traits(column: Column, datasets: Datasets) -> TaskTraits:
    facts = datasets.by_name[column.dataset]
    return traits_of_column(facts, column.metric, column.protocol, column.language, column.condition)


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


_COLUMN_FIELDS = ("dataset", "metric", "protocol", "condition", "source", "version", "language", "group")


def pack(rooms: Sequence[Room], extra: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of one npz file; results are stored once a cell, as their row, column, value and score."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    words: dict[str, Any] = {"rooms": [room.name for room in rooms], **extra}
    for room in rooms:
        row, column = np.nonzero(room.seen)
        s = room.strengths
        arrays |= {
            f"{room.name}_row": row.astype(np.uint16),
            f"{room.name}_column": column.astype(np.uint16),
            f"{room.name}_value": np.round(room.values[row, column] * 20000).astype(np.int16),
            f"{room.name}_score": np.round(room.scores[row, column] * 8000).astype(np.int16),
            f"{room.name}_phi": room.phi.astype(np.float16),
            f"{room.name}_x": room.x.astype(np.float16),
            f"{room.name}_covariance": s.covariance,
            f"{room.name}_from_facts": s.from_facts,
            f"{room.name}_numbers": np.stack([s.mean, s.scale, s.noise, s.crowd, room.level[:, 0], room.level[:, 1]]),
            f"{room.name}_check_scores": room.checks.scores,
            f"{room.name}_check_group": room.checks.group.astype(np.uint16),
            f"{room.name}_check_misses": room.checks.misses,
            f"{room.name}_check_loss": np.column_stack([room.checks.size, room.checks.realised, room.checks.printed]),
        }
        listed = {name: [getattr(column, name) for column in room.columns] for name in _COLUMN_FIELDS}
        words[room.name] = {
            "models": room.models,
            "vocabulary": room.vocabulary,
            "columns": listed,
            "check_groups": room.checks.groups,
            "check_kinds": room.checks.kind,
            "check_sources": room.checks.source,
        }
    arrays["words"] = np.frombuffer(gzip.compress(json.dumps(words).encode(), mtime=0), dtype=np.uint8)
    return arrays


def unpack(room: str, datasets: Datasets) -> tuple[Room, dict[str, Any]]:
    """The stored room of this name, and the words stored beside the rooms."""
    with (DATA / "prior.npz").open("rb") as handle, np.load(handle) as stored:
        words = json.loads(gzip.decompress(stored["words"].tobytes()))
        told = words[room]
        columns = tuple(Column(*fields) for fields in zip(*(told["columns"][n] for n in _COLUMN_FIELDS), strict=True))
        shape = (len(told["models"]), len(columns))
        cells = stored[f"{room}_row"], stored[f"{room}_column"]
        values, scores = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
        values[cells] = stored[f"{room}_value"].astype(np.float32) / 20000
        scores[cells] = stored[f"{room}_score"].astype(np.float32) / 8000
        mean, scale, noise, crowd, intercept, slope = stored[f"{room}_numbers"]
        loss = stored[f"{room}_check_loss"]
        return (
            Room(
                name=room,
                models=tuple(told["models"]),
                columns=columns,
                vocabulary=tuple(told["vocabulary"]),
                values=values,
                scores=scores,
                phi=stored[f"{room}_phi"].astype(np.float32),
                x=stored[f"{room}_x"].astype(np.float32),
                strengths=Strengths(
                    stored[f"{room}_covariance"], stored[f"{room}_from_facts"], mean, scale, noise, crowd
                ),
                level=np.stack([intercept, slope], axis=1),
                chance=chances(columns, [datasets.by_name[column.dataset] for column in columns]),
                checks=Checks(
                    tuple(told["check_groups"]),
                    stored[f"{room}_check_scores"],
                    stored[f"{room}_check_group"].astype(np.int64),
                    tuple(told["check_kinds"]),
                    tuple(told["check_sources"]),
                    loss[:, 0],
                    stored[f"{room}_check_misses"],
                    loss[:, 1],
                    loss[:, 2:],
                ),
                facts={column.dataset: datasets.by_name[column.dataset] for column in columns},
            ),
            {key: value for key, value in words.items() if key not in words["rooms"]},
        )
