"""Models that a user named once: `[models.NAME]` in the working folder's zoo.toml, or a JSON file in a folder of his.

# zoo.toml
[models.my-bert]
path = "runs/my-bert"
card = "text/bert-base-uncased"     # only where the files do not say what they are

~/.config/zoo/models/my-net.json    {"path": "~/nets/my_net.pth", "card": "vision/resnet50"}
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.errors import DataError, ZooError

if TYPE_CHECKING:
    from zoo.local.cards import Lookup

_KEYS = ("path", "card")


@dataclass(frozen=True)
class Named:
    """One entry of a user's file."""

    name: str
    path: Path
    card: str | None
    where: Path
    """The file that names it."""


def user_folder() -> Path:
    """`models` below `$XDG_CONFIG_HOME/zoo` or `~/.config/zoo`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "zoo" / "models"


def named_cards(registry: Lookup) -> tuple[list[ModelCard], list[ZooError]]:
    """(cards of all entries that are sound, what is wrong with the others).

    An entry of the working folder comes before one of the same name in the user's folder.
    """
    cards: dict[str, ModelCard] = {}
    faults: list[ZooError] = []
    for where in _files():
        try:
            entries = _entries(where)
        except DataError as err:
            faults.append(err)
            continue
        for name, told in entries.items():
            if name in cards:
                continue
            try:
                cards[name] = _card(_entry(name, told, where), registry)
            except ZooError as err:
                faults.append(DataError(f"{name} in {where.name}: {err.problem}", err.remedy))
    return list(cards.values()), faults


def _card(entry: Named, registry: Lookup) -> ModelCard:
    from zoo.local.cards import card_of, with_weights  # most registries hold no model of the user's own

    if entry.card is None and entry.path.is_file():
        raise DataError("one file of weights does not say what it is.", 'Add card = "the model it was trained from".')
    if entry.card is not None and entry.card.startswith("hf/"):
        raise DataError(
            f"its card {entry.card} would have to be asked of the hub.", "Name a model that zoo list shows."
        )
    if entry.card is None:
        return card_of(entry.path, registry, name=entry.name)
    return with_weights(registry.get_card(entry.card), entry.path, name=entry.name)


def _files() -> list[Path]:
    own, folder = Path("zoo.toml").absolute(), user_folder()
    return [*([own] if own.is_file() else []), *(sorted(folder.glob("*.json")) if folder.is_dir() else [])]


def _entries(where: Path) -> Mapping[str, Any]:
    """Name -> what the file says of it."""
    try:
        text = where.read_text(encoding="utf-8")
        if where.suffix == ".json":
            return {where.stem: json.loads(text)}
        told = tomllib.loads(text).get("models", {})
    except (OSError, ValueError) as err:
        raise DataError(f"{where.name} cannot be read: {str(err)[:120]}.", "Mend it, or move it away.") from err
    if not isinstance(told, Mapping):
        raise DataError(f"models in {where.name} is no table.", 'Write [models.NAME] and path = "...".')
    return told


def _entry(name: str, told: Any, where: Path) -> Named:
    if not isinstance(told, Mapping) or not isinstance(told.get("path"), str):
        raise DataError("it names no path.", 'Write path = "folder or file of weights".')
    odd = sorted(set(told) - set(_KEYS))
    card = told.get("card")
    if odd or not (card is None or isinstance(card, str)):
        raise DataError(
            f"what it says is not known: {', '.join(odd) or 'a card that is no name'}.",
            f"Want {' and '.join(_KEYS)}.",
        )
    return Named(name, (where.parent / Path(told["path"]).expanduser()).resolve(), card, where)
