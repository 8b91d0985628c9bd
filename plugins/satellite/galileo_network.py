"""Galileo: tokens of groups of bands over space and time; here its optical and radar part in use.

    (n, c, t, h, w) ─ per group: patches, kernel resized to the patch ─ + group | date | month | place ─ blocks ─ norm

Every parameter of the published encoder is held, those of weather, elevation and static maps too, so that files load
strictly; a group that is not given leaves no token, which is what upstream's masks come to.

Source:
    Tseng et al. 2025, arXiv:2502.09356; layout of nasaharvest/galileo at 0f0b5b9, single_file_galileo.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from timm.layers.mlp import Mlp
from torch import Tensor, nn

SPACE_TIME = {"S1": 2, "S2_RGB": 3, "S2_Red_Edge": 3, "S2_NIR_10m": 1, "S2_NIR_20m": 1, "S2_SWIR": 2, "NDVI": 1}
"""Group -> number of bands, in the order VV VH B2 B3 B4 B5 B6 B7 B8 B8A B11 B12 NDVI."""

SENTINEL2 = ("S2_RGB", "S2_Red_Edge", "S2_NIR_10m", "S2_NIR_20m", "S2_SWIR")
"""Groups of the ten Sentinel-2 bands B2 B3 B4 B5 B6 B7 B8 B8A B11 B12."""

_SPACE = {"SRTM": 2, "DW": 9, "WC": 5}
_TIME = {"ERA5": 2, "TC": 3, "VIIRS": 1}
_STATIC = {"LS": 1, "location": 3, "DW_static": 9, "WC_static": 5}
_PATCH_PX, _MOST_DATES, _BASE_RESOLUTION_M = 8, 24, 10.0
JULY = 6
"""Upstream's month where none is known; months count from 0."""


@dataclass(frozen=True)
class GalileoConfig:
    """Sizes of one variant."""

    width: int
    depth: int
    n_heads: int


CONFIGS = {
    "galileo-nano": GalileoConfig(128, 4, 8),
    "galileo-tiny": GalileoConfig(192, 12, 3),
    "galileo-base": GalileoConfig(768, 12, 12),
}


class Galileo(nn.Module):
    """The encoder of one variant."""

    def __init__(self, config: GalileoConfig) -> None:
        super().__init__()
        width, quarter = config.width, config.width // 4
        self.config = config
        self.blocks = nn.ModuleList(Block(width, config.n_heads) for _ in range(config.depth))
        self.pos_embed = nn.Parameter(slow_sin_cos(quarter, torch.arange(_MOST_DATES)), requires_grad=False)
        self.month_embed = nn.Embedding(12, quarter)
        self.month_embed.weight = nn.Parameter(months_table(quarter), requires_grad=False)
        self.s_t_channel_embed = nn.Parameter(torch.zeros(len(SPACE_TIME), quarter))
        self.sp_channel_embed = nn.Parameter(torch.zeros(len(_SPACE), quarter))
        self.t_channel_embed = nn.Parameter(torch.zeros(len(_TIME), quarter))
        self.st_channel_embed = nn.Parameter(torch.zeros(len(_STATIC), quarter))
        self.space_time_embed = nn.ModuleDict({name: _Patches(n, width) for name, n in SPACE_TIME.items()})
        self.space_embed = nn.ModuleDict({name: _Patches(n, width) for name, n in _SPACE.items()})
        self.time_embed = nn.ModuleDict({name: nn.Linear(n, width) for name, n in _TIME.items()})
        self.static_embed = nn.ModuleDict({name: nn.Linear(n, width) for name, n in _STATIC.items()})
        self.norm = nn.LayerNorm(width)

    def forward(
        self,
        pixels: Tensor,
        groups: Sequence[str] = SENTINEL2,
        months: Tensor | None = None,
        patch_px: int = _PATCH_PX,
        resolution_m: float = _BASE_RESOLUTION_M,
    ) -> Tensor:
        """(n, rows, columns, t, groups, width) normed tokens.

        Args:
            pixels: (n, bands, t, h, w) with h = w, normalised; the bands of `groups`, in that order.
            groups: keys of `SPACE_TIME`.
            months: (n, t) months from 0; None: July.
            patch_px: side of a patch, 1 to 8; its kernel is resized.
            resolution_m: metres per pixel.
        """
        n, _, t, h, _ = pixels.shape
        side = h // patch_px
        if months is None:
            months = torch.full((n, t), JULY, device=pixels.device)
        bands = torch.split(pixels, [SPACE_TIME[name] for name in groups], dim=1)
        tokens = torch.stack(
            [self.space_time_embed[name](part, patch_px) for name, part in zip(groups, bands, strict=True)], dim=4
        )  # (n, rows, columns, t, groups, width)
        where = grid(self.config.width // 4, side, resolution_m * patch_px / _BASE_RESOLUTION_M).to(tokens)
        order = list(SPACE_TIME)
        which = self.s_t_channel_embed[[order.index(name) for name in groups]]
        shape = tokens.shape[:-1]
        tokens = tokens + torch.cat(
            [
                which.expand(*shape, -1),
                self.pos_embed[:t, None].expand(*shape, -1),
                self.month_embed(months)[:, None, None, :, None].expand(*shape, -1),
                where.reshape(side, side, 1, 1, -1).expand(*shape, -1),
            ],
            dim=-1,
        )
        x = tokens.flatten(1, 4)
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.norm(x).reshape(tokens.shape))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of all tokens of the ten Sentinel-2 bands (n, 10, h, w), or (n, 10, t, h, w) of dates."""
        if pixels.ndim == 4:
            pixels = pixels.unsqueeze(2)
        return self.forward(pixels).flatten(1, 4).mean(dim=1)


class _Patches(nn.Module):
    """A patch embedding of 8 x 8 whose kernel is resized to other patches by the pseudo-inverse.

    Source:
        Beyer et al. 2022 (FlexiViT), arXiv:2212.08013, section 3.4.
    """

    def __init__(self, n_bands: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(n_bands, width, _PATCH_PX, stride=_PATCH_PX)

    def forward(self, pixels: Tensor, patch_px: int) -> Tensor:
        """(n, bands, t, h, w) -> (n, rows, columns, t, width)."""
        n, _, t = pixels.shape[:3]
        kernel = self.proj.weight if patch_px == _PATCH_PX else _resized(self.proj.weight, patch_px)
        x = nn.functional.conv2d(pixels.transpose(1, 2).flatten(0, 1), kernel, self.proj.bias, stride=patch_px)
        return torch.as_tensor(x.reshape(n, t, *x.shape[1:]).permute(0, 3, 4, 1, 2))


def _resized(kernel: Tensor, patch_px: int) -> Tensor:
    basis = torch.eye(_PATCH_PX**2).reshape(-1, 1, _PATCH_PX, _PATCH_PX)
    shrunk = nn.functional.interpolate(basis, (patch_px, patch_px), mode="bicubic", antialias=True)
    inverse = torch.linalg.pinv(shrunk.flatten(1)).to(kernel)  # (patch ** 2, 64)
    return torch.as_tensor((kernel.flatten(2) @ inverse.T).reshape(*kernel.shape[:2], patch_px, patch_px))


class Block(nn.Module):
    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = _Attention(width, n_heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width, 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return torch.as_tensor(x + self.mlp(self.norm2(x)))


class _Attention(nn.Module):
    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width)
        self.v = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        q, k, v = (layer(x).reshape(n, tokens, self.n_heads, -1).transpose(1, 2) for layer in (self.q, self.k, self.v))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return torch.as_tensor(self.proj(mixed.transpose(1, 2).reshape(n, tokens, width)))


def slow_sin_cos(width: int, positions: Tensor) -> Tensor:
    """(m, width) sines, then cosines; frequencies fall by i / 2 width, not 2 i / width: upstream's slip, kept."""
    steps = torch.arange(width // 2) / width / 2.0
    angles = positions.reshape(-1, 1) * (1.0 / 10_000**steps)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def grid(width: int, side: int, patch_ratio: float) -> Tensor:
    """(side * side, width) places in units of 10 m: columns in the first half, rows in the second."""
    at = torch.arange(side) * patch_ratio
    return torch.cat(
        [slow_sin_cos(width // 2, at.repeat(side)), slow_sin_cos(width // 2, at.repeat_interleave(side))], dim=1
    )


def months_table(width: int) -> Tensor:
    """(12, width) the month as an angle: its sine in the first half, its cosine in the second."""
    angle = torch.arange(12) / (12 / (2 * math.pi))
    return torch.cat([angle.sin()[:, None].expand(-1, width // 2), angle.cos()[:, None].expand(-1, width // 2)], dim=1)
