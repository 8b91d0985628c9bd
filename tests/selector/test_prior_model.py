"""The model behind the prior, against definitions written slowly."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from zoo.selector.prior.factor_model import answer, crowding, fit, information, normal_scores, posterior


def scores_by_hand(values):
    """Each value counts those below it and half of its equals, itself among them."""
    n = len(values)
    quantiles = [(sum(w < v for w in values) + sum(w == v for w in values) / 2) / n for v in values]
    return [NormalDist().inv_cdf(q) for q in quantiles]


@pytest.mark.parametrize("values", [[0.1, 0.9, 0.5], [0.2, 0.2, 0.2, 0.8], [0.4], [0.3, 0.1, 0.3, 0.7, 0.1, 0.9]])
def test_normal_scores_agree_with_the_definition(values):
    assert normal_scores(np.array(values)) == pytest.approx(scores_by_hand(values), abs=1e-6)


def draw(seed=0, n=7, d=9, k=3):
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(d, k)).astype(np.float32)
    root = rng.normal(size=(k, k))
    covariance = (root @ root.T + np.eye(k)).astype(np.float32)
    noise = rng.uniform(0.2, 1.0, d).astype(np.float32)
    expected = rng.normal(size=(n, k)).astype(np.float32)
    flags = (rng.random((n, d)) < 0.6).astype(np.float32)
    residual = (rng.normal(size=(n, d)) * flags).astype(np.float32)
    return residual, flags, phi, noise, covariance, expected


def conditioned(residual, flags, phi, noise, covariance, expected):
    """Gaussian conditioning of one model's strengths on its results, in the space of results."""
    seen = flags > 0
    p = phi[seen].astype(float)
    inner = p @ covariance @ p.T + np.diag(noise[seen])
    gain = covariance @ p.T @ np.linalg.inv(inner)
    return expected + gain @ (residual[seen] - p @ expected), covariance - gain @ p @ covariance


def test_posterior_agrees_with_gaussian_conditioning():
    residual, flags, phi, noise, covariance, expected = draw()
    means, spreads = posterior(residual, flags, phi, noise, covariance, expected)
    for i in range(len(residual)):
        mean, spread = conditioned(residual[i], flags[i], phi, noise, covariance, expected[i])
        assert means[i] == pytest.approx(mean, abs=1e-3)
        assert spreads[i] == pytest.approx(spread, abs=1e-3)


def test_a_model_without_results_keeps_what_its_facts_say():
    residual, flags, phi, noise, covariance, expected = draw()
    flags[0], residual[0] = 0, 0
    means, spreads = posterior(residual, flags, phi, noise, covariance, expected)
    assert means[0] == pytest.approx(expected[0], abs=1e-4)
    assert spreads[0] == pytest.approx(covariance, abs=1e-3)


def test_an_answer_is_the_posterior_seen_from_one_task():
    residual, flags, phi, noise, covariance, expected = draw(seed=1)
    target = np.array([0.3, -1.0, 2.0], dtype=np.float32)
    means, spreads = posterior(residual, flags, phi, noise, covariance, expected)
    mean, reach = answer(residual, flags @ information(phi, noise), phi, noise, covariance, expected, target)
    assert mean == pytest.approx(means @ target, abs=1e-3)
    assert reach == pytest.approx(spreads @ target, abs=1e-3)


def simulated(n=120, groups=16, seed=0):
    """Results of models whose strengths on two kinds of task are correlated, with facts that say part of them."""
    rng = np.random.default_rng(seed)
    kind = np.arange(groups) % 2
    phi = np.stack([np.ones(groups), kind == 0, kind == 1], axis=1).astype(np.float32)
    x = np.hstack([np.ones((n, 1)), rng.normal(size=(n, 2))]).astype(np.float32)
    strengths = 0.8 * rng.normal(size=(n, 3)) * [1, 0.5, 0.5] + x[:, 1:2] * [0.6, 0.3, -0.3]
    truth = strengths @ phi.T
    z = np.stack([normal_scores(column) for column in (truth + 0.5 * rng.normal(size=truth.shape)).T], axis=1)
    return z, phi, x, truth


def test_fit_predicts_a_column_that_it_never_saw():
    z, phi, x, truth = simulated()
    s = fit(z[:, 1:], phi[1:], x, crowding([str(i) for i in range(15)], 0.0))
    residual = (z[:, 1:] - s.mean) / s.scale
    means, _ = posterior(residual, np.ones_like(residual), phi[1:], s.noise, s.covariance, x @ s.from_facts.T)
    same_kind = np.corrcoef(means @ phi[0], truth[:, 0])[0, 1]
    assert same_kind > 0.9
    assert same_kind > np.corrcoef(z[:, 1:].mean(axis=1), truth[:, 0])[0, 1]  # better than the plain mean


def test_facts_say_something_of_a_model_without_results():
    z, phi, x, truth = simulated()
    s = fit(z[:80], phi, x[:80], crowding([str(i) for i in range(16)], 0.0))
    assert np.corrcoef((x[80:] @ s.from_facts.T) @ phi[0], truth[80:, 0])[0, 1] > 0.5


def test_models_without_any_result_do_not_change_the_fit():
    z, phi, x, _ = simulated(n=60)
    crowd = crowding([str(i) for i in range(16)], 0.0)
    padded = np.vstack([z, np.full((40, 16), np.nan, np.float32)])
    alone, beside = fit(z, phi, x, crowd), fit(padded, phi, np.vstack([x, x[:40]]), crowd)
    assert np.array_equal(alone.from_facts, beside.from_facts)


def test_near_duplicates_count_less_the_more_they_repeat_each_other():
    assert crowding(["a", "b", "b"], shared=1.0).tolist() == [1, 2, 2]
    assert crowding(["a", "b", "b"], shared=0.0).tolist() == [1, 1, 1]


def test_no_trust_in_a_feature_leaves_it_without_effect():
    z, phi, x, _ = simulated(n=60)
    s = fit(z, phi, x, crowding([str(i) for i in range(16)], 0.0)).tempered(np.array([1, 0, 0], np.float32))
    assert np.abs(s.covariance[1:, 1:]).max() <= 1.1e-4
    assert not s.from_facts[1:].any()
