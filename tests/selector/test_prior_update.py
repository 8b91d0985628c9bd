"""Measurements on the user's data move the prior as far as they should, and no further."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.selector.prior.posterior import update


def nan(n):
    return np.full(n, np.nan)


def test_without_measurements_the_prior_stays():
    expected = np.array([0.9, 0.5, 0.7])
    assert update(expected, nan(3)).expected == pytest.approx(expected)
    assert update(expected, nan(3)).ranking().tolist() == [0, 2, 1]


def test_an_exact_evaluation_is_taken_as_it_is():
    measured = np.array([0.62, np.nan, 0.81])
    found = update(np.array([0.9, 0.5, 0.7]), measured)
    assert found.expected[[0, 2]] == pytest.approx([0.62, 0.81], abs=2e-3)
    assert found.spread[1] > 10 * found.spread[[0, 2]].max()


def test_one_measurement_shifts_the_level_of_all():
    expected = np.array([0.6, 0.6, 0.6])
    assert update(expected, np.array([0.9, np.nan, np.nan])).expected[1:].min() > 0.75


def test_more_labels_shrink_less():
    expected, measured = np.full(40, 0.7), np.full(40, 0.7)
    measured[0] = 0.9
    few, many = (update(expected, measured, n).expected[0] for n in (25, 2500))
    assert 0.7 < few < many < 0.9


def test_a_lucky_draw_is_pulled_to_its_likes():
    expected, measured = np.full(20, 0.7), np.full(20, 0.7)
    measured[0] = 0.85
    likes = np.eye(20)
    likes[:5, :5] = 0.95 + 0.05 * np.eye(5)
    alone, among = update(expected, measured, 100), update(expected, measured, 100, likes)
    assert among.expected[0] < alone.expected[0]
    assert among.expected[1] > alone.expected[1]


@pytest.mark.parametrize("n_labels", [25, 100])
def test_shrunk_choices_lose_less_than_raw_ones(n_labels):
    rng = np.random.default_rng(0)
    raw, shrunk = [], []
    for _ in range(60):
        height = rng.normal(0.5, 0.6, 40)
        expected, truth = (1 / (1 + np.exp(-h)) for h in (height, height + 0.25 * rng.normal(size=40)))
        measured = rng.binomial(n_labels, truth) / n_labels
        raw.append(truth.max() - truth[measured.argmax()])
        shrunk.append(truth.max() - truth[update(expected, measured, n_labels).ranking()[0]])
    assert np.mean(shrunk) < 0.8 * np.mean(raw)


def test_spread_covers_the_truth():
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(30):
        height = rng.normal(0.5, 0.6, 30)
        true_height = height + 0.2 * rng.normal(size=30)
        measured = rng.binomial(50, 1 / (1 + np.exp(-true_height))) / 50
        found = update(1 / (1 + np.exp(-height)), measured, 50)
        miss = np.abs(np.log(found.expected / (1 - found.expected)) - true_height)
        inside.append(np.mean(miss < 1.2816 * found.spread))
    assert 0.7 < np.mean(inside) < 0.9


@pytest.mark.parametrize("measured", [[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
def test_all_right_and_all_wrong_are_finite(measured):
    found = update(np.array([0.5, 0.5]), np.array(measured), 10)
    assert np.isfinite(found.expected).all()
    assert ((found.expected > 0) & (found.expected < 1)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.array([0.5, 0.6]), np.array([0.5])), "want .n,. measured"),
        ((np.array([0.5]), np.array([71.0])), "divide percentages by 100"),
        ((np.array([0.5]), np.array([0.5]), 0), "positive number of labels"),
        ((np.array([0.5]), np.array([0.5]), 10, np.eye(2)), "likeness for 1 models"),
    ],
)
def test_wrong_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        update(*arguments)
