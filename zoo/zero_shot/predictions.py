"""What a zero-shot call gives back: scores, their order, and everything that led to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any

import numpy as np

from zoo.arguments import at_least_one
from zoo.errors import DataError, LabelsError
from zoo.image_sources import Failure
from zoo.zero_shot.evaluation import evaluate
from zoo.zero_shot.metrics import Evaluation, Float


@dataclass(frozen=True, eq=False)
class Predictions:
    """Scores of n pictures (or texts) for c classes."""

    labels: tuple[str, ...]
    scores: Float
    """(n, c) in the order of `labels`: probabilities that add up to 1 (softmax), or one for each class (sigmoid)."""
    logits: Float
    """(n, c) before softmax or sigmoid."""
    paths: tuple[str, ...]
    """Name of each row: its path, or `image 0`, `image 1`... for pictures in memory."""
    failures: tuple[Failure, ...] = ()
    """Inputs that could not be used; they have no row."""
    notes: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    top_k: int = 1
    abstain_below: float | None = None
    """A best score below this is no answer."""
    parents: tuple[tuple[str, ...], ...] = ()
    """For each label the names above it, from the root down."""

    def top(self, k: int | None = None) -> list[list[tuple[str, float]]]:
        """For each row the k best (label, score), best first; ties keep the order of labels."""
        k = min(self.top_k if k is None else at_least_one("k", k), len(self.labels))
        order = np.argsort(-self.scores, axis=1, kind="stable")[:, :k]  # (n, k)
        return [[(self.labels[c], float(self.scores[row, c])) for c in best] for row, best in enumerate(order.tolist())]

    @property
    def predicted(self) -> tuple[str | None, ...]:
        """The best label of each row; None where the model abstains."""
        best = self.scores.argmax(axis=1)
        limit = -np.inf if self.abstain_below is None else self.abstain_below
        return tuple(self.labels[c] if self.scores[row, c] >= limit else None for row, c in enumerate(best.tolist()))

    def to_table(self) -> list[dict[str, Any]]:
        """One record a row: image, label, score; with `top_k` above 1 also label_2, score_2 and so on."""
        table = []
        for path, answer, best in zip(self.paths, self.predicted, self.top(), strict=True):
            record: dict[str, Any] = {"image": path, "label": answer, "score": best[0][1]}
            for place, (label, score) in enumerate(best[1:], start=2):
                record |= {f"label_{place}": label, f"score_{place}": score}
            table.append(record)
        return table

    def roll_up(self, level: int = 0) -> Predictions:
        """Predictions for the ancestors of the labels at a depth of the hierarchy, 0 being the root's children.

        A parent has the sum of its children's probabilities under softmax, their greatest under sigmoid; a class
        that is not that deep stands for itself. Logits are the parents' log-odds or log-probabilities.

        Raises:
            LabelsError: the labels have no hierarchy.
            DataError: the level is no depth.
        """
        if not isinstance(level, Integral) or level < 0:
            raise DataError(f"the level is {level!r}.", "Give 0 for the root's children, 1 for theirs.")
        if not any(self.parents):
            raise LabelsError("these labels have no hierarchy.", "Give a mapping such as {'animal': {'cat': []}}.")
        above = [
            (*parents, label)[min(level, len(parents))]
            for parents, label in zip(self.parents, self.labels, strict=True)
        ]
        names = tuple(dict.fromkeys(above))
        member = np.array([[own == name for own in above] for name in names])  # (p, c)
        if self.provenance.get("scoring") == "sigmoid":
            scores = np.stack([self.scores[:, row].max(axis=1) for row in member], axis=1)
            logits = np.stack([self.logits[:, row].max(axis=1) for row in member], axis=1)
        else:
            scores = self.scores @ member.T.astype(np.float32)
            logits = np.log(np.maximum(scores, np.finfo(np.float32).tiny))
        return replace(self, labels=names, scores=scores, logits=logits, parents=((),) * len(names))

    def evaluate(self, truth: Sequence[str] | Mapping[str, str]) -> Evaluation:
        """Accuracy with its interval, balanced accuracy, confusion and worst classes; see `evaluation`."""
        return evaluate(self, truth)

    def __len__(self) -> int:
        return len(self.paths)
