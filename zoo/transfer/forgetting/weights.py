"""Guards that hold the weights near those of the source: L2-SP, and EWC (each by its Fisher information)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from zoo.transfer.forgetting.fisher import Kind, diagonal_fisher
from zoo.transfer.forgetting.seam import NO_CONTRAST, Outputs, anchored, positive, same_parameters

if TYPE_CHECKING:
    import torch


class L2SP:
    """strength / 2 * |body - source body|^2 + head_strength / 2 * |head|^2.

    Args:
        source: the model before tuning; only its body is kept.
        strength: of the distance to the source.
        head_strength: of the size of the head's weights, which have no source.
        with_head: the head is the source's own and is held near it too.

    Source:
        Li, Grandvalet and Davoine 2018, arXiv:1802.01483, eq. 3.
    """

    cannot_help: ClassVar[Mapping[str, str]] = {"class-incremental": NO_CONTRAST}

    def __init__(
        self,
        source: torch.nn.Module,
        *,
        strength: float = 0.01,
        head_strength: float = 0.0,
        with_head: bool = False,
    ) -> None:
        self.strength = positive("strength", strength)
        self.head_strength = positive("head_strength", head_strength)
        self._anchor = anchored(source, with_head)

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor:
        total = outputs.features.new_zeros(())
        for name, own in same_parameters(self._anchor, model):
            total = total + (own - self._anchor[name].to(own.device)).square().sum()
        loss = self.strength / 2 * total
        if self.head_strength:
            head: Any = model.head
            loss = loss + self.head_strength / 2 * sum(own.square().sum() for own in head.parameters())
        return loss


class EWC:
    """strength / 2 * sum_i F_i (body_i - source_i)^2, F the diagonal of the Fisher information on source rows.

    A strength holds for one kind of Fisher only: the best one differs a hundredfold between kinds.
    For several tasks in a row add one EWC a task.

    Args:
        source: the model before tuning, with the head whose predictions are to be kept.
        rows: batches of source rows as the model takes them; batches of one row are the fastest.
        fisher: exact (summed over all classes) or sampled (one class a row drawn from the prediction).
        max_rows: later rows are not used; 500 are enough (van de Ven 2025).
        of: logits of a classifier, or features where the source has no classifier (then the information of a Gaussian
            of unit variance around the features).
        with_head: the tuned model keeps the source's head, which is held too.
        seed: of the draws of `sampled`.

    Raises:
        DataError: no rows, or a kind of Fisher that is not offered.

    Source:
        Kirkpatrick et al. 2017, arXiv:1612.00796, eq. 3; van de Ven 2025, arXiv:2502.11756, on which Fisher to take.
    """

    cannot_help: ClassVar[Mapping[str, str]] = {"class-incremental": NO_CONTRAST}

    def __init__(
        self,
        source: torch.nn.Module,
        rows: Iterable[Any],
        *,
        strength: float = 100.0,
        fisher: Kind = "exact",
        max_rows: int = 500,
        of: Literal["logits", "features"] = "logits",
        with_head: bool = False,
        seed: int = 0,
    ) -> None:
        self.strength = positive("strength", strength)
        self.fisher = diagonal_fisher(
            source, rows, kind=fisher, max_rows=max_rows, of=of, with_head=with_head, seed=seed
        )
        self._anchor = anchored(source, with_head)

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor:
        total = outputs.features.new_zeros(())
        for name, own in same_parameters(self._anchor, model):
            moved = (own - self._anchor[name].to(own.device)).square()
            total = total + (self.fisher[name].to(own.device) * moved).sum()
        return self.strength / 2 * total
