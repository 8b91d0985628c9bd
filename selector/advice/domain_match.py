"""What it is worth that a model was trained in the task's own domain, where published figures do not say.

The tables hold no model of satellites, cells or organisms beside models of photographs, and those of radiology and
pathology only among themselves. So the difference is assumed, in the unit of the prior's strength (one spread between
models), and each number has its rule:

    medical      a CLIP of base size that was trained on medical pictures did as well as the largest CLIP of photographs
                 on 19 medical sets (Woerner and Baumgartner 2024, arXiv:2408.08058): it is worth what lies between
                 CLIP ViT-B/16 and LAION-2B ViT-H/14 in the prior, 1.7 under a probe, and a little more because it
                 led where labels were fewest: taken as 2
    microscopy   as for medical pictures
    biology      as for medical pictures; more was published (BioCLIP 2024, arXiv:2311.18803: 16 to 17 points)
    satellite    RemoteCLIP gains up to 6.4 points over a CLIP of the same size (arXiv:2306.11029), 0.27 logits near
                 0.6, at 0.23 logits a spread 1.2; self-supervised ones gain less (arXiv:2502.10669)
    text         measured: legal and biomedical embedding models stand 0.6 spreads higher in their domain than outside
                 it (six families in the embedding tables), of which half is a gain within and half a loss without

Every move widens the interval by half of itself, the recommendation calls it assumed, and `rank` measures it.
"""

from __future__ import annotations

from typing import Literal

from zoo.cards import ModelCard

from ..task.task import Task
from .bands import takes_bands
from .parts import other_part

Match = Literal["own", "near", "none", "unknown"]
"""own: trained in the task's domain; near: in a sister domain; none: elsewhere."""

OWN_WORTH = {"medical": 2.0, "microscopy": 2.0, "biology": 2.0, "satellite": 1.2}
"""Kind of pictures that photographs of everyday things say little about -> assumed worth of training in it."""
TEXT_DIFFERENCE = 0.6
"""Strength of a special text model inside its domain, less that outside."""


def domain_seen(task: Task, card: ModelCard) -> str | None:
    """The task's domain as this model meets it: of a tile of many bands one that reads colour sees a colour tile."""
    domain = task.known_domain
    return "satellite/rgb" if domain == "satellite/multispectral" and not takes_bands(card) else domain


def domain_match(task: Task, card: ModelCard) -> Match:
    """How near the card's domains are to the task's, by their path in the tree."""
    domain = domain_seen(task, card)
    if domain is None or not card.domains:
        return "unknown"
    for own in card.domains:
        if own == domain or own.startswith(domain + "/") or domain.startswith(own + "/"):
            return "near" if other_part(task, card) else "own"
    top = domain.partition("/")[0]
    return "near" if any(own.partition("/")[0] == top for own in card.domains) else "none"


def domain_worth(task: Task, card: ModelCard, match: Match) -> float:
    """Strength added for the domain; 0 where the evidence must speak alone."""
    domain = task.known_domain or ""
    top = domain.partition("/")[0]
    if match == "own" and top in OWN_WORTH:
        return OWN_WORTH[top]
    if match == "own" and domain.startswith("text/") and is_special(domain):
        return TEXT_DIFFERENCE / 2
    is_stranger = match in ("none", "unknown") and bool(card.domains) and all(map(_is_of_pictures, card.domains))
    if is_stranger:
        return -TEXT_DIFFERENCE
    if match == "near" and top == "text" and all(map(is_special, card.domains)):
        return -TEXT_DIFFERENCE / 2
    return 0.0


def is_special(domain: str | None) -> bool:
    """Whether a domain is one that few models are made for."""
    top, _, leaf = (domain or "").partition("/")
    return top in OWN_WORTH or top == "code" or (top == "text" and leaf not in ("", "general"))


def is_general(card: ModelCard) -> bool:
    """Whether a model was made for no field of its own: photographs of everyday things, texts of any kind, code."""
    return any(domain in ("natural", "text", "text/general", "code") for domain in card.domains)


def is_assumed(task: Task, worth: float) -> bool:
    """Whether a move of the strength rests on other people's words alone, and not on the tables."""
    return worth > 0 and (task.known_domain or "").partition("/")[0] in OWN_WORTH


def _is_of_pictures(domain: str) -> bool:
    return domain.partition("/")[0] in OWN_WORTH
