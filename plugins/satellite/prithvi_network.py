"""Prithvi-EO 1.0 and 2.0: a ViT over space and time, with optional embeddings of dates and places.

    (n, 6, t, h, w) ─ patches of 1 x 16 x 16 ─ + sin-cos table ─ + dates, + place (TL models) ─ blocks ─ norm

The names are those of the encoder in the published masked autoencoders; `encoder_state` takes it out of
such a checkpoint. The position table is computed, never read, as upstream does.

Source:
    Jakubik et al. 2023, arXiv:2310.18660; Szwarcman et al. 2024, arXiv:2412.02732, section 3; layout of
    IBM/terratorch at 85467a9, prithvi_mae.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from .positions_network import grid_3d, sin_cos


@dataclass(frozen=True)
class PrithviConfig:
    """Sizes of one variant; `metadata`: the TL models, which know of dates and places."""

    width: int
    depth: int
    n_heads: int
    n_frames: int
    patch_px: int = 16
    metadata: bool = False
    n_bands: int = 6
    size_px: int = 224


CONFIGS = {
    "prithvi-1.0-100m": PrithviConfig(768, 12, 12, n_frames=3),
    "prithvi-2.0-tiny-tl": PrithviConfig(192, 12, 3, n_frames=1, metadata=True),
    "prithvi-2.0-100m-tl": PrithviConfig(768, 12, 12, n_frames=4, metadata=True),
    "prithvi-2.0-300m": PrithviConfig(1024, 24, 16, n_frames=4),
    "prithvi-2.0-300m-tl": PrithviConfig(1024, 24, 16, n_frames=4, metadata=True),
    "prithvi-2.0-600m": PrithviConfig(1280, 32, 16, n_frames=4, patch_px=14),
    "prithvi-2.0-600m-tl": PrithviConfig(1280, 32, 16, n_frames=4, patch_px=14, metadata=True),
}


class Prithvi(nn.Module):
    """The encoder of one variant."""

    def __init__(self, config: PrithviConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = _Patches(config)
        if config.metadata:
            self.temporal_embed_enc = _Scaled()
            self.location_embed_enc = _Scaled()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.width))
        side = config.size_px // config.patch_px
        self.register_buffer("pos_embed", grid_3d(config.width, config.n_frames, side, side)[None])
        self.blocks = nn.ModuleList(
            Block(config.width, config.n_heads, 4.0, qkv_bias=True, norm_layer=nn.LayerNorm)
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(self, pixels: Tensor, dates: Tensor | None = None, place: Tensor | None = None) -> Tensor:
        """(n, 1 + t * rows * columns, width) tokens, the class token first.

        Args:
            pixels: (n, bands, t, h, w), or (n, bands, h, w) for one date.
            dates: (n, t, 2) year and day of the year, for TL models; None: not known.
            place: (n, 2) latitude and longitude in degrees, for TL models; None: not known.
        """
        if pixels.ndim == 4:
            pixels = pixels.unsqueeze(2)
        n_frames, height, width = pixels.shape[2:]
        positions = self._positions(n_frames, height // self.config.patch_px, width // self.config.patch_px)
        x = self.patch_embed(pixels) + positions[:, 1:]
        if self.config.metadata and dates is not None:
            half = self.config.width // 2
            coded = torch.cat([sin_cos(half, dates[..., axis].flatten()) for axis in (0, 1)], dim=1)
            coded = coded.reshape(*dates.shape[:2], -1).repeat_interleave(x.shape[1] // n_frames, dim=1)
            x = x + self.temporal_embed_enc.scale * coded
        if self.config.metadata and place is not None:
            half = self.config.width // 2
            coded = torch.cat([sin_cos(half, place[:, axis]) for axis in (0, 1)], dim=1)
            x = x + self.location_embed_enc.scale * coded[:, None]
        x = torch.cat([(self.cls_token + positions[:, :1]).expand(len(x), -1, -1), x], dim=1)
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.norm(x))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of the patch tokens over space and time."""
        return self.forward(pixels)[:, 1:].mean(dim=1)

    def _positions(self, n_frames: int, rows: int, columns: int) -> Tensor:
        side = self.config.size_px // self.config.patch_px
        table = torch.as_tensor(self.pos_embed)
        if n_frames != self.config.n_frames:
            table = grid_3d(self.config.width, n_frames, side, side)[None].to(table)
        if (rows, columns) == (side, side):
            return table
        grid = table[0, 1:].reshape(n_frames, side, side, -1).permute(0, 3, 1, 2)
        grid = nn.functional.interpolate(grid, size=(rows, columns), mode="bicubic", align_corners=True)
        return torch.cat([table[:, :1], grid.permute(0, 2, 3, 1).reshape(1, -1, table.shape[2])], dim=1)


class _Patches(nn.Module):
    def __init__(self, config: PrithviConfig) -> None:
        super().__init__()
        patch = (1, config.patch_px, config.patch_px)
        self.proj = nn.Conv3d(config.n_bands, config.width, patch, stride=patch)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, bands, t, h, w) -> (n, tokens, width); a border narrower than a patch is left out."""
        return torch.as_tensor(self.proj(pixels).flatten(2).transpose(1, 2))


class _Scaled(nn.Module):
    """The learned weight of an embedding that is itself computed."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), 0.1))


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of a published masked autoencoder, without its position table."""
    has_prefix = any(name.startswith("encoder.") for name in state)
    found = {}
    for name, tensor in state.items():
        if has_prefix and not name.startswith("encoder."):
            continue
        bare = name.removeprefix("encoder.")
        if bare == "pos_embed" or bare.startswith(("decoder", "mask_token")):
            continue
        found[bare] = tensor
    return found
