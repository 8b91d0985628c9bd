"""The user's data as rows: input, label or labels, group, split and where each came from.

    data = Dataset.of(["a.png", "b.png"], ["cat", "dog"], modality="image")
    data.inputs, data.class_names, data.targets

Whatever form the data had, everything that trains or measures takes this one value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.cards import Modality
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data.files import PictureFacts
    from zoo.data.sketch import TextSketch

Kind = Literal["classification", "multilabel", "segmentation", "retrieval"]
Split = Literal["train", "val", "test"]
NO_LABEL = -1


class Lazy(Sequence[Any]):
    """Inputs that stay in their source until they are asked for; many are read in one pass."""

    def select(self, rows: Sequence[int]) -> list[Any]:
        """The inputs at these positions, in this order."""
        raise NotImplementedError


@dataclass(frozen=True)
class Dataset:
    """Rows in the order of the source; every sequence has one entry a row.

    Attributes:
        inputs: paths of pictures, texts, pairs of texts, or arrays of pictures.
        targets: classification: (n,) class index, -1 without a label. Multilabel: (n, c) of 0 and 1, a row of -1
            without labels. Segmentation: (n,) of 0, -1 without a mask; the masks lie in `masks`.
        groups: rows of one group (a patient, a slide, a document) must stay on one side; None: no groups are known.
        splits: train, val or test as the data states it; None for a row without a stated split.
        lines: number of each row in its source, for messages.
        headers: what each picture file says of itself; None for texts, and where no file was looked at.
        columns: role (image, text, label, group, split) -> column of the table; a pair has `text` and `second text`.
        other_columns: columns of the table that are not used.
        empty_classes: folders that stand where classes stand and hold no usable picture.
        n_other_files: files of the source that are neither pictures nor a table that was read.
        sketch: what the pass over texts gathered; for findings.
        notes: what was guessed, converted or left out while reading, a sentence each.
        left_out: (what, why) of everything that could not be used.
    """

    modality: Modality
    kind: Kind
    inputs: Sequence[Any]
    class_names: tuple[str, ...]
    targets: NDArray[np.int64]
    groups: tuple[str | None, ...] | None = None
    splits: tuple[Split | None, ...] | None = None
    masks: tuple[str | None, ...] | None = None
    lines: Sequence[int] | None = None
    headers: Sequence[PictureFacts] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    other_columns: tuple[str, ...] = ()
    n_other_files: int = 0
    empty_classes: tuple[str, ...] = ()
    sketch: TextSketch | None = field(default=None, repr=False, compare=False)
    source: str = ""
    bands: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("targets", "groups", "splits", "masks", "lines", "headers"):
            value = getattr(self, name)
            assert value is None or len(value) == len(self.inputs), (
                f"{name} has {len(value)} of {len(self.inputs)} rows"
            )

    @classmethod
    def of(
        cls,
        inputs: Sequence[Any],
        labels: Sequence[str | Sequence[str] | None] | None = None,
        *,
        modality: Modality,
        groups: Sequence[str | None] | None = None,
        splits: Sequence[Split | None] | None = None,
        bands: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
        source: str = "",
    ) -> Dataset:
        """Data that is at hand in Python; a label that is a list makes the task multilabel.

        Args:
            class_names: order of the classes; None: alphabetical, of the labels that occur.

        Raises:
            DataError: labels, groups or splits are not as many as inputs, or a label is not among `class_names`.
        """
        n = len(inputs)
        for name, value in (("labels", labels), ("groups", groups), ("splits", splits)):
            if value is not None and len(value) != n:
                raise DataError(
                    f"{n} inputs came with {len(value)} {name}.", "Give one for each input, None if unknown."
                )
        given = list(labels) if labels is not None else [None] * n
        many = any(label is not None and not isinstance(label, str) for label in given)
        sets = [None if label is None else [label] if isinstance(label, str) else list(label) for label in given]
        found = {name for names in sets if names for name in names}
        names = tuple(class_names) if class_names is not None else tuple(sorted(found))
        if unknown := sorted(found - set(names)):
            raise DataError(f"label {unknown[0]!r} is not among the class names.", f"Classes: {', '.join(names)}.")
        place = {name: i for i, name in enumerate(names)}
        if many:
            targets = np.full((n, len(names)), NO_LABEL, dtype=np.int64)
            for row, names_of_row in zip(targets, sets, strict=True):
                if names_of_row is not None:
                    row[:] = 0
                    row[[place[name] for name in names_of_row]] = 1
        else:
            targets = np.array([NO_LABEL if s is None else place[s[0]] for s in sets], dtype=np.int64)
        return cls(
            modality=modality,
            kind="multilabel" if many else "classification",
            inputs=inputs,
            class_names=names,
            targets=targets,
            groups=None if groups is None else tuple(groups),
            splits=None if splits is None else tuple(splits),
            bands=None if bands is None else tuple(bands),
            source=source,
        )

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(n,) whether a row has a label."""
        known = self.targets != NO_LABEL
        return np.asarray(known if known.ndim == 1 else known.all(axis=1), dtype=np.bool_)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(c,) labelled rows of each class."""
        if self.kind == "multilabel":
            return np.asarray((self.targets == 1).sum(axis=0), dtype=np.int64)
        return np.bincount(self.targets[self.labelled], minlength=len(self.class_names)).astype(np.int64)

    def in_split(self, split: Split | None) -> NDArray[np.intp]:
        """Positions of the rows that the data itself puts into this split."""
        if self.splits is None:
            return np.arange(len(self)) if split is None else np.zeros(0, dtype=np.intp)
        return np.array([i for i, own in enumerate(self.splits) if own == split], dtype=np.intp)

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Dataset:
        """The same data with these rows alone, in this order; the classes stay as they are."""
        kept = [int(i) for i in rows]

        def of(values: Sequence[Any] | None) -> Any:
            return None if values is None else tuple(values[i] for i in kept)

        return replace(
            self,
            inputs=self.inputs.select(kept) if isinstance(self.inputs, Lazy) else [self.inputs[i] for i in kept],
            targets=self.targets[kept],
            groups=of(self.groups),
            splits=of(self.splits),
            masks=of(self.masks),
            lines=of(self.lines),
            headers=of(self.headers),
            sketch=None,
        )
