"""Backward transfer: what tuning did to what the source could do, measured on the same rows before and after.

before = source_correct(model, batches, targets)       # or zero_shot_correct, or masked_losses
...                                                    # tuning
told = backward_transfer(before, source_correct(model, batches, targets), of="source accuracy")
print(told)                                            # source accuracy .810 -> .640: -17.0 points [-20.4, -13.6]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError
from zoo.transfer.forgetting.seam import evaluating

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

Float = NDArray[np.float64]
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class BackwardTransfer:
    """Change of a source ability through tuning; below zero is forgetting, whether the figure is a rate or a loss."""

    of: str
    n: int
    before: float
    after: float
    change: float
    """after - before of a rate, before - after of a loss."""
    interval: tuple[float, float]
    """95 %, of the mean difference over the same rows."""
    is_loss: bool = False

    @property
    def forgot(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.interval[1] < 0

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self) | {"forgot": self.forgot}

    def __str__(self) -> str:
        low, high = self.interval
        if self.is_loss:
            return f"{self.of} {self.before:.3f} -> {self.after:.3f}: {self.change:+.3f} [{low:+.3f}, {high:+.3f}]"
        return (
            f"{self.of} {self.before:.3f} -> {self.after:.3f}: "
            f"{100 * self.change:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"
        )


def backward_transfer(
    before: NDArray[Any] | Sequence[float], after: NDArray[Any] | Sequence[float], *, of: str, is_loss: bool = False
) -> BackwardTransfer:
    """The mean difference over rows, with its 95 % interval (normal, paired by row).

    Args:
        before: (n,) a figure for each source row before tuning: whether it was right, or its loss.
        after: (n,) the same rows after tuning.
        of: what the figure is, for people.

    Raises:
        DataError: fewer than two rows, or not the same number of them.

    Source:
        Lopez-Paz and Ranzato 2017, arXiv:1706.08840, section 2 (BWT, for one earlier task).
    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise DataError(
            f"want one figure for each of at least two rows before and after, got {first.shape} and {second.shape}.",
            "Measure the same source rows twice.",
        )
    moved = first - second if is_loss else second - first
    half = _Z95 * float(moved.std(ddof=1)) / len(moved) ** 0.5
    change = float(moved.mean())
    return BackwardTransfer(
        of, len(moved), float(first.mean()), float(second.mean()), change, (change - half, change + half), is_loss
    )


def source_correct(
    model: torch.nn.Module,
    batches: Iterable[Any],
    targets: NDArray[np.integer],
    *,
    head: torch.nn.Module | None = None,
) -> NDArray[np.bool_]:
    """(n,) whether each source row is classified rightly.

    Args:
        batches: source rows in order, as the model takes them.
        targets: (n,) class index of the rows of all batches.
        head: the source's own head, on the body as it is now; None: the model's.

    Raises:
        DataError: there are not as many targets as rows.
    """
    import torch

    predicted = []
    with evaluating(model), torch.no_grad():
        for batch in batches:
            outputs = model(batch)
            logits = outputs.logits if head is None else head(outputs.features)
            predicted.append(logits.argmax(dim=1).cpu().numpy())
    found = np.concatenate(predicted) if predicted else np.zeros(0, dtype=np.int64)
    if len(found) != len(targets):
        raise DataError(f"{len(found)} source rows came with {len(targets)} targets.", "Give one for each row.")
    return np.asarray(found == targets, dtype=np.bool_)


def zero_shot_correct(
    encoder: Encoder, images: Any, targets: NDArray[np.integer], class_names: Sequence[str], *, batch_size: int = 32
) -> NDArray[np.bool_]:
    """(n,) whether a CLIP model, as it is now, names each picture rightly without training.

    Raises:
        CapabilityError: it is no zero-shot model.
        DataError: there are not as many targets as pictures.
    """
    from zoo.zero_shot import build_classifier

    vectors = encoder.embed_images(images, batch_size=batch_size)
    if len(vectors) != len(targets):
        raise DataError(f"{len(vectors)} pictures came with {len(targets)} targets.", "Give one for each picture.")
    classifier = build_classifier(encoder, list(class_names), None, cache=False)
    named = (vectors @ classifier.float().cpu().T).argmax(dim=1).numpy()
    return np.asarray(named == targets, dtype=np.bool_)


def masked_losses(model: torch.nn.Module, batches: Iterable[Any]) -> Float:
    """(n,) mean loss in nats of the masked tokens of each text; a text in which none was masked is left out.

    Args:
        model: a transformers masked-language model.
        batches: input_ids, attention_mask and labels (-100: not masked), masked once and kept, so that before and after
            are asked the same.

    Raises:
        DataError: nothing was masked.
    """
    import torch
    from torch.nn.functional import cross_entropy

    found = []
    with evaluating(model), torch.no_grad():
        for batch in batches:
            labels = batch["labels"]
            logits = model(**{name: value for name, value in batch.items() if name != "labels"}).logits
            each = cross_entropy(logits.transpose(1, 2), labels, reduction="none")  # (b, l), 0 where not masked
            n_masked = (labels != -100).sum(dim=1)
            found.append((each.sum(dim=1) / n_masked)[n_masked > 0].double().cpu().numpy())
    losses = np.concatenate(found) if found else np.zeros(0)
    if not len(losses):
        raise DataError("no token was masked, so there is no masked loss.", "Give longer texts, or mask more.")
    return losses
