"""Facts of a data set: `facts_of` one that was read, `scan_folder` and `scan_table` from a path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from zoo.data.dataset import Dataset, Lazy
from zoo.data.files import exact_duplicates
from zoo.data.picture_facts import FolderFacts
from zoo.data.read import read
from zoo.data.text_facts import TableFacts
from zoo.data.walk import given_path
from zoo.errors import DataError


def facts_of(dataset: Dataset, *, find_duplicates: bool = True) -> FolderFacts | TableFacts:
    """Counts, sizes and findings of a data set."""
    if dataset.modality in ("text", "code"):
        return TableFacts.of(dataset)
    on_disk = find_duplicates and not isinstance(dataset.inputs, Lazy)
    paths = [Path(str(path)) for path in dataset.inputs] if on_disk else []
    return FolderFacts(dataset, exact_duplicates(paths))


def scan_folder(folder: str | os.PathLike[str], *, find_duplicates: bool = True) -> FolderFacts:
    """Facts of the images below a folder; a bad file among good ones is recorded, and the rest goes on.

    Raises:
        DataError: there is no such folder, or no usable image in it.
    """
    root = given_path(folder)
    if not os.path.isdir(root):  # Path.is_dir raises for a name that is too long
        what = "a file, not a folder" if os.path.isfile(root) else "no folder"
        raise DataError(
            f"want a folder of images, {str(folder)!r} is {what}.", "Check the path, or use from_table for a table."
        )
    facts = facts_of(read(root), find_duplicates=find_duplicates)
    if not isinstance(facts, FolderFacts):
        raise DataError(f"{str(folder)!r} holds texts and no images.", "Use zoo.data.read, which takes both.")
    return facts


def scan_table(
    path: str | os.PathLike[str], *, text: str | Sequence[str] | None = None, label: str | Sequence[str] | None = None
) -> TableFacts:
    """Facts of a table with a column of texts and perhaps one of labels; columns are guessed where not named.

    Raises:
        DataError: no such file, no such column, not a table, or no row with a text.
    """
    table = given_path(path)
    if not os.path.isfile(table):  # Path.is_file raises for a name that is too long
        what = "a folder" if os.path.isdir(table) else "not there"
        raise DataError(f"want a table of texts, {str(path)!r} is {what}.", "Give a CSV, TSV, JSONL or JSON file.")
    facts = facts_of(read(table, text=text, label=label))
    if not isinstance(facts, TableFacts):
        raise DataError(f"{table.name} names pictures and holds no texts.", "Use zoo.data.read, which takes both.")
    return facts
