"""Fits the prior to the bundled evidence and stores its numbers: `python -m zoo.selector.fit_prior`.

Takes a few seconds on one core; `build_evidence` runs it at its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from . import prior_models, prior_tasks
from .evidence import Datasets, Evidence, ModelFacts, load_models
from .prior_model import Float, fit
from .prior_table import Column, Room, condense, dense, pack, traits

MIN_GROUPS = 5
"""A feature of tasks that fewer groups of near-duplicates share would only memorise them."""


def fit_rooms(evidence: Evidence, datasets: Datasets, models: Mapping[str, ModelFacts]) -> tuple[Room, ...]:
    """Both rooms, fitted to everything in the evidence."""
    table = condense(evidence, datasets)
    rooms: dict[str, dict[Column, dict[str, float]]] = defaultdict(dict)
    for column, cells in table.items():
        rooms[prior_tasks.room_of(datasets.by_name[column.dataset].modality)][column] = cells
    return tuple(fit_room(name, rooms[name], datasets, models) for name in sorted(rooms))


def fit_room(
    name: str, table: Mapping[Column, Mapping[str, float]], datasets: Datasets, models: Mapping[str, ModelFacts]
) -> Room:
    """One room, fitted to the columns given."""
    names = tuple(sorted({model for cells in table.values() for model in cells}))
    values, scores = dense(table, names)
    told = [traits(column, datasets) for column in table]
    groups = defaultdict(set)
    for column, trait in zip(table, told, strict=True):
        for word in prior_tasks.features(trait):
            groups[word].add(column.group)
    vocabulary = tuple(word for word, sharing in groups.items() if len(sharing) >= MIN_GROUPS)
    phi = prior_tasks.matrix(told, vocabulary).astype(np.float16).astype(np.float32)
    x = prior_models.standard_features([models[model] for model in names], name).astype(np.float16).astype(np.float32)
    strengths = fit(scores, phi, x)
    footing = (scores - strengths.mean) / strengths.scale
    return Room(
        name=name,
        models=names,
        columns=tuple(table),
        vocabulary=vocabulary,
        values=values,
        scores=scores,
        phi=phi,
        x=x,
        strengths=strengths,
        level=_levels(values, footing),
        n_classes=np.array([trait.n_classes or 0 for trait in told], dtype=np.float32),
    )


def _levels(values: Float, footing: Float) -> Float:
    """(d, 2) intercept and log slope of logit(metric) over the score on the common footing, a column at a time."""
    found = np.zeros((values.shape[1], 2), dtype=np.float32)
    for place in range(values.shape[1]):
        seen = np.isfinite(values[:, place])
        score, logit = footing[seen, place], _logit(values[seen, place])
        centred = score - score.mean()
        slope = max(float((centred * (logit - logit.mean())).sum() / ((centred**2).sum() + 1e-3)), 0.02)
        found[place] = logit.mean() - slope * score.mean(), np.log(slope)
    return found


def _logit(share: Float) -> Float:
    clipped = np.clip(share, 0.005, 0.995)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float32)


def store(out: Path) -> None:
    """Fit to the evidence of a folder and write prior.npz beside it."""
    models = {facts.model: facts for facts in load_models(out)}
    rooms = fit_rooms(Evidence.load(out), Datasets.load(out), models)
    keys = {key: facts.model for facts in reversed(models.values()) for key in prior_models.name_keys(facts)}
    keys |= {facts.model.lower(): facts.model for facts in models.values()}
    arrays = pack(rooms, {"keys": keys})
    np.savez_compressed(out / "prior.npz", **arrays)  # type: ignore[arg-type]  # numpy's stub takes any name for its flags


if __name__ == "__main__":
    store(Path(__file__).parent / "data")
