"""SatMAE: a plain ViT for colour pictures, and one whose tokens are split by groups of Sentinel-2 bands.

    (n, 10, 96, 96) ─ a patch embedding per band group ─ + place (width - 256) | + group (256) ─ blocks ─ norm

Names and shapes are those of the published checkpoints; `encoder_state` leaves their decoders out.

Source:
    Cong et al. 2022, arXiv:2207.08051, section 3.3; layout of sustainlab-group/SatMAE, models_vit.py and
    models_vit_group_channels.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from timm.layers.patch_embed import PatchEmbed
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from .positions_network import grid_2d, sin_cos

GROUPS = ((0, 1, 2, 6), (3, 4, 5, 7), (8, 9))
"""Positions in B2 B3 B4 B5 B6 B7 B8 B8A B11 B12: colours and near infrared at 10 m, red edge, short-wave infrared."""

_GROUP_WIDTH = 256


@dataclass(frozen=True)
class SatMAEConfig:
    """Sizes of one variant; `groups` empty: the colour model."""

    width: int
    depth: int
    n_heads: int
    size_px: int
    patch_px: int
    groups: tuple[tuple[int, ...], ...] = ()


CONFIGS = {
    "satmae-rgb-vit-l": SatMAEConfig(1024, 24, 16, size_px=224, patch_px=16),
    "satmae-sentinel-vit-b": SatMAEConfig(768, 12, 12, size_px=96, patch_px=8, groups=GROUPS),
    "satmae-sentinel-vit-l": SatMAEConfig(1024, 24, 16, size_px=96, patch_px=8, groups=GROUPS),
}


class SatMAE(VisionTransformer):
    """The encoder of one variant."""

    def __init__(self, config: SatMAEConfig) -> None:
        super().__init__(
            img_size=config.size_px,
            patch_size=config.patch_px,
            embed_dim=config.width,
            depth=config.depth,
            num_heads=config.n_heads,
            num_classes=0,
            global_pool="token",
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
        )
        self.config = config
        side = config.size_px // config.patch_px
        if not config.groups:
            self.pos_embed = nn.Parameter(grid_2d(config.width, side)[None])
            return
        self.patch_embed = nn.ModuleList(
            PatchEmbed(config.size_px, config.patch_px, len(group), config.width) for group in config.groups
        )
        self.pos_embed = nn.Parameter(grid_2d(config.width - _GROUP_WIDTH, side)[None])
        n_groups = torch.arange(len(config.groups), dtype=torch.float64)
        self.channel_embed = nn.Parameter(sin_cos(_GROUP_WIDTH, n_groups).float()[None])
        self.channel_cls_embed = nn.Parameter(torch.zeros(1, 1, _GROUP_WIDTH))

    def forward(self, pixels: Tensor) -> Tensor:  # type: ignore[override]  # takes pixels alone
        """(n, 1 + tokens, width) normed tokens, the class token first, of pixels (n, bands, h, w)."""
        x = self._grouped(pixels) if self.config.groups else self._plain(pixels)
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.norm(x))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) class token."""
        return self.forward(pixels)[:, 0]

    def _plain(self, pixels: Tensor) -> Tensor:
        assert self.cls_token is not None
        assert self.pos_embed is not None
        x = self.patch_embed(pixels)
        return torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embed

    def _grouped(self, pixels: Tensor) -> Tensor:
        assert self.cls_token is not None
        assert self.pos_embed is not None
        assert isinstance(self.patch_embed, nn.ModuleList)
        n_places = self.pos_embed.shape[1] - 1
        parts = []
        for number, (group, embed) in enumerate(zip(self.config.groups, self.patch_embed, strict=True)):
            own = self.channel_embed[:, number : number + 1].expand(-1, n_places, -1)
            parts.append(embed(pixels[:, group]) + torch.cat([self.pos_embed[:, 1:], own], dim=2))
        first = self.cls_token + torch.cat([self.pos_embed[:, :1], self.channel_cls_embed], dim=2)
        return torch.cat([first.expand(len(pixels), -1, -1), *parts], dim=1)


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of a pretraining checkpoint (which adds a decoder) or of a fine-tuned one (a head)."""
    other = ("decoder", "mask_token", "head.", "fc_norm.")
    return {name: tensor for name, tensor in state.items() if not name.startswith(other)}
