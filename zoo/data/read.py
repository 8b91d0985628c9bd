"""One door for a user's data, whatever form it has.

data = read("my_images/")                              # a sub-folder a class, splits above, or a labels.csv inside
data = read("labels.csv", image="path", label="finding", group="patient_id")
data = read(frame, text="body", label="topic")         # pandas, polars, pyarrow, a list of dicts, a dict of columns
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zoo.data.columns import Wanted
from zoo.data.dataset import Dataset
from zoo.data.folders import split_of
from zoo.data.joining import joined
from zoo.data.layouts.annotated import annotated, coco_table
from zoo.data.layouts.arrays import array_data
from zoo.data.layouts.shards import table_folder
from zoo.data.layouts.web_dataset import TAR_SUFFIXES, tar_data
from zoo.data.picture_folder import picture_folder
from zoo.data.table_data import Reading, table_data
from zoo.data.tables import open_table
from zoo.data.tables.frames import frame_table, is_frame
from zoo.data.walk import PICTURE_SUFFIXES, files_below, given_path
from zoo.errors import DataError
from zoo.hub.remote_data import fetch


def read(
    source: str | os.PathLike[str] | Mapping[str, Any] | Iterable[Any] | object,
    *,
    image: str | None = None,
    text: str | Sequence[str] | None = None,
    label: str | Sequence[str] | None = None,
    group: str | None = None,
    split: str | None = None,
    separator: str | None = None,
    merge_labels: bool = False,
) -> Dataset:
    """The rows of a user's data; what was guessed, converted or left out stands in its `notes` and `left_out`.

    Args:
        source: a folder, a table or an archive by its path, or a table that is at hand in Python.
        image: column of the pictures: paths, or pictures themselves.
        text: column of the texts; two with a comma between are pairs of texts.
        label: column of the labels; several are one-hot columns. For class folders, `folder 2` names the level.
        group: column of what must stay on one side, such as the patient; a pattern with brackets for file names, such
            as `(patient\\d+)`; or `folder`.
        split: column that says train, val or test.
        separator: what stands between several labels of one cell, such as `|`; "": a cell is one label.
        merge_labels: make one class of names that differ only in case, blanks or `.0`.

    Raises:
        DataError: the source is not there or of no known form, two readings are as likely, or nothing can be used.
        MissingExtraError: its format needs a package that is absent.
    """
    wanted = Wanted(image, text, label, group, split)
    reading = Reading(separator, merge_labels)
    if isinstance(source, Dataset):
        return source
    if (
        isinstance(source, Mapping)
        and source
        and all(split_of(str(key)) and is_frame(part) for key, part in source.items())
    ):
        parts = [
            table_data(frame_table(part), wanted, replace(reading, split=split_of(str(key))), source="")
            for key, part in source.items()
        ]
        return joined(parts, list(map(str, source)))
    if not isinstance(source, (str, os.PathLike)) and is_frame(source):
        return table_data(frame_table(source), wanted, reading, source="")
    if isinstance(source, str) and "://" in source:
        source = fetch(source)
    path = given_path(source)  # type: ignore[arg-type]  # what is no path is refused there
    if os.path.isdir(path):  # Path.is_dir raises for a name that is too long
        return _folder(path, wanted, reading)
    if not os.path.isfile(path):
        raise DataError(f"there is no file or folder {str(source)!r}.", "Check the path.")
    return _file(path, wanted, reading)


def _file(path: Path, wanted: Wanted, reading: Reading) -> Dataset:
    name = path.name.lower()
    if name.endswith(TAR_SUFFIXES):
        return tar_data([path], wanted, reading, str(path))
    if name.endswith(".npz"):
        return array_data(path, reading)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        raise DataError(
            f"{str(path)!r} is one picture, no data set.", "Give its folder, or a table that names pictures."
        )
    if name.endswith(".zip"):
        raise DataError(f"{str(path)!r} is an archive.", "Unpack it, and give the folder.")
    if name.endswith(".json") and (table := coco_table(path)) is not None:
        return table_data(table, wanted, reading, source=str(path))
    return table_data(open_table(path), wanted, reading, source=str(path))


def _folder(root: Path, wanted: Wanted, reading: Reading) -> Dataset:
    files = files_below(root)
    tars = [p for p in files.others if p.name.lower().endswith(TAR_SUFFIXES)]
    arrays = [p for p in files.pictures if p.suffix.lower() == ".npz"]
    rest = [p for p in files.pictures if p.suffix.lower() != ".npz"]
    if tars and not files.pictures:
        return tar_data(sorted(tars), wanted, reading, str(root))
    if len(arrays) == 1 and not rest:
        return array_data(arrays[0], reading)
    if not files.pictures and (found := table_folder(root, files.others, wanted, reading)) is not None:
        return found
    dataset = None
    if files.pictures:
        dataset = annotated(files, wanted, reading) if wanted.label is None else None
        dataset = picture_folder(files, wanted, reading) if dataset is None else dataset
    if dataset is None or not len(dataset):
        bad = dataset.left_out if dataset is not None else ()
        raise DataError(
            f"no usable image below {str(root)!r}: {_what_is_there(bad, len(files.others))}.",
            "Put pictures there (PNG, JPEG, TIFF, DICOM, NPY), one sub-folder a class; give a table by its own path.",
        )
    return replace(dataset, n_other_files=len(files.others))


def _what_is_there(bad: Sequence[tuple[str, str]], n_other: int) -> str:
    """What lies in a folder without one usable picture."""
    said = []
    if bad:
        first = f"{Path(bad[0][0]).name}: {bad[0][1].rstrip('.')}"
        said.append(f"{len(bad):,} image file{'s' * (len(bad) != 1)} cannot be read ({first})")
    if n_other:
        said.append(f"{n_other:,} file{'s' * (n_other != 1)} of other kinds")
    return ", ".join(said) or "there is no file"
