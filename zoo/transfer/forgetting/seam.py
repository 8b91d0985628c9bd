"""What a guard against forgetting is: a loss term that sees the model, the batch and its outputs, and gives a scalar.

    loss = cross_entropy(outputs.logits, targets) + sum(term(model, batch, outputs) for term in terms)

A model has a `.body` (carried over from the source), a `.head`, and `model(batch)` gives outputs with `.features`
(b, d) and `.logits` (b, c). What a batch is, only the model knows; no term looks inside.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from zoo.errors import DataError

if TYPE_CHECKING:
    import torch

Scenario = Literal["new-head", "task-incremental", "domain-incremental", "class-incremental"]
"""new-head: a source body under a new head. The other three as van de Ven et al. 2022, doi:10.1038/s42256-022-00568-3:
the task of a row is told (task), need not be told (domain), or must be inferred with the class (class)."""


class Outputs(Protocol):
    """What a model gives for a batch."""

    @property
    def features(self) -> torch.Tensor: ...
    @property
    def logits(self) -> torch.Tensor: ...


@runtime_checkable
class Term(Protocol):
    """A guard: a scalar to add to the loss, already weighted by its strength."""

    cannot_help: ClassVar[Mapping[str, str]]
    """Scenario -> why this guard keeps nothing there."""

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor: ...


def warnings_for(terms: list[Term], scenario: Scenario) -> list[str]:
    """A sentence for each term that cannot keep the source knowledge in this scenario."""
    return [
        f"{type(term).__name__} cannot prevent forgetting in a {scenario} setting: {term.cannot_help[scenario]} "
        "Use Replay."
        for term in terms
        if scenario in term.cannot_help
    ]


NO_CONTRAST = (
    "no loss ever compares old classes with new ones (on split digits accuracy ends at .20 with EWC and at .20 to .42 "
    "with distillation, where replay of 10 rows a class reaches .92)."
)


def positive(name: str, value: float) -> float:
    """The value, a finite number of at least zero.

    Raises:
        DataError: it is none.
    """
    if not (isinstance(value, int | float) and 0 <= value < float("inf")):
        raise DataError(f"{name} must be a finite number of at least 0, got {value!r}.", "Give 0 to switch it off.")
    return float(value)


def frozen_copy(model: torch.nn.Module) -> torch.nn.Module:
    """The model as it is now, for inference only: no gradients, no dropout, statistics fixed."""
    kept = copy.deepcopy(model)
    kept.requires_grad_(False)
    return kept.eval()


@contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[None]:
    """The model in evaluation mode, and every part of it as before afterwards."""
    before = {name: part.training for name, part in model.named_modules()}
    model.eval()
    try:
        yield
    finally:
        for name, part in model.named_modules():
            part.training = before[name]


def held_parameters(model: torch.nn.Module, *, with_head: bool = False) -> dict[str, torch.nn.Parameter]:
    """Name -> parameter of what the source model and the tuned one share: the body, and the head where it is kept.

    Raises:
        DataError: the model has no body, or one without parameters.
    """
    parts = ("body", "head") if with_head else ("body",)
    found = {
        f"{part}.{name}": value
        for part in parts
        if isinstance(own := getattr(model, part, None), _module())
        for name, value in own.named_parameters()
    }
    if not any(name.startswith("body.") for name in found):
        raise DataError(
            f"{type(model).__name__} has no body with parameters to hold near the source.",
            "Give a model with .body and .head.",
        )
    return found


def _module() -> type[torch.nn.Module]:
    from torch.nn import Module

    return Module


def anchored(source: torch.nn.Module, with_head: bool) -> dict[str, torch.Tensor]:
    """Name -> value of the held parameters as they are now."""
    return {name: value.detach().clone() for name, value in held_parameters(source, with_head=with_head).items()}


def same_parameters(
    anchor: Mapping[str, torch.Tensor], model: torch.nn.Module
) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """(name, parameter) of the model for each name of the anchor.

    Raises:
        DataError: a name is missing or its shape differs: the model is not one that was made from that source.
    """
    parameters = held_parameters(model, with_head=any(name.startswith("head.") for name in anchor))
    for name, value in anchor.items():
        own = parameters.get(name)
        if own is None or own.shape != value.shape:
            came = "is missing" if own is None else f"has shape {tuple(own.shape)}, not {tuple(value.shape)},"
            raise DataError(
                f"parameter {name!r} of the source {came} in the tuned model.",
                "Guard a model with the source that it was made from; leave out a head of other classes.",
            )
        yield name, own
