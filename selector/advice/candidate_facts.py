"""A candidate's facts as a person reads them: its figure, its size and cost, its terms."""

from __future__ import annotations

from zoo.cards import ModelCard
from zoo.evidence import EvidenceRow

from ..constraints.cost import latency_ms, memory_gb, sample_of
from ..report.amounts import gigabytes, milliseconds, signed_points
from .candidate import Candidate


def place_of(place: int, c: Candidate) -> str:
    """Its place in the ranking; a control has none."""
    return "control:" if c.is_control else f"{place}."


def score_of(c: Candidate) -> str:
    """Metric, interval and protocol, and the gain over the baseline where that is another use of a model."""
    if c.expected is None:
        return "expected unknown (little evidence)"
    gain = "" if c.gain is None or c.protocol == "zero-shot" else f", {_against_zero_shot(c.gain)}"
    return f"{c.metric} {c.expected:.2f} [{c.interval[0]:.2f}, {c.interval[1]:.2f}] {c.protocol}{gain}"


def _against_zero_shot(gain: float) -> str:
    told = signed_points(gain)
    if told.startswith("-"):
        return f"{told.removeprefix('-')} below zero-shot"
    return f"{told} over zero-shot" if told.startswith("+") else "no more than zero-shot"


def size_of(card: ModelCard) -> str:
    """Number of parameters in millions."""
    return "unknown" if card.n_parameters is None else f"{card.n_parameters / 1e6:,.1f} M"


def cost_of(card: ModelCard) -> str:
    """Size, memory, and time per sample."""
    needs = needs_of(card)
    return f"{size_of(card)} parameters, {needs}, estimated from published speeds" if needs else "not known"


def needs_of(card: ModelCard) -> str:
    """Memory, and time per sample on both kinds of devices; empty where the size is not known."""
    memory, cpu, gpu = memory_gb(card), latency_ms(card, "cpu"), latency_ms(card, "gpu")
    if memory is None or cpu is None or gpu is None:
        return ""
    return f"{gigabytes(memory)}, {milliseconds(cpu)} {sample_of(card)} on a CPU, {milliseconds(gpu)} on a GPU"


def terms_of(card: ModelCard) -> str:
    """The licence of the weights, and whether it is known to allow commercial use."""
    allowed = {True: "allowed", False: "not allowed", None: "not known to be allowed"}[card.commercial_use]
    return f"{card.license.weights or 'weights not stated'}, commercial use {allowed}"


def row_text(row: EvidenceRow) -> str:
    """One published result with its source."""
    where = f", {row.condition}" if row.condition else ""
    return f"{row.dataset} {row.metric} {row.value:.3f} ({row.protocol}{where}) {row.source}"
