"""Heads agree with slow versions of their definitions, for one class a row and for several."""

from __future__ import annotations

import numpy as np
import pytest

from zoo import heads
from zoo.errors import DataError


def clouds(n_per_class=20, n_classes=3, d=6, spread=0.6, seed=0):
    """Features and labels of overlapping clouds, in random order."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_per_class)
    order = rng.permutation(len(labels))
    features = rng.normal(size=(n_classes, d))[labels] + spread * rng.normal(size=(len(labels), d))
    return features[order], labels[order]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def softmax(logits):
    share = np.exp(logits - logits.max(1, keepdims=True))
    return share / share.sum(1, keepdims=True)


def test_logistic_minimises_its_penalised_loss_on_unit_rows():
    x, y = clouds(n_per_class=15, spread=1.0)
    rows, onehot = unit(x), np.eye(3)[y]
    weight, bias = np.zeros((6, 3)), np.zeros(3)
    for _ in range(6000):
        share = softmax(rows @ weight + bias)
        weight -= 0.02 * (2.0 * rows.T @ (share - onehot) + weight)
        bias -= 0.02 * 2.0 * (share - onehot).sum(0)
    np.testing.assert_allclose(softmax(heads.logistic(x, y, c=2.0).logits(x)), softmax(rows @ weight + bias), atol=2e-3)


def test_logistic_of_two_classes_gives_the_log_odds_as_a_difference():
    from sklearn.linear_model import LogisticRegression

    x, y = clouds(n_classes=2)
    logits = heads.logistic(x, y, c=1.0).logits(x)
    np.testing.assert_allclose(
        softmax(logits), LogisticRegression(C=1.0).fit(unit(x), y).predict_proba(unit(x)), atol=1e-6
    )


def test_few_rows_take_the_strong_penalty_and_many_the_one_that_inner_folds_choose():
    x, y = clouds(n_per_class=9)
    assert heads.logistic(x, y).note == "C = 0.1"
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    # One weak direction separates the classes; a strong penalty follows the many strong ones that do not.
    x = np.concatenate([rng.normal(size=(200, 1)) * 0.01 + 0.1 * (2 * y[:, None] - 1), rng.normal(size=(200, 20))], 1)
    penalty = float(heads.logistic(x, y).note.removeprefix("C = "))
    assert penalty >= 10
    assert np.mean(heads.logistic(x, y).logits(x).argmax(1) == y) > 0.9


def test_groups_stay_in_one_inner_fold():
    """Each group has its own direction: only folds that split groups think that a weak penalty helps."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 8)
    y = rng.integers(0, 2, 30)[groups]
    x = rng.normal(size=(30, 40))[groups] + 0.05 * rng.normal(size=(240, 40))
    own = float(heads.logistic(x, y, groups=groups).note.removeprefix("C = "))
    mixed = float(heads.logistic(x, y).note.removeprefix("C = "))
    assert own < mixed


def test_balanced_logistic_answers_the_rare_class_more_often():
    rng = np.random.default_rng(0)
    y = (np.arange(300) < 30).astype(int)
    x = rng.normal(size=(300, 4)) + y[:, None]
    plain = heads.logistic(x, y, c=1.0).logits(x).argmax(1).mean()
    assert heads.logistic(x, y, c=1.0, balanced=True).logits(x).argmax(1).mean() > plain


def test_ridge_takes_the_penalty_with_the_least_error_on_rows_left_out():
    x, y = clouds(n_per_class=10, d=4, spread=1.2, seed=3)
    rows, onehot = unit(x), np.eye(3)[y]

    def solve(a, b, penalty):
        centre, top = a.mean(0), b.mean(0)
        inner = (a - centre).T @ (a - centre) + penalty * np.eye(a.shape[1])
        weight = np.linalg.solve(inner, (a - centre).T @ (b - top))
        return lambda z: (z - centre) @ weight + top

    def left_out(penalty):
        keep = [np.arange(30) != i for i in range(30)]
        return sum(((solve(rows[k], onehot[k], penalty)(rows[~k]) - onehot[~k]) ** 2).sum() for k in keep)

    scale = ((rows - rows.mean(0)) ** 2).sum() / 4
    best = min((10.0**p for p in range(-4, 5)), key=lambda penalty: left_out(penalty * scale))
    np.testing.assert_allclose(heads.ridge(x, y).logits(x), solve(rows, onehot, best * scale)(rows), atol=1e-9)


def test_gda_agrees_with_the_paper():
    x, y = clouds(spread=0.8)
    rows = unit(x)
    means = np.stack([rows[y == c].mean(0) for c in range(3)])
    covariance = sum(np.outer(row - means[c], row - means[c]) for row, c in zip(rows, y, strict=True)) / (len(y) - 1)
    inverse = 6 * np.linalg.inv((len(y) - 1) * covariance + np.trace(covariance) * np.eye(6))
    weight = means @ inverse
    bias = np.log(np.bincount(y) / len(y)) - 0.5 * np.array([m @ inverse @ m for m in means])
    head = heads.gda(x, y)
    np.testing.assert_allclose(head.weight, weight, rtol=1e-8)
    np.testing.assert_allclose(head.bias, bias, rtol=1e-8)
    text = unit(np.random.default_rng(1).normal(size=(3, 6)))
    both = heads.gda(x, y, text=text, text_scale=50.0, alpha=0.5)
    np.testing.assert_allclose(both.logits(x), 50 * rows @ text.T + 0.5 * (rows @ weight.T + bias), rtol=1e-8)


def test_nearest_mean_orders_classes_by_distance():
    x, y = clouds()
    rows = unit(x)
    means = np.stack([rows[y == c].mean(0) for c in range(3)])
    distance = ((rows[:, None] - means) ** 2).sum(2)
    logits = heads.nearest_mean(x, y).logits(x)
    np.testing.assert_allclose(logits - logits[:, :1], -10 * (distance - distance[:, :1]), atol=1e-9)


@pytest.mark.parametrize("kind", ["knn", "nearest-mean", "ridge", "logistic", "gda"])
def test_columns_follow_the_classes_that_occur(kind):
    x, y = clouds(spread=0.05)
    head = heads.fit(kind, x, np.array([2, 5, 9])[y])
    assert head.classes.tolist() == [2, 5, 9]
    assert (head.classes[head.logits(x).argmax(1)] == np.array([2, 5, 9])[y]).all()


@pytest.mark.parametrize("kind", ["knn", "nearest-mean", "ridge", "logistic"])
def test_several_labels_a_row_have_a_logit_each(kind):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5))
    targets = (x[:, :3] > 0).astype(int)
    logits = heads.fit(kind, x, targets).logits(x)
    assert logits.shape == (200, 3)
    assert np.mean((logits > 0) == targets) > 0.85


def test_a_label_that_never_occurs_is_never_answered():
    rng = np.random.default_rng(0)
    targets = np.stack([rng.integers(0, 2, 50), np.zeros(50, int)], axis=1)
    assert (heads.logistic(rng.normal(size=(50, 3)), targets).logits(rng.normal(size=(9, 3)))[:, 1] < -3).all()


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.array([0, 1, 2.0]), "class indices"),
        (np.array([[0, 2]] * 3), "0 and 1"),
        (np.array([0, 1]), "want \\(n, d\\)"),
        (np.array([1, 1, 1]), "two classes"),
    ],
    ids=["floats", "counts", "other length", "one class"],
)
def test_targets_without_meaning_are_refused(targets, message):
    with pytest.raises(DataError, match=message):
        heads.logistic(np.eye(3), targets)
