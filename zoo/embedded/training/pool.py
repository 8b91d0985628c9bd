"""The pictures to train on, drawn ahead of time by several processes and held as network inputs of 8 bits.

Every picture has a random generator of its own, seeded by the run's seed, its kind and its number, so the pool does
not depend on how many processes draw it.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo import preprocessing
from zoo.cards import ImagePreprocess
from zoo.embedded.training import real_images
from zoo.embedded.training.glyphs import Drawn, handwritten_digit, printed_glyph
from zoo.embedded.training.scenes import draw_pattern, draw_scene

SHARES: Mapping[str, float] = {"handwriting": 0.22, "print": 0.13, "scene": 0.6, "pattern": 0.05}
"""Parts of the drawn pictures by kind."""
VIEWS: Mapping[str, int] = {"cell:rbc": 1, "cell:wbc": 4, "cell:platelets": 4, "lungs": 4, "nuclei": 8}
"""How many views of each real picture enter the pool."""
_CHUNK = 500


@dataclass(frozen=True)
class Pool:
    """Pictures and what is true of each."""

    pixels: NDArray[np.uint8]
    """(n, 3, h, w) levels after the card's resize, before mean and std."""
    facts: tuple[frozenset[str], ...]
    counts: Mapping[str, int]
    """Pictures by kind."""


def fill_pool(
    n_drawn: int,
    spec: ImagePreprocess,
    *,
    seed: int,
    fonts: Sequence[str],
    data: Path | None = None,
    n_processes: int = 1,
) -> Pool:
    """Draw `n_drawn` pictures and add views of the real ones under `data`.

    Args:
        n_drawn: pictures that are drawn.
        spec: the contract that the network's input obeys.
        seed: of every choice.
        fonts: names from `glyphs.find_fonts`.
        data: folder of the real sets; None: drawn pictures only.
        n_processes: 1 draws in this process.
    """
    jobs = [
        (kind, start, min(start + _CHUNK, count))
        for kind, count in ((kind, round(n_drawn * share)) for kind, share in SHARES.items())
        for start in range(0, count, _CHUNK)
    ]
    draw = partial(_draw_chunk, spec=spec, seed=seed, fonts=tuple(fonts))
    if n_processes > 1:
        with multiprocessing.get_context("spawn").Pool(n_processes) as workers:
            chunks = workers.map(draw, jobs, chunksize=1)
    else:
        chunks = [draw(job) for job in jobs]
    chunks += [_real_chunk(name, data, spec, seed) for name in real_images.present(data) if data is not None]
    facts = tuple(each for _, chunk in chunks for each in chunk)
    kinds = sorted({_kind(each) for each in facts})
    counts = {kind: sum(f"kind:{kind}" in each for each in facts) for kind in kinds}
    return Pool(np.concatenate([pixels for pixels, _ in chunks]), facts, counts)


Chunk = tuple[NDArray[np.uint8], list[frozenset[str]]]


def _draw_chunk(job: tuple[str, int, int], *, spec: ImagePreprocess, seed: int, fonts: tuple[str, ...]) -> Chunk:
    kind, start, stop = job
    number = list(SHARES).index(kind)
    drawn = [_draw(kind, np.random.default_rng((seed, number, index)), fonts) for index in range(start, stop)]
    return _as_inputs([pixels for pixels, _ in drawn], spec), [facts for _, facts in drawn]


def _draw(kind: str, rng: np.random.Generator, fonts: tuple[str, ...]) -> Drawn:
    if kind == "handwriting":
        return handwritten_digit(rng)
    if kind == "print":
        return printed_glyph(rng, fonts)
    return draw_scene(rng) if kind == "scene" else draw_pattern(rng)


def _real_chunk(name: str, folder: Path, spec: ImagePreprocess, seed: int) -> Chunk:
    rng = np.random.default_rng((seed, 1000 + list(real_images.SETS).index(name)))
    views, facts = [], []
    for pixels, fact in real_images.SETS[name][1](folder, "train"):
        kind = fact.split(":")[0]
        for _ in range(VIEWS.get(fact, VIEWS.get(kind, 1))):
            views.append(real_images.view(pixels, kind, rng))
            facts.append(frozenset({fact, f"kind:{kind}"}))
    return _as_inputs(views, spec), facts


def _as_inputs(pictures: Sequence[NDArray[Any]], spec: ImagePreprocess) -> NDArray[np.uint8]:
    """(n, 3, h, w) levels, by the very transform that users' pictures go through, less its mean and std."""
    transform = preprocessing.build(spec.model_copy(update={"scale": None, "mean": None, "std": None}))
    return np.stack([transform(np.ascontiguousarray(picture)).numpy() for picture in pictures]).astype(np.uint8)


def _kind(facts: frozenset[str]) -> str:
    return next(fact for fact in facts if fact.startswith("kind:")).removeprefix("kind:")
