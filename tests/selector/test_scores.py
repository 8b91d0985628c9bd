"""Scores and distances agree with slow versions of the formulas in their papers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import linalg, optimize, stats

from tests.selector.test_probes import blobs
from zoo.errors import DataError
from zoo.selector import proximity, scores

OF_FEATURES = [scores.logme, scores.h_score, scores.sfda, scores.transrate, scores.gbc, scores.parc]
DISTANCES = [proximity.frechet_distance, proximity.proxy_a_distance, proximity.mmd]


def evidence(x, target, alpha, beta):
    """log p(y | F, alpha, beta), with full matrices: y is Gaussian with covariance FF'/alpha + I/beta."""
    covariance = x @ x.T / alpha + np.eye(len(x)) / beta
    return stats.multivariate_normal(np.zeros(len(x)), covariance).logpdf(target)


@pytest.mark.parametrize("shape", [(20, 6), (4, 15)], ids=["more rows", "more features"])
def test_logme_is_the_greatest_evidence(shape):
    x, y = blobs(n_per_class=shape[0], d=shape[1], spread=1.0)
    best = []
    for label in range(3):
        target = (y == label).astype(float)
        starts = [(0, 0), (2, 2), (-2, 2)]
        found = [
            optimize.minimize(lambda p, t=target: -evidence(x, t, *np.exp(p)), start, method="Nelder-Mead")
            for start in starts
        ]
        best.append(-min(result.fun for result in found) / len(x))
    assert scores.logme(x, y) == pytest.approx(np.mean(best), abs=1e-3)


def test_h_score_agrees_with_the_definition():
    x, y = blobs()
    means = np.stack([x[y == label].mean(0) for label in y])
    by_hand = np.trace(np.linalg.inv(np.cov(x.T, ddof=0)) @ np.cov(means.T, ddof=0))
    assert scores.h_score(x, y) == pytest.approx(by_hand)


def sfda_by_hand(x, y):
    """Equations 3 to 8 with scipy's generalised eigenproblem, a row at a time."""

    def fisher(rows, shrinkage):
        means = np.stack([rows[y == c].mean(0) for c in range(3)])
        within = sum(np.outer(r - means[c], r - means[c]) for r, c in zip(rows, y, strict=True)) / len(y)
        centre = rows.mean(0)
        between = sum((y == c).mean() * np.outer(means[c] - centre, means[c] - centre) for c in range(3))
        if shrinkage is None:
            shrinkage = math.exp(-5 * np.linalg.eigvalsh(within).max())
        _, u = linalg.eigh(between, (1 - shrinkage) * within + shrinkage * np.eye(rows.shape[1]))
        u = u[:, ::-1][:, :2]
        log = []
        for row in rows:
            logit = [
                row @ u @ (u.T @ m) - 0.5 * m @ u @ u.T @ m + math.log((y == c).mean()) for c, m in enumerate(means)
            ]
            log.append(np.array(logit) - math.log(sum(math.exp(value) for value in logit)))
        return np.array(log), shrinkage

    log, shrinkage = fisher(x, None)
    mixed = np.stack(
        [math.exp(log[i, c]) * x[i] + (1 - math.exp(log[i, c])) * x[y != c].mean(0) for i, c in enumerate(y)]
    )
    log, _ = fisher(mixed, shrinkage)
    return np.mean([log[i, c] for i, c in enumerate(y)])


def test_sfda_agrees_with_the_definition():
    x, y = blobs(spread=0.4)
    assert scores.sfda(x, y) == pytest.approx(sfda_by_hand(x, y))


def test_transrate_agrees_with_the_definition():
    x, y = blobs()
    z = x - x.mean(0)

    def rate(rows):
        return 0.5 * math.log(np.linalg.det(np.eye(6) + rows.T @ rows / (len(rows) * 1e-4)))

    assert scores.transrate(x, y) == pytest.approx(rate(z) - np.mean([rate(z[y == c]) for c in range(3)]))


def test_gbc_agrees_with_the_definition():
    x, y = blobs()
    total = 0.0
    for i in range(3):
        for j in range(3):
            if i != j:
                a, b = x[y == i], x[y == j]
                va, vb = np.diag(a.var(0, ddof=1) + 1e-6), np.diag(b.var(0, ddof=1) + 1e-6)
                v, apart = (va + vb) / 2, a.mean(0) - b.mean(0)
                d = apart @ np.linalg.inv(v) @ apart / 8
                d += 0.5 * math.log(np.linalg.det(v) / math.sqrt(np.linalg.det(va) * np.linalg.det(vb)))
                total += math.exp(-d)
    assert scores.gbc(x, y) == pytest.approx(-total)


def test_parc_agrees_with_scipy():
    x, y = blobs()
    lower = np.tril_indices(len(x), -1)
    by_hand = stats.spearmanr((1 - np.corrcoef(x))[lower], (1 - np.corrcoef(np.eye(3)[y]))[lower].round(12))
    assert scores.parc(x, y) == pytest.approx(by_hand.statistic)


def test_nce_agrees_with_the_definition():
    rng = np.random.default_rng(0)
    z, y = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    by_hand = 0.0
    for a in range(4):
        for b in range(3):
            both = np.mean((z == a) & (y == b))
            by_hand += both * math.log(both / np.mean(z == a))
    assert scores.nce(z, y) == pytest.approx(by_hand)


def test_nce_is_zero_where_the_source_tells_all():
    y = np.array([0, 1, 2, 0, 1, 2])
    assert scores.nce((y + 1) % 3, y) == pytest.approx(0)


@pytest.mark.parametrize(("n", "n_classes"), [(60, 3), (300, 100)])
def test_leep_agrees_with_the_definition(n, n_classes):
    rng = np.random.default_rng(0)
    theta, y = rng.dirichlet(np.ones(5), n), rng.permutation(np.arange(n) % n_classes)
    joint = np.array([[theta[y == c, z].sum() / n for z in range(5)] for c in range(n_classes)])
    given = joint / joint.sum(0)
    by_hand = np.mean([math.log(sum(given[y[i], z] * theta[i, z] for z in range(5))) for i in range(n)])
    assert scores.leep(theta, y) == pytest.approx(by_hand)


def test_leep_of_certain_predictions_is_nce():
    rng = np.random.default_rng(0)
    z, y = rng.integers(0, 4, 100), rng.integers(0, 3, 100)
    assert scores.leep(np.eye(4)[z], y) == pytest.approx(scores.nce(z, y))


def test_leep_refuses_logits():
    with pytest.raises(DataError, match="softmax"):
        scores.leep(np.array([[3.0, -1.0], [0.0, 1.0]]), np.array([0, 1]))


@pytest.mark.parametrize("score", OF_FEATURES)
class TestEveryScoreOfFeatures:
    def test_prefers_classes_that_lie_apart(self, score):
        near, y = blobs(spread=2.0)
        far, _ = blobs(spread=0.2)
        assert score(far, y) > score(near, y)

    def test_does_not_care_how_classes_are_numbered(self, score):
        x, y = blobs()
        assert score(x, np.array([7, 2, 4])[y]) == pytest.approx(score(x, y), rel=1e-6)

    def test_refuses_one_class_and_nan(self, score):
        x, y = blobs()
        with pytest.raises(DataError, match="two classes"):
            score(x, 0 * y)
        with pytest.raises(DataError, match="NaN"):
            score(np.where(x > 0, np.nan, x), y)


def test_frechet_distance_agrees_with_the_matrix_root():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 4)), 1 + rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
    first, second = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(first @ second).real
    by_hand = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first + second - 2 * root)
    assert proximity.frechet_distance(a, b) == pytest.approx(by_hand)


def test_mmd_agrees_with_the_definition():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(8, 3)), 0.5 + rng.normal(size=(6, 3))

    def kernel(x, y):
        return math.exp(-((x - y) @ (x - y)) / (2 * 1.5**2))

    by_hand = np.mean([kernel(a[i], a[j]) for i in range(8) for j in range(8) if i != j])
    by_hand += np.mean([kernel(b[i], b[j]) for i in range(6) for j in range(6) if i != j])
    by_hand -= 2 * np.mean([kernel(x, y) for x in a for y in b])
    assert proximity.mmd(a, b, bandwidth=1.5) == pytest.approx(by_hand)


def test_proxy_a_distance_is_2_apart_and_0_alike():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(400, 3))
    assert proximity.proxy_a_distance(a, a + 50) == 2.0
    assert proximity.proxy_a_distance(a, rng.normal(size=(900, 3))) < 0.3


@pytest.mark.parametrize("distance", DISTANCES)
class TestEveryDistance:
    def test_grows_as_domains_part(self, distance):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(200, 4)), rng.normal(size=(200, 4))
        near, far = distance(a, b), distance(a, b + 1.0)
        assert abs(near) < far

    def test_is_the_same_both_ways(self, distance):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=(200, 4)), 1.5 + rng.normal(size=(200, 4))
        assert distance(a, b) == pytest.approx(
            distance(b, a), abs=0.1 if distance is proximity.proxy_a_distance else 1e-8
        )

    def test_refuses_features_of_two_encoders(self, distance):
        with pytest.raises(DataError, match="Use one encoder"):
            distance(np.zeros((5, 3)), np.zeros((5, 4)))


def slow_logme_with_one_svd(x, y):
    """The fixed point a class at a time on the left singular vectors."""
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    sigma, (n, d), total = s**2, x.shape, []
    for label in np.unique(y):
        target = (y == label).astype(float)
        z2 = (u.T @ target) ** 2
        out = max(target.sum() - z2.sum(), 0.0)
        a, b = 1.0, 1.0
        for _ in range(100):
            t = a / b
            gamma = (sigma / (sigma + t)).sum()
            residual = (z2 * (t / (sigma + t)) ** 2).sum() + out
            a, b = gamma / (sigma * z2 / (sigma + t) ** 2).sum(), max(n - gamma, 1e-12) / max(residual, 1e-12)
            if abs(a / b - t) <= 1e-6 * t:
                break
        t = a / b
        residual = (z2 * (t / (sigma + t)) ** 2).sum() + out
        m2 = (sigma * z2 / (sigma + t) ** 2).sum()
        logdet = np.log(a + b * sigma).sum() + (d - len(s)) * math.log(a)
        total.append(n * math.log(b) + d * math.log(a) - n * math.log(2 * math.pi) - b * residual - a * m2 - logdet)
    return np.mean(total) / 2 / n


@pytest.mark.parametrize(("per_class", "d"), [(60, 20), (10, 80)], ids=["more rows", "more features"])
def test_logme_by_the_gram_matrix_is_logme_by_singular_vectors(per_class, d):
    x, y = blobs(n_per_class=per_class, d=d, spread=1.0)
    assert scores.logme(x, y) == pytest.approx(slow_logme_with_one_svd(x, y), rel=1e-6)


def test_logme_of_repeated_and_constant_features_stays_that_of_the_directions_there_are():
    x, y = blobs(n_per_class=60, d=20, spread=1.0)
    doubled = np.concatenate([x, x, np.zeros((len(x), 5))], axis=1)
    assert scores.logme(doubled, y) == pytest.approx(slow_logme_with_one_svd(doubled, y), rel=1e-6)


def test_h_score_leaves_out_directions_without_variance():
    x, y = blobs(n_per_class=60, d=20, spread=1.0)
    doubled = np.concatenate([x, x, np.ones((len(x), 3))], axis=1)
    assert scores.h_score(doubled, y) == pytest.approx(scores.h_score(x, y), rel=1e-6)


def test_only_the_shrunk_h_score_tells_labels_from_shuffled_ones_with_few_rows():
    x, y = blobs(n_per_class=10, d=80, spread=1.0)
    shuffled = np.random.default_rng(0).permutation(y)
    assert scores.h_score(x, y) == pytest.approx(2) == scores.h_score(x, shuffled)
    assert scores.h_score(x, y, shrink=True) > 1.2 * scores.h_score(x, shuffled, shrink=True)


def test_shrunk_h_score_agrees_with_the_definition():
    from sklearn.covariance import ledoit_wolf

    x, y = blobs(n_per_class=10, d=80, spread=1.0)
    regular, pull = ledoit_wolf(x)
    means = np.stack([x[y == label].mean(0) for label in y])
    by_hand = np.trace(np.linalg.inv(regular) @ ((1 - pull) * np.cov(means.T, ddof=0)))
    assert scores.h_score(x, y, shrink=True) == pytest.approx(by_hand)


def test_transrate_with_more_features_than_rows():
    x, y = blobs(n_per_class=8, d=40, spread=0.4)
    z = x - x.mean(0)
    rates = [
        0.5 * np.linalg.slogdet(np.eye(40) + rows.T @ rows / (len(rows) * 1e-4))[1]
        for rows in (z, *(z[y == c] for c in range(3)))
    ]
    assert scores.transrate(x, y) == pytest.approx(rates[0] - np.mean(rates[1:]))


def test_parc_shares_ranks_among_equal_distances():
    x, y = blobs(n_per_class=8, d=3)
    x, y = np.repeat(x, 2, axis=0), np.repeat(y, 2)
    lower = np.tril_indices(len(x), -1)
    by_hand = stats.spearmanr((1 - np.corrcoef(x))[lower].round(12), (y[:, None] != y)[lower])
    assert scores.parc(x, y) == pytest.approx(by_hand.statistic)


def test_leep_takes_a_source_class_without_mass():
    theta = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0.0, 1, 0], [0.2, 0.8, 0]])
    assert scores.leep(theta, np.array([0, 0, 1, 1])) == pytest.approx(
        scores.leep(theta[:, :2], np.array([0, 0, 1, 1]))
    )


def test_n_leep_of_rows_that_are_all_alike_is_the_entropy_of_the_labels():
    assert scores.n_leep(np.ones((8, 3)), np.array([0, 1] * 4)) == pytest.approx(-math.log(2))


@pytest.mark.parametrize("score", OF_FEATURES)
def test_no_score_changes_the_callers_arrays_or_depends_on_the_order_of_rows(score):
    x, y = blobs()
    before = x.copy()
    value = score(x, y)
    np.testing.assert_array_equal(x, before)
    turn = np.random.default_rng(1).permutation(len(x))
    assert score(x[turn], y[turn]) == pytest.approx(value, rel=1e-6)
