"""`auto`: which recipe to train, by measuring inside the training rows.

Frozen heads are compared on stored features, the tuned candidate against the best of them on two halves of the training
rows: each half is predicted by a fit on the other. What was measured is weighed against what such comparisons gave on
other sets, in proportion to how many rows are behind it; the test part is never looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.data.splits import folds
from zoo.errors import DataError
from zoo.transfer import recipes
from zoo.transfer.evaluate.calibration import temperature_scaling
from zoo.transfer.model import random_head, tuned_model
from zoo.transfer.recipe import Head, Recipe
from zoo.transfer.solving import solved_head
from zoo.transfer.task import Options, Task
from zoo.transfer.training import Trainer

if TYPE_CHECKING:
    from zoo.transfer.preparation import Prepared

Float = NDArray[np.floating]
Halves = list[tuple[NDArray[np.intp], NDArray[np.intp]]]

_HALVES_FROM = 4
"""Rows of the smallest class from which two halves can be compared."""
_STEPS_A_HALF = 0.5
"""Share of the candidate's steps that each half gets: both halves together cost as much as the candidate."""
EXPECTED_GAIN = {"image": (0.02, 0.03), "text": (0.03, 0.08), "pair": (0.03, 0.08)}
"""Mean and spread over data sets of what tuning adds to the frozen probe (make bench-transfer)."""


@dataclass(frozen=True)
class Choice:
    """What is trained on all training rows, and why."""

    recipe: Recipe
    measured: tuple[dict[str, Any], ...]
    """Name, score, error and whether it was chosen, of each candidate."""
    temperature: float = 1.0


def choose(ready: Prepared, options: Options, *, batch_size: int | None = None) -> Choice:
    """The recipe for these rows; never touches the test part."""
    quiet = replace(options, checkpoint_path=None, log=lambda record: None)
    head, left_out = best_head(ready, options.seed)
    tuned = candidate(ready, head, batch_size)
    gain, spread = EXPECTED_GAIN[ready.kind]
    rows = [_row(f"frozen source, {head}", left_out)]
    seen: tuple[Float, Float, NDArray[np.int64]] | None = None
    halves = halves_of(ready, options.seed)
    if halves is not None and ready.data.kind == "classification" and not _late(options):
        seen = compared(ready, tuned, head, halves, quiet)
        logits, frozen, targets = seen
        right = [z.argmax(axis=1) == targets for z in (frozen, logits)]
        rows = [_row(f"frozen source, {head}", right[0]), _row(tuned.name, right[1])]
        difference = right[1].astype(float) - right[0]
        gain = shrunk(float(difference.mean()), error_of(difference), gain, spread)
        options.log({"measured": f"{tuned.name} against the frozen source"})
    else:
        rows.append(_row(f"{tuned.name} ({100 * gain:+.0f} points expected by other data sets)", None))
    chosen = gain > 0
    temperature = 1.0 if seen is None else _temperature(seen[0] if chosen else seen[1], seen[2], options.seed)
    rows[-1 if chosen else 0]["chosen"] = True
    return Choice(tuned if chosen else recipes.feature_extraction(head), tuple(rows), temperature)


def candidate(ready: Prepared, head: Head, batch_size: int | None) -> Recipe:
    """What is tuned if anything is: the last blocks for pictures, all layers for texts."""
    if ready.kind == "image":
        made = recipes.partial(head).model_copy(update={"augment": "none", "batch_size": 32})
    else:
        made = recipes.lp_ft(head).model_copy(update={"batch_size": 16})
        tuned = made.phases[1].model_copy(update={"head_rate": 1e-4, "body_rate": 1e-4, "epochs": 8, "min_steps": 40})
        made = made.model_copy(update={"phases": (made.phases[0], tuned)})
    return made if batch_size is None else made.model_copy(update={"batch_size": batch_size})


def best_head(ready: Prepared, seed: int) -> tuple[Head, NDArray[np.bool_] | None]:
    """The frozen head for these rows, and whether it is right on each row that it did not see; None: not measured.

    Logistic regression, unless another one is better on folds by its standard error; with a single row a class there is
    nothing to compare on, and class means are the most that can be fitted.
    """
    task, features = ready.task, ready.features()
    parts = _folds(ready, seed)
    if parts is None or task.multilabel:
        return ("linear" if task.multilabel else "nearest-mean"), None
    place = {int(row): i for i, row in enumerate(task.train)}
    heads: list[Head] = ["linear", "nearest-mean", "ridge"]
    if task.text_rows is not None:
        heads.append("text-anchored-gda")
    right = {head: np.zeros(len(task.train), dtype=bool) for head in heads}
    for learn, held in parts:
        own, at = _only(task, learn), [place[int(row)] for row in held]
        for head in heads:
            solved = solved_head(head, features[learn], task.targets[learn], own, False, seed)
            right[head][at] = _applied(solved, features[held]).argmax(axis=1) == task.targets[held]
    best = max(heads, key=lambda head: right[head].mean())  # the first of equal ones
    ahead = right[best].astype(float) - right["linear"]
    chosen = best if ahead.mean() > error_of(ahead) else "linear"
    return chosen, right[chosen]


def halves_of(ready: Prepared, seed: int) -> Halves | None:
    """(learn, judged) of two halves; None where a class has too few rows, or groups cannot be halved."""
    if _fewest(ready) < _HALVES_FROM:
        return None
    try:
        return folds(ready.data, ready.parts.train, 2, seed=seed)
    except DataError:
        return None


def compared(
    ready: Prepared, recipe: Recipe, head: Head, halves: Halves, options: Options
) -> tuple[Float, Float, NDArray[np.int64]]:
    """Logits of tuned and frozen models for rows that they have not seen, and the classes of these rows."""
    encoder, task = ready.encoder, ready.task
    source = {name: value.detach().clone() for name, value in encoder.module.state_dict().items()}
    features = ready.features()
    tuned, frozen, targets = [], [], []
    short = [phase.model_copy(update={
        "epochs": max(1, round(phase.epochs * _STEPS_A_HALF * 2)), "min_steps": round(phase.min_steps * _STEPS_A_HALF),
    }) for phase in recipe.phases]  # fmt: skip
    rehearsed = recipe.model_copy(update={"phases": tuple(short)})
    for learn, judged in halves:
        own = _only(task, learn)
        model = tuned_model(encoder, random_head(features.shape[1], task.n_classes, options.seed), ready.kind)
        trainer = Trainer(model, rehearsed, own, options)
        trainer.run()
        tuned.append(trainer.logits(judged))
        encoder.module.load_state_dict(source)
        probe = solved_head(head, features[learn], task.targets[learn], own, False, options.seed)
        frozen.append(_applied(probe, features[judged]))
        targets.append(task.targets[judged])
    return np.concatenate(tuned), np.concatenate(frozen), np.concatenate(targets)


def shrunk(measured: float, error: float, expected: float, spread: float) -> float:
    """Posterior mean of a gain: what was measured and what was expected, each by its precision."""
    precise, prior = 1 / max(error, 1e-3) ** 2, 1 / spread**2
    return (measured * precise + expected * prior) / (precise + prior)


def error_of(values: NDArray[Any]) -> float:
    """Standard error of the mean."""
    return float(np.asarray(values, dtype=float).std(ddof=1) / len(values) ** 0.5)


def _temperature(logits: Any, targets: NDArray[np.int64], seed: int) -> float:
    """That of held-out logits; 1 where scaling is not shown to be better, or rows are too few."""
    try:
        return temperature_scaling(logits, targets, seed=seed).temperature
    except DataError:
        return 1.0


def _row(name: str, right: NDArray[np.bool_] | None) -> dict[str, Any]:
    if right is None:
        return {"name": name, "score": None, "error": None, "chosen": False}
    return {"name": name, "score": float(right.mean()), "error": error_of(right), "chosen": False}


def _only(task: Task, learn: NDArray[np.intp]) -> Task:
    """The same task with fewer rows to learn from and none to stop by."""
    return replace(task, train=learn, val=learn[:0])


def _applied(head: Any, features: Float) -> NDArray[np.float64]:
    import torch

    with torch.no_grad():
        logits = head.cpu()(torch.from_numpy(np.asarray(features, dtype=np.float32)))
    return np.asarray(logits.numpy(), dtype=np.float64)


def _folds(ready: Prepared, seed: int) -> Halves | None:
    fewest = _fewest(ready)
    if fewest < 2:
        return None
    try:
        return folds(ready.data, ready.parts.train, min(5, fewest), seed=seed)
    except DataError:
        return None


def _fewest(ready: Prepared) -> int:
    y = ready.data.targets[ready.parts.train]
    count = y.sum(axis=0) if y.ndim == 2 else np.bincount(y)
    return int(count[count > 0].min())


def _late(options: Options) -> bool:
    return options.deadline is not None and time.monotonic() > options.deadline
