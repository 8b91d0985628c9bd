"""One candidate: a model with what is expected of it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.cards import ModelCard
from zoo.evidence import EvidenceRow

from ..constraints.cost import latency_ms, memory_gb
from ..prior import Estimate
from .domain_match import Match
from .leakage import Leakage

if TYPE_CHECKING:
    pass


LITTLE_EVIDENCE = "little evidence: "


@dataclass(frozen=True)
class Candidate:
    """One model for the task.

    Attributes:
        expected: metric in [0, 1]; None where the evidence has no figure of this kind.
        interval: covers four of five held-out results, in [0, 1].
        reasons: why it stands here, strongest first.
        warnings: what speaks against it.
        evidence: the published results that moved the estimate most.
        leakage: whether it saw the target data set.
        gain: expected minus the zero-shot baseline's; None where one of them is not known.
        worth: strength that is assumed for the domain it comes from; `expected` counts it unless the model was measured
            on the data set itself.
        is_control: shown for comparison, out of the order: it reads colour alone of pictures with more bands.
        replaced_by: ids of the models that its authors put in its place, one after the other, the newest last.
    """

    card: ModelCard
    expected: float | None
    interval: tuple[float, float]
    metric: str
    protocol: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    leakage: Leakage
    match: Match
    estimate: Estimate
    gain: float | None = None
    worth: float = 0.0
    is_control: bool = False
    replaced_by: tuple[str, ...] = ()

    @property
    def memory_gb(self) -> float | None:
        """Estimated memory to run it."""
        return memory_gb(self.card)

    def latency_ms(self, device: str | None = None) -> float | None:
        """Estimated time per sample, on cpu if no device is named."""
        return latency_ms(self.card, device)

    @property
    def lacks(self) -> str:
        """What the evidence lacks to judge it on this task, as half a sentence; empty if nothing."""
        notes = self.estimate.note.split("; ")
        said = next((note for note in notes if note.startswith(LITTLE_EVIDENCE)), "")
        if said:
            return said.removeprefix(LITTLE_EVIDENCE)
        if not self.evidence:
            return f"nothing is published of {self.card.id}"
        return "no published figure of this kind" if self.expected is None else ""
