"""Leakage: did a model see the target data set in pretraining? Yes, no or unknown, each with the reason.

`yes` is told beside the candidate and never folded into a score. A model trained on data crawled from the web, or on a
collection that was put together from other data sets, is `unknown`, whatever its list of names says: nobody has looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from zoo.cards import ModelCard

from ..evidence.models import load_models
from ..prior.model_features import model_facts, name_keys
from ..report.amounts import listed
from ..task.datasets import Datasets

Answer = Literal["yes", "no", "unknown"]

_FROM_THE_WEB = (
    "laion", "wit", "webli", "datacomp", "commonpool", "cc12m", "cc3m", "yfcc", "commoncrawl", "c4", "dfn", "metaclip",
    "lvd", "instagram", "jft", "webtext", "openwebtext", "pile", "refinedweb", "redpajama", "github", "stack", "book",
    "wikipedia", "coyo", "merged2b", "websight", "mmc4", "fineweb", "dolma", "web", "multimodalc4",
)  # fmt: skip
_COLLECTED = (
    "merged38m", "pmc", "roco", "openpath", "rs5m", "git10m", "det10", "ret3", "seg4", "treeoflife", "chammi",
    "cellpose", "publiccelldatasets",
)  # fmt: skip
"""Collections put together from figures of papers, from social media or from other data sets, of whose parts the cards
hold no list: BiomedCLIP's PMC-15M, RemoteCLIP's DET-10 and RET-3, BioCLIP's TreeOfLife and their like."""


_SAME = (
    ("NIH-CXR", "ChestX-ray14", "ChestX-ray8", "NIH ChestX-ray", "NIH Chest X-rays", "CXR14", "ChestMNIST", "RSNA",
     "RSNA Pneumonia", "RSNA Pneumonia Detection Challenge", "SIIM", "SIIM-ACR Pneumothorax"),
    ("MIMIC-CXR", "MIMIC-CXR-JPG"),
    ("CheXpert", "CheXpert 5x200"),
    ("OpenI", "Indiana University Chest X-ray", "IU X-ray"),
    ("PneumoniaMNIST", "Kermany", "Chest X-Ray Images (Pneumonia)", "Chest X-Ray Pneumonia"),
    ("BBBC038", "DSB2018", "Data Science Bowl 2018", "2018 Data Science Bowl"),
    ("Human Protein Atlas", "HPA"),
    ("iNat21", "iNaturalist 2021"),
)  # fmt: skip
"""Names of one data set, and of challenges and cuts made of its pictures, where they are not in the evidence: the
pneumonia of RSNA, the pneumothorax of SIIM and ChestMNIST are pictures of NIH's ChestX-ray14, MIMIC-CXR-JPG those of
MIMIC-CXR, BBBC038 the Data Science Bowl of 2018, PneumoniaMNIST the x-rays of Kermany et al."""
_LONG_ENOUGH = 4
"""Letters of a name that stands inside another for a reason."""


@dataclass(frozen=True)
class Leakage:
    """Whether a model saw a data set, and how that is known."""

    answer: Answer
    why: str


NOT_ASKED = Leakage("unknown", "not looked up for models that are not shown")


class Seen:
    """Answers for one target data set; None: the task names none, so every answer is unknown.

    Args:
        datasets: whose near-duplicates count as the target; None: those of the bundled evidence.
    """

    def __init__(self, dataset: str | None, datasets: Datasets | None = None) -> None:
        self._dataset = dataset
        self._wanted: dict[str, str] = {}
        if dataset is not None:
            same = {name for names in _SAME if _key(dataset) in map(_key, names) for name in names}
            names = {dataset, *same, *(datasets or Datasets.load()).near_duplicates([dataset])}
            self._wanted = {_key(name): name for name in names if _key(name)}

    def by(self, card: ModelCard) -> Leakage:
        """What is known of one model."""
        if self._dataset is None:
            return Leakage("unknown", "the task names no public data set")
        stated = card.pretraining.datasets if card.pretraining else None
        trained_on = [*sorted(stated or ()), *self._by_tables(card)]
        for name in trained_on:
            if _key(name) in self._wanted:
                twin = self._wanted[_key(name)]
                near = "" if _key(twin) == _key(self._dataset) else f", a near-duplicate of {self._dataset}"
                return Leakage("yes", f"its training data holds {name}{near}")
        for name in trained_on:
            part = next((own for key, own in self._wanted.items() if _may_overlap(key, _key(name))), None)
            if part is not None:
                return Leakage("unknown", f"its training data {name} may share data with {part}")
        if stated is None:
            return Leakage("unknown", "its training data is not disclosed")
        web = next((name for name in sorted(stated) if any(word in _key(name) for word in _FROM_THE_WEB)), None)
        if web is not None:
            return Leakage("unknown", f"{web} comes from the web, and nobody has looked for {self._dataset} in it")
        made = next((name for name in sorted(stated) if any(word in _key(name) for word in _COLLECTED)), None)
        if made is not None:
            return Leakage("unknown", f"{made} was put together from many sources, and nobody has looked for "
                                      f"{self._dataset} in it")  # fmt: skip
        return Leakage("no", f"trained on {listed(sorted(stated))}")

    def _by_tables(self, card: ModelCard) -> Iterable[str]:
        """Training sets that a published table lists for this model under one of its names."""
        for key in name_keys(model_facts(card)):
            yield from _training_sets().get(key, ())


@cache
def _training_sets() -> dict[str, tuple[str, ...]]:
    """Name of a model, lower case -> data sets that its authors told the embedding benchmark."""
    return {key: facts.trained_on for facts in load_models() if facts.trained_on for key in name_keys(facts)}


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _may_overlap(wanted: str, trained_on: str) -> bool:
    """Whether names speak of parts, releases or collections of the same data.

    >>> _may_overlap("tcgabrca", "tcga"), _may_overlap("fmow", "fmowrgb"), _may_overlap("cifar100", "cifar10")
    (True, True, False)
    """
    inside, whole = (trained_on, wanted) if wanted.startswith(trained_on) else (wanted, trained_on)
    at = whole.find(inside)
    number_goes_on = inside[-1:].isdigit() and whole[at + len(inside) :][:1].isdigit()
    return len(inside) >= _LONG_ENOUGH and at >= 0 and not number_goes_on
