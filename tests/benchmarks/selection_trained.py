"""What is left of a table when no model is a candidate on a data set that it was trained on.

A user's own data is in no training set, so a model that wins where it was trained says little of what to take.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from selection_measures import LEAST_GROUPS, NAMES, measures, ratio
from selection_predictions import Prediction
from selection_tables import Cell, baselines, by_dataset

from zoo.selector.evidence.models import ModelFacts
from zoo.selector.prior.table import Room
from zoo.selector.task.datasets import Datasets

LEAST_CANDIDATES = 3


def trained(room: Room, models: dict[str, ModelFacts], datasets: Datasets) -> NDArray[np.bool_]:
    """(n models, d columns) whether its authors say that a model was trained on the data set or a near-duplicate."""
    groups = np.array([column.group for column in room.columns])
    found = np.zeros((len(room.models), len(groups)), dtype=bool)
    for row, model in enumerate(room.models):
        told = {facts.group for name in models[model].trained_on for facts in datasets.find(name)}
        found[row] = np.isin(groups, list(told))
    return found


def show(
    cells: list[Cell],
    room: Room,
    predictions: dict[int, Prediction],
    models: dict[str, ModelFacts],
    seen: NDArray[np.bool_],
) -> dict:
    """Print and give the loss of the first, and of the mean's first, where no candidate was trained on the data set.

    Nothing is printed of a table in which no candidate was.
    """
    if not any(seen[cell.rows, cell.column].any() for cell in cells):
        return {}
    won = sum(bool(seen[cell.rows[room.values[cell.rows, cell.column].argmax()], cell.column]) for cell in cells)
    left = [Cell(cell.column, cell.rows[~seen[cell.rows, cell.column]]) for cell in cells]
    left = [cell for cell in left if len(cell.rows) >= LEAST_CANDIDATES]
    lost = {"prior": [], "mean": []}
    for cell, told in zip(left, baselines(room, left, models), strict=True):
        truth = room.values[cell.rows, cell.column].astype(float)
        here = np.searchsorted(np.flatnonzero(room.seen[:, cell.column]), cell.rows)
        lost["prior"].append(measures(predictions[cell.column].strength[here], truth))
        lost["mean"].append(measures(told["mean"], truth))
    columns = [room.columns[cell.column] for cell in left]
    (ours, groups), (theirs, _) = (by_dataset(columns, np.array(lost[name])) for name in ("prior", "mean"))
    at = NAMES.index("regret1")
    share, low, high = ratio(ours[:, at], theirs[:, at], groups)
    several = f", {share:.2f} of it ({low:.2f} to {high:.2f})" if len(set(groups)) >= LEAST_GROUPS else ""
    print(
        f"  a model that was trained on the data set is best in {won} of {len(cells)} columns; without such candidates "
        f"the first loses {ours[:, at].mean():.2f}, that of the mean {theirs[:, at].mean():.2f}{several}"
    )
    untrained = {"columns_won": won, "prior": float(ours[:, at].mean()), "mean": float(theirs[:, at].mean())}
    return {"untrained": untrained | {"over_mean": [share, low, high]}}
