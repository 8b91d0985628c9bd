"""How one vector is taken from a sequence of token or patch vectors, by the rules that cards name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def pool(hidden: torch.Tensor, rule: str, *, mask: torch.Tensor | None = None, n_prefix: int = 0) -> torch.Tensor:
    """(n, d) from (n, l, d) hidden states.

    Args:
        rule: `cls` takes the first position; `mean` (or `average`) the mean over real positions; `last` the last
            real position, whichever side the padding is on; `cls+mean` puts class token and mean side by side.
        mask: (n, l), 1 for real tokens and 0 for padding; None: all are real.
        n_prefix: class and register tokens in front, which a mean over patches leaves out.

    Raises:
        ValueError: the rule is none of these.
    """
    import torch

    if rule == "cls":
        return hidden[:, 0]
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
    raise ValueError(f"want cls, mean, average, last or cls+mean, got {rule!r}")


def _mean(hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    if mask is None:
        return hidden.mean(dim=1)
    weight = mask.to(hidden.dtype).unsqueeze(-1)  # (n, l, 1)
    return (hidden * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)
