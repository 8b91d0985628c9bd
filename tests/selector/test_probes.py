"""Probes agree with slow versions of their definitions, and refuse what they cannot mean."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from zoo.errors import DataError
from zoo.selector.probes import gda, knn_accuracy, linear_probe, ridge_probe

PROBES = [knn_accuracy, linear_probe, ridge_probe, gda]


def blobs(n_per_class=20, n_classes=3, d=6, spread=0.6, seed=0):
    """Features and labels of overlapping clouds, in random order."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_classes, d))
    labels = np.repeat(np.arange(n_classes), n_per_class)
    order = rng.permutation(len(labels))
    features = centres[labels] + spread * rng.normal(size=(len(labels), d))
    return features[order], labels[order]


def knn_by_hand(x, y, test_x, test_y, k):
    """Each test row, one at a time: the k most alike rows by cosine vote; ties go to the nearest of the tied."""
    right = 0
    for row, truth in zip(test_x, test_y, strict=True):
        likeness = [float(row @ other) / np.linalg.norm(row) / np.linalg.norm(other) for other in x]
        near = sorted(range(len(x)), key=lambda i: -likeness[i])[:k]
        count = Counter(y[i] for i in near)
        most = max(count.values())
        right += next(y[i] for i in near if count[y[i]] == most) == truth
    return right / len(test_y)


@pytest.mark.parametrize("k", [1, 2, 5, 100])
def test_knn_agrees_with_the_definition(k):
    x, y = blobs()
    assert knn_accuracy(x[:40], y[:40], x[40:], y[40:], k=k) == pytest.approx(
        knn_by_hand(x[:40], y[:40], x[40:], y[40:], min(k, 40))
    )


def test_knn_without_test_rows_leaves_one_out():
    x, y = blobs(n_per_class=8)
    rest = [np.arange(len(y)) != i for i in range(len(y))]
    by_hand = np.mean([knn_by_hand(x[r], y[r], x[~r], y[~r], 3) for r in rest])
    assert knn_accuracy(x, y, k=3) == pytest.approx(by_hand)


def test_knn_does_not_care_for_the_length_of_rows():
    x, y = blobs()
    scale = np.random.default_rng(1).uniform(0.1, 10, (len(x), 1))
    assert knn_accuracy(x, y) == knn_accuracy(scale * x, y)


def test_one_shot_gda_is_the_nearest_class_mean():
    x, y = blobs(n_per_class=1, n_classes=4)
    test_x, test_y = blobs(n_per_class=10, n_classes=4)
    unit = x[np.argsort(y)] / np.linalg.norm(x[np.argsort(y)], axis=1, keepdims=True)
    asked = test_x / np.linalg.norm(test_x, axis=1, keepdims=True)
    by_hand = np.mean(np.argmin(((asked[:, None] - unit) ** 2).sum(2), axis=1) == test_y)
    assert gda(x, y, test_x, test_y) == pytest.approx(by_hand)


def test_text_scores_decide_where_pictures_say_nothing():
    x, y = blobs(n_per_class=4)
    test_x, test_y = blobs(n_per_class=10, seed=0)
    sure = 1e6 * np.eye(3)[test_y]
    assert gda(x, y, test_x, test_y, text_scores=sure) == 1.0
    assert gda(x, y, test_x, test_y, text_scores=0 * sure) == gda(x, y, test_x, test_y)


def test_text_scores_of_another_shape_are_refused():
    x, y = blobs()
    with pytest.raises(DataError, match="text scores of shape"):
        gda(x, y, x, y, text_scores=np.zeros((len(x), 2)))


@pytest.mark.parametrize("probe", PROBES)
class TestEveryProbe:
    def test_is_right_where_classes_lie_far_apart(self, probe):
        x, y = blobs(spread=0.01)
        assert probe(x, y) == 1.0

    def test_is_at_chance_where_labels_mean_nothing(self, probe):
        rng = np.random.default_rng(0)
        assert probe(rng.normal(size=(400, 8)), rng.integers(0, 4, 400)) == pytest.approx(0.25, abs=0.08)

    def test_gives_the_same_figure_twice(self, probe):
        x, y = blobs(spread=1.0)
        assert probe(x, y) == probe(x, y)

    def test_does_not_change_its_input(self, probe):
        x, y = blobs()
        before = x.copy()
        probe(x, y)
        np.testing.assert_array_equal(x, before)

    @pytest.mark.parametrize(
        ("features", "labels", "message"),
        [
            (np.zeros(4), np.zeros(4, int), "want \\(n, d\\)"),
            (np.zeros((4, 2)), np.zeros(3, int), "want \\(n, d\\)"),
            (np.full((4, 2), np.nan), np.zeros(4, int), "NaN"),
            (np.zeros((4, 2)), np.zeros(4), "class indices"),
        ],
        ids=["one axis", "other length", "nan", "float labels"],
    )
    def test_refuses_what_it_cannot_mean(self, probe, features, labels, message):
        with pytest.raises(DataError, match=message):
            probe(features, labels)

    def test_refuses_half_a_test_part(self, probe):
        x, y = blobs()
        with pytest.raises(DataError, match="go together"):
            probe(x, y, x)


@pytest.mark.parametrize("probe", PROBES[1:])
def test_one_class_is_refused(probe):
    with pytest.raises(DataError, match="two classes"):
        probe(np.random.default_rng(0).normal(size=(4, 2)), np.zeros(4, int))
