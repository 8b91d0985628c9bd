"""What a data set of pictures holds, and what is wrong with it: classes, sizes, channels, depths, duplicates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

from zoo.data.balance import ClassFacts, only_class, uneven_classes
from zoo.data.dataset import Dataset
from zoo.data.files import PictureFacts, Unreadable

TINY_PX = 64
"""Below this shorter side a picture has too little detail for most source models."""


@dataclass(frozen=True)
class FolderFacts(ClassFacts):
    """Facts of pictures; all are those of `dataset`."""

    dataset: Dataset
    duplicates: tuple[tuple[Path, ...], ...] = ()
    """Groups of files that are equal byte for byte."""

    @property
    def folder(self) -> Path:
        return Path(self.dataset.source)

    @property
    def headers(self) -> tuple[PictureFacts, ...]:
        return tuple(self.dataset.headers or ())

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        return tuple(Unreadable(what, why) for what, why in self.dataset.left_out)

    @property
    def n_other_files(self) -> int:
        """Files that are no images by their name or their first bytes."""
        return self.dataset.n_other_files

    @property
    def notes(self) -> tuple[str, ...]:
        """How the data was read, where that could be misunderstood."""
        return self.dataset.notes

    @property
    def empty_classes(self) -> tuple[str, ...]:
        """Class folders without one usable picture."""
        return self.dataset.empty_classes

    @property
    def n_images(self) -> int:
        return len(self.dataset)

    @cached_property
    def size_px(self) -> int | None:
        """Median of the shorter side."""
        return int(median(min(header.size_px) for header in self.headers)) if self.headers else None

    @cached_property
    def size_range_px(self) -> tuple[int, int]:
        """Shortest and longest side of any picture; (0, 0) without pictures."""
        sides = [side for header in self.headers for side in header.size_px]
        return (min(sides), max(sides)) if sides else (0, 0)

    @cached_property
    def n_channels(self) -> Counter[int]:
        return Counter(header.n_channels for header in self.headers)

    @cached_property
    def bit_depths(self) -> Counter[int]:
        return Counter(header.bit_depth for header in self.headers)

    @cached_property
    def formats(self) -> Counter[str]:
        return Counter(header.format for header in self.headers)

    @cached_property
    def bands(self) -> tuple[str, ...] | None:
        """Names of the channels where all files agree on them, else None."""
        named = {header.bands for header in self.headers}
        return next(iter(named)) if len(named) == 1 else None

    @property
    def n_redundant(self) -> int:
        """Pictures that could be deleted without losing one: all but the first of each group of duplicates."""
        return sum(len(group) - 1 for group in self.duplicates)

    @cached_property
    def _rows(self) -> dict[Path, list[int]]:
        found: dict[Path, list[int]] = {}
        for row, path in enumerate(self.dataset.inputs) if self.duplicates else ():
            found.setdefault(Path(str(path)), []).append(row)
        return found

    @cached_property
    def duplicates_across_splits(self) -> tuple[tuple[Path, ...], ...]:
        splits = self.dataset.splits
        if splits is None:
            return ()
        return tuple(g for g in self.duplicates if len({splits[row] for path in g for row in self._rows[path]}) > 1)

    @cached_property
    def duplicates_across_classes(self) -> tuple[tuple[Path, ...], ...]:
        """Equal files under two labels: at least one of the labels is wrong."""
        if self.dataset.kind != "classification":
            return ()
        return tuple(g for g in self.duplicates if len(self._classes(g)) > 1)

    def _classes(self, group: tuple[Path, ...]) -> list[str]:
        targets = {int(self.dataset.targets[row]) for path in group for row in self._rows[path]} - {-1}
        return sorted(self.class_names[target] for target in targets)

    def findings(self) -> tuple[str, ...]:
        """What a careful reader would tell the owner of this data, most harmful first; empty if nothing."""
        said = []
        if self.duplicates_across_splits:
            n = len(self.duplicates_across_splits)
            one, other = self.duplicates_across_splits[0][:2]
            said.append(
                f"{_n(n, 'picture')} lie in more than one split ({one.name} and {other.name}): the test score will be "
                "too good. Remove them."
            )
        if self.duplicates_across_classes:
            where = " and ".join(self._classes(self.duplicates_across_classes[0]))
            n = len(self.duplicates_across_classes)
            said.append(f"{_n(n, 'picture')} carry two labels (such as {where}): one of the two is wrong.")
        if self.n_redundant:
            said.append(f"{_n(self.n_redundant, 'exact duplicate')}: split by group, or delete them, before measuring.")
        said += only_class(self.class_names)
        if self.n_images and not self.class_names and self.dataset.kind != "segmentation":
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
            said.append(f"tiny pictures ({self.size_px} px): they hold no fine detail to learn from.")
        if len(self.n_channels) > 1:
            kinds = ", ".join(f"{n:,} with {c}" for c, n in sorted(self.n_channels.items()))
            said.append(f"mixed numbers of channels ({kinds}): grey and colour files will be made alike.")
        if any(depth > 8 for depth in self.bit_depths):
            deep = sum(n for depth, n in self.bit_depths.items() if depth > 8)
            said.append(f"{_n(deep, 'file')} with more than 8 bits: mind the window or scale before a model sees them.")
        return (*said, *self.notes)


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def _some(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
