"""What lies at a path: a saved repository, an adapter, a file of weights, a run of `zoo tune`; or two of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zoo.cards import RUN_FILE
from zoo.errors import WeightsError
from zoo.hub.cache import PICKLES

ENDINGS = (".safetensors", *(ending for ending in PICKLES if not ending.endswith(".json")))
_SETTINGS = ("config.json", "modules.json", "open_clip_config.json", "adapter_config.json")
_OF_TRAINING = ("optimizer", "scheduler", "rng_state", "training_args", "scaler")
"""How files begin that a training script writes beside the weights."""


@dataclass(frozen=True)
class Place:
    """One model on this disk."""

    path: Path
    """Absolute; a folder, or one file of weights."""
    kind: Literal["repository", "adapter", "weights", "run"]
    only: str | None = None
    """The settings file that the user named where a folder holds two models."""


def looks_like_path(name: str | os.PathLike[str]) -> bool:
    """Whether a name is meant as a path: by its form, or because a model lies there."""
    if not isinstance(name, str):
        return True
    text = name.strip()
    if text.startswith(("./", "../", "/", "~", ".\\")) or text in (".", "..") or text.endswith(ENDINGS):
        return True
    path = Path(text)
    return path.is_dir() and (_settings(path) != [] or (path / RUN_FILE).is_file() or bool(_weights(path)))


def look(path: str | os.PathLike[str]) -> Place:
    """The model at a path.

    Raises:
        WeightsError: nothing is there, or no model, or more than one.
    """
    place = Path(path).expanduser().absolute()
    if place.is_file():
        if place.name in _SETTINGS:
            return Place(place.parent, "adapter" if place.name.startswith("adapter") else "repository", place.name)
        if place.name == RUN_FILE:
            return Place(place.parent, "run")
        if not place.name.endswith(ENDINGS):
            raise WeightsError(
                f"{place.name} is no file of weights.", f"Want one of {', '.join(ENDINGS)}, or a folder."
            )
        return Place(place, "weights")
    if not place.is_dir():
        raise WeightsError(f"there is no file or folder {os.fspath(path)!r}.", "Check the path.")
    if (place / RUN_FILE).is_file():
        return Place(place, "run")
    found = _settings(place)
    if found == ["adapter_config.json"]:
        return Place(place, "adapter")
    if "open_clip_config.json" in found and "config.json" in found:
        raise WeightsError(
            f"{place.name} holds two models, for open_clip (open_clip_config.json) and another library (config.json).",
            f"Name the settings of the one that you want: {place / 'open_clip_config.json'}",
        )
    if found:
        return Place(place, "repository")
    return _bare(place)


def _settings(folder: Path) -> list[str]:
    return [name for name in _SETTINGS if (folder / name).is_file()]


def _weights(folder: Path) -> list[Path]:
    """Files of weights in the folder itself; the shards of one index are that index."""
    every = sorted(path for path in folder.iterdir() if path.is_file())
    indexes = [path for path in every if path.name.endswith(".index.json")]
    loose = [path for path in every if path.name.endswith(ENDINGS) and not path.name.startswith(_OF_TRAINING)]
    stems = {path.stem for path in loose if path.suffix == ".safetensors"}
    loose = [path for path in loose if path.suffix == ".safetensors" or path.stem not in stems]
    return indexes if indexes else loose


def _bare(folder: Path) -> Place:
    """A folder without settings: one file of weights, or a reason why that is not clear."""
    weights = _weights(folder)
    if len(weights) == 1:
        return Place(weights[0], "weights")
    if weights:
        raise WeightsError(
            f"{folder.name} holds {len(weights)} files of weights ({_some([path.name for path in weights])}).",
            f"Name one of them: {weights[0]}",
        )
    inner = [sub for sub in sorted(folder.iterdir()) if sub.is_dir() and (_settings(sub) or _weights(sub))]
    if inner:
        told = f"{len(inner)} models in folders below it" if len(inner) > 1 else "a model in a folder below it"
        raise WeightsError(
            f"{folder.name} holds {told} ({_some([sub.name for sub in inner])}).", f"Name one: {inner[-1]}"
        )
    raise WeightsError(
        f"{folder.name} holds no model: neither settings ({', '.join(_SETTINGS[:3])}) nor weights.",
        "Save the model there (save_pretrained), or give its file of weights.",
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
