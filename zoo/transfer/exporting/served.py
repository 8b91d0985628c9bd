"""The network that leaves zoo: prepared inputs in, calibrated logits and features out; its contract as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zoo.encoder.network import pixel_shape, text_side
from zoo.errors import CapabilityError

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder


@dataclass(frozen=True, eq=False)
class Served:
    """A model, what it is fed and what it gives.

    Attributes:
        head: features -> logits; None: the features are all.
        temperature: by which the logits are divided.
        scoring: how scores are made of the logits.
    """

    encoder: Encoder
    kind: Literal["image", "text"]
    head: torch.nn.Module | None = None
    class_names: tuple[str, ...] = ()
    temperature: float = 1.0
    scoring: Literal["softmax", "sigmoid"] = "softmax"
    max_tokens: int | None = None
    """Where texts were cut in training; None: where the card says."""
    told: str = ""
    """A sentence for the card: how it was made."""

    @classmethod
    def of(cls, encoder: Encoder, kind: Literal["image", "text"] | None = None) -> Served:
        """An encoder alone; of an image-text model, its image side unless `kind` says otherwise.

        Raises:
            CapabilityError: it has no such side.
        """
        sides = {"image": encoder._network.embed_images, "text": encoder._network.embed_tokens}
        wanted: Literal["image", "text"] = kind or ("image" if sides["image"] is not None else "text")
        if sides[wanted] is None:
            raise CapabilityError(f"{encoder.card.id} has no {wanted} side.", "Give the other kind.")
        return cls(encoder, wanted)

    @property
    def output_names(self) -> tuple[str, ...]:
        """logits, where there is a head, and features."""
        return ("features",) if self.head is None else ("logits", "features")

    def network(self) -> torch.nn.Module:
        """Tensors of `sample` -> tensors of `output_names`, in evaluation mode."""
        import torch

        held, run = self, self.encoder._network
        embed: Any = run.embed_images if self.kind == "image" else run.embed_tokens

        class Network(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.body = held.encoder.module
                self.head = held.head

            def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
                features = embed(given[0] if held.kind == "image" else dict(zip(names, given, strict=True))).float()
                if self.head is None:
                    return (features,)
                return self.head(features) / held.temperature, features

        names = tuple(self.sample(1))
        return Network().eval()

    def sample(self, n: int = 2) -> dict[str, torch.Tensor]:
        """Name -> tensor: n prepared inputs that the network runs on, drawn from a fixed seed.

        Raises:
            CapabilityError: the card does not say how large a picture is.
        """
        import torch

        if self.kind == "text":
            words = ("the cell divides", "a river seen from above after rain", "bank", "colour of the sky in winter")
            tokens = self.encoder.tokenize([words[i % len(words)] for i in range(n)])
            return {name: value.to(self.encoder.device) for name, value in tokens.items()}
        shape = pixel_shape(self.encoder.card)
        if shape is None:
            raise CapabilityError(
                f"the card of {self.encoder.card.id} does not say how pictures are prepared.",
                "State its preprocessing first; a file without it would be fed wrongly.",
            )
        draws = torch.Generator().manual_seed(0)
        return {"pixels": torch.randn(n, *shape, generator=draws).to(self.encoder.device, self.encoder.dtype)}

    def contract(self) -> dict[str, Any]:
        """What has to be known to use the file: preprocessing, labels, scoring, where it came from."""
        import zoo
        from zoo.weights import weights_hash

        card = self.encoder.card
        side = text_side(card) if self.kind == "text" else card.preprocess
        return {
            "zoo_version": zoo.__version__,
            "model": card.id,
            "kind": self.kind,
            "inputs": {name: _shape(value) for name, value in self.sample(1).items()},
            "outputs": list(self.output_names),
            "preprocess": None if side is None else side.model_dump(mode="json"),
            "max_tokens": self.max_tokens,
            "class_names": list(self.class_names),
            "scoring": self.scoring if self.head is not None else None,
            "temperature": "already divided into the logits" if self.head is not None else None,
            "weights_sha256": weights_hash(self.encoder.module),
            "license": card.license.model_dump(mode="json"),
        }


def _shape(value: torch.Tensor) -> Sequence[int | str]:
    """The shape of one input, with a name for the axes that may differ."""
    return ["batch", *(["length"] if value.ndim == 2 else map(int, value.shape[1:]))]
