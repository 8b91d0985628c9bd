"""The answer as one frozen value: candidates, strategy, recipe and baseline, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass

from zoo.transfer.recipe import Recipe

from ..constraints.exclusion import Exclusion
from ..report.amounts import points_lost
from ..task.task import Task
from .baseline import ZeroShotBaseline
from .candidate import Candidate
from .next_steps import cheaper, commands
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
class Answer:
    """What `recommend` found.

    Attributes:
        candidates: best first; at most as many as were asked for, of `n_ranked` that could be used.
        excluded: models that cannot be used, each with the constraint and the reason.
        rung: which rung of the ladder the answer stands on, 1 to 5 (`RUNGS`).
        expected_regret: metric lost, on average, by taking the first instead of the best; None: not known.
        to_measure: as many models as were asked for, whose best is expected to be best, and what it may lose.
        warnings: pitfalls that apply to the task as a whole.
        named: the user named the models to choose among.
        default: what to take on the machine at hand; None where nothing runs there in reasonable time.
        default_told: the same beside the strongest, as a sentence; empty where they are one model.
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
    default: Candidate | None = None
    default_told: str = ""

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

    @property
    def cheaper(self) -> str:
        """A candidate of a fraction of the size that gives up little, as a sentence; empty if there is none."""
        return cheaper(self.candidates)

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type next; empty for a task without data on disk."""
        return commands(self.task, self.zero_shot.model, self.to_measure.ids if self.candidates else ())

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
