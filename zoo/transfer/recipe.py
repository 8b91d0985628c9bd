"""A recipe: how to train, as data. A list of phases that says what is trainable, at which rates, for how long.

    recipe = named("partial")
    recipe.phases[1].trainable, recipe.phases[1].body_rate

`zoo.transfer.fit` executes it; here are only numbers, each with the place that it comes from. A recipe survives
`Recipe.model_validate_json(recipe.model_dump_json())` unchanged, so it can be kept beside the model that it made.
The recipes themselves are in `zoo.transfer.recipes`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from zoo.cards import Facts
from zoo.transfer.penalties import Penalty

Trainable = Literal["head", "first-blocks", "last-blocks", "half", "all", "block-by-block", "blocks", "nothing"]
"""Which layer groups learn, counted from the head (`first-blocks`: from the input); the head always does.
block-by-block: one group more at each plateau, from the head down; blocks: those that the phase lists."""

Head = Literal["linear", "text-initialised", "text-anchored-gda", "nearest-mean", "ridge", "masks"]
"""linear: logistic regression, or a random start where a gradient trains it; text-initialised: class prompts as first
weights; text-anchored-gda: class means with one shared covariance, added to the text scores; nearest-mean: class
means; ridge: least squares; masks: a decoder for segmentation."""

SHARE = {"head": 0.0, "last-blocks": 0.25, "half": 0.5, "all": 1.0, "first-blocks": 0.25, "block-by-block": 1.0,
         "blocks": 0.25, "nothing": 0.0}  # fmt: skip
"""Share of the layer groups that learn, beside the head."""


class Stop(Facts):
    """When a phase ends before its last epoch."""

    monitor: Literal["validation-loss", "validation-metric"] = "validation-loss"
    patience: int = Field(default=3, ge=1)
    """Epochs without an improvement of `min_delta`."""
    min_delta: float = Field(default=1e-4, ge=0)
    restore_best: bool = True


class Phase(Facts):
    """One stretch of training with one set of trainable layers."""

    name: str
    trainable: Trainable
    blocks: tuple[int, ...] = ()
    """Positions of layer groups from the input, where `trainable` is blocks."""
    head: Head = "linear"
    fit: Literal["closed-form", "gradient"] = "gradient"
    """closed-form: solved on stored features in one step; rates and epochs do not apply."""
    epochs: int = Field(default=10, ge=0)
    min_steps: int = Field(default=0, ge=0)
    """More epochs until there were so many steps: ten epochs of twenty rows teach nothing."""
    max_steps: int | None = Field(default=None, ge=1)
    head_rate: float = Field(default=1e-3, gt=0)
    body_rate: float | None = Field(default=None, gt=0)
    """Learning rate of the trainable group next to the head; None: the body is frozen."""
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    """Factor on the rate from one layer group to the next one below it."""
    weight_decay: float = Field(default=0.05, ge=0)
    warm_up: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps in which the rate grows from zero."""
    schedule: Literal["cosine", "constant"] = "cosine"
    stop: Stop | None = Stop()
    adapter: Literal["lora"] | None = None
    """Low-rank updates of the frozen body in place of its weights."""
    loss: Literal["classes", "pairs"] = "classes"
    """pairs: rows of one class are drawn together, others apart; the head is fitted afterwards."""

    @model_validator(mode="after")
    def _rates_agree_with_what_learns(self) -> Phase:
        frozen = self.trainable in ("head", "nothing")
        if frozen and self.body_rate is not None:
            raise ValueError(f"phase {self.name!r} trains the head only, but gives the body a rate")
        if not frozen and self.body_rate is None:
            raise ValueError(f"phase {self.name!r} trains {self.trainable}, but gives the body no rate")
        if self.fit == "closed-form" and self.trainable != "head":
            raise ValueError(f"phase {self.name!r}: only a head has a closed form")
        if (self.trainable == "blocks") != bool(self.blocks):
            raise ValueError(f"phase {self.name!r}: blocks are listed if, and only if, it trains blocks")
        return self

    @property
    def share(self) -> float:
        """Share of the layer groups below the head that learn."""
        return SHARE[self.trainable]


class Recipe(Facts):
    """Phases in order, and what holds for all of them."""

    name: str
    phases: tuple[Phase, ...] = ()
    """Empty: nothing is trained."""
    start: Literal["source", "random"] = "source"
    """random: the architecture alone, as a control."""
    batch_size: int = Field(default=64, ge=1)
    penalties: tuple[Penalty, ...] = ()
    """Terms of the loss that keep the source knowledge."""
    average_weights: bool = False
    """Keep the average of source and tuned weights if it validates better."""
    balanced: bool = False
    """Weigh classes by the inverse of their size."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    mixup: float = Field(default=0.0, ge=0)
    """Parameter of the Beta distribution of the shares; 0: none."""
    clip_norm: float | None = Field(default=1.0, gt=0)
    batch_norm: Literal["source", "batch"] = "source"
    """source: statistics stay those of the source, as small batches have none worth learning."""
    augment: Literal["none", "light", "strong"] = "light"
    keep_frozen_probe: bool = True
    """Ship the probe of the first phase unless the tuned model beats it by its own standard error."""
    seed: int = 0
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def changes_the_body(self) -> bool:
        return any(phase.body_rate is not None and phase.epochs for phase in self.phases)

    def describe(self) -> str:
        """One line a phase, for a person."""
        lines = [f"{number}. {_line(phase)}" for number, phase in enumerate(self.phases, start=1)]
        if self.start == "random":
            lines.insert(0, "Begin with random weights.")
        lines += [_kept_by(penalty) for penalty in self.penalties]
        if self.average_weights:
            lines.append("Average source and tuned weights; keep the mix that validates best.")
        if self.balanced:
            lines.append("Weigh the classes by the inverse of their size.")
        if self.phases and self.keep_frozen_probe and len(self.phases) > 1:
            lines.append("Keep the frozen probe if tuning does not beat it by its own standard error.")
        return "\n".join([*lines, *self.notes]) or "Nothing is trained."


def _kept_by(penalty: Penalty) -> str:
    what = {
        "l2-sp": "Penalise the distance of the weights from the source (L2-SP",
        "ewc": "Penalise the distance of the weights that the source task needs (EWC",
        "lwf": "Keep the source's answers on the new rows (LwF",
        "source-kl": "Keep the source's answers on the new rows (KL",
        "feature-distance": "Keep the features near the source's (feature distance",
        "replay": "Go on with rows of the source task (replay",
    }[penalty.kind]
    return f"{what}, strength {penalty.strength:g})."


def _line(phase: Phase) -> str:
    what = {
        "head": "the head alone",
        "first-blocks": "the first blocks",
        "last-blocks": "the last quarter of the blocks",
        "half": "the upper half",
        "all": "all layers",
        "block-by-block": "one block more at each plateau, from the head down",
        "blocks": f"blocks {', '.join(map(str, phase.blocks))}",
        "nothing": "nothing",
    }[phase.trainable]
    head = {
        "linear": "a linear head",
        "text-initialised": "a head that begins as the class prompts",
        "text-anchored-gda": "class means with a shared covariance, added to the text scores",
        "nearest-mean": "class means",
        "ridge": "least squares",
        "masks": "a decoder for masks",
    }[phase.head]
    if phase.fit == "closed-form":
        return f"Fit {head} on frozen features, in closed form."
    if phase.trainable == "head":
        return f"Train {what} ({head}), up to {phase.epochs} epochs at {phase.head_rate:g}."
    lora = " with low-rank updates" if phase.adapter == "lora" else ""
    pairs = " on pairs of rows" if phase.loss == "pairs" else ""
    slower = f", x {phase.layer_decay:g} per group below" if phase.layer_decay < 1 else ""
    until = f", stop after {phase.stop.patience} epochs without gain" if phase.stop else ""
    rates = f"{phase.body_rate:g} (head {phase.head_rate:g}{slower})"
    return f"Train {what}{lora}{pairs}, up to {phase.epochs} epochs at {rates}{until}."
