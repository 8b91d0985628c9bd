"""Several data sets of one kind as one: the parts train, val and test, or tables of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Dataset, Lazy
from zoo.data.sketch import TextSketch
from zoo.errors import DataError


class JoinedInputs(Lazy):
    """Inputs of several data sets, one after the other, some of which stay in their source."""

    def __init__(self, parts: Sequence[Sequence[Any]]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *map(len, parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @overload
    def __getitem__(self, row: int) -> Any: ...
    @overload
    def __getitem__(self, row: slice) -> list[Any]: ...
    def __getitem__(self, row: int | slice) -> Any:
        return self.select(range(len(self))[row]) if isinstance(row, slice) else self.select([range(len(self))[row]])[0]

    def __iter__(self) -> Iterator[Any]:
        for part in self._parts:
            yield from part

    def select(self, rows: Sequence[int]) -> list[Any]:
        wanted = np.asarray(rows, dtype=np.int64)
        found: dict[int, Any] = {}
        for part, start, end in zip(self._parts, self._starts, self._starts[1:], strict=False):
            here = [int(row) for row in wanted if start <= row < end]
            inside = [row - int(start) for row in here]
            values = part.select(inside) if isinstance(part, Lazy) else [part[row] for row in inside]
            found.update(zip(here, values, strict=True))
        return [found[int(row)] for row in wanted]


def joined(parts: Sequence[Dataset], names: Sequence[str]) -> Dataset:
    """One data set of the rows of several, in their order.

    Args:
        names: of the parts, for messages.

    Raises:
        DataError: they are of different kinds.
    """
    first = parts[0]
    for part, name in zip(parts, names, strict=True):
        if (part.modality, part.kind) != (first.modality, first.kind) and part.labelled.any():
            raise DataError(
                f"{names[0]} holds {first.modality} ({first.kind}), {name} {part.modality} ({part.kind}).",
                "Give one of them by its path, or name the same columns: --image, --text, --label.",
            )
    if len(parts) == 1:
        return first
    classes = tuple(sorted({name for part in parts for name in part.class_names}))
    lazy = any(isinstance(part.inputs, Lazy) for part in parts)

    def every(field: str) -> tuple[Any, ...] | None:
        values = [getattr(part, field) for part in parts]
        if all(value is None for value in values):
            return None
        filled = [(None,) * len(part) if value is None else value for part, value in zip(parts, values, strict=True)]
        return tuple(each for value in filled for each in value)

    return replace(
        first,
        inputs=JoinedInputs([p.inputs for p in parts]) if lazy else [row for part in parts for row in part.inputs],
        class_names=classes,
        targets=np.concatenate([_renumbered(part, classes, first.kind) for part in parts]),
        groups=every("groups"),
        splits=every("splits"),
        masks=every("masks"),
        headers=every("headers"),
        lines=None,
        sketch=_sketches([part.sketch for part in parts]),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        left_out=tuple(each for part in parts for each in part.left_out),
    )


def _renumbered(part: Dataset, classes: tuple[str, ...], kind: str) -> NDArray[np.int64]:
    """Targets with the numbers of all classes."""
    place = [classes.index(name) for name in part.class_names]
    if kind != "multilabel":
        return np.asarray(np.array([*place, -1], dtype=np.int64)[part.targets])
    made = np.full((len(part), len(classes)), -1, dtype=np.int64)
    if part.kind == "multilabel":
        made[part.labelled] = 0
        made[:, place] = part.targets
    return made


def _sketches(parts: Sequence[TextSketch | None]) -> TextSketch | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return TextSketch(
        np.concatenate([part.hashes for part in known]),
        [n for part in known for n in part.words],
        [text for part in known for text in part.sample][:200],
        sum(part.n_empty for part in known),
    )
