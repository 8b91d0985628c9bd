"""Where a training run stands, in one file that is written whole or not at all.

    write(path, Position(phase=1, stage=0, epoch=3, step=17), {"model": ..., "best": ...}, optimiser)
    read(path)

Everything that the next step depends on is in it or follows from it: weights, AdamW's moments, the best weights so far
and the position; which weights learn, the order of rows and every random number follow from the position and the seed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import WeightsError
from zoo.output_files import writing

if TYPE_CHECKING:
    import torch

FILE = "checkpoint.safetensors"


@dataclass
class Position:
    """The next step to do, and what early stopping has seen."""

    phase: int = 0
    stage: int = 0
    epoch: int = 0
    step: int = 0
    best_score: float | None = None
    best_epoch: int = 0
    n_worse: int = 0
    sum_loss: float = 0.0
    """Of the steps of this epoch, for the log."""
    begun: bool = False
    """Whether the optimiser of this stage exists."""
    terms: list[dict[str, int]] = field(default_factory=list)
    """State of each penalty that has one."""


@dataclass(frozen=True)
class Checkpoint:
    position: Position
    states: dict[str, dict[str, torch.Tensor]]
    """Of the model, and of the best model of this stage."""
    moments: dict[int, dict[str, torch.Tensor]]
    """Number of a parameter -> AdamW's state."""
    recipe: str


def write(
    path: Path,
    position: Position,
    states: Mapping[str, Mapping[str, torch.Tensor]],
    optimiser: torch.optim.Optimizer | None,
    recipe: str,
) -> None:
    """Replaces the file at once; a run that is killed meanwhile keeps the former one."""
    import torch
    from safetensors.torch import save_file

    tensors: dict[str, torch.Tensor] = {}
    for name, state in states.items():
        for key, value in state.items():
            tensors[f"{name}/{key}"] = value.detach().cpu().clone().contiguous()
    if optimiser is not None:
        for number, own in optimiser.state_dict()["state"].items():
            for key, value in own.items():
                tensors[f"optimiser/{number}/{key}"] = torch.as_tensor(value).detach().cpu().clone().contiguous()
    told = {"position": json.dumps(asdict(position)), "recipe": recipe}
    fresh = path.with_name(path.name + ".new")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, fresh, metadata=told)
        os.replace(fresh, path)


def read(path: Path) -> Checkpoint | None:
    """The checkpoint, or None where none was written yet.

    Raises:
        WeightsError: the file is no checkpoint.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    states: dict[str, dict[str, torch.Tensor]] = {}
    moments: dict[int, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(path, framework="pt") as file:
            told = file.metadata()
            position = Position(**json.loads(told["position"]))
            for name in file.keys():  # noqa: SIM118  # no mapping: it has no iterator
                first, _, rest = name.partition("/")
                value = file.get_tensor(name)
                if first == "optimiser":
                    number, _, key = rest.partition("/")
                    moments.setdefault(int(number), {})[key] = value
                else:
                    states.setdefault(first, {})[rest] = value
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as err:
        raise WeightsError(
            f"{path} is no checkpoint of a run: {str(err)[:120]}.", "Start again with --overwrite."
        ) from err
    return Checkpoint(position, states, moments, told["recipe"])


def restore_moments(optimiser: torch.optim.Optimizer, moments: Mapping[int, Mapping[str, Any]]) -> None:
    """AdamW's state as it was; rates are set by the schedule."""
    now: Any = optimiser.state_dict()
    now["state"] = {number: dict(own) for number, own in moments.items()}
    optimiser.load_state_dict(now)
