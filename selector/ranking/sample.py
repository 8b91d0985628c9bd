"""The sample of a user's data that every model is measured on: which rows, in which shares, and what is held out."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.errors import DataError

from ..proximity import LEAST_ROWS
from ..task.task import Task
from .measure import Sample, words


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
    inputs, names, splits = _labelled(task)
    kind = "text" if task.modality in ("text", "code") else "image"
    bands = task.bands if task.bands != getattr(task.data, "bands", None) else None  # the files say no other
    rest = _without_label(task, max_samples, seed)
    classes = sorted(set(names))
    if len(classes) < 2:
        rest = (*inputs, *rest)[:max_samples]
        if len(rest) < LEAST_ROWS:
            raise DataError(
                f"want labelled data of at least two classes, or {LEAST_ROWS} inputs without labels, got {len(rest)}.",
                "Give more, or use recommend(), which needs no data.",
            )
        nothing = np.zeros(0, dtype=np.int64)
        return Sample(kind, (), nothing, nothing.astype(bool), words(task.class_names), unlabelled=rest, bands=bands)
    index = {name: number for number, name in enumerate(classes)}
    labels = np.array([index[name] for name in names])
    is_test = np.array([split == "test" for split in splits])
    if is_test.all() or len(set(labels[~is_test])) < len(set(labels[is_test])):
        is_test[:] = False  # a test part that has classes of its own cannot score anything
    keep = _thinned(labels, is_test, max_samples, seed)
    fewest = int(np.bincount(labels[keep][~is_test[keep]]).min())
    if fewest < 2:
        raise DataError(f"a class has {fewest} row to learn from, want two.", "Label more, or leave that class out.")
    return Sample(
        kind=kind,
        inputs=tuple(inputs[i] for i in keep),
        labels=labels[keep],
        is_test=is_test[keep],
        class_words=words(classes),
        unlabelled=rest,
        bands=bands,
    )


def _without_label(task: Task, most: int, seed: int) -> tuple[str, ...]:
    """At most `most` inputs that have no label."""
    rest = [text for text, label, _ in _rows(task) if label is None]
    keep = sorted(np.random.default_rng(seed).permutation(len(rest))[:most].tolist())
    return tuple(rest[i] for i in keep)


def _labelled(task: Task) -> tuple[list[str], list[str], list[str | None]]:
    """(inputs, class names, splits) of everything that has a label and is no validation part."""
    kept = [row for row in _rows(task) if row[1] is not None]
    return [row[0] for row in kept], [row[1] for row in kept], [row[2] for row in kept]


def _rows(task: Task) -> list[tuple[str, Any, Any]]:
    """(input, label, split) of everything."""
    if task.modality in ("text", "code"):
        from zoo.data.table import read_texts

        return [(item.text, item.label, item.split) for item in read_texts(task.data)]
    return [(str(item.path), item.label, item.split) for item in task.data.items]


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
