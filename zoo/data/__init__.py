"""Reads a user's data into plain facts: what is in this folder, or this table? No framework, headers only.

    facts = scan_folder("my_images/")     # one sub-folder a class, train/val/test above them, or a labels.csv
    facts.n_per_class, facts.size_px, facts.findings()

files      one image file, from its header        rows        rows of a table of any format
folders    what folders mean: splits, classes     table       what a table of texts holds
balance    how examples are spread over classes   languages   in which language texts are, or whether they are code
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median

from zoo.data.balance import imbalance, only_class, to_learn_from, uneven_classes
from zoo.data.files import PictureFacts, Unreadable, exact_duplicates, read_header
from zoo.data.folders import given_path, image_files, layout
from zoo.data.table import TableFacts, scan_table
from zoo.errors import DataError

__all__ = ["FolderFacts", "Item", "PictureFacts", "TableFacts", "Unreadable", "scan_folder", "scan_table"]

TINY_PX = 64
"""Below this shorter side a picture has too little detail for most source models."""


@dataclass(frozen=True, slots=True)
class Item:
    """One usable picture of the data."""

    path: Path
    label: str | None
    split: str | None
    """train, val or test; None where the data has no split folders."""
    picture: PictureFacts


@dataclass(frozen=True)
class FolderFacts:
    """What a folder of images holds."""

    folder: Path
    items: tuple[Item, ...]
    unreadable: tuple[Unreadable, ...]
    n_other_files: int
    """Files that are no images by their name."""
    duplicates: tuple[tuple[Path, ...], ...]
    """Groups of files that are equal byte for byte."""
    empty_classes: tuple[str, ...] = ()
    """Class folders without one usable picture."""
    notes: tuple[str, ...] = ()
    """How the folder was read, where that could be misunderstood."""
    _label_of: Mapping[Path, Item] = field(default_factory=dict, repr=False)

    @property
    def n_images(self) -> int:
        return len(self.items)

    @cached_property
    def counts(self) -> dict[str | None, dict[str, int]]:
        """Split -> class -> number of labelled pictures; one split called None where there are no split folders."""
        found: dict[str | None, dict[str, int]] = {}
        for item in self.items:
            if item.label is not None:
                of_split = found.setdefault(item.split, {})
                of_split[item.label] = of_split.get(item.label, 0) + 1
        return found

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        return tuple(sorted({item.label for item in self.items if item.label is not None}))

    @cached_property
    def n_per_class(self) -> dict[str, int]:
        """Class -> pictures to learn from: of the train folder where there is one, else all."""
        return to_learn_from(self.counts, self.class_names)

    @property
    def n_unlabelled(self) -> int:
        return sum(item.label is None for item in self.items)

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(sorted({item.split for item in self.items if item.split is not None}))

    @property
    def imbalance(self) -> float | None:
        """Size of the largest class over that of the smallest that has any; None with fewer than two classes."""
        return imbalance(self.n_per_class)

    @cached_property
    def size_px(self) -> int | None:
        """Median of the shorter side."""
        return int(median(min(item.picture.size_px) for item in self.items)) if self.items else None

    @cached_property
    def size_range_px(self) -> tuple[int, int]:
        """Shortest and longest side of any picture; (0, 0) without pictures."""
        sides = [side for item in self.items for side in item.picture.size_px]
        return (min(sides), max(sides)) if sides else (0, 0)

    @cached_property
    def n_channels(self) -> Counter[int]:
        return Counter(item.picture.n_channels for item in self.items)

    @cached_property
    def bit_depths(self) -> Counter[int]:
        return Counter(item.picture.bit_depth for item in self.items)

    @cached_property
    def formats(self) -> Counter[str]:
        return Counter(item.picture.format for item in self.items)

    @cached_property
    def bands(self) -> tuple[str, ...] | None:
        """Names of the channels where all files agree on them, else None."""
        named = {item.picture.bands for item in self.items}
        return next(iter(named)) if len(named) == 1 else None

    @property
    def n_redundant(self) -> int:
        """Pictures that could be deleted without losing one: all but the first of each group of duplicates."""
        return sum(len(group) - 1 for group in self.duplicates)

    @cached_property
    def duplicates_across_splits(self) -> tuple[tuple[Path, ...], ...]:
        return tuple(g for g in self.duplicates if len({self._label_of[path].split for path in g}) > 1)

    @cached_property
    def duplicates_across_classes(self) -> tuple[tuple[Path, ...], ...]:
        """Equal files under two labels: at least one of the labels is wrong."""
        return tuple(g for g in self.duplicates if len({self._label_of[path].label for path in g} - {None}) > 1)

    def findings(self) -> tuple[str, ...]:
        """What a careful reader would tell the owner of this data, most harmful first; empty if nothing."""
        said = []
        if self.duplicates_across_splits:
            n = len(self.duplicates_across_splits)
            said.append(f"{_n(n, 'picture')} lie in more than one split: the test score will be too good. Remove them.")
        if self.duplicates_across_classes:
            first = self.duplicates_across_classes[0]
            where = " and ".join(sorted({str(self._label_of[path].label) for path in first}))
            n = len(self.duplicates_across_classes)
            said.append(f"{_n(n, 'picture')} carry two labels (such as {where}): one of the two is wrong.")
        if self.n_redundant:
            said.append(f"{_n(self.n_redundant, 'exact duplicate')}: split by group, or delete them, before measuring.")
        said += only_class(self.class_names)
        if self.items and not self.class_names:
            said.append("no labels: one sub-folder a class, or a labels.csv, would give them.")
        if self.empty_classes:
            said.append(f"no usable picture in class folders: {_some(self.empty_classes)}.")
        missing = [name for name, n in self.n_per_class.items() if not n]
        if missing and "train" in self.splits:
            said.append(f"classes with no training picture: {_some(missing)}.")
        said += uneven_classes(self.n_per_class, "balanced accuracy")
        if self.unreadable:
            first_bad = self.unreadable[0]
            said.append(
                f"{_n(len(self.unreadable), 'file')} cannot be used and will be left out, such as "
                f"{Path(first_bad.path).name}: {first_bad.reason.rstrip('.')}."
            )
        if self.size_px is not None and self.size_px < TINY_PX:
            said.append(f"tiny pictures ({self.size_px} px): fine detail is not there to be learned.")
        if len(self.n_channels) > 1:
            kinds = ", ".join(f"{n:,} with {c}" for c, n in sorted(self.n_channels.items()))
            said.append(f"mixed numbers of channels ({kinds}): grey and colour files will be made alike.")
        if any(depth > 8 for depth in self.bit_depths):
            deep = sum(n for depth, n in self.bit_depths.items() if depth > 8)
            said.append(f"{_n(deep, 'file')} with more than 8 bits: mind the window or scale before a model sees them.")
        return (*said, *self.notes)


def scan_folder(folder: str | os.PathLike[str], *, find_duplicates: bool = True) -> FolderFacts:
    """Facts of the images below a folder; a bad file among good ones is recorded, and the rest goes on.

    Classes are the sub-folders; train/val/test folders above them are splits; a `labels.csv` beside the pictures
    overrules folders that are no splits.

    Raises:
        DataError: there is no such folder, or no usable image in it.
    """
    root = given_path(folder)
    if not os.path.isdir(root):  # Path.is_dir raises for a name that is too long
        what = "a file, not a folder" if os.path.isfile(root) else "no folder"
        raise DataError(
            f"want a folder of images, {str(folder)!r} is {what}.", "Check the path, or use from_table for a table."
        )
    paths, n_other, empty = image_files(root)
    found = layout(root, paths)
    items: list[Item] = []
    unreadable: list[Unreadable] = []
    for path in paths:
        header = read_header(path)
        if isinstance(header, Unreadable):
            unreadable.append(header)
        else:
            label, split = found.place[path]
            items.append(Item(path, label, split, header))
    if not items:
        raise DataError(
            f"no usable image below {str(folder)!r}: {_what_is_there(unreadable, n_other)}.",
            "Put pictures there (PNG, JPEG, TIFF, DICOM, NPY), one sub-folder a class; give a table by its own path.",
        )
    of_path = {item.path: item for item in items}
    labelled = {item.label for item in items}
    bad_classes = {found.place[Path(bad.path)][0] for bad in unreadable} - labelled - {None}
    return FolderFacts(
        folder=root,
        items=tuple(items),
        unreadable=tuple(unreadable),
        n_other_files=n_other,
        duplicates=exact_duplicates(of_path) if find_duplicates else (),
        empty_classes=tuple(sorted({*map(str, bad_classes), *found.classes_among(empty, root)} - labelled)),
        notes=found.notes,
        _label_of=of_path,
    )


def _what_is_there(unreadable: list[Unreadable], n_other: int) -> str:
    """What lies in a folder without one usable picture."""
    said = []
    if unreadable:
        bad = f"{Path(unreadable[0].path).name}: {unreadable[0].reason.rstrip('.')}"
        said.append(f"{_n(len(unreadable), 'image file')} cannot be read ({bad})")
    if n_other:
        said.append(f"{_n(n_other, 'file')} of other kinds")
    return ", ".join(said) or "there is no file"


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def _some(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
