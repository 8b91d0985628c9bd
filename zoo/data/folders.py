"""What the folders of a data set mean: splits, classes, a table of labels beside the pictures."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import DataError
from zoo.images import IMAGE_SUFFIXES

SPLITS = {
    **dict.fromkeys(("train", "training", "train_set", "trainset"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), "val"),
    **dict.fromkeys(("test", "testing", "test_set", "testset", "holdout", "held_out"), "test"),
}
"""Folder name, lower case -> split."""
UNLABELLED = frozenset({"unlabelled", "unlabeled", "unsorted", "unknown_label"})
_FILE_COLUMNS = ("file", "filename", "file_name", "path", "image", "image_path", "filepath")
_LABEL_COLUMNS = ("label", "class", "category", "target", "label_name", "class_name")
_NOT_A_CLASS = frozenset({"images", "image", "imgs", "img", "pictures", "photos", "files", "data", "raw", "frames"})
"""A folder of this name that stands alone holds pictures, not a class."""
_IGNORED = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini", "__pycache__"})

Place = tuple[str | None, str | None]
"""(label, split) of one picture."""


@dataclass(frozen=True)
class Layout:
    """Where each picture belongs."""

    place: Mapping[Path, Place]
    notes: tuple[str, ...]
    depth: int
    """How many folders lie between the root and the classes."""

    def classes_among(self, folders: Iterable[Path], root: Path) -> frozenset[str]:
        """Names of those folders that stand where classes stand."""
        if not any(label for label, _ in self.place.values()):
            return frozenset()
        found = (folder.relative_to(root).parts for folder in folders)
        return frozenset(
            parts[-1] for parts in found if len(parts) == self.depth + 1 and parts[-1].lower() not in SPLITS
        )


def given_path(path: str | os.PathLike[str]) -> Path:
    """A path as a user gave it, with ~ for home.

    Raises:
        DataError: it is no path, or empty.
    """
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise DataError(f"want a path, got {path!r}.", "Give the place of your data, such as 'my_data/'.")
    try:
        return Path(path).expanduser()
    except RuntimeError as err:
        raise DataError(f"{str(path)!r} begins with the home of nobody.", "Write the path in full.") from err


def image_files(root: Path) -> tuple[list[Path], int, list[Path]]:
    """(image files in natural walking order, number of other files, folders with nothing in them).

    Hidden files and folders are left alone; linked folders are followed once.
    """
    images: list[Path] = []
    empty: list[Path] = []
    n_other, walked = 0, set()
    for here, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(here)
        if real in walked:
            folders.clear()
            continue
        walked.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _IGNORED)
        kept = sorted(name for name in files if not name.startswith(".") and name not in _IGNORED)
        pictures = [Path(here, name) for name in kept if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES]
        images += pictures
        n_other += len(kept) - len(pictures)
        if not pictures and not folders:
            empty.append(Path(here))
    return images, n_other, empty


def layout(root: Path, paths: Iterable[Path]) -> Layout:
    """(label, split) of each picture, from folders, or from a `labels.csv` beside them that names the files."""
    parts = {path: path.relative_to(root).parts for path in paths}
    notes: list[str] = []
    depth = 0
    # A folder that holds everything is a wrapper, such as one left by an unpacked archive.
    while parts and all(len(p) > 2 for p in parts.values()):
        first = {p[0] for p in parts.values()}
        if len(first) > 1 or next(iter(first)).lower() in SPLITS:
            break
        parts = {path: p[1:] for path, p in parts.items()}
        depth += 1
    tops = {p[0].lower() for p in parts.values() if len(p) > 1}
    kinds = {SPLITS[top] for top in tops if top in SPLITS}
    is_split = bool(kinds) and (len(kinds) > 1 or tops <= SPLITS.keys() | UNLABELLED)
    place: dict[Path, Place] = {}
    n_outside = 0
    for path, p in parts.items():
        split = SPLITS.get(p[0].lower()) if is_split and len(p) > 1 else None
        rest = p[1:] if split else p
        outside = is_split and split is None
        n_outside += outside and p[0].lower() not in UNLABELLED
        label = rest[0] if len(rest) > 1 and rest[0].lower() not in UNLABELLED and not outside else None
        place[path] = (label, split)
    if n_outside:
        notes.append(f"{n_outside:,} pictures lie outside the split folders and are taken as unlabelled.")
    if not is_split:
        told = _from_table(root, parts, notes)
        if told:
            return Layout(told, tuple(notes), depth)
    if {label.lower() for label, _ in place.values() if label is not None} <= _NOT_A_CLASS:
        place = {path: (None, split) for path, (_, split) in place.items()}
    loose = sum(label is None for label, _ in place.values())
    if loose and loose < len(place) and not is_split:
        notes.append(f"{loose:,} pictures lie beside the class folders and are taken as unlabelled.")
    return Layout(place, tuple(notes), depth + is_split)


def _from_table(root: Path, paths: Iterable[Path], notes: list[str]) -> dict[Path, Place] | None:
    """(label, split) of each picture as `labels.csv` says; None without such a table, or with one of another shape."""
    table = root / "labels.csv"
    if not table.is_file():
        return None
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        notes.append(f"labels.csv cannot be read: {err}.")
        return None
    columns = {name.lower(): name for name in (rows[0] if rows else {}) if name}
    name = next((columns[c] for c in _FILE_COLUMNS if c in columns), None)
    label = next((columns[c] for c in _LABEL_COLUMNS if c in columns), None)
    if name is None or label is None:
        return None
    told: dict[str, Place] = {}
    for row in rows:
        key = (row[name] or "").replace("\\", "/").removeprefix("./")
        if key in told and told[key][0] != row[label]:
            notes.append("labels.csv names a file more than once, with several labels: it is not used.")
            return None
        split = SPLITS.get((row.get(columns.get("split", "")) or "").lower())
        told[key] = (row[label] or None, split)
    by_path = {path: path.relative_to(root).as_posix() for path in paths}
    missing = sum(key not in told and Path(key).name not in told for key in by_path.values())
    if missing > len(by_path) / 2:
        return None  # a table of something else
    notes.append(f"labels are those of labels.csv (column {label}).")
    if missing:
        notes.append(f"{missing:,} pictures are not in labels.csv and are taken as unlabelled.")
    gone = sum(not (root / key).is_file() for key in told)
    if gone:
        notes.append(f"{gone:,} files named in labels.csv are not there.")
    return {path: told.get(key, told.get(path.name, (None, None))) for path, key in by_path.items()}
