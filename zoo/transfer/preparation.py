"""Before a run: model, data, folder and recipe as a caller named them, made into what training takes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.cards import ModelCard
from zoo.data.dataset import Dataset
from zoo.data.splits import Partition
from zoo.errors import CapabilityError, DataError
from zoo.transfer import recipes
from zoo.transfer import run as runs
from zoo.transfer.checkpoint import FILE as CHECKPOINT
from zoo.transfer.model import InputKind
from zoo.transfer.recipe import Recipe
from zoo.transfer.rows import PreparedRows, features_of, kind_of
from zoo.transfer.split import content_hashes, findings, partition
from zoo.transfer.task import Task

if TYPE_CHECKING:
    from zoo.encoder import Encoder
    from zoo.registry import Registry

AUTO = "auto"


@dataclass
class Prepared:
    """One model and one data set, ready to train."""

    encoder: Encoder
    data: Dataset
    kind: InputKind
    parts: Partition
    hashes: dict[int, str]
    rows: PreparedRows
    task: Task
    features: Callable[[], NDArray[np.float32]]
    warnings: list[str]
    base_sha256: str


def prepare(
    encoder: Encoder, data: Dataset, *, seed: int, max_tokens: int | None, cache: bool, batch_size: int,
    dataset: str | None = None,
) -> Prepared:  # fmt: skip
    """Splits the rows, looks at every input once, and finds what would make the score deceive.

    Raises:
        DataError: too few rows or classes, or nothing can be read.
        CapabilityError: the model does not take such inputs.
    """
    from zoo.weights import weights_hash

    kind = kind_of(data)
    _check_sides(encoder, kind)
    warnings = []
    rows = PreparedRows(encoder, data.inputs, kind, bands=data.bands, max_tokens=max_tokens)
    bad = rows.unusable()
    if bad:
        gone = {int(failure.path) for failure in bad}
        if len(gone) == len(data):
            raise DataError(f"no input can be used: {bad[0].reason}", "Mend the files, or choose another model.")
        warnings.append(f"{len(gone)} inputs cannot be used and are left out, such as {bad[0].reason}")
        data = data.take([row for row in range(len(data)) if row not in gone])
        rows = PreparedRows(encoder, data.inputs, kind, bands=data.bands, max_tokens=max_tokens)
    parts = partition(data, seed=seed)
    used = np.concatenate([parts.train, parts.val, parts.test])
    hashes = content_hashes(data.inputs, used)
    warnings += findings(data, parts, hashes)
    warnings += _leaks(encoder.card, dataset)
    made: list[NDArray[np.float32]] = []

    def features() -> NDArray[np.float32]:
        if not made:
            made.append(
                features_of(encoder, data, kind, rows, batch_size=batch_size, cache=cache, max_tokens=max_tokens)
            )
        return made[0]

    base_sha256 = weights_hash(encoder.module)
    features()  # before training changes the body
    task = Task(
        inputs=rows,
        targets=data.targets,
        n_classes=len(data.class_names),
        train=parts.train,
        val=parts.val,
        features=features,
        text_rows=_text_rows(encoder, data, kind),
        groups=_numbers(data),
    )
    return Prepared(encoder, data, kind, parts, hashes, rows, task, features, warnings, base_sha256)


def _check_sides(encoder: Encoder, kind: InputKind) -> None:
    takes = encoder._network.embed_images if kind == "image" else encoder._network.embed_tokens
    if takes is None:
        raise encoder._lacks("pictures" if kind == "image" else "texts", "image" if kind == "image" else "text")


def _text_rows(
    encoder: Encoder, data: Dataset, kind: InputKind
) -> Callable[[], tuple[NDArray[np.float64], float]] | None:
    if kind != "image" or encoder.card.zero_shot is None or data.kind != "classification":
        return None
    from zoo.transfer.controls import class_rows

    made: list[tuple[NDArray[np.float64], float]] = []

    def rows() -> tuple[NDArray[np.float64], float]:
        if not made:
            made.append(class_rows(encoder, data.class_names))
        return made[0]

    rows()  # before training changes the towers
    return rows


def _numbers(data: Dataset) -> NDArray[np.int64] | None:
    if data.groups is None or all(group is None for group in data.groups):
        return None
    number: dict[object, int] = {}
    return np.array(
        [number.setdefault(i if g is None else g, len(number)) for i, g in enumerate(data.groups)], dtype=np.int64
    )


def _leaks(card: ModelCard, dataset: str | None) -> list[str]:
    seen = card.pretraining.datasets if card.pretraining is not None else None
    if dataset is None or seen is None:
        return []
    folded = {_folded(name): name for name in seen}
    if _folded(dataset) in folded:
        return [f"{card.id} was trained on {folded[_folded(dataset)]}: its scores on it are too good (leakage)."]
    return []


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def recipe_of(recipe: Recipe | str | None, advice: Any) -> Recipe | str:
    """The recipe that was asked for; a recommendation brings its own, and nothing at all means auto.

    Raises:
        DataError: there is no such recipe.
    """
    if recipe is None:
        stated = getattr(advice, "recipe", None)
        return stated if isinstance(stated, Recipe) and stated.phases else AUTO
    if isinstance(recipe, Recipe):
        return recipe
    return AUTO if recipe == AUTO else recipes.named(recipe)


def model_of(model: Any, registry: Registry | None) -> str | ModelCard | Encoder:
    """The source of a call: an id, a card, a loaded model, or the first of a recommendation or ranking."""
    from zoo.encoder import Encoder

    if isinstance(model, (str, os.PathLike, ModelCard, Encoder)):
        return os.fspath(model) if isinstance(model, os.PathLike) else model
    for name in ("candidates", "rows"):
        found = getattr(model, name, None)
        if found:
            first = getattr(found[0], "candidate", found[0])
            card = getattr(first, "card", None)
            if isinstance(card, ModelCard):
                return card
    raise DataError(f"want a model to start from, got {type(model).__name__}.", "Give an id, a card or zoo.load(...).")


def dataset_of(data: Any) -> Dataset:
    """The rows behind what a caller gave: a Dataset, a path, or a table at hand.

    Raises:
        DataError: it is none of them.
    """
    from zoo.data import read

    return read(data)


def folder_of(out: str | os.PathLike[str], *, resume: bool, overwrite: bool) -> Path:
    """The folder of the run, empty unless it is gone on with.

    Raises:
        DataError: it holds a run, or other files.
    """
    path = Path(out)
    if path.exists() and not path.is_dir():
        raise DataError(f"{str(path)!r} is a file.", "Give a folder for the run.")
    there = sorted(item.name for item in path.iterdir()) if path.is_dir() else []
    ours = {runs.FILE, runs.HEAD, runs.MODEL, runs.ADAPTER, runs.REFERENCE, runs.SPLIT, runs.PREDICTIONS, runs.LOG,
            CHECKPOINT, "choice.json", "report.html"}  # fmt: skip
    if there and not resume and not overwrite:
        what = "a run" if set(there) & ours else "files"
        raise DataError(
            f"{str(path)!r} holds {what} already.", "Go on with it (--resume), or replace it (--overwrite)."
        )
    if there and overwrite:
        strange = [name for name in there if name.removesuffix(".new") not in ours]
        if strange:
            raise DataError(f"{str(path)!r} holds {strange[0]!r}, which is no part of a run.", "Give another folder.")
        shutil.rmtree(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise DataError(f"{str(path)!r} cannot be made: {err.strerror}.", "Give another place.") from err
    return path


def check_trainable(recipe: Recipe, kind: InputKind) -> None:
    """Refuses what no phase could do with such inputs."""
    if any(phase.head == "masks" for phase in recipe.phases):
        raise CapabilityError("decoders for masks are not trained yet.", "Give a recipe for classes.")
    if not recipe.phases:
        raise DataError(f"the recipe {recipe.name!r} trains nothing.", "Use zoo classify, or another recipe.")
    if any(phase.loss == "pairs" for phase in recipe.phases) and kind != "text":
        raise CapabilityError("the contrastive recipe is for texts.", "Use recipe='lp-ft' or 'partial'.")
