"""The evidence that plugins bring, one plugin at a time: a broken one is a warning with its name, and others count."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache

from zoo.errors import PluginError, ZooError
from zoo.evidence import EvidenceTable
from zoo.plugin_loading import is_strict
from zoo.registry import Registry

from ..task.datasets import Datasets
from .added_results import Extra


def tables_of(registry: Registry) -> tuple[EvidenceTable, ...]:
    """The tables of every plugin whose tables can be used.

    Raises:
        PluginError: a plugin's cannot, and `ZOO_STRICT_PLUGINS` is set.
    """
    found: list[EvidenceTable] = []
    for name, ask in registry.answerers("zoo_evidence"):
        try:
            tables = tuple(ask())
            if tables:
                _read(tables)
        except Exception as err:  # a table that pydantic never saw may hold anything
            refused = PluginError(
                f"zoo plugin {name!r}: its evidence is left out: {_in_one_line(err)}",
                f"Mend it, or disable it: ZOO_DISABLED_PLUGINS={name}.",
            )
            if is_strict(os.environ):
                raise refused from err
            warnings.warn(str(refused), stacklevel=2)
        else:
            found += tables
    return tuple(found)


@lru_cache(maxsize=16)  # a registry is asked for them at every recommendation
def _read(tables: tuple[EvidenceTable, ...]) -> None:
    """Whether the prior can read them; tables that it could read are not read again.

    Raises:
        PluginError: rows on a data set that neither the evidence nor their own table describes.
    """
    Extra.read(tables, Datasets.load())


def _in_one_line(err: Exception) -> str:
    """The fault without pydantic's tail of types and addresses."""
    said = err.problem if isinstance(err, ZooError) else f"{type(err).__name__}: {err}"
    return " ".join(said.partition(" [type=")[0].split()).rstrip(".") + "."
