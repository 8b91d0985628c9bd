"""CellSAM: Segment Anything's ViT-B for cells; here its image encoder, with what upstream does to pixels before it.

    pixels (n, 3, 1024, 1024) >= 0 ─ 99.5th percentile cut ─ each channel to 0-1 ─ SAM's mean and std ─ SAM encoder ─
        map (n, 256, 64, 64) ─ mean

Its detector of boxes and its mask decoder, which are in the file too, are not built.

Source:
    Israel et al. 2023, doi:10.1101/2023.11.17.567630; layout of vanvalenlab/cellSAM at 35bc6e0, sam_inference.py,
    CellSAM.generate_embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..facts import IMAGENET_MEAN, IMAGENET_STD
from . import sam_network as sam

_SAM_MEAN, _SAM_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_MOST, _EPS = 0.995, 1e-6


class CellSam(sam.MicroSam):
    """The image encoder, SAM's ViT-B; `network`: arguments of timm that differ from it."""

    def __init__(self, network: Mapping[str, Any] = sam.NONE) -> None:
        super().__init__("b", network)
        self.by_channel = True

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 256, rows, columns) map of (n, 3, h, w) pixels that are not negative, on any scale."""
        return torch.as_tensor(self.image_encoder.forward_features(self.stretched(pixels)))

    def stretched(self, pixels: Tensor) -> Tensor:
        """What the encoder sees: each picture without its brightest pixels, stretched, less SAM's mean, by its std."""
        x = torch.stack([_cut(picture) for picture in pixels])
        if self.by_channel:
            x = (x - _column(IMAGENET_MEAN, x)) / _column(IMAGENET_STD, x)
            least, most = x.amin(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)
            x = (x - least) / (most - least + _EPS)
        return (x - _column(_SAM_MEAN, x) / 255) / (_column(_SAM_STD, x) / 255)

    def published_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The encoder that upstream embeds with: the second of two in the file, the tuned one, where there are two.

        Files of one encoder were trained without the stretch of each channel, which is then left out.
        """
        self.by_channel = any(name.startswith("model_cp.") for name in state)
        prefix = f"{'model_cp' if self.by_channel else 'model'}.image_encoder."
        found = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        return {f"image_encoder.{name}": tensor for name, tensor in sam.published_state(found).items()}


def _cut(picture: Tensor) -> Tensor:
    """Least to 0, 99.5th percentile to 1 and what is beyond cut, both of the pixels that are not 0."""
    lit = picture[picture != 0]
    if not len(lit):
        return picture
    least, most = torch.quantile(lit, torch.tensor([0.0, _MOST], dtype=lit.dtype, device=lit.device))
    if least == most:
        return picture.clamp(0, 1)
    return torch.as_tensor((picture.clamp(least, most) - least) / (most - least))


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).reshape(1, -1, 1, 1)
