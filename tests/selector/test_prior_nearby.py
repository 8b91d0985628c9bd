"""Half of every answer is a plain mean over similar tasks: it must order, ignore the unlike and refuse to guess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from zoo.selector.prior import Prior
from zoo.selector.prior.neighbours import _two_way_mean, blended
from zoo.selector.prior.table import Room, traits
from zoo.selector.prior.task_features import matrix
from zoo.selector.task.datasets import Datasets


@pytest.fixture(scope="module")
def room() -> Room:
    return Prior.load().room("image")


@pytest.fixture(scope="module")
def target(room):
    datasets = Datasets.load()
    column = next(c for c in room.columns if c.dataset == "eurosat" and c.protocol == "zero-shot")
    return matrix([traits(column, datasets.by_name)], room.vocabulary).astype(np.float32)[0]


@pytest.fixture(scope="module")
def candidates(room) -> np.ndarray:
    """Twenty models with many zero-shot results."""
    zero_shot = np.array([c.protocol == "zero-shot" for c in room.columns])
    return np.argsort(-room.seen[:, zero_shot].sum(axis=1), kind="stable")[:20]


def asked(room, target, rows, value=None, flags=None, mean=None):
    value = room.values[rows] if value is None else value
    flags = room.seen[rows].astype(np.float32) if flags is None else flags
    mean = np.zeros(len(rows), dtype=np.float32) if mean is None else mean
    return blended(room, target, flags, value, mean)


def test_a_model_that_did_better_on_similar_tasks_is_stronger(room, target, candidates):
    value = room.values[candidates].copy()
    before = asked(room, target, candidates, value)
    value[3] += 0.1
    after = asked(room, target, candidates, value)
    assert after[3] > before[3] + 0.1


def test_other_protocols_say_nothing(room, target, candidates):
    value = room.values[candidates].copy()
    other = [place for place, column in enumerate(room.columns) if column.protocol != "zero-shot"]
    value[3, other] += 0.5
    assert np.array_equal(asked(room, target, candidates, value), asked(room, target, candidates))


def test_without_results_the_strength_is_that_of_the_model(room, target, candidates):
    mean = np.linspace(-1, 1, len(candidates)).astype(np.float32)
    flags = room.seen[candidates].astype(np.float32)
    assert np.array_equal(asked(room, target, candidates, flags=0 * flags, mean=mean), mean)
    flags[0] = 0
    assert asked(room, target, candidates, flags=flags, mean=mean)[0] == pytest.approx(mean[0], abs=1e-5)


def test_near_duplicates_count_less_than_other_columns(room, target, candidates):
    """A column that many others repeat moves the answer less than one that stands alone."""
    place = next(p for p, c in enumerate(room.columns) if c.protocol == "zero-shot" and c.dataset == "dtd")
    value = room.values[candidates].copy()
    value[3, place] += 0.3
    crowded = replace(room, columns=tuple(replace(c, group="one") for c in room.columns))
    alone = tuple(replace(c, group="one" if p != place else "own") for p, c in enumerate(room.columns))
    single = replace(room, columns=alone)
    moved = [asked(r, target, candidates, value)[3] - asked(r, target, candidates)[3] for r in (crowded, single)]
    assert 0 < moved[0] < moved[1]


def test_the_mean_is_that_of_a_least_squares_fit_of_columns_and_models():
    """Slow version: ridge regression on indicators of columns and models, solved at once."""
    rng = np.random.default_rng(0)
    n, d = 6, 5
    flags = (rng.random((n, d)) < 0.8).astype(np.float32)
    flags[:, 0] = 1
    value = np.where(flags > 0, rng.normal(size=(n, 1)) + rng.normal(size=(1, d)), 0)
    weight, slope = np.ones(d), np.ones(d)
    mean = rng.normal(size=n)
    found = _two_way_mean(value, flags, weight, mean, slope, n_rounds=2000)
    rows, columns = np.nonzero(flags)
    design = np.zeros((len(rows) + n, n + d))
    design[np.arange(len(rows)), rows] = 1
    design[np.arange(len(rows)), n + columns] = 1
    design[len(rows) + np.arange(n), np.arange(n)] = np.sqrt(0.5)
    wanted = np.concatenate([value[rows, columns], np.sqrt(0.5) * mean])
    solved = np.linalg.lstsq(design, wanted, rcond=None)[0][:n]
    assert found == pytest.approx(solved, abs=1e-4)
