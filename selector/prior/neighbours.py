"""What models did on similar tasks: a plain mean of metrics, which answers half of every question.

The model of `model` weighs every result by what it learned of all tasks. Two things escape it: a small table does not
carry what it weighs, and ranks hide that a model may win a little on most tasks and lose a lot on some. A mean of
metrics over columns of the same kind and protocol, the more similar the heavier, sees both and misses the rest. Equal
parts of the two beat either, and weights learned from the checks did no better than equal ones.
"""

from __future__ import annotations

from statistics import median

import numpy as np

from .factor_model import Flags, Float
from .level import share
from .table import Room
from .task_features import family

_SHARPNESS = 6
_LEAST_LIKENESS = 0.01
_LEAST_COMPARED = 3
"""Candidates with a result that a column needs to say anything of their order."""

_PULL = 0.5
_N_ROUNDS = 6
_SAME = 1e-2


def blended(room: Room, target: Float, flags: Float, value: Float, mean: Float) -> Float:
    """(n,) strengths of candidates: equal parts of the model's and of a mean over similar tasks.

    A candidate without results on such tasks keeps the model's.

    Args:
        room: the evidence.
        target: (k,) features of the task.
        flags: (n, d) 1 where a candidate has a result.
        value: (n, d) metrics; whatever stands where there is none is not read.
        mean: (n,) strengths by the model.
    """
    told = _same_kind(room, target) & (flags.sum(axis=0) >= _LEAST_COMPARED)
    if not told.any():
        return mean
    phi, flags = room.phi[told], flags[:, told]
    alike = np.maximum((phi @ target) / (np.linalg.norm(phi, axis=1) * np.linalg.norm(target) + 1e-9), _LEAST_LIKENESS)
    # Columns that compare few of the candidates say little of their order, and near-duplicates repeat each other.
    weight = alike**_SHARPNESS * flags.mean(axis=0) ** 2 / np.sqrt(room.sharing[told])
    height = share(room.level[told, 0])
    slope = (1 - room.chance[told]) * height * (1 - height) * np.exp(room.level[told, 1])
    found = _two_way_mean(np.where(flags > 0, value[:, told], 0), flags, weight, mean, slope)
    return np.asarray((mean + found) / 2, dtype=np.float32)


def _same_kind(room: Room, target: Float) -> Flags:
    """(d,) whether a column agrees with the task in kind, protocol and modality."""
    told = np.array([family(word) == "kind" for word in room.vocabulary], dtype=bool)
    return np.asarray((np.abs(room.phi[:, told] - target[told]) < _SAME).all(axis=1))


def _two_way_mean(
    value: Float, flags: Float, weight: Float, mean: Float, slope: Float, n_rounds: int = _N_ROUNDS
) -> Float:
    """(n,) strengths from results that are the height of their column plus what is the model's own.

    Heights are found together with the models, so that a model is not praised for having been run on easy tasks only;
    few results are drawn to `mean`. `slope` (d,) is the metric per unit of strength.
    """
    typical = float(np.average(slope, weights=weight))
    votes, pull = flags.sum(axis=0), _PULL * median(weight.tolist())  # numpy's loads its masked arrays: 90 ms
    gained, heard = value @ weight, flags @ weight + pull
    found = expected = mean * typical
    for _ in range(n_rounds):
        height = (value.sum(axis=0) - found @ flags) / votes
        found = (gained - flags @ (weight * height) + pull * expected) / heard
    return np.asarray(found / typical)
