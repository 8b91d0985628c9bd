"""Why a candidate stands where it does, and what speaks against it, as sentences that a person can check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.cards import ImagePreprocess, ModelCard, newest_in_words

from ..constraints.cost import LATENCY_FACTOR, latency_ms, sample_of
from ..prior import Estimate
from ..report.amounts import milliseconds
from ..task.task import Task
from .adjustment import is_at_chance
from .bands import holds_other_bands, loss_of_colour, takes_bands, told_of_bands
from .domain_match import domain_seen, is_assumed, is_general, is_special

if TYPE_CHECKING:
    from .candidate import Candidate


def reasons_for(task: Task, candidate: Candidate) -> tuple[str, ...]:
    """Why it stands where it does, strongest first; never empty."""
    card, estimate, match = candidate.card, candidate.estimate, candidate.match
    learned = _learned_from(card)
    published = _published(estimate) if estimate.rows else ""
    is_assumed_of_it = is_assumed(task, candidate.worth) and not estimate.is_measured
    is_led_by_domain = is_assumed_of_it and not estimate.is_compared
    said = [told_of_bands(task, card) if holds_other_bands(task) else "", "" if is_led_by_domain else published]
    seen = domain_seen(task, card)
    if match == "own" and seen is not None:
        how = "its worth is assumed: no figures compare" if is_led_by_domain else "its worth beyond those is assumed"
        assumed = f" ({how})" if is_assumed_of_it else ""
        what = "in the task's own domain" if seen == task.known_domain else "on what it sees of these bands"
        said.append(f"trained {what}, {seen}{learned}{assumed}")
    elif match == "near" and is_special(task.known_domain) and all(map(is_special, card.domains)):
        said.append(f"trained in a sister domain, {', '.join(card.domains[:2])}{learned}")
    if is_led_by_domain:
        said.append(published)
    if match in ("none", "unknown") and learned:
        named = f"features of {', '.join(card.domains[:3])}" if card.domains else "features of a domain not stated"
        said.append(f"{'general features' if is_general(card) else named}{learned}")
    return tuple(filter(None, said)) or ("placed by its size, training data, objective and family",)


def _published(estimate: Estimate) -> str:
    """The rows that moved the estimate most, up to three."""
    rows = []
    for row in estimate.rows:
        how = f"{row.protocol}, {row.condition}" if row.condition else row.protocol
        rows.append(f"{_n(row.value)} {row.metric} on {row.dataset} ({how})")
    return f"published results, most of all {', '.join(rows)}"


_NAMED = 4
"""Training sets that are told by name at most: the one that matters may stand last in the alphabet."""


def _learned_from(card: ModelCard) -> str:
    """The end of a sentence on what it learned from; empty where that is not known."""
    pretraining = card.pretraining
    if pretraining is None or not (pretraining.datasets or pretraining.size):
        return ""
    names = sorted(pretraining.datasets or ())
    shown = names if len(names) <= _NAMED else names[: _NAMED - 1]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f", on {', '.join(shown) + more if names else pretraining.size}"


def warnings_of(task: Task, candidate: Candidate) -> tuple[str, ...]:
    """What speaks against it: first what keeps it from being used, then what is not known, then what may go wrong."""
    card, said = candidate.card, []
    if candidate.leakage.answer == "yes":
        said.append(f"leakage: {candidate.leakage.why}; its figures on that data are no promise for new data")
    if holds_other_bands(task) and not takes_bands(card):
        said.append(loss_of_colour(task, card))
    if task.language not in (None, "en") and card.languages is None and task.modality in ("text", "image-text"):
        said.append(f"its card states no languages, and the task is in {task.language}")
    if card.license.weights is None and card.commercial_use is None:
        said.append("no licence of the weights is known")
    elif card.commercial_use is False:
        said.append(f"no commercial use ({card.license.weights or 'terms not named'})")
    if card.limitations and "research" in card.limitations.lower():  # a restriction of use, whatever the licence says
        said.append(card.limitations)
    limit, takes = task.constraints.latency_ms, latency_ms(card, task.constraints.device)
    if limit is not None and takes is not None and takes * LATENCY_FACTOR > limit:
        said.append(
            f"about {milliseconds(takes)} {sample_of(card)} is an estimate within a factor of {LATENCY_FACTOR}: "
            f"time it, it may take more than {limit:g} ms"
        )
    source = card.source
    if source.loader == "custom" and source.repository is None:
        said.append("its weights lie in no hub repository: fetch them by hand before you measure it")
    if card.gated:
        said.append("its owner wants an agreement before the download")
    if candidate.replaced_by:
        said.append(f"superseded by {newest_in_words(candidate.replaced_by)}")
    if candidate.estimate.note:
        said += candidate.estimate.note.split("; ")
    elif candidate.expected is None:
        said.append("little evidence: no published figure of this kind")
    if candidate.expected is not None and is_at_chance(task, candidate.metric, candidate.expected):
        said.append("not expected to beat chance")
    seen = domain_seen(task, card)
    if candidate.match == "none" and (is_special(seen) or not is_general(card)):
        hurts = "tuning may help little or hurt, so measure against zero-shot"
        said.append(f"it never saw {seen}: {'measure it' if task.kind == 'retrieval' else hurts}")
    elif candidate.match == "unknown" and card.domains and not is_general(card):
        said.append(f"made for {', '.join(card.domains[:3])}, and the task's domain is not known")
    if card.preprocess is None and task.modality in _OF_PICTURES:
        said.append("its card does not say how pictures are prepared: zoo can feed it prepared tensors alone")
    size = card.preprocess.size_px if isinstance(card.preprocess, ImagePreprocess) else None
    side = min(size) if isinstance(size, tuple) else size
    if side and task.image_size_px and side >= 3 * task.image_size_px:
        said.append(f"pictures of {task.image_size_px} px are blown up to its {side} px")
    if card.limitations:
        said.append(card.limitations)
    return tuple(dict.fromkeys(said))


_OF_PICTURES = ("image", "multispectral", "image-text")


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"
