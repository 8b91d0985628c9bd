"""How far a label-free score may be trusted: its rank correlation with accuracy, over small encoders and real pictures.

    python tests/benchmarks/label_free_scores.py ../shared/data

Seven sets of pictures; encoders are pixels, colours, two untrained networks, four small trained ones and the bundled
model. Accuracy is the mean of probe and neighbours. `zoo.selector.ranking.unlabelled.WEIGHT` is the mean of the column
`cluster_logme` less its standard error; run on its own this prints both, and exits 1 if the weight is above them.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

N_PICTURES = 400
SETS = ("natural_cifar10", "satellite_rsscn7", "medical_brain_mri", "microscopy_dsb2018", "pneumonia", "digits", "bccd")


def pictures(data: Path, name: str, rng: np.random.Generator) -> tuple[list[Image.Image], np.ndarray]:
    """Pictures in colour and the class of each."""
    if name == "pneumonia":
        stored = np.load(data / "medical_pneumoniamnist/pneumoniamnist.npz")
        arrays, labels = stored["test_images"].squeeze(), stored["test_labels"].ravel()
        made = [Image.fromarray(one) for one in arrays]
    elif name == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        made = [Image.fromarray((one * 15.9).astype(np.uint8)).resize((32, 32)) for one in digits.images]
        labels = digits.target
    elif name == "bccd":
        rows = list(csv.DictReader((data / "microscopy_bccd/labels.csv").open()))
        rows = [row for kind in ("RBC", "WBC", "Platelets") for row in [r for r in rows if r["label"] == kind][:150]]
        box = ("xmin", "ymin", "xmax", "ymax")
        made = [Image.open(data / "microscopy_bccd" / r["file"]).crop([int(r[k]) for k in box]) for r in rows]
        labels = np.array([row["label"] for row in rows])
    else:
        rows = list(csv.DictReader((data / name / "labels.csv").open()))
        made = [Image.open(data / name / row["file"]) for row in rows]
        labels = np.array([row["label"] for row in rows])
    keep = rng.permutation(len(made))[:N_PICTURES]
    return [made[i].convert("RGB") for i in keep], np.unique(np.asarray(labels)[keep], return_inverse=True)[1]


def encoders(data: Path) -> dict[str, Any]:
    """Name -> function from pictures to (n, d) features."""
    import torch

    import zoo

    def pixels(size_px: int) -> Any:
        return lambda given: np.stack([np.asarray(p.resize((size_px, size_px))).ravel() / 255 for p in given])

    def colours(given: list[Image.Image]) -> np.ndarray:
        return np.stack([np.add.reduceat(p.resize((32, 32)).histogram(), range(0, 768, 16)) for p in given])

    def network(encoder: Any, size_px: int | None = None) -> Any:
        def embed(given: list[Image.Image]) -> np.ndarray:
            cut = given if size_px is None else [p.resize((size_px, size_px)) for p in given]
            vectors: np.ndarray = encoder.embed_images(torch.stack([encoder.preprocess(p) for p in cut])).numpy()
            return vectors

        return embed

    made = {f"pixels {size_px}": pixels(size_px) for size_px in (4, 8, 16)} | {"colours": colours}
    for depth in (20, 32, 44, 56):
        card = zoo.get_card(f"vision/cifar10-resnet{depth}")
        path = next((data / "weights/cifar10_resnet").glob(f"resnet{depth}-*.th"))
        card = card.model_copy(update={"source": card.source.model_copy(update={"path": str(path)})})
        made[card.id] = network(zoo.load(card, device="cpu"), 32)
        if depth in (20, 56):
            torch.manual_seed(depth)
            made[f"{card.id}, untrained"] = network(zoo.load(card, device="cpu", pretrained=False), 32)
    made["multimodal/tiny-clip"] = network(zoo.load("multimodal/tiny-clip", device="cpu"))
    return made


def scores(features: np.ndarray, n_classes: int) -> dict[str, float]:
    """Label-free scores of one encoder on one set; greater is said to be better."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    from zoo.selector.scores import cluster_logme

    centred = features - features.mean(axis=0)
    share = np.linalg.svd(centred, compute_uv=False)
    share = share / share.sum() + 1e-12
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    groups = KMeans(n_classes, n_init=3, random_state=0).fit(unit).labels_
    return {
        "cluster_logme": cluster_logme(features, n_classes),
        "silhouette": float(silhouette_score(unit, groups)),
        "effective rank": float(np.exp(-(share * np.log(share)).sum())),
    }


def main(data: Path) -> int:
    from scipy.stats import spearmanr

    from zoo.selector.probes import knn_accuracy, linear_probe
    from zoo.selector.ranking.unlabelled import WEIGHT

    rng = np.random.default_rng(0)
    known = encoders(data)
    found: dict[str, list[float]] = {}
    for name in SETS:
        given, labels = pictures(data, name, rng)
        rows, accuracy = [], []
        for embed in known.values():
            features = np.asarray(embed(given), dtype=np.float64)
            features = features[:, features.std(axis=0) > 1e-9]
            accuracy.append((linear_probe(features, labels, max_iterations=200) + knn_accuracy(features, labels)) / 2)
            rows.append(scores(features, int(labels.max()) + 1))
        told = {key: float(spearmanr(accuracy, [row[key] for row in rows])[0]) for key in rows[0]}
        for key, value in told.items():
            found.setdefault(key, []).append(value)
        print(f"{name:<20}{len(labels):>5}", *(f"{key} {value:+.2f}" for key, value in told.items()), flush=True)
    for key, values in found.items():
        print(f"{key:<20} mean {np.mean(values):+.2f}, standard error {np.std(values) / np.sqrt(len(values)):.2f}")
    trusted = np.mean(found["cluster_logme"]) - np.std(found["cluster_logme"]) / np.sqrt(len(SETS))
    print(f"weight that is used {WEIGHT:.2f}, mean less one standard error {trusted:.2f}")
    return int(trusted + 0.02 < WEIGHT)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
