"""The shape of published results that plugins hand to the selector."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from zoo.cards import Facts, Modality

Protocol = Literal["zero-shot", "knn", "probe", "few-shot", "fine-tune"]
NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class EvidenceRow(Facts):
    """One measured figure of one model on one data set; a row without a source is refused."""

    model: NonEmpty
    dataset: NonEmpty
    metric: NonEmpty
    value: float
    protocol: Protocol
    source: NonEmpty
    version: str | None = None


class EvidenceTask(Facts):
    """What is known of a data set that rows refer to."""

    name: NonEmpty
    modality: Modality
    domain: str | None
    kind: Literal["classification", "multilabel", "retrieval", "segmentation", "regression", "clustering"]
    n_classes: int | None
    image_size_px: int | None = None
    class_names: tuple[str, ...] = ()
    near_duplicates: tuple[str, ...] = ()


class EvidenceTable(Facts):
    """Rows measured under one protocol by one source, and the tasks that they speak of."""

    name: NonEmpty
    rows: tuple[EvidenceRow, ...]
    tasks: tuple[EvidenceTask, ...] = ()
