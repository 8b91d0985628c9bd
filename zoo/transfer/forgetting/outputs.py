"""Guards that hold what the model says near what the source said: distillation, KL and the distance of features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from zoo.errors import DataError
from zoo.transfer.forgetting.seam import NO_CONTRAST, Outputs, frozen_copy, positive

if TYPE_CHECKING:
    import torch


class _FromSource:
    """A guard that asks a frozen copy of the source about each batch, and the source's head about the tuned body."""

    cannot_help: ClassVar[Mapping[str, str]] = {"class-incremental": NO_CONTRAST}

    def __init__(self, source: torch.nn.Module, strength: float, head: Literal["source", "own"] = "source") -> None:
        if head not in ("source", "own"):
            raise DataError(f"no head named {head!r}.", "Give source or own.")
        self.strength = positive("strength", strength)
        self.head = head
        self._source = frozen_copy(source)

    def _said(self, batch: Any, like: torch.Tensor) -> Any:
        """Outputs of the source."""
        import torch

        self._source.to(like.device)
        with torch.no_grad():
            return self._source(batch)

    def _logits(self, outputs: Outputs, n_classes: int) -> torch.Tensor:
        """(b, c) logits of the source's classes from the tuned body."""
        if self.head == "source":
            head: Any = self._source.head
            logits: torch.Tensor = head(outputs.features)
            return logits
        if outputs.logits.shape[1] < n_classes:
            raise DataError(
                f"the tuned head has {outputs.logits.shape[1]} classes, the source has {n_classes}.",
                "Give head='source' where the tuned model has a head of its own.",
            )
        return outputs.logits[:, :n_classes]


class LearningWithoutForgetting(_FromSource):
    """strength * T^2 * KL(source softened by T || tuned softened by T) on the rows of the new task.

    The factor T^2 keeps the size of the gradients over temperatures. No source row is needed, so it works as far as the
    new rows look like the old ones.

    Args:
        source: the model before tuning, body and head.
        temperature: divides the logits of both.
        head: source: the source's head, held fixed, on the tuned body; own: the first logits of the tuned head, where
            old and new classes share one.

    Source:
        Li and Hoiem 2016, arXiv:1606.09282, eq. 2 (their T is 2); Hinton et al. 2015, arXiv:1503.02531, for T^2.
    """

    def __init__(
        self,
        source: torch.nn.Module,
        *,
        strength: float = 1.0,
        temperature: float = 2.0,
        head: Literal["source", "own"] = "source",
    ) -> None:
        super().__init__(source, strength, head)
        if not temperature > 0:
            raise DataError(f"temperature must be above 0, got {temperature!r}.", "2 is the usual one.")
        self.temperature = float(temperature)

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor:
        from torch.nn.functional import kl_div

        wanted = self._said(batch, outputs.features).logits / self.temperature
        now = self._logits(outputs, wanted.shape[1]) / self.temperature
        distance = kl_div(now.log_softmax(1), wanted.log_softmax(1), reduction="batchmean", log_target=True)
        return self.strength * self.temperature**2 * distance


class SourceKL(_FromSource):
    """strength * KL(source || tuned) of the predictions on the rows of the batch, or KL(tuned || source).

    Forward (the default) asks the tuned model to keep all that the source thinks possible; reverse, to say nothing that
    the source would not.

    Args:
        head: as for `LearningWithoutForgetting`.
    """

    def __init__(
        self,
        source: torch.nn.Module,
        *,
        strength: float = 1.0,
        reverse: bool = False,
        head: Literal["source", "own"] = "source",
    ) -> None:
        super().__init__(source, strength, head)
        self.reverse = reverse

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor:
        from torch.nn.functional import kl_div

        said = self._said(batch, outputs.features).logits.log_softmax(1)
        now = self._logits(outputs, said.shape[1]).log_softmax(1)
        of, against = (now, said) if self.reverse else (said, now)
        return self.strength * kl_div(against, of, reduction="batchmean", log_target=True)


class FeatureDistance(_FromSource):
    """strength / 2 * mean over rows of sum_k w_k (feature_k - source feature_k)^2.

    Args:
        source: the model before tuning; its head is not used.
        weights: (d,) how much each feature matters, at least 0; None: 1 each.

    Source:
        Li et al. 2019 (DELTA), arXiv:1901.09229, eq. 3, on the features before the head alone; DELTA also compares maps
        of inner layers and finds the weights by leaving out one filter at a time.
    """

    def __init__(self, source: torch.nn.Module, *, strength: float = 0.1, weights: torch.Tensor | None = None) -> None:
        super().__init__(source, strength)
        if weights is not None and (weights.ndim != 1 or bool((weights < 0).any())):
            raise DataError(
                f"weights of features must be (d,) and at least 0, got shape {tuple(weights.shape)}.", "Give one each."
            )
        self._weights = weights

    def __call__(self, model: torch.nn.Module, batch: Any, outputs: Outputs) -> torch.Tensor:
        moved: torch.Tensor = (outputs.features - self._said(batch, outputs.features).features).square()
        if self._weights is not None:
            moved = moved * self._weights.to(moved.device)
        return self.strength / 2 * moved.sum(dim=1).mean()
