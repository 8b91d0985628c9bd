"""Candidates: what to expect of each model on the task, why, and what speaks against it.

The number comes from the prior (published results on other tasks). Where no published figures compare models of the
task's domain with others, a model that was trained in it is moved up by a stated assumption, and its interval grows
(`domain_worth`). Of pictures with bands beyond colour, models that take those bands come first: what colour alone is
worth there is a question for a control, not for a ranking by figures on photographs.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from zoo.cards import ImagePreprocess, ModelCard
from zoo.errors import PluginError
from zoo.evidence import EvidenceRow, EvidenceTable
from zoo.registry import Registry

from .band_use import holds_other_bands, loss_of_colour, takes_bands, told_of_bands
from .constraints import latency_ms, memory_gb
from .domain_worth import Match, domain_match, domain_seen, domain_worth, is_assumed, is_general, is_special
from .leakage import NOT_ASKED, Leakage, Seen
from .prior import Estimate, Prior, TaskFacts, expected_regret, model_facts
from .task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
        worth: strength that was added for the domain it comes from, which is in `expected` too.
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

    @property
    def memory_gb(self) -> float | None:
        """Estimated memory to run it."""
        return memory_gb(self.card)

    def latency_ms(self, device: str | None = None) -> float | None:
        """Estimated time per sample, on cpu if no device is named."""
        return latency_ms(self.card, device)

    @property
    def has_little_evidence(self) -> bool:
        return bool(self.lacks)

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


def prior_for(registry: Registry) -> Prior:
    """The bundled prior with the evidence of the registry's plugins; what cannot be used of it is left out, aloud."""
    tables: list[EvidenceTable] = []
    for given in registry.hooks.zoo_evidence():
        tables += list(given)
    try:
        return _loaded(tuple(tables))
    except PluginError as err:
        warnings.warn(f"evidence of plugins is left out: {err}", stacklevel=2)
        return _loaded(())


@lru_cache(maxsize=4)
def _loaded(tables: tuple[EvidenceTable, ...]) -> Prior:
    return Prior.load(tables)


def estimates(
    prior: Prior, task: Task, cards: Sequence[ModelCard], protocols: Iterable[str], exclude: Iterable[str]
) -> list[Estimate]:
    """One estimate a card under the first protocol that the evidence has figures for; else under the first of all.

    This, and `likeness_of` below, are the only places that ask the prior.
    """
    if not cards:
        return []
    facts = [model_facts(card) for card in cards]
    excluded = tuple(exclude)
    found: list[list[Estimate]] = []
    for protocol in protocols:
        found.append(prior.predict(_asked(task, protocol), facts, excluded))
        if found[-1] and found[-1][0].expected is not None:
            return found[-1]
    return found[0]


def likeness_of(prior: Prior, task: Task, cards: Sequence[ModelCard], exclude: Iterable[str]) -> NDArray[np.float64]:
    """(n, n) how alike the models have been on other tasks."""
    return prior.likeness(_asked(task, None), [model_facts(card) for card in cards], tuple(exclude))


def _asked(task: Task, protocol: str | None) -> TaskFacts:
    return TaskFacts(
        modality=task.modality,
        domain=task.known_domain,
        kind=task.kind,
        n_classes=task.n_classes,
        class_names=task.readable_names,
        image_size_px=task.image_size_px,
        language=task.language,
        description=task.description or "",
        dataset=task.dataset,
        protocol=protocol,
        n_labels=task.n_labelled,
    )


def ranked(
    task: Task, cards: Sequence[ModelCard], told: Sequence[Estimate], seen: Seen, n_explained: int | None = None
) -> list[Candidate]:
    """Candidates, best first: by the bands that they take, the prior's strength and the domain that each comes from.

    Args:
        n_explained: how many get reasons, warnings and leakage; None: all.
    """
    slope = _slope(told)
    made = []
    worths = [domain_worth(task, card, domain_match(task, card)) for card in cards]
    strengths = {card.id: e.strength + worth for card, e, worth in zip(cards, told, worths, strict=True)}
    for card, estimate, worth in zip(cards, told, worths, strict=True):
        match = domain_match(task, card)
        later = strengths.get(card.superseded_by or "")
        behind = 0.0 if later is None or estimate.rows else min(0.0, later - _BEHIND - strengths[card.id])
        moved = _no_worse_than_chance(task, _moved(estimate, worth + behind, slope))
        made.append(
            Candidate(
                card=card,
                expected=moved.expected,
                interval=(moved.low, moved.high),
                metric=moved.metric,
                protocol=moved.protocol,
                reasons=(),
                warnings=(),
                evidence=moved.rows,
                leakage=NOT_ASKED,
                match=match,
                estimate=moved,
                worth=worth,
            )
        )
    many = holds_other_bands(task)
    made.sort(
        key=lambda c: (many and not takes_bands(c.card), -c.estimate.strength, c.card.n_parameters or 0, c.card.id)
    )
    return [explained(task, c, seen) for c in made[:n_explained]] + (made[n_explained:] if n_explained else [])


_BEHIND = 1e-3
"""A model of which nothing is published stands this much strength behind the one that its authors replaced it by."""


def explained(task: Task, candidate: Candidate, seen: Seen) -> Candidate:
    """The candidate with its reasons, warnings and leakage."""
    told = replace(candidate, reasons=_reasons(task, candidate), leakage=seen.by(candidate.card))
    return replace(told, warnings=_warnings(task, told))


def regret(candidates: Sequence[Candidate], n_taken: int = 1) -> float | None:
    """Metric lost, on average, by taking the best of the first `n_taken` instead of the best of all."""
    return expected_regret([c.estimate for c in candidates], n_taken)


def _slope(told: Sequence[Estimate]) -> float:
    """Logits of the metric per unit of strength: the prior draws a straight line, two points of it say which."""
    known = [(e.strength, _logit(e.expected)) for e in told if e.expected is not None]
    if len(known) < 2:
        return 0.0
    low, high = min(known), max(known)
    return (high[1] - low[1]) / (high[0] - low[0]) if high[0] - low[0] > 1e-3 else 0.0


def _moved(estimate: Estimate, worth: float, slope: float) -> Estimate:
    """The estimate with its strength raised by `worth`; the interval moves along and grows by half of the move."""
    if worth == 0.0:
        return estimate
    if estimate.expected is None:
        return replace(estimate, strength=estimate.strength + worth)
    by, slack = slope * worth, slope * abs(worth) / 2
    at = [_logit(value) for value in (estimate.expected, estimate.low, estimate.high)]
    expected, low, high = (1 / (1 + math.exp(-x)) for x in (at[0] + by, at[1] + by - slack, at[2] + by + slack))
    return replace(
        estimate,
        strength=estimate.strength + worth,
        expected=round(expected, 4),
        low=round(min(low, expected), 4),
        high=round(max(high, expected), 4),
        own_spread=math.hypot(estimate.own_spread, slack),
    )


def chance(task: Task, metric: str) -> float | None:
    """What naming a class at random reaches; None where that is not known."""
    n = task.n_classes or 0
    if task.kind != "classification" or n < 2 or metric not in _SHARES_OF_CLASSES:
        return None
    return 1 / n


_SHARES_OF_CLASSES = frozenset({"acc1", "accuracy", "balanced_accuracy", "mean_per_class_recall"})


def _no_worse_than_chance(task: Task, estimate: Estimate) -> Estimate:
    """The estimate, raised to chance where results on tasks of more classes point below it."""
    floor = chance(task, estimate.metric)
    if floor is None or estimate.expected is None or estimate.expected >= floor:
        return estimate
    return replace(estimate, expected=round(floor, 4), high=max(estimate.high, round(floor, 4)))


def _logit(value: float) -> float:
    clipped = min(max(value, 0.005), 0.995)
    return math.log(clipped / (1 - clipped))


def _reasons(task: Task, candidate: Candidate) -> tuple[str, ...]:
    card, estimate, match = candidate.card, candidate.estimate, candidate.match
    said: list[str] = []
    learned = _learned_from(card)
    if holds_other_bands(task):
        said.append(told_of_bands(task, card))
    if estimate.rows and not is_assumed(task, candidate.worth):
        said.append(_published(estimate))
    seen = domain_seen(task, card)
    if match == "own" and seen is not None:
        assumed = " (its worth is assumed: no figures compare)" if is_assumed(task, candidate.worth) else ""
        what = "in the task's own domain" if seen == task.known_domain else "on what it sees of these bands"
        said.append(f"trained {what}, {seen}{learned}{assumed}")
    elif match == "near" and is_special(task.known_domain) and all(map(is_special, card.domains)):
        said.append(f"trained in a sister domain, {', '.join(card.domains[:2])}{learned}")
    if estimate.rows:
        said.append(_published(estimate))
    if match in ("none", "unknown") and learned:
        of = "general features" if is_general(card) else f"features of {', '.join(card.domains[:3])}"
        said.append(f"{of}{learned}")
    told = tuple(filter(None, dict.fromkeys(said)))
    return told or ("placed by its size, training data, objective and family",)


def _published(estimate: Estimate) -> str:
    """The rows that moved the estimate most, up to three."""
    rows = [f"{_n(row.value)} {row.metric} on {row.dataset} ({row.protocol})" for row in estimate.rows]
    return f"published results, most of all {', '.join(rows)}"


def _learned_from(card: ModelCard) -> str:
    pretraining = card.pretraining
    if pretraining is None or not (pretraining.datasets or pretraining.size):
        return ""
    names = sorted(pretraining.datasets or ())[:2]
    more = (
        f" and {len(pretraining.datasets) - 2} more" if pretraining.datasets and len(pretraining.datasets) > 2 else ""
    )
    return f", on {', '.join(names) + more if names else pretraining.size}"


def _warnings(task: Task, candidate: Candidate) -> tuple[str, ...]:
    card, said = candidate.card, []
    if candidate.leakage.answer == "yes":
        said.append(f"leakage: {candidate.leakage.why}; its figures on that data are no promise for new data")
    if holds_other_bands(task) and not takes_bands(card):
        said.append(loss_of_colour(task, card))
    if card.license.weights is None and card.commercial_use is None:
        said.append("no licence of the weights is known")
    elif card.commercial_use is False:
        said.append(f"no commercial use ({card.license.weights or 'terms not named'})")
    source = card.source
    if source.loader == "custom" and source.repository is None:
        said.append("its weights lie in no hub repository: fetch them by hand before you measure it")
    if card.gated:
        said.append("its owner wants an agreement before the download")
    if card.superseded_by:
        said.append(f"superseded by {card.superseded_by}")
    if candidate.estimate.note:
        said += candidate.estimate.note.split("; ")
    elif candidate.expected is None:
        said.append("little evidence: no published figure of this kind")
    if candidate.expected is not None and candidate.expected == round(chance(task, candidate.metric) or 2.0, 4):
        said.append("not expected to beat chance")
    seen = domain_seen(task, card)
    if candidate.match == "none" and (is_special(seen) or not is_general(card)):
        said.append(f"it never saw {seen}: tuning may help little or hurt, so measure against zero-shot")
    elif candidate.match == "unknown" and card.domains and not is_general(card):
        said.append(f"made for {', '.join(card.domains[:3])}, and the task's domain is not known")
    size = card.preprocess.size_px if isinstance(card.preprocess, ImagePreprocess) else None
    side = min(size) if isinstance(size, tuple) else size
    if side and task.image_size_px and side >= 3 * task.image_size_px:
        said.append(f"pictures of {task.image_size_px} px are blown up to its {side} px")
    if task.language not in (None, "en") and card.languages is None and task.modality in ("text", "image-text"):
        said.append(f"its card states no languages, and the task is in {task.language}")
    if card.limitations:
        said.append(card.limitations)
    return tuple(said)


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"
