"""Which bands of the task a model takes, and which it leaves: a model of photographs loses most of a satellite tile."""

from __future__ import annotations

from zoo.bands import identities, match_bands
from zoo.cards import ImagePreprocess, ModelCard
from zoo.errors import InputContractError

from ..task.task import Task

_COLOURS = {"red", "green", "blue", "gray"}
_NO_BAND = {"alpha", "a"}
"""Channels of a picture that say nothing of the scene."""


def holds_other_bands(task: Task) -> bool:
    """Whether the task has bands beyond colour or grey, whatever its modality is called."""
    if task.bands is None:
        return task.modality == "multispectral"
    return bool(set(identities(task.bands)) - _COLOURS - _NO_BAND)


def takes_bands(card: ModelCard) -> bool:
    """Whether a model reads bands beyond colour or grey."""
    spec = card.preprocess
    return isinstance(spec, ImagePreprocess) and not set(spec.bands) <= _COLOURS


def lost_bands(task: Task, card: ModelCard) -> tuple[str, ...] | None:
    """Bands of the task that the model does not take; None where one of the two does not name its bands."""
    spec = card.preprocess
    if task.bands is None or not isinstance(spec, ImagePreprocess):
        return None
    try:
        taken = set(match_bands(spec.bands, task.bands, "the task").indices)
    except InputContractError:
        return None
    return tuple(band for place, band in enumerate(task.bands) if place not in taken)


def told_of_bands(task: Task, card: ModelCard) -> str:
    """What the model makes of the task's bands, as a reason; empty where there is nothing to tell."""
    spec = card.preprocess
    if not isinstance(spec, ImagePreprocess) or not takes_bands(card):
        return ""
    lost = lost_bands(task, card)
    if lost is None:
        return f"reads {len(spec.bands)} bands: {', '.join(spec.bands)}"
    n = len(task.bands or ())
    if not lost:
        return f"reads all {n} bands of the task"
    return f"reads {n - len(lost)} of the task's {n} bands; {', '.join(lost)} {'are' if len(lost) > 1 else 'is'} left"


def colours_of(card: ModelCard) -> str:
    """What a model of colour or grey pictures reads, in words."""
    spec = card.preprocess
    return "grey" if isinstance(spec, ImagePreprocess) and set(spec.bands) == {"gray"} else "red, green and blue"


def loss_of_colour(task: Task, card: ModelCard) -> str:
    """What a model of colour or grey pictures loses on the task, as a warning."""
    spec = card.preprocess
    if not isinstance(spec, ImagePreprocess):
        return "which bands it reads is not stated"
    lost = lost_bands(task, card)
    if lost is None:
        return f"it reads {colours_of(card)} only: the other bands are lost"
    n = len(task.bands or ())
    return f"it reads {colours_of(card)} only: the other bands are lost, {len(lost)} of {n} ({', '.join(lost[:13])})"
