"""How examples are spread over classes, and what is to be said of it: the same for pictures and for texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Dataset, Split

IMBALANCED = 10.0
"""Largest class over smallest from which imbalance is worth a word."""

Counts = Mapping[str | None, Mapping[str, int]]
"""Split -> class -> number of labelled examples; one split called None where data has no splits."""


def to_learn_from(counts: Counts, class_names: Sequence[str]) -> dict[str, int]:
    """Class -> examples to learn from: those of split train where there is one, else all."""
    learn_from = counts.get("train") or counts.get(None) or {}
    return {name: learn_from.get(name, 0) for name in class_names}


def imbalance(n_per_class: Mapping[str, int]) -> float | None:
    """Size of the largest class over that of the smallest that has any; None with fewer than two classes."""
    sizes = [n for n in n_per_class.values() if n]
    return max(sizes) / min(sizes) if len(sizes) > 1 else None


def only_class(class_names: Sequence[str]) -> list[str]:
    """A sentence where there is one class and nothing beside it."""
    if len(class_names) != 1:
        return []
    return [f"only one class ({class_names[0]}): there is nothing to tell apart yet."]


def uneven_classes(n_per_class: Mapping[str, int], measure: str) -> list[str]:
    """A sentence where classes differ much in size.

    Args:
        measure: the one that such data does not deceive.
    """
    ratio = imbalance(n_per_class)
    if ratio is None or ratio < IMBALANCED:
        return []
    sizes = {name: n for name, n in n_per_class.items() if n}
    least, most = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    return [
        f"imbalance {ratio:.0f} : 1 ({most} {sizes[most]:,}, {least} {sizes[least]:,}): "
        f"look at {measure}, and weigh the loss."
    ]


SPLITS: tuple[Split | None, ...] = (None, "train", "val", "test")


def split_codes(data: Dataset) -> NDArray[np.int64]:
    """(n,) place in `SPLITS` of each row's split."""
    place = {split: code for code, split in enumerate(SPLITS)}
    return np.fromiter((place[split] for split in data.splits or (None,) * len(data)), np.int64, len(data))


class ClassFacts:
    """Counts of classes and splits, the same for pictures and for texts."""

    dataset: Dataset

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.dataset.class_names

    @cached_property
    def counts(self) -> dict[str | None, dict[str, int]]:
        """Split -> class -> number of labelled rows; one split called None where data has no splits."""
        data = self.dataset
        found: dict[str | None, dict[str, int]] = {}
        codes = split_codes(data)
        for code, split in enumerate(SPLITS):
            counts = data.counts if data.splits is None else _counts(data, codes == code)
            n_of = {name: int(n) for name, n in zip(data.class_names, counts, strict=False) if n}
            if n_of:
                found[split] = n_of
            if data.splits is None:
                break
        return found

    @cached_property
    def n_per_class(self) -> dict[str, int]:
        """Class -> rows to learn from: those of split train where there is one, else all."""
        return to_learn_from(self.counts, self.class_names)

    @property
    def n_unlabelled(self) -> int:
        return int((~self.dataset.labelled).sum())

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(sorted({split for split in self.dataset.splits or () if split is not None}))

    @property
    def imbalance(self) -> float | None:
        """Size of the largest class over that of the smallest that has any; None with fewer than two classes."""
        return imbalance(self.n_per_class)


def _counts(
    data: Dataset, rows: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """(c,) labelled rows of each class among these."""
    targets = data.targets[rows]
    if data.kind == "multilabel":
        return np.asarray((targets == 1).sum(axis=0), dtype=np.int64)
    return np.bincount(targets[targets >= 0], minlength=len(data.class_names)).astype(np.int64)
