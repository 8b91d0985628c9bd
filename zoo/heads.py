"""Heads on frozen features, one of each kind: fitted in closed form or by a convex solver, no network needed.

    head = logistic(features, targets)
    head.logits(others)          # (n, c), one column for each of head.classes

Nearest mean, ridge, logistic and GDA all end as one matrix on unit-length rows, so that a trained network can go on
from them; kNN keeps its rows. Targets of shape (n, c) with 0 and 1 make a multilabel head, a logit a column.

Source:
    On 12 cells of three text sets unit-length rows beat standardised ones by 1 to 2 points with every penalty, and a
    penalty chosen by inner folds beats a fixed one by up to 2 points (1,068 cells of torchgeo-bench).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sklearn.linear_model import LogisticRegression

Float = NDArray[np.floating]
Int = NDArray[np.integer]
Kind = Literal["knn", "nearest-mean", "ridge", "logistic", "gda"]

FEW = 10
"""Rows of the smallest class below which inner folds say nothing of the penalty."""
PENALTY_OF_FEW = 0.1
"""Least error at 5 to 10 labels a class among .01 to 100, on three text sets with frozen MiniLM."""
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""Inverse strengths tried by inner folds, on unit-length rows."""
_RIDGES = tuple(10.0**power for power in range(-4, 5))
_FOLDS = 3
_BLOCK = 4096


@dataclass(frozen=True)
class LinearHead:
    """One matrix on unit-length rows."""

    weight: Float
    """(c, d)"""
    bias: Float
    """(c,)"""
    classes: Int
    """(c,) class index of each column."""
    note: str = ""
    """What was chosen on the way, such as the penalty."""

    def logits(self, features: Float) -> Float:
        """(n, c) of (n, d) features of any length."""
        return np.asarray(unit(features) @ self.weight.T + self.bias, dtype=np.float64)


@dataclass(frozen=True)
class NeighbourHead:
    """The votes of the nearest training rows by cosine."""

    rows: Float
    """(n, d) unit length."""
    votes: Float
    """(n, c) of 0 and 1."""
    classes: Int
    k: int
    multilabel: bool = False
    note: str = ""

    def logits(self, features: Float) -> Float:
        """(n, c) log of the share of votes; a tied vote goes to the class of the nearest of the tied rows."""
        rows = unit(features)
        return np.concatenate([self._voted(rows[i : i + _BLOCK] @ self.rows.T) for i in range(0, len(rows), _BLOCK)])

    def logits_left_out(self) -> Float:
        """(n, c) of the training rows themselves, none of which votes for itself."""
        made = []
        for start in range(0, len(self.rows), _BLOCK):
            likeness = self.rows[start : start + _BLOCK] @ self.rows.T  # (b, n)
            likeness[np.arange(len(likeness)), start + np.arange(len(likeness))] = -np.inf
            made.append(self._voted(likeness))
        return np.concatenate(made)

    def _voted(self, likeness: Float) -> Float:
        near = np.argsort(-likeness, axis=1, kind="stable")[:, : self.k]  # (b, k)
        voted = self.votes[near]  # (b, k, c)
        share = (voted.sum(axis=1) + 0.5 / self.k) / (self.k + 0.5 * voted.shape[2] / self.k)
        if self.multilabel:
            share = (voted.sum(axis=1) + 0.5) / (self.k + 1)
            return np.asarray(np.log(share) - np.log1p(-share), dtype=np.float64)
        # A nearer voter outweighs all that are further, by too little to change any but a tie.
        rank = 1e-6 * 0.5 ** np.arange(self.k)
        return np.asarray(np.log(share) + np.einsum("bkc,k->bc", voted, rank), dtype=np.float64)


Head = LinearHead | NeighbourHead


def knn(features: Float, targets: Int, *, k: int = 5) -> NeighbourHead:
    """The `k` nearest rows vote.

    Args:
        features: (n, d), any scale, finite.
        targets: (n,) class indices, or (n, c) of 0 and 1.
        k: neighbours; no more than there are rows to vote.
    """
    x, y, many = _checked(features, targets)
    if k < 1:
        raise DataError(f"want at least one neighbour, got k={k}.", "Give k >= 1.")
    classes, votes = (np.arange(y.shape[1]), y.astype(float)) if many else _one_hot(y)
    return NeighbourHead(unit(x), votes, classes, min(k, len(x)), many)


def nearest_mean(features: Float, targets: Int) -> LinearHead:
    """Distance to the class means; the logits are those of one Gaussian of equal spread a class.

    Source:
        Snell et al. 2017, arXiv:1703.05175, eq. 1-2.
    """
    x, y, many = _checked(features, targets)
    rows = unit(x)
    classes, member = (np.arange(y.shape[1]), y.astype(float)) if many else _one_hot(y)
    means = (member.T @ rows) / np.maximum(member.sum(axis=0), 1)[:, None]
    if many:  # each class against the rows that are not of it
        rest = ((1 - member).T @ rows) / np.maximum((1 - member).sum(axis=0), 1)[:, None]
        weight, bias = means - rest, 0.5 * ((rest**2).sum(axis=1) - (means**2).sum(axis=1))
    else:
        weight, bias = means, -0.5 * (means**2).sum(axis=1)
    scale = _DISTANCE_SCALE
    return LinearHead(scale * weight, scale * bias, classes)


_DISTANCE_SCALE = 20.0
"""Sharpness of distances between unit rows as logits: a temperature near that of contrastive text encoders (.05)."""


def ridge(features: Float, targets: Int) -> LinearHead:
    """Least squares to one-hot labels; the penalty has the least exact leave-one-out error. The cheapest trained head.

    Source:
        Rifkin and Lippert 2007, MIT-CSAIL-TR-2007-025, section 3 (leave-one-out residual = residual / (1 - leverage)).
    """
    x, y, many = _checked(features, targets)
    classes, target = (np.arange(y.shape[1]), y.astype(float)) if many else _one_hot(y)
    rows = unit(x)
    mean, centre = rows.mean(axis=0), target.mean(axis=0)
    u, s, vt = np.linalg.svd(rows - mean, full_matrices=False)
    inner = u.T @ (target - centre)  # (r, c)
    scale = float((s**2).sum()) / max(len(s), 1) or 1.0
    best = min(_RIDGES, key=lambda penalty: _left_out_error(u, s, inner, target - centre, penalty * scale))
    weight = ((s / (s**2 + best * scale))[:, None] * inner).T @ vt  # (c, d)
    bias = centre - weight @ mean
    if many:
        bias = bias - 0.5
    return LinearHead(weight, bias, classes, f"ridge {best:g} by leave-one-out error")


def logistic(
    features: Float, targets: Int, *, c: float | None = None, balanced: bool = False, groups: Int | None = None,
    seed: int = 0,
) -> LinearHead:  # fmt: skip
    """L2-penalised logistic regression on unit-length rows; multilabel: one for each class.

    Args:
        c: inverse strength of the penalty; None: by inner folds, or .1 where a class has fewer than ten rows; the
            logits are then brought to the scale that held-out rows want, or to that of `nearest_mean`.
        balanced: weigh classes by the inverse of their size.
        groups: (n,) rows of one group stay in one inner fold.

    Raises:
        DataError: shapes disagree, a value is not finite, or there are fewer than two classes.

    Source:
        Kornblith et al. 2019, arXiv:1805.08974 (logistic regression on frozen features, penalty searched).
    """
    x, y, many = _checked(features, targets)
    rows = unit(x)
    if many:
        return _each_label(rows, y, c, balanced, groups, seed)
    if len(np.unique(y)) < 2:
        raise DataError("want at least two classes, got one.", "Add rows of another class.")
    if c is not None:
        return _linear(_solved(rows, y, c, balanced), f"C = {c:g}")
    parts = _inner_folds(rows, y, groups, seed)
    if parts is None:
        head = _linear(_solved(rows, y, PENALTY_OF_FEW, balanced), f"C = {PENALTY_OF_FEW:g}")
        return _scaled(head, _spread(nearest_mean(x, y)) / max(_spread(head), 1e-12))
    chosen, left_out = _by_folds(rows, y, parts, balanced)
    head = _linear(_solved(rows, y, chosen, balanced), f"C = {chosen:g}")
    return _scaled(head, 1 / sharpest(left_out, np.searchsorted(head.classes, y)))


def gda(
    features: Float, targets: Int, *, text: Float | None = None, text_scale: float = 100.0, alpha: float = 1.0
) -> LinearHead:
    """Gaussian discriminant analysis: class means and one shrunk covariance. No training.

    Args:
        text: (c, d) unit rows of the class prompts, whose logits are added; None: pictures alone.
        text_scale: the source model's logit scale.
        alpha: weight of the Gaussian logits beside the text's.

    Source:
        Wang et al. 2024, "A hard-to-beat baseline for training-free CLIP-based adaptation", eq. 4-6:
        inverse covariance d ((n - 1) S + tr(S) I)^-1.
    """
    x, y, many = _checked(features, targets)
    if many:
        raise DataError("GDA takes one class a row, got several labels a row.", "Use ridge or logistic.")
    rows = unit(x)
    classes, member = _one_hot(y)
    count = member.sum(axis=0)
    means = (member.T @ rows) / count[:, None]
    centred = rows - member @ means
    n, d = rows.shape
    scatter = centred.T @ centred  # (n - 1) S
    trace = float(np.trace(scatter)) / max(n - 1, 1)
    # One shot a class leaves no scatter at all: the nearest class mean remains.
    weight = d * np.linalg.solve(scatter + trace * np.eye(d), means.T).T if trace > 1e-12 else means
    bias = np.log(count / n) - 0.5 * np.einsum("cd,cd->c", weight, means)
    if text is not None:
        weight, bias = alpha * weight + text_scale * text[classes], alpha * bias
    return LinearHead(weight, bias, classes)


def fit(kind: Kind, features: Float, targets: Int, *, balanced: bool = False, seed: int = 0) -> Head:
    """The head of that name, with its defaults."""
    if kind not in get_args(Kind):
        raise DataError(f"no head named {kind!r}.", f"Give one of {', '.join(get_args(Kind))}.")
    if kind == "logistic":
        return logistic(features, targets, balanced=balanced, seed=seed)
    made: dict[str, Callable[[Float, Int], Head]] = {
        "knn": knn,
        "nearest-mean": nearest_mean,
        "ridge": ridge,
        "gda": gda,
    }
    return made[kind](features, targets)


def unit(rows: Float) -> Float:
    """(n, d) float64 rows of length 1; a row of zeros stays one."""
    rows = np.asarray(rows, dtype=np.float64)
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norm > 0, norm, 1), dtype=np.float64)


def checked(features: Float, targets: Int, which: str = "training") -> tuple[Float, Int]:
    """Features as (n, d) float64 and targets as class indices (n,) or 0 and 1 (n, c); `which` names them in messages.

    Raises:
        DataError: shapes disagree, a value is not finite, or targets are neither.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(targets)
    if x.ndim != 2 or y.ndim not in (1, 2) or len(y) != len(x) or not len(x):
        raise DataError(f"want (n, d) {which} features and (n,) labels, got {x.shape} and {y.shape}.", "Check both.")
    if y.dtype.kind not in "iu" or (y < 0).any():
        raise DataError(f"{which} labels are {y.dtype}, want class indices from 0.", "Number the classes first.")
    if y.ndim == 2 and (y > 1).any():
        raise DataError(f"{which} labels of several classes a row hold {y.max()}, want 0 and 1.", "Mark each class.")
    if not np.isfinite(x).all():
        raise DataError(f"{which} features hold a NaN or an infinity.", "Look at the inputs that gave them.")
    return x, y


def _checked(features: Float, targets: Int) -> tuple[Float, Int, bool]:
    x, y = checked(features, targets)
    return x, y, y.ndim == 2


def _one_hot(labels: Int) -> tuple[Int, Float]:
    """Classes that occur (c,), and (n, c) of 0 and 1."""
    classes, index = np.unique(labels, return_inverse=True)
    return classes, np.eye(len(classes))[index]


def _left_out_error(u: Float, s: Float, inner: Float, target: Float, penalty: float) -> float:
    shrink = s**2 / (s**2 + penalty)
    leverage = np.einsum("nr,r,nr->n", u, shrink, u) + 1 / len(u)  # the centre is fitted too
    residual = target - (u * shrink) @ inner
    return float(((residual / np.maximum(1 - leverage, 1e-9)[:, None]) ** 2).sum())


def _solved(rows: Float, labels: Int, c: float, balanced: bool) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=1000, class_weight="balanced" if balanced else None).fit(rows, labels)


def _both_sides(weight: Float, bias: Float) -> tuple[Float, Float]:
    """One row a class; scikit-learn gives two classes a single row of log-odds."""
    if len(weight) > 1:
        return weight, bias
    return np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2


def _each_label(
    rows: Float, targets: Int, c: float | None, balanced: bool, groups: Int | None, seed: int
) -> LinearHead:
    weights, biases, chosen = [], [], []
    for column in targets.T:
        if column.min() == column.max():  # never or always: the log-odds of that, and no direction
            n = len(column)
            weights.append(np.zeros(rows.shape[1]))
            biases.append(float(np.log((column.sum() + 0.5) / (n - column.sum() + 0.5))))
            continue
        own = c if c is not None else _penalty(rows, column, balanced, groups, seed)
        model = _solved(rows, column, own, balanced)
        weights.append(model.coef_[0])
        biases.append(float(model.intercept_[0]))
        chosen.append(own)
    note = f"C = {min(chosen):g} to {max(chosen):g}" if chosen else ""
    return LinearHead(np.stack(weights), np.array(biases), np.arange(targets.shape[1]), note)


def _penalty(rows: Float, labels: Int, balanced: bool, groups: Int | None, seed: int) -> float:
    parts = _inner_folds(rows, labels, groups, seed)
    return PENALTY_OF_FEW if parts is None else _by_folds(rows, labels, parts, balanced)[0]


def _inner_folds(rows: Float, labels: Int, groups: Int | None, seed: int) -> list[tuple[Int, Int]] | None:
    """(learn, held out) of each fold; None where they would say nothing of the penalty."""
    if np.bincount(labels)[np.unique(labels)].min() < FEW:
        return None
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if groups is not None and len(np.unique(groups)) < _FOLDS:
        return None
    splitter = (
        StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
        if groups is None
        else StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    )
    parts = list(splitter.split(rows, labels, groups))
    if any(len(np.unique(labels[learn])) < len(np.unique(labels)) for learn, _ in parts):
        return None  # a class that lies in one group cannot be both learned and tested
    return parts


def _by_folds(rows: Float, labels: Int, parts: list[tuple[Int, Int]], balanced: bool) -> tuple[float, Float]:
    """The inverse strength that is right most often on held-out folds, the smallest of equal ones; its logits there."""
    best: tuple[int, float, Float] | None = None
    for c in PENALTIES:
        logits = np.zeros((len(rows), len(np.unique(labels))))
        n_right = 0
        for learn, held in parts:
            head = _linear(_solved(rows[learn], labels[learn], c, balanced))
            logits[held] = head.logits(rows[held])
            n_right += int((head.classes[logits[held].argmax(axis=1)] == labels[held]).sum())
        if best is None or n_right > best[0]:
            best = (n_right, c, logits)
    assert best is not None
    return best[1], best[2]


def sharpest(logits: Float, index: Int) -> float:
    """The temperature of .02 to 5 at which held-out logits have the least log loss.

    Args:
        logits: (n, c) of rows that the head has not seen.
        index: (n,) column of the true class.
    """
    temperatures = np.geomspace(0.02, 5, 60)

    def loss(temperature: float) -> float:
        z = logits / temperature
        high = z.max(axis=1)
        total = high + np.log(np.exp(z - high[:, None]).sum(axis=1)) - z[np.arange(len(z)), index]
        return float(total.mean())

    return float(min(temperatures, key=loss))


def _linear(model: LogisticRegression, note: str = "") -> LinearHead:
    return LinearHead(*_both_sides(model.coef_, model.intercept_), model.classes_, note)


def _scaled(head: LinearHead, factor: float) -> LinearHead:
    """The same order of classes with logits of another size: a strong penalty leaves them near zero."""
    return LinearHead(factor * head.weight, factor * head.bias, head.classes, head.note)


def _spread(head: LinearHead) -> float:
    """How far the rows of the matrix lie from their mean."""
    return float(np.linalg.norm(head.weight - head.weight.mean(axis=0)))
