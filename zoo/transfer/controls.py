"""What a tuned model must beat: the largest class, raw inputs, class names alone, and the frozen source with a probe.

Each gives logits for the test rows; a run's table shows all of them beside the model.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo import heads
from zoo.data.dataset import Dataset
from zoo.data.splits import Partition
from zoo.errors import ZooError

if TYPE_CHECKING:
    from zoo.encoder import Encoder

Float = NDArray[np.floating]
_SIDE_PX = 12
"""Raw pixels are shrunk to so many a side: what a picture says without any source model."""

PROBE = "frozen probe"
LARGEST = "largest class"


def controls(
    encoder: Encoder, data: Dataset, parts: Partition, kind: str, features: Callable[[], Float], *, seed: int = 0
) -> tuple[dict[str, Float], list[str]]:
    """Name -> (m, c) logits of the test rows; and a sentence for each control that could not be had."""
    learn = np.concatenate([parts.train, parts.val])
    y, n_classes = data.targets[learn], len(data.class_names)
    made: dict[str, Float] = {LARGEST: _largest(y, n_classes, len(parts.test))}
    missing = []
    raw = "TF-IDF" if kind != "image" else "raw pixels"
    try:
        vectors = _words(data.inputs, learn) if kind != "image" else _pixels(data, learn)
        made[raw] = _probed(vectors[learn], y, vectors[parts.test], n_classes, seed)
    except (ZooError, ValueError, OSError) as err:
        missing.append(f"control {raw!r} could not be had: {str(err).splitlines()[0][:120]}")
    found = features()
    if kind == "image" and encoder.card.zero_shot is not None and data.kind == "classification":
        text, scale = class_rows(encoder, data.class_names)
        made["zero-shot"] = scale * heads.unit(found[parts.test]) @ text.T
    made[PROBE] = _probed(found[learn], y, found[parts.test], n_classes, seed)
    return made, missing


def class_rows(encoder: Encoder, class_names: Sequence[str]) -> tuple[NDArray[np.float64], float]:
    """Unit rows of the class prompts (c, d), and the logit scale of the model."""
    from zoo.zero_shot import build_classifier

    words = [name.replace("_", " ").replace("-", " ") for name in class_names]
    chosen = words if len(set(words)) == len(words) else list(class_names)
    rows = build_classifier(encoder, chosen).numpy().astype(np.float64)
    return rows, float(encoder.scoring().scale)


def _largest(y: Any, n_classes: int, n: int) -> Float:
    share = (y.mean(axis=0) if y.ndim == 2 else np.bincount(y, minlength=n_classes) / len(y)) + 1e-6
    row = np.log(share / np.maximum(1 - share, 1e-6)) if y.ndim == 2 else np.log(share)
    return np.tile(row, (n, 1))


def _probed(x: Float, y: Any, asked: Float, n_classes: int, seed: int) -> Float:
    head = heads.logistic(x, y, seed=seed)
    logits = np.full((len(asked), n_classes), -1e4)
    logits[:, head.classes] = head.logits(asked)
    return logits


def _pixels(data: Dataset, learn: Any) -> Float:
    """(n, 12 * 12 * c) of small pictures, centred and scaled by the training rows."""
    from zoo.images import read_picture

    rows = []
    for item in data.inputs:
        pixels = np.asarray(read_picture(item).pixels, dtype=np.float64)  # (h, w, c)
        rows.append(_shrunk(pixels.mean(axis=2, keepdims=True) if pixels.shape[2] in (3, 4) else pixels))
    vectors = np.stack(rows)
    mean, std = vectors[learn].mean(axis=0), vectors[learn].std(axis=0)
    return np.asarray((vectors - mean) / np.where(std > 0, std, 1), dtype=np.float64)


def _shrunk(pixels: Float) -> Float:
    """Means of a grid of cells, (12 * 12 * c,)."""
    height, width = pixels.shape[:2]
    tall = np.linspace(0, height, _SIDE_PX + 1).astype(int)
    wide = np.linspace(0, width, _SIDE_PX + 1).astype(int)
    cells = [
        pixels[a : max(a + 1, b), c : max(c + 1, d)].mean(axis=(0, 1))
        for a, b in itertools.pairwise(tall)
        for c, d in itertools.pairwise(wide)
    ]
    return np.concatenate(cells)


def _words(inputs: Sequence[Any], learn: Any) -> Float:
    """(n, d) TF-IDF of words and pairs of words, the vocabulary from the training rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [item if isinstance(item, str) else " ".join(item) for item in inputs]
    reader = TfidfVectorizer(sublinear_tf=True, min_df=1, ngram_range=(1, 2), max_features=5000)
    reader.fit([texts[int(row)] for row in learn])
    return np.asarray(reader.transform(texts).toarray(), dtype=np.float64)
