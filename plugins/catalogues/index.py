"""Reads the indexes that `build_catalogues` writes, and what a tag says of the data that a model saw."""

from __future__ import annotations

import functools
import gzip
import json
import re
from pathlib import Path
from typing import Any

from zoo.cards import ImagePreprocess, License, Pretraining

FOLDER = Path(__file__).parent / "data"

DATASETS = {
    "in1k": "ImageNet-1k",
    "in12k": "ImageNet-12k",
    "in21k": "ImageNet-21k",
    "in22k": "ImageNet-22k",
    "laion2b": "LAION-2B",
    "laion400m": "LAION-400M",
    "laion5b": "LAION-5B",
    "lvd142m": "LVD-142M",
    "lvd1689m": "LVD-1689M",
    "sat493m": "SAT-493M",
    "webli": "WebLI",
    "dfn2b": "DFN-2B",
    "dfn5b": "DFN-5B",
    "datacomp1b": "DataComp-1B",
    "datacompxl": "DataComp-1B",
    "merged2b": "Merged-2B",
    "yfcc100m": "YFCC100M",
    "yfcc15m": "YFCC-15M",
    "cc12m": "CC12M",
    "sa1b": "SA-1B",
}
"""Words of tags that name a data set. Others, such as `openai` or `jft`, name data that nobody can look into."""

_RECIPES = frozenset(
    re.findall(
        r"\w+",
        """
    ft a1 a1h a2 a3 ah b1k b2k c c1 c2 c3 d d1 d1h d2 ra ra2 ra3 ra4 rsb tv tv2 tf gluon bt mx aa ap augreg
    augreg2 sw lamb agc racm nadamuon rmsp fb ms apple goog clip sbb sbb2 fcmae mae mim dino dinov3 soup rewind frozen
    sail cvnets pycls rvgg orig nv snap timm ch 5 s b
""",
    )
)
"""Words of tags that name a recipe, a lab or a library and no data set."""


def read(name: str) -> dict[str, Any]:
    """The index of a catalogue, as written."""
    index: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return index


class Contracts:
    """Preprocessing contracts of an index, each made once and shared by all its cards."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        self._told = told
        self._made: dict[int, ImagePreprocess] = {}

    def __getitem__(self, number: int) -> ImagePreprocess:
        if number not in self._made:
            self._made[number] = ImagePreprocess.model_validate(self._told[number])
        return self._made[number]


@functools.cache
def license_of(code: str, weights: str | None) -> License:
    """One object for all cards under the same terms."""
    return License(code=code, weights=weights, data=None)


@functools.cache
def pretraining_of(tag: str) -> Pretraining | None:
    """The data sets that a tag names, if every word of it is understood; None: it does not say all.

    >>> sorted(pretraining_of("augreg_in21k_ft_in1k").datasets)
    ['ImageNet-1k', 'ImageNet-21k']
    >>> pretraining_of("swag_ft_in1k") is None
    True
    """
    words = re.split(r"[_.]", tag)
    unknown = [w for w in words if w not in DATASETS and w not in _RECIPES and not re.fullmatch(r"[erbs]?\d+[kbm]?", w)]
    datasets = frozenset(DATASETS[word] for word in words if word in DATASETS)
    return Pretraining(datasets=datasets) if datasets and not unknown else None
