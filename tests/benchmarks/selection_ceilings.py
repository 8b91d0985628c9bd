"""What no ranking of a table could be asked for: the best other column, and the best single model, in hindsight."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from selection_measures import LESS_IS_BETTER, NAMES, measures
from selection_tables import Cell, Float

from zoo.selector.prior.table import Room

MOST_COLUMNS = 70
"""Columns of the largest table for which every column is tried as a ranking of the others."""

LEAST_SHARE = 0.8
"""Share of the data sets of a table on which a model must have been measured to stand for one choice for all."""


@dataclass(frozen=True)
class OneModel:
    """The model that loses least when it is taken for every data set; `there` (d,) says which it was measured on."""

    name: str
    regret: float
    there: NDArray[np.bool_]


def best_column(cells: list[Cell], room: Room) -> dict[str, float]:
    """What the best other column reaches as a ranking of the rest of the table, one chosen for each measure.

    A column that ranks less than half of the candidates of another says nothing of it, and less than half of the table
    is no ranking of it.
    """
    found = []
    for told in cells:
        rows = []
        for cell in cells:
            both = np.intersect1d(cell.rows, told.rows)
            other = room.columns[cell.column].group != room.columns[told.column].group
            if other and len(both) >= max(3, len(cell.rows) / 2):
                rows.append(measures(*(room.values[both, at].astype(float) for at in (told.column, cell.column))))
        found.append(np.mean(rows, axis=0) if len(rows) >= len(cells) / 2 else np.full(len(NAMES), np.nan))
    best = {name: np.nanmin if name in LESS_IS_BETTER else np.nanmax for name in NAMES}
    return {name: float(best[name](np.array(found)[:, place])) for place, name in enumerate(NAMES)}


def best_model(cells: list[Cell], room: Room) -> OneModel | None:
    """The single choice that a table can be served with at best; None where no model was measured on most of it."""
    by_dataset: dict[str, list[Float]] = defaultdict(list)
    for cell in cells:
        truth = room.values[cell.rows, cell.column]
        lost = np.full(len(room.models), np.nan)
        lost[cell.rows] = 100 * (truth.max() - truth)
        by_dataset[room.columns[cell.column].dataset].append(lost)
    regret = np.array([np.mean(columns, axis=0) for columns in by_dataset.values()])  # (data sets, models)
    often = np.flatnonzero(np.isfinite(regret).mean(axis=0) >= LEAST_SHARE)
    if not len(often):
        return None
    means = np.nanmean(regret[:, often], axis=0)
    best = int(often[means.argmin()])
    return OneModel(room.models[best], float(means.min()), np.isfinite(regret[:, best]))
