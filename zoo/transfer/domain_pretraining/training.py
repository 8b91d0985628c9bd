"""The loop of all objectives: AdamW, linear warm-up, cosine, clipped gradients; stops where the loss is no number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from zoo.arguments import at_least_one
from zoo.errors import DataError

if TYPE_CHECKING:
    import torch

WARM_UP = 0.1
"""Share of the steps; AutoGluon-MM 1.6.3 and most scripts of transformers."""
WEIGHT_DECAY = 0.01
CLIP = 1.0


def train(
    parameters: Iterable[torch.nn.Parameter], loss_of: Callable[[int], torch.Tensor], *, steps: int, rate: float
) -> list[float]:
    """The loss of every step.

    Args:
        parameters: those that learn; a parameter that needs no gradient is left out.
        loss_of: step -> loss of its batch.
        rate: the highest, reached after the warm-up.

    Raises:
        DataError: the loss is no finite number; the weights are those before that step.
    """
    import torch

    learning = [value for value in parameters if value.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=rate, weight_decay=WEIGHT_DECAY)
    losses = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * scheduled(step, steps)
        loss = loss_of(step)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise DataError(f"the loss is {losses[-1]} at step {step} of {steps}.", f"Give a rate below {rate:g}.")
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(learning, CLIP)
        optimizer.step()
    return losses


def scheduled(step: int, steps: int) -> float:
    """Share of the highest rate at a step: linear up, then half a cosine down.

    >>> [round(scheduled(step, 10), 2) for step in (0, 1, 5, 9)]
    [1.0, 1.0, 0.59, 0.03]
    """
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))


def order(n: int, batch_size: int, *, seed: int) -> Callable[[int], list[int]]:
    """Step -> rows of its batch; each pass shows every row once, in an order drawn from (seed, pass).

    The rows left over at the end of a pass begin the next one.
    """
    size = min(at_least_one("batch_size", batch_size), n)

    def rows(step: int) -> list[int]:
        found: list[int] = []
        for place in range(step * size, (step + 1) * size):
            passed, at = divmod(place, n)
            found.append(int(_permutation(n, seed, passed)[at]))
        return found

    cache: dict[int, np.ndarray] = {}

    def _permutation(n: int, seed: int, passed: int) -> np.ndarray:
        if passed not in cache:
            cache.clear()
            cache[passed] = np.random.default_rng((seed, passed)).permutation(n)
        return cache[passed]

    return rows


def held_out(n: int, *, share: float = 0.1, most: int = 200, seed: int = 0) -> tuple[list[int], list[int]]:
    """(learnt from, held out) rows.

    Raises:
        DataError: fewer than 20 rows.
    """
    if n < 20:
        raise DataError(
            f"{n} rows are too few to learn from and to hold some out.", "Give at least 20 unlabelled rows."
        )
    rows = np.random.default_rng(seed).permutation(n)
    n_held = min(most, max(2, round(share * n)))
    return rows[n_held:].tolist(), rows[:n_held].tolist()


@contextmanager
def only(learning: Iterable[torch.nn.Parameter], everything: Iterable[torch.nn.Parameter]) -> Iterator[None]:
    """Only these parameters need gradients; afterwards each is as it was."""
    everything = list(everything)
    before = [value.requires_grad for value in everything]
    wanted = {id(value) for value in learning}
    for value in everything:
        value.requires_grad_(id(value) in wanted)
    try:
        yield
    finally:
        for value, needed in zip(everything, before, strict=True):
            value.requires_grad_(needed)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Dropout and new layers from this seed; the caller's random state is left alone."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
