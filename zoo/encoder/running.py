"""Runs a network so that nothing of it changes, and says in our words why it refused its input."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zoo.cards import ModelCard
from zoo.errors import CapabilityError, DataError, ZooError

if TYPE_CHECKING:
    import torch


@contextlib.contextmanager
def inference(module: torch.nn.Module) -> Iterator[None]:
    """No gradients, evaluation mode, and the mode of before afterwards."""
    import torch

    training = module.training
    module.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        module.train(training)


@contextlib.contextmanager
def refusals(card: ModelCard, device: torch.device, given: str, wanted: str) -> Iterator[None]:
    """What a network raises for input that does not fit it, or for want of memory, with a remedy.

    Args:
        given: what it was given, in words.
        wanted: what to give instead.

    Raises:
        CapabilityError: the memory of the device does not suffice.
        DataError: the network raised anything else.
    """
    import torch

    try:
        yield
    except torch.OutOfMemoryError as err:
        raise CapabilityError(
            f"{device} has too little memory for {card.id} and {given}.",
            "Give a smaller batch_size, or load with dtype='float16'.",
        ) from err
    except (RuntimeError, AssertionError, ValueError, TypeError, IndexError) as err:
        if isinstance(err, ZooError):
            raise
        first = (str(err).strip().splitlines() or [type(err).__name__])[0][:200]
        raise DataError(
            f"the network of {card.id} refuses {given}: {first}",
            f"Give {wanted}; zoo show says what the model expects.",
        ) from err
