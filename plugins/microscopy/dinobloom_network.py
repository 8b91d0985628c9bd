"""DinoBloom: DINOv2's networks of timm at 224 px, filled from the teacher of the published files.

Source:
    Koch et al. 2024, arXiv:2404.05022; layout of marrlab/DinoBloom at 6c5e86d, dinov2/eval/models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import timm
import torch
from timm.models.vision_transformer import checkpoint_filter_fn
from torch import Tensor, nn

_ARCHITECTURES = {
    "dinobloom-s": "vit_small_patch14_dinov2",
    "dinobloom-b": "vit_base_patch14_dinov2",
    "dinobloom-l": "vit_large_patch14_dinov2",
    "dinobloom-g": "vit_giant_patch14_dinov2",
}
_NONE: Mapping[str, Any] = {}


class DinoBloom(nn.Module):
    """The encoder of one size; `network`: arguments of timm that differ from those of its architecture."""

    def __init__(self, builder: str, network: Mapping[str, Any] = _NONE) -> None:
        super().__init__()
        arguments = {"img_size": 224, "num_classes": 0, **network}
        self.backbone: Any = timm.create_model(_ARCHITECTURES[builder], pretrained=False, **arguments)

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) normed class token of single cells (n, 3, 224, 224)."""
        return torch.as_tensor(self.backbone.forward_features(pixels)[:, 0])

    def published_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The backbone's tensors of a teacher under timm's names: the heads of self-distillation go."""
        found = {
            name.removeprefix("backbone."): tensor
            for name, tensor in state.items()
            if not name.startswith(("dino_head", "ibot_head"))
        }
        return {f"backbone.{name}": tensor for name, tensor in checkpoint_filter_fn(found, self.backbone).items()}
