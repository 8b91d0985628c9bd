"""What training asks of the two towers: captions and pictures find each other, and questions find their answer.

Source:
    Yang et al. 2022, arXiv:2204.03610 (UniCL: several right captions to a picture, and the reverse); here a caption
    is right if all that it says holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.embedded.training.captions import Caption, facts_vocabulary

if TYPE_CHECKING:
    import torch


def fits(pictures: Sequence[frozenset[str]], captions: Sequence[Caption]) -> torch.Tensor:
    """(pictures, captions) bool: whether all that the caption asserts is true of the picture."""
    import torch

    column = {fact: index for index, fact in enumerate(facts_vocabulary())}
    true = np.zeros((len(pictures), len(column)), dtype=np.float32)
    said = np.zeros((len(captions), len(column)), dtype=np.float32)
    for row, facts in enumerate(pictures):
        true[row, [column[fact] for fact in facts]] = 1
    for row, (_, facts) in enumerate(captions):
        said[row, [column[fact] for fact in facts]] = 1
    return torch.from_numpy(true @ said.T == said.sum(axis=1))


def contrastive_loss(logits: torch.Tensor, match: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of both directions, each row's weight shared evenly by its matches.

    Args:
        logits: pictures by captions.
        match: the same shape, bool; each caption has a picture, a picture without a caption counts in one direction.
    """
    target = match.to(logits.dtype)
    known = target[match.any(1)]
    images = -(known / known.sum(1, keepdim=True) * logits[match.any(1)].log_softmax(1)).sum(1).mean()
    texts = -(target / target.sum(0, keepdim=True) * logits.log_softmax(0)).sum(0).mean()
    return (images + texts) / 2


def answering_loss(
    logits: torch.Tensor, pictures: Sequence[frozenset[str]], questions: Sequence[Sequence[Caption]]
) -> torch.Tensor:
    """Mean over the pictures of the cross-entropy of every question that has just one right answer for them.

    "Which digit is it?" among ten captions is harder than to tell a digit from a blood cell, which is most of what
    a mixed batch asks.

    Args:
        logits: (pictures, answers) with the answers of all questions side by side.
        pictures: facts of each picture.
        questions: for each, its possible answers.
    """
    import torch

    total = logits.new_zeros(())
    start = 0
    for answers in questions:
        match = fits(pictures, answers)
        rows = match.sum(1) == 1
        if rows.any():
            asked = logits[rows, start : start + len(answers)]
            total = total + torch.nn.functional.cross_entropy(asked, match[rows].int().argmax(1), reduction="sum")
        start += len(answers)
    return total / len(pictures)
