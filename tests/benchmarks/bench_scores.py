"""Transferability scores against the formulas of their peers, written out as the peers compute them.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_scores
    OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_scores --shape 5000,2048,100

Processor seconds of one thread, the two in turn on the same arrays; `apart` is the relative difference of the values.
The reference forms: LogME by one SVD and a fixed point a class (thuml), H-score by pinv of a covariance, TransRate by
a log-determinant of d x d a class (tllib), LEEP and NCE by a loop over classes, PARC by ranking all pairs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.selector import scores

SHAPES = ((1000, 512, 10), (5000, 512, 100))
N_SOURCE = 1000
MOST_PAIRS = 2000


def logme(x: Any, y: Any) -> float:
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    sigma, total = s**2, 0.0
    n, d = x.shape
    for label in np.unique(y):
        target = (y == label).astype(float)
        z2 = (u.T @ target) ** 2
        outside = max(target.sum() - z2.sum(), 0.0)
        a = b = 1.0
        for _ in range(100):
            t = a / b
            gamma = (sigma / (sigma + t)).sum()
            m2, residual = (sigma * z2 / (sigma + t) ** 2).sum(), (z2 * (t / (sigma + t)) ** 2).sum() + outside
            a, b = gamma / max(m2, 1e-12), max(n - gamma, 1e-12) / max(residual, 1e-12)
            if abs(a / b - t) <= 1e-6 * t:
                break
        t = a / b
        m2, residual = (sigma * z2 / (sigma + t) ** 2).sum(), (z2 * (t / (sigma + t)) ** 2).sum() + outside
        logdet = np.log(a + b * sigma).sum() + (d - len(sigma)) * np.log(a)
        total += (n * np.log(b) + d * np.log(a) - n * np.log(2 * np.pi) - b * residual - a * m2 - logdet) / 2 / n
    return float(total / len(np.unique(y)))


def h_score(x: Any, y: Any) -> float:
    means = np.stack([x[y == label].mean(axis=0) for label in np.unique(y)])[np.unique(y, return_inverse=True)[1]]
    covariance = np.cov(x.T, ddof=0)
    return float(np.trace(np.linalg.pinv(covariance, rcond=1e-10) @ np.cov(means.T, ddof=0)))


def transrate(x: Any, y: Any) -> float:
    z = x - x.mean(axis=0)

    def rate(rows: Any) -> float:
        inside = np.eye(rows.shape[1]) + rows.T @ rows / (len(rows) * 1e-4)
        return float(0.5 * np.linalg.slogdet(inside)[1])

    return rate(z) - float(np.mean([rate(z[y == label]) for label in np.unique(y)]))


def leep(theta: Any, y: Any) -> float:
    joint = np.stack([theta[y == label].sum(axis=0) for label in np.unique(y)]) / len(y)
    given = joint / joint.sum(axis=0)
    seen = theta @ given.T
    return float(np.log(seen[np.arange(len(y)), np.unique(y, return_inverse=True)[1]]).mean())


def nce(z: Any, y: Any) -> float:
    total = 0.0
    for a in np.unique(z):
        rows = y[z == a]
        share = np.bincount(rows) / len(rows)
        total += len(rows) / len(y) * float((share[share > 0] * np.log(share[share > 0])).sum())
    return total


def parc(x: Any, y: Any) -> float:
    from scipy.stats import spearmanr

    lower = np.tril_indices(len(x), -1)
    onehot = np.eye(int(y.max()) + 1)[y]
    labels = (1 - np.corrcoef(onehot))[lower].round(12)
    return float(spearmanr((1 - np.corrcoef(x))[lower].round(12), labels).statistic)


PAIRS: tuple[tuple[str, Callable[..., float], Callable[..., float]], ...] = (
    ("LogME", logme, scores.logme),
    ("H-score", h_score, scores.h_score),
    ("TransRate", transrate, scores.transrate),
    ("PARC", parc, scores.parc),
    ("LEEP", leep, scores.leep),
    ("NCE", nce, scores.nce),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", action="append", help="rows,features,classes")
    given = parser.parse_args()
    shapes = [tuple(map(int, text.split(","))) for text in given.shape] if given.shape else SHAPES
    for n, d, c in shapes:
        rng = np.random.default_rng(0)
        y = rng.permutation(np.arange(n) % c)
        x = rng.normal(size=(n, d)) + 0.3 * rng.normal(size=(c, d))[y]
        theta = rng.dirichlet(np.full(N_SOURCE, 0.1), n)
        theta = (theta + 1e-9) / (theta + 1e-9).sum(axis=1, keepdims=True)
        for name, peer, ours in PAIRS:
            few = slice(MOST_PAIRS if name == "PARC" else None)
            first = {"LEEP": theta, "NCE": theta.argmax(axis=1)}.get(name, x)[few]
            (theirs, slow), (value, fast) = _timed(peer, first, y[few]), _timed(ours, first, y[few])
            apart = abs(theirs - value) / max(abs(theirs), 1e-12)
            print(f"{n:6} x {d:4} x {c:4}  {name:9} {slow:8.3f} s {fast:8.3f} s {slow / fast:6.1f}x  apart {apart:.0e}")


def _timed(score: Callable[..., float], first: Any, labels: Any) -> tuple[float, float]:
    times = []
    for _ in range(2):
        started = time.process_time()
        value = score(first, labels)
        times.append(time.process_time() - started)
    return value, min(times)


if __name__ == "__main__":
    main()
