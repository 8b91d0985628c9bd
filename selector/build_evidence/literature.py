"""Figures typed from papers and repositories, a file of tables for each field in `literature/`.

A table names its source, the place in it, its licence and its protocol; a row is a model, a column a data set. `own`
lists the models that the table's authors made themselves. Their figures count like any others: seven pairs of an own
and a third party's figure of one model on one data set differ by -.01 logits at the median, so there is nothing to
take off (six of the pairs are of ImageNet, where much is checked; figures of other fields may well flatter).

A model is named by the id of its card where it has one; where another table knows the same weights, their name there
is used.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from zoo.registry import default_registry

from ..evidence.models import ModelFacts
from ..prior.model_features import model_facts, name_keys
from ..task.datasets import DatasetFacts
from .sources import Dropped, Figure

FOLDER = Path(__file__).parent / "literature"


@cache
def _files() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml")))


def typed_figures(known: dict[str, str], dropped: Dropped) -> Iterator[Figure]:
    """Every figure of the typed tables.

    Args:
        known: spelling of a model's name -> its name in the other tables.

    Raises:
        ValueError: a row that has not one value a column.
    """
    for table in (table for file in _files() for table in file.get("table", ())):
        datasets = table["datasets"]
        metrics = table.get("metrics") or [table["metric"]] * len(datasets)
        scale = 100 if table.get("percent") else 1
        for name, values in table["rows"].items():
            if not len(values) == len(datasets) == len(metrics):
                raise ValueError(f"{table['source']}: want {len(datasets)} values for {name}, got {len(values)}")
            for dataset, metric, value in zip(datasets, metrics, values, strict=True):
                if math.isnan(value):
                    dropped["literature", "no figure in the source"] += 1
                    continue
                yield Figure(
                    name_of(name, known),
                    dataset,
                    metric,
                    value / scale,
                    table["protocol"],
                    table.get("condition", ""),
                    f"{table['source']} ({table['place']})",
                    table["version"],
                )


def typed_datasets() -> tuple[DatasetFacts, ...]:
    """The data sets that the files describe; one without a group is a group of its own."""
    found = []
    for entry in (entry for file in _files() for entry in file.get("dataset", ())):
        facts = {"group": entry["dataset"], **entry}
        found.append(DatasetFacts(**{name: _items(value) for name, value in facts.items()}))
    return tuple(found)


def typed_models() -> dict[str, ModelFacts]:
    """Name -> facts of the models that neither a card nor another table describes."""
    entries = (entry for file in _files() for entry in file.get("model", ()))
    found = [ModelFacts(**{name: _items(value) for name, value in entry.items()}) for entry in entries]
    return {facts.model: facts for facts in found}


def name_of(name: str, known: dict[str, str]) -> str:
    """The name under which a model's evidence stands: that of another table, else the name given.

    >>> name_of("hf/Owner/Model", {"hf/owner/model": "hf/owner/Model"})
    'hf/owner/Model'
    """
    keys = name_keys(card_facts(name)) if is_card(name) else (name.lower(),)
    return next((known[key] for key in keys if key in known), name)


def is_card(name: str) -> bool:
    return name in default_registry().cards


def card_facts(name: str) -> ModelFacts:
    return model_facts(default_registry().get_card(name))


def _items(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
