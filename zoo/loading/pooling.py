"""How one vector is taken from a sequence of token or patch vectors, by the rules that cards name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


RULES = ("cls", "mean", "average", "last", "cls+mean", "max", "mean-sqrt-length", "weighted-mean")


def pool(
    hidden: torch.Tensor, rule: str, *, mask: torch.Tensor | None = None, n_prefix: int = 0, n_left_out: int = 0
) -> torch.Tensor:
    """(n, d) from (n, l, d) hidden states.

    Args:
        rule: `cls` takes the first and `last` the last real position, whichever side the padding is on; `mean` (or
            `average`) the mean over real positions, `mean-sqrt-length` their sum divided by the square root of their
            number, `weighted-mean` a mean in which the k-th position counts k times; `max` the greatest value of each
            dimension; `cls+mean` puts class token and mean side by side.
        mask: (n, l), 1 for real tokens and 0 for padding; None: all are real.
        n_prefix: class and register tokens in front, which a mean over patches leaves out.
        n_left_out: real tokens in front that take no part, such as a prompt's.

    Source:
        sentence-transformers 6, modules/pooling.py (the rules for texts).

    Raises:
        ValueError: the rule is none of these.
    """
    import torch

    every = mask
    if n_left_out:
        mask = _without_first(mask if mask is not None else hidden.new_ones(hidden.shape[:2]).long(), n_left_out)
    if rule == "cls":
        if mask is None:
            return hidden[:, 0]
        return hidden[torch.arange(len(hidden), device=hidden.device), mask.int().argmax(dim=1)]
    if rule == "max":
        if mask is not None:
            hidden = hidden.masked_fill(mask.unsqueeze(-1) == 0, float("-inf"))
        return hidden.max(dim=1).values
    if rule == "mean-sqrt-length":
        weight = _weights(hidden, mask)
        return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9).sqrt()
    if rule == "weighted-mean":
        weight = _weights(hidden, mask)
        positions = torch.arange(1, hidden.shape[1] + 1, device=hidden.device)[None, :]
        if every is not None:
            positions = positions - every.int().argmax(dim=1, keepdim=True)
        weight = weight * positions.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)
    if rule in ("mean", "average"):
        return _mean(hidden[:, n_prefix:], None if mask is None else mask[:, n_prefix:])
    if rule == "cls+mean":
        patches = _mean(hidden[:, max(n_prefix, 1) :], None if mask is None else mask[:, max(n_prefix, 1) :])
        return torch.cat([hidden[:, 0], patches], dim=-1)
    if rule == "last":
        if mask is None:
            return hidden[:, -1]
        positions = torch.arange(mask.shape[1], device=mask.device)
        last = (mask.long() * (positions + 1)).argmax(dim=1)
        return hidden[torch.arange(len(hidden), device=hidden.device), last]
    raise ValueError(f"want one of {', '.join(RULES)}, got {rule!r}")


def _mean(hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    if mask is None:
        return hidden.mean(dim=1)
    weight = _weights(hidden, mask)
    return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)


def _weights(hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(n, l, 1) of ones and zeros."""
    if mask is None:
        return hidden.new_ones((*hidden.shape[:2], 1))
    return mask.to(hidden.dtype).unsqueeze(-1)


def _without_first(mask: torch.Tensor, n: int) -> torch.Tensor:
    """The mask without the first `n` real positions of each row."""
    return mask * (mask.long().cumsum(dim=1) > n).to(mask.dtype)
