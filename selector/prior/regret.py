"""The expected loss of trusting a ranking: how much better the best candidate may be than the one that is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .factor_model import Float
from .level import logit, share

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
    return float(losses(expected, own_spread, (1.0,), (n_taken,))[0, 0])


def losses(expected: Float, own_spread: Float, factors: Sequence[float], taken: Sequence[int]) -> Float:
    """(len(taken), len(factors)) `expected_loss` for each number taken, with the spread multiplied by each factor."""
    draws = np.random.default_rng(_SEED).standard_normal((N_DRAWS, len(expected)), dtype=np.float32)
    draws *= own_spread.astype(np.float32)
    found = np.empty((len(taken), len(factors)), dtype=np.float32)
    for at, factor in enumerate(factors):
        results = share(logit(expected) + factor * draws)
        best = results.max(axis=1)
        found[:, at] = [(best - results[:, :n].max(axis=1)).mean() for n in taken]
    return found
