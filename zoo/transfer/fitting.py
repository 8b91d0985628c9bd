"""Carries a transfer out: from a source model and labelled rows to a folder that predicts.

    run = fit("vision/resnet50", data, recipe="auto", out="run/")
    print(run)                          # score with interval, gain over the frozen probe, controls, warnings
    Predictor("run/").predict(paths)

prepare (split, controls, findings) → auto or the recipe asked for → Trainer → folder → Predictor on the held-out rows
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.arguments import at_least_one
from zoo.cards import ModelCard
from zoo.errors import DataError
from zoo.output_files import writing
from zoo.transfer import run as runs
from zoo.transfer.checkpoint import FILE as CHECKPOINT
from zoo.transfer.folder import logger, write_run
from zoo.transfer.model import has_adapter, random_head, tuned_model
from zoo.transfer.preparation import (
    AUTO,
    Prepared,
    check_trainable,
    dataset_of,
    folder_of,
    model_of,
    prepare,
    recipe_of,
)
from zoo.transfer.progress import shown
from zoo.transfer.recipe import Recipe
from zoo.transfer.recipes import feature_extraction
from zoo.transfer.solving import features_of_model, solved_head
from zoo.transfer.task import Options, Outcome
from zoo.transfer.training import Trainer

if TYPE_CHECKING:
    import torch

    from zoo.data.dataset import Dataset
    from zoo.encoder import Encoder
    from zoo.registry import Registry
    from zoo.transfer.predictor import Predictor


@dataclass(frozen=True)
class Run:
    """What came of a transfer; everything here is also in the folder."""

    path: Path
    facts: runs.RunFacts

    @property
    def scores(self) -> dict[str, Any]:
        """Figures of the shipped model on the held-out rows."""
        return self.facts.scores

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.facts.warnings

    def predictor(self, *, device: str = "auto") -> Predictor:
        from zoo.transfer.predictor import Predictor

        return Predictor(self.path, device=device)

    def report(self, path: str | os.PathLike[str] | None = None) -> Path:
        """One self-contained page; None: `report.html` in the folder."""
        from zoo.transfer.report import write_report

        return write_report(self.path, path)

    def to_dict(self) -> dict[str, Any]:
        return {"path": str(self.path), **self.facts.model_dump(mode="json")}

    def __str__(self) -> str:
        from zoo.transfer.told import told

        return told(self.path, self.facts)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Run:
        """A run that lies on disk.

        Raises:
            DataError: there is none.
        """
        return cls(Path(path), runs.read_facts(path))


def fit(
    model: str | ModelCard | Encoder | Any,
    data: Dataset | str | os.PathLike[str],
    *,
    recipe: Recipe | str | None = None,
    out: str | os.PathLike[str],
    seed: int = 0,
    budget_minutes: float | None = None,
    batch_size: int | None = None,
    max_tokens: int | None = None,
    device: str | torch.device = "auto",
    mixed_precision: str = "no",
    accumulate: int = 1,
    gradient_checkpointing: bool = False,
    checkpoint_every_s: float = 20.0,
    source_data: Dataset | None = None,
    dataset: str | None = None,
    cache: bool = True,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool | None = None,
    local_files_only: bool | None = None,
    registry: Registry | None = None,
) -> Run:
    """Trains, compares with the controls on rows held out, and writes a folder.

    Args:
        model: id, card, loaded encoder, folder of a run, or a recommendation (its first candidate).
        data: rows with labels; a test part of its own is kept, else a fifth is held out, whole groups together.
        recipe: a Recipe, a name of `zoo.transfer.recipes.RECIPES`, or "auto", which chooses by measuring inside the
            training rows; None: that of the recommendation, else auto.
        budget_minutes: no further epoch begins after it.
        batch_size: rows in a step; None: the recipe's.
        max_tokens: texts are cut there; None: where the model cuts them.
        mixed_precision: "bf16" on devices that have it.
        accumulate: passes in which a step's rows go through the network.
        source_data: labelled rows of the source task, for the penalties that need them.
        dataset: public name of the data, to find out whether the source has seen it.
        resume: go on where a run with the same `out` was cut off.
        progress: a bar on stderr; None: only where that is a terminal.

    Raises:
        DataError: the data, the folder or an argument does not fit; see the message.
        CapabilityError: the model cannot be trained on such data, or memory does not suffice.
    """
    from zoo.loading import load

    if mixed_precision not in ("no", "bf16"):
        raise DataError(f"no number type {mixed_precision!r}.", "Give no or bf16.")
    at_least_one("accumulate", accumulate)
    started = time.monotonic()
    rows, source = dataset_of(data), model_of(model, registry)
    wanted = recipe_of(recipe, model)
    folder = folder_of(out, resume=resume, overwrite=overwrite)
    if resume and (folder / runs.FILE).is_file():
        return Run.read(folder)
    encoder = (
        load(source, device=device, local_files_only=local_files_only, registry=registry)
        if isinstance(source, (str, ModelCard))
        else source
    )
    ready = prepare(encoder, rows, seed=seed, max_tokens=max_tokens, cache=cache, batch_size=32, dataset=dataset)
    minutes = None if budget_minutes is None else started + 60 * budget_minutes
    with shown(progress, f"{encoder.card.id} on {len(ready.parts.train):,} rows") as tell:
        options = Options(
            seed=seed,
            mixed_precision=mixed_precision,
            accumulate=accumulate,
            gradient_checkpointing=gradient_checkpointing,
            checkpoint_path=folder / CHECKPOINT,
            checkpoint_every_s=checkpoint_every_s,
            deadline=minutes,
            log=logger(folder / runs.LOG, tell),
        )
        chosen, measured, temperature = _chosen(wanted, ready, options, folder, batch_size)
        check_trainable(chosen, ready.kind)
        before = {name: value.detach().clone() for name, value in encoder.module.state_dict().items()}
        trainer, outcome = trained(chosen, ready, options, source_data)
        if wanted != AUTO:  # auto has compared the two already
            chosen = _probe_if_enough(chosen, ready, trainer, before, outcome)
    facts = write_run(
        folder, ready, chosen, outcome, asked=wanted if isinstance(wanted, str) else wanted.name, seed=seed,
        measured=measured, temperature=temperature, shipped=trainer.model, max_tokens=max_tokens,
        started=started,
    )  # fmt: skip
    return Run(folder, facts)


def _chosen(
    wanted: Recipe | str, ready: Prepared, options: Options, folder: Path, batch_size: int | None
) -> tuple[Recipe, tuple[dict[str, Any], ...], float]:
    """The recipe that is trained, what was compared for it, and the temperature of its logits."""
    from zoo.transfer.auto import choose

    kept = folder / "choice.json"
    if wanted != AUTO:
        assert isinstance(wanted, Recipe)
        sized = wanted if batch_size is None else wanted.model_copy(update={"batch_size": batch_size})
        return sized, (), 1.0
    if kept.is_file():  # of the run that was cut off
        told = json.loads(kept.read_text(encoding="utf-8"))
        return Recipe.model_validate(told["recipe"]), tuple(told["measured"]), float(told["temperature"])
    choice = choose(ready, options, batch_size=batch_size)
    told = {
        "recipe": choice.recipe.model_dump(mode="json"),
        "measured": list(choice.measured),
        "temperature": choice.temperature,
    }
    with writing(kept):
        kept.write_text(json.dumps(told), encoding="utf-8")
    return choice.recipe, choice.measured, choice.temperature


def trained(
    recipe: Recipe, ready: Prepared, options: Options, source_data: Dataset | None = None
) -> tuple[Trainer, Outcome]:
    """The recipe carried out on the prepared model, which it changes; `.model` of the trainer is what ships."""
    from zoo.loading import load

    encoder = ready.encoder
    if recipe.start == "random":
        bare = load(
            encoder.card, device=encoder.device, pretrained=False, seed=options.seed, registry=encoder._registry
        )
        encoder.module.load_state_dict(bare.module.state_dict())
    width = ready.features().shape[1]
    head = random_head(width, ready.task.n_classes, options.seed).to(encoder.device)
    model = tuned_model(encoder, head, ready.kind)
    terms = _terms(recipe, model, ready, source_data, options.seed)
    trainer = Trainer(model, recipe, ready.task, options, terms)
    before = {name: value.detach().clone() for name, value in model.body.state_dict().items()}
    outcome = trainer.run()
    if recipe.average_weights and recipe.changes_the_body:
        outcome.notes.append(_averaged(model, before, ready, trainer))
    return trainer, outcome


def _probe_if_enough(
    recipe: Recipe, ready: Prepared, trainer: Trainer, source: dict[str, Any], outcome: Outcome
) -> Recipe:
    """What ships: the frozen probe again, where tuning does not beat it on validation rows by its standard error."""
    import torch

    first, val, train = recipe.phases[0], ready.parts.val, ready.parts.train
    if not (recipe.keep_frozen_probe and recipe.changes_the_body and first.fit == "closed-form"):
        return recipe
    if not len(val) or ready.task.multilabel or has_adapter(trainer.model.body):
        outcome.notes.append("no validation rows say whether tuning beats the frozen probe: recipe auto measures that.")
        return recipe
    features, truth, seed = ready.features(), ready.task.targets, trainer.options.seed
    head = solved_head(first.head, features[train], truth[train], ready.task, recipe.balanced, seed)
    tuned = trainer.logits(val).argmax(axis=1) == truth[val]
    trainer_head, trainer.model.head = trainer.model.head, head.to(ready.encoder.device)
    frozen = trainer.logits(val, torch.from_numpy(features)).argmax(axis=1) == truth[val]
    ahead = tuned.astype(float) - frozen
    if ahead.mean() > ahead.std(ddof=1) / len(val) ** 0.5:
        trainer.model.head = trainer_head
        return recipe
    ready.encoder.module.load_state_dict(source)
    outcome.notes.append(
        f"{recipe.name} is right on {100 * tuned.mean():.1f} % of {len(val)} validation rows, the frozen probe on "
        f"{100 * frozen.mean():.1f} %: not better by its standard error, so the probe ships."
    )
    return feature_extraction(first.head)


def _terms(recipe: Recipe, model: Any, ready: Prepared, source_data: Dataset | None, seed: int) -> list[Any]:
    if not recipe.penalties:
        return []
    from zoo import heads
    from zoo.transfer.model import head_of
    from zoo.transfer.rows import PreparedRows
    from zoo.transfer.terms import SourceRows, terms_of

    source = None
    if source_data is not None:
        inputs = PreparedRows(model.encoder, source_data.inputs, ready.kind, bands=source_data.bands)
        found = features_of_model(model, inputs, np.arange(len(source_data)))
        fitted = heads.logistic(found, source_data.targets, seed=seed)
        head = head_of(fitted, len(source_data.class_names)).to(model.encoder.device)
        source = SourceRows(inputs, source_data.targets, head)
    return terms_of(recipe.penalties, model, source, seed=seed)


def _averaged(model: Any, before: dict[str, Any], ready: Prepared, trainer: Trainer) -> str:
    """Source and tuned body averaged: by validation rows, or half and half without."""
    from zoo.transfer.forgetting import average_weights
    from zoo.transfer.scores import score_of

    source = {f"body.{name}": value for name, value in before.items()}
    if not len(ready.parts.val):
        average_weights(model, source, lambda _: 0.0, alphas=(0.5,))
        return "source and tuned weights were averaged half and half: no validation rows say which share is better."

    def score(_: Any) -> float:
        return score_of(trainer.logits(ready.parts.val), ready.data.targets[ready.parts.val])

    alpha, _ = average_weights(model, source, score)
    return f"source and tuned weights were averaged, {alpha:.1f} of the tuned ones."
