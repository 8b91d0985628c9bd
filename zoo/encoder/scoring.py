"""How a model scores a picture against a text, by its card and its weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zoo.cards import ModelCard
from zoo.errors import CapabilityError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Scoring:
    """How similarity becomes a score: `scale * cosine + bias`, then softmax over classes or a sigmoid each."""

    rule: Literal["softmax", "sigmoid"]
    scale: float
    bias: float | None


def scoring_of(card: ModelCard, module: torch.nn.Module, *, pretrained: bool, others: Callable[[], str]) -> Scoring:
    """The card's numbers for trained weights; random weights have their own, in `logit_scale` and `logit_bias`.

    Args:
        others: gives names of models that can, for the message.

    Raises:
        CapabilityError: it is no zero-shot model, or nothing tells its scale.
    """
    stated = card.zero_shot
    scale, bias = getattr(module, "logit_scale", None), getattr(module, "logit_bias", None)
    if stated is None and scale is None:
        raise CapabilityError(
            f"{card.id} cannot score pictures against texts.",
            f"Models that can: {others()}.",
        )
    own_scale = None if scale is None else float(scale.detach().float().exp().reshape(-1)[0])
    own_bias = None if bias is None else float(bias.detach().float().reshape(-1)[0])
    if stated is None:
        return Scoring("softmax" if own_bias is None else "sigmoid", own_scale or 1.0, own_bias)
    use_card = pretrained and stated.logit_scale is not None
    chosen = stated.logit_scale if use_card or own_scale is None else own_scale
    if chosen is None:
        raise CapabilityError(f"neither card nor weights of {card.id} hold its logit scale.", "Mend the card.")
    use_card = pretrained and stated.logit_bias is not None
    return Scoring(stated.scoring, chosen, stated.logit_bias if use_card or own_bias is None else own_bias)
