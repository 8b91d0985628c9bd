"""Does a list that was chosen to be measured hold a better model than the first of the ranking do?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from selection_measures import LEAST_GROUPS, bootstrap
from selection_predictions import Prediction
from selection_tables import Float

from zoo.selector.prior.regret import expected_loss, n_leaders, shortlist

LENGTHS = (3, 5, 10)
FEW = 5


def lost(told: Prediction, here: NDArray[np.int64], truth: Float) -> Float:
    """(7,) points that the best of 3, 5 and 10 models lose to the best of all: the ranking's first, then the list's,
    and last what the first five of the list were expected to lose.

    Args:
        told: of one column.
        here: (n,) places in it of the candidates, ascending.
        truth: (n,) their results.
    """
    leading = np.flatnonzero(np.isin(told.leaders, here))[: n_leaders(len(here), max(LENGTHS))]
    at = told.leaders[leading]
    alike = told.alike[np.ix_(leading, leading)].astype(float)
    picked = shortlist(told.expected[at], told.own_spread[at], alike, max(LENGTHS))
    found = truth[np.searchsorted(here, at)]
    lists = [truth.max() - one[:n].max() for one in (found, found[picked]) for n in LENGTHS]
    rest = [place for place in range(len(at)) if place not in picked[:FEW]]
    order = at[[*picked[:FEW], *rest]]
    return 100 * np.array(
        [*lists, expected_loss(told.expected[order], told.own_spread[order] * told.of_several[order], FEW)]
    )


def show(found: NDArray[np.floating], groups: Sequence[str]) -> dict:
    """Print and give the means over data sets of `lost` (d, 7), and how the two differ when groups are redrawn."""
    first, chosen, expected = found[:, :3], found[:, 3:6], float(found[:, 6].mean())
    out, said = {}, []
    for place, n in enumerate(LENGTHS):
        difference = bootstrap(chosen[:, place], first[:, place], list(groups))
        ours = [float(first[:, place].mean()), float(chosen[:, place].mean())]
        out[f"best of {n}"] = {"first": ours[:1], "chosen": ours[1:], "difference": list(difference)}
        enough = len(set(groups)) >= LEAST_GROUPS
        mark = "*" if enough and difference[2] < 0 else "!" if enough and difference[1] > 0 else ""
        said.append(f"{n}: {ours[0]:.2f} and {ours[1]:.2f}{mark} ({difference[1]:+.2f} to {difference[2]:+.2f})")
    print("  best of the first, and of a list chosen to be measured, " + "; ".join(said))
    print(f"  expected loss of the best of the list's first five {expected:.2f}, realised {chosen[:, 1].mean():.2f}")
    return out | {"expected_of_five": expected}
