"""The tables on which the prior is measured, and the baselines that it must beat."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.selector.evidence.models import ModelFacts
from zoo.selector.prior.table import Column, Room
from zoo.selector.task.datasets import Datasets

Float = NDArray[np.floating]
BASELINES = ("ImageNet", "mean", "mean rank", "first component", "size")
_VTAB_LIKE = (
    "caltech101 cifar100 clevr_count clevr_distance country211 dtd eurosat flowers102 gtsrb kitti_distance mnist "
    "oxford_pets patch_camelyon rendered_sst2 resisc45 stanford_cars stl10 sun397 svhn voc2007"
)


@dataclass(frozen=True)
class Cell:
    """One column of a table: where it stands in its room, and which models (rows of the room) are candidates."""

    column: int
    rows: NDArray[np.int64]


def tables(room: Room, datasets: Datasets, models: dict[str, ModelFacts]) -> dict[str, list[Cell]]:
    """Name of a table -> its columns. A column belongs to as many tables as describe it."""
    found: dict[str, list[Cell]] = defaultdict(list)
    for place, column in enumerate(room.columns):
        rows = np.flatnonzero(room.seen[:, place])
        for name, keep in _names(column, datasets, [models[room.models[row]] for row in rows]):
            if keep.sum() >= 3:
                found[name].append(Cell(place, rows[keep]))
    return dict(found)


def _names(column: Column, datasets: Datasets, candidates: list[ModelFacts]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    facts = datasets.by_name[column.dataset]
    everyone = np.ones(len(candidates), dtype=bool)
    source, kind = column.source.split("/")[4], facts.kind
    if source == "open_clip" and kind == "classification":
        yield "CLIP zero-shot", everyone
        yield "CLIP zero-shot < 200M", np.array([(model.n_parameters or 1e12) < 200e6 for model in candidates])
        if column.dataset in _VTAB_LIKE.split():
            yield "35 CLIP x 20 VTAB-like", np.array([_of_the_35(model.model) for model in candidates])
    elif source == "CLIP_benchmark" and kind == "classification":
        shots = f" {column.condition.split()[0]} shots" if column.protocol == "few-shot" else ""
        yield f"CLIP {column.protocol}{shots} (benchmark)", everyone
    elif source == "eva":
        yield f"eva {facts.domains[0].split('/')[1]}", everyone
    elif source == "pytorch-image-models":
        yield "ImageNet family, facts only", everyone
    elif source == "Transfer-Learning-Library":
        yield "tllib fine-tuned CNNs", everyone
    elif source == "task_adaptation":
        yield f"VTAB fine-tuned, {column.condition}", everyone
    elif source == "evalplus.github.io":
        yield "code generation", everyone
    elif source == "results" and facts.modality == "image":
        yield f"image {'probe' if column.protocol == 'few-shot' else column.protocol} (mteb)", everyone
    elif source == "results":
        yield from ((name, everyone) for name in _texts(column, facts.domains, kind))


def _texts(column: Column, domains: tuple[str, ...], kind: str) -> Iterator[str]:
    if kind == "classification":
        yield "text classification" + (", English" if column.language == "eng" else ", other languages")
    elif kind == "retrieval":
        yield "code retrieval" if "code" in domains else "text retrieval"
    elif kind in ("clustering", "similarity"):
        yield f"text {kind}"
    for area in ("legal", "biomedical"):
        if any(domain.startswith(f"text/{area}") for domain in domains):
            yield area


def _of_the_35(model: str) -> bool:
    """OpenAI, LAION and aesthetic weights of RN, ViT, CoCa and ConvNeXt, each kept once."""
    _, architecture, tag = model.split("/", 2)
    named = re.match(r"(RN|ViT-|coca_|convnext)", architecture) and re.match(r"(openai|laion)", tag)
    return bool(named) and not re.search(r"quickgelu|CLIPA|e31", model)


def baselines(room: Room, cells: list[Cell], models: dict[str, ModelFacts]) -> Iterator[dict[str, Float]]:
    """Score of each candidate by each baseline, a column after the other, read from the other groups of the same table.

    "ImageNet" is missing where the table has no such column; for the ImageNet family itself, which is left out with
    its near-duplicates, the mean stands in.
    """
    size = np.array([models[model].n_parameters or 0.0 for model in room.models])
    groups = np.array([room.columns[cell.column].group for cell in cells])
    places = np.array([cell.column for cell in cells])
    imagenet = next((place for place in places if room.columns[place].dataset == "imagenet1k"), None)
    told: dict[str, dict[str, Float]] = {}
    for cell, group in zip(cells, groups, strict=True):
        if group not in told:
            told[group] = _of_others(room, places[groups != group]) | {"size": size}
            if imagenet is not None and room.columns[imagenet].group != group:
                told[group]["ImageNet"] = np.nan_to_num(room.values[:, imagenet])
            elif imagenet is not None and "mean" in told[group]:
                told[group]["ImageNet"] = told[group]["mean"]
        yield {name: score[cell.rows] for name, score in told[group].items()}


def _of_others(room: Room, others: NDArray[np.int64]) -> dict[str, Float]:
    """(n models of the room,) means over other columns, and the first principal component of their scores.

    The mean is centred by column, so that a model is not punished for having been run on hard data sets only.
    """
    if not len(others):
        return {}
    raw, scores = room.values[:, others], room.scores[:, others]
    left, strength, _ = np.linalg.svd(np.nan_to_num(scores), full_matrices=False)
    component, rank = left[:, 0] * strength[0], _mean(scores)
    sign = np.sign(component @ rank + 1e-12)
    return {"mean": _mean(raw - np.nanmean(raw, axis=0)), "mean rank": rank, "first component": component * sign}


def _mean(block: Float) -> Float:
    seen = np.isfinite(block)
    return np.asarray(np.where(seen, block, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))


def by_dataset(columns: list[Column], rows: Float) -> tuple[Float, list[str]]:
    """(data sets, measures) mean over the columns of each data set, and the group of each."""
    places = defaultdict(list)
    for place, column in enumerate(columns):
        places[column.dataset].append(place)
    groups = [columns[found[0]].group for found in places.values()]
    return np.array([rows[found].mean(axis=0) for found in places.values()]), groups
