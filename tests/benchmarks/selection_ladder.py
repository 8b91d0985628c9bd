"""The ladder: what a few measurements on the target add to the prior, simulated on the CLIP zero-shot table.

Exact: the first 3, 5 or 10 of the prior are measured and the best of them is taken. Labels: every model is measured
on 25 to 200 labelled images (binomial draws, 20 seeds); "raw" takes the best measured accuracy, "shrunk" the best after
`prior.update.update`.
"""

from __future__ import annotations

import numpy as np
from selection_tables import Float

from zoo.selector.prior.posterior import update

EXACT = (1, 3, 5, 10)
LABELS = (25, 50, 100, 200)
N_SEEDS = 20


def climb(truth: Float, strength: Float, expected: Float, alike: Float) -> dict[str, float]:
    """Loss of the first of the ranking on one data set at every rung, in points."""
    order = np.argsort(-strength, kind="stable")
    lost = {f"exact {k}": truth.max() - truth[order[:k]].max() for k in EXACT}
    for n_labels in LABELS:
        raw, shrunk = [], []
        for seed in range(N_SEEDS):
            measured = np.random.default_rng(seed).binomial(n_labels, truth) / n_labels
            raw.append(truth[np.argmax(measured + 1e-6 * strength)])  # ties go to the prior's favourite
            shrunk.append(truth[update(expected, measured, n_labels, alike).ranking()[0]])
        lost |= {f"raw {n_labels}": truth.max() - np.mean(raw), f"shrunk {n_labels}": truth.max() - np.mean(shrunk)}
    return {name: 100 * float(value) for name, value in lost.items()}


def show(rungs: list[dict[str, float]]) -> dict[str, float]:
    """Print the means over data sets; give them."""
    means = {name: float(np.mean([rung[name] for rung in rungs])) for name in rungs[0]}
    print(f"\nThe ladder on CLIP zero-shot, {len(rungs)} data sets, points lost by the first of the ranking")
    print("  exact evaluation of the prior's leaders: " + "  ".join(f"{k}: {means[f'exact {k}']:.2f}" for k in EXACT))
    for method in ("raw", "shrunk"):
        print(f"  labels, {method:7s} " + "  ".join(f"{n}: {means[f'{method} {n}']:.2f}" for n in LABELS))
    return means
