"""The sample of a user's data that every model is measured on: which rows, in which shares, and what is held out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.data import Dataset
from zoo.data.groups import crossing
from zoo.data.near_copies import with_copies_apart
from zoo.data.splits import hold_out
from zoo.errors import DataError

from ..proximity import LEAST_ROWS
from ..task.task import Task
from .measure import Sample, words
from .unlabelled import inputs_of


def sample_of(task: Task, max_samples: int, seed: int) -> Sample:
    """The rows that every model is measured on: labelled ones of two classes or more, else all without a label.

    Raises:
        DataError: the task was stated by hand, its bands do not fit the files, or there is too little to measure on.
    """
    if task.data is None:
        raise DataError(
            "the task was stated by hand, there is nothing to measure on.", "Use Task.from_folder or a path."
        )
    held = getattr(task.data, "n_channels", {})
    if task.bands and held and len(task.bands) not in held:
        raise DataError(
            f"{len(task.bands)} bands are named ({', '.join(task.bands)}), and the files hold "
            f"{' or '.join(map(str, sorted(held)))}.",
            "Name every channel, in the order of the file.",
        )
    data: Dataset = task.data.dataset
    if data.kind in ("multilabel", "segmentation") and data.labelled.any():
        raise DataError(
            f"the data is {data.kind}, and a ranking measures one label a row.",
            "Name a column of one label a row: --label COLUMN; or train and measure with `zoo tune`.",
        )
    kind = "text" if task.modality in ("text", "code") else "image"
    bands = task.bands if task.bands != getattr(task.data, "bands", None) else None  # the files say no other
    labelled = np.flatnonzero(data.labelled)
    unlabelled = _some(np.flatnonzero(~data.labelled), max_samples, seed)
    used = [i for i in labelled if data.splits is None or data.splits[i] != "val"] or labelled
    used = np.asarray(used, dtype=np.intp)
    classes = sorted(set(data.targets[used].tolist())) if data.kind == "classification" else []
    if len(classes) < 2:
        rows = np.concatenate([labelled, unlabelled])[:max_samples]
        if len(rows) < LEAST_ROWS:
            raise DataError(
                f"want labelled data of at least two classes, or {LEAST_ROWS} inputs without labels, got {len(rows)}.",
                "Give more, or use recommend(), which needs no data.",
            )
        nothing = np.zeros(0, dtype=np.int64)
        rest = inputs_of(data, rows)
        return Sample(kind, (), nothing, nothing.astype(bool), words(task.class_names), unlabelled=rest, bands=bands)
    large, left_out = _learnable(data, classes, data.targets[used])
    used, classes = used[np.isin(data.targets[used], large)], large
    labels = np.searchsorted(classes, data.targets[used])
    is_test = np.array([data.splits is not None and data.splits[i] == "test" for i in used])
    if is_test.all() or len(set(labels[~is_test])) < len(set(labels[is_test])) or crossing(data):
        is_test[:] = False  # a test part that has classes of its own, or rows of the same group, cannot score anything
    keep = np.asarray(_thinned(labels, is_test, max_samples, seed), dtype=np.intp)
    labels, is_test, used = labels[keep], is_test[keep], used[keep]
    data = data.take(used)
    how = ""
    if not is_test.any():
        data, kept, copies = with_copies_apart(data)
        labels = labels[kept]
        is_test, how = _by_group(data, seed)
        how = ", ".join(filter(None, (how or "five folds", copies))) if copies else how
    large, fewer = _learnable(data, classes, data.targets[~is_test])
    if fewer:
        rows = np.flatnonzero(np.isin(data.targets, large))
        data, is_test, classes = data.take(rows), is_test[rows], large
        labels = np.searchsorted(classes, data.targets)
    return Sample(
        kind=kind,
        inputs=inputs_of(data, range(len(data))),
        labels=labels,
        is_test=is_test,
        class_words=words([data.class_names[i] for i in classes]),
        unlabelled=inputs_of(task.data.dataset, unlabelled),
        bands=bands,
        how=how,
        left_out=(*left_out, *fewer),
    )


def _learnable(data: Dataset, classes: list[int], learned: NDArray[np.int64]) -> tuple[list[int], tuple[str, ...]]:
    """The classes of two rows or more to learn from, and what is told of the others.

    Raises:
        DataError: fewer than two classes remain.
    """
    count = {c: int((learned == c).sum()) for c in classes}
    kept = [c for c in classes if count[c] >= 2]
    few = [data.class_names[c] for c in classes if count[c] < 2]
    if len(kept) < 2:
        raise DataError(
            f"{len(kept)} of {len(classes)} classes have two rows to learn from, want two classes.",
            f"Label more of {', '.join(map(repr, few[:3]))}.",
        )
    told = f"class {few[0]!r} is" if len(few) == 1 else f"classes {', '.join(map(repr, few))} are"
    return kept, (f"{told} left out: fewer than two rows to learn from.",) if few else ()


def _by_group(data: Dataset, seed: int) -> tuple[NDArray[np.bool_], str]:
    """(rows to score on, how they were chosen): whole groups, where groups are known; else none, for cross-validation.

    Raises:
        DataError: a class lies in one group alone.
    """
    nothing = np.zeros(len(data), dtype=bool)
    rows = np.arange(len(data))
    if data.groups is None or not 1 < len(set(data.groups)) < len(data):
        return nothing, ""
    n = len({group for group in data.groups if group is not None})
    held_out = nothing.copy()
    held_out[hold_out(data, rows, _HELD_OUT_SHARE, seed=seed)[1]] = True
    learned = set(data.targets[~held_out].tolist())
    if learned < set(data.targets.tolist()):
        lost = next(data.class_names[t] for t in sorted(set(data.targets.tolist()) - learned))
        raise DataError(
            f"class {lost!r} lies in one group alone: no group can be held out that it is measured on.",
            "Give more groups of that class, or name another column of groups: --group COLUMN.",
        )
    return held_out, f"whole groups held out ({n:,} groups)"


_HELD_OUT_SHARE = 0.3
"""Share of the rows that is scored where whole groups are held out."""


def _some(rows: NDArray[np.intp], most: int, seed: int) -> NDArray[np.intp]:
    """At most `most` of these rows, in order."""
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def _thinned(labels: Any, is_test: Any, most: int, seed: int) -> list[int]:
    """Positions of at most `most` rows, in order; classes and parts keep their shares, and two rows at least."""
    if len(labels) <= most:
        return list(range(len(labels)))
    rng = np.random.default_rng(seed)
    kept: list[int] = []
    for part in (False, True):
        for label in np.unique(labels):
            rows = np.flatnonzero((labels == label) & (is_test == part))
            n = min(len(rows), max(2, round(len(rows) * most / len(labels))))
            kept += rng.permutation(rows)[:n].tolist()
    return sorted(kept)
