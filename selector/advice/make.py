"""How a model's make suits the use that is asked of it, where published figures do not say.

Each number is a move of the prior's strength (its unit is one spread between models on a typical task):

    language models     a plain one (masked words, the next token) is made to be tuned, one trained on pairs of texts to
                        be used frozen. No table holds both kinds on one task, and tuned figures say nothing of frozen
                        vectors: where half of the network or more is to be opened, plain encoders come first, else
                        last. Inside its domain a plain one gains TUNED_TEXT: the two models of law lie 1.1 spreads
                        above BERT and RoBERTa of their size on the seven tasks of LexGLUE, tuned.
    strangers           a model made for a field of its own lacks elsewhere what it is worth at home: BiomedCLIP reaches
                        .508 on skin where CLIP reaches .623 and DINOv3 .640 (README of DermFM-Zero, few labels)
    another part        a specialist of one part of a field (`parts`) is a stranger to the other parts
    frozen classifiers  a network of which ImageNet alone and its variants are known, used frozen: ten such networks lie
                        1.2 spreads below what the rest of the evidence expects of them (NeWT, FishNet and FungiCLEF of
                        BioBench, each predicted without itself)
    segmenters          networks made to outline are poor describers of whole pictures: SAM 2 reaches .66 at best where
                        CLIP ViT-B/32 reaches .78 (BioBench, NeWT); of masks to be drawn they are the specialists
    size of pictures    a network of 448 px sees no more in a picture of 32 px than one of 224, at four times the cost,
                        and one of 32 px sees little of a picture of 400
    demonstration       the small model inside the package learned a few toy sets: it is for those alone
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median

from zoo.cards import ImagePreprocess, ModelCard

from ..prior import Estimate
from ..task.task import Task
from .domain_match import OWN_WORTH, Match, domain_worth, is_special
from .parts import other_part
from .strategy import SOME

TUNED_TEXT = 1.1
STRANGER = -2.0
FROZEN_CLASSIFIER = -1.2
SEGMENTS = 1.0
TOO_LARGE, TOO_SMALL = (1.0, 0.25), (2.5, 0.5)
"""(octaves free, strength lost for each octave more) by which an input is larger or smaller than the picture."""
MOST_OCTAVES = 3.0
"""A network whose input is more than eight times larger or smaller than the picture is out of proportion."""
LEAST_SIDE_PX = 32
"""Smaller pictures count as this large: every usual network enlarges them."""
DEMONSTRATED_PX = 128
"""Side of pictures up to which the demonstration speaks of them at all; its own are of 64."""
_LEAST_MEASURED = 3

_PLAIN = re.compile(r"masked language|next-token|replaced-token|language modelling over")


def worth_of(task: Task, card: ModelCard, match: Match, opens: bool) -> float:
    """The move of a model's strength for its domain and make; 0 where the evidence must speak alone.

    Args:
        opens: whether half of the network or more is to be trained.
    """
    worth = domain_worth(task, card, match)
    pictures = task.modality not in ("text", "code")
    top = (task.known_domain or "").partition("/")[0]
    if (pictures and task.known_domain and match == "none" and is_specialist(card)) or (
        pictures and match == "near" and top in ("medical", "microscopy") and is_specialist(card)
    ):
        worth = STRANGER
    elif opens and not pictures and is_plain(card):
        of_field = match == "own" or (task.modality == "code" and "code" in card.domains)
        special = is_special(task.known_domain) or task.modality == "code"
        stranger = is_specialist(card) or task.modality == "code"
        worth = (TUNED_TEXT if special else 0.0) if of_field else -TUNED_TEXT if stranger else 0.0
    if "segment" in card.capabilities and top in OWN_WORTH:
        worth += (
            SEGMENTS if task.kind == "segmentation" and worth > 0 else -SEGMENTS if task.kind != "segmentation" else 0
        )
    return worth - _wasted(task, card)


def suits(task: Task, card: ModelCard, match: Match, opens: bool) -> bool:
    """Whether the model is of the kind that is made for such use; others come after."""
    if task.modality not in ("text", "code"):
        return task.kind != "segmentation" or (match == "own" and "segment" in card.capabilities)
    if task.kind == "retrieval":
        return not is_plain(card)
    if not is_plain(card):
        return not opens
    of_field = match == "own" and is_special(task.known_domain) and (task.typical_labels_per_class or 0) >= SOME
    return (opens or of_field) and "generate" not in card.capabilities


def frozen_classifier(estimate: Estimate) -> float:
    """The move of a network of which only ImageNet and its variants are known, where it is used frozen."""
    alone = estimate.n_groups == 1 and all(row.dataset.startswith("imagenet") for row in estimate.rows)
    frozen = estimate.protocol in ("probe", "knn", "few-shot")
    return FROZEN_CLASSIFIER if alone and estimate.rows and frozen else 0.0


def is_out_of_place(task: Task, card: ModelCard, match: Match, worth: float, opens: bool) -> bool:
    """Whether a model is shown only where nothing better is at hand: a stranger, a demonstration, the wrong make."""
    if is_demonstration(card):
        return match != "own" or not task.image_size_px or task.image_size_px > DEMONSTRATED_PX
    if worth <= STRANGER or abs(_octaves(task, card)) > MOST_OCTAVES:
        return True
    if task.modality in ("text", "code"):
        return not opens and not suits(task, card, match, opens)
    return task.kind == "segmentation" and card.modality == "image-text" and "segment" not in card.capabilities


def is_plain(card: ModelCard) -> bool:
    """Whether a language model was trained on text as it stands, and not for vectors of texts."""
    objective = (card.pretraining.objective or "") if card.pretraining else ""
    return bool(_PLAIN.search(objective))


def is_demonstration(card: ModelCard) -> bool:
    """Whether it is the small model inside the package."""
    return card.source.loader == "bundled"


def held_to_peers(cards: Sequence[ModelCard], matches: Sequence[Match], strengths: Sequence[float],
                  told: Sequence[Estimate]) -> list[float]:  # fmt: skip
    """(n,) how far a specialist of whom nothing is published is held back: to the middle of its measured peers.

    Facts alone (size, family) rank the specialists of a field badly, and they do not know which of them are good.
    """
    peers = [
        strength
        for card, match, strength, e in zip(cards, matches, strengths, told, strict=True)
        if match == "own" and e.rows and is_specialist(card)
    ]
    limit = median(peers) if len(peers) >= _LEAST_MEASURED else math.inf
    return [
        min(0.0, limit - strength) if match == "own" and not e.rows and is_specialist(card) else 0.0
        for card, match, strength, e in zip(cards, matches, strengths, told, strict=True)
    ]


def part_told(task: Task, card: ModelCard) -> str:
    """That a model was made for another part of the task's field, as a warning; empty if not so."""
    part = other_part(task, card)
    return f"it was made for {part}, another part of {task.known_domain}" if part else ""


def is_specialist(card: ModelCard) -> bool:
    """Whether every domain of the model is a field of its own."""
    return bool(card.domains) and all(is_special(domain) for domain in card.domains)


def _wasted(task: Task, card: ModelCard) -> float:
    octaves = _octaves(task, card)
    free, lost = TOO_LARGE if octaves > 0 else TOO_SMALL
    return lost * max(0.0, abs(octaves) - free)


def _octaves(task: Task, card: ModelCard) -> float:
    """How many times the input's side is twice the picture's; 0 where one of them is not known."""
    size = card.preprocess.size_px if isinstance(card.preprocess, ImagePreprocess) else None
    if not size or not task.image_size_px:
        return 0.0
    return math.log2((min(size) if isinstance(size, tuple) else size) / max(task.image_size_px, LEAST_SIDE_PX))
