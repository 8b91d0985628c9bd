"""The shape of published results: what plugins hand to the selector and what the selector shows as reasons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from zoo.cards import Facts, Modality

Protocol = Literal["zero-shot", "knn", "few-shot", "probe", "fine-tune", "embedding", "generation"]
"""How the model was used. `embedding`: frozen vectors compared as they are (retrieval, clustering, similarity)."""

Kind = Literal[
    "classification", "multilabel", "retrieval", "segmentation", "regression", "clustering", "similarity", "generation"
]
NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class EvidenceRow(Facts):
    """One measured figure of one model on one data set; a row without a source is refused."""

    model: NonEmpty
    """An id or alias of a card, a catalogue name (`timm/...`, `open_clip/...`, `hf/...`), or any other name."""
    dataset: NonEmpty
    metric: NonEmpty
    value: float = Field(ge=-1.0, le=1.0)
    """A share in [0, 1], or a correlation; divide percentages by 100."""
    protocol: Protocol
    source: NonEmpty
    """The page or file in which the figure was published."""
    version: str | None = None
    condition: str | None = None
    """What else must agree before two rows compare: language and split, images per class, decoder."""


class EvidenceTask(Facts):
    """What is known of a data set that rows refer to."""

    name: NonEmpty
    modality: Modality
    domain: str | None
    kind: Kind
    n_classes: int | None
    image_size_px: int | None = None
    class_names: tuple[str, ...] = ()
    near_duplicates: tuple[str, ...] = ()


class EvidenceTable(Facts):
    """Rows measured under one protocol by one source, and the tasks that they speak of."""

    name: NonEmpty
    rows: tuple[EvidenceRow, ...]
    tasks: tuple[EvidenceTask, ...] = ()
