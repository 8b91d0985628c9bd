"""The expected loss of trusting a ranking: how much better the best candidate may be than the one that is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .level import logit, share
from .model import Float

N_DRAWS = 400
_SEED = 0


def expected_loss(expected: Float, own_spread: Float, n_taken: int = 1) -> float:
    """Metric lost, on average, by taking the best of the first `n_taken` of a ranking instead of the best of all.

    Each candidate's result is drawn around its expected logit by its own spread; what all share (how hard the task
    is) cancels.

    Args:
        expected: (n,) expected metric in [0, 1], in the order of the ranking.
        own_spread: (n,) standard deviation of the logit that is the candidate's own.

    >>> expected_loss(np.array([0.9, 0.5]), np.array([0.0, 0.0]))
    0.0
    """
    draws = np.random.default_rng(_SEED).standard_normal((N_DRAWS, len(expected)), dtype=np.float32)
    results = share(logit(expected) + draws * own_spread.astype(np.float32))
    return float((results.max(axis=1) - results[:, :n_taken].max(axis=1)).mean())


def losses(expected: Float, own_spread: Float, factors: Sequence[float]) -> list[float]:
    """`expected_loss` of the first of the ranking with the spread multiplied by each factor."""
    return [expected_loss(expected, own_spread * factor) for factor in factors]
