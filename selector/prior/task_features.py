"""What the prior knows of a task, as numbers: domain, kind, protocol, classes, resolution, language, words.

Two tasks are similar when these features agree; how much each agreement counts is learned from the
published tables (`prior.model`). A task that is in no table is placed by the same features.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from zoo.languages import THREE_LETTERS

from ..task.datasets import DatasetFacts, Float

DEFAULT_PROTOCOL = {"retrieval": "embedding", "clustering": "embedding", "similarity": "embedding"}
"""Protocol of a kind of task when none is asked for; else `probe` for images and `few-shot` for text."""


FEW_LABELS = 3_000
"""Labels in all up to which tuning counts as tuning on few: between the 1,000 of one published table and the 10,000 and
more of ordinary training sets."""

_IMAGES = re.compile(r"(\d+) images")


@dataclass(frozen=True)
class TaskFacts:
    """A task as the prior sees it. None or empty: not known.

    `language` is a code of two or three letters; `n_labels` counts the labelled examples of all classes together.
    """

    modality: str
    domain: str | None = None
    kind: str = "classification"
    n_classes: int | None = None
    class_names: tuple[str, ...] = ()
    image_size_px: int | None = None
    language: str | None = None
    description: str = ""
    dataset: str | None = None
    protocol: str | None = None
    n_labels: int | None = None


@dataclass(frozen=True)
class TaskTraits:
    """The facts of a task in one form, whether they come from a user or from the table of data sets."""

    room: str
    modality: str
    domains: tuple[str, ...]
    kind: str
    protocol: str
    n_classes: int | None
    image_size_px: int | None
    language: str
    words: str
    few_labels: bool = False


def room_of(modality: str) -> str:
    """Which of the two rooms of evidence a modality belongs to: pictures, or text and code."""
    return "text" if modality in ("text", "code") else "image"


def traits_of_task(task: TaskFacts, known: DatasetFacts | None = None) -> TaskTraits:
    """Traits of a user's task; `known` fills what the user did not say of a public data set (facts, no results)."""
    room = room_of(task.modality)
    domains = (task.domain,) if task.domain else known.domains if known else ()
    if not domains and room == "text":
        domains = ("code",) if task.modality == "code" else ("text/general",)
    default = DEFAULT_PROTOCOL.get(task.kind, "probe" if room == "image" else "few-shot")
    protocol = task.protocol or default
    words = " ".join((task.description, *task.class_names, task.dataset or ""))
    if known:
        words += f" {known.description} {known.class_words}"
    return TaskTraits(
        room=room,
        modality="code" if domains and domains[0] == "code" and room == "text" else room,
        domains=domains,
        kind=task.kind,
        protocol=protocol,
        n_classes=task.n_classes or len(task.class_names) or (known.n_classes if known else None) or None,
        image_size_px=task.image_size_px or (known.image_size_px if known else None),
        language=_language(task.language) if room == "text" else "",
        words=words.lower(),
        few_labels=protocol == "fine-tune" and task.n_labels is not None and task.n_labels <= FEW_LABELS,
    )


def traits_of_column(facts: DatasetFacts, metric: str, protocol: str, language: str, condition: str = "") -> TaskTraits:
    """Traits of one column of the evidence; cluster measures on a labelled data set make a clustering task.

    `condition` says how many pictures a network was tuned on ("1000 images", "all images").
    """
    told = _IMAGES.fullmatch(condition)
    return TaskTraits(
        room=room_of(facts.modality),
        modality=facts.modality,
        domains=facts.domains,
        kind="clustering" if metric in ("v_measure", "nmi") else facts.kind,
        protocol=protocol,
        n_classes=facts.n_classes,
        image_size_px=facts.image_size_px,
        language=language if room_of(facts.modality) == "text" else "",
        words=f"{facts.description} {facts.class_words} {facts.dataset}".lower(),
        few_labels=protocol == "fine-tune" and told is not None and int(told[1]) <= FEW_LABELS,
    )


def features(traits: TaskTraits) -> dict[str, float]:
    """Feature name -> value; all values are of the order of one."""
    found = {
        "task": 1.0,
        f"kind:{traits.kind}": 1.0,
        f"protocol:{traits.protocol}": 1.0,
        f"modality:{traits.modality}": 1.0,
        f"modality and protocol:{traits.modality} {traits.protocol}": 0.7,
    }
    share = 1 / math.sqrt(max(1, len(traits.domains)))
    for domain in traits.domains:
        steps = domain.split("/")
        found |= {f"domain:{'/'.join(steps[:depth])}": share for depth in range(1, len(steps) + 1)}
    tops = dict.fromkeys("/".join(domain.split("/")[:2]) for domain in traits.domains)
    if traits.few_labels:
        found["labels:few"] = 1.0
    if traits.room == "text":
        found |= {f"kind in domain:{traits.kind} {top}": share for top in tops}
    tokens = set(re.findall(r"[a-z]+", traits.words))
    found |= {f"word:{word}": 0.7 for word in _WORDS.split() if _says(word, tokens, traits.words)}
    if traits.n_classes:
        found |= {f"classes:{c}": 0.7 * _bump(math.log10(traits.n_classes), c, 0.5) for c in (0.3, 1, 2, 3)}
    if traits.room == "image":
        octaves = math.log2((traits.image_size_px or 300) / 32)
        found |= {f"pixels:{c}": 0.7 * _bump(octaves, c, 1.0) for c in (0, 2, 4)}
    if traits.language:
        english = traits.language == "eng"
        group = next((name for name, members in _LANGUAGES.items() if traits.language in members.split()), "other")
        found |= {"language:english": 1.0} if english else {"language:not english": 1.0, f"language:{group}": 1.0}
        found[f"kind in language:{traits.kind} {'english' if english else 'not english'}"] = 1.0
    return found


FAMILIES = ("task", "kind", "domain", "detail")
"""Families of features, from what all tasks share to what few do; how far to trust each is measured."""

_FAMILY = {"task": "task", "kind": "kind", "protocol": "kind", "modality": "kind", "modality and protocol": "kind"}
_FAMILY |= dict.fromkeys(("domain", "language", "kind in domain", "kind in language"), "domain")


def family(feature: str) -> str:
    """The family that a feature belongs to.

    >>> family("domain:medical/pathology"), family("classes:2")
    ('domain', 'detail')
    """
    return _FAMILY.get(feature.partition(":")[0], "detail")


def _says(word: str, tokens: set[str], text: str) -> bool:
    """Whether a text holds the word: short words must stand alone (`car`, not `card`), long ones may be part of one."""
    return word in text if len(word) > 4 else not tokens.isdisjoint((word, f"{word}s"))


def matrix(tasks: Iterable[TaskTraits], vocabulary: Iterable[str]) -> Float:
    """(n tasks, n words of the vocabulary) features."""
    words = tuple(vocabulary)
    return np.array([[found.get(word, 0.0) for word in words] for found in map(features, tasks)]).reshape(
        -1, len(words)
    )


def _bump(value: float, centre: float, width: float) -> float:
    return math.exp(-0.5 * ((value - centre) / width) ** 2)


def _language(code: str | None) -> str:
    """Three letters, as the embedding benchmark writes them; English where nothing is said."""
    if code and len(code) == 3:
        return code.lower()
    return _THREE_LETTERS.get(code.lower()[:2], "und") if code else "eng"


_WORDS = (
    "sentiment review intent topic news toxic hate emotion question answer duplicate claim medical clinical "
    "patient paper legal contract law court privacy code function sql program chemistry product tweet language "
    "parallel summary category reasoning long count distance angle digit text flower bird dog car texture scene "
    "land tumor tissue cell kind object photograph"
)
_LANGUAGES = {
    "european": "deu fra spa por ita nld pol ces slk ron swe dan nob nno isl est fin hun cat glg slv hrv",
    "east asian": "cmn zho jpn kor yue tha vie ind fil jav",
    "indian": "hin ben tam tel mar guj kan mal pan urd npi sin asm ory san snd kas",
    "cyrillic": "rus ukr bul mkd srp bel kaz kir tyv bak tat",
    "arabic": "ara fas heb arq ary apc arz kur pes",
}
_THREE_LETTERS = THREE_LETTERS | {"no": "nob", "zh": "cmn", "ne": "npi", "or": "ory"}
"""Two-letter code -> three letters, as the embedding benchmark has them."""
