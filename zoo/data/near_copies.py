"""Pictures that are nearly the same, by a perceptual hash: what one side of a split learned, the other must not ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Dataset
from zoo.errors import ZooError

MOST_PICTURES = 5_000
"""Pictures that are compared; each is decoded once."""
HASH_SIDE = 16
"""The hash has 16 x 16 bits: each says whether the picture gets brighter to the right."""
MOST_BITS = 20
"""Two hashes of 256 bits that differ in no more are near-copies: noise of 2 % moves about 10, another crop over 60."""


def near_copies(paths: Sequence[str]) -> list[list[int]]:
    """Positions of pictures that are nearly the same, in groups of two and more.

    Source:
        ImageHash (dhash), Krawetz 2013, "Kind of Like That".
    """
    hashes = _hashes(paths)
    made = {i: bits for i, bits in enumerate(hashes) if bits is not None}
    if len(made) < 2:
        return []
    known = list(made)
    bits = np.stack(list(made.values())).astype(np.float32) * 2 - 1  # (n, 256) of -1 and 1
    parent = list(range(len(known)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for start in range(0, len(known), 512):
        differ = (bits.shape[1] - bits[start : start + 512] @ bits.T) / 2
        for one, other in zip(*np.nonzero(differ <= MOST_BITS), strict=True):
            if start + one < other:
                parent[root(int(other))] = root(start + int(one))
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(known):
        groups[root(place)].append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def with_copies_apart(dataset: Dataset) -> tuple[Dataset, NDArray[np.intp], str]:
    """(the data, positions of its rows in what was given, what was done, empty if nothing).

    Where no groups are known: a few near-copies are left out but for the first of each, many become groups.
    """
    every = np.arange(len(dataset))
    if dataset.groups is not None or dataset.modality not in ("image", "multispectral") or len(dataset) > MOST_PICTURES:
        return dataset, every, ""
    copies = near_copies([str(path) for path in dataset.inputs])
    if not copies:
        return dataset, every, ""
    more = [row for rows in copies for row in rows[1:]]
    one, other = (Path(str(dataset.inputs[row])).name for row in copies[0][:2])
    if len(more) <= _FEW_SHARE * len(dataset):
        kept = np.setdiff1d(every, more)
        return dataset.take(kept), kept, f"{len(more):,} near-copies of other pictures left out ({one}, {other})"
    groups: list[str | None] = [None] * len(dataset)
    for number, rows in enumerate(copies):
        for row in rows:
            groups[row] = f"near-copies {number + 1}"
    told = f"{len(more) + len(copies):,} near-copies in {len(copies):,} groups ({one}, {other}), each kept on one side"
    return replace(dataset, groups=tuple(groups)), every, told


_FEW_SHARE = 0.1
"""Near-copies up to this share of the rows are left out; to hold out whole groups instead would cost more rows."""


def _hashes(paths: Sequence[str]) -> list[NDArray[np.bool_] | None]:
    with ThreadPoolExecutor(2, thread_name_prefix="zoo-hash") as pool:
        return list(pool.map(_hash, paths))


def _hash(path: str) -> NDArray[np.bool_] | None:
    """(256,) bits; None for a flat picture, which is like every other flat one, and for one that cannot be read."""
    import imagehash
    from PIL import Image

    try:
        image: Any = Image.open(path)
        image.draft("L", (4 * HASH_SIDE, 4 * HASH_SIDE))
        if image.mode.startswith(("I", "F")):
            image = Image.fromarray(_to_bytes(np.asarray(image, dtype=np.float64)))
        image = image.convert("L")
    except Exception:  # what Pillow cannot read has another reader
        try:
            image = Image.fromarray(_read(path))
        except (ZooError, OSError, ValueError):
            return None
    if np.ptp(np.asarray(image)) < 8:
        return None
    return np.asarray(imagehash.dhash(image, hash_size=HASH_SIDE).hash).reshape(-1)


def _read(path: str) -> NDArray[np.uint8]:
    from zoo.images import read_picture

    return _to_bytes(read_picture(path).pixels.astype(np.float64).mean(axis=2))


def _to_bytes(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Grey levels between the 1st and 99th percentile."""
    low, high = np.nanpercentile(values, [1, 99])
    grey: NDArray[np.uint8] = np.nan_to_num(np.clip((values - low) / max(high - low, 1e-9), 0, 1) * 255).astype(
        np.uint8
    )
    return grey
