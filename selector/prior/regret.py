"""The expected loss of trusting a ranking: how much better the best candidate may be than the one that is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .factor_model import Float
from .level import logit, share
from .posterior import SHARED_PARTS

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


_MOST_CONSIDERED = 40
"""Leaders of a long ranking that a list is chosen of."""

_N_DRAWS = 800

_SEED = 0


def n_leaders(n_ranked: int, n_taken: int) -> int:
    """Of how many leaders a list is chosen: the upper half of the ranking, where that is no crowd.

    >>> n_leaders(12, 3), n_leaders(12, 10), n_leaders(300, 5)
    (6, 10, 40)
    """
    return min(_MOST_CONSIDERED, n_ranked, max(n_taken, (n_ranked + 1) // 2))


def shortlist(expected: Float, own_spread: Float, likeness: NDArray[np.floating], n: int) -> list[int]:
    """Places of at most `n` candidates to measure: the first of the ranking, then whatever adds most to those taken.

    Args:
        expected: (m,) metric expected in [0, 1], in the order of the ranking.
        own_spread: (m,) standard deviation of the logit that is the candidate's own.
        likeness: (m, m) how alike the models have been, 1 on the diagonal, positive semi-definite.

    >>> twins = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    >>> shortlist(np.array([0.8, 0.79, 0.78]), np.array([0.3, 0.3, 0.3]), twins, 2)
    [0, 2]
    """
    draws = _results(expected, own_spread, likeness)
    taken = [0] if len(expected) else []
    best = draws[:, 0].copy() if taken else np.zeros(0, dtype=np.float32)
    while len(taken) < min(n, len(expected)):
        with_it = np.maximum(draws, best[:, None]).mean(axis=0)
        with_it[taken] = -1
        taken.append(int(with_it.argmax()))
        best = np.maximum(best, draws[:, taken[-1]])
    return taken


def _results(expected: Float, own_spread: Float, likeness: NDArray[np.floating]) -> Float:
    """(draws, m) metrics that the candidates may reach together, as many draws for each of `SHARED_PARTS`."""
    rng = np.random.default_rng(_SEED)
    parts = []
    for part in SHARED_PARTS:
        root = np.linalg.cholesky((1 - part) * np.eye(len(expected)) + part * likeness)
        drawn = rng.standard_normal((_N_DRAWS // len(SHARED_PARTS), len(expected))) @ root.T
        parts.append(share((logit(expected) + drawn * own_spread).astype(np.float32)))
    return np.concatenate(parts)
