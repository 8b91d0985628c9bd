"""The small JSON files of a repository, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from zoo.errors import WeightsError
from zoo.foreign_json import read_json

Settings: TypeAlias = Mapping[str, Mapping[str, Any]]
"""File name in the repository -> its content; a file that holds a list has it under the empty name."""

NAMES = (
    "config.json",
    "open_clip_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer_config.json",
    "adapter_config.json",
    "modules.json",
    "sentence_*_config.json",
    "config_sentence_transformers.json",
    "[0-9]_*/config.json",
    "[0-9]_*/sentence_*_config.json",
    "[0-9]_*/tokenizer_config.json",
)
"""Shell patterns of what is read before anything else."""
_LARGEST = 4_000_000
"""Bytes; a table of settings is a few thousand."""


def read_settings(folder: Path, paths: Iterable[Path]) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """(content by name, names of files that hold no JSON or are too large)."""
    found: dict[str, Mapping[str, Any]] = {}
    faulty = []
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError
            told = read_json(path)
        except (OSError, ValueError, RecursionError):
            faulty.append(name)
            continue
        found[name] = told if isinstance(told, Mapping) else {"": told}
    return found, tuple(faulty)


def read_adapter(folder: Path) -> dict[str, Any]:
    """adapter_config.json of a folder.

    Raises:
        WeightsError: there is none, or it holds no settings.
    """
    try:
        told = read_json(folder / "adapter_config.json")
        return dict(told)
    except (OSError, ValueError, TypeError) as err:
        raise WeightsError(
            f"adapter_config.json in {folder.name} is missing or no table of settings.", "Save the adapter anew."
        ) from err


def unknown_keys(told: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """Keys that are not among the known ones, sorted; a key whose value is null says nothing and passes."""
    names = set(known)
    return sorted(str(key) for key, value in told.items() if key not in names and value is not None)
