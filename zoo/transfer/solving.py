"""Heads in closed form as layers, and the features that they are solved on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo import heads
from zoo.errors import CapabilityError
from zoo.transfer.model import head_of
from zoo.transfer.task import Task

if TYPE_CHECKING:
    import torch

    from zoo.transfer.rows import PreparedRows


def solved_head(kind: str, x: Any, y: Any, task: Task, balanced: bool, seed: int) -> torch.nn.Module:
    """The head of a closed-form phase as a layer.

    Raises:
        CapabilityError: it needs class prompts, and the source reads none.
    """
    groups = None if task.groups is None else task.groups[task.train]
    if kind == "text-anchored-gda":
        if task.text_rows is None:
            raise CapabilityError("the source reads no class names.", "Use a recipe with head='linear'.")
        text, scale = task.text_rows()
        return head_of(heads.gda(x, y, text=text, text_scale=scale), task.n_classes)
    if kind == "nearest-mean":
        return head_of(heads.nearest_mean(x, y), task.n_classes)
    if kind == "ridge":
        return head_of(heads.ridge(x, y), task.n_classes)
    return head_of(heads.logistic(x, y, balanced=balanced, groups=groups, seed=seed), task.n_classes)


def features_of_model(model: Any, inputs: PreparedRows, places: NDArray[np.intp]) -> NDArray[np.float32]:
    """(n, d) of the body as it is now."""
    import torch

    from zoo.encoder.running import inference

    made = []
    with inference(model):
        for start in range(0, len(places), 32):
            made.append(model.features(inputs.batch(places[start : start + 32])).float().cpu())
    return np.asarray(torch.cat(made).numpy(), dtype=np.float32)
