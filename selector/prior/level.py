"""From hidden strength to metric: how high results on a task lie, and how far apart models are.

A strength says how much better a model is than others, in units of the spread of models on a task. What that is in
accuracy depends on the task: each column of the evidence has an intercept and a slope of logit(skill) over strength,
and those of a new task are predicted from its features by ridge regression over the columns. Skill is the part of a
metric above what guessing reaches: 0.6 in two classes is hardly better than 0.2 in ten.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from .factor_model import Float

COVERAGE = 0.8
"""Share of held-out results that the intervals are made to cover."""

REACH = NormalDist().inv_cdf(0.5 + COVERAGE / 2)
_EDGE, _EDGE_OF_SKILL = 0.005, 0.02
_BELOW_CHANCE = 0.1
"""By which share of chance a model without skill may fall short of it."""

_GUESSED = ("acc1", "accuracy", "mean_per_class_recall", "balanced_accuracy")
_LEAST_SLOPE = 0.02


@dataclass(frozen=True)
class Level:
    """What to expect of a task: `intercept` and `log_slope` with their variances, `noise` of one result (in scores)."""

    intercept: float
    log_slope: float
    intercept_variance: float
    log_slope_variance: float
    noise: float

    @property
    def slope(self) -> float:
        return float(np.exp(self.log_slope))

    def logits(self, mean: Float, variance: Float) -> tuple[Float, Float, Float]:
        """(n,) expected logit of the skill, its standard deviation, and the part that is a model's own.

        Args:
            mean: (n,) strengths.
            variance: (n,) their variances.
        """
        own = self.slope**2 * (variance + self.noise)
        total = self.intercept_variance + own + self.slope**2 * self.log_slope_variance * mean**2
        return self.intercept + self.slope * mean, np.sqrt(total), np.sqrt(own)


def fit_levels(values: Float, footing: Float, chance: Float) -> Float:
    """(d, 2) intercept and log slope of logit(skill) over the score on the common footing, a column at a time.

    Args:
        values: (n, d) metric, NaN where there is no result.
        footing: (n, d) scores on the common footing, NaN at the same places.
        chance: (d,) metric that guessing reaches.
    """
    found = np.zeros((values.shape[1], 2), dtype=np.float32)
    for place in range(values.shape[1]):
        seen = np.isfinite(values[:, place])
        score, height = footing[seen, place], skill_logit(values[seen, place], chance[place])
        centred = score - score.mean()
        slope = max(float((centred * (height - height.mean())).sum() / ((centred**2).sum() + 1e-3)), _LEAST_SLOPE)
        found[place] = height.mean() - slope * score.mean(), np.log(slope)
    return found


def level_of(target: Float, phi: Float, level: Float, noise: Float, groups: list[str], ridge: Float) -> Level:
    """The level of a task with features `target` (k,), from columns with `phi` (d, k), `level` (d, 2) and `noise` (d,).

    Columns of one group of near-duplicates count as one; `ridge` (k,) says how much it takes to believe that a feature
    makes tasks easier or harder.
    """
    size = Counter(groups)
    weight = np.array([1 / size[group] for group in groups], dtype=np.float32)
    weighted = phi * weight[:, None]
    centre = (weight @ level) / weight.sum()
    gram = phi.T @ weighted + np.diag(ridge)
    told = np.linalg.solve(gram, weighted.T @ (level - centre))
    miss = level - centre - phi @ told
    likeness = (phi @ target) / (np.linalg.norm(phi, axis=1) * np.linalg.norm(target) + 1e-9)
    alike = weight * np.maximum(0.02, likeness**4 * (likeness > 0))
    variance = (alike[:, None] * miss**2).sum(0) / alike.sum()
    intercept, log_slope = centre + target @ told
    return Level(
        float(intercept),
        float(log_slope),
        float(variance[0]),
        float(variance[1]),
        float(np.average(noise, weights=alike)),
    )


def chance_of(metric: str, n_classes: int | None, kind: str) -> float:
    """The metric that guessing reaches; 0 where it is not known.

    >>> chance_of("accuracy", 4, "classification"), chance_of("accuracy", 4, "multilabel")
    (0.25, 0.0)
    >>> chance_of("auroc", 14, "multilabel")
    0.5
    """
    if metric == "auroc":
        return 0.5
    known = kind == "classification" and metric in _GUESSED
    return 1 / n_classes if known and n_classes and n_classes > 1 else 0.0


def skill_logit(value: Float, chance: float) -> Float:
    """logit of the part of a metric above chance, finite at and below chance."""
    skill = np.clip((value - chance) / (1 - chance), _EDGE_OF_SKILL if chance else _EDGE, 1 - _EDGE)
    return np.asarray(np.log(skill / (1 - skill)), dtype=np.float32)


def metric_of(height: Float, chance: float) -> Float:
    """The inverse of `skill_logit`; without skill down to nine tenths of chance."""
    skill = share(height)
    short = _BELOW_CHANCE * chance * np.maximum(0, 1 - skill / _EDGE_OF_SKILL)
    return np.asarray(chance + (1 - chance) * skill - short)


def logit(share: Float) -> Float:
    """log(p / (1 - p)), finite at 0 and 1."""
    clipped = np.clip(share, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float32)


def share(height: Float) -> Float:
    """The inverse of `logit`, in [0, 1]."""
    return np.asarray(1 / (1 + np.exp(-height)))
