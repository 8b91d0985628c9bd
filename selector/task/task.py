"""The task: what a user wants a model for, stated by hand or read from a folder or a table.

    Task(modality="image", domain="medical/radiology", class_names=("normal", "pneumonia"), labels_per_class=50)
    Task.from_folder("my_images/")
    Task.from_table("train.csv", text="body", label="topic")

Only `modality` is required; everything else makes the advice better.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from zoo.cards import Modality

from .class_names import say_nothing
from .domain import domain_of, guess_domain, guess_of_pictures
from .language import language_of, language_of_set, named_language
from .limits import Constraints
from .statement import Kind, Statement
from .summary import on_domain, on_names, told_data, told_domain, told_pictures
from .validation import as_task_error, check_counts, check_modality, check_whole, checked_bands, checked_names

if TYPE_CHECKING:
    from zoo.data import FolderFacts, TableFacts

_VALUES = {"modality": get_args(Modality), "kind": get_args(Kind)}


class Task(Statement):
    """A target task; `data` holds the facts of the user's data where the task was read from it."""

    def __init__(
        self,
        *,
        modality: Modality,
        domain: str | None = None,
        kind: Kind = "classification",
        class_names: Sequence[str] = (),
        labels_per_class: int | Sequence[int] | Mapping[str, int] | None = None,
        n_unlabelled: int | None = None,
        image_size_px: int | None = None,
        bands: Sequence[str] | None = None,
        language: str | None = None,
        description: str | None = None,
        dataset: str | None = None,
        constraints: Constraints | Mapping[str, Any] | None = None,
        data: FolderFacts | TableFacts | None = None,
        domain_note: str | None = None,
    ) -> None:
        """A task stated by hand.

        Raises:
            TaskError: a value has the wrong form, names repeat, or counts and class names do not agree.
        """
        names = checked_names(class_names)
        if isinstance(labels_per_class, Mapping):
            names = names or tuple(labels_per_class)
            labels_per_class = [labels_per_class.get(name, 0) for name in names]
        check_whole(
            {"labels_per_class": labels_per_class, "n_unlabelled": n_unlabelled, "image_size_px": image_size_px}
        )
        fields: dict[str, Any] = {
            "modality": modality,
            "domain": domain.strip().strip("/").lower() or None if isinstance(domain, str) else domain,
            "kind": kind,
            "class_names": names,
            "labels_per_class": labels_per_class,
            "n_unlabelled": n_unlabelled,
            "image_size_px": image_size_px,
            "bands": checked_bands(bands),
            "language": language_of(modality, language, names, description, domain, dataset),
            "description": description,
            "dataset": dataset.strip() or None if isinstance(dataset, str) else dataset,
            "constraints": Constraints() if constraints is None else constraints,
            "data": data,
            "domain_note": domain_note,
        }
        try:
            super().__init__(**fields)
        except ValidationError as err:
            raise as_task_error(err, _VALUES) from err
        if data is not None:
            check_modality(self.modality, data, self.bands)
        check_counts(self.labels_per_class, len(names))

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> Task:
        """The task that a folder of images shows: classes, counts, sizes; the domain is guessed or left open.

        Raises:
            DataError: there is no such folder, or no usable image in it.
        """
        from zoo.data import scan_folder

        if not os.path.isdir(folder):
            scan_folder(folder)  # says what is wrong with it
        return cls.from_data(folder)

    @classmethod
    def from_table(
        cls,
        table: str | os.PathLike[str],
        *,
        image: str | None = None,
        text: str | None = None,
        label: str | None = None,
        group: str | None = None,
        split: str | None = None,
    ) -> Task:
        """The task that a table of texts, or of paths of pictures, shows; columns are guessed where not named.

        Raises:
            DataError: there is no such table, column or row.
        """
        return cls.from_data(table, image=image, text=text, label=label, group=group, split=split)

    @classmethod
    def from_data(
        cls,
        source: Any,
        *,
        image: str | None = None,
        text: str | Sequence[str] | None = None,
        label: str | Sequence[str] | None = None,
        group: str | None = None,
        split: str | None = None,
        separator: str | None = None,
        merge_labels: bool = False,
    ) -> Task:
        """The task that data of any form shows; the arguments are those of `zoo.data.read`.

        Raises:
            DataError: as for `zoo.data.read`.
        """
        from zoo.data import facts_of, read

        dataset = read(
            source, image=image, text=text, label=label, group=group, split=split, separator=separator,
            merge_labels=merge_labels,
        )  # fmt: skip
        return cls._of_facts(facts_of(dataset))

    @classmethod
    def _of_facts(cls, facts: FolderFacts | TableFacts) -> Task:
        from zoo.data import TableFacts

        dataset = facts.dataset
        place = Path(os.path.abspath(dataset.source)) if dataset.source else Path()
        words = [place.name] if place.is_dir() else [place.stem, place.parent.name]
        size_px = bands = language = None
        if isinstance(facts, TableFacts):
            guess = guess_domain(dataset.modality, facts.class_names, words)
            language = facts.language
        else:
            guess = guess_of_pictures(dataset.modality, facts.class_names, words, facts.formats)
            size_px, bands = facts.size_px, facts.bands if dataset.modality == "multispectral" else None
        return cls(
            modality=dataset.modality,
            domain=guess.domain,
            kind=dataset.kind,
            class_names=facts.class_names,
            labels_per_class=tuple(facts.n_per_class.values()) if facts.class_names else 0,
            n_unlabelled=facts.n_unlabelled,
            image_size_px=size_px,
            bands=bands,
            language=language,
            data=facts,
            domain_note=guess.why,
        )

    def revised(
        self,
        *,
        modality: Modality | None = None,
        domain: str | None = None,
        kind: Kind | None = None,
        class_names: Sequence[str] | None = None,
        labels_per_class: int | Sequence[int] | None = None,
        n_unlabelled: int | None = None,
        image_size_px: int | None = None,
        bands: Sequence[str] | None = None,
        language: str | None = None,
        description: str | None = None,
        dataset: str | None = None,
        constraints: Constraints | Mapping[str, Any] | None = None,
    ) -> Task:
        """This task with what is stated on top; None keeps what was there.

        A domain that was guessed from the data gives way to what new words say.

        Raises:
            TaskError: as for a new task.
        """
        renamed = class_names is not None and len(class_names) != len(self.class_names)
        counts = None if renamed and isinstance(self.labels_per_class, tuple) else self.labels_per_class
        keeps_guess = self.domain_note is not None and not domain
        if keeps_guess and (modality or class_names or description or dataset):
            names = tuple(map(str, class_names or self.class_names))
            words = description or self.description or ""
            found = domain_of(modality or self.modality, None, dataset or self.dataset, names, words)
            keeps_guess = found.domain is None
        return Task(
            modality=modality or self.modality,
            domain=domain or (self.domain if keeps_guess or self.domain_note is None else None),
            kind=kind or self.kind,
            class_names=self.class_names if class_names is None else class_names,
            labels_per_class=counts if labels_per_class is None else labels_per_class,
            n_unlabelled=self.n_unlabelled if n_unlabelled is None else n_unlabelled,
            image_size_px=image_size_px or self.image_size_px,
            bands=bands or self.bands,
            language=language or self.language,
            description=description or self.description,
            dataset=dataset or self.dataset,
            constraints=self.constraints if constraints is None else constraints,
            data=self.data,
            domain_note=self.domain_note if keeps_guess else None,
        )

    def findings(self) -> tuple[str, ...]:
        """What is worth knowing of the task before any model is named, most harmful first."""
        said = list(self.data.findings()) if self.data is not None else []
        said += [*on_names(self), *on_domain(self)]
        if say_nothing(self.class_names):
            said.append(
                f"class names such as {self.class_names[0]!r} say nothing: zero-shot is a guess until you give words "
                "for them (--labels, in the order of the classes)."
            )
        counts = self.labels_per_class if isinstance(self.labels_per_class, tuple) else ()
        filled = [count for count in counts if count]
        if self.data is None and filled and max(filled) >= 10 * min(filled):
            said.append(
                f"imbalance {max(filled) / min(filled):.0f} : 1: look at balanced accuracy, and weigh the loss."
            )
        return tuple(said)

    def describe(self) -> str:
        """The task in a few lines for a person."""
        lines = [told_data(self)]
        if self.data is not None and self.modality in ("text", "code"):
            lines.append(f"{self.data.median_words} words in a typical text, {self.data.long_words} in a long one.")
        elif self.data is not None:
            lines.append(told_pictures(self.data))
        lines.append(told_domain(self))
        if self.language is not None and self.data is None:
            named = self.language == named_language(self.description or "")
            why = "named in the description" if named else f"that of the data set {self.dataset}"
            if named or self.language == language_of_set(self.dataset):
                lines.append(f"Language: {self.language} ({why}; state another if that is wrong).")
        return "\n".join(lines)
