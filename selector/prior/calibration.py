"""What the prior learned by predicting data sets that it had not read: its tuning, and how wide intervals must be.

Groups of near-duplicates are dealt into folds; each fold is predicted by a fit that never saw it. The outcome is kept
a group at a time, so that leaving a data set out leaves out what its own check taught as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np
from numpy.typing import NDArray

from .factor_model import Float
from .level import COVERAGE
from .task_features import TaskTraits

OWN_FACTORS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Factors on a candidate's own spread at which the checks note the expected loss."""

TAKEN = (1, 5)
"""Of how many first of the ranking the best is taken where the checks note a loss."""

N_QUANTILES = 21
_LEAST_WEIGHT = 0.02
_VOTES_OF_THE_WIDER = 0.5
"""How many groups' votes the next wider class of task has in the factors of a class."""

_MOST_OF_ONE_GROUP, _N_ROUNDS = 0.1, 8
_LEAST_FACTOR = 1e-3
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Tuning:
    """`shared`: part of a column's noise that its near-duplicates repeat; `trust` in each family of features."""

    shared: float
    trust: dict[str, float]


def _tuning(shared: float, domain: float, detail: float) -> Tuning:
    return Tuning(shared, {"task": 1.0, "kind": 1.0, "domain": domain, "detail": detail})


TUNINGS = tuple(
    _tuning(shared, domain, detail) for shared in (0.0, 0.25) for domain, detail in ((1.0, 1.0), (0.3, 0.1), (0.1, 0.1))
)


@dataclass(frozen=True)
class Checks:
    """Outcomes of the checks; one row of the last seven a (group, class of task, source).

    Attributes:
        groups: names of the groups of near-duplicates.
        scores: (g, t) mean rank correlation with the truth under each of `TUNINGS`; NaN where nothing could be ranked.
        group: (r,) index into `groups`.
        kind: r names of classes of tasks (`class_of`).
        source: r names of the source whose results were predicted.
        size: (r,) number of columns; an interval counts a row as its square root, between a vote a group and a column.
        misses: (r, N_QUANTILES) quantiles of |error| in units of the 80 % interval.
        realised: (r, len(TAKEN)) metric lost by the best of the first of the ranking.
        printed: (r, len(TAKEN), len(OWN_FACTORS)) the loss expected beforehand, at each factor.
    """

    groups: tuple[str, ...]
    scores: Float
    group: NDArray[np.int64]
    kind: tuple[str, ...]
    source: tuple[str, ...]
    size: Float
    misses: Float
    realised: Float
    printed: Float

    @classmethod
    def none(cls) -> Checks:
        """No check was made: the first tuning, intervals as the model has them."""
        empty = np.zeros((0,), dtype=np.float32)
        return cls(
            (),
            np.zeros((0, len(TUNINGS)), np.float32),
            np.zeros((0,), np.int64),
            (),
            (),
            empty,
            np.zeros((0, N_QUANTILES), np.float32),
            np.zeros((0, len(TAKEN)), np.float32),
            np.zeros((0, len(TAKEN), len(OWN_FACTORS)), np.float32),
        )

    def without(self, groups: frozenset[str]) -> Checks:
        """The checks as if these groups had not been part of them."""
        keep = np.array([group not in groups for group in self.groups], dtype=bool)
        rows = keep[self.group] if len(self.group) else np.zeros(0, dtype=bool)
        place = np.cumsum(keep) - 1
        return Checks(
            tuple(group for group, kept in zip(self.groups, keep, strict=True) if kept),
            self.scores[keep],
            place[self.group[rows]],
            tuple(kind for kind, kept in zip(self.kind, rows, strict=True) if kept),
            tuple(source for source, kept in zip(self.source, rows, strict=True) if kept),
            self.size[rows],
            self.misses[rows],
            self.realised[rows],
            self.printed[rows],
        )

    def best_tuning(self) -> Tuning:
        """The tuning whose rankings agreed best with the truth, a group of near-duplicates counting once."""
        heard = self.scores[np.isfinite(self.scores).all(axis=1)] if len(self.scores) else self.scores
        return TUNINGS[int(heard.mean(axis=0).argmax())] if len(heard) else TUNINGS[0]

    def interval_factor(self, kind: str, weights: Mapping[str, float]) -> float:
        """By how much to widen an interval so that it covers its share of held-out results of this class of task.

        Args:
            weights: source -> how much its results say of the models asked about; a source not named counts little.
        """
        return self._narrowed(kind, self._of_sources(weights) * np.sqrt(self.size), self._wide_enough)

    def own_factor(self, kind: str, weights: Mapping[str, float], n_taken: int = 1) -> float:
        """By how much to stretch a candidate's own spread so that the expected loss was the realised one.

        Args:
            n_taken: one of `TAKEN`.
        """
        return self._narrowed(kind, self._of_sources(weights), partial(self._as_lossy, TAKEN.index(n_taken)))

    def _narrowed(self, kind: str, weight: Float, factor: Callable[[Rows, Float], float]) -> float:
        """The factor of a class of task, each class drawn to the wider one in so far as it has few votes."""
        found = 1.0
        for place, key in enumerate((None, *reversed(widening(kind)))):
            rows = np.ones(len(self.group), dtype=bool) if key is None else self._by_prefix(key)
            if not rows.any():
                break
            even = _evened(weight[rows], self.group[rows])
            votes = _votes(even, self.group[rows])
            own = votes / (votes + _VOTES_OF_THE_WIDER) if place else 1.0
            found = max(factor(rows, even), _LEAST_FACTOR) ** own * found ** (1 - own)
        return found

    def _wide_enough(self, rows: Rows, weight: Float) -> float:
        votes = _votes(weight, self.group[rows])
        misses, share = self.misses[rows].ravel(), np.repeat(weight, N_QUANTILES)
        order = np.argsort(misses)
        wanted = min(1.0, COVERAGE * (1 + 0.5 / votes))  # a quantile of few checks covers less than its share
        return float(np.interp(wanted, (np.cumsum(share[order]) - share[order] / 2) / share.sum(), misses[order]))

    def _as_lossy(self, place: int, rows: Rows, weight: Float) -> float:
        realised = float(np.average(self.realised[rows, place], weights=weight))
        printed = np.average(self.printed[rows, place], axis=0, weights=weight)
        return float(np.interp(realised, np.maximum.accumulate(printed), OWN_FACTORS))

    def _of_sources(self, weights: Mapping[str, float]) -> Float:
        """(r,) how much each row counts by its source."""
        return np.array([weights.get(source, 0.0) + _LEAST_WEIGHT for source in self.source], dtype=np.float32)

    def _by_prefix(self, key: str) -> Rows:
        return self._prefixes[key] if key in self._prefixes else np.zeros(len(self.group), dtype=bool)

    @cached_property
    def _prefixes(self) -> dict[str, Rows]:
        keys = {key for kind in self.kind for key in widening(kind)}
        return {key: np.array([key in widening(kind) for kind in self.kind], dtype=bool) for key in keys}


def _votes(weight: Float, group: NDArray[np.int64]) -> float:
    """How many equal groups would say as much as these, of (r,) weights of rows and the group of each."""
    by_group = np.bincount(group, weights=weight)
    return float(by_group.sum() ** 2 / (by_group**2).sum())


def _evened(weight: Float, group: NDArray[np.int64]) -> Float:
    """(r,) weights with no group heavier than its share, so that one odd group does not speak for a class."""
    for _ in range(_N_ROUNDS):
        by_group = np.bincount(group, weights=weight)
        limit = _MOST_OF_ONE_GROUP * by_group.sum()
        if by_group.max() <= limit:
            break
        weight = weight * np.minimum(1, limit / np.maximum(by_group, 1e-9))[group]
    return weight


def class_of(traits: TaskTraits) -> str:
    """Name of a class of tasks, most general part first.

    A text's class goes on with whether it is English, where more models have been tried and more is lost by a wrong
    choice, and its leading domain; pictures have too few data sets a domain for the checks of one domain to say
    anything. Tuning ends in how many labels there are.
    """
    parts = [traits.protocol, traits.modality, traits.kind]
    if traits.modality == "text":
        parts.append("english" if traits.language in ("", "eng") else "other language")
    if traits.modality != "image":
        parts += traits.domains[:1]
    if traits.protocol == "fine-tune":
        parts.append("few labels" if traits.few_labels else "many labels")
    return "/".join(parts)


@cache
def widening(kind: str) -> Sequence[str]:
    """The class and the wider ones that it belongs to, narrowest first.

    >>> widening("probe/image/classification")
    ('probe/image/classification', 'probe/image', 'probe')
    """
    steps = kind.split("/")
    return tuple("/".join(steps[:depth]) for depth in range(len(steps), 0, -1))
