"""What class names say: as words for prompts, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

_EMPTY_WORDS = (
    "class category label type group yes no maybe true false good bad other unknown positive negative a b c x"
)


def say_nothing(class_names: Sequence[str]) -> bool:
    """Whether the class names carry no meaning that a text model could use: `0`, `class_3`, `a`, `yes`, `n02085620`.

    >>> say_nothing(["class_0", "class_1"]), say_nothing(["cat", "class_1"]), say_nothing(["猫", "犬"])
    (True, False, False)
    """
    return bool(class_names) and all(map(_is_empty, class_names))


def _is_empty(name: str) -> bool:
    is_number = re.fullmatch(r"[a-z]?[\W_]*\d+", name.strip().lower()) is not None
    return is_number or not (plain_words(name) - {*_EMPTY_WORDS.split()})


def readable(class_name: str) -> str:
    """A class name as words for a prompt: no folder spelling, catalogue number or camel case.

    >>> readable("n02085620-Chihuahua_dog"), readable("RiverLake"), readable("03_no_tumor")
    ('Chihuahua dog', 'River Lake', 'no tumor')
    """
    name = re.sub(r"^n\d{8}[-_ ]", "", class_name.strip())
    name = re.sub(r"^\d+[._ -]+(?=[^\W\d])", "", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"[_\-./ ]+", " ", name).strip() or class_name


def plain_words(name: str) -> set[str]:
    """Lower-case words of a name, without digits."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return set(re.findall(r"[^\W\d_]+", split.lower()))


def told_classes(description: str) -> int | None:
    """The number of classes that a description states; None where it states none, or several numbers.

    >>> told_classes("200 bird species"), told_classes("a 10-class problem"), told_classes("100 pictures per class")
    (200, 10, None)
    """
    told = {int(n.replace(",", "")) for n in _N_CLASSES.findall(description)}
    return told.pop() if len(told) == 1 and min(told) > 1 else None


_N_CLASSES = re.compile(
    r"\b(?<!\d[.,])(\d{1,3}(?:,\d{3})|\d{1,5})[ -](?:[^\W\d_]+ )?(?:class(?:es)?|categories|species|breeds)\b",
    re.IGNORECASE,
)
