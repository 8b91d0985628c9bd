"""What a call of `recommend` or `rank` may be given; each fault is told with what came and what to give instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Integral
from typing import Any

from zoo.cards import ModelCard
from zoo.errors import TaskError

from .evidence.datasets import Datasets
from .task.task import Task


def check_task(task: object) -> None:
    """Whether it is a task.

    Raises:
        TaskError: it is something else, such as a path or plain data.
    """
    if not isinstance(task, Task):
        raise TaskError(
            f"want a Task, got {type(task).__name__}.",
            "Task(modality='image', ...) states one; Task.from_folder(path) and Task.from_table(path) read one.",
        )


def check_k(k: object) -> None:
    """Whether it is a number of candidates.

    Raises:
        TaskError: it is no whole number, or below 1.
    """
    if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
        raise TaskError(f"k is {k!r}, want a whole number of candidates, at least one.", "Give k=5, say.")


def one_or_many(given: object, name: str, example: str) -> tuple[Any, ...]:
    """Names as a tuple; one alone, a text or a card, is a list of one.

    Raises:
        TaskError: it is neither one name nor a list of names.
    """
    if isinstance(given, (str, ModelCard)):
        return (given,)
    if not isinstance(given, Iterable):
        raise TaskError(f"{name} is {given!r}, want a list of names.", f"Give {name}=[{example!r}], say.")
    return tuple(given)


def unknown_sets(names: Iterable[str], datasets: Datasets) -> list[str]:
    """A line for each name of which no result can be left out; it may be misspelt, and then nothing was left out."""
    said = []
    for name in names:
        if datasets.near_duplicates([name]):
            continue
        why = "so none was left out for it."
        said.append(f"exclude_evidence: no published result is of {name!r}, {why}{_near(name, datasets)}")
    return said


def unknown_dataset(name: str | None, datasets: Datasets) -> list[str]:
    """A line if nothing is published on the data set that a task names; the name may be misspelt."""
    if name is None or datasets.find(name):
        return []
    why = "so the answer rests on other data sets."
    return [f"no published result is of the data set {name!r}, {why}{_near(name, datasets)}"]


def _near(name: str, datasets: Datasets) -> str:
    """The names that it is nearest to, as a question; empty if none is near."""
    known = {fact.dataset.lower(): fact.dataset for fact in datasets.facts}
    near = [known[key] for key in get_close_matches(name.lower(), known, n=2, cutoff=0.7)]
    return f" Did you mean {' or '.join(near)}?" if near else ""
