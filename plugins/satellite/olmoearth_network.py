"""OlmoEarth 1: tokens of band sets over space and time, of one instrument or of several together.

    {instrument: (n, c, t, h, w)} ─ pictures scaled until a patch has 8 pixels ─ per band set: patches ─
        + band set | date in the sequence | month | place ─ blocks over all tokens ─ norm

Every parameter of the published encoder is held, those of the derived maps too, so that files load strictly; an
instrument that is not given leaves no token, which is what upstream's masks come to.

Source:
    Allen Institute for AI 2025, arXiv:2511.13655; layout of allenai/olmoearth_pretrain at 0a8852e, nn/flexi_vit.py,
    nn/flexi_patch_embed.py and scripts/official/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .galileo_network import JULY, Block, grid, months_table, slow_sin_cos

SENTINEL2 = "sentinel2_l2a"
_BAND_SETS = {
    SENTINEL2: (4, 6, 2),  # 10 m: B02 B03 B04 B08; 20 m: B05 B06 B07 B8A B11 B12; 60 m: B01 B09
    "sentinel1": (2,),  # VV VH
    "landsat": (1, 10),  # B8; B1 B2 B3 B4 B5 B6 B7 B9 B10 B11
    "worldcover": (1,),
    "srtm": (1,),
    "openstreetmap_raster": (30,),
    "wri_canopy_height_map": (1,),
    "cdl": (1,),
    "worldcereal": (8,),
}
"""Numbers of bands, in this order, that share a token; the instruments first, then the maps of pretraining."""
INSTRUMENTS = (SENTINEL2, "sentinel1", "landsat")
_PATCH_PX, _BASE_RESOLUTION_M = 8, 10.0


@dataclass(frozen=True)
class OlmoEarthConfig:
    """Sizes of one variant; `patch_px`: the side of a patch in pictures of 10 m, where none is asked for."""

    width: int
    depth: int
    n_heads: int
    patch_px: int = 4


CONFIGS = {
    "olmoearth-1-nano": OlmoEarthConfig(128, 4, 8),
    "olmoearth-1-tiny": OlmoEarthConfig(192, 12, 3),
    "olmoearth-1-base": OlmoEarthConfig(768, 12, 12),
    "olmoearth-1-large": OlmoEarthConfig(1024, 24, 16),
}


class OlmoEarth(nn.Module):
    """The encoder of one variant."""

    def __init__(self, config: OlmoEarthConfig) -> None:
        super().__init__()
        self.config = config
        self.blocks = nn.ModuleList(Block(config.width, config.n_heads) for _ in range(config.depth))
        self.composite_encodings = _Encodings(config.width)
        self.patch_embeddings = _PatchEmbeddings(config.width)
        # Of the contrast between pictures in pretraining: in the file, not in use.
        self.project_and_aggregate = nn.ModuleDict({"projection": nn.Sequential(nn.Linear(config.width, config.width))})
        self.norm = nn.LayerNorm(config.width)

    def forward(
        self,
        pictures: Mapping[str, Tensor],
        months: Tensor | None = None,
        patch_px: int | None = None,
        resolution_m: float = _BASE_RESOLUTION_M,
    ) -> dict[str, Tensor]:
        """Instrument -> (n, rows, columns, t, band sets, width) normed tokens.

        Args:
            pictures: by names of `INSTRUMENTS`, (n, bands, t, h, w) with h = w, normalised, of the same dates.
            months: (n, t) months from 0; None: July.
            patch_px: side of a patch, 1 to 8; None: as the config says.
            resolution_m: metres per pixel.
        """
        side_px = patch_px or self.config.patch_px
        tokens: dict[str, Tensor] = {}
        for name, pixels in pictures.items():
            if name not in INSTRUMENTS:
                raise ValueError(f"OlmoEarth sees {', '.join(INSTRUMENTS)}, not {name}")
            found = self.patch_embeddings(name, pixels, side_px)
            tokens[name] = found + self.composite_encodings(name, found.shape, months, side_px * resolution_m)
        x = torch.cat([part.flatten(1, 4) for part in tokens.values()], dim=1)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        parts = torch.split(x, [part.shape[1:5].numel() for part in tokens.values()], dim=1)
        return {name: part.reshape(tokens[name].shape) for name, part in zip(tokens, parts, strict=True)}

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of all tokens of twelve Sentinel-2 bands (n, 12, h, w), or (n, 12, t, h, w) of dates."""
        if pixels.ndim == 4:
            pixels = pixels.unsqueeze(2)
        return self.forward({SENTINEL2: pixels})[SENTINEL2].flatten(1, 4).mean(dim=1)


class _PatchEmbeddings(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.per_modality_embeddings = nn.ModuleDict(
            {
                name: nn.ModuleDict({f"{name}__{i}": _Patches(n_bands, width) for i, n_bands in enumerate(sizes)})
                for name, sizes in _BAND_SETS.items()
            }
        )

    def forward(self, name: str, pixels: Tensor, patch_px: int) -> Tensor:
        """(n, bands, t, h, w) -> (n, rows, columns, t, band sets, width)."""
        n, _, t, height, width = pixels.shape
        x = pixels.transpose(1, 2).flatten(0, 1)  # (n * t, bands, h, w)
        if patch_px != _PATCH_PX:
            size = (height // patch_px * _PATCH_PX, width // patch_px * _PATCH_PX)
            x = nn.functional.interpolate(x, size=size, mode="bicubic", antialias=True)
        sets = torch.split(x, list(_BAND_SETS[name]), dim=1)
        layers = self.per_modality_embeddings[name].values()  # type: ignore[operator]  # a ModuleDict
        maps = torch.stack([layer(part) for layer, part in zip(layers, sets, strict=True)], dim=1)
        return maps.reshape(n, t, *maps.shape[1:]).permute(0, 4, 5, 1, 2, 3)


class _Patches(nn.Module):
    def __init__(self, n_bands: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(n_bands, width, _PATCH_PX, stride=_PATCH_PX)

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.as_tensor(self.proj(pixels))


class _Encodings(nn.Module):
    """What a token is told of itself, a quarter of its width each: band set, date in the sequence, month, place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.quarter = width // 4
        self.month_embed = nn.Embedding(12, self.quarter)
        self.month_embed.weight = nn.Parameter(months_table(self.quarter), requires_grad=False)
        self.per_modality_channel_embeddings = nn.ParameterDict(
            {name: nn.Parameter(torch.zeros(len(sizes), self.quarter)) for name, sizes in _BAND_SETS.items()}
        )

    def forward(self, name: str, shape: torch.Size, months: Tensor | None, patch_m: float) -> Tensor:
        """(n, rows, columns, t, band sets, width) for tokens of this shape whose patches are `patch_m` metres wide."""
        n, side, _, t = shape[:4]
        which = self.per_modality_channel_embeddings[name]
        if months is None:
            months = torch.full((n, t), JULY, device=which.device)
        order = slow_sin_cos(self.quarter, torch.arange(t)).to(which)
        where = grid(self.quarter, side, patch_m / _BASE_RESOLUTION_M).to(which)
        parts = (
            which,
            order[:, None],
            self.month_embed(months)[:, None, None, :, None],
            where.reshape(side, side, 1, 1, -1),
        )
        return torch.cat([part.expand(*shape[:-1], -1) for part in parts], dim=-1)


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of a published model; the table of dates that old files hold is computed."""
    prefix, table = "encoder.", "encoder.composite_encodings.pos_embed"
    return {
        name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix) and name != table
    }
