"""The result of measuring: one row a model, and how it is told to a person, a program or a page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from .candidates import Candidate
from .constraints import Exclusion
from .rank_measure import Measured
from .task import Task

_FEW = 10
"""Exclusions that are told one by one; more come from a whole registry, not from names that a user gave."""


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
        majority: accuracy of always naming the largest class.
    """

    task: Task
    rows: tuple[RankRow, ...]
    excluded: tuple[Exclusion, ...]
    n_samples: int
    n_scored: int
    n_classes: int
    held_out: bool
    majority: float

    @property
    def best(self) -> RankRow | None:
        """The first row that was measured; None if every model failed."""
        return next((row for row in self.rows if row.measured.failure is None), None)

    @property
    def rung(self) -> int:
        return 4

    def to_text(self) -> str:
        """The table for a terminal."""
        how = "the test part" if self.held_out else "five folds"
        lines = [
            f"{self.n_samples:,} samples, {self.n_classes} classes, scored on {self.n_scored:,} rows of {how}; "
            f"the largest class alone gives {self.majority:.2f}.",
            "",
            f"{'model':<40}{'believed':>9}{'80 %':>15}"
            + "".join(f"{name:>8}" for name in ("probe", "kNN", "GDA", "0-shot", "LogME", "ms")),
        ]
        for row in self.rows:
            if row.measured.failure is not None:
                lines.append(f"{row.id:<40}failed: {row.measured.failure}")
                continue
            m = row.measured
            low, high = row.interval
            lines.append(
                f"{row.id:<40}{row.shrunk:>9.3f}{f'{low:.2f} to {high:.2f}':>15}{_cell(m.probe):>8}{_cell(m.knn):>8}"
                f"{_cell(m.gda):>8}{_cell(m.zero_shot):>8}{_cell(m.logme):>8}{_cell(m.ms_per_sample, 1):>8}"
            )
        notes = [f"{row.id}: {note}" for row in self.rows for note in row.measured.notes]
        notes += [f"{r.id}: {r.measured.n_failed} files could not be read" for r in self.rows if r.measured.n_failed]
        if len(self.excluded) <= _FEW:
            notes += [f"{e.id} is left out: {e.reason}" for e in self.excluded]
        return "\n".join([*lines, "", *notes]) if notes else "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "task": self.task.model_dump(mode="json"),
            "rung": self.rung,
            "n_samples": self.n_samples,
            "n_scored": self.n_scored,
            "held_out": self.held_out,
            "majority": self.majority,
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
                    "scores": dict(row.measured.scores),
                    "seconds_to_load": row.measured.seconds_to_load,
                    "ms_per_sample": row.measured.ms_per_sample,
                    "n_failed": row.measured.n_failed,
                    "leakage": row.candidate.leakage.answer,
                    "failure": row.measured.failure,
                }
                for row in self.rows
            ],
            "excluded": [{"id": e.id, "constraint": e.constraint, "reason": e.reason} for e in self.excluded],
        }

    def to_markdown(self) -> str:
        """The table as Markdown."""
        lines = [
            "| model | believed | interval | probe | kNN | GDA | zero-shot | LogME |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for row in self.rows:
            m = row.measured
            if m.failure is not None:
                lines.append(f"| `{row.id}` | failed: {m.failure} | | | | | | |")
                continue
            cells = (_cell(m.probe), _cell(m.knn), _cell(m.gda), _cell(m.zero_shot), _cell(m.logme))
            low, high = row.interval
            lines.append(f"| `{row.id}` | {row.shrunk:.3f} | {low:.2f} to {high:.2f} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one self-contained HTML page and give its path.

        Raises:
            DataError: the place cannot be written.
        """
        from .report import write_page
        from .report_page import Bar, Point, bullets, intervals, page, pareto, table

        good = [row for row in self.rows if row.measured.failure is None]
        columns = ("model", "believed", "interval", "probe", "kNN", "GDA", "zero-shot", "LogME", "leakage")
        cells = [
            (
                row.id,
                f"{row.shrunk:.3f}",
                f"{row.interval[0]:.2f} to {row.interval[1]:.2f}",
                *map(_cell, (row.measured.probe, row.measured.knn, row.measured.gda)),
                *map(_cell, (row.measured.zero_shot, row.measured.logme)),
                row.candidate.leakage.answer,
            )
            for row in good
        ]
        points = [Point(r.id, r.measured.ms_per_sample, r.shrunk) for r in good if r.measured.ms_per_sample]
        failed = [f"{row.id}: {row.measured.failure}" for row in self.rows if row.measured.failure is not None]
        told = "".join(f"<p>{escape(line)}</p>" for line in self.task.describe().splitlines())
        bars = intervals([Bar(row.id, row.shrunk, *row.interval) for row in good], marks=[("majority", self.majority)])
        text = page(
            "Source models, measured on your data",
            f"Rung 4 of 5: {self.n_scored:,} rows scored, weighed against published results.",
            [
                ("The data", told),
                ("Accuracy to believe in", bars + table(columns, cells, numbers=frozenset(range(1, 8)))),
                (
                    "Cost against accuracy",
                    pareto(points, cost="milliseconds a sample, measured here", value="accuracy"),
                ),
                ("Failed", bullets(failed, "warn")),
            ],
        )
        return write_page(text, path)


def _cell(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
