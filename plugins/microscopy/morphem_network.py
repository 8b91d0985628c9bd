"""MorphEm: a ViT-S/16 that sees one channel at a time; what it says of all channels is put side by side.

    pixels (n, c, 224, 224) ─ each channel alone through the same ViT ─ normed class tokens ─ (n, c * 384)

The network is timm's, under the names of the published file.

Source:
    Agrawal et al. 2026, https://openreview.net/forum?id=SLjqdj3LPk; layout of CaicedoLab/CHAMMI-75 at b84a4ec,
    benchmarks/feat_models/vision_transformer.py and benchmarks/models.py, MorphEm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn


@dataclass(frozen=True)
class MorphEmConfig:
    """Sizes of one variant."""

    width: int
    depth: int
    n_heads: int
    patch_px: int = 16
    size_px: int = 224


CONFIGS = {"morphem": MorphEmConfig(384, 12, 6)}


class MorphEm(nn.Module):
    """The network of one channel and what is made of several."""

    def __init__(self, config: MorphEmConfig) -> None:
        super().__init__()
        self.backbone: Any = VisionTransformer(
            img_size=config.size_px,
            patch_size=config.patch_px,
            in_chans=1,
            num_classes=0,
            embed_dim=config.width,
            depth=config.depth,
            num_heads=config.n_heads,
        )

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, c * width) normed class tokens of the channels of (n, c, h, w), in their order."""
        n, channels = pixels.shape[:2]
        tokens = self.backbone.forward_features(pixels.flatten(0, 1)[:, None])
        return torch.as_tensor(tokens[:, 0].reshape(n, channels * tokens.shape[2]))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors as the backbone's, without a head of self-distillation."""
    return {f"backbone.{name}": tensor for name, tensor in state.items() if not name.startswith("head.")}
