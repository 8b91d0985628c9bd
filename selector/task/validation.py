"""What a stated task must satisfy; each fault is told with what was given and what to give instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from zoo.cards import ModelCard
from zoo.errors import TaskError

from .limits import Constraints

if TYPE_CHECKING:
    from zoo.data import FolderFacts, TableFacts


def checked_names(class_names: Sequence[str]) -> tuple[str, ...]:
    """The names without space around them.

    Raises:
        TaskError: one text or a number is given instead of several names, a name is empty, or one is given twice.
    """
    if isinstance(class_names, str) or not isinstance(class_names, Iterable):
        what = "the text " if isinstance(class_names, str) else ""
        raise TaskError(f"class_names is {what}{class_names!r}.", "Give a list: ['cat', 'dog'].")
    names = tuple(str(name).strip() for name in class_names)
    if not all(names):
        raise TaskError("a class name is empty.", "Give every class a name.")
    twice = next((name for name, n in Counter(names).items() if n > 1), None)
    if twice is not None:
        raise TaskError(f"the class name {twice!r} is given twice.", "Give each class once.")
    return names


def checked_bands(bands: Sequence[str] | None) -> tuple[str, ...] | None:
    """The names of the bands; None where there is none.

    Raises:
        TaskError: one text is given instead of several.
    """
    if isinstance(bands, str):
        raise TaskError(f"bands is the text {bands!r}.", "Give a list: ['B02', 'B03', 'B04'].")
    return tuple(bands) or None if bands is not None else None


def check_whole(counts: Mapping[str, object]) -> None:
    """Whether counts are whole numbers, or several of them: half an example cannot be, and True counts nothing.

    Args:
        counts: field -> what was given for it.

    Raises:
        TaskError: one is not.
    """
    for name, given in counts.items():
        for count in given if isinstance(given, (list, tuple)) else (given,):
            if isinstance(count, bool) or (isinstance(count, Real) and float(count) % 1 != 0):
                raise _not_whole(name, count)


def _not_whole(name: str, given: object) -> TaskError:
    each = ", or one for each class where they differ: [1, 2]" if name == _PER_CLASS else ""
    return TaskError(f"{name} is {given!r}, want a whole number.", f"Give one, such as 2{each}.")


_PER_CLASS = "labels_per_class"


def check_counts(labels_per_class: int | tuple[int, ...] | None, n_names: int) -> None:
    """Whether the numbers of labels can be, and fit the class names.

    Raises:
        TaskError: a number is below 0, or there are not as many as classes.
    """
    counts = labels_per_class if isinstance(labels_per_class, tuple) else (labels_per_class or 0,)
    if any(count < 0 for count in counts):
        raise TaskError(f"labels_per_class is {labels_per_class}; want counts of 0 or more.", "Give 0 for none.")
    if isinstance(labels_per_class, tuple) and n_names and len(labels_per_class) != n_names:
        raise TaskError(
            f"{len(labels_per_class)} counts in labels_per_class for {n_names} class names.",
            "Give one count per class, or a single number.",
        )


def check_modality(modality: str, data: FolderFacts | TableFacts, bands: Sequence[str] | None = None) -> None:
    """Whether the data can be of this modality.

    Raises:
        TaskError: it is a table of texts for a task of pictures, or the other way round; or grey or colour pictures of
            which no `bands` say that they are something else.
    """
    from zoo.data import TableFacts

    holds_texts = isinstance(data, TableFacts)
    if holds_texts != (modality in ("text", "code")):
        held = "a table of texts" if holds_texts else "a folder of images"
        raise TaskError(
            f"the data is {held}, and the modality {modality!r}.", "Leave the modality out: the data says it."
        )
    if modality != "multispectral" or bands or isinstance(data, TableFacts):
        return
    if set(data.n_channels) <= {1, 3}:
        held = " or ".join(str(n) for n in sorted(data.n_channels))
        raise TaskError(
            f"the modality is 'multispectral', and the files hold {held} channel{'s' * (held != '1')}.",
            "Leave the modality out, or name the bands, such as nir,red,green.",
        )


def as_task_error(err: ValidationError, allowed: Mapping[str, Sequence[str]]) -> TaskError:
    """The first fault that pydantic found, in our words.

    Args:
        allowed: field -> the values that it may have, for fields of a few values.
    """
    first = err.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "task"
    given = first.get("input")
    if where in allowed:
        near = get_close_matches(str(given).lower(), allowed[where], n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return TaskError(f"{where} is {given!r}.", f"{hint}There are: {', '.join(allowed[where])}.")
    if first["loc"][:1] == (_PER_CLASS,):  # after it pydantic names the form that it tried first
        return _not_whole(_PER_CLASS, given)
    if first["type"] == "extra_forbidden":
        return TaskError(f"{where} is no field.", f"There are: {', '.join(Constraints.model_fields)}.")
    return TaskError(f"{where} is {given!r}: {first['msg'].lower()}.", "Give a value of that form.")


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
