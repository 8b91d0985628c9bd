"""What a user says of a task, and what follows from it, worked out once: domain, classes, names that speak."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from zoo.cards import Modality

from .class_names import readable, say_nothing, told_classes
from .datasets import DatasetFacts, facts_of
from .domain import DomainGuess, domain_of
from .limits import Constraints

if TYPE_CHECKING:
    pass

Kind = Literal["classification", "multilabel", "retrieval", "segmentation"]


class Statement(BaseModel):
    """The fields of a task, and the facts that every step asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    modality: Modality
    domain: str | None = None
    """A node of `zoo.cards.DOMAINS`, or a word of the field; what is not understood is told, and ranked without."""
    kind: Kind = "classification"
    class_names: tuple[str, ...] = ()
    labels_per_class: int | tuple[int, ...] | None = None
    """Labelled examples to learn from: a number, or one per class; None: not stated."""
    n_unlabelled: int | None = Field(default=None, ge=0)
    image_size_px: int | None = Field(default=None, gt=0)
    """Shorter side of a typical picture."""
    bands: tuple[str, ...] | None = None
    language: str | None = None
    """Two-letter code; its name or another spelling is translated, and it is read from the description or the letters
    of the class names of texts where it is not stated."""
    description: str | None = None
    dataset: str | None = None
    """Name of the target if it is a public data set."""
    constraints: Constraints = Constraints()
    data: Any = Field(default=None, exclude=True, repr=False)
    """`FolderFacts` or `TableFacts`; None for a task that was stated by hand."""
    domain_note: str | None = Field(default=None, exclude=True, repr=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy whose facts are worked out anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name, value in vars(Statement).items():
            if isinstance(value, cached_property):
                copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def n_classes(self) -> int | None:
        """As named, as counted, as the description says (`62 classes`), or those of the data set; None: not known."""
        counted = len(self.labels_per_class) if isinstance(self.labels_per_class, tuple) else 0
        return len(self.class_names) or counted or told_classes(self.description or "") or self._n_of_dataset()

    @cached_property
    def dataset_facts(self) -> tuple[DatasetFacts, ...]:
        """What is known of the public data set that the task names; empty: none is named, or it is not known."""
        return facts_of(self.dataset) if self.dataset is not None else ()

    @cached_property
    def names_speak(self) -> bool:
        """Whether there are class names, and they say something."""
        return bool(self.class_names) and not say_nothing(self.class_names)

    @property
    def n_labelled(self) -> int | None:
        """Labelled examples to learn from, over all classes; those of one where their number is not known."""
        if isinstance(self.labels_per_class, tuple):
            return sum(self.labels_per_class)
        if self.labels_per_class is None:
            return None
        return self.labels_per_class * (self.n_classes or 1) if self.labels_per_class else 0

    @property
    def typical_labels_per_class(self) -> float | None:
        """Median over classes, which is what the choice of strategy looks at; None: not stated."""
        if isinstance(self.labels_per_class, tuple):
            return float(median(self.labels_per_class)) if self.labels_per_class else 0.0
        return None if self.labels_per_class is None else float(self.labels_per_class)

    @property
    def known_domain(self) -> str | None:
        """The node of the documented tree that the task belongs to, as far as its user's words say; None if unclear.

        The stated domain, or what that word means (`x-ray`), or what is above it. Where none is stated or it is
        unknown: that of the named public data set, that of the modality (several bands are taken as satellite
        pictures, which nearly all of them are), or a guess from the class names and the description.
        """
        return self.domain_guess.domain

    @cached_property
    def domain_guess(self) -> DomainGuess:
        """The known domain and how it was arrived at; `why` is empty where it was stated."""
        return domain_of(self.modality, self.domain, self.dataset, self.class_names, self.description or "")

    @cached_property
    def readable_names(self) -> tuple[str, ...]:
        """Class names as words for prompts."""
        return tuple(map(readable, self.class_names))

    def _n_of_dataset(self) -> int | None:
        return self.dataset_facts[0].n_classes or None if self.dataset_facts else None
