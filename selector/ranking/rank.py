"""Measures candidates on the user's own data, and shrinks what was measured to what was published.

    ranking = rank("my_images/", candidates=advice)
    print(ranking.to_text())

Each model embeds the same sample once (features are kept on disk), is probed on held-out rows, and its accuracy is
weighed against the prior by how many rows are behind it: rung 4 of the ladder. Without labels there are distances and a
label-free score, which move the prior by the little that they have earned (`unlabelled`): rung 3.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zoo.arguments import at_least_one
from zoo.cards import ModelCard
from zoo.errors import DataError, MissingExtraError
from zoo.registry import Registry, default_registry

from ..advice.candidate import Candidate
from ..advice.candidates import likeness_of, prior_for
from ..advice.recommend import recommend
from ..advice.recommendation import Recommendation
from ..constraints.exclusion import summary
from ..constraints.relaxation import none_named_fits
from ..prior.level import REACH
from ..prior.posterior import update
from ..prior.regret import expected_loss
from ..task.task import Task
from ..task.validation import one_or_many
from .measure import Measured, Sample, Settings, measure
from .ranking import Ranking, RankRow
from .sample import sample_of
from .unlabelled import WEIGHT, moved, reference_inputs

_PROBED_SHARE = 0.5
"""Expected accuracy of a model of which nothing is known; the line of the update moves it to where the others lie."""


def rank(
    data: str | os.PathLike[str] | Task,
    candidates: Recommendation | str | ModelCard | Iterable[str | ModelCard | Candidate] | None = None,
    *,
    exclude_evidence: Iterable[str] = (),
    engine: Literal["local", "ray"] = "local",
    max_samples: int = 2000,
    batch_size: int = 32,
    device: str = "auto",
    cache: bool | Path = True,
    local_files_only: bool | None = None,
    seed: int = 0,
    reference: str | os.PathLike[str] | None = None,
    registry: Registry | None = None,
) -> Ranking:
    """Candidates measured on the data, best first; with fewer than two labelled classes, by what needs no labels.

    Args:
        data: a folder of images, a table of texts, or the task that was read from one.
        candidates: an id, or several; or a recommendation, whose `to_measure` is measured; None: that of `recommend`.
        exclude_evidence: data sets whose published results must not be used.
        engine: "ray" measures the models side by side on a Ray cluster.
        max_samples: a larger data set is thinned to this many rows, every class in its share.
        cache: keep features on disk, in a folder of one's own if one is given.
        reference: a folder or a table that data without labels is compared with, such as what a candidate learned
            from or an earlier task; None: a yardstick that is always at hand.

    Raises:
        DataError: too little data, or fewer than two classes of two rows.
        TaskError: `candidates` or `exclude_evidence` is neither a name nor a list of them.
        UnknownModelError: a candidate that nobody declares.
        MissingExtraError: engine "ray" without Ray.
    """
    registry = registry or default_registry()
    excluded = one_or_many(exclude_evidence, "exclude_evidence", "eurosat")
    task = data if isinstance(data, Task) else Task.from_data(data)
    sample = sample_of(task, at_least_one("max_samples", max_samples), seed)
    advice = _advice(task, candidates, excluded, registry)
    settings = Settings(device, batch_size, cache, local_files_only, seed)
    cards = [c.card for c in advice.candidates]
    given = None if reference is None else Path(reference).expanduser()
    with reference_inputs(task.modality, given) if not sample.has_labels else nullcontext(("", ())) as (name, inputs):
        sample = replace(sample, reference=inputs, reference_name=name)
        rows = (
            _by_ray(cards, sample, settings)
            if engine == "ray"
            else [measure(c, sample, settings, registry) for c in cards]
        )
    if not sample.has_labels:
        return _by_prior(task, advice, rows, sample)
    return _shrunk(task, advice, rows, sample, excluded, registry)


def _advice(
    task: Task,
    candidates: Recommendation | str | ModelCard | Iterable[str | ModelCard | Candidate] | None,
    excluded: Sequence[str],
    registry: Registry,
) -> Recommendation:
    """What is expected of each candidate before it is measured; all of them under one protocol."""
    if candidates is None:
        candidates = recommend(task, k=5, exclude_evidence=excluded, registry=registry)
        if candidates.candidates:
            return replace(candidates, candidates=candidates.to_measure.candidates)
    if isinstance(candidates, Recommendation):
        named: list[str | ModelCard] = [c.card for c in candidates.to_measure.candidates]
    else:
        asked = one_or_many(candidates, "candidates", "vision/resnet50")
        named = [c.card if isinstance(c, Candidate) else c for c in asked]
    if not named:
        raise _nothing_to_measure(candidates)
    return recommend(task, candidates=named, k=len(named), exclude_evidence=excluded, registry=registry)


def _nothing_to_measure(candidates: object) -> DataError:
    """Why there is no candidate, and what would give one."""
    if not isinstance(candidates, Recommendation):
        return DataError("no candidate to measure.", "Give ids, or the result of recommend().")
    if candidates.named and candidates.excluded:
        return DataError(*none_named_fits(candidates.task, candidates.excluded))
    task, counts = candidates.task, Counter(e.constraint for e in candidates.excluded)
    if counts["bands"] and task.bands is not None:
        return DataError(
            f"no model takes the bands {', '.join(task.bands)}: {counts['bands']} are left out for that.",
            "Check that they name every channel in the order of the file; else train from scratch, or add a plugin.",
        )
    why = f" ({summary(candidates.excluded)})" if candidates.excluded else ""
    return DataError(
        f"no model can be used for this data{why}.", "Add a plugin that brings one, or train from scratch."
    )


def _by_ray(cards: Sequence[ModelCard], sample: Sample, settings: Settings) -> list[Measured]:
    """The same measurements as tasks of a Ray cluster; workers see the plugins that are installed there."""
    try:
        import ray
    except ImportError as err:
        raise MissingExtraError("engine 'ray'", "ray", "pip install 'transfer-zoo[ray]'") from err
    if not ray.is_initialized():
        ray.init()
    remote, shared = ray.remote(measure), ray.put(sample)
    rows: list[Measured] = ray.get([remote.remote(card, shared, settings) for card in cards])
    return rows


def _by_prior(task: Task, advice: Recommendation, rows: Sequence[Measured], sample: Sample) -> Ranking:
    """Rows of rung 3: what was expected, moved by the label-free score with the weight that it has earned."""
    expected = np.array([_PROBED_SHARE if c.expected is None else c.expected for c in advice.candidates])
    spread = np.array([c.estimate.own_spread for c in advice.candidates])
    told = moved(expected, spread, np.array([np.nan if r.cluster_logme is None else r.cluster_logme for r in rows]))
    made = []
    for c, row, before, after in zip(advice.candidates, rows, expected, told, strict=True):
        low, high = (float(np.clip(value + after - before, 0, 1)) for value in c.interval)
        made.append(RankRow(c, row, float(after), (low, high)))
    made.sort(key=lambda row: (row.measured.failure is not None, -row.shrunk, row.candidate.card.id))
    left = [c.estimate.own_spread * (1 - WEIGHT**2) ** 0.5 for c in advice.candidates]
    return Ranking(
        task=task,
        rows=tuple(made),
        excluded=advice.excluded,
        n_samples=len(sample.unlabelled),
        n_scored=0,
        n_classes=task.n_classes or 0,
        held_out=False,
        majority=None,
        rung=3,
        expected_regret=_regret(rows, told, np.array(left)),
    )


def _regret(rows: Sequence[Measured], expected: NDArray[np.floating], spread: NDArray[np.floating]) -> float | None:
    """Loss of the first among the models that could be measured; None with fewer than two."""
    good = [i for i, row in enumerate(rows) if row.failure is None]
    good.sort(key=lambda i: -expected[i])
    return expected_loss(expected[good], spread[good]) if len(good) > 1 else None


def _shrunk(
    task: Task,
    advice: Recommendation,
    rows: Sequence[Measured],
    sample: Sample,
    excluded: Sequence[str],
    registry: Registry,
) -> Ranking:
    """Rows with the estimate that weighs what was measured against what was expected."""
    known = [c.expected for c in advice.candidates]
    middle = float(np.mean([value for value in known if value is not None] or [_PROBED_SHARE]))
    expected = np.array([middle if value is None else value for value in known])
    measured = np.array([np.nan if row.probe is None else row.probe for row in rows])
    cards = [c.card for c in advice.candidates]
    alike = likeness_of(prior_for(registry), task, cards, excluded)
    n_labels = np.array([max(1, row.n_scored or sample.n_scored) for row in rows])
    made = []
    loss = None
    if len(cards):
        told = update(expected, measured, n_labels, alike)
        loss = _regret(rows, told.expected, told.spread)
        for c, row, share, spread in zip(advice.candidates, rows, told.expected, told.spread, strict=True):
            made.append(RankRow(c, row, float(share), _interval(float(share), float(spread))))
    made.sort(key=lambda row: (row.measured.failure is not None, -row.shrunk, row.candidate.card.id))
    return Ranking(
        task=task,
        rows=tuple(made),
        excluded=advice.excluded,
        n_samples=len(sample.inputs),
        n_scored=sample.n_scored,
        n_classes=len(sample.class_words),
        held_out=bool(sample.is_test.any()),
        how=sample.how,
        left_out=sample.left_out,
        majority=float(np.bincount(sample.labels).max() / len(sample.labels)),
        expected_regret=loss,
    )


def _interval(share: float, spread: float) -> tuple[float, float]:
    clipped = min(max(share, 1e-6), 1 - 1e-6)
    height = np.log(clipped / (1 - clipped))
    low, high = (1 / (1 + np.exp(-(height + side * REACH * spread))) for side in (-1, 1))
    return float(low), float(high)
