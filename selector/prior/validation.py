"""Makes the checks of the prior: every group of near-duplicates is predicted by fits that never saw it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .calibration import N_QUANTILES, OWN_FACTORS, TAKEN, TUNINGS, Checks, Tuning, class_of
from .factor_model import Float, posterior
from .fit import fit_columns
from .level import REACH, level_of, metric_of, skill_logit
from .neighbours import blended
from .regret import losses
from .table import Column, Room, chances, trust_in
from .task_features import FAMILIES, TaskTraits, matrix

FOLDS = ((60, 24), (10_000, 10))
"""(groups up to, folds): where groups are few, leaving out a tenth of them would make the checks too gloomy."""

_SEED = 0
_LEAST_MODELS = 5
_MOST_MODELS = 200
"""Models of one column that the expected loss is simulated with; more would only take time."""


@dataclass(frozen=True)
class _Prediction:
    """One held-out column: (n,) logits of skill expected, their spread, own spread and the true metric, of the models
    that have a result; `chance` is the metric that guessing reaches.
    """

    expected: Float
    spread: Float
    own: Float
    truth: Float
    chance: float


def validate(
    name: str,
    names: tuple[str, ...],
    columns: Sequence[Column],
    told: Sequence[TaskTraits],
    values: Float,
    scores: Float,
    x: Float,
) -> Checks:
    """The checks of one room."""
    groups = tuple(sorted({column.group for column in columns}))
    order = np.random.default_rng(_SEED).permutation(len(groups))
    n_folds = min(len(groups), next(folds for most, folds in FOLDS if len(groups) <= most))
    fold = dict(zip(groups, (order % n_folds).tolist(), strict=True))
    of_column = np.array([fold[column.group] for column in columns])
    chance = chances(columns, told)
    predictions: dict[int, list[_Prediction]] = {place: [] for place in range(len(columns))}
    for number in range(n_folds):
        held = np.flatnonzero(of_column == number)
        kept = of_column != number
        for shared in dict.fromkeys(tuning.shared for tuning in TUNINGS):
            full_trust = Tuning(shared, dict.fromkeys(FAMILIES, 1.0))
            room = fit_columns(
                name,
                names,
                tuple(column for column, keep in zip(columns, kept, strict=True) if keep),
                [trait for trait, keep in zip(told, kept, strict=True) if keep],
                values[:, kept],
                scores[:, kept],
                x,
                Checks.none(),
                full_trust,
            )
            for tuning in TUNINGS:
                if tuning.shared == shared:
                    _predict(room, tuning, held, told, values, chance, predictions)
    return _summary(groups, columns, told, predictions)


def _predict(
    room: Room,
    tuning: Tuning,
    held: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]],
    told: Sequence[TaskTraits],
    values: Float,
    chance: Float,
    predictions: dict[int, list[_Prediction]],
) -> None:
    """Append to `predictions` what the room says of each held-out column under one tuning."""
    s = room.strengths.tempered(trust_in(room.vocabulary, tuning))
    room = replace(room, strengths=s)
    flags = room.seen.astype(np.float32)
    means, spreads = posterior(room.residual, flags, room.phi, room.noise, s.covariance, room.x @ s.from_facts.T)
    groups = [column.group for column in room.columns]
    for place in held:
        target = matrix([told[int(place)]], room.vocabulary).astype(np.float32)[0]
        seen = np.flatnonzero(np.isfinite(values[:, place]))
        variance = np.einsum("nkl,k,l->n", spreads[seen], target, target)
        level = level_of(target, room.phi, room.level, s.noise, groups, room.ridge)
        mean = blended(room, target, flags[seen], room.values[seen], means[seen] @ target)
        expected, spread, own = level.logits(mean, variance)
        predictions[int(place)].append(_Prediction(expected, spread, own, values[seen, place], float(chance[place])))


def _summary(
    groups: tuple[str, ...],
    columns: Sequence[Column],
    told: Sequence[TaskTraits],
    predictions: dict[int, list[_Prediction]],
) -> Checks:
    index = {group: number for number, group in enumerate(groups)}
    scores: dict[int, list[list[float]]] = defaultdict(list)
    for place, found in predictions.items():
        if len(found[0].truth) >= _LEAST_MODELS:
            scores[index[columns[place].group]].append([rank_correlation(p.expected, p.truth) for p in found])
    table = np.full((len(groups), len(TUNINGS)), np.nan, dtype=np.float32)
    for number, rows in scores.items():
        table[number] = np.mean(rows, axis=0)
    best = TUNINGS.index(replace(Checks.none(), groups=groups, scores=table).best_tuning())
    by_class: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for place, (column, trait) in enumerate(zip(columns, told, strict=True)):
        by_class[index[column.group], class_of(trait), column.source].append(place)
    misses, realised, printed = [], [], []
    for places in by_class.values():
        held = [predictions[place][best] for place in places]
        ratio = np.concatenate([np.abs(skill_logit(p.truth, p.chance) - p.expected) / (REACH * p.spread) for p in held])
        misses.append(np.quantile(ratio, np.linspace(0, 1, N_QUANTILES)))
        loss = np.mean([_losses(p) for p in held], axis=0)
        realised.append(loss[:, 0])
        printed.append(loss[:, 1:])
    return Checks(
        groups,
        table,
        np.array([number for number, _, _ in by_class], dtype=np.int64),
        tuple(kind for _, kind, _ in by_class),
        tuple(source for _, _, source in by_class),
        np.array([len(places) for places in by_class.values()], dtype=np.float32),
        np.array(misses, dtype=np.float32),
        np.array(realised, dtype=np.float32),
        np.array(printed, dtype=np.float32),
    )


def _losses(prediction: _Prediction) -> Float:
    """(len(TAKEN), 1 + len(OWN_FACTORS)) what the best of so many lost, and the loss expected of it at each factor."""
    order = np.argsort(-prediction.expected, kind="stable")[:_MOST_MODELS]
    truth, expected = prediction.truth[order], metric_of(prediction.expected[order], prediction.chance)
    realised = np.array([[truth.max() - truth[:n].max()] for n in TAKEN])
    return np.hstack([realised, losses(expected, prediction.own[order], OWN_FACTORS, TAKEN)])


def rank_correlation(a: Float, b: Float) -> float:
    """Spearman's rank correlation; 0 where one of them is constant."""
    ranks = [np.unique(values, return_inverse=True)[1].astype(float) for values in (a, b)]
    left, right = (rank - rank.mean() for rank in ranks)
    norm = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum()) / norm if norm else 0.0
