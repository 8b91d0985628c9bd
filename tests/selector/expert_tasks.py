"""Reads the tasks of `expert/*.toml` and holds an answer against what a specialist said of each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from zoo.selector import Task, recommend

FOLDER = Path(__file__).parent / "expert"


@dataclass(frozen=True)
class Judgement:
    """What a specialist thinks of one answer.

    Attributes:
        first: ids of the first five.
        accepted: whether one of the first three is a model that the specialist takes.
        laughable: those of the five that the specialist laughs at; `laughable_first`: whether the first is one.
        strategy: whether the advice on how much to train is one that the specialist gives.
    """

    domain: str
    name: str
    first: tuple[str, ...]
    accepted: bool
    laughable: tuple[str, ...]
    strategy: bool
    advised: str

    @property
    def laughable_first(self) -> bool:
        return bool(self.first) and self.first[0] in self.laughable


def expert_tasks() -> list[tuple[str, dict[str, Any]]]:
    """(field, task) of every file, in order."""
    return [
        (path.stem, entry)
        for path in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["task"]
    ]


def judge(field: str, entry: dict[str, Any]) -> Judgement:
    found = recommend(Task(**entry["task"]), k=5)
    first = tuple(c.card.id for c in found.candidates if not c.is_control)
    return Judgement(
        field,
        entry["name"],
        first,
        any(is_one_of(name, entry["accepted"]) for name in first[:3]),
        tuple(name for name in first if is_one_of(name, entry["laughable"])),
        found.strategy.name in entry["strategy"],
        found.strategy.name,
    )


def is_one_of(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
