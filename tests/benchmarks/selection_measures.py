"""Measures of a ranking against the truth, and the paired bootstrap between two rankings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating]
NAMES = ("R5", "tau5", "tau", "wtau", "regret1", "regret5")
LESS_IS_BETTER = frozenset({"regret1", "regret5"})
LEAST_GROUPS = 3
"""Groups of near-duplicates without which redrawing them says nothing of chance."""


def measures(ranking: Float, truth: Float) -> Float:
    """(6,) of `NAMES`: overlap of the first five; Kendall's tau on those that both lists have there; tau and weighted
    tau of the full list; and what the first, and the best of the first five, lose to the best of all, in points."""
    ranked, best = np.argsort(-ranking, kind="stable")[:5], np.argsort(-truth, kind="stable")[:5]
    common = np.array([model for model in ranked if model in set(best.tolist())], dtype=int)
    near = kendall(ranking[common], truth[common]) if len(common) > 1 else 0.0
    lost = [truth.max() - truth[ranked[0]], truth.max() - truth[ranked].max()]
    overlap = len(common) / min(5, len(truth))
    return np.array([overlap, near, kendall(ranking, truth), weighted(ranking, truth), 100 * lost[0], 100 * lost[1]])


def kendall(a: Float, b: Float) -> float:
    """Kendall's tau-b; 0 where one of them is constant."""
    i, j = np.triu_indices(len(a), 1)
    left, right = np.sign(a[i] - a[j]), np.sign(b[i] - b[j])
    norm = np.sqrt(float((left != 0).sum()) * float((right != 0).sum()))
    return float((left * right).sum() / norm) if norm else 0.0


def weighted(a: Float, b: Float) -> float:
    """Vigna's weighted tau with hyperbolic weights, the mean of both orders, as scipy computes it."""
    from scipy.stats import weightedtau

    found = weightedtau(a, b).statistic
    return float(found) if np.isfinite(found) else 0.0


def bootstrap(ours: Float, theirs: Float, groups: list[str], n_draws: int = 1000) -> tuple[float, float, float]:
    """Mean difference of two methods over data sets, and its 95 % interval when groups of data sets are redrawn."""
    (total, count), drawn = _by_group((ours - theirs, np.ones(len(ours))), groups, n_draws)
    low, high = np.quantile(total[drawn].sum(1) / count[drawn].sum(1), [0.025, 0.975])
    return float((ours - theirs).mean()), float(low), float(high)


def ratio(ours: Float, theirs: Float, groups: list[str], n_draws: int = 1000) -> tuple[float, float, float]:
    """Sum of one method's losses over another's, and its 95 % interval when groups of data sets are redrawn."""
    (left, right), drawn = _by_group((ours, theirs), groups, n_draws)
    low, high = np.quantile(left[drawn].sum(1) / np.maximum(right[drawn].sum(1), 1e-9), [0.025, 0.975])
    return float(left.sum() / max(right.sum(), 1e-9)), float(low), float(high)


def _by_group(rows: tuple[Float, ...], groups: list[str], n_draws: int) -> tuple[list[Float], NDArray[np.int64]]:
    """Sums of each row over the data sets of a group, and (n_draws, g) groups redrawn."""
    names, place = np.unique(groups, return_inverse=True)
    drawn = np.random.default_rng(0).integers(0, len(names), (n_draws, len(names)))
    return [np.bincount(place, weights=row) for row in rows], drawn
