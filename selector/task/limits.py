"""What a task may cost: size, memory, latency, licence, network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from zoo.cards import Facts

if TYPE_CHECKING:
    pass


class Constraints(Facts):
    """What a model must satisfy. None: no limit."""

    max_parameters: float | None = Field(default=None, gt=0)
    memory_gb: float | None = Field(default=None, gt=0)
    latency_ms: float | None = Field(default=None, gt=0)
    device: str | None = None
    """Where `latency_ms` counts: cpu or gpu; cpu if not stated."""
    commercial_use: bool | None = None
    """True: only models whose terms are known to allow it."""
    gated: bool | None = None
    """False: no model behind an agreement."""
    offline: bool | None = None
    """True: only models whose files lie on this machine."""
    zero_shot: bool | None = None
    """True: only models that classify by class names alone."""
