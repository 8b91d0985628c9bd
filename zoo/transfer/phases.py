"""What a phase means for one network: which layer groups are open in each stage, at which rates, over how many steps.

    stages(phase, n_groups)              # block-by-block: as many stages as groups, each with one more open
    rates(phase, (4, 5))                 # {5: 1e-4, 4: 7.5e-5}
    factor(step, n_steps, phase)         # of the rate: warm-up, then cosine

Pure numbers: nothing here runs a network.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from zoo.transfer.recipe import Phase

if TYPE_CHECKING:
    import torch

Groups = list[tuple[str, "list[torch.nn.Parameter]"]]


def stages(phase: Phase, n_groups: int) -> list[tuple[int, ...]]:
    """Positions of the open layer groups, one tuple a stage; a frozen body is one stage with none.

    >>> from zoo.transfer.recipes import named
    >>> stages(named("partial").phases[1], 6), stages(named("gradual-unfreezing").phases[1], 3)
    ([(4, 5)], [(2,), (1, 2), (0, 1, 2)])
    """
    everything = tuple(range(n_groups))
    if phase.body_rate is None or not n_groups:
        return [()]
    if phase.trainable == "block-by-block":
        return [everything[-n:] for n in range(1, n_groups + 1)]
    if phase.trainable == "blocks":
        return [tuple(sorted(place for place in set(phase.blocks) if 0 <= place < n_groups))]
    n_open = max(1, math.ceil(phase.share * n_groups))
    return [everything[:n_open] if phase.trainable == "first-blocks" else everything[n_groups - n_open :]]


def rates(phase: Phase, opened: tuple[int, ...]) -> dict[int, float]:
    """Learning rate of each open group: `body_rate` at the top, times `layer_decay` for each group below it."""
    if phase.body_rate is None or not opened:
        return {}
    top = max(opened)
    return {place: phase.body_rate * phase.layer_decay ** (top - place) for place in opened}


def length(phase: Phase, n_rows: int, batch_size: int) -> tuple[int, int]:
    """(epochs, steps in each): more epochs up to `min_steps`, fewer where `max_steps` is reached."""
    per_epoch = max(1, math.ceil(n_rows / batch_size))
    epochs = max(phase.epochs, math.ceil(phase.min_steps / per_epoch))
    if phase.max_steps is not None:
        epochs = min(epochs, max(1, phase.max_steps // per_epoch))
    return epochs, per_epoch


def factor(step: int, n_steps: int, phase: Phase) -> float:
    """Share of the rate at a step, counted from 0: grows linearly in the warm-up, then falls as a cosine or stays."""
    warm = round(phase.warm_up * n_steps)
    if step < warm:
        return (step + 1) / warm
    if phase.schedule == "constant" or n_steps <= warm:
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / (n_steps - warm)))


def optimiser_groups(
    phase: Phase,
    opened: tuple[int, ...],
    body: Groups,
    head: list[torch.nn.Parameter],
    adapters: list[torch.nn.Parameter],
) -> list[dict[str, Any]]:
    """Parameter groups for AdamW: head, then open layer groups from the top; biases and norms are not decayed."""
    found: list[tuple[float, list[torch.nn.Parameter]]] = [(phase.head_rate, head)]
    if phase.adapter is not None:
        found.append((phase.body_rate or 0.0, adapters))
    else:
        for place, rate in sorted(rates(phase, opened).items(), reverse=True):
            found.append((rate, body[place][1]))
    made = []
    for rate, parameters in found:
        for decays in (True, False):
            members = [value for value in parameters if (value.ndim > 1) == decays]
            if members:
                decay = phase.weight_decay if decays else 0.0
                made.append({"params": members, "lr": rate, "peak": rate, "weight_decay": decay})
    return made
