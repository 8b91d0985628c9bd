"""Public data sets by any of their names: domains, classes, languages, and which of them share data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


DATA = files("zoo.selector.data")

Float = NDArray[np.float64]

_Facts = TypeVar("_Facts", bound="DataclassInstance")


@dataclass(frozen=True)
class DatasetFacts:
    """What is known of a data set in the evidence; `group` is shared by near-duplicates (same data or same labels)."""

    dataset: str
    modality: str
    domains: tuple[str, ...]
    kind: str
    n_classes: int | None = None
    image_size_px: int | None = None
    languages: tuple[str, ...] = ()
    group: str = ""
    class_words: str = ""
    description: str = ""


class Datasets:
    """The data sets of the evidence, by name and by near-duplicate group.

    Args:
        pairs: near-duplicates beyond those of one group, of which one may have no results here.
    """

    def __init__(self, facts: Sequence[DatasetFacts], pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.facts = tuple(facts)
        self.by_name = {fact.dataset: fact for fact in facts}
        self._pairs = tuple(pairs)

    @classmethod
    def load(cls, folder: Traversable = DATA) -> Datasets:
        text = (folder / "datasets.csv").read_text(encoding="utf-8")
        return cls(read_facts(text, DatasetFacts))

    def with_tasks(self, facts: Iterable[DatasetFacts], pairs: Iterable[tuple[str, str]] = ()) -> Datasets:
        """These and the tasks of plugins, with the near-duplicates that those name."""
        more = tuple(facts)
        return Datasets((*self.facts, *more), pairs) if more else self

    def near_duplicates(self, names: Iterable[str]) -> frozenset[str]:
        """Every data set that shares data or labels with a named one; spelling, case and separators do not matter.

        >>> "imagenet_v2" in Datasets.load().near_duplicates(["ImageNet 1k"])
        True
        """
        asked = set(names)
        keys = {_key(name) for name in asked}
        paired = {other for pair in self._pairs for one, other in (pair, pair[::-1]) if _key(one) in keys}
        groups = {fact.group for name in asked | paired for fact in self.find(name)}
        return frozenset(fact.dataset for fact in self.facts if fact.group in groups) | paired

    def find(self, name: str) -> tuple[DatasetFacts, ...]:
        """The facts that a user may mean by a name; empty if the evidence has no such data set."""
        if name in self.by_name:
            return (self.by_name[name],)
        return self._by_key.get(_key(name), ())

    @cached_property
    def _by_key(self) -> dict[str, tuple[DatasetFacts, ...]]:
        found: dict[str, tuple[DatasetFacts, ...]] = {}
        for fact in self.facts:
            for key in {_key(fact.dataset), *(_key(alias) for alias in _ALIASES.get(fact.dataset, ()))}:
                found[key] = (*found.get(key, ()), fact)
        by_group: dict[str, tuple[DatasetFacts, ...]] = {}
        for fact in self.facts:  # `banking77` is nobody's full name, but the corpus of Banking77Classification
            key = _key(fact.group)
            by_group[key] = (*by_group.get(key, ()), fact)
        return by_group | found


# Spellings that people use and that removing case and separators does not reach.
_ALIASES = {
    "imagenet1k": ("imagenet", "ilsvrc2012", "in1k"),
    "dtd": ("describable textures",),
    "patch_camelyon": ("pcam", "camelyon"),
    "oxford_pets": ("pets", "oxford-iiit pet", "oxfordiiitpets"),
    "flowers102": ("oxford flowers-102", "flowers", "oxfordflowersclassification"),
    "fgvc_aircraft": ("aircraft",),
    "stanford_cars": ("cars",),
    "food101": ("food101classification",),
    "mscoco": ("coco", "mscoco captions"),
    "flickr30k": ("flickr",),
    "fer2013": ("facial emotion recognition 2013",),
    "kitti_distance": ("kitti", "kitti vehicle distance"),
    "voc2007": ("pascal voc 2007",),
    "clevr_count": ("clevr counts",),
    "diabetic_retinopathy": ("retinopathy",),
    "rendered_sst2": ("sst2", "renderedsst2"),
    "NewsClassification": ("ag news",),
}


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


@lru_cache(maxsize=64)
def facts_of(dataset: str) -> tuple[DatasetFacts, ...]:
    """What the bundled evidence knows of a public data set; empty if nothing."""
    return Datasets.load().find(dataset)


def read_facts(text: str, kind: type[_Facts]) -> tuple[_Facts, ...]:
    """Dataclasses from CSV text: empty is None or (), `|` separates the items of a tuple."""
    read = {f.name: _READERS[str(f.type)] for f in fields(kind)}
    return tuple(
        kind(**{name: read[name](text) for name, text in row.items()}) for row in csv.DictReader(io.StringIO(text))
    )


def write_facts(facts: Sequence[DataclassInstance]) -> str:
    """The inverse of `read_facts`."""
    out = io.StringIO()
    names = [f.name for f in fields(facts[0])]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for fact in facts:
        values = [getattr(fact, name) for name in names]
        writer.writerow(["|".join(v) if isinstance(v, tuple) else "" if v is None else v for v in values])
    return out.getvalue()


_READERS: dict[str, Any] = {
    "str": str,
    "tuple[str, ...]": lambda text: tuple(text.split("|")) if text else (),
    "int | None": lambda text: int(float(text)) if text else None,
    "float | None": lambda text: float(text) if text else None,
}
