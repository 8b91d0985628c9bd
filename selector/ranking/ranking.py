"""The result of measuring: one row a model, and how it is told to a person, a program or a page."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..advice.candidates import Candidate
from ..constraints.rules import Exclusion
from ..ranking_notes import notes_of
from ..report.amounts import points
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
    3: "Believed: what published figures expect; interval: covers four of five. Cluster: how clearly the data falls "
    "into clusters, greater is better. Proxy-A, Frechet, MMD: distance to the reference, 0 for alike. ms: time a "
    "sample here.",
    4: "Believed: accuracy of a linear probe, measured and published figures weighed; interval: covers four of five. "
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

    @property
    def best(self) -> RankRow | None:
        """The first row that was measured; None if every model failed."""
        return next((row for row in self.rows if row.measured.failure is None), None)

    def to_text(self) -> str:
        """The table for a terminal."""
        columns = _COLUMNS[self.rung]
        lines = [
            self.headline,
            "",
            f"{'model':<40}{'believed':>9}{'80 %':>15}" + "".join(f"{name:>9}" for name, _, _ in columns),
        ]
        for row in self.rows:
            if row.measured.failure is not None:
                lines.append(f"{row.id:<40}failed: {row.measured.failure}")
                continue
            low, high = row.interval
            cells = "".join(f"{_cell(read(row.measured), digits):>9}" for _, read, digits in columns)
            lines.append(f"{row.id:<40}{row.shrunk:>9.3f}{f'{low:.2f} to {high:.2f}':>15}{cells}")
        notes = self.notes
        return "\n".join([*lines, "", *notes]) if notes else "\n".join(lines)

    @property
    def headline(self) -> str:
        """What the ranking stands on, in a sentence."""
        loss = "" if self.expected_regret is None else f" Expected regret {points(self.expected_regret)}."
        if self.rung == 3:
            return (
                f"Rung 3 of 5: {self.n_samples:,} samples without labels. Believed is what published results expect; "
                f"the label-free score decides little but ties, distances move nothing.{loss}"
            )
        how = "the test part" if self.held_out else "five folds"
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
        """The table as Markdown."""
        columns = _COLUMNS[self.rung]
        lines = [
            self.headline,
            "",
            "| " + " | ".join(["model", "believed", "interval", *(name for name, _, _ in columns)]) + " |",
            "|---" * (3 + len(columns)) + "|",
        ]
        for row in self.rows:
            if row.measured.failure is not None:
                lines.append(f"| `{row.id}` | failed: {row.measured.failure} |" + " |" * (1 + len(columns)))
                continue
            cells = [_cell(read(row.measured), digits) for _, read, digits in columns]
            low, high = row.interval
            lines.append(f"| `{row.id}` | {row.shrunk:.3f} | {low:.2f} to {high:.2f} | {' | '.join(cells)} |")
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)]).rstrip()

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one self-contained HTML page and give its path.

        Raises:
            DataError: the place cannot be written.
        """
        from ..advice.sections import write_page
        from ..report.html import Bar, Point, bullets, intervals, page, pareto, table

        good = [row for row in self.rows if row.measured.failure is None]
        told = _COLUMNS[self.rung]
        columns = ("model", "believed", "interval", *(name for name, _, _ in told), "leakage")
        cells = [
            (
                row.id,
                f"{row.shrunk:.3f}",
                f"{row.interval[0]:.2f} to {row.interval[1]:.2f}",
                *(_cell(read(row.measured), digits) for _, read, digits in told),
                row.candidate.leakage.answer,
            )
            for row in good
        ]
        drawn = [Point(r.id, r.measured.ms_per_sample, r.shrunk) for r in good if r.measured.ms_per_sample]
        failed = [f"{row.id}: {row.measured.failure}" for row in self.rows if row.measured.failure is not None]
        data = "".join(f"<p>{escape(line)}</p>" for line in self.task.describe().splitlines())
        marks = [] if self.majority is None else [("majority", self.majority)]
        bars = intervals([Bar(row.id, row.shrunk, *row.interval) for row in good], marks=marks)
        text = page(
            "Source models, measured on your data",
            self.headline,
            [
                ("The data", data),
                (
                    "Accuracy to believe in",
                    bars
                    + table(columns, cells, numbers=frozenset(range(1, 3 + len(told))))
                    + f"<p class='soft'>{escape(_LEGEND[self.rung])}</p>",
                ),
                (
                    "Cost against accuracy",
                    pareto(drawn, cost="milliseconds a sample, measured here", value="accuracy"),
                ),
                ("Failed", bullets(failed, "warn")),
                ("Mind", bullets(self.notes)),
            ],
        )
        return write_page(text, path)


def _cell(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
