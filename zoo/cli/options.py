"""Values that several verbs take from the command line."""

from __future__ import annotations

import re

from zoo.errors import DataError


def names_in(text: str | None) -> tuple[str, ...] | None:
    """Names with commas between, as an option gives them; None where it is not given or empty.

    >>> names_in("cat, dog"), names_in("")
    (('cat', 'dog'), None)
    """
    return tuple(name.strip() for name in text.split(",")) if text else None


def class_names_in(text: str | None) -> tuple[str, ...] | None:
    """Class names, as `--labels` gives them; a number alone is taken for how many there are, and refused.

    Raises:
        DataError: it is a number.
    """
    names = names_in(text)
    if names is not None and len(names) == 1 and re.fullmatch(r"\d+(\.\d+)?", names[0]):
        raise DataError(
            f"--labels is {text}, want the names of the classes.",
            "Write them with commas between: --labels cat,dog. Where only numbers are known: "
            "zoo recommend --describe '3 classes' --labels-per-class 100.",
        )
    return names
