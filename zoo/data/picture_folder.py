"""A folder of pictures: classes and splits from its folders, or labels from a table that lies among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from zoo.data.columns import Wanted, is_pattern
from zoo.data.dataset import Dataset
from zoo.data.folders import Layout, layout, split_of
from zoo.data.groups import groups_by_folder, groups_by_pattern, prefix_note
from zoo.data.joining import joined
from zoo.data.labels import LabelCells, interpret
from zoo.data.layouts.annotated import mask_files
from zoo.data.picture_set import picture_set
from zoo.data.table_data import Reading, table_data
from zoo.data.tables import TABLE_SUFFIXES, open_table
from zoo.data.walk import Files
from zoo.errors import DataError, ZooError

_MOST_TABLES = 12
"""Tables beside pictures that are looked into."""
_FIRST_NAMES = ("labels", "label", "metadata", "annotations", "train", "data")


def picture_folder(files: Files, wanted: Wanted, reading: Reading) -> Dataset:
    """The data set of the pictures below a folder.

    Raises:
        DataError: two readings are as likely, or what the user named is not there.
    """
    level = _level(wanted.label)
    if wanted.label is None or (wanted.label is not None and level is None):
        found = _from_table(files, wanted, reading)
        if isinstance(found, Dataset):
            return found
        notes = found
    else:
        notes = []
    if masks := mask_files(files.pictures):
        notes.append(f"{len(masks):,} masks beside the pictures are left out, such as {masks[0].name}.")
        files = replace(files, pictures=sorted(set(files.pictures) - set(masks)))
    place = layout(files.root, files.pictures, files.empty, level)
    dataset = _from_layout(files, place, wanted, reading)
    if place.has_labels:
        notes = [note for note in notes if not note.endswith("of its columns.")]
    return replace(dataset, notes=(*dataset.notes, *notes))


def _level(label: str | Sequence[str] | None) -> int | None:
    """The 2 of `folder 2`."""
    text = label.strip().lower() if isinstance(label, str) else ""
    number = text.removeprefix("folder").strip(" :")
    return int(number) if text.startswith("folder") and number.isdigit() and int(number) > 0 else None


def _from_layout(files: Files, place: Layout, wanted: Wanted, reading: Reading) -> Dataset:
    cells = LabelCells(("folder",))
    paths = files.pictures
    numbers = cells.add([place.place[path][0] for path in paths])
    told = interpret(cells, separator="", merge=reading.merge)
    splits = tuple(place.place[path][1] for path in paths)
    dataset = Dataset(
        modality="image",
        kind="classification",
        inputs=[str(path) for path in paths],
        class_names=told.class_names,
        targets=told.targets(np.array(numbers, dtype=np.int64)),
        splits=splits if any(splits) else None,
        source=str(files.root),
        notes=(*files.notes(), *place.notes, *told.notes),
    )
    dataset = picture_set(_grouped(dataset, wanted))
    used = {dataset.class_names[target] for target in dataset.targets[dataset.labelled]}
    empty = {folder.name.strip() for folder in place.class_folders} - used
    names = tuple(name for name in dataset.class_names if name in used)
    order = np.array([*(names.index(name) if name in used else -1 for name in dataset.class_names), -1])
    return replace(
        dataset, class_names=names, targets=order[dataset.targets], empty_classes=tuple(sorted(empty)) if used else ()
    )


def _grouped(dataset: Dataset, wanted: Wanted) -> Dataset:
    if wanted.group is None:
        return replace(dataset, notes=(*dataset.notes, *prefix_note([str(path) for path in dataset.inputs])))
    if is_pattern(wanted.group):
        return groups_by_pattern(dataset, wanted.group)
    if wanted.group.strip().lower() == "folder":
        return groups_by_folder(dataset)
    raise DataError(
        f"a folder has no column {wanted.group!r} to group by.",
        r"Say --group folder, or a pattern for file names with the group in brackets: --group '(patient\d+)'.",
    )


def _from_table(files: Files, wanted: Wanted, reading: Reading) -> Dataset | list[str]:
    """The data as a table among the pictures tells it; else what is to be said of the tables that lie there.

    Raises:
        DataError: two tables label the pictures in different ways.
    """
    notes: list[str] = []
    found: dict[Path, Dataset] = {}
    for path in _tables(files):
        try:
            table = open_table(path)
            dataset = table_data(table, wanted, reading, source=str(files.root), pictures=files.pictures)
        except ZooError as err:
            if path.suffix.lower() not in (".json", ".txt") and _speaks_of_pictures(path, files):
                notes.append(f"{path.name} is not used: {err.problem}")
            continue
        if dataset.modality not in ("image", "multispectral"):
            continue
        if not dataset.columns.get("label") and not dataset.columns.get("mask"):
            notes.append(f"{path.name} names pictures and no labels (--label COLUMN names one) of its columns.")
            continue
        found[path] = dataset
    if not found:
        return notes
    parts = {path: split_of(path.stem) for path in found}
    if len(found) > 1 and all(parts.values()) and len(set(parts.values())) == len(found):
        made = [replace(d, splits=d.splits or (parts[path],) * len(d)) for path, d in found.items()]
        return joined(made, [path.name for path in found])
    order = sorted(found, key=lambda p: next((i for i, n in enumerate(_FIRST_NAMES) if p.stem.lower() == n), 99))
    if len(found) > 1 and order[0].stem.lower() not in _FIRST_NAMES[:4]:
        raise DataError(
            f"two tables label the pictures: {order[0].name} and {order[1].name}.",
            f"Give the one that is meant by its path: {order[0]}.",
        )
    return _completed(files, found[order[0]], order[0], notes)


def _tables(files: Files) -> list[Path]:
    """Tables at the top, and `metadata` files anywhere, as `datasets` keeps them."""
    near = [p for p in files.others if p.suffix.lower() in TABLE_SUFFIXES and p.suffix.lower() not in (".txt", ".json")]
    near += [p for p in files.others if p.suffix.lower() in (".txt", ".json") and p.stem.lower() in _FIRST_NAMES]
    depth = len(files.root.parts)
    chosen = [p for p in near if len(p.parts) <= depth + 2 or p.stem.lower() == "metadata"]
    return sorted(chosen, key=lambda p: (len(p.parts), p.name))[:_MOST_TABLES]


def _speaks_of_pictures(path: Path, files: Files) -> bool:
    """Whether the first lines of a table name a picture that is there."""
    try:
        head = path.open("rb").read(1 << 16).decode("utf-8", "replace").lower()
    except OSError:
        return False
    return any(p.name.lower() in head or p.stem.lower() in head for p in files.pictures[:20])


def _completed(files: Files, dataset: Dataset, table: Path, notes: list[str]) -> Dataset:
    """The rows of the table, and the pictures that it does not name, without a label."""
    told = layout(files.root, files.pictures, files.empty, level=None) if dataset.splits is None else None
    own = {str(path) for path in dataset.inputs} | {path for path, _ in dataset.left_out}
    rest = [path for path in files.pictures if str(path) not in own]
    if len(rest) > 4 * len(dataset):
        notes.append(f"{table.name} names few of the pictures.")
    label = dataset.columns.get("label") or dataset.columns.get("mask")
    said = [*files.notes(), *dataset.notes, f"labels are those of {table.name} (column {label})."]
    said = [note for note in said if not note.startswith("labels are those of column")]
    if told is not None and any(split for _, split in told.place.values()):
        splits = {str(path): split for path, (_, split) in told.place.items()}
        dataset = replace(dataset, splits=tuple(splits.get(str(path)) for path in dataset.inputs))
    if rest and dataset.masks is None:
        said.append(f"{len(rest):,} pictures are not in {table.name} and are taken as unlabelled.")
        more = picture_set(Dataset.of([str(path) for path in rest], modality="image"))
        dataset = _with_unlabelled(dataset, more)
    if dataset.groups is None:
        said += prefix_note([str(path) for path in dataset.inputs])
    return replace(dataset, notes=tuple(dict.fromkeys([*said, *notes])), columns={})


def _with_unlabelled(dataset: Dataset, more: Dataset) -> Dataset:
    n = len(more)
    empty = np.full((n, *dataset.targets.shape[1:]), -1, dtype=np.int64)
    return replace(
        dataset,
        inputs=[*dataset.inputs, *more.inputs],
        targets=np.concatenate([dataset.targets, empty]),
        groups=None if dataset.groups is None else (*dataset.groups, *(None,) * n),
        splits=None if dataset.splits is None else (*dataset.splits, *(None,) * n),
        lines=None,
        headers=[*(dataset.headers or ()), *(more.headers or ())],
        left_out=(*dataset.left_out, *more.left_out),
    )
