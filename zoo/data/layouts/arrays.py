"""NumPy archives of pictures and labels: `train_images`, `train_labels` as in MedMNIST, or `x` and `y`."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Dataset, Split
from zoo.data.files import PictureFacts
from zoo.data.joining import joined
from zoo.data.kept_pictures import KeptArrays
from zoo.data.labels import LabelCells, interpret
from zoo.data.picture_set import with_headers
from zoo.data.table_data import Reading
from zoo.errors import DataError

_MOST_BYTES = 1 << 34
_RATIO = 500
"""Unpacked bytes over packed ones from which an archive of more than a gigabyte is taken for a bomb."""
_PARTS: tuple[tuple[Split | None, tuple[str, ...]], ...] = (
    ("train", ("train_{}", "{}_train")),
    ("val", ("val_{}", "{}_val", "valid_{}", "{}_valid")),
    ("test", ("test_{}", "{}_test")),
    (None, ("{}",)),
)
_INPUTS = ("images", "image", "x", "imgs", "data", "pictures", "arr_0")
_LABELS = ("labels", "label", "y", "targets", "target", "arr_1")


def array_data(path: Path, reading: Reading) -> Dataset:
    """The data set of an archive of arrays.

    Raises:
        DataError: it is damaged or unsafe, or holds no pictures.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            n_bytes = sum(info.file_size for info in archive.infolist())
        if n_bytes > _MOST_BYTES or (n_bytes > 1 << 30 and n_bytes > _RATIO * path.stat().st_size):
            raise DataError(f"{path.name} unpacks to {n_bytes / 1e9:.0f} GB.", "Split it into smaller files.")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name.lower(): stored[name] for name in stored.files if stored[name].dtype != object}
    except (ValueError, OSError, zipfile.BadZipFile) as err:
        raise DataError(f"{path.name} cannot be read as arrays: {err}.", "Save plain arrays with numpy.savez.") from err
    names = [str(name) for name in arrays.get("class_names", arrays.get("classes", np.zeros(0))).reshape(-1).tolist()]
    parts, told = [], []
    for split, patterns in _PARTS:
        found = _pair(arrays, patterns)
        if found is not None:
            parts.append(_part(path, *found, split, names, reading))
            told.append(f"{path.name} ({split or 'all'})")
    if not parts:
        shown = ", ".join(f"{name} {a.shape}" for name, a in list(arrays.items())[:4])
        raise DataError(
            f"{path.name} holds no pictures with labels ({shown}).",
            "Name the arrays train_images and train_labels, or x and y; pictures as (n, h, w) or (n, h, w, c).",
        )
    return joined(parts, told)


def _pair(arrays: dict[str, NDArray[Any]], patterns: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    for pattern in patterns:
        images = next((arrays[n] for i in _INPUTS if (n := pattern.format(i)) in arrays and arrays[n].ndim >= 3), None)
        if images is not None:
            labels = next((arrays[n] for i in _LABELS if (n := pattern.format(i)) in arrays), None)
            return images, labels
    return None


def _part(
    path: Path,
    images: NDArray[Any],
    labels: NDArray[Any] | None,
    split: Split | None,
    names: list[str],
    reading: Reading,
) -> Dataset:
    if images.ndim == 4 and images.shape[1] in (1, 3, 4) and images.shape[3] not in (1, 3, 4):
        images = images.transpose(0, 2, 3, 1)
    n, (height, width) = len(images), images.shape[1:3]
    if labels is not None and len(labels) != n:
        raise DataError(f"{path.name} holds {n} pictures and {len(labels)} labels.", "Save one label a picture.")
    header = PictureFacts((height, width), images.shape[3] if images.ndim == 4 else 1, images.dtype.itemsize * 8, "NPZ")
    dataset = Dataset(
        modality="image",
        kind="classification",
        inputs=KeptArrays([images]),
        class_names=(),
        targets=np.full(n, -1, dtype=np.int64),
        splits=(split,) * n if split else None,
        source=str(path),
    )
    if labels is not None:
        rows = labels.reshape(n, -1)
        several = rows.shape[1] > 1
        columns = tuple(names if len(names) == rows.shape[1] else map(str, range(rows.shape[1])))
        cells = LabelCells(columns if several else ("label",))
        numbers = cells.add([tuple(row) for row in rows.tolist()] if several else rows[:, 0].tolist())
        read = interpret(cells, separator=reading.separator, merge=reading.merge, categories=names or None)
        dataset = replace(
            dataset,
            kind=read.kind,
            class_names=read.class_names,
            targets=read.targets(np.array(numbers, dtype=np.int64)),
            notes=read.notes,
        )
    return with_headers(dataset, [header] * n)
