"""What a training is given and what it says afterwards: rows and targets, how to run, what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from zoo.transfer.rows import PreparedRows


@dataclass
class Task:
    """What is learned: rows, their targets, and which of them learn and stop the training."""

    inputs: PreparedRows
    targets: NDArray[np.int64]
    """(n,) class indices, or (n, c) of 0 and 1."""
    n_classes: int
    train: NDArray[np.intp]
    val: NDArray[np.intp]
    """Rows for early stopping; may be empty."""
    features: Callable[[], NDArray[np.float32]]
    """(n, d) of the frozen source, made when first asked for."""
    text_rows: Callable[[], tuple[NDArray[np.float64], float]] | None = None
    """Unit rows of the class prompts (c, d) and the logit scale, where the source reads class names."""
    groups: NDArray[np.integer] | None = None

    @property
    def multilabel(self) -> bool:
        return self.targets.ndim == 2


@dataclass
class Options:
    """How a run is executed; no result depends on it but by rounding."""

    seed: int = 0
    mixed_precision: str = "no"
    accumulate: int = 1
    gradient_checkpointing: bool = False
    checkpoint_path: Path | None = None
    checkpoint_every_s: float = 20.0
    deadline: float | None = None
    """`time.monotonic()` after which no further epoch begins."""
    log: Callable[[dict[str, Any]], None] = lambda record: None
    max_steps: int | None = None
    """Cap on the steps of each stage, for rehearsals."""


@dataclass
class Outcome:
    """What became of the training."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    n_steps: int = 0
