"""Which model to take on the machine at hand: what runs there in reasonable time and gives up little.

The device is the one stated, else the one found; memory is that of the machine. Among the candidates that fit, the
smallest is taken that is expected to give up at most `LITTLE`: four thousand million parameters for half a point are
out of proportion.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from ..constraints.cost import device_kind, sample_of
from ..report.amounts import milliseconds
from ..task.task import Task
from .candidate import Candidate

REASONABLE_MS = {"cpu": 250.0, "gpu": 50.0}
"""Milliseconds a sample: ten thousand samples in 42 minutes on a CPU, in 8 on a GPU."""
LITTLE = 0.01
"""Metric that a smaller model may give up."""
_SHARE_OF_MEMORY = 0.5


@dataclass(frozen=True)
class Machine:
    """The device that models run on, and the memory (GB) that they may take; None: not known."""

    device: str
    memory_gb: float | None


def machine_of(task: Task) -> Machine:
    """The machine that the task states, else this one."""
    stated = task.constraints.device
    device = device_kind(stated) if stated else "gpu" if shutil.which("nvidia-smi") else "cpu"
    if task.constraints.memory_gb is not None:
        return Machine(device, task.constraints.memory_gb)
    try:
        held = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, OSError, ValueError):  # no such call on this system
        return Machine(device, None)
    return Machine(device, held * _SHARE_OF_MEMORY)


def default_for(machine: Machine, order: Sequence[Candidate]) -> Candidate | None:
    """The smallest candidate that runs there and is expected to give up at most `LITTLE` to the best that does.

    Args:
        order: candidates in their place, best first.
    """
    able = [c for c in order if not c.is_control and _runs(machine, c)]
    best = max((c.expected for c in able if c.expected is not None), default=None)
    if best is None:
        return able[0] if able else None
    near = [c for c in able if c.expected is not None and c.expected >= best - LITTLE]
    return min(near, key=lambda c: (c.card.n_parameters or 0, c.card.id))


def told(machine: Machine, default: Candidate | None, order: Sequence[Candidate]) -> str:
    """The default of the machine beside the strongest, as a sentence; empty where they are one model."""
    if default is None or not order or default.card.id == order[0].card.id:
        return ""
    takes = default.latency_ms(machine.device)
    time = f", about {milliseconds(takes)} {sample_of(default.card)}" if takes is not None else ""
    expected = f", expected {default.expected:.2f}" if default.expected is not None else ""
    return (
        f"For one {machine.device.upper()}: {default.card.id}{expected}{time}; "
        f"{order[0].card.id} is the strongest where cost does not matter."
    )


def _runs(machine: Machine, candidate: Candidate) -> bool:
    takes, needs = candidate.latency_ms(machine.device), candidate.memory_gb
    in_time = takes is None or takes <= REASONABLE_MS[machine.device]
    return in_time and (needs is None or machine.memory_gb is None or needs <= machine.memory_gb)
