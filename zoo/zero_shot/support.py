"""A few labelled examples beside the class names: better scores without training and without a validation set.

gda           one Gaussian a class with a shared, shrunk covariance; means held by the class's text; its
              logits are blended with the text's by weights that fit held-out examples of the support itself
tip-adapter   examples as a key-value cache, with the paper's fixed constants
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.encoder.inputs import several
from zoo.errors import DataError

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Method = Literal["gda", "tip-adapter"]

N_FOLDS = 5
SHARPNESS, SHARE = 5.5, 1.0
"""Tip-Adapter's beta and alpha, as its paper fixes them."""
_PRIOR_STRENGTH = 2.0
"""How firmly the blend starts from equal shares of names and examples: a share of 0 costs half as many nats."""
_ANCHOR_COUNT = 1.0
"""Examples that the text's opinion of a class mean is worth."""


@dataclass(frozen=True, eq=False)
class Adapter:
    """Logits from (n, d) unit vectors and their (n, c) text logits."""

    method: Method
    n_per_class: tuple[int, ...]
    weights: tuple[float, float]
    """Factors on the text logits and on the logits of the examples."""
    logits_of: Callable[[Any], Any]
    """(n, d) -> (n, c), from the examples alone."""

    def __call__(self, vectors: Any, text_logits: Any) -> NDArray[np.float32]:
        own = self.logits_of(np.asarray(vectors, np.float64))
        blended: NDArray[np.float32] = (self.weights[0] * text_logits + self.weights[1] * own).astype(np.float32)
        return blended

    def to_dict(self) -> dict[str, Any]:
        """How it was made, as plain data."""
        return {"method": self.method, "n_per_class": list(self.n_per_class), "weights": list(self.weights)}


def adapt(
    vectors: Any, labels: Any, rows: Any, text_logits: Callable[[Any], Any], *, method: Method = "gda"
) -> Adapter:
    """The adapter of labelled examples.

    Args:
        vectors: (n, d) unit vectors of the examples.
        labels: (n,) class indices; a class may be without examples.
        rows: (c, d) unit rows of the text classifier.
        text_logits: (n, d) -> (n, c), what the text classifier says.

    Raises:
        DataError: there is no example, or no such method.
    """
    vectors, labels, rows = np.asarray(vectors, np.float64), np.asarray(labels, np.int64), np.asarray(rows, np.float64)
    if not len(vectors):
        raise DataError("there is no labelled example that can be used.", "Give at least one, or leave out support=.")
    counts = tuple(np.bincount(labels, minlength=len(rows)).tolist())
    if method == "tip-adapter":
        return Adapter(method, counts, (1.0, SHARE), tip_adapter(vectors, labels, len(rows)))
    if method != "gda":
        raise DataError(f"no way to use examples named {method!r}.", "Give gda or tip-adapter.")
    held_out = _held_out(vectors, labels, rows)
    several = np.asarray(counts)[labels] > 1  # an only example, held out, leaves nothing to judge it by
    blend = _blend(np.asarray(text_logits(vectors), np.float64), held_out, labels, several)
    return Adapter(method, counts, blend, gda(vectors, labels, rows))


def gda(vectors: Float, labels: Int, rows: Float) -> Callable[[Any], Any]:
    """Log-likelihood, up to what all classes share, under one Gaussian a class with a common covariance.

    A class mean is that of its examples and of one imagined example where its text would lie among them, so
    that a class without any still has a mean. The precision is d ((n - 1) S + tr(S) I)^-1, which exists for any n.

    Source:
        Wang et al. 2024, arXiv:2402.04087, equations 4 to 6 (the text-held means are ours);
        Kubokawa and Srivastava 2008, doi:10.1016/j.jmva.2008.01.016 (the precision).
    """
    n, d = vectors.shape
    counts = np.bincount(labels, minlength=len(rows)).astype(np.float64)
    sums = np.zeros_like(rows)
    np.add.at(sums, labels, vectors)
    anchors = _anchors(vectors, labels, rows, sums, counts)
    means = (sums + _ANCHOR_COUNT * anchors) / (counts + _ANCHOR_COUNT)[:, None]  # (c, d)
    residuals = vectors - means[labels]
    scatter = residuals.T @ residuals  # (d, d): (n - 1) S
    trace = float(np.trace(scatter)) / max(n - 1, 1)
    matrix = scatter + max(trace, 1e-12) * np.eye(d)
    weights = d * np.linalg.solve(matrix, means.T)  # (d, c)
    offsets = -0.5 * np.einsum("cd,dc->c", means, weights)

    def logits_of(x: Any) -> Any:
        return x @ weights + offsets

    return logits_of


def tip_adapter(vectors: Float, labels: Int, n_classes: int) -> Callable[[Any], Any]:
    """Sum over a class's examples of exp(-beta (1 - cosine)).

    Source:
        Zhang et al. 2022, arXiv:2207.09519, equations 3 to 5.
    """
    one_hot = np.eye(n_classes)[labels]  # (n, c)

    def logits_of(x: Any) -> Any:
        return np.exp(-SHARPNESS * (1 - x @ vectors.T)) @ one_hot

    return logits_of


def _anchors(vectors: Float, labels: Int, rows: Float, sums: Float, counts: Float) -> Float:
    """(c, d) where texts would put the class means: their spread around the texts' mean, at the examples' place and
    scale; between texts and pictures of one model lies a gap that is the same for all classes."""
    seen = counts > 0
    centred = rows - rows[seen].mean(axis=0)
    means = sums[seen] / counts[seen, None]
    middle = means.mean(axis=0)
    spread, text_spread = np.square(means - middle).sum(), np.square(centred[seen]).sum()
    scale = np.sqrt(spread / text_spread) if text_spread > 0 and seen.sum() > 1 else 1.0
    anchors: Float = middle + min(float(scale), 1.0) * centred
    return anchors


def _held_out(vectors: Float, labels: Int, rows: Float) -> Float:
    """(n, c) logits of each example from the others only, in up to N_FOLDS parts of which each has all classes."""
    order = np.argsort(labels, kind="stable")
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % min(N_FOLDS, len(labels))
    logits = np.zeros((len(labels), len(rows)))
    for number in range(int(fold.max()) + 1):
        out = fold == number
        if out.all():  # a single example: only its text remains to judge it
            return logits
        logits[out] = gda(vectors[~out], labels[~out], rows)(vectors[out])
    return logits


def _blend(text: Float, own: Float, labels: Int, several: NDArray[np.bool_]) -> tuple[float, float]:
    """Non-negative factors on the logits of names and of examples that make the labels of held-out examples likely.

    Two numbers, fitted by Newton's method on a convex loss whose prior is an equal share for both; that prior is all
    there is where no class has several examples. (1, 0) where one of the two tells no classes apart.
    """
    size = float(np.abs(own - own.mean(axis=1, keepdims=True)).mean())
    text_size = float(np.abs(text - text.mean(axis=1, keepdims=True)).mean())
    if size == 0 or text_size == 0:
        return 1.0, 0.0
    parts = np.stack([text / text_size, own / size])  # (2, n, c)
    w = np.array([text_size, text_size]) / 2
    prior = w.copy()
    parts, labels = parts[:, several], labels[several]
    true = parts[:, np.arange(len(labels)), labels]  # (2, n)
    ridge = _PRIOR_STRENGTH / float(np.square(prior).max())

    def loss(w: Float) -> float:
        mixed = np.einsum("k,knc->nc", w, parts)
        top = mixed.max(axis=1)
        log_sum = top + np.log(np.exp(mixed - top[:, None]).sum(axis=1))
        return float((log_sum - w @ true).sum() + 0.5 * ridge * np.square(w - prior).sum())

    for _ in range(100):
        mixed = np.einsum("k,knc->nc", w, parts)
        chance = np.exp(mixed - mixed.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        expected = np.einsum("nc,knc->kn", chance, parts)
        gradient = (expected - true).sum(axis=1) + ridge * (w - prior)
        hessian = np.einsum("nc,knc,jnc->kj", chance, parts, parts) - expected @ expected.T + ridge * np.eye(2)
        free = (w > 0) | (gradient < 0)  # a factor at zero that wants to be negative stays there
        if not free.any():
            break
        step = np.zeros(2)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        now, length = loss(w), 1.0
        while length > 1e-10 and loss(np.maximum(w - length * step, 0.0)) > now:
            length /= 2
        moved = np.maximum(w - length * step, 0.0)
        if np.abs(moved - w).max() <= 1e-10 * max(1.0, float(w.max())):
            break
        w = moved
    return float(w[0] / text_size), float(w[1] / size)


def examples(support: Any) -> tuple[list[Any], list[str]]:
    """Inputs and their labels.

    Args:
        support: {label: [picture or text, ...]}; a pair (inputs, labels); or a folder with one sub-folder a class.

    Raises:
        DataError: it is none of these, or inputs and labels differ in number.
    """
    import os
    from pathlib import Path

    from zoo.image_sources import expand

    if isinstance(support, (str, os.PathLike)):
        folders = sorted(path for path in Path(support).iterdir() if path.is_dir()) if Path(support).is_dir() else []
        if not folders:
            raise DataError(f"{str(support)!r} has no sub-folder a class.", "Put the examples into folder/class/.")
        support = {folder.name: list(expand([folder])) for folder in folders}
    if hasattr(support, "items"):
        pairs = [(item, label) for label, items in support.items() for item in several(items)]
        return [item for item, _ in pairs], [label for _, label in pairs]
    try:
        inputs, labels = support
        inputs, labels = list(inputs), list(labels)
    except (TypeError, ValueError) as err:
        raise DataError(
            f"cannot make labelled examples of {type(support).__name__}.",
            "Give {label: [inputs]}, a pair (inputs, labels), or a folder with a sub-folder a class.",
        ) from err
    if len(inputs) != len(labels):
        raise DataError(f"{len(inputs)} examples came with {len(labels)} labels.", "Give one label an example.")
    return inputs, labels
