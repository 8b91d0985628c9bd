"""Replay: the model goes on seeing rows of the source task while it learns the new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.errors import DataError
from zoo.transfer.forgetting.seam import Outputs, frozen_copy, positive

if TYPE_CHECKING:
    import torch


class Replay:
    """strength * loss of one batch of source rows, another one at each call.

    Batches come in an order drawn anew for each pass from (seed, pass), so that a resumed run goes on with the batch
    that was due; `state_dict` holds the number of calls.

    Args:
        batches: stored source rows, as the model takes them, at least one batch; a few rows a class go far.
        loss: (outputs, batch) -> scalar, the loss of the source task.
        source: its head, held fixed, makes the logits that `loss` sees; None: the tuned head does, where old and new
            classes share one.

    Raises:
        DataError: no batch.

    Source:
        Rolnick et al. 2018, arXiv:1811.11682; van de Ven et al. 2022, doi:10.1038/s42256-022-00568-3.
    """

    cannot_help: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        batches: Sequence[Any],
        loss: Callable[[Any, Any], torch.Tensor],
        *,
        source: torch.nn.Module | None = None,
        strength: float = 1.0,
        seed: int = 0,
    ) -> None:
        if not len(batches):
            raise DataError("replay was given no source rows.", "Give at least one batch of them.")
        self.strength = positive("strength", strength)
        self._batches = batches
        self._loss = loss
        self._source = None if source is None else frozen_copy(source)
        self._seed = seed
        self._n_calls = 0

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor:
        stored = self._batches[self._due()]
        self._n_calls += 1
        said = model(stored)
        if self._source is not None:
            head: Any = self._source.head
            head.to(said.features.device)
            said = _Said(said.features, head(said.features))
        return self.strength * self._loss(said, stored)

    def state_dict(self) -> dict[str, int]:
        """What a checkpoint has to keep."""
        return {"n_calls": self._n_calls}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Goes on where `state_dict` was taken."""
        self._n_calls = int(state["n_calls"])

    def _due(self) -> int:
        """Position of the batch whose turn it is."""
        import numpy as np

        passed, place = divmod(self._n_calls, len(self._batches))
        return int(np.random.default_rng((self._seed, passed)).permutation(len(self._batches))[place])


@dataclass(frozen=True)
class _Said:
    features: torch.Tensor
    logits: torch.Tensor
