"""Which candidates to measure on the user's own data, and what the best of them is expected to lose.

Not simply the first of the ranking: five sizes of one family fail together (`prior.shortlist`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..prior import Prior
from ..prior.regret import n_leaders, shortlist
from ..report.amounts import points_lost
from ..task.task import Task
from .bands import holds_other_bands, takes_bands
from .candidate import Candidate
from .candidates import explained, likeness_of, regret
from .leakage import Seen


@dataclass(frozen=True)
class ToMeasure:
    """Models worth measuring first.

    Attributes:
        candidates: the first of the ranking, then what each adds to the best that the list may hold.
        regret: metric lost, on average, by taking the best of them instead of the best of all; None: not known.
        are_first: whether they are the first of the ranking, in any order; a control among them is beside the ranking.
    """

    candidates: tuple[Candidate, ...]
    regret: float | None
    are_first: bool

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(c.card.id for c in self.candidates)

    def loses_less_than(self, loss: float) -> bool:
        """Whether it can be told that the best of them is expected to lose less than `loss`."""
        return self.regret is not None and points_lost(self.regret) != points_lost(loss)

    def describe(self) -> str:
        """What measuring them would do to the answer, as half a sentence; empty where nothing can be said."""
        if self.regret is None:
            return ""
        n_first = sum(not c.is_control for c in self.candidates)
        first = f"the first {n_first}{' with the control' * (n_first < len(self.ids))}"
        named = first if self.are_first else ", ".join(self.ids)
        why = "" if self.are_first else " (chosen because they fail on different tasks)"
        return f"measuring {named} and taking the best: a regret of {points_lost(self.regret)}{why}"


def to_measure(
    prior: Prior,
    task: Task,
    order: Sequence[Candidate],
    shown: Sequence[Candidate],
    seen: Seen,
    exclude: Iterable[str],
    loss: float | None,
) -> ToMeasure:
    """As many models of the ranking as are shown; a control that is shown stays among them.

    Args:
        loss: what the first of the ranking is expected to lose; more measured never loses more.
    """
    control = [c for c in shown if c.is_control]
    n = len(shown) - len(control)
    leaders = order
    if holds_other_bands(task) and leaders and takes_bands(leaders[0].card):  # colour models stand last on purpose
        leaders = [c for c in leaders if takes_bands(c.card)]
    first = list(_chosen(prior, task, leaders, n, exclude))
    taken = {c.card.id for c in first}
    first += [c for c in order if c.card.id not in taken][: n - len(first)]  # few take the bands: colour models follow
    told = {c.card.id: c for c in shown}
    chosen = [told.get(c.card.id) or explained(task, c, seen) for c in first]
    are_first = {c.card.id for c in chosen} == {c.card.id for c in order[: len(chosen)]}
    chosen += control
    ids = {c.card.id for c in chosen}
    rest = [c for c in order if c.card.id not in ids]
    left = regret([*chosen, *rest], len(chosen))
    return ToMeasure(tuple(chosen), left if left is None or loss is None else min(left, loss), are_first)


def _chosen(
    prior: Prior, task: Task, leaders: Sequence[Candidate], n: int, exclude: Iterable[str]
) -> Sequence[Candidate]:
    """At most `n` of the leaders; one of which nothing is published only if it is among the first `n`.

    How far such a model may surprise was never held against data sets that the prior had not read.
    """
    upper = leaders[: n_leaders(len(leaders), n)]
    expected = [c.expected for c in upper if c.expected is not None]
    if len(upper) <= n or len(expected) < len(upper):
        return leaders[:n]
    leaders = [c for place, c in enumerate(upper) if place < n or c.evidence]
    alike = likeness_of(prior, task, [c.card for c in leaders], exclude)
    known = np.array([c.expected for c in leaders], dtype=np.float32)
    spread = np.array([c.estimate.own_spread for c in leaders], dtype=np.float32)
    return [leaders[place] for place in shortlist(known, spread, alike, n)]
