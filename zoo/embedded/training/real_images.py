"""The few real pictures among the training data, each set openly licensed, with a test part that stays unseen.

Blood cells of BCCD (MIT), chest X-rays of a balanced cut of PneumoniaMNIST (CC BY 4.0) and nuclei of BBBC038 (CC0).
They are read from a folder that holds one folder for each set; a set that is absent is left out.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Part = Literal["train", "test"]
Labelled = tuple[NDArray[np.uint8], str]
"""(h, w, 3) pixels and the fact that says the class, such as `cell:rbc`."""

_CELLS = {"RBC": "cell:rbc", "WBC": "cell:wbc", "Platelets": "cell:platelets"}


def blood_cells(folder: Path, part: Part) -> Iterator[Labelled]:
    """Every boxed cell of BCCD's blood smears, cut out; validation pictures count as training."""
    with (folder / "microscopy_bccd" / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if (row["split"] == "test") == (part == "test")]
    smear, name = Image.new("RGB", (1, 1)), ""
    for row in rows:
        if row["file"] != name:
            name = row["file"]
            smear = Image.open(folder / "microscopy_bccd" / name).convert("RGB")
        box = tuple(int(float(row[side])) for side in ("xmin", "ymin", "xmax", "ymax"))
        cell = smear.crop((box[0], box[1], max(box[2], box[0] + 2), max(box[3], box[1] + 2)))
        yield np.asarray(cell), _CELLS[row["label"]]


def chest_x_rays(folder: Path, part: Part) -> Iterator[Labelled]:
    """28x28 X-rays, normal or with pneumonia; validation pictures count as training."""
    with np.load(folder / "medical_pneumoniamnist" / "pneumoniamnist.npz") as arrays:
        for split in ("train", "val") if part == "train" else ("test",):
            for pixels, label in zip(arrays[f"{split}_images"], arrays[f"{split}_labels"].ravel(), strict=True):
                yield _colour(pixels), ("lungs:normal", "lungs:pneumonia")[int(label)]


def nuclei(folder: Path, part: Part) -> Iterator[Labelled]:
    """Whole fields of nuclei by their number: few (below 15), some, many (above 40)."""
    with (folder / "microscopy_dsb2018" / "labels.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if (row["split"] == "test") == (part == "test"):
                field = Image.open(folder / "microscopy_dsb2018" / row["file"]).convert("RGB")
                field.thumbnail((128, 128), Image.Resampling.BOX)
                yield np.asarray(field), f"nuclei:{row['label']}"


SETS: Mapping[str, tuple[str, Callable[[Path, Part], Iterator[Labelled]]]] = {
    "BCCD": ("microscopy_bccd", blood_cells),
    "PneumoniaMNIST": ("medical_pneumoniamnist", chest_x_rays),
    "BBBC038": ("microscopy_dsb2018", nuclei),
}
"""Name of a set, its folder, and its reader."""


def present(folder: Path | None) -> tuple[str, ...]:
    """Names of the sets that lie in the folder."""
    return tuple(name for name, (own, _) in SETS.items() if folder is not None and (folder / own).is_dir())


def view(pixels: NDArray[np.uint8], kind: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The same picture from a little aside: cells and nuclei in any turn, X-rays upright."""
    seen: NDArray[Any] = pixels
    if kind != "lungs":
        seen = np.rot90(seen, int(rng.integers(4)))
        if rng.random() < 0.5:
            seen = seen[:, ::-1]
    height, width = seen.shape[:2]
    cut = rng.uniform(0, 0.07, 4)
    seen = seen[round(cut[0] * height) : height - round(cut[1] * height)]
    seen = seen[:, round(cut[2] * width) : width - round(cut[3] * width)]
    levels = seen.astype(np.float32) * rng.uniform(0.9, 1.1) + rng.normal(0, 6)
    shown: NDArray[np.uint8] = np.round(np.clip(levels, 0, 255)).astype(np.uint8)
    return shown


def _colour(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    return np.repeat(np.asarray(pixels, dtype=np.uint8).reshape(pixels.shape[0], pixels.shape[1], 1), 3, axis=2)
