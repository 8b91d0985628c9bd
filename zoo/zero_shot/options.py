"""What a caller of a zero-shot call may choose, and which numbers mean something there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo.arguments import at_least_one
from zoo.errors import DataError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Options:
    """What a caller may choose beside inputs, labels and model; see `zoo.classify`."""

    templates: Sequence[str] | str | None = None
    domain: str | None = None
    prompts: Mapping[str, Sequence[str]] | None = None
    null_prompts: Sequence[str] = ()
    dtype: str | torch.dtype | None = None
    temperature: float | None = None
    deterministic: bool = False
    cache: bool | str | Path = True
    local_files_only: bool | None = None
    support: Any = None
    method: Literal["gda", "tip-adapter"] = "gda"


def check_numbers(top_k: int | None, batch_size: int, abstain_below: float | None = None) -> None:
    """Refuse numbers that mean nothing, before anything is loaded.

    Raises:
        DataError: one of the counts is no whole number above zero, or the limit lies outside the range of scores.
    """
    at_least_one("batch_size", batch_size)
    if top_k is not None:
        at_least_one("top_k", top_k)
    if abstain_below is not None and not (isinstance(abstain_below, Real) and 0 <= abstain_below <= 1):
        raise DataError(f"abstain_below is {abstain_below!r}.", "Give a score, from 0 to 1.")


def check_temperature(temperature: float) -> None:
    """Refuse what the logits cannot be divided by in 32 bits.

    Raises:
        DataError: it is not positive, or so small or large that scores would be lost.
    """
    if not isinstance(temperature, Real) or not 1e-6 <= temperature <= 1e6:
        raise DataError(
            f"the temperature is {temperature!r}.",
            "Give a positive number, from 0.000001 to 1,000,000; 1 changes nothing.",
        )
