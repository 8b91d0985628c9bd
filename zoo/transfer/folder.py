"""Writes what came of a training: weights, the scores that the folder's own predictor gives, what it is."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.output_files import writing
from zoo.transfer import run as runs
from zoo.transfer.checkpoint import FILE as CHECKPOINT
from zoo.transfer.controls import PROBE, controls
from zoo.transfer.model import has_adapter
from zoo.transfer.predictor import Predictor
from zoo.transfer.preparation import Prepared
from zoo.transfer.recipe import Recipe
from zoo.transfer.scores import Scores, paired_gain, scored
from zoo.transfer.solving import features_of_model
from zoo.transfer.task import Outcome

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.encoder import Encoder

_REFERENCE_ROWS = 1000
"""Training rows whose features a run keeps, to tell what is unlike them."""
_USUAL = 0.99
"""Share of the training rows that are no further from the nearest other one than the limit of what is usual."""


def write_run(
    folder: Path, ready: Prepared, recipe: Recipe, outcome: Outcome, *, asked: str, seed: int,
    measured: tuple[dict[str, Any], ...], temperature: float, shipped: Any, max_tokens: int | None,
    started: float,
) -> runs.RunFacts:  # fmt: skip
    """The folder: weights first, then the scores that its own predictor gives, and `zoo_run.json` last."""
    data, parts = ready.data, ready.parts
    changed = recipe.changes_the_body or recipe.start == "random"
    weights = "lora" if has_adapter(shipped.body) else "tuned" if changed else "source"
    sha256 = runs.save_weights(folder, shipped, weights)
    learn = np.concatenate([parts.train, parts.val])
    features = (
        ready.features() if weights == "source" else features_of_model(shipped, ready.rows, learn[:_REFERENCE_ROWS])
    )
    if weights == "source":
        features = features[learn[:_REFERENCE_ROWS]]
    sha256[runs.REFERENCE], far_beyond = _reference(folder, features)
    facts = runs.RunFacts(
        base=ready.encoder.card,
        base_sha256=ready.base_sha256,
        weights=weights,  # type: ignore[arg-type]  # one of the three
        input_kind=ready.kind,
        task_kind=data.kind,  # type: ignore[arg-type]  # checked when the data was read
        class_names=data.class_names,
        unit_rows=bool(shipped.head.unit_rows),
        max_tokens=max_tokens,
        bands=data.bands,
        temperature=temperature,
        recipe=recipe,
        asked=asked,
        seed=seed,
        source_name=data.source,
        scores={},
        controls={},
        measured=measured,
        far_beyond=far_beyond,
        versions=runs.versions(),
        sha256=sha256,
    )
    runs.write_facts(folder, facts)  # the predictor reads it; it is written again with the scores
    # On the model in memory the last bits could differ from those of the folder, so the folder is asked.
    predictor = Predictor(folder, device=ready.encoder.device, registry=ready.encoder._registry)
    test = [data.inputs[int(row)] for row in parts.test]
    said = predictor.predict(test)
    truth = data.targets[parts.test]
    of = None if data.groups is None else [data.groups[int(row)] for row in parts.test]
    scores = scored(said.logits, truth, data.class_names, groups=of, seed=seed)
    others, missing = controls(predictor.model.encoder if weights == "source" else _source(ready), data, parts,
                               ready.kind, ready.features, seed=seed)  # fmt: skip
    table = {name: scored(logits, truth, data.class_names, groups=of, seed=seed) for name, logits in others.items()}
    gain = None
    if data.kind == "classification":
        right = [np.asarray(z).argmax(axis=1) == truth for z in (others[PROBE], said.logits)]
        value, (low, high) = paired_gain(right[0], right[1], seed=seed)
        gain = (value, low, high)
    warnings = [*ready.warnings, *outcome.warnings, *missing, *_not_shown(gain, recipe), *_beaten(scores, table)]
    facts = facts.model_copy(
        update={
            "scores": scores.to_dict(),
            "controls": {name: own.to_dict() for name, own in table.items()},
            "gain": gain,
            "notes": (*data.notes, *parts.notes, *outcome.notes),
            "warnings": tuple(warnings),
            "seconds": round(time.monotonic() - started, 1),
        }
    )
    _write_split(folder, ready)
    _write_predictions(folder, said, data, parts.test)
    runs.write_facts(folder, facts)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    (folder / "choice.json").unlink(missing_ok=True)
    return facts


def _source(ready: Prepared) -> Encoder:
    """The source model as it was before training."""
    from zoo.loading import load

    return load(ready.encoder.card, device=ready.encoder.device, registry=ready.encoder._registry)


def _reference(folder: Path, features: NDArray[np.float32]) -> tuple[str, float | None]:
    import torch
    from safetensors.torch import save_file

    rows = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    kept = torch.from_numpy(rows.astype(np.float16))
    with writing(folder / runs.REFERENCE):
        save_file({"rows": kept}, folder / runs.REFERENCE)
    limit = None
    if len(rows) >= 20:
        near = rows @ rows.T
        np.fill_diagonal(near, -np.inf)
        limit = float(np.quantile(1 - near.max(axis=1), _USUAL))
    return runs.file_hash(folder / runs.REFERENCE), limit


def _not_shown(gain: tuple[float, float, float] | None, recipe: Recipe) -> list[str]:
    if gain is None or not recipe.changes_the_body:
        return []
    value, low, high = gain
    if high < 0:
        return [
            f"negative transfer: tuning made it worse than the frozen probe by {-100 * value:.1f} points "
            f"[{100 * low:+.1f}, {100 * high:+.1f}]. Use recipe='feature-extraction'."
        ]
    if low <= 0:
        return [
            f"not shown to be better than the frozen probe: {100 * value:+.1f} points "
            f"[{100 * low:+.1f}, {100 * high:+.1f}]."
        ]
    return []


def _beaten(scores: Scores, table: dict[str, Scores]) -> list[str]:
    better = [name for name, own in table.items() if own.main > scores.main and name != PROBE]
    return [f"the control {name!r} is better than the model ({100 * table[name].main:.1f} %)." for name in better]


def _write_split(folder: Path, ready: Prepared) -> None:
    data = ready.data
    with writing(folder / runs.SPLIT), (folder / runs.SPLIT).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["row", "part", "sha256", "label"])
        for part in ("train", "val", "test"):
            for row in getattr(ready.parts, part):
                out.writerow([int(row), part, ready.hashes[int(row)], label_of(data, int(row))])


def label_of(data: Dataset, row: int) -> str:
    """The label of a row in words; several with a bar between."""
    target = data.targets[row]
    if data.kind == "multilabel":
        return "|".join(data.class_names[c] for c in np.flatnonzero(target == 1))
    return data.class_names[int(target)]


def _write_predictions(folder: Path, said: Any, data: Dataset, test: NDArray[np.intp]) -> None:
    """What the shipped model says of each held-out row, in full precision."""
    path = folder / runs.PREDICTIONS
    with writing(path), path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["row", "image", "truth", "predicted", *(f"score {name}" for name in data.class_names)])
        for number, row in enumerate(test):
            scores = [repr(float(value)) for value in said.scores[number]]
            predicted = data.class_names[int(said.scores[number].argmax())]
            if data.kind == "multilabel":
                predicted = "|".join(n for n, s in zip(data.class_names, said.scores[number], strict=True) if s >= 0.5)
            out.writerow([int(row), said.paths[number], label_of(data, int(row)), predicted, *scores])


def logger(path: Path, tell: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def log(record: dict[str, Any]) -> None:
        with writing(path), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        tell(record)

    return log
