"""Rung 3: what data without labels tell of a model. How near they lie to other data, and a label-free score.

Proximity is measured in the features of each candidate, between the data and a reference: the labelled part of the
same data, pictures or texts that the user gives (what a candidate learned from, or an earlier task), or else a
yardstick that is always at hand. It is told, and moves nothing: no table says how much it should.

The label-free score moves the estimate, with the weight that it earned: see `WEIGHT`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

from ..probes import Float
from ..proximity import LEAST_ROWS, frechet_distance, mmd, proxy_a_distance

if TYPE_CHECKING:
    from zoo.data import Dataset

WEIGHT = 0.1
"""Correlation of `scores.cluster_logme` with accuracy that is relied on: the mean over seven sets of pictures, 0.27,
less its standard error of 0.17 (tests/benchmarks/label_free_scores.py). The estimate moves by this share of a
candidate's own spread per standard deviation of the score, which decides little but a tie."""
USUAL_CLUSTERS = 10
"""Clusters where the number of classes is not known."""
_MOST_ROWS = 500
_CROP_PX = 96


@dataclass(frozen=True)
class Proximity:
    """How far the data lies from the reference in one model's features; each is 0 for alike.

    Attributes:
        frechet: squared Frechet distance, divided by the variance of the data so that models compare.
        proxy_a: 2 if a line tells the two apart without error, 0 if it cannot.
        mmd: squared maximum mean discrepancy; slightly below 0 is chance.
        floor: proxy_a of two halves of the data itself: what alike looks like with so few rows.
    """

    reference: str
    frechet: float
    proxy_a: float
    mmd: float
    floor: float


def proximity(data: Float, reference: Float, name: str, *, seed: int = 0) -> Proximity | None:
    """The distances between two sets of features; None with too few rows on a side."""
    if min(len(data), len(reference)) < LEAST_ROWS:
        return None
    rng = np.random.default_rng(seed)
    a, b = (rows[rng.permutation(len(rows))[:_MOST_ROWS]].astype(np.float64) for rows in (data, reference))
    half = len(a) // 2
    spread = float(a.var(axis=0).sum()) or 1.0
    return Proximity(
        reference=name,
        frechet=frechet_distance(a, b) / spread,
        proxy_a=proxy_a_distance(a, b, seed=seed),
        mmd=mmd(a, b, seed=seed),
        floor=proxy_a_distance(a[:half], a[half:], seed=seed),
    )


def moved(expected: Float, own_spread: Float, scores: Float) -> Float:
    """(n,) expected metric after the label-free scores; NaN scores move nothing, nor do fewer than three.

    Args:
        expected: (n,) metric in [0, 1] of the prior.
        own_spread: (n,) standard deviation of its logit that is the model's own.
        scores: (n,) `cluster_logme`, NaN where it was not measured.
    """
    seen = np.isfinite(scores)
    after = np.array(expected, dtype=float)
    if seen.sum() < 3 or np.std(scores[seen]) == 0:
        return after
    z = (scores[seen] - scores[seen].mean()) / scores[seen].std()
    clipped = np.clip(after[seen], 0.005, 0.995)
    height = np.log(clipped / (1 - clipped)) + WEIGHT * z * own_spread[seen]
    after[seen] = 1 / (1 + np.exp(-height))
    return after


@contextmanager
def reference_inputs(modality: str, given: Path | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name, inputs) of what the data is compared with; inputs are empty where there is nothing to compare with.

    Raises:
        DataError: the given place holds nothing that can be read.
    """
    with TemporaryDirectory(prefix="zoo-reference-") as folder:
        if given is not None:
            yield str(given), _given(modality, given)
        elif modality in ("image", "image-text"):
            yield "crops of two everyday photographs", _photographs(Path(folder))
        elif modality in ("text", "code"):
            yield (
                ("Python of the standard library" if modality == "code" else "English technical prose"),
                _prose(modality),
            )
        else:
            yield "", ()


def _given(modality: str, place: Path) -> tuple[str, ...]:
    from zoo.data import read

    dataset = read(place)
    texts = modality in ("text", "code")
    if texts != (dataset.modality in ("text", "code")):
        raise DataError(
            f"the reference {str(place)!r} holds {dataset.modality}, the data {modality}.",
            "Give data of the same kind.",
        )
    return inputs_of(dataset, range(min(len(dataset), _MOST_ROWS)))


def inputs_of(dataset: Dataset, rows: Sequence[int] | NDArray[np.integer]) -> tuple[str, ...]:
    """These inputs as an encoder takes them: paths, or texts; a pair of texts is one text of two lines."""
    return tuple(i if isinstance(i, str) else "\n".join(i) for i in dataset.take(rows).inputs)


def _photographs(folder: Path) -> tuple[str, ...]:
    """Crops of the two photographs that scikit-learn brings, as files."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    made = []
    for number, picture in enumerate(load_sample_images().images):
        height, width = picture.shape[:2]
        for top in range(0, height - _CROP_PX + 1, _CROP_PX):
            for left in range(0, width - _CROP_PX + 1, _CROP_PX):
                path = folder / f"{number}-{top}-{left}.png"
                Image.fromarray(picture[top : top + _CROP_PX, left : left + _CROP_PX]).save(path)
                made.append(str(path))
    return tuple(made)


def _prose(modality: str) -> tuple[str, ...]:
    """Paragraphs of Python's own manual, or definitions of its library: texts that every installation has."""
    if modality == "code":
        import argparse
        import csv
        import difflib
        import inspect

        made = [inspect.getsource(f) for m in (argparse, csv, difflib) for f in _functions(m)]
    else:
        from pydoc_data.topics import topics

        made = [part.replace("\n", " ") for text in topics.values() for part in str(text).split("\n\n")]
    fit = list(dict.fromkeys(text.strip() for text in made if 100 < len(text.strip()) < 2000))
    if len(fit) < LEAST_ROWS:
        raise DataError("this Python brings no manual and no sources to compare with.", "Give a reference.")
    step = max(1, math.ceil(len(fit) / 200))
    return tuple(fit[::step])


def _functions(module: ModuleType) -> Sequence[FunctionType]:
    import inspect

    found: list[FunctionType] = []
    for _, one in inspect.getmembers(module, inspect.isclass):
        if one.__module__ == module.__name__:
            found += [f for _, f in inspect.getmembers(one, inspect.isfunction) if f.__module__ == one.__module__]
    return found
