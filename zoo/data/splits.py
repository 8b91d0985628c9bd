"""Which rows learn and which are held out: groups stay on one side, and classes keep their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Dataset
from zoo.errors import DataError

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Partition:
    """Positions of labelled rows; no row and no group lies in two of the three."""

    train: Rows
    val: Rows
    test: Rows
    notes: tuple[str, ...] = ()
    """How the parts came about, a sentence each."""


def folds(data: Dataset, rows: Rows, n_folds: int, *, seed: int = 0) -> list[tuple[Rows, Rows]]:
    """(learn, held out) positions of each fold; stratified, and by group where groups are known.

    Raises:
        DataError: fewer groups, or fewer rows of the smallest class, than folds.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    targets = data.targets[rows]
    groups = _group_numbers(data, rows)
    if groups is not None and len(set(groups.tolist())) < n_folds:
        raise DataError(f"{len(set(groups.tolist()))} groups cannot make {n_folds} folds.", "Give more groups.")
    if data.kind == "classification":
        fewest = int(np.bincount(targets)[np.bincount(targets) > 0].min())
        if groups is None and fewest < n_folds:
            raise DataError(f"the smallest class has {fewest} rows, for {n_folds} folds.", "Use fewer folds.")
        splitter = (
            StratifiedKFold(n_folds, shuffle=True, random_state=seed)
            if groups is None
            else StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        )
        made = splitter.split(rows, targets, groups)
    elif groups is not None:
        made = GroupKFold(n_folds, shuffle=True, random_state=seed).split(rows, None, groups)
    else:
        made = KFold(n_folds, shuffle=True, random_state=seed).split(rows)
    return [(rows[learn], rows[held]) for learn, held in made]


def hold_out(data: Dataset, rows: Rows, share: float, *, seed: int = 0) -> tuple[Rows, Rows]:
    """(learn, held out) with about this share held out: one fold of `folds`, at least two folds.

    Raises:
        DataError: too few rows or groups to hold any out.
    """
    learn, held = folds(data, rows, max(2, round(1 / share)), seed=seed)[0]
    return learn, held


def _group_numbers(data: Dataset, rows: Rows) -> NDArray[np.int64] | None:
    """A number for each row's group; a row of no group is a group of its own. None: no groups are known."""
    if data.groups is None or all(data.groups[i] is None for i in rows):
        return None
    number: dict[object, int] = {}
    return np.array([number.setdefault(data.groups[i] or int(i), len(number)) for i in rows], dtype=np.int64)
