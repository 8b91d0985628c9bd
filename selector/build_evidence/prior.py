"""Fits the prior to the bundled evidence and stores its numbers: `python -m zoo.selector.build_evidence.prior`.

First every group of near-duplicates is predicted by fits that never saw it, which settles how the prior is tuned and
how wide its intervals are (`prior.validation`); then it is fitted to everything. About two minutes on one
core; `build_evidence` runs it at its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..evidence.models import ModelFacts, load_models
from ..evidence.table import Evidence
from ..prior import model_features as prior_models
from ..prior import task_features as prior_tasks
from ..prior.fit import fit_columns
from ..prior.store import pack
from ..prior.table import Column, Room, condense, dense, traits
from ..prior.validation import validate
from ..task.datasets import Datasets


def fit_rooms(evidence: Evidence, datasets: Datasets, models: Mapping[str, ModelFacts]) -> tuple[Room, ...]:
    """Both rooms, checked and then fitted to everything in the evidence."""
    rooms: dict[str, dict[Column, dict[str, float]]] = defaultdict(dict)
    for column, cells in condense(evidence, datasets).items():
        rooms[prior_tasks.room_of(datasets.by_name[column.dataset].modality)][column] = cells
    return tuple(fit_room(name, rooms[name], datasets, models) for name in sorted(rooms))


def fit_room(
    name: str, table: Mapping[Column, Mapping[str, float]], datasets: Datasets, models: Mapping[str, ModelFacts]
) -> Room:
    """One room, checked and fitted to the columns given."""
    names = tuple(sorted({model for cells in table.values() for model in cells}))
    values, scores = dense(table, names)
    told = [traits(column, datasets.by_name) for column in table]
    x = prior_models.standard_features([models[model] for model in names], name).astype(np.float16).astype(np.float32)
    checks = validate(name, names, tuple(table), told, values, scores, x)
    return fit_columns(name, names, tuple(table), told, values, scores, x, checks)


def store(out: Path) -> None:
    """Fit to the evidence of a folder and write prior.npz beside it."""
    models = {facts.model: facts for facts in load_models(out)}
    rooms = fit_rooms(Evidence.load(out), Datasets.load(out), models)
    keys = {key: facts.model for facts in reversed(models.values()) for key in prior_models.name_keys(facts)}
    keys |= {facts.model.lower(): facts.model for facts in models.values()}
    arrays = pack(rooms, {"keys": keys})
    np.savez_compressed(out / "prior.npz", **arrays)  # type: ignore[arg-type]  # numpy's stub takes any name for its flags


if __name__ == "__main__":
    store(Path(__file__).parents[1] / "data")
