"""The phases of every objective: a new head alone, the control, then all layers; told by losses on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.transfer.domain_pretraining.result import Pretrained
from zoo.transfer.domain_pretraining.training import only, train

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

Progress = Callable[[str, int], None]
"""Called with the name of a phase and its steps when it begins."""


@dataclass(frozen=True)
class Objective:
    """A loss to train by, and how it is measured."""

    name: str
    encoder: Encoder
    head: Sequence[torch.nn.Parameter]
    """What is beside the body and thrown away at the end; empty: nothing."""
    everything: Sequence[torch.nn.Parameter]
    loss_of: Callable[[int], torch.Tensor]
    """Step -> loss of its batch."""
    measured: Callable[[], NDArray[np.float64]]
    """(n,) losses of the held-out rows, the same rows and masks at each call."""
    n_rows: int


def in_phases(
    objective: Objective, *, warm: int, steps: int, rate: float, head_rate: float, progress: Progress | None
) -> Pretrained:
    """Trains in the order head alone, control (head alone, undone), all layers.

    Without a head the control is the encoder as it was.

    Args:
        warm: steps of the head alone before the body learns.

    Raises:
        DataError: a loss that is no number.
    """
    import torch

    def begin(phase: str, n: int) -> None:
        if progress is not None and n:
            progress(phase, n)

    head = objective.head
    module = objective.encoder.module
    module.train()
    try:
        if head:
            with only(head, objective.everything):
                begin("head alone", warm)
                train(head, objective.loss_of, steps=warm, rate=head_rate)
                before, warmed = objective.measured(), [value.detach().clone() for value in head]
                begin("control: head alone", steps)
                train(head, objective.loss_of, steps=steps, rate=head_rate)
                control = objective.measured()
            with torch.no_grad():
                for value, old in zip(head, warmed, strict=True):
                    value.copy_(old)
        else:
            before = control = objective.measured()
        begin("all layers", steps)
        with only(objective.everything, objective.everything):
            losses = train(objective.everything, objective.loss_of, steps=steps, rate=rate)
        after = objective.measured()
    finally:
        module.eval()
    gained = control - after
    notes = []
    if head and warm:
        notes.append(f"a new head was warmed for {warm} steps with the body frozen")
    if not head:
        notes.append("there is no head: the control is the encoder as it was")
    return Pretrained(
        objective=objective.name,
        encoder=objective.encoder,
        n_rows=objective.n_rows,
        n_held_out=len(after),
        steps=steps,
        before=float(before.mean()),
        control=float(control.mean()),
        after=float(after.mean()),
        gain=float(gained.mean()),
        gain_error=float(gained.std(ddof=1) / len(gained) ** 0.5),
        losses=tuple(losses),
        notes=tuple(notes),
    )
