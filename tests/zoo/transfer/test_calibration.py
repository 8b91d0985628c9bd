"""Calibration, conformal sets, label shift and novelty."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import DataError
from zoo.transfer.evaluate import (
    ConformalSets,
    Novelty,
    expected_calibration_error,
    label_shift_test,
    noise_floor,
    probabilities,
    reliability,
    shares_by_confusion,
    shares_by_em,
    temperature_scaling,
    with_shares,
)


def drawn(n, *, seed, n_classes=4, overconfident=1.0, shares=None):
    """Logits whose softmax is right when divided by `overconfident`, and targets drawn from that."""
    rng = np.random.default_rng(seed)
    means = 1.5 * np.eye(n_classes)
    shares = np.full(n_classes, 1 / n_classes) if shares is None else np.asarray(shares)
    targets = rng.choice(n_classes, size=n, p=shares)
    rows = means[targets] + rng.normal(size=(n, n_classes))
    return overconfident * (rows @ means.T - (means**2).sum(1) / 2), targets


def slow_ece(scores, targets, n_bins=15):
    total = 0.0
    for k in range(n_bins):
        inside = [i for i, row in enumerate(scores) if k / n_bins < max(row) <= (k + 1) / n_bins]
        if inside:
            confidence = sum(max(scores[i]) for i in inside) / len(inside)
            right = sum(int(np.argmax(scores[i]) == targets[i]) for i in inside) / len(inside)
            total += len(inside) / len(scores) * abs(confidence - right)
    return total


def test_ece_is_its_definition():
    logits, targets = drawn(300, seed=0, overconfident=2)
    scores = probabilities(logits)
    assert expected_calibration_error(scores, targets) == pytest.approx(slow_ece(scores, targets))
    columns = reliability(scores, targets)
    assert sum(c.n * abs(c.confidence - c.accuracy) for c in columns) / 300 == pytest.approx(slow_ece(scores, targets))
    assert all(c.interval[0] <= c.accuracy <= c.interval[1] for c in columns)


def test_a_perfect_model_shows_an_ece_that_falls_with_the_rows():
    """The guide's figures: .069 at 200 rows, .045 at 500, .018 at 3,000."""
    floors = [noise_floor(probabilities(drawn(n, seed=0)[0]))[0] for n in (200, 500, 3000)]
    assert floors == sorted(floors, reverse=True)
    assert 0.03 < floors[1] < 0.06
    logits, targets = drawn(3000, seed=1)
    mean, sd = noise_floor(probabilities(logits))
    assert abs(expected_calibration_error(probabilities(logits), targets) - mean) < 3 * sd


@pytest.mark.parametrize("seed", range(3))
def test_an_overconfident_head_is_mended(seed):
    logits, targets = drawn(600, seed=seed, overconfident=3)
    found = temperature_scaling(logits, targets)
    assert found.temperature == pytest.approx(3, rel=0.25)
    assert found.ece_after <= 0.7 * found.ece_before
    assert found.nll_after < found.nll_before


def test_a_calibrated_head_mostly_keeps_its_logits_and_never_loses():
    kept = 0
    for seed in range(40):
        logits, targets = drawn(200, seed=seed)
        found = temperature_scaling(logits, targets)
        kept += found.kept_identity
        assert (found.temperature == 1.0) == found.kept_identity
        new, truth = drawn(200, seed=1000 + seed)
        losses = [-np.log(probabilities(new, t)[np.arange(200), truth]) for t in (1.0, found.temperature)]
        worse = losses[1] - losses[0]
        assert worse.mean() <= 1.96 * worse.std() / 200**0.5
    assert kept >= 34


def test_several_labels_have_one_temperature():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(500, 3))
    targets = (rng.random((500, 3)) < 1 / (1 + np.exp(-logits))).astype(int)
    assert temperature_scaling(3 * logits, targets).temperature == pytest.approx(3, rel=0.25)
    assert np.allclose(probabilities(logits, 2.0, multilabel=True), 1 / (1 + np.exp(-logits / 2)))


def test_too_few_or_broken_logits_are_refused():
    logits, targets = drawn(9, seed=0)
    with pytest.raises(DataError, match="9 rows are too few"):
        temperature_scaling(logits, targets)
    logits, targets = drawn(50, seed=0)
    logits[3, 1] = np.nan
    with pytest.raises(DataError, match="not a finite number"):
        temperature_scaling(logits, targets)


@pytest.mark.parametrize("kind", ["threshold", "adaptive"])
def test_conformal_sets_cover_what_they_promise(kind):
    covered, sizes = [], []
    for seed in range(100):
        logits, targets = drawn(400, seed=seed, overconfident=3)  # the promise needs no calibration
        scores = probabilities(logits)
        sets = ConformalSets.fit(scores[:200], targets[:200], kind=kind).sets(scores[200:])
        covered.append(sets[np.arange(200), targets[200:]].mean())
        sizes.append(sets.sum(axis=1).mean())
    assert 0.88 <= np.mean(covered) <= 0.92
    assert 1 < np.mean(sizes) < 3


def test_conformal_threshold_is_the_quantile_of_n_plus_one():
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    found = ConformalSets.fit(
        scores, np.array([0, 0, 0, 1]), coverage=0.6
    )  # ceil(5 * .6) = 3rd smallest of the misfits
    assert found.threshold == pytest.approx(0.6)
    with pytest.raises(DataError, match=r"4 held-out rows cannot promise a coverage of 0\.9"):
        ConformalSets.fit(scores, np.array([0, 0, 0, 1]))


def test_label_shift_is_seen_and_seldom_imagined():
    n_seen = n_imagined = 0
    for seed in range(40):
        held = drawn(400, seed=seed)[0].argmax(1)
        n_imagined += label_shift_test(held, drawn(400, seed=100 + seed)[0].argmax(1), 4).shifted
        new = drawn(400, seed=200 + seed, shares=[0.55, 0.15, 0.15, 0.15])[0].argmax(1)
        n_seen += label_shift_test(held, new, 4).shifted
    assert n_seen >= 38
    assert n_imagined <= 2


@pytest.mark.parametrize("by", ["em", "confusion"])
def test_new_shares_are_found_and_help(by):
    old, new = np.full(4, 0.25), np.array([0.7, 0.1, 0.1, 0.1])
    held, truth = drawn(1000, seed=0)
    logits, targets = drawn(1000, seed=1, shares=new)
    scores = probabilities(logits)
    inverted = shares_by_confusion(held.argmax(1), truth, logits.argmax(1), 4)
    found = shares_by_em(scores, old) if by == "em" else inverted
    assert found.sum() == pytest.approx(1)
    assert np.abs(found - new).max() < 0.05
    corrected = with_shares(scores, old, found)
    assert np.allclose(corrected.sum(1), 1)
    assert (corrected.argmax(1) == targets).mean() > (scores.argmax(1) == targets).mean() + 0.02


def test_shares_need_rows_of_every_class():
    with pytest.raises(DataError, match="class 2 has no held-out row"):
        shares_by_confusion(np.array([0, 1, 1]), np.array([0, 1, 1]), np.array([0]), 3)


def test_rows_unlike_the_training_data_are_flagged():
    from sklearn.datasets import load_digits
    from sklearn.metrics import roc_auc_score

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    known, unknown = x[y < 7], x[y >= 7]
    found = Novelty.fit(known[:800])
    like = found.distances(known[800:])
    held_out = roc_auc_score(np.r_[np.zeros(len(like)), np.ones(len(unknown))], np.r_[like, found.distances(unknown)])
    assert held_out >= 0.80
    noise = np.random.default_rng(0).random((100, 64)) * 16
    assert found.flags(noise).all()
    assert 0.01 < found.flags(known[800:]).mean() < 0.12


def test_distance_is_to_the_kth_nearest_by_direction():
    rows = np.array([[1.0, 0], [0, 2.0], [-3.0, 0], [0, -1.0]])
    found = Novelty.fit(rows, k=2, share=0.5)
    assert found.distances(np.array([[5.0, 0]])) == pytest.approx([2**0.5])
    with pytest.raises(DataError, match="4 training rows for 4 neighbours"):
        Novelty.fit(rows, k=4)
