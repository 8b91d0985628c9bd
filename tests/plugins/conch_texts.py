"""Token ids as CONCH's tokenizer lays them out, for its golden file and its tests."""

from __future__ import annotations

import torch

NAMES = ("long", "short", "empty")


def texts() -> torch.Tensor:
    """(3, 128) ids: a text that fills 127 columns, a short one and none; the last column is a placeholder."""
    ids = torch.zeros(len(NAMES), 128, dtype=torch.long)
    ids[:, 0] = 1
    for row, n_words in zip(ids, (125, 5, 0), strict=True):
        row[1 : 1 + n_words] = 7 + torch.arange(n_words) * 251
        row[1 + n_words] = 2
    return ids
