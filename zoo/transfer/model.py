"""A source model with a head for the task: what is trained, saved and asked.

model = TunedModel.build(encoder, head, kind="image")
model({"pixels": pixels}).logits      # (b, c)
model({"features": stored}).logits    # the head alone, on stored features
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zoo.errors import CapabilityError, MissingExtraError
from zoo.heads import LinearHead

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder
    from zoo.transfer.phases import Groups

InputKind = Literal["image", "text", "pair"]
BESIDE = ("source_targets", "mixed")
"""What a batch may carry beside its inputs."""


@dataclass(frozen=True)
class Outputs:
    """What a model says of a batch."""

    features: torch.Tensor
    """(b, d)"""
    logits: torch.Tensor
    """(b, c)"""


def make_head(weight: Any, bias: Any, *, unit_rows: bool) -> torch.nn.Module:
    """A linear head, on unit-length rows where it was fitted on such."""
    import torch

    class Head(torch.nn.Linear):
        def forward(self, features: torch.Tensor) -> torch.Tensor:
            rows = torch.nn.functional.normalize(features, dim=-1) if unit_rows else features
            return torch.nn.functional.linear(rows, self.weight, self.bias)

    head = Head(int(np.shape(weight)[1]), int(np.shape(weight)[0]))
    head.unit_rows = unit_rows  # type: ignore[assignment]  # torch types every attribute as a tensor or a module
    with torch.no_grad():
        head.weight.copy_(torch.as_tensor(np.asarray(weight), dtype=torch.float32))
        head.bias.copy_(torch.as_tensor(np.asarray(bias), dtype=torch.float32))
    return head


def head_of(fitted: LinearHead, n_classes: int) -> torch.nn.Module:
    """A fitted head as a layer; a class that it does not know is never answered."""
    weight = np.zeros((n_classes, fitted.weight.shape[1]))
    bias = np.full(n_classes, -1e4)
    weight[fitted.classes], bias[fitted.classes] = fitted.weight, fitted.bias
    return make_head(weight, bias, unit_rows=True)


def random_head(width: int, n_classes: int, seed: int) -> torch.nn.Module:
    """Small random weights, as most scripts begin."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(-1, 1, (n_classes, width)) / width**0.5
    return make_head(weight, np.zeros(n_classes), unit_rows=False)


def tuned_model(encoder: Encoder, head: torch.nn.Module, kind: InputKind) -> Any:
    """`.body` is the encoder's network, `.head` a layer, `.encoder` what feeds the body."""
    import torch

    class TunedModel(torch.nn.Module):
        def __init__(self, encoder: Encoder, head: torch.nn.Module, kind: InputKind) -> None:
            super().__init__()
            self.body = encoder.module
            self.head = head
            self._held: dict[str, Any] = {"encoder": encoder}  # in a dict, so that torch does not look inside
            self.kind: Any = kind

        @property
        def encoder(self) -> Encoder:
            found: Encoder = self._held["encoder"]
            return found

        def features(self, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
            if "features" in batch:
                return batch["features"].to(self.encoder.device)
            if self.kind == "image":
                return self.encoder.encode_pixels(batch["pixels"]).float()
            if self.kind == "text":
                tokens = {name: value for name, value in batch.items() if name not in BESIDE}
                return self.encoder.encode_tokens(tokens).float()
            pair: torch.Tensor = joined(*(self.encoder.encode_tokens(side).float() for side in _sides(batch)))
            return pair

        def forward(self, batch: Mapping[str, torch.Tensor]) -> Outputs:
            features = self.features(batch)
            return Outputs(features, self.head(features))

        def __deepcopy__(self, memo: dict[int, Any]) -> Any:
            # The functions that run a network are bound to it, so a copy is the network built anew.
            import copy

            from zoo.loading import load

            card, registry = self.encoder.card, self.encoder._registry
            twin = load(card, device=self.encoder.device, pretrained=False, registry=registry)
            made = TunedModel(twin, copy.deepcopy(self.head, memo), self.kind)
            made.body.load_state_dict(self.body.state_dict())
            return made

    return TunedModel(encoder, head, kind)


def joined(first: Any, second: Any) -> Any:
    """(b, 4 d) of a pair of texts: both, how far apart they are, and where they agree.

    Source:
        Conneau et al. 2017, arXiv:1705.02364, section 3.1.
    """
    import torch

    return torch.cat([first, second, (first - second).abs(), first * second], dim=-1)


def _sides(batch: Mapping[str, torch.Tensor]) -> list[dict[str, torch.Tensor]]:
    return [
        {name.removeprefix(side): value for name, value in batch.items() if name.startswith(side)}
        for side in ("first.", "second.")
    ]


def groups_of(encoder: Encoder, kind: InputKind) -> Groups:
    """Layer groups of the tower that sees the inputs."""
    side: Literal["image", "text"] = "image" if kind == "image" else "text"
    found = encoder.layer_groups(side if encoder.card.modality == "image-text" else None)
    groups = [(name, [value for value in own if value.is_floating_point()]) for name, own in found]
    groups = [(name, own) for name, own in groups if own]
    if not groups:
        raise CapabilityError(f"{encoder.card.id} has nothing to train.", "Use recipe='feature-extraction'.")
    return groups


def add_lora(encoder: Encoder, kind: InputKind, *, rank: int = 8, alpha: int = 16) -> list[torch.nn.Parameter]:
    """Low-rank updates beside every linear layer of the tower; gives what learns. The body's own weights are frozen.

    Raises:
        MissingExtraError: peft is absent.
        CapabilityError: the tower has no linear layer.
    """
    import torch

    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as err:
        raise MissingExtraError("LoRA", "peft", "pip install 'transfer-zoo[train]'") from err
    inside = {id(value) for _, own in groups_of(encoder, kind) for value in own}
    names = [
        name
        for name, part in encoder.module.named_modules()
        if type(part) is torch.nn.Linear and id(part.weight) in inside
    ]
    if not names:
        raise CapabilityError(f"{encoder.card.id} has no linear layer for LoRA.", "Use recipe='partial'.")
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, bias="none", target_modules=names)
    inject_adapter_in_model(config, encoder.module)
    learns = []
    for name, value in encoder.module.named_parameters():
        value.requires_grad_("lora_" in name)
        if "lora_" in name:
            learns.append(value)
    return learns


def has_adapter(module: torch.nn.Module) -> bool:
    return any("lora_" in name for name, _ in module.named_parameters())
