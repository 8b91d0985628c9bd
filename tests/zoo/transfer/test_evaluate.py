"""Metrics with intervals, transfer gain, curves, sweeps and probes by layer."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from tests.zoo.transfer.small_models import Small, digits
from zoo.errors import DataError
from zoo.transfer.evaluate import (
    evaluate,
    few_shot_curve,
    layer_features,
    layer_rate_sweep,
    probe_by_layer,
    transfer_gain,
)
from zoo.transfer.evaluate.intervals import accuracy, auroc, balanced_accuracy, macro_f1


def population(n, seed, shares=(0.6, 0.3, 0.1)):
    """(scores, predicted, targets) of a model of fixed quality."""
    rng = np.random.default_rng(seed)
    targets = rng.choice(3, size=n, p=shares)
    scores = 1.2 * np.eye(3)[targets] + rng.normal(size=(n, 3))
    return scores, scores.argmax(1), targets


@pytest.mark.parametrize("metric", ["accuracy", "balanced accuracy", "macro-F1", "AUROC"])
def test_intervals_cover_the_truth(metric):
    def measured(n, seed):
        scores, predicted, targets = population(n, seed)
        if metric == "AUROC":
            return auroc(scores, targets)
        return {"accuracy": accuracy, "balanced accuracy": balanced_accuracy, "macro-F1": macro_f1}[metric](
            predicted, targets
        )

    truth = measured(200_000, 10_000).value
    hits = [low <= truth <= high for low, high in (measured(400, seed).interval for seed in range(200))]
    assert 0.92 <= np.mean(hits) <= 0.98


def test_metrics_are_those_of_scikit_learn():
    from sklearn import metrics

    scores, predicted, targets = population(300, 0)
    assert balanced_accuracy(predicted, targets).value == pytest.approx(
        metrics.balanced_accuracy_score(targets, predicted)
    )
    assert macro_f1(predicted, targets).value == pytest.approx(metrics.f1_score(targets, predicted, average="macro"))
    each = [metrics.roc_auc_score(targets == c, scores[:, c]) for c in range(3)]
    assert auroc(scores, targets).value == pytest.approx(np.mean(each))
    tied = scores.round()
    assert auroc(tied[:, 0], (targets == 0).astype(int)).value == pytest.approx(
        metrics.roc_auc_score(targets == 0, tied[:, 0])
    )
    many, named = np.eye(3, dtype=int)[targets], (scores > 0.6).astype(int)
    assert macro_f1(named, many).value == pytest.approx(metrics.f1_score(many, named, average="macro"))


def test_rows_of_one_group_count_once():
    rng = np.random.default_rng(0)
    right = rng.random(40) < 0.7
    groups, targets = np.repeat(np.arange(40), 25), np.ones(1000, dtype=int)
    predicted = right[groups].astype(int)
    by_row, by_group = accuracy(predicted, targets), accuracy(predicted, targets, groups=groups)
    assert by_row.value == by_group.value
    width = [found.interval[1] - found.interval[0] for found in (by_row, by_group)]
    assert 4 < width[1] / width[0] < 6  # sqrt(25)
    assert by_group.n == 40


def test_a_perfect_ranking_is_not_certain():
    found = auroc(np.arange(10.0), np.array([0] * 5 + [1] * 5))
    assert found.value == 1
    assert found.interval[0] < 0.5


def test_the_report_names_the_worst():
    targets = np.array([0] * 30 + [1] * 20 + [2] * 10)
    named = targets.copy()
    named[:3], named[50:58] = 1, 0
    groups = ["a" if i % 2 else "b" for i in range(60)]
    told = evaluate(0.9 * np.eye(3)[named] + 0.1 / 3, targets, ["x", "y", "z"], groups=groups)
    assert told.worst_class[0] == "z"
    assert told.worst_class[1].value == pytest.approx(0.2)
    assert told.confusion.tolist() == [[27, 3, 0], [0, 20, 0], [8, 0, 2]]
    assert told.metrics["accuracy"].value == pytest.approx(49 / 60)
    assert told.largest_class == 0.5
    by_hand = {g: np.mean([named[i] == targets[i] for i in range(60) if groups[i] == g]) for g in "ab"}
    assert {name: found.value for name, found in told.by_group.items()} == pytest.approx(by_hand)
    assert told.worst_group[0] == min(by_hand, key=by_hand.get)
    assert told.metrics["accuracy"].n == 2
    assert told.ece == pytest.approx(abs(49 / 60 - (0.9 + 0.1 / 3)))


def test_the_report_of_several_labels():
    targets = np.array([[1, 0], [1, 1], [0, 1], [0, 0]])
    told = evaluate(np.array([[0.9, 0.2], [0.8, 0.4], [0.1, 0.7], [0.6, 0.1]]), targets, ["x", "y"])
    assert told.metrics["exact_match"].value == 0.5
    assert told.metrics["macro_f1"].value == pytest.approx((0.8 + 2 / 3) / 2)
    assert told.recalls["y"].value == 0.5
    assert told.confusion is None
    with pytest.raises(DataError, match="want"):
        evaluate(np.zeros((4, 3)), targets, ["x", "y"])


def test_gain_of_planted_runs():
    """100 planted harms of 8 points, 100 of nothing; five seeds of 300 rows each."""
    rng = np.random.default_rng(0)
    flagged = [0, 0]
    for kind, harm in enumerate((0.08, 0.0)):
        for _ in range(100):
            hard = rng.random(300)  # rows differ in difficulty, the same for both

            def right(rate, hard=hard):
                shift = rng.normal(scale=0.005, size=(5, 1))
                return hard + 0.15 * rng.normal(size=(5, 300)) < rate + shift

            flagged[kind] += transfer_gain(right(0.75 - harm), right(0.75)).negative
    assert flagged[0] >= 95
    assert flagged[1] <= 5


def test_gain_is_a_paired_t_interval():
    from scipy.stats import ttest_rel

    a, b = [0.91, 0.87, 0.88, 0.93], [0.85, 0.86, 0.84, 0.80]
    told, known = transfer_gain(a, b), ttest_rel(a, b).confidence_interval()
    assert told.interval == pytest.approx((known.low, known.high))
    assert told.verdict == "not shown to be better" if known.low <= 0 else "better"
    assert transfer_gain(b, a).gain == -told.gain
    with pytest.raises(DataError, match="one seed has no interval"):
        transfer_gain([0.5], [0.4])
    with pytest.raises(DataError, match="same seeds and rows"):
        transfer_gain([0.5, 0.6], [0.4])


def test_few_shot_draws_are_nested_and_shared():
    seen = {"a": [], "b": []}
    targets = np.repeat(np.arange(3), [20, 12, 30])

    def measure(name):
        def run(rows, seed):
            seen[name].append((seed, tuple(rows)))
            return len(rows) / 100 + seed / 1000

        return run

    curves = few_shot_curve(targets, {name: measure(name) for name in seen}, counts=(1, 5, 10, 50))
    assert seen["a"] == seen["b"]
    assert [point.labels_per_class for point in curves["a"]] == [1, 5, 10]
    for seed in range(3):
        one, five, ten = (set(rows) for own, rows in seen["a"] if own == seed)
        assert one < five < ten
        assert np.bincount(targets[sorted(ten)]).tolist() == [10, 10, 10]
    point = curves["a"][2]
    assert point.mean == pytest.approx(0.301)
    half = 4.303 * 0.001 * (4 / 3) ** 0.5
    assert point.band == pytest.approx((0.301 - half, 0.301 + half), rel=1e-4)
    with pytest.raises(DataError, match="the smallest class has 12 rows"):
        few_shot_curve(targets, {}, counts=(50,))


@pytest.fixture(scope="module")
def source():
    """A three-layer network that tells digits apart."""
    torch.manual_seed(0)
    (x, y), _ = digits()
    body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
    model = Small(body, 32, 10)
    _tuned(model, x, y, {"body.0": 1e-2, "body.2": 1e-2, "head": 1e-2}, steps=300)
    return model


def _tuned(model, x, y, rates, *, steps=80):
    parts = {name: list(model.get_submodule(name).parameters()) for name in rates}
    groups = [{"params": parts[name], "lr": rate} for name, rate in rates.items() if rate]
    optimizer = torch.optim.Adam(groups)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model((x, y)).logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize(("shift", "wanted"), [("pixels moved", "body.0"), ("classes renamed", "head")])
def test_the_sweep_finds_the_layer_that_the_shift_broke(source, shift, wanted):
    (x, y), _ = digits()
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        rows = rng.permutation(len(x))
        inputs, labels = x[rows], y[rows]
        if shift == "pixels moved":
            inputs = inputs[:, rng.permutation(64)]
        else:
            labels = torch.as_tensor(rng.permutation(10))[labels]

        def measure(rates, inputs=inputs, labels=labels):
            model = copy.deepcopy(source)
            _tuned(model, inputs[:100], labels[:100], rates)
            with torch.no_grad():
                return float((model((inputs[100:600], None)).logits.argmax(1) == labels[100:600]).float().mean())

        found.append(layer_rate_sweep(["body.0", "body.2", "head"], measure, rates=(1e-2, 1e-1)).best_group)
    assert found.count(wanted) >= 9


def test_a_sweep_of_all_groups_draws_within_the_rates_and_repeats():
    def measure(rates):
        return -abs(np.log10(rates["a"]) + 3) - abs(np.log10(rates["b"]) + 2)

    first = layer_rate_sweep(["a", "b"], measure, how="all-groups", n_trials=40)
    assert first.trials == layer_rate_sweep(["a", "b"], measure, how="all-groups", n_trials=40).trials
    assert all(1e-4 <= rate <= 1e-2 for trial in first.trials for rate in trial.rates.values())
    assert first.best.score > -0.5
    with pytest.raises(DataError, match="rates must be above 0"):
        layer_rate_sweep(["a"], measure, rates=(0,))


def test_probe_by_layer(source):
    (x, y), (test_x, test_y) = digits()
    names = ["body.0", "body.3"]

    def features(rows):
        return layer_features(source, names, lambda part: source((part, None)), [rows[:50], rows[50:]])

    train, test = features(x[:300]), features(test_x)
    assert np.allclose(train["body.0"], source.body[0](x[:300]).detach().numpy(), atol=1e-5)
    told = probe_by_layer(train, y[:300].numpy(), test, test_y.numpy())
    assert list(told) == names
    assert told["body.3"].value > 0.85
    with pytest.raises(DataError, match=r"no part named 'body\.9'"):
        layer_features(source, ["body.9"], lambda part: None, [])


def test_layers_of_tokens_and_pixels_are_averaged():
    class Tokens(nn.Module):
        def forward(self, x):
            return (x, "more")

    model = nn.Sequential(Tokens())
    tokens = torch.arange(12.0).reshape(1, 4, 3)
    assert layer_features(model, ["0"], model, [tokens])["0"].tolist() == [[4.5, 5.5, 6.5]]
    pixels = torch.arange(8.0).reshape(1, 2, 2, 2)
    assert layer_features(model, ["0"], model, [pixels])["0"].tolist() == [[1.5, 5.5]]
