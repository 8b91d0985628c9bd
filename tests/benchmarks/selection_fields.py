"""Quality of the prior in fields of their own, one group of near-duplicates left out at a time: `make bench-selection`.

Satellites, skin, organisms and radiology; each column is predicted by a fit that never saw its data set or a
near-duplicate. Prints the metric (points) that the first and the best of the first five lose to the best, what the
model of the best mean on the field's other data sets loses, what the largest model loses, and how often the 80 %
interval holds. Half a minute.

    python tests/benchmarks/selection_fields.py
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo.selector.evidence.models import ModelFacts, load_models
from zoo.selector.prior import Prior, TaskFacts
from zoo.selector.prior.table import Column, Room

FIELDS = (
    # (name, part of the source, protocol, condition or None)
    ("satellites, probes", "torchgeo-bench", "probe", "statistics of the target"),
    ("satellites, kNN", "torchgeo-bench", "knn", "statistics of the target"),
    ("skin, probes", "DermFM-Zero", "probe", None),
    ("skin, zero-shot", "DermFM-Zero", "zero-shot", None),
    ("organisms, probes", "biobench", "probe", None),
    ("radiology, probes", "2505.10823", "probe", None),
    ("radiology, tuned", "EVA-X", "fine-tune", None),
    ("law, tuned", "lex-glue", "fine-tune", None),
)


def losses(prior: Prior, room: Room, models: dict[str, ModelFacts], place: int, others: list[int]) -> list[float]:
    """What the first, the best of five, the mean of others and the largest lose; share held; width of the interval."""
    column, facts = room.columns[place], room.facts[room.columns[place].dataset]
    rows = np.flatnonzero(room.seen[:, place])
    truth = room.values[rows, place]
    near = {c.dataset for c in room.columns if c.group == column.group}
    task = TaskFacts(
        facts.modality,
        domain=facts.domains[0],
        kind=facts.kind,
        n_classes=facts.n_classes,
        image_size_px=facts.image_size_px,
        protocol=column.protocol,
        description=f"{facts.description} {facts.class_words}",
    )
    told = prior.predict(task, [models[room.models[row]] for row in rows], exclude_evidence=near)
    order = np.argsort([-e.strength for e in told], kind="stable")
    size = np.array([models[room.models[row]].n_parameters or 0 for row in rows])
    held = np.mean([e.low <= value <= e.high for e, value in zip(told, truth, strict=True)])
    best = truth.max()
    elsewhere = best - truth[_mean_elsewhere(room.values, rows, others).argmax()] if others else np.nan
    taken = [best - truth[order[0]], best - truth[order[:5]].max(), elsewhere, best - truth[size.argmax()]]
    return [*(100 * float(loss) for loss in taken), float(held), float(np.median([e.high - e.low for e in told]))]


def _mean_elsewhere(values: NDArray[np.float32], rows: NDArray[np.int64], others: list[int]) -> NDArray[np.float64]:
    """(n,) mean of each model's metric above the column's mean; -inf for one without a result there."""
    centred = values[:, others] - np.nanmean(values[:, others], axis=0)
    known = np.isfinite(centred[rows]).any(axis=1)
    found = np.full(len(rows), -np.inf)
    found[known] = np.nanmean(centred[rows][known], axis=1)
    return found


def main() -> None:
    prior = Prior.load()
    models = {facts.model: facts for facts in load_models()}
    for name, source, protocol, condition in FIELDS:
        room = prior.room("text" if name.startswith("law") else "image")
        places = [at for at, c in enumerate(room.columns) if _is_of(c, source, protocol, condition)]
        groups = {room.columns[at].group for at in places}
        found = []
        for group in sorted(groups):
            own = [at for at in places if room.columns[at].group == group]
            others = [at for at in places if at not in own]
            found.append(np.mean([losses(prior, room, models, at, others) for at in own], axis=0))
        first, five, mean, size, held, width = np.mean(found, axis=0)
        print(
            f"{name:20s} {len(groups):2d} groups, {len(places):2d} columns: the first loses {first:.2f}, the best of "
            f"five {five:.2f}; mean of the others {mean:.2f}; size {size:.2f}; 80 % intervals hold {held:.0%}, "
            f"median width {width:.2f}"
        )


def _is_of(column: Column, source: str, protocol: str, condition: str | None) -> bool:
    return source in column.source and column.protocol == protocol and condition in (None, column.condition)


if __name__ == "__main__":
    main()
