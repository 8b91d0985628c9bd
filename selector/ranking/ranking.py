"""The result of measuring: one row a model, and how it is told to a person, a program or a page."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..advice.candidate import Candidate
from ..constraints.exclusion import Exclusion
from ..report import html, markdown, text
from ..report.amounts import points
from ..report.charts import Bar, Point
from ..report.document import Bullets, CostChart, Document, IntervalChart, Paragraph, Section, Table, document
from ..task.task import Task
from .measure import Measured

_Read = Callable[[Measured], float | None]
_COLUMNS: dict[int, tuple[tuple[str, _Read, int], ...]] = {
    3: (
        ("cluster", lambda m: m.cluster_logme, 3),
        ("proxy-A", lambda m: m.proximity.proxy_a if m.proximity else None, 2),
        ("Frechet", lambda m: m.proximity.frechet if m.proximity else None, 2),
        ("MMD", lambda m: m.proximity.mmd if m.proximity else None, 3),
        ("ms", lambda m: m.ms_per_sample, 1),
    ),
    4: (
        ("probe", lambda m: m.probe, 3),
        ("kNN", lambda m: m.knn, 3),
        ("GDA", lambda m: m.gda, 3),
        ("0-shot", lambda m: m.zero_shot, 3),
        ("LogME", lambda m: m.logme, 3),
        ("proxy-A", lambda m: m.proximity.proxy_a if m.proximity else None, 2),
        ("ms", lambda m: m.ms_per_sample, 1),
    ),
}
"""Rung -> (head, value, digits) of the columns beside the estimate."""


_LEGEND = {
    3: "Estimate: what published figures expect; interval: covers four of five. Cluster: how clearly the data falls "
    "into clusters, greater is better. Proxy-A, Frechet, MMD: distance to the reference, 0 for alike. ms: time a "
    "sample here.",
    4: "Estimate: accuracy of a linear probe, measured figures shrunk to published ones; interval: four of five. "
    "kNN, GDA: other heads on the same features. 0-shot: the class names alone. LogME: log evidence a row, greater is "
    "better. Proxy-A: how far unlabelled data differs from labelled, 0 for alike. ms: time a sample here.",
}
"""Rung -> what the columns are, for a reader of the page."""


@dataclass(frozen=True)
class RankRow:
    """One model: what was expected, what was measured, and what to believe.

    Attributes:
        shrunk: accuracy to expect of a probe, measured and published figures weighed, in [0, 1].
        interval: covers four of five.
    """

    candidate: Candidate
    measured: Measured
    shrunk: float
    interval: tuple[float, float]

    @property
    def id(self) -> str:
        return self.candidate.card.id


@dataclass(frozen=True)
class Ranking:
    """Rows, best first; models that failed come last, with the reason.

    Attributes:
        held_out: whether the data's own test part was scored; else five-fold cross-validation.
        majority: accuracy of always naming the largest class; None without labels.
        expected_regret: accuracy lost, on average, by taking the first of the measured rows instead of the best.
        how: how the scored rows were chosen, where that is neither the test part nor five folds.
        left_out: classes that nothing was measured on, and why.
        rung: 4 with labels, 3 without: then nothing is scored, and `shrunk` is what the prior expects.
    """

    task: Task
    rows: tuple[RankRow, ...]
    excluded: tuple[Exclusion, ...]
    n_samples: int
    n_scored: int
    n_classes: int
    held_out: bool
    majority: float | None
    rung: int = 4
    expected_regret: float | None = None
    how: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def best(self) -> RankRow | None:
        """The first row that was measured; None if every model failed."""
        return next((row for row in self.rows if row.measured.failure is None), None)

    def to_text(self) -> str:
        """The ranking for a terminal."""
        return text.render(self._document())

    @property
    def headline(self) -> str:
        """What the ranking stands on, in a sentence."""
        loss = "" if self.expected_regret is None else f" Expected regret {points(self.expected_regret)}."
        if self.rung == 3:
            return (
                f"Rung 3 of 5: {self.n_samples:,} samples without labels. Estimates are of published results; "
                f"the label-free score decides little but ties, distances move nothing.{loss}"
            )
        how = self.how or ("the test part" if self.held_out else "five folds")
        return (
            f"Rung 4 of 5: {self.n_samples:,} samples, {self.n_classes} classes, scored on {self.n_scored:,} rows of "
            f"{how}; the largest class alone gives {_cell(self.majority, 2)}.{loss}"
        )

    @property
    def notes(self) -> list[str]:
        """What else is worth knowing of the rows, of the distances and of what was left out."""
        return notes_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "task": self.task.model_dump(mode="json"),
            "rung": self.rung,
            "headline": self.headline,
            "notes": self.notes,
            "n_samples": self.n_samples,
            "n_scored": self.n_scored,
            "held_out": self.held_out,
            "majority": self.majority,
            "expected_regret": self.expected_regret,
            "rows": [
                {
                    "id": row.id,
                    "shrunk": row.shrunk,
                    "interval": list(row.interval),
                    "expected": row.candidate.expected,
                    "probe": row.measured.probe,
                    "knn": row.measured.knn,
                    "gda": row.measured.gda,
                    "zero_shot": row.measured.zero_shot,
                    "logme": row.measured.logme,
                    "cluster_logme": row.measured.cluster_logme,
                    "proximity": None if row.measured.proximity is None else asdict(row.measured.proximity),
                    "scores": dict(row.measured.scores),
                    "seconds_to_load": row.measured.seconds_to_load,
                    "ms_per_sample": row.measured.ms_per_sample,
                    "n_failed": row.measured.n_failed,
                    "leakage": row.candidate.leakage.answer,
                    "failure": row.measured.failure,
                    "remedy": row.measured.remedy or None,
                }
                for row in self.rows
            ],
            "excluded": [{"id": e.id, "constraint": e.constraint, "reason": e.reason} for e in self.excluded],
        }

    def to_markdown(self) -> str:
        """The ranking as Markdown."""
        return markdown.render(self._document())

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one self-contained HTML page and give its path.

        Raises:
            DataError: the place cannot be written.
        """
        return html.write_page(html.render(self._document()), path)

    def _document(self) -> Document:
        good = [row for row in self.rows if row.measured.failure is None]
        failed = tuple(f"{row.id}: failed: {row.measured.failure}" for row in self.rows if row.measured.failure)
        drawn = [Point(r.id, r.measured.ms_per_sample, r.shrunk) for r in good if r.measured.ms_per_sample]
        marks = () if self.majority is None else (("largest class", self.majority),)
        told = _COLUMNS[self.rung]
        columns = ("model", "estimate", "interval", *(name for name, _, _ in told), "leakage")
        cells = tuple(
            (
                row.id,
                f"{row.shrunk:.3f}",
                f"{row.interval[0]:.2f} to {row.interval[1]:.2f}",
                *(_cell(read(row.measured), digits) for _, read, digits in told),
                row.candidate.leakage.answer,
            )
            for row in good
        )
        return document(
            "Source models, measured on your data",
            self.headline,
            [
                Section(
                    "Accuracy to expect",
                    (
                        Table(columns, cells, numbers=frozenset(range(1, 3 + len(told))), names=frozenset({0})),
                        IntervalChart(tuple(Bar(row.id, row.shrunk, *row.interval) for row in good), marks),
                    ),
                ),
                Section("Failed", (Bullets(failed, "warning"),)),
                Section("Mind", (Bullets(tuple(self.notes)),)),
                Section(
                    "Cost against accuracy",
                    (CostChart(tuple(drawn), "milliseconds a sample, measured here", "accuracy"),),
                ),
                Section("What the columns are", (Paragraph(_LEGEND[self.rung], "soft"),), detail=True),
                Section("The data", (Paragraph(self.task.describe()),), detail=True),
            ],
        )


def _cell(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


_SHIFTED = 0.5
"""Proxy-A above that of two halves of the same data from which two parts count as different."""

_FEW = 10
"""Exclusions that are told one by one; more come from a whole registry, not from names that a user gave."""


def notes_of(ranking: Ranking) -> list[str]:
    """What else is worth knowing of the rows, of the distances and of what was left out."""
    said = list(ranking.left_out)
    said += [f"{row.id}: {note}" for row in ranking.rows for note in row.measured.notes]
    said += [f"{r.id}: {r.measured.n_failed} files could not be read" for r in ranking.rows if r.measured.n_failed]
    if len(ranking.excluded) <= _FEW:
        said += [f"{e.id} is left out: {e.reason}" for e in ranking.excluded]
    said += [
        f"leakage: {row.id} saw {ranking.task.dataset} in pretraining ({row.candidate.leakage.why}): its figures here "
        "are no promise for new data"
        for row in ranking.rows
        if row.candidate.leakage.answer == "yes"
    ]
    said += _against_doing_nothing(ranking)
    said += _remedies(ranking.rows)
    if ranking.best is None:
        said.append(f"nothing was measured: {_why_nothing(ranking)}")
    near = [row.measured.proximity for row in ranking.rows if row.measured.proximity is not None]
    if near and ranking.rung == 3:
        said.append(
            f"Distances are those to {near[0].reference}: proxy-A is 0 for alike and 2 for apart (two halves of "
            f"your data: {near[0].floor:.1f}); give a reference of your own to ask how near another task lies."
        )
        said.append("The label-free score hardly agrees with accuracy (rank correlation 0.3): label 25 and rank again.")
    for row in ranking.rows:
        shift = row.measured.proximity
        if ranking.rung == 4 and shift is not None and shift.proxy_a >= shift.floor + _SHIFTED:
            said.append(
                f"{row.id}: what has no label differs from what has one (proxy-A {shift.proxy_a:.1f} of 2): "
                "accuracy there may be lower; label some of it."
            )
            break
    return said


def _against_doing_nothing(ranking: Ranking) -> list[str]:
    """Whether the best beats what costs no training: always the largest class, or the class names alone."""
    best, said = ranking.best, []
    if best is None or ranking.rung != _WITH_LABELS:
        return []
    if ranking.majority is not None and best.interval[0] <= ranking.majority:
        said.append(
            f"{best.id} is not clearly better than always naming the largest class ({ranking.majority:.2f}): "
            "label more, or try other models."
        )
    probe, names = best.measured.probe, best.measured.zero_shot
    if probe is not None and names is not None and names >= probe:
        said.append(
            f"{best.id}: the class names alone reach {names:.2f}, a probe {probe:.2f}: these labels add "
            "nothing to it yet."
        )
    return said


_WITH_LABELS = 4
"""The rung of a ranking with labels."""


def _remedies(rows: Sequence[RankRow]) -> list[str]:
    """What to do about each failure, once where several models failed alike."""
    told: dict[str, str] = {}
    for row in rows:
        if row.measured.failure is not None and row.measured.remedy:
            told.setdefault(row.measured.remedy, row.id)
    return [f"{name}: {remedy}" for remedy, name in told.items()]


def _why_nothing(ranking: Ranking) -> str:
    """The cause of a ranking without a figure, and the remedy for that cause."""
    task = ranking.task
    reads_pictures = task.modality == "image" or (task.modality == "multispectral" and task.bands is not None)
    here = ""
    if reads_pictures and all(row.id != _ALWAYS_HERE for row in ranking.rows):
        here = f", or name the one that is always here: zoo rank DATA {_ALWAYS_HERE}"
    if any(row.measured.lacks_files for row in ranking.rows):
        return f"fetch models where there is a network (zoo pull MODEL){here}"
    if ranking.rows:
        return f"every model failed, for the reason beside it; mend that and rank again{here}"
    if any(e.constraint == "bands" for e in ranking.excluded):
        bands = "this number of bands" if task.bands is None else f"the bands {', '.join(task.bands)}"
        return (
            f"no model named takes {bands}. Check that --bands names every channel in the order of the file; "
            "zoo recommend DATA --bands ... lists the models that take them"
        )
    return "every model named is left out, for the reason above; zoo recommend DATA lists those that can be used"


_ALWAYS_HERE = "multimodal/tiny-clip"
