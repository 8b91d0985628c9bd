"""The list of models to measure."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.selector.prior.regret import shortlist

RNG = np.random.default_rng(0)


def blocks(*sizes: int) -> np.ndarray:
    """Models of one block are twins; models of different blocks have nothing in common."""
    of = np.repeat(np.arange(len(sizes)), sizes)
    return (of[:, None] == of).astype(float)


def test_the_first_of_the_ranking_comes_first_and_none_twice():
    expected = np.linspace(0.9, 0.6, 12)
    picked = shortlist(expected, np.full(12, 0.4), np.eye(12), 5)
    assert picked[0] == 0
    assert len(set(picked)) == 5


def test_models_that_share_nothing_are_taken_in_the_order_of_the_ranking():
    assert shortlist(np.linspace(0.9, 0.5, 10), np.full(10, 0.1), np.eye(10), 3) == [0, 1, 2]


def test_a_twin_of_the_first_makes_room_for_another_family():
    picked = shortlist(np.array([0.80, 0.79, 0.785, 0.77]), np.full(4, 0.4), blocks(3, 1), 2)
    assert picked == [0, 3]


def test_a_model_that_cannot_win_is_not_taken_for_being_different():
    picked = shortlist(np.array([0.90, 0.89, 0.20]), np.full(3, 0.1), blocks(2, 1), 2)
    assert picked == [0, 1]


def test_no_more_than_there_are():
    assert shortlist(np.zeros(0), np.zeros(0), np.zeros((0, 0)), 3) == []
    assert sorted(shortlist(np.array([0.5, 0.4]), np.full(2, 0.2), np.eye(2), 9)) == [0, 1]


@pytest.mark.parametrize("n", [2, 3])
def test_a_list_is_worth_more_than_the_first_of_the_ranking_where_families_err_together(n):
    expected, spread, alike = np.array([0.80, 0.79, 0.78, 0.77, 0.76, 0.75]), np.full(6, 0.5), blocks(3, 3)
    picked = shortlist(expected, spread, alike, n)
    root = np.linalg.cholesky(0.1 * np.eye(6) + 0.9 * alike)
    truth = np.log(expected / (1 - expected)) + RNG.standard_normal((4000, 6)) @ root.T * spread
    assert truth[:, picked].max(axis=1).mean() > truth[:, :n].max(axis=1).mean() + 0.02
