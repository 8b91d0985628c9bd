"""What a run would do, before it does it: what trains, at which rates, for how long, and in which memory.

A few real steps are taken on a copy that is thrown away; time and memory are those of these steps, times their number.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.transfer import phases, recipes
from zoo.transfer.model import groups_of, random_head, tuned_model
from zoo.transfer.preparation import AUTO, dataset_of, model_of, prepare, recipe_of
from zoo.transfer.recipe import Recipe
from zoo.transfer.task import Options
from zoo.transfer.training import Trainer

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.registry import Registry

_STEPS = 3


@dataclass(frozen=True)
class Stage:
    """One stretch of training with one set of open layer groups."""

    phase: str
    opened: tuple[str, ...]
    rates: tuple[float, ...]
    n_trained: int
    """Numbers that learn, the head's among them."""
    epochs: int
    """At most; early stopping may end it sooner."""
    steps: int
    seconds: float | None


@dataclass(frozen=True)
class Rehearsal:
    model: str
    recipe: str
    n_train: int
    n_val: int
    n_test: int
    stages: tuple[Stage, ...]
    peak_memory_gb: float
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            f"{self.model}, {self.recipe}: {self.n_train:,} rows to learn, {self.n_val:,} to stop by, {self.n_test:,} "
            "to judge.",
        ]
        for stage in self.stages:
            rates = f"{min(stage.rates):.2g} to {max(stage.rates):.2g}" if stage.rates else "the head alone"
            took = "solved at once" if stage.seconds is None else f"{stage.seconds:.0f} s"
            what = f"{len(stage.opened)} layer groups ({', '.join(stage.opened[-3:])})" if stage.opened else "head"
            lines.append(
                f"  {stage.phase}: {what}, {stage.n_trained:,} numbers at {rates}, at most {stage.epochs} epochs, "
                f"{stage.steps} steps, {took}"
            )
        total = sum(stage.seconds or 0 for stage in self.stages)
        lines.append(f"At most {total:.0f} s by a measured step; peak memory so far {self.peak_memory_gb:.1f} GB.")
        return "\n".join([*lines, *(f"Warning: {text}" for text in self.warnings)])


def rehearse(
    model: Any,
    data: Dataset | str | os.PathLike[str],
    *,
    recipe: Recipe | str | None = None,
    batch_size: int | None = None,
    max_tokens: int | None = None,
    device: str = "auto",
    seed: int = 0,
    registry: Registry | None = None,
) -> Rehearsal:
    """Measures a step of each phase and writes nothing; `auto` is rehearsed as LP-FT, its usual candidate."""
    from zoo.loading import load

    source = model_of(model, registry)
    encoder = load(source, device=device, registry=registry) if isinstance(source, (str, ModelCard)) else source
    wanted = recipe_of(recipe, model)
    chosen = recipes.named(recipes.DEFAULT) if wanted == AUTO else wanted
    assert isinstance(chosen, Recipe)
    if batch_size is not None:
        chosen = chosen.model_copy(update={"batch_size": batch_size})
    ready = prepare(encoder, dataset_of(data), seed=seed, max_tokens=max_tokens, cache=True, batch_size=32)
    groups = groups_of(encoder, ready.kind) if chosen.changes_the_body else []
    head = random_head(ready.features().shape[1], ready.task.n_classes, seed).to(encoder.device)
    n_head = sum(value.numel() for value in head.parameters())
    stages = []
    before = {name: value.detach().clone() for name, value in encoder.module.state_dict().items()}
    for phase in chosen.phases:
        epochs, per_epoch = phases.length(phase, len(ready.parts.train), chosen.batch_size)
        for opened in phases.stages(phase, len(groups)):
            seconds = None
            if phase.fit == "gradient":
                rehearsed = phase.model_copy(update={"epochs": 1, "min_steps": 0, "max_steps": None, "adapter": None})
                if rehearsed.trainable == "block-by-block":
                    rehearsed = rehearsed.model_copy(update={"trainable": "blocks", "blocks": opened})
                one = chosen.model_copy(update={"phases": (rehearsed,), "start": "source", "average_weights": False})
                few = ready.task.train[: _STEPS * chosen.batch_size]
                task = type(ready.task)(**{**vars(ready.task), "train": few, "val": few[:0]})
                trainer = Trainer(tuned_model(encoder, head, ready.kind), one, task, Options(seed=seed))
                started = time.perf_counter()
                outcome = trainer.run()
                seconds = (time.perf_counter() - started) / max(1, outcome.n_steps) * epochs * per_epoch
                encoder.module.load_state_dict(before)
            rates = phases.rates(phase, opened)
            n_body = sum(value.numel() for place in opened for value in groups[place][1])
            names = tuple(groups[place][0] for place in opened)
            stages.append(
                Stage(phase.name, names, tuple(rates.values()), n_body + n_head, epochs, epochs * per_epoch, seconds)
            )
    parts = ready.parts
    return Rehearsal(
        encoder.card.id, "auto, rehearsed as lp-ft" if wanted == AUTO else chosen.name, len(parts.train),
        len(parts.val), len(parts.test), tuple(stages), _peak_gb(), tuple(ready.warnings),
    )  # fmt: skip


def _peak_gb() -> float:
    """Most memory that this process has held, on the GPU where there is one."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e9
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / 1e9 if sys.platform == "darwin" else held / 1e6
