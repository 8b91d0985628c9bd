"""The evidence that plugins bring, one plugin at a time: a broken one is a warning with its name, and others count."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache

from zoo.errors import PluginError
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
            given = ask()
            if isinstance(given, EvidenceTable):
                raise TypeError("want a list of EvidenceTable, it is one table alone.")
            tables = () if given is None else tuple(given)
            _check(tables)
        except BaseException as err:  # whatever a plugin raises, the others count
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


def _check(tables: tuple[EvidenceTable, ...]) -> None:
    for table in tables:
        if not isinstance(table, EvidenceTable):
            raise TypeError(f"want a list of EvidenceTable, one is {type(table).__name__}.")
    if tables:
        _read(tables)


@lru_cache(maxsize=16)  # a registry is asked for them at every recommendation
def _read(tables: tuple[EvidenceTable, ...]) -> None:
    """Whether the prior can read them; tables that it could read are not read again.

    Raises:
        PluginError: rows on a data set that neither the evidence nor their own table describes.
    """
    Extra.read(tables, Datasets.load())


def _in_one_line(err: BaseException) -> str:
    """The fault without pydantic's tail of types and addresses."""
    said = " ".join(str(err).partition(" [type=")[0].split()).rstrip(".")
    return f"{said}." if isinstance(err, PluginError) else f"{type(err).__name__}: {said}."
