"""Scale-MAE: a ViT-L/16 whose position table is laid out in metres, so it changes with the ground resolution.

Source:
    Reed et al. 2023, arXiv:2212.14532, section 3.1; layout of torchgeo at 65507dc, models/scale_mae.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from .positions_network import grid_2d


class ScaleMAE(VisionTransformer):
    """The encoder."""

    def __init__(self, width: int = 1024, depth: int = 24, n_heads: int = 16) -> None:
        super().__init__(
            img_size=224,
            patch_size=16,
            embed_dim=width,
            depth=depth,
            num_heads=n_heads,
            num_classes=0,
            global_pool="token",
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
        )
        # In the published file, but never read: the table is computed.
        self.pos_embed = nn.Parameter(grid_2d(width, 14)[None], requires_grad=False)

    def forward(self, pixels: Tensor, resolution_m: float = 1.0) -> Tensor:  # type: ignore[override]  # takes metres
        """(n, 1 + tokens, width) normed tokens, the class token first, of square pixels (n, 3, h, h)."""
        assert self.cls_token is not None
        x = self.patch_embed(pixels)
        side = pixels.shape[2] // 16
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
        x = x + grid_2d(self.embed_dim, side, step=resolution_m).to(x)
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.norm(x))

    def embed_images(self, pixels: Tensor, resolution_m: float = 1.0) -> Tensor:
        """(n, width) class token."""
        return self.forward(pixels, resolution_m)[:, 0]


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of a published file: without decoder, head and what fine-tuning adds."""
    other = ("decoder", "mask_token", "head.", "fc_norm.", "fpn", "norm_pix")
    return {name: tensor for name, tensor in state.items() if not name.startswith(other)}
