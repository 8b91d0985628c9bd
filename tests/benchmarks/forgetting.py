"""Forgetting of a CIFAR-10 ResNet-20 that is tuned on digits: each guard against its textbook form, equal steps.

    python tests/benchmarks/forgetting.py [--quick] [FOLDER OF DATA]

For each guard and strength: accuracy on the target (digits) and on the source (CIFAR-10) of ours and of the textbook's.
A front is where no strength is beaten in both. Real weights and pictures come from ../shared/data
or the folder given.
"""

from __future__ import annotations

import copy
import csv
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from forgetting_textbook import GUARDS
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy, interpolate

from zoo.plugins.vision.cifar_network import CifarResNet, published_state
from zoo.transfer.forgetting import EWC, L2SP, LearningWithoutForgetting, Replay, SourceKL, average_weights, averaged

DATA = Path(next((a for a in sys.argv[1:] if a != "--quick"), Path(__file__).parents[3] / "shared" / "data"))
STRENGTHS = {"EWC": (30.0, 300.0), "L2-SP": (0.1, 1.0), "LwF": (0.3, 1.0), "KL": (0.3, 1.0), "replay": (0.3, 1.0)}
ALPHAS = (0.3, 0.5, 0.7)
PASSES, LONGER, RATE, BATCH = 12, 40, 1e-3, 32
N_SOURCE = 200
"""Source rows for the Fisher information and for replay."""
SEEDS = (0, 1)


@dataclass
class Said:
    features: torch.Tensor
    logits: torch.Tensor


class Net(nn.Module):
    """A batch is (inputs, targets)."""

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, batch):
        features = self.body(batch[0])
        return Said(features, self.head(features))


class Body(nn.Module):
    def __init__(self, network: CifarResNet) -> None:
        super().__init__()
        self.network = network
        network.linear = nn.Identity()

    def forward(self, pixels):
        return self.network.embed_images(pixels)


def normalised(x: torch.Tensor) -> torch.Tensor:
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (x - mean.view(3, 1, 1)) / std.view(3, 1, 1)


def cifar(split: str, n: int, first: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """n rows, the same number of each class, from the `first` one of the class on."""
    folder = DATA / "natural_cifar10"
    with (folder / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    names = sorted({row["label"] for row in rows})
    kept = [row for name in names for row in [r for r in rows if r["label"] == name][first : first + n // 10]]
    pixels = np.stack([np.asarray(Image.open(folder / row["file"]).convert("RGB")) for row in kept])
    inputs = normalised(torch.tensor(pixels).permute(0, 3, 1, 2) / 255)
    order = torch.randperm(len(kept), generator=torch.Generator().manual_seed(0))
    return inputs[order], torch.tensor([names.index(row["label"]) for row in kept])[order]


def digits(seed: int) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """train: 10 a class; val: 200; test: 500."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = torch.tensor(x[order] / 16, dtype=torch.float32).view(-1, 1, 8, 8), torch.tensor(y[order])
    inputs = normalised(interpolate(x, scale_factor=4).expand(-1, 3, -1, -1))
    rest = 1000
    train = torch.cat([torch.nonzero(y[rest:] == c).flatten()[:10] + rest for c in range(10)])
    return {"train": (inputs[train], y[train]), "val": (inputs[:200], y[:200]), "test": (inputs[200:700], y[200:700])}


def source() -> Net:
    (file,) = (DATA / "weights" / "cifar10_resnet").glob("resnet20-*.th")
    network = CifarResNet(3)
    network.load_state_dict(published_state(torch.load(file, map_location="cpu", weights_only=True)["state_dict"]))
    head = copy.deepcopy(network.linear)
    return Net(Body(network), head).eval()


def tuned(start: Net, rows, penalty, *, seed: int, passes: int) -> Net:
    """Random head, all layers, statistics of batch norm kept; `penalty(model, batch, outputs)` is added to the loss."""
    torch.manual_seed(seed)
    model = Net(copy.deepcopy(start.body), nn.Linear(64, 10)).eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    draws = torch.Generator().manual_seed(seed)
    x, y = rows
    for _ in range(passes):
        for part in torch.randperm(len(x), generator=draws).split(BATCH):
            batch = (x[part], y[part])
            outputs = model(batch)
            loss = cross_entropy(outputs.logits, batch[1])
            if penalty is not None:
                loss = loss + penalty(model, batch, outputs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def accuracy(body: nn.Module, head: nn.Module, rows) -> float:
    with torch.no_grad():
        return float((head(body(rows[0])).argmax(1) == rows[1]).float().mean())


def ours(name: str, start: Net, rows, strength: float):
    """The guard of zoo."""
    batches = [(x, y) for x, y in zip(rows[0].split(BATCH), rows[1].split(BATCH), strict=True)]
    if name == "EWC":
        single = [(rows[0][i : i + 1], rows[1][i : i + 1]) for i in range(len(rows[0]))]
        return EWC(start, single, strength=strength)
    if name == "replay":
        return Replay(
            batches, lambda said, batch: cross_entropy(said.logits, batch[1]), source=start, strength=strength
        )
    kinds = {"L2-SP": L2SP, "LwF": LearningWithoutForgetting, "KL": SourceKL}
    return kinds[name](start, strength=strength)


def textbook(name: str, start: Net, rows, strength: float):
    penalty = GUARDS[name](copy.deepcopy(start.body), start.head, rows, strength)
    return lambda model, batch, outputs: penalty(model.body, outputs.features, batch[0])


def front_gap(mine: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> float:
    """Most points by which a point of theirs lies above our front: how far we would have to give on the better axis."""
    return max(min(max(t[0] - m[0], t[1] - m[1]) for m in mine) for t in theirs)


def main(quick: bool = False) -> dict[str, float]:
    torch.set_num_threads(1)
    seeds = SEEDS[:1] if quick else SEEDS
    start = source()
    stored, source_test = cifar("train", 50 if quick else N_SOURCE), cifar("test", 300 if quick else 1000)
    base = accuracy(start.body, start.head, source_test)
    print(f"source accuracy before: {base:.3f}; means of {len(seeds)} seeds, {PASSES} passes of 100 digits")
    print(f"{'guard':8} {'strength':>8} {'target':>7} {'source':>7}   {'textbook':>15}   kept  cost")
    parts = [digits(seed) for seed in seeds]
    passes = 3 if quick else PASSES

    def trained(make):
        return [
            tuned(start, rows["train"], make(), seed=seed, passes=passes)
            for seed, rows in zip(seeds, parts, strict=True)
        ]

    def told(models) -> tuple[float, float]:
        found = [
            (accuracy(model.body, model.head, rows["test"]), accuracy(model.body, start.head, source_test))
            for model, rows in zip(models, parts, strict=True)
        ]
        return tuple(np.mean(found, axis=0))

    def between(model: Net, alpha: float) -> Net:
        mixed = copy.deepcopy(model)
        mixed.body.load_state_dict(averaged(start.body.state_dict(), model.body.state_dict(), alpha))
        return mixed

    free = trained(lambda: None)
    plain = told(free)
    print(f"{'none':8} {'':8} {plain[0]:7.3f} {plain[1]:7.3f}")
    gaps: dict[str, float] = {}
    for name, strengths in STRENGTHS.items():
        mine, theirs = [], []
        for strength in strengths[:1] if quick else strengths:
            mine.append(told(trained(lambda n=name, s=strength: ours(n, start, stored, s))))
            theirs.append(told(trained(lambda n=name, s=strength: textbook(n, start, stored, s))))
            print(row(name, strength, mine[-1], theirs[-1], plain, base), flush=True)
        gaps[name] = 100 * front_gap(mine, theirs)
    for alpha in ALPHAS[:1] if quick else ALPHAS:
        print(row("average", alpha, told([between(model, alpha) for model in free]), None, plain, base), flush=True)
    print("front below the textbook's by at most, points: " + ", ".join(f"{n} {g:.1f}" for n, g in gaps.items()))
    if not quick:
        best(start, stored, source_test, parts[0], base)
    return gaps


def row(name, strength, mine, theirs, plain, base) -> str:
    beside = "" if theirs is None else f"{theirs[0]:7.3f} {theirs[1]:7.3f}"
    kept = 100 * (mine[1] - plain[1]) / max(base - plain[1], 1e-9)
    cost = 100 * (plain[0] - mine[0])
    return f"{name:8} {strength:8g} {mine[0]:7.3f} {mine[1]:7.3f}   {beside:>15}   {kept:3.0f} %  {cost:.1f}"


def best(start, stored, source_test, rows, base) -> None:
    """Replay with the longer budget, then the average, chosen on validation rows of both; told on test rows."""
    plain = tuned(start, rows["train"], None, seed=0, passes=LONGER)
    free = accuracy(plain.body, plain.head, rows["test"])
    lost = base - accuracy(plain.body, start.head, source_test)
    held = cifar("train", 400, first=100)  # rows that replay has not stored
    found = []
    for strength in (1.0, 3.0):
        model = tuned(start, rows["train"], ours("replay", start, stored, strength), seed=0, passes=LONGER)
        alpha, _ = average_weights(
            model.body,
            start.body.state_dict(),
            lambda body, head=model.head: accuracy(body, head, rows["val"]),
            alphas=(0.6, 0.8, 1.0),
            within=0.005,
        )
        chosen = accuracy(model.body, model.head, rows["val"]) + accuracy(model.body, start.head, held)
        found.append((chosen, strength, alpha, model))
    _, strength, alpha, model = max(found, key=lambda item: item[0])
    kept = 100 * (1 - (base - accuracy(model.body, start.head, source_test)) / lost)
    cost = 100 * (free - accuracy(model.body, model.head, rows["test"]))
    print(f"best, chosen on validation rows: replay {strength:g}, average {alpha:g}, {LONGER} passes: "
          f"keeps {kept:.0f} % of the loss at {cost:.1f} points")  # fmt: skip


if __name__ == "__main__":
    began = time.process_time()
    main("--quick" in sys.argv)
    print(f"{time.process_time() - began:.0f} CPU s")
