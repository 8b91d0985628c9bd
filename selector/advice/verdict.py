"""The verdict: is the best source good enough to be worth its cost, against the control that fits the task?

An answer stands on the evidence behind it: where little is published of the task's domain or of the best model, the
verdict is "little evidence" however far ahead the figures put it, and says what they would say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from zoo.bands import identities
from zoo.cards import ImagePreprocess, ModelCard

from ..constraints.exclusion import Exclusion
from ..constraints.relaxation import none_named_fits
from ..prior.level import REACH
from ..report.amounts import LEAST_TOLD, points
from ..task.task import Task
from .adjustment import chance
from .bands import holds_other_bands, takes_bands
from .candidate import Candidate
from .domain_match import is_assumed

_ORDINARY = 1e8
"""Parameters of the largest model that counts as an ordinary choice."""
_WORTH_A_SWITCH = 0.01


@dataclass(frozen=True)
class Verdict:
    """Whether there is a source worth its cost."""

    answer: Literal["good source", "likely good", "little evidence", "no good source"]
    why: str


def verdict(
    task: Task,
    order: Sequence[Candidate],
    excluded: Sequence[Exclusion],
    cards: Sequence[ModelCard],
    *,
    named: bool = False,
) -> Verdict:
    """The verdict on candidates, best first.

    Args:
        cards: the pool that candidates and exclusions come from.
        named: the user chose that pool.
    """
    if not order:
        if named and excluded:
            return Verdict("no good source", " ".join(none_named_fits(task, excluded)))
        return Verdict("no good source", _nothing_usable(task, excluded, cards))
    best = order[0]
    name = best.card.id
    if best.expected is None:
        return Verdict("little evidence", _of_another_kind(task, best))
    floor = chance(task, best.metric)
    if floor is not None and best.interval[1] <= floor:
        return Verdict("no good source", f"the best is not expected to beat chance ({floor:.2f}).")
    doubt = _doubt(task, best)
    control = _control(task, order)
    if control is best and (len(order) == 1 or not doubt):
        others = (
            "nothing but the ordinary choice can be used"
            if len(order) == 1
            else "nothing is expected to beat the ordinary choice"
        )
        return Verdict("no good source", f"{others}: take {name}.")
    if len(order) == 1:
        only = f"{name} is the only usable model"
        return (
            Verdict("little evidence", f"{only}, and {doubt}: measure it first.")
            if doubt
            else Verdict("likely good", f"{only}: there is nothing to compare it with.")
        )
    if control is None or control.expected is None:
        if doubt:
            return Verdict("little evidence", f"{name} leads, but {doubt}: measure it first.")
        return Verdict("likely good", f"{name} leads, with no ordinary model among the usable ones to compare.")
    if control is best:
        return Verdict("little evidence", f"{name}, the ordinary choice, comes first, but {doubt}: measure a few.")
    ordinary = f"{control.card.id}, the ordinary choice"
    rival = _reads_colour_alone(task, best, order)
    if rival is not None:
        return Verdict(
            "little evidence",
            f"{name} leads because it takes bands beyond colour, of whose worth no figure speaks; the figures of "
            f"pictures put {rival.card.id}, which reads colour alone, "
            f"{points((rival.expected or 0.0) - best.expected)} higher: measure both.",
        )
    if is_assumed(task, best.worth) and not best.estimate.is_compared:
        measured = best.estimate.is_measured
        why = "by its own result on the data set" if measured else "because it was trained in this domain"
        return Verdict(
            "little evidence",
            f"{name} leads {why}, but no published figure compares it with {ordinary}: measure both.",
        )
    ahead = best.expected - control.expected
    if doubt:
        by = f"{ahead * 100:.1f} points " if ahead >= LEAST_TOLD else ""
        return Verdict("little evidence", f"{name} is put {by}before {ordinary}, but {doubt}: measure both.")
    if is_assumed(task, best.worth):
        return Verdict(
            "likely good",
            f"{name} is expected to beat {ordinary}, by {ahead * 100:.1f} points, of which a part is assumed for its "
            "domain: measure both.",
        )
    low = ahead - _slack(best, control, ahead)
    if low > 0 and task.known_domain is None and task.modality not in ("text", "code"):
        return Verdict(
            "likely good",
            f"{name} is expected to beat {ordinary}, by {ahead * 100:.1f} points, but the domain is not stated: in a "
            "special one, such as medicine, a specialist may be better.",
        )
    if low > 0:
        at_least = f", at least {low * 100:.1f}" if low >= LEAST_TOLD else ""
        return Verdict("good source", f"{name} is expected to beat {ordinary}, by {ahead * 100:.1f} points{at_least}.")
    if ahead > _WORTH_A_SWITCH:
        return Verdict(
            "likely good",
            f"{name} is expected to beat {ordinary}, by {ahead * 100:.1f} points, but it may be none: measure both.",
        )
    return Verdict("no good source", f"nothing is expected to beat {ordinary}: take that.")


def _slack(best: Candidate, control: Candidate, ahead: float) -> float:
    """By how much the best may be ahead less than expected: one time in ten it is by more.

    What is each model's own, and how far the task sets models apart at all.
    """
    own = REACH * math.hypot(_own(best), _own(control))
    return math.hypot(own, ahead * (1 - math.exp(-REACH * best.estimate.slope_spread)))


def _own(candidate: Candidate) -> float:
    """Standard deviation of the metric that is the model's own, at the level that it is expected to reach."""
    level = candidate.expected or 0.0
    return candidate.estimate.own_spread * level * (1 - level)


def _reads_colour_alone(task: Task, best: Candidate, order: Sequence[Candidate]) -> Candidate | None:
    """The model of colour pictures that is expected to reach more than a leader that takes further bands, if any is."""
    if not holds_other_bands(task) or not takes_bands(best.card) or best.expected is None:
        return None
    others = [c for c in order if not takes_bands(c.card) and c.expected is not None]
    rival = max(others, key=lambda c: c.expected or 0.0, default=None)
    return rival if rival is not None and (rival.expected or 0.0) - best.expected >= LEAST_TOLD else None


def _doubt(task: Task, best: Candidate) -> str:
    """Why the figures of the best cannot carry a verdict, as half a sentence; empty if they can."""
    if best.lacks:
        return f"there is little evidence ({best.lacks})" if best.evidence else "nothing is published of it"
    if task.domain is not None and task.known_domain is None:
        return f"which published results are near {task.domain!r} is not known"
    return ""


def _of_another_kind(task: Task, best: Candidate) -> str:
    """Why there is an order and no number."""
    if not best.evidence:
        return "the order is a guess from facts of the models: measure the first few."
    return (
        f"no figure of {task.kind} is published, so the order is that of results of other kinds: measure the first few."
    )


def _nothing_usable(task: Task, excluded: Sequence[Exclusion], cards: Sequence[ModelCard]) -> str:
    """What stands in the way, and which model comes nearest to the task's bands."""
    said = "no usable model reads this kind of data: start from scratch, or add a plugin."
    if not excluded:
        return "there is no model to choose from: name some, or install a plugin that brings them."
    have = set(identities(task.bands or ()))
    wanted = {c.id: c.preprocess.bands for c in cards if isinstance(c.preprocess, ImagePreprocess)}
    near = [e for e in excluded if e.constraint == "bands" and e.id in wanted]
    if not near:
        return said

    def misses(e: Exclusion) -> tuple[int, int]:
        own = set(identities(wanted[e.id]))
        return -len(own & have), len(own - have)

    best = min(near, key=misses)
    if not set(identities(wanted[best.id])) & have:
        return f"{said} No model takes any of the bands {', '.join(task.bands or ())}."
    return f"{said} Nearest is {best.id}: {best.reason}."


def _control(task: Task, order: Sequence[Candidate]) -> Candidate | None:
    """What one would take without thinking: ResNet-50 or the best small model of ImageNet; BERT for texts."""
    if task.modality in ("text", "code"):
        return _named(order, ("bert-base-uncased", "xlm-roberta-base"))
    generic = [c for c in order if _is_generic(c) and (c.card.n_parameters or 0) <= _ORDINARY]
    if order[0].protocol == "zero-shot" or not generic:
        return _named(order, ("clip-vit-base-patch32", "clip-vit-b-32", "vit_base_patch32_clip_224.openai"))
    resnets = (c for c in generic if (c.card.architecture or "").lower().replace("-", "").startswith("resnet50"))
    return next(resnets, generic[0])


def _named(order: Sequence[Candidate], names: Sequence[str]) -> Candidate | None:
    """The first of some plain models that is usable, by the end of its id or of its repository."""
    for name in names:
        for c in order:
            if name in (c.card.id.rpartition("/")[2], (c.card.source.repository or "").rpartition("/")[2]):
                return c
    return None


def _is_generic(candidate: Candidate) -> bool:
    """Whether a card is of photographs, and trained on ImageNet alone."""
    card = candidate.card
    names = (card.pretraining.datasets or frozenset()) if card.pretraining else frozenset()
    return card.modality == "image" and bool(names) and all("imagenet" in name.lower() for name in names)
