"""The answer: candidates, strategy, recipe and baseline, and how it is told to a person, a program or a page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.transfer.recipe import Recipe

from ..constraints.exclusion import Exclusion, summary
from ..report.amounts import models, points_lost
from ..task.task import Task
from .baseline import ZeroShotBaseline
from .candidate import LITTLE_EVIDENCE, Candidate
from .next_steps import cheaper, commands
from .sections import _brief, _explained, _shared_warnings, markdown, place_of, score_of
from .shortlist import ToMeasure
from .strategy import Strategy
from .verdict import Verdict

RUNGS = {
    1: "task metadata alone: published results on other tasks",
    2: "task metadata and class names: published results on similar tasks",
    3: "unlabelled data: how near the domains are",
    4: "labelled data: measured, and shrunk to the published results",
    5: "a transfer run: measured gain over training from scratch",
}


@dataclass(frozen=True)
class Recommendation:
    """What `recommend` found.

    Attributes:
        candidates: best first; at most as many as were asked for, of `n_ranked` that could be used.
        excluded: models that cannot be used, each with the constraint and the reason.
        rung: which rung of the ladder the answer stands on, 1 to 5 (`RUNGS`).
        expected_regret: metric lost, on average, by taking the first instead of the best; None: not known.
        to_measure: as many models as were asked for, whose best is expected to be best, and what it may lose.
        warnings: pitfalls that apply to the task as a whole.
        named: the user named the models to choose among.
    """

    task: Task
    candidates: tuple[Candidate, ...]
    excluded: tuple[Exclusion, ...]
    strategy: Strategy
    recipe: Recipe
    zero_shot: ZeroShotBaseline
    rung: int
    expected_regret: float | None
    to_measure: ToMeasure
    n_ranked: int
    verdict: Verdict
    warnings: tuple[str, ...]
    what_would_change: tuple[str, ...]
    named: bool = False

    @property
    def told_exclusions(self) -> tuple[Exclusion, ...]:
        """Exclusions worth telling one by one; of all installed models, those of another modality go without saying."""
        return tuple(e for e in self.excluded if self.named or e.constraint != "modality")

    @property
    def no_good_source(self) -> bool:
        """Whether nothing is expected to beat the control."""
        return self.verdict.answer == "no good source"

    @property
    def recipe_sources(self) -> tuple[str, ...]:
        """Where the numbers of the recipe were read, beyond what its rules name."""
        told = {rule.source for rule in self.strategy.rules}
        return tuple(source for source in self.recipe.sources if source not in told) if self.recipe.phases else ()

    def strategy_text(self, *, explain: bool = False) -> str:
        """The strategy with its rules, the recipe, and the zero-shot baseline, for a person."""
        recipe = "\n".join(f"  {line}" for line in self.recipe.describe().splitlines())
        recipe += "".join(f"\n  [{source}]" for source in self.recipe_sources) if explain else ""
        baseline = f"Zero-shot baseline: {self.zero_shot.describe()}"
        rules = "\n".join(f"- {rule.text} [{rule.source}]" for rule in self.strategy.rules)
        recipe = f"Recipe {self.recipe.name}:\n{recipe}\n" if self.candidates else ""
        return f"{self.strategy.title}.\n{rules}\n{recipe}{baseline}"

    def to_text(self, *, explain: bool = False) -> str:
        """The whole answer for a terminal; `explain` adds the evidence and every exclusion."""
        parts = [self.task.describe(), "", self.headline]
        shared = _shared_warnings(self.candidates)
        unsaid = [w for w in shared if w.removeprefix(LITTLE_EVIDENCE) not in self.verdict.why]
        for place, c in enumerate(self.candidates, start=1):
            parts.append(f"{place_of(place, c)} {c.card.id:<40} {score_of(c)}{self._leakage(c)}")
            parts += _explained(c) if explain else _brief(c, shared)
        if unsaid and not explain:
            parts += ["", "All of them:", *(f"     ! {warning}" for warning in unsaid)]
        parts += ["", self.verdict.answer.capitalize() + ": " + self.verdict.why]
        parts += [self.cheaper] if self.cheaper else []
        parts += ["", self.strategy_text(explain=explain)]
        if self.warnings:
            parts += ["", "Mind:", *(f"- {warning}" for warning in self.warnings)]
        if self.what_would_change:
            parts += ["", "What would change the answer:", *(f"- {line}" for line in self.what_would_change)]
        if self.commands:
            parts += ["", "Next:", *(f"  {command}" for command in self.commands)]
        if self.excluded:
            parts += ["", f"Left out: {models(len(self.excluded))} ({summary(self.excluded)})."]
            if explain:
                parts += [f"- {e.id}: {e.reason}" for e in self.told_exclusions]
            else:
                parts.append("--explain says why, and shows the evidence.")
        return "\n".join(parts)

    @property
    def cheaper(self) -> str:
        """A candidate of a fraction of the size that gives up little, as a sentence; empty if there is none."""
        return cheaper(self.candidates)

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type next; empty for a task without data on disk."""
        return commands(self)

    def _leakage(self, c: Candidate) -> str:
        """Whether the model saw the target, where the task names one."""
        return f", saw {self.task.dataset}: {c.leakage.answer}" if self.task.dataset else ""

    @property
    def is_by_likeness(self) -> bool:
        """Whether losses are those of tasks of which nobody knows how like this one they are."""
        return self.verdict.answer == "little evidence" and not self._is_of_the_data_set

    @property
    def _is_of_the_data_set(self) -> bool:
        """Whether a candidate was measured on the very data set that the task names."""
        return any(c.estimate.is_measured for c in self.candidates)

    @property
    def stands_on(self) -> str:
        """What the answer is made of, in a few words."""
        told = RUNGS[self.rung]
        if self._is_of_the_data_set:
            told = told.partition(":")[0] + ": published results on this data set and on others"
        return told

    @property
    def headline(self) -> str:
        """How many models could be used, what the answer stands on, and what it may cost to trust it."""
        if not self.candidates:
            return "No model can be recommended."
        known = self.expected_regret is not None and self.n_ranked > 1
        loss = f", expected regret {points_lost(self.expected_regret or 0.0)}" if known else ""
        loss += " if this task is like those" if known and self.is_by_likeness else ""
        usable = f"{len(self.candidates)} of {self.n_ranked} usable models" if self.n_ranked > 1 else "One usable model"
        return f"{usable} (rung {self.rung}: {self.stands_on}{loss}):"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        data = self.task.data
        return {
            "task": self.task.model_dump(mode="json"),
            "domain": self.task.known_domain,
            "findings": list(data.findings()) if data is not None else [],
            "rung": self.rung,
            "rung_meaning": self.stands_on,
            "expected_regret": self.expected_regret,
            "to_measure": list(self.to_measure.ids),
            "regret_of_measured": self.to_measure.regret,
            "n_ranked": self.n_ranked,
            "verdict": {"answer": self.verdict.answer, "why": self.verdict.why},
            "candidates": [_candidate_dict(c) for c in self.candidates],
            "strategy": {
                "name": self.strategy.name,
                "title": self.strategy.title,
                "labels_per_class": self.strategy.labels_per_class,
                "distance": self.strategy.distance,
                "rules": [{"text": rule.text, "source": rule.source} for rule in self.strategy.rules],
            },
            "recipe": self.recipe.model_dump(mode="json"),
            "zero_shot": {
                "model": self.zero_shot.model,
                "templates": list(self.zero_shot.templates),
                "prompts": list(self.zero_shot.prompts),
                "metric": self.zero_shot.metric,
                "expected": self.zero_shot.expected,
                "interval": list(self.zero_shot.interval),
                "note": self.zero_shot.note,
                "cost": self.zero_shot.cost,
                "bundled": self.zero_shot.bundled,
                "bundled_note": self.zero_shot.bundled_note or None,
            },
            "warnings": list(self.warnings),
            "what_would_change": list(self.what_would_change),
            "cheaper": self.cheaper or None,
            "commands": list(self.commands),
            "excluded": [{"id": e.id, "constraint": e.constraint, "reason": e.reason} for e in self.excluded],
        }

    def to_markdown(self) -> str:
        """The answer as Markdown."""
        return markdown(self)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one self-contained HTML page and give its path."""
        from .sections import write_report

        written: Path = write_report(self, path)
        return written


def _candidate_dict(c: Candidate) -> dict[str, Any]:
    return {
        "id": c.card.id,
        "title": c.card.title,
        "expected": c.expected,
        "interval": list(c.interval),
        "metric": c.metric,
        "protocol": c.protocol,
        "gain_over_zero_shot": c.gain,
        "n_parameters": c.card.n_parameters,
        "memory_gb": c.memory_gb,
        "latency_ms_cpu": c.latency_ms("cpu"),
        "latency_ms_gpu": c.latency_ms("gpu"),
        "license": c.card.license.weights,
        "commercial_use": c.card.commercial_use,
        "gated": c.card.gated,
        "domain_match": c.match,
        "is_control": c.is_control,
        "leakage": c.leakage.answer,
        "leakage_why": c.leakage.why,
        "reasons": list(c.reasons),
        "warnings": list(c.warnings),
        "evidence": [row.model_dump(mode="json") for row in c.evidence],
    }
