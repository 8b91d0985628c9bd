"""Which rows learn, stop the training and judge it, and what is wrong with that split.

A run never goes without rows that are held out: those of the data's own test part, else a fifth, by class and group.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Dataset
from zoo.data.splits import Partition, hold_out
from zoo.errors import DataError

TEST_SHARE = 0.2
VAL_SHARE = 0.15
VAL_FROM = 400
"""Training rows from which some are spared for early stopping; with fewer each counts more as a lesson."""
TRUSTED_FROM = 50
"""Held-out rows below which an interval is so wide that hardly any gain can be shown."""


def partition(data: Dataset, *, seed: int = 0) -> Partition:
    """Train, validation and test rows of the labelled part; stated parts are kept.

    Raises:
        DataError: there is one class only, a class has no training row, or nothing can be held out.
    """
    labelled = np.flatnonzero(data.labelled)
    if len(data.class_names) < 2 or len(labelled) == 0:
        n = len(data.class_names)
        raise DataError(f"want labelled rows of at least two classes, got {n}.", "Add rows of another class.")
    stated = np.array([None] * len(data) if data.splits is None else list(data.splits), dtype=object)
    notes = []
    test = labelled[stated[labelled] == "test"]
    val = labelled[stated[labelled] == "val"]
    learn = labelled[[own not in ("test", "val") for own in stated[labelled]]]
    if not len(test) and len(val) and len(learn):
        test, val = val, val[:0]
        notes.append(f"the data states no test part: its {len(test):,} validation rows judge the model.")
    elif len(test):
        notes.append(f"{len(test):,} test rows as the data states them.")
    if not len(test):
        learn, test = _held(data, learn, TEST_SHARE, seed)
        by = ", whole groups" if data.groups is not None else ""
        notes.append(f"{len(test):,} of {len(labelled):,} labelled rows were held out for the test{by}.")
    _check_classes(data, learn, test)
    if not len(val) and len(learn) >= VAL_FROM and _fewest(data, learn) >= 10:
        learn, val = _held(data, learn, VAL_SHARE, seed)
        notes.append(f"{len(val):,} training rows were spared to stop the training in time.")
    return Partition(learn, val, test, tuple(notes))


def _held(data: Dataset, rows: Any, share: float, seed: int) -> tuple[Any, Any]:
    fewest = _fewest(data, rows)
    if fewest < 2:
        raise DataError(
            "a class has a single labelled row, which cannot be both learned and tested.",
            "Label another row of it, leave it out, or state a test part (a column or folder named test).",
        )
    return hold_out(data, rows, max(share, 1 / fewest), seed=seed)


def _fewest(data: Dataset, rows: Any) -> int:
    if data.kind == "multilabel":
        return len(rows)
    count = np.bincount(data.targets[rows])
    return int(count[count > 0].min())


def _check_classes(data: Dataset, learn: Any, test: Any) -> None:
    of = [set(_classes(data, rows)) for rows in (learn, test)]
    absent = sorted(of[1] - of[0])
    if absent:
        name = data.class_names[absent[0]]
        raise DataError(
            f"class {name!r} is in the test part, but has no training row.",
            "Label some rows of it for training, or leave the class out.",
        )
    if data.kind == "classification" and len(of[0]) < 2:
        raise DataError("the training part holds a single class.", "Add rows of another class.")


def _classes(data: Dataset, rows: Any) -> list[int]:
    targets = data.targets[rows]
    found = np.unique(targets if targets.ndim == 1 else np.flatnonzero((targets == 1).any(axis=0)))
    return [int(label) for label in found]


def content_hashes(inputs: Sequence[Any], rows: Sequence[int] | Any) -> dict[int, str]:
    """Row -> SHA-256 of the bytes of its file, its text or its array; equal content has equal hashes."""
    return {int(row): _hash(inputs[int(row)]) for row in rows}


def _hash(item: Any) -> str:
    hasher = hashlib.sha256()
    if isinstance(item, (str, os.PathLike)) and _is_file(item):
        with Path(item).open("rb") as file:
            while block := file.read(1 << 20):
                hasher.update(block)
    elif isinstance(item, str):
        hasher.update(" ".join(item.split()).encode("utf-8", "surrogatepass"))
    elif isinstance(item, (tuple, list)) and all(isinstance(side, str) for side in item):
        hasher.update("\0".join(item).encode("utf-8", "surrogatepass"))
    else:
        array = np.asarray(item)
        hasher.update(f"{array.dtype}{array.shape}".encode())
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()


def _is_file(item: Any) -> bool:
    try:
        return Path(item).is_file()
    except (OSError, ValueError):  # a long text is no name that a file can have
        return False


def findings(data: Dataset, parts: Partition, hashes: dict[int, str]) -> list[str]:
    """What makes the test score too good or too vague, a sentence each."""
    said = []
    learned = {hashes[int(row)] for row in (*parts.train, *parts.val)}
    again = [row for row in parts.test if hashes[int(row)] in learned]
    if again:
        said.append(
            f"{len(again)} of {len(parts.test)} test rows equal a training row: the score is too good. Remove them, or "
            "give equal rows one group."
        )
    if data.groups is not None:
        own = {data.groups[int(row)] for row in (*parts.train, *parts.val)} - {None}
        shared = sorted({str(data.groups[int(row)]) for row in parts.test} & {str(group) for group in own})
        if shared:
            said.append(f"{len(shared)} groups (such as {shared[0]}) lie on both sides of the stated split: leakage.")
    if len(parts.test) < TRUSTED_FROM:
        said.append(f"only {len(parts.test)} rows judge the model: the interval is wide.")
    if data.kind == "classification":
        seen = Counter(data.targets[parts.test].tolist())
        missing = [data.class_names[c] for c in _classes(data, parts.train) if c not in seen]
        if missing:
            said.append(f"no test row of class {', '.join(missing[:3])}: nothing is known of how well it is told.")
    return said
