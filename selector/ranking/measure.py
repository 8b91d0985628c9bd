"""Measures one source model on a user's data: load, embed, probe. A model that fails is a row with the reason.

`measure` takes and gives plain values only, so that it runs in this process or on a worker of another machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.cards import ModelCard
from zoo.errors import DataError, HubError, ZooError
from zoo.registry import Registry, default_registry

from ..probes import Float, Int, gda, knn_accuracy, linear_probe
from ..scores import cluster_logme, logme
from ..task.class_names import readable
from .unlabelled import USUAL_CLUSTERS, Proximity, proximity

Score = Callable[..., float]


@dataclass(frozen=True)
class Sample:
    """What every model is measured on: inputs, class of each, and which rows are held out.

    Attributes:
        kind: "image" (inputs are paths) or "text".
        is_test: (n,) rows to score on; all False: cross-validation.
        class_words: names of the classes as words, for zero-shot scoring.
        unlabelled: further inputs without a label.
        reference: what the data is compared with; without labels only, else the labelled part is.
        bands: names of the channels, where the files say none.
        how: how the scored rows were chosen, where that is not the data's own test part.
        left_out: classes that are not measured on, and why.
    """

    kind: str
    inputs: tuple[str, ...]
    labels: Int
    is_test: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    class_words: tuple[str, ...]
    unlabelled: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    reference_name: str = ""
    bands: tuple[str, ...] | None = None
    how: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def has_labels(self) -> bool:
        """Whether there is anything to score on; without, `unlabelled` is all the data."""
        return len(self.labels) > 0

    @property
    def n_scored(self) -> int:
        """Rows behind each accuracy."""
        return int(self.is_test.sum()) or len(self.inputs)


@dataclass(frozen=True)
class Settings:
    """How to run the models."""

    device: str = "auto"
    batch_size: int = 32
    cache: bool | Path = True
    local_files_only: bool | None = None
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """What one model reached. None: not measured, and `failure` or the kind of model says why.

    Attributes:
        probe, knn, gda, zero_shot: accuracy on held-out rows, in [0, 1].
        logme: log evidence per row; greater is better.
        cluster_logme: the same with clusters for labels, where there are no labels.
        proximity: how near the unlabelled data lies to the labelled part or the reference, in this model's features.
        scores: those of plugins, by name.
        ms_per_sample: time to embed one input that was not in the cache.
        n_failed: inputs that this model could not read.
        remedy: what to do about the failure, where that is known.
        lacks_files: whether it failed because its files could not be had.
    """

    id: str
    probe: float | None = None
    knn: float | None = None
    gda: float | None = None
    zero_shot: float | None = None
    logme: float | None = None
    cluster_logme: float | None = None
    proximity: Proximity | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    seconds_to_load: float | None = None
    ms_per_sample: float | None = None
    n_failed: int = 0
    n_scored: int = 0
    notes: tuple[str, ...] = ()
    failure: str | None = None
    remedy: str = ""
    lacks_files: bool = False


def measure(card: ModelCard, sample: Sample, settings: Settings, registry: Registry | None = None) -> Measured:
    """One row of the ranking; every failure of this model ends here, as a reason."""
    import zoo
    from zoo.features import extract

    registry = registry or default_registry()
    started = time.perf_counter()
    try:
        encoder = zoo.load(card, device=settings.device, local_files_only=settings.local_files_only, registry=registry)
        loaded = time.perf_counter()
        inputs = sample.inputs or sample.unlabelled
        options: dict[str, Any] = {
            "kind": sample.kind,
            "batch_size": settings.batch_size,
            "cache": settings.cache,
            "bands": sample.bands if sample.kind == "image" else None,
        }
        found = extract(encoder, inputs, **options)
        done = time.perf_counter()
        n_fresh = len(found.kept) - found.n_from_cache
        row = Measured(
            id=card.id,
            seconds_to_load=loaded - started,
            ms_per_sample=(done - loaded) * 1e3 / n_fresh if n_fresh > 0 else None,
            n_failed=len(found.failures),
            notes=encoder.conversions,
        )
        compared = sample.unlabelled if sample.has_labels else sample.reference
        if compared:
            other = extract(encoder, compared, **options).vectors
            name = "the labelled part" if sample.has_labels else sample.reference_name
            pair = (other, found.vectors) if sample.has_labels else (found.vectors, other)
            row = replace(row, proximity=proximity(*pair, name, seed=settings.seed))
        if not sample.has_labels:
            n_clusters = min(len(sample.class_words) or USUAL_CLUSTERS, len(found.vectors) // 2)
            return replace(row, cluster_logme=cluster_logme(found.vectors, max(2, n_clusters), seed=settings.seed))
        kept = list(found.kept)
        labels, is_test = sample.labels[kept], sample.is_test[kept]
        text = _text_scores(encoder, found.vectors, sample) if card.zero_shot and sample.kind == "image" else None
        return _probed(row, found.vectors, labels, is_test, text, _plugin_scores(registry), settings.seed)
    except ZooError as err:
        remedy = "" if isinstance(err, DataError) else err.remedy  # that of the data stands in the problem
        return Measured(card.id, failure=err.problem, remedy=remedy, lacks_files=isinstance(err, HubError))
    except (RuntimeError, OSError, ValueError, MemoryError, ImportError) as err:
        return Measured(card.id, failure=" ".join(f"{type(err).__name__}: {err}".split()))


def _probed(
    row: Measured,
    vectors: Float,
    labels: Int,
    is_test: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    text: Float | None,
    plugin_scores: Mapping[str, Score],
    seed: int,
) -> Measured:
    """The row with everything that is computed from features."""
    x = np.asarray(vectors, dtype=np.float64)
    train = ~is_test if is_test.any() else np.ones(len(x), dtype=bool)
    held = (x[is_test], labels[is_test]) if is_test.any() else (None, None)
    scored = is_test if is_test.any() else train
    notes = []
    extra = {}
    for name, score in plugin_scores.items():
        try:
            extra[name] = float(score(x[train], labels[train]))
        except Exception as err:  # a plugin's own code
            notes.append(f"score {name} failed: {type(err).__name__}: {err}")
    return replace(
        row,
        probe=linear_probe(x[train], labels[train], *held, seed=seed),
        knn=knn_accuracy(x[train], labels[train], *held),
        gda=gda(x[train], labels[train], *held, seed=seed),
        logme=logme(x[train], labels[train]),
        zero_shot=None if text is None else float(np.mean(text[scored].argmax(axis=1) == labels[scored])),
        scores=extra,
        n_scored=int(scored.sum()),
        notes=(*row.notes, *notes),
    )


def _text_scores(encoder: object, vectors: Float, sample: Sample) -> Float:
    """(n, c) cosine of each picture with each class."""
    from zoo.zero_shot import build_classifier

    classes = build_classifier(encoder, list(sample.class_words)).numpy()  # type: ignore[arg-type]  # an Encoder; typed loosely to keep torch out of signatures
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ classes.T, dtype=np.float64)


def _plugin_scores(registry: Registry) -> dict[str, Score]:
    found: dict[str, Score] = {}
    for _, given in registry.answers("zoo_transferability_scores"):
        found.update({name: score for name, score in given.items() if name not in found})
    return found


def words(names: Sequence[str]) -> tuple[str, ...]:
    """Class words for prompts, distinct; names that become equal when made readable stay as they are."""
    made = tuple(readable(name) for name in names)
    return made if len(set(made)) == len(made) else tuple(names)
