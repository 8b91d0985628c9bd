"""Candidates: what to expect of each model on the task, why, and what speaks against it.

The number comes from the prior (published results on other tasks). Where no published figures compare models of the
task's domain with others, a model that was trained in it is moved up by a stated assumption, and its interval grows
(`domain_worth`). Of pictures with bands beyond colour, models that take those bands come first: what colour alone is
worth there is a question for a control, not for a ranking by figures on photographs.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from zoo.cards import ModelCard, successors
from zoo.evidence import EvidenceTable
from zoo.registry import Registry

from ..prior import Estimate, Prior, TaskFacts, expected_regret, model_facts
from ..prior.plugins import tables_of
from ..task.datasets import Datasets
from ..task.task import Task
from .adjustment import chance, moved, no_worse_than_chance, slope_of
from .bands import holds_other_bands, takes_bands
from .candidate import LITTLE_EVIDENCE, Candidate
from .domain_match import domain_match
from .leakage import NOT_ASKED, Seen
from .make import frozen_classifier, held_to_peers, is_out_of_place, suits, worth_of
from .reasons import reasons_for, warnings_of
from .strategy import opens_half

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def prior_for(registry: Registry) -> Prior:
    """The bundled prior with the evidence of the registry's plugins; what cannot be used of it is left out, aloud."""
    return _loaded(tables_of(registry))


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
    task: Task,
    cards: Sequence[ModelCard],
    told: Sequence[Estimate],
    seen: Seen,
    known: Mapping[str, ModelCard],
    n_explained: int | None = None,
) -> list[Candidate]:
    """Candidates, best first: by the bands that they take, the prior's strength and the domain that each comes from.

    Args:
        known: every declared card by id: what replaced a model may not be usable, and its own successor may be.
        n_explained: how many get reasons, warnings and leakage; None: all.
    """
    floor = (chance(task, told[0].metric) or 0.0) if told else 0.0
    slope = slope_of(told, floor)
    made = []
    matches = [domain_match(task, card) for card in cards]
    opens = opens_half(task)
    worths = [worth_of(task, card, match, opens) for card, match in zip(cards, matches, strict=True)]
    moves = _beyond_results(worths, told)
    held = held_to_peers(cards, matches, [e.strength + move for e, move in zip(told, moves, strict=True)], told)
    moves = [move + back + frozen_classifier(e) for move, back, e in zip(moves, held, told, strict=True)]
    strengths = {card.id: e.strength + move for card, e, move in zip(cards, told, moves, strict=True)}
    published = {card.id for card, e in zip(cards, told, strict=True) if e.rows}
    noted = [_on_masks(task, e) for e in told]
    for card, estimate, match, worth, move in zip(cards, noted, matches, worths, moves, strict=True):
        chain = successors(card, known)
        limit = math.inf if estimate.rows else _strength_limit(chain, strengths, published)
        behind = min(0.0, limit - strengths[card.id])
        lifted = no_worse_than_chance(task, moved(estimate, move + behind, slope, floor))
        made.append(
            Candidate(
                card=card,
                expected=lifted.expected,
                interval=(lifted.low, lifted.high),
                metric=lifted.metric,
                protocol=lifted.protocol,
                reasons=(),
                warnings=(),
                evidence=lifted.rows,
                leakage=NOT_ASKED,
                match=match,
                estimate=lifted,
                worth=worth,
                replaced_by=chain,
            )
        )
    many = holds_other_bands(task)
    made.sort(
        key=lambda c: (
            is_out_of_place(task, c.card, c.match, c.worth, opens),
            many and not takes_bands(c.card),
            not suits(task, c.card, c.match, opens),
            -c.estimate.strength,
            c.card.n_parameters or 0,
            c.card.id,
        )
    )
    n = len(made) if n_explained is None else n_explained
    return [explained(task, c, seen) for c in made[:n]] + made[n:]


def _beyond_results(worths: Sequence[float], told: Sequence[Estimate]) -> list[float]:
    """By how much strengths move for the domains that models come from: a model's result on the data set has it all.

    Where every model with such a result comes from the domain, the level is that of those, and others are counted from
    it.
    """
    held = max(0.0, min((worth for worth, e in zip(worths, told, strict=True) if e.is_measured), default=0.0))
    return [0.0 if e.is_measured else worth - held for worth, e in zip(worths, told, strict=True)]


def _on_masks(task: Task, estimate: Estimate) -> Estimate:
    """The estimate, with a note where it is of segmentation and rests on results of other kinds alone."""
    is_told = LITTLE_EVIDENCE in estimate.note or not estimate.rows or estimate.expected is None
    if task.kind != "segmentation" or is_told or any(row.metric == estimate.metric for row in estimate.rows):
        return estimate
    note = f"{LITTLE_EVIDENCE}none of the results behind it is of segmentation"
    return replace(estimate, note="; ".join(filter(None, (estimate.note, note))))


def _strength_limit(chain: Sequence[str], strengths: Mapping[str, float], published: Collection[str]) -> float:
    """The strength that a model without figures may have: a little less than the usable model that replaced it.

    That one is held back in the same way by what replaced it, unless it has figures of its own.
    """
    limit = math.inf
    for later in reversed(chain):
        if later in strengths:
            limit = strengths[later] if later in published else min(strengths[later], limit)
            limit -= _BEHIND
    return limit


_BEHIND = 1e-3
"""A model of which nothing is published stands this much strength behind the one that its authors replaced it by."""


def explained(task: Task, candidate: Candidate, seen: Seen) -> Candidate:
    """The candidate with its reasons, warnings and leakage."""
    told = replace(candidate, reasons=reasons_for(task, candidate), leakage=seen.by(candidate.card))
    return replace(told, warnings=warnings_of(task, told))


def regret(candidates: Sequence[Candidate], n_taken: int = 1) -> float | None:
    """Metric lost, on average, by taking the best of the first `n_taken` instead of the best of all."""
    return expected_regret([c.estimate for c in candidates], n_taken)


def with_domain(task: Task, datasets: Datasets) -> Task:
    """The task, with the domain of the data set that it names where a plugin alone knows that."""
    if task.dataset is None or task.known_domain is not None:
        return task
    domain = next((domain for facts in datasets.find(task.dataset) for domain in facts.domains), None)
    if domain is None:
        return task
    return task.model_copy(update={"domain": domain, "domain_note": f"that of the data set {task.dataset}"})
