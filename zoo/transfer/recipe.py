"""A recipe: how to train, as data. A list of phases that says what is trainable, at which rates, for how long.

    recipe = recipes.last_blocks()
    recipe.phases[1].trainable, recipe.phases[1].body_rate

`zoo.transfer.fit` executes it; here are only numbers, each with the place that it comes from. A recipe survives
`Recipe.model_validate_json(recipe.model_dump_json())` unchanged, so it can be kept beside the model that it made.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from zoo.cards import Facts

Trainable = Literal["head", "first-blocks", "last-blocks", "half", "all"]
"""Which layer groups learn, counted from the head (`first-blocks`: from the input); the head always does."""

Head = Literal["linear", "text-initialised", "text-anchored-gda", "nearest-mean", "masks"]
"""linear: random start; text-initialised: class prompts as first weights; text-anchored-gda: class means with one
shared covariance, added to the text scores; nearest-mean: class means; masks: a decoder for segmentation."""

SHARE = {"head": 0.0, "last-blocks": 0.25, "half": 0.5, "all": 1.0, "first-blocks": 0.25}
"""Share of the layer groups that learn, beside the head."""

LP_FT = "Kumar et al. 2022, arXiv:2202.10054: probe first, then fine-tune (+1 pp in, +10 pp out of distribution)"
GUIDE = "the article's guide by labels per class"
ULMFIT = "Howard and Ruder 2018, arXiv:1801.06146: lower layers learn slower, and are unfrozen from the top"
LAYER_DECAY = "timm 1.0.31 and AutoGluon-MM 1.6.3: layer decay .65 to .9; .75 is timm's default"
GDA = "Wang et al. 2024 (GDA for CLIP); Tip-Adapter protocol, 11 sets: 62.2 / 69.8 / 76.1 % at 1 / 4 / 16 shots"
CLAP = "Silva-Rodriguez et al. 2024, arXiv:2312.12730: start the probe from the text weights, no hidden validation"
L2_SP = "tllib tables: staying near the source is worth 4 to 8 pp with 15 % of the labels, little with all of them"
SOUP = "Wortsman et al. 2022, arXiv:2109.01903: averaging the weights gains 1 to 6 pp, at no cost in use"
SURGICAL = "Lee et al. 2023, arXiv:2210.11466: for corruption-like shift the first blocks are the ones to tune"


class Stop(Facts):
    """When a phase ends before its last epoch."""

    monitor: Literal["validation-loss", "validation-accuracy"] = "validation-loss"
    patience: int = Field(default=3, ge=1)
    """Epochs without an improvement of `min_delta`."""
    min_delta: float = Field(default=1e-4, ge=0)
    restore_best: bool = True


class Phase(Facts):
    """One stretch of training with one set of trainable layers."""

    name: str
    trainable: Trainable
    head: Head = "linear"
    fit: Literal["closed-form", "gradient"] = "gradient"
    """closed-form: solved on cached features in one step; rates and epochs do not apply."""
    epochs: int = Field(default=10, ge=0)
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

    @model_validator(mode="after")
    def _rates_agree_with_what_learns(self) -> Phase:
        if self.trainable == "head" and self.body_rate is not None:
            raise ValueError(f"phase {self.name!r} trains the head only, but gives the body a rate")
        if self.trainable != "head" and self.body_rate is None:
            raise ValueError(f"phase {self.name!r} trains {self.trainable}, but gives the body no rate")
        if self.fit == "closed-form" and self.trainable != "head":
            raise ValueError(f"phase {self.name!r}: only a head has a closed form")
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
    batch_size: int = Field(default=64, ge=1)
    stay_near_source: Literal["l2-sp"] | None = None
    average_weights: bool = False
    """Keep the average of source and tuned weights if it validates better."""
    balanced: bool = False
    """Weigh classes by the inverse of their size."""
    augment: Literal["none", "light", "strong"] = "light"
    keep_frozen_probe: bool = True
    """Ship the probe of the first phase unless the tuned model beats it by its own standard error."""
    seed: int = 0
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def describe(self) -> str:
        """One line a phase, for a person."""
        lines = [f"{number}. {_line(phase)}" for number, phase in enumerate(self.phases, start=1)]
        if self.stay_near_source:
            lines.append("Penalise the distance of the weights from the source (L2-SP).")
        if self.average_weights:
            lines.append("Average source and tuned weights; keep the mix that validates best.")
        if self.balanced:
            lines.append("Weigh the classes by the inverse of their size.")
        if self.phases and self.keep_frozen_probe and len(self.phases) > 1:
            lines.append("Keep the frozen probe if tuning does not beat it by its own standard error.")
        return "\n".join([*lines, *self.notes]) or "Nothing is trained."


def zero_shot() -> Recipe:
    """No training: the class names are the classifier."""
    return Recipe(name="zero-shot", augment="none", keep_frozen_probe=False, sources=(GUIDE,))


def head_only(head: Head = "linear", *, closed_form: bool = False) -> Recipe:
    """The body stays frozen; its features are computed once."""
    sources = {"text-anchored-gda": (GUIDE, GDA), "text-initialised": (GUIDE, CLAP)}.get(head, (GUIDE, LP_FT))
    return Recipe(name="head-only", phases=(_probe(head, closed_form=closed_form),), augment="none", sources=sources)


def last_blocks(head: Head = "linear") -> Recipe:
    """Head first, then the last quarter of the layer groups, near the source."""
    tuned = Phase(name="last blocks", trainable="last-blocks", head=head, epochs=20, head_rate=5e-4, body_rate=1e-4,
                  layer_decay=0.75, stop=Stop(patience=5))  # fmt: skip
    return Recipe(
        name="last-blocks",
        phases=(_probe(head), tuned),
        stay_near_source="l2-sp",
        average_weights=True,
        sources=(GUIDE, LP_FT, LAYER_DECAY, L2_SP, SOUP),
    )


def half(head: Head = "linear") -> Recipe:
    """Head first, then the upper half, each group slower than the one above it."""
    tuned = Phase(name="upper half", trainable="half", head=head, epochs=30, head_rate=5e-4, body_rate=1e-4,
                  layer_decay=0.7, stop=Stop(patience=5))  # fmt: skip
    return Recipe(
        name="half",
        phases=(_probe(head), tuned),
        average_weights=True,
        sources=(GUIDE, LP_FT, ULMFIT, LAYER_DECAY, SOUP),
    )


def full(head: Head = "linear") -> Recipe:
    """Head first, then everything at a small rate with early stopping."""
    tuned = Phase(name="all layers", trainable="all", head=head, epochs=30, head_rate=1e-4, body_rate=1e-5,
                  layer_decay=0.75, stop=Stop(patience=3))  # fmt: skip
    return Recipe(
        name="full",
        phases=(_probe(head), tuned),
        average_weights=True,
        augment="strong",
        sources=(GUIDE, LP_FT, LAYER_DECAY, SOUP),
    )


def article_schedule() -> Recipe:
    """The article's schedule: the head for 5 to 10 epochs, blocks until a plateau, all at 1e-5 with early stopping."""
    return Recipe(
        name="article-schedule",
        phases=(
            Phase(name="head", trainable="head", epochs=10, stop=Stop(patience=5)),
            Phase(name="blocks", trainable="half", epochs=50, head_rate=1e-4, body_rate=1e-4, stop=Stop(patience=5)),
            Phase(name="all layers", trainable="all", epochs=50, head_rate=1e-5, body_rate=1e-5, stop=Stop(patience=3)),
        ),
        sources=(GUIDE,),
    )


def _probe(head: Head, *, closed_form: bool = False) -> Phase:
    fit: Literal["closed-form", "gradient"] = "closed-form" if closed_form else "gradient"
    return Phase(name="head", trainable="head", head=head, fit=fit, epochs=10, weight_decay=1e-3, stop=Stop(patience=5))


def _line(phase: Phase) -> str:
    what = {
        "head": "the head alone",
        "first-blocks": "the first blocks",
        "last-blocks": "the last quarter of the blocks",
        "half": "the upper half",
        "all": "all layers",
    }[phase.trainable]
    head = {
        "linear": "a linear head",
        "text-initialised": "a head that begins as the class prompts",
        "text-anchored-gda": "class means with a shared covariance, added to the text scores",
        "nearest-mean": "class means",
        "masks": "a decoder for masks",
    }[phase.head]
    if phase.fit == "closed-form":
        return f"Fit {head} on frozen features, in closed form."
    if phase.trainable == "head":
        return f"Train {what} ({head}), up to {phase.epochs} epochs at {phase.head_rate:g}."
    lora = " with low-rank updates" if phase.adapter == "lora" else ""
    slower = f", x {phase.layer_decay:g} per group below" if phase.layer_decay < 1 else ""
    until = f", stop after {phase.stop.patience} epochs without gain" if phase.stop else ""
    rates = f"{phase.body_rate:g} (head {phase.head_rate:g}{slower})"
    return f"Train {what}{lora}, up to {phase.epochs} epochs at {rates}{until}."
