"""What to relax where constraints leave no model: which of them, how far, and what that gives back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from zoo.cards import ModelCard
from zoo.errors import TaskError

from ..report.amounts import listed, models
from .cost import latency_ms, memory_gb

if TYPE_CHECKING:
    from ..task.task import Task
    from .exclusion import Exclusion

_SHOWN = 3
_UNITS = {"memory_gb": "GB", "latency_ms": "ms", "max_parameters": "M parameters"}
_MEASURES: dict[str, Callable[[Task, ModelCard], float | None]] = {
    "max_parameters": lambda task, card: None if card.n_parameters is None else card.n_parameters / 1e6,
    "memory_gb": lambda task, card: memory_gb(card),
    "latency_ms": lambda task, card: latency_ms(card, task.constraints.device),
}
"""Constraints that are limits -> what they limit, in the unit in which it is told."""


def contradiction(
    task: Task,
    failed: Mapping[str, Sequence[str]],
    known: Mapping[str, ModelCard],
    named: Sequence[Exclusion] | None = None,
) -> TaskError:
    """The error of constraints that leave no model, with the remedy.

    Args:
        failed: id of each model that could serve the task otherwise -> names of the constraints that it fails.
        known: id -> card.
        named: what keeps each of the models that the user named from being used; None: all installed ones were asked.
    """
    alone: dict[str, list[ModelCard]] = {}
    for i, names in failed.items():
        if len(names) == 1:
            alone.setdefault(names[0], []).append(known[i])
    if alone:
        most_first = sorted(alone, key=lambda name: -len(alone[name]))
        remedy = f"Relax one: {'; '.join(_alone(task, name, alone[name]) for name in most_first)}."
    else:
        remedy = _together(task, failed, known)
    if "offline" in alone:
        remedy += " Or fetch one while there is a network: `zoo pull MODEL`."
    if named is not None:
        return TaskError(_why_none(named), f"{remedy} {_OTHERS}")
    constraints = sorted({name for names in failed.values() for name in names})
    return TaskError(f"no {task.modality} model satisfies all of: {', '.join(constraints)}.", remedy)


def none_named_fits(task: Task, named: Sequence[Exclusion]) -> tuple[str, str]:
    """(what keeps each of the models that a user named from being used, the remedy), where no constraint is at fault.

    Args:
        named: one exclusion a model, at least one.
    """
    changes = [_CHANGES[cause].format(task.modality) for cause in dict.fromkeys(e.constraint for e in named)]
    return _why_none(named), " ".join([*changes, _OTHERS])


_CHANGES = {
    "modality": "Name models that read {}, or state another modality if the data has it.",
    "capability": "Name models that can do it, or state another kind of task.",
    "loadable": "Name models that zoo can build.",
    "bands": "Name the bands as the data holds them, all and in order, or models that need no others.",
}
"""Exclusions that no constraint of the user is behind -> what to do about each."""
_OTHERS = "Or leave the names out, to choose among all that are installed."


def _why_none(named: Sequence[Exclusion]) -> str:
    """Every reason once, with the models that it keeps from being used."""
    reasons: dict[str, list[str]] = {}
    for e in named:
        reasons.setdefault(e.reason, []).append(e.id)
    told = [f"{listed(ids, _SHOWN)}: {reason}" for reason, ids in reasons.items()]
    if len(told) > _SHOWN:
        rest = len(told) - _SHOWN
        told[_SHOWN:] = [f"and {rest} more reason{'s' * (rest != 1)}"]
    n = len(named)
    which = "the model named cannot be used" if n == 1 else f"none of the {n} models named can be used"
    return f"{which} ({'; '.join(told)})."


def _alone(task: Task, name: str, cards: Sequence[ModelCard]) -> str:
    """How many models one constraint gives back, the nearest first, and how far a limit must move.

    Nearest to a limit are those that exceed it least, to a language those that read most.
    """
    found = f"without {name}: {models(len(cards))}"
    measure = _MEASURES.get(name)
    if measure is None:
        by_languages = sorted(cards, key=lambda c: (-len(c.languages or ()) if name == "language" else 0, c.id))
        return f"{found} ({', '.join(c.id for c in by_languages[:_SHOWN])})"
    sized = sorted((value, card.id) for card in cards if (value := measure(task, card)) is not None)
    if not sized:
        return found
    return f"{found} ({', '.join(i for _, i in sized[:_SHOWN])}), the first from {_amount(name, sized[0][0])}"


def _together(task: Task, failed: Mapping[str, Sequence[str]], known: Mapping[str, ModelCard]) -> str:
    """The fewest constraints that give a model back when they are relaxed at once, and how far for the smallest."""
    least = min(failed.values(), key=len)
    cards = [known[i] for i, names in failed.items() if set(names) == set(least)]
    cards.sort(key=lambda card: (card.n_parameters or math.inf, card.id))
    told = []
    for name in least:
        needs = _MEASURES[name](task, cards[0]) if name in _MEASURES else None
        told.append(name if needs is None else f"{name} (to {_amount(name, needs)})")
    more = models(len(cards))
    return (
        f"Relax these together: {' and '.join(told)}, which gives back {cards[0].id}; without them: {more} "
        f"({', '.join(card.id for card in cards[:_SHOWN])})."
    )


def _amount(name: str, value: float) -> str:
    """An amount in two digits at least, rounded up so that a limit of it lets the model in.

    >>> _amount("latency_ms", 76.2), _amount("memory_gb", 0.543), _amount("max_parameters", 278.04)
    ('77 ms', '0.55 GB', '279 M parameters')
    """
    digits = max(0, 1 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{math.ceil(value * 10**digits) / 10**digits:,.{digits}f} {_UNITS[name]}"
