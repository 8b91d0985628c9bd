"""Parts of a domain that look nothing alike: a fundus is no OCT scan, a chest no brain, a blood smear no tissue.

A model made for one part is no specialist of another. A part is read in the words of the task and in those of the card;
a model of several parts (MedSigLIP: x-ray, skin, eye, tissue, CT and MRI) or of none in particular belongs to all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from zoo.cards import ModelCard

from ..task.task import Task

PARTS = {
    "medical/radiology": {
        "chest x-rays": r"chest|x-ray|radiograph|thora|\bcxr|lung|pneumo|tubercul|effusion|cardiomegal|covid",
        "the brain": r"brain|glioma|meningioma|pituitar|intracranial|stroke|alzheimer",
        "CT and MRI of the body": r"\bct\b|abdom|liver|kidney|spleen|pancreas|prostate",
        "bones": r"bone|fracture|knee|wrist|hand x|spine|hip\b|musculoskelet|osteo",
        "mammography": r"mammo|breast",
    },
    "medical/ophthalmology": {
        "fundus photographs": r"fundus|retinopath|glaucoma|\bcfp\b|optic disc",
        "OCT scans": r"\boct\b|coherence|macular|drusen|\bcnv\b|\bdme\b|b-scan",
    },
    "microscopy": {
        "blood and marrow": r"blood|marrow|leuk|lymphocyte|neutrophil|monocyte|eosinophil|ha?emat|myelo|blast\b",
        "tissue": r"h&e|tissue|nuclei of|histolog",
        "electron microscopy": r"electron|organelle|mitochond",
        "fluorescence": r"fluoresc|cell painting|protein|dapi|stain|channel",
    },
}
"""Domain -> part of it -> the words that stand for it."""


def other_part(task: Task, card: ModelCard) -> str:
    """The part of the task's domain that the model was made for, where the task is of another one; else empty."""
    asked = part_of_task(task)
    made_for = part_of_card(card, _root(task.known_domain or ""))
    return made_for if asked and made_for and asked != made_for else ""


def part_of_task(task: Task) -> str:
    """The part that the task's words name; empty if none or several.

    The words of the domain, the description and the classes are read in this order; the first that name one part count.
    """
    root = _root(task.known_domain or "")
    for words in (task.known_domain or "", task.description or "", " ".join(task.class_names)):
        named = _named(root, words.rpartition("/")[2] if "/" in words else words)
        if named:
            return named[0] if len(named) == 1 else ""
    return ""


@lru_cache(maxsize=4096)
def part_of_card(card: ModelCard, root: str) -> str:
    """The one part of the domain `root` that the card's own words name; empty if none or several."""
    if not any(domain == root or domain.startswith(root + "/") for domain in card.domains):
        return ""
    named = _named(root, f"{card.title} {card.summary}")
    return named[0] if len(named) == 1 else ""


def _root(domain: str) -> str:
    return next((root for root in PARTS if domain == root or domain.startswith(root + "/")), "")


def _named(root: str, words: str) -> list[str]:
    return [part for part, pattern in PARTS.get(root, {}).items() if re.search(pattern, words.lower())]
