"""Values that several verbs take from the command line."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable
from typing import Any

import click

from zoo.errors import DataError


def names_in(text: str | None) -> tuple[str, ...] | None:
    """Names with commas between, as an option gives them; None where it is not given or empty.

    >>> names_in("cat, dog"), names_in("")
    (('cat', 'dog'), None)
    >>> names_in('"red, small",blue')
    ('red, small', 'blue')
    """
    if not text:
        return None
    (names,) = csv.reader([text.replace("\n", " ")], skipinitialspace=True)
    return tuple(name.strip() for name in names)


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


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what the columns of a table are; the command gets those that were given as `columns`."""
    names = ("image", "text", "label", "group", "split", "separator", "merge_labels")

    @functools.wraps(command)
    def packed(**given: Any) -> Any:
        columns = {name: given.pop(f"column_{name}") for name in names}
        return command(columns={name: value for name, value in columns.items() if value not in (None, False)}, **given)

    for option in (
        click.option("--merge-labels", "column_merge_labels", is_flag=True, help="Cat, cat and 'cat ' are one class."),
        click.option(
            "--separator", "column_separator", help="What parts several labels of one cell; '' for one label."
        ),
        click.option("--split", "column_split", help="Column that says train, val or test."),
        click.option(
            "--group",
            "column_group",
            help="Column of patients or the like, kept on one side; or folder; or a pattern: '(patient\\d+)'.",
        ),
        click.option("--label", "column_label", help="Column of the labels; several for one-hot: a,b,c."),
        click.option("--text", "column_text", help="Column of the texts; two for pairs: a,b."),
        click.option("--image", "column_image", help="Column of the paths of the pictures."),
    ):
        packed = option(packed)
    return packed
