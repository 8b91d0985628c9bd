"""Class names that a model cannot tell apart, or does not know: told before anybody trusts their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zoo.errors import ZooError

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

_RUNES = "\u16a0\u16df"
"""Signs that stand in no vocabulary of words: a tokenizer makes its token for the unknown of them, or bytes."""
_ALIKE = 1 - 1e-6
"""Cosine from which on two rows are one but for rounding."""
_MOST = 20_000
"""Labels whose pairs are compared; more would take gigabytes."""


def doubts(encoder: Encoder, labels: Sequence[str], rows: torch.Tensor) -> list[str]:
    """Sentences on labels that the tokenizer does not know, and on labels with one and the same vector.

    Args:
        rows: (c, d) unit rows of the labels.
    """
    model, told = encoder.card.id, []
    unknown = _unknown(encoder, labels)
    if unknown:
        told.append(
            f"{model} does not know {_some(unknown)}: unknown words score by chance, so use words that it knows"
        )
    pairs = _alike(rows)
    if pairs:
        first, second = (repr(labels[k]) for k in pairs[0])
        more = f" and {len(pairs) - 1} more pairs" if len(pairs) > 1 else ""
        told.append(f"{model} cannot tell {first} from {second}{more}: one and the same vector")
    return told


def _alike(rows: torch.Tensor) -> list[list[int]]:
    """Pairs of rows that are one but for rounding."""
    if len(rows) > _MOST:
        return []
    pairs: list[list[int]] = ((rows @ rows.T).triu(diagonal=1) > _ALIKE).nonzero().tolist()
    return pairs


def _unknown(encoder: Encoder, labels: Sequence[str]) -> list[str]:
    """Labels with the token for unknown words, or of which nothing is left."""
    try:
        runes, bare = (set(encoder.tokenize([text])["input_ids"][0].tolist()) for text in (_RUNES, ""))
        marks = runes - bare
        mark = marks if len(marks) == 1 else set()
        ids = encoder.tokenize(list(labels))["input_ids"]
    except (ZooError, ValueError, IndexError, KeyError):  # a tokenizer that takes no empty text, or none at all
        return []
    told = zip(labels, (set(row.tolist()) - bare for row in ids), strict=True)
    return [label for label, own in told if not own or own & mark]


def _some(labels: Sequence[str]) -> str:
    told = ", ".join(map(repr, labels[:3]))
    return told if len(labels) <= 3 else f"{told} and {len(labels) - 3} more labels"
