"""Hard constraints: which models cannot be used for a task, each with the reason, and what to relax if none is left.

A fact that a card does not state never passes a constraint on it: "not known to allow commercial use" excludes.
Sizes in memory and times per sample are estimates from parameters and input size, and say so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from zoo.bands import match_bands
from zoo.cards import CustomSource, ImagePreprocess, ModelCard, OpenClipSource
from zoo.errors import InputContractError
from zoo.languages import is_among, told_briefly

from .cost import LATENCY_FACTOR, device_kind, latency_ms, memory_gb, sample_of
from .exclusion import Exclusion
from .relaxation import contradiction

if TYPE_CHECKING:
    from ..task.task import Task

Rule = Callable[[ModelCard], str | None]


def divide(task: Task, cards: Iterable[ModelCard], *, named: bool = False) -> tuple[list[ModelCard], list[Exclusion]]:
    """(cards that can be used for the task, the others with the first reason that excludes each).

    Args:
        named: the user chose these cards, so that each reason is told where none is left.

    Raises:
        TaskError: cards of the right modality exist, and the constraints leave none of them.
    """
    rules = _rules(task)
    cards = list(cards)
    kept: list[ModelCard] = []
    excluded: list[Exclusion] = []
    failed: dict[str, list[str]] = {}
    for card in cards:
        reasons = [(name, reason) for name, rule in rules if (reason := rule(card)) is not None]
        if not reasons:
            kept.append(card)
            continue
        excluded.append(Exclusion(card.id, *reasons[0]))
        if not any(name in _NOT_NEGOTIABLE for name, _ in reasons):
            failed[card.id] = [name for name, _ in reasons]
    if not kept and failed:
        raise contradiction(task, failed, {card.id: card for card in cards}, excluded if named else None)
    return kept, excluded


_NOT_NEGOTIABLE = frozenset({"modality", "capability", "loadable", "bands"})


def _rules(task: Task) -> list[tuple[str, Rule]]:
    """(name, rule) of every constraint that the task states; a rule gives the reason, or None."""
    limits = task.constraints
    rules: list[tuple[str, Rule]] = [
        ("modality", partial(_wrong_modality, task)),
        ("capability", partial(_cannot, task)),
        ("loadable", _not_loadable),
        ("bands", partial(_wrong_bands, task)),
    ]
    if limits.commercial_use:
        rules.append(("commercial_use", _no_commercial_use))
    if limits.gated is False:
        rules.append(("gated", lambda card: "its owner wants an agreement first" if card.gated else None))
    if limits.max_parameters is not None:
        rules.append(("max_parameters", partial(_too_large, limits.max_parameters)))
    if limits.memory_gb is not None:
        rules.append(("memory_gb", partial(_too_heavy, limits.memory_gb)))
    device_kind(limits.device)  # an unknown device is one error, not one a card, and also where no time is asked for
    if limits.latency_ms is not None:
        rules.append(("latency_ms", partial(_too_slow, limits.latency_ms, limits.device)))
    if task.language is not None and task.modality in ("text", "image-text"):
        rules.append(("language", partial(_wrong_language, task.language)))
    if limits.zero_shot:
        rules.append(("zero_shot", partial(_not_by_names, task)))
    if limits.offline:
        rules.append(("offline", _not_on_this_machine))
    return rules


SERVED_BY: dict[str, tuple[str, ...]] = {
    "image": ("image", "image-text"),
    "multispectral": ("multispectral", "image", "image-text"),
    "text": ("text",),
    "code": ("code", "text"),
    "image-text": ("image-text",),
}
"""Modality of a task -> modalities of models that can serve it."""


def _wrong_modality(task: Task, card: ModelCard) -> str | None:
    if card.modality in SERVED_BY[task.modality]:
        return None
    if card.modality == "multispectral" and task.modality == "image" and task.bands:
        return None
    return f"it reads {card.modality}, the task has {task.modality}"


def _cannot(task: Task, card: ModelCard) -> str | None:
    able = set(card.capabilities)
    if task.kind == "segmentation":
        return None if able & {"segment", "embed"} else "it gives neither masks nor features"
    if card.modality == "image-text" and "generate" in able and not able & {"zero-shot", "classify"}:
        return "it answers pictures in words; for labels start from the tower that it sees with"
    if card.modality == "image-text" and not isinstance(card.preprocess, ImagePreprocess):
        return "its card does not say how pictures are prepared"
    if task.modality == "image-text" and not able & {"zero-shot", "embed"}:
        return "it gives no common space of pictures and texts"
    return None if able & {"embed", "zero-shot", "classify"} else f"it can only {', '.join(sorted(able)) or 'nothing'}"


def _not_loadable(card: ModelCard) -> str | None:
    if isinstance(card.source, CustomSource) and card.source.builder is None:
        return "its architecture is not built in zoo yet"
    if card.source.loader != "bundled" and card.source.repository is None and not isinstance(card.source, CustomSource):
        is_bare = not getattr(card.source, "architecture", None)
        is_untagged = isinstance(card.source, OpenClipSource) and card.source.tag is None
        return "no published weights that zoo can load are known" if is_bare or is_untagged else None
    return None


def _wrong_bands(task: Task, card: ModelCard) -> str | None:
    if not isinstance(card.preprocess, ImagePreprocess):
        return "which bands it takes is not stated" if task.modality == "multispectral" else None
    wanted = card.preprocess.bands
    if task.bands is None:
        if card.modality == "multispectral" and task.modality == "image":
            return f"it wants {len(wanted)} bands, the task has pictures in colour or grey"
        held = task.data.n_channels if task.data is not None and task.modality == "multispectral" else {}
        if held and len(wanted) > max(held):
            return f"it wants {len(wanted)} bands, the files hold {max(held)}"
        return None  # which bands the files hold is not known
    if wanted == ("gray",) and len(task.bands) <= 4:
        wanted = ("red", "green", "blue") if "gray" not in task.bands else wanted
    try:
        match_bands(wanted, task.bands, "the task")
    except InputContractError as err:
        return err.problem.rstrip(".")
    return None


def _no_commercial_use(card: ModelCard) -> str | None:
    if card.commercial_use:
        return None
    terms = card.license.weights or (f"weights not stated, code {card.license.code}" if card.license.code else None)
    if card.commercial_use is None:
        return f"commercial use is not known to be allowed ({terms or 'no licence stated'})"
    return f"its licence does not allow commercial use ({terms or 'terms not named'})"


def _too_large(limit: float, card: ModelCard) -> str | None:
    if card.n_parameters is None:
        return "its size is not known"
    return (
        f"{card.n_parameters / 1e6:,.0f} M parameters, more than {limit / 1e6:,.0f} M"
        if card.n_parameters > limit
        else None
    )


def _too_heavy(limit: float, card: ModelCard) -> str | None:
    needs = memory_gb(card)
    if needs is None:
        return "its size is not known"
    told = math.ceil(needs * 10) / 10  # rounded up: 0.51 GB is more than 0.5 GB
    return f"needs about {told:.1f} GB to run, more than {limit:g} GB" if needs > limit else None


def _too_slow(limit: float, device: str | None, card: ModelCard) -> str | None:
    takes = latency_ms(card, device)
    if takes is None:
        return "its size is not known, and so its speed"
    if takes <= limit:
        return None
    where = device_kind(device)
    told = math.ceil(takes) if takes > 1 else f"{takes:.2g}"
    each = sample_of(card)
    return f"about {told} ms {each} on {where} (within a factor of {LATENCY_FACTOR}), more than {limit:g} ms"


def _wrong_language(language: str, card: ModelCard) -> str | None:
    if not card.languages or is_among(language, card.languages):
        return None  # a card that states no languages is warned of, not excluded
    return f"it is for {told_briefly(card.languages, most=5)}, not {language}"


def _not_by_names(task: Task, card: ModelCard) -> str | None:
    """A text goes to the class name whose vector is nearest, so that every encoder of texts can do it."""
    if task.kind == "segmentation":
        return "it gives no masks from words, as no model of zoo does"
    if card.zero_shot is not None or (task.modality in ("text", "code") and "embed" in card.capabilities):
        return None
    return "it cannot classify by class names"


def _not_on_this_machine(card: ModelCard) -> str | None:
    from zoo.planning import plan

    planned = plan(card, local_files_only=True)
    if planned.loadable and planned.cached and planned.files:
        return None
    return planned.why_not or "its files are not on this machine"
