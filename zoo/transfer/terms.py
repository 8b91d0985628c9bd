"""A recipe's penalties as loss terms for one model: from the specs to `zoo.transfer.forgetting`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError
from zoo.transfer.penalties import NEED_SOURCE_ROWS, Penalty

if TYPE_CHECKING:
    import torch

    from zoo.transfer.rows import PreparedRows


@dataclass(frozen=True)
class SourceRows:
    """Labelled rows of the source task, and the head that tells its classes on the source's features."""

    inputs: PreparedRows
    targets: NDArray[np.int64]
    head: torch.nn.Module

    def batch(self, places: Sequence[int] | NDArray[np.intp]) -> dict[str, torch.Tensor]:
        """A batch that carries its own targets, for the loss of the source task."""
        import torch

        return {**self.inputs.batch(places), "source_targets": torch.from_numpy(self.targets[np.asarray(places)])}


def terms_of(
    penalties: Sequence[Penalty], model: Any, source: SourceRows | None, *, seed: int = 0
) -> list[Callable[[Any, Any, Any], torch.Tensor]]:
    """One term a penalty, anchored at the model as it is now.

    Raises:
        DataError: a penalty needs rows of the source task, and there are none.
    """
    return [_term(penalty, model, source, seed) for penalty in penalties]


def _term(penalty: Penalty, model: Any, source: SourceRows | None, seed: int) -> Any:
    import copy

    from zoo.transfer import forgetting

    if penalty.kind == "l2-sp":
        return forgetting.L2SP(model, strength=penalty.strength, head_strength=penalty.head_strength)
    if penalty.kind == "feature-distance":
        return forgetting.FeatureDistance(model, strength=penalty.strength)
    if source is None:
        raise DataError(
            f"the penalty {penalty.kind!r} needs labelled rows of the source task.",
            f"Give source_data=..., or a penalty other than {', '.join(NEED_SOURCE_ROWS)}, such as l2-sp.",
        )
    origin = copy.deepcopy(model)
    origin.head = source.head
    n = len(source.targets)
    if penalty.kind == "lwf":
        return forgetting.LearningWithoutForgetting(origin, strength=penalty.strength, temperature=penalty.temperature)
    if penalty.kind == "source-kl":
        return forgetting.SourceKL(origin, strength=penalty.strength, reverse=penalty.reverse)
    rows = np.random.default_rng(seed).permutation(n)[: penalty.max_rows]
    if penalty.kind == "ewc":
        single = (source.batch([int(row)]) for row in rows)
        return forgetting.EWC(
            origin, single, strength=penalty.strength, fisher=penalty.fisher, max_rows=penalty.max_rows, seed=seed
        )
    batches = [source.batch(part) for part in np.array_split(rows, max(1, len(rows) // penalty.batch_size))]
    return forgetting.Replay(batches, _source_loss, source=origin, strength=penalty.strength, seed=seed)


def _source_loss(outputs: Any, batch: Any) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(outputs.logits, batch["source_targets"].to(outputs.logits.device))
