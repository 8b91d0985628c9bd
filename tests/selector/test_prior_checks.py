"""The prior learns how far to trust itself from data sets that it had not read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from zoo.selector.prior.calibration import N_QUANTILES, OWN_FACTORS, TUNINGS, Checks, class_of, widening
from zoo.selector.prior.factor_model import normal_scores
from zoo.selector.prior.fit import fit_columns
from zoo.selector.prior.level import REACH, chance_of, fit_levels, level_of, logit, metric_of, share, skill_logit
from zoo.selector.prior.regret import expected_loss
from zoo.selector.prior.table import Column, ridge_of
from zoo.selector.prior.task_features import TaskTraits, features, matrix
from zoo.selector.prior.validation import rank_correlation, validate


def checks(misses: list[float], kinds: list[str], sources: list[str] | None = None) -> Checks:
    """One group a row: its errors in units of the interval; the first lost half of what was printed at factor 1, the
    best of five all of it.
    """
    n = len(misses)
    return Checks(
        groups=tuple(f"g{i}" for i in range(n)),
        scores=np.tile(np.arange(len(TUNINGS), dtype=np.float32), (n, 1)),
        group=np.arange(n),
        kind=tuple(kinds),
        source=tuple(sources or ["s"] * n),
        size=np.ones(n, dtype=np.float32),
        misses=np.tile(np.array(misses, dtype=np.float32)[:, None], (1, N_QUANTILES)),
        realised=np.tile(np.array([0.02, 0.04], dtype=np.float32), (n, 1)),
        printed=np.tile(0.04 * np.array(OWN_FACTORS, dtype=np.float32), (n, 2, 1)),
    )


PROBE, FEW = "probe/image/classification", "few-shot/image/classification"


def test_the_tuning_with_the_best_rankings_is_taken():
    assert checks([1.0], [PROBE]).best_tuning() is TUNINGS[-1]
    assert Checks.none().best_tuning() is TUNINGS[0]


def test_an_interval_is_widened_until_it_covers_its_share():
    found = checks([0.5] * 30 + [2.0] * 70, [PROBE] * 100).interval_factor(PROBE, {"s": 1.0})
    assert found == pytest.approx(2.0)
    narrow = checks([0.5] * 90 + [2.0] * 10, [PROBE] * 100).interval_factor(PROBE, {"s": 1.0})
    assert narrow == pytest.approx(0.5)


def test_classes_of_tasks_have_their_own_width():
    both = checks([0.5] * 10 + [2.0] * 10, [PROBE] * 10 + [FEW] * 10)
    assert both.interval_factor(PROBE, {"s": 1.0}) == pytest.approx(0.5, rel=0.01)
    assert both.interval_factor(FEW, {"s": 1.0}) == pytest.approx(2.0)


def test_a_class_with_few_groups_borrows_from_the_wider_one():
    segmentation = "probe/image/segmentation"
    found = [
        checks([0.5] * 40 + [9.0] * n, [PROBE] * 40 + [segmentation] * n).interval_factor(segmentation, {"s": 1.0})
        for n in (0, 1, 3, 9)
    ]
    assert found[0] == pytest.approx(0.5)
    assert 0.5 < found[1] < found[2] < found[3] < 9.0
    assert widening("probe/image/segmentation")[1] == "probe/image"


def test_sources_that_measured_the_models_asked_about_count_more():
    both = checks([0.5] * 20 + [2.0] * 20, [PROBE] * 40, ["mine"] * 20 + ["other"] * 20)
    assert both.interval_factor(PROBE, {"mine": 1.0}) < 0.6
    assert both.interval_factor(PROBE, {"other": 1.0}) == pytest.approx(2.0)


def test_own_spread_is_stretched_until_the_expected_loss_was_the_realised_one():
    assert checks([1.0] * 10, [PROBE] * 10).own_factor(PROBE, {"s": 1.0}) == pytest.approx(0.5)
    assert checks([1.0] * 10, [PROBE] * 10).own_factor(PROBE, {"s": 1.0}, n_taken=5) == pytest.approx(1.0)


def test_without_checks_nothing_is_stretched():
    assert Checks.none().interval_factor(PROBE, {}) == 1.0
    assert Checks.none().own_factor(PROBE, {}) == 1.0


def test_leaving_groups_out_leaves_out_what_they_taught():
    kept = checks([0.5] * 10 + [2.0] * 10, [PROBE] * 20).without(frozenset(f"g{i}" for i in range(10, 20)))
    assert kept.groups == tuple(f"g{i}" for i in range(10))
    assert kept.interval_factor(PROBE, {"s": 1.0}) == pytest.approx(0.5)


def test_only_texts_are_told_apart_by_language_and_domain():
    assert class_of(trait(0)) == PROBE
    legal = replace(trait(0), modality="text", protocol="few-shot", domains=("text/legal", "text/social"))
    assert class_of(legal) == "few-shot/text/classification/english/text/legal"
    assert class_of(replace(legal, language="deu")) == "few-shot/text/classification/other language/text/legal"


def test_tuning_on_few_labels_is_a_class_of_its_own():
    assert class_of(replace(trait(0), protocol="fine-tune")) == "fine-tune/image/classification/many labels"
    few = replace(trait(0), protocol="fine-tune", few_labels=True)
    assert class_of(few) == "fine-tune/image/classification/few labels"
    assert features(few)["labels:few"] == 1.0


def test_levels_recover_intercept_and_slope():
    rng = np.random.default_rng(0)
    footing = rng.normal(size=(400, 2)).astype(np.float32)
    chance = np.array([0.0, 0.5])
    values = chance + (1 - chance) * share(np.array([0.3, -1.0]) + np.array([0.5, 1.5]) * footing)
    found = fit_levels(values, footing, chance)
    assert found[:, 0] == pytest.approx([0.3, -1.0], abs=0.02)
    assert np.exp(found[:, 1]) == pytest.approx([0.5, 1.5], rel=0.05)


def test_skill_is_what_a_metric_has_above_chance():
    assert chance_of("accuracy", 4, "classification") == 0.25
    assert chance_of("accuracy", 4, "multilabel") == 0
    for metric, n_classes in (("accuracy", None), ("accuracy", 1), ("ndcg_at_10", 4)):
        assert chance_of(metric, n_classes, "classification") == 0
    height = np.array([-2.0, 0.0, 3.0])
    for chance in (0.0, 0.25, 0.5):
        assert skill_logit(metric_of(height, chance), chance) == pytest.approx(height, abs=1e-4)
    assert metric_of(np.zeros(1), 0.5) == pytest.approx(0.75)
    assert 0.45 <= metric_of(np.array([-50.0]), 0.5)[0] < 0.5 < metric_of(np.array([-3.0]), 0.5)[0]
    assert np.isfinite(skill_logit(np.array([0.1, 1.0]), 0.5)).all()


def test_one_odd_group_does_not_speak_for_a_class():
    kinds, sources = [PROBE] * 21, ["odd"] + ["s"] * 20
    found = checks([50.0] + [0.5] * 20, kinds, sources).interval_factor(PROBE, {"odd": 1.0})
    assert found == pytest.approx(0.5, rel=0.05)


def test_a_task_has_the_level_of_those_that_it_resembles():
    phi = np.array([[1, 1, 0]] * 10 + [[1, 0, 1]] * 10, dtype=np.float32)
    level = np.array([[2.0, 0.0]] * 10 + [[-1.0, 0.0]] * 10, dtype=np.float32)
    groups = [str(i) for i in range(20)]
    easy, hard = (
        level_of(np.array(t, np.float32), phi, level, np.ones(20), groups, np.ones(3)) for t in ([1, 1, 0], [1, 0, 1])
    )
    assert easy.intercept > 1.5
    assert hard.intercept < -0.5
    assert easy.slope == pytest.approx(1.0)


def test_a_rare_feature_must_be_seen_more_often_to_make_a_task_hard():
    assert ridge_of(["task", "protocol:probe", "labels:few", "domain:natural", "word:cat"]).tolist() == [1, 1, 1, 5, 5]
    phi = np.array([[1, 0]] * 10 + [[1, 1]] * 3, dtype=np.float32)
    level = np.array([[1.0, 0.0]] * 10 + [[-2.0, 0.0]] * 3, dtype=np.float32)
    groups = [str(i) for i in range(13)]
    target = np.ones(2, np.float32)
    eager, slow = (level_of(target, phi, level, np.ones(13), groups, np.array([1.0, r])) for r in (1.0, 5.0))
    assert -2 < eager.intercept < slow.intercept < 1


def test_near_duplicates_do_not_vote_twice_for_a_level():
    phi = np.ones((4, 1), dtype=np.float32)
    level = np.array([[3.0, 0.0], [3.0, 0.0], [3.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    found = level_of(np.ones(1, np.float32), phi, level, np.ones(4), ["a", "a", "a", "b"], np.ones(1))
    assert found.intercept == pytest.approx(1.5, abs=0.01)


def test_expected_loss_agrees_with_plain_simulation():
    expected, own = np.array([0.8, 0.75, 0.6]), np.array([0.3, 0.3, 0.6])
    rng = np.random.default_rng(1)
    drawn = share(logit(expected) + own * rng.normal(size=(200_000, 3)))
    assert expected_loss(expected, own) == pytest.approx((drawn.max(1) - drawn[:, 0]).mean(), rel=0.15)


def test_logit_and_share_are_inverse_and_finite():
    assert share(logit(np.array([0.1, 0.5, 0.9]))) == pytest.approx([0.1, 0.5, 0.9], abs=1e-6)
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


@pytest.mark.parametrize(
    ("a", "b", "expected"), [([1, 2, 3], [2, 4, 9], 1), ([1, 2, 3], [3, 2, 1], -1), ([1, 1], [1, 2], 0)]
)
def test_rank_correlation(a, b, expected):
    assert rank_correlation(np.array(a), np.array(b)) == pytest.approx(expected)


def trait(place: int) -> TaskTraits:
    kind = ("classification", "retrieval")[place % 2]
    return TaskTraits("image", "image", ("natural",), kind, "probe", 10, 64, "", "")


@pytest.fixture(scope="module")
def world():
    """Forty columns of sixty models whose metric is a line in general strength, plus noise."""
    rng = np.random.default_rng(0)
    columns = [Column(f"d{i}", "accuracy", "probe", "", "a page", "", "", f"d{i}") for i in range(40)]
    told = [trait(i) for i in range(40)]
    strengths = rng.normal(size=(60, 1)) + 0.4 * rng.normal(size=(60, 2))[:, np.arange(40) % 2]
    values = share(rng.normal(0.5, 0.5, 40) + 0.6 * (strengths + 0.4 * rng.normal(size=(60, 40)))).astype(np.float32)
    scores = np.stack([normal_scores(column) for column in values.T], axis=1)
    names = tuple(f"m{i}" for i in range(60))
    return names, columns, told, values, scores, np.ones((60, 1), dtype=np.float32)


def test_intervals_calibrated_by_the_checks_cover_their_share_of_new_tasks(world):
    names, columns, told, values, scores, x = world
    train = slice(0, 30)
    made = validate("image", names, columns[train], told[train], values[:, train], scores[:, train], x)
    room = fit_columns("image", names, tuple(columns[train]), told[train], values[:, train], scores[:, train], x, made)
    inside = []
    for place in range(30, 40):
        target = matrix([told[place]], room.vocabulary).astype(np.float32)[0]
        level = level_of(
            target, room.phi, room.level, room.strengths.noise, [c.group for c in room.columns], room.ridge
        )
        strength = scores[:, train].mean(axis=1)
        mean, spread, _ = level.logits(strength, np.full(60, 0.1))
        reach = REACH * made.interval_factor(PROBE, {"a page": 1.0}) * spread
        inside.append(np.mean(np.abs(logit(values[:, place]) - mean) < reach))
    assert 0.65 < np.mean(inside) < 0.95
    assert set(made.groups) == {column.group for column in columns[train]}


def test_checks_see_no_column_of_the_group_that_they_predict(world):
    """Twins of one group would predict each other almost perfectly; the checks must not profit from it."""
    names, columns, told, _, _, x = world
    rng = np.random.default_rng(3)
    noise_values = share(rng.normal(size=(60, 20))).astype(np.float32)
    noise_scores = np.stack([normal_scores(column) for column in noise_values.T], axis=1)
    twins = [replace(columns[i], dataset=f"n{i}", group=f"n{i // 2}") for i in range(20)]
    twin_values, twin_scores = (np.repeat(block[:, ::2], 2, axis=1) for block in (noise_values, noise_scores))
    made = validate("image", names, twins, told[:20], twin_values, twin_scores, x)
    assert np.nanmean(made.scores) < 0.2


def test_features_with_few_groups_are_no_part_of_the_vocabulary(world):
    names, columns, told, values, scores, x = world
    told = [replace(t, domains=("satellite/rgb",)) if i < 3 else t for i, t in enumerate(told)]
    room = fit_columns("image", names, tuple(columns), told, values, scores, x, Checks.none())
    assert "domain:satellite" in features(told[0])
    assert "domain:satellite" not in room.vocabulary
    assert "domain:natural" in room.vocabulary
