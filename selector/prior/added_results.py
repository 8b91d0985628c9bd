"""Results and tasks that plugins add to the bundled evidence through the hook `zoo_evidence`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zoo.errors import PluginError
from zoo.evidence import EvidenceRow, EvidenceTable, EvidenceTask

from ..evidence.models import ModelFacts
from ..evidence.table import Evidence
from ..task.datasets import DatasetFacts, Datasets
from . import model_features as prior_models
from . import task_features as prior_tasks
from .factor_model import normal_scores
from .fit import fit_columns
from .table import Room, condense, traits


@dataclass(frozen=True)
class Extra:
    """Rows of plugins under the bundled names of data sets, and the tasks that only plugins know."""

    rows: tuple[EvidenceRow, ...]
    tasks: tuple[DatasetFacts, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    """A task and a near-duplicate that it names."""

    def n_of(self, model: ModelFacts) -> int:
        """How many rows plugins bring of a model, under any of its names."""
        keys = set(prior_models.name_keys(model)) if self.rows else set()
        return sum(row.model.lower() in keys for row in self.rows)

    @classmethod
    def read(cls, tables: Iterable[EvidenceTable], datasets: Datasets) -> Extra:
        """What the tables add.

        Raises:
            PluginError: rows on a data set that neither the evidence nor their own table describes.
        """
        rows: list[EvidenceRow] = []
        tasks: dict[str, DatasetFacts] = {}
        pairs: list[tuple[str, str]] = []
        for table in tables:
            own = {task.name: _facts(task, datasets) for task in table.tasks if not datasets.find(task.name)}
            tasks |= own
            pairs += [(task.name, near) for task in table.tasks for near in task.near_duplicates]
            for row in table.rows:
                known = datasets.find(row.dataset)
                if not known and row.dataset not in own:
                    raise PluginError(
                        f"evidence table {table.name!r} has rows on {row.dataset!r}, which no task describes.",
                        "Add an EvidenceTask of that name to the table.",
                    )
                rows.append(row.model_copy(update={"dataset": known[0].dataset}) if known else row)
        return cls(tuple(rows), tuple(tasks.values()), tuple(pairs))


def _facts(task: EvidenceTask, datasets: Datasets) -> DatasetFacts:
    near = [fact for name in task.near_duplicates for fact in datasets.find(name)]
    return DatasetFacts(
        dataset=task.name,
        modality=task.modality,
        domains=(task.domain,) if task.domain else (),
        kind=task.kind,
        n_classes=task.n_classes,
        image_size_px=task.image_size_px,
        group=near[0].group if near else task.name,
        class_words=" ".join(task.class_names),
    )


def extended(room: Room, extra: Extra, keys: Mapping[str, str], datasets: Datasets) -> Room:
    """The room with the columns of plugins that hold enough models to be ranked, fitted anew; else the room itself."""
    mine = [
        row.model_copy(update={"model": keys.get(row.model.lower(), row.model)})
        for row in extra.rows
        if prior_tasks.room_of(datasets.by_name[row.dataset].modality) == room.name
    ]
    table = condense(Evidence.from_rows(mine), datasets) if mine else {}
    if not table:
        return room
    names = (*room.models, *sorted({model for cells in table.values() for model in cells} - set(room.models)))
    index = {model: row for row, model in enumerate(names)}
    n_new = len(names) - len(room.models)
    values, scores = (
        np.vstack([block, np.full((n_new, block.shape[1]), np.nan, np.float32)]) for block in (room.values, room.scores)
    )
    for cells in table.values():
        column = np.full((len(names), 1), np.nan, dtype=np.float32)
        column[[index[model] for model in cells], 0] = list(cells.values())
        seen = np.isfinite(column[:, 0])
        score = column.copy()
        score[seen, 0] = normal_scores(column[seen, 0])
        values, scores = np.hstack([values, column]), np.hstack([scores, score])
    strangers = [ModelFacts(model, _modality(model, mine, datasets)) for model in names[len(room.models) :]]
    x = np.vstack([room.x, prior_models.standard_features(strangers, room.name).astype(np.float32)])
    columns = (*room.columns, *table)
    told = [traits(column, datasets.by_name) for column in columns]
    grown = fit_columns(room.name, names, columns, told, values, scores, x, room.checks)
    return replace(grown, facts={column.dataset: datasets.by_name[column.dataset] for column in columns})


def _modality(model: str, rows: Iterable[EvidenceRow], datasets: Datasets) -> str:
    found: dict[str, str] = defaultdict(str)
    for row in rows:
        found[row.model] = datasets.by_name[row.dataset].modality
    return found[model]


def compared(
    room: Room, domains: Sequence[str], models: Sequence[ModelFacts], rows: Sequence[int | None]
) -> list[bool]:
    """Whether a column of one of the domains holds the model beside one of another origin, a model at a time.

    Args:
        rows: row of each model in the room; None where it has no result there.
    """
    places = [c for c, column in enumerate(room.columns) if _touch(room.facts[column.dataset].domains, domains)]
    if not places:
        return [False] * len(models)
    flags = np.array([np.zeros(len(places), bool) if row is None else room.seen[row, places] for row in rows])
    native = np.array([_touch(facts.domains, domains) for facts in models])
    mixed = flags[native].any(axis=0) & flags[~native].any(axis=0)
    return [bool(found) for found in (flags & mixed).any(axis=1)]


def _touch(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a domain of one lies within or above a domain of the other."""
    return any(a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in one for b in other)
