"""Clay 1.5: a ViT-L/8 whose kernels come from wavelengths, told of ground resolution, date and place.

    pixels (n, c, h, h) ─ kernel made from wavelengths (c,) ─ + places in metres | date | place ─ blocks ─ class token

Source:
    Clay-foundation/model at a5790ce: claymodel/model.py, factory.py, backbone.py, utils.py (no paper). The kernels
    follow DOFA, Xiong et al. 2024, arXiv:2403.15356. Wavelengths are in micrometres, as in training; the quick start
    of the documentation multiplies them by 1000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

SENTINEL2_UM = (0.493, 0.56, 0.665, 0.704, 0.74, 0.783, 0.842, 0.865, 1.61, 2.19)
"""Wavelengths of B02 B03 B04 B05 B06 B07 B08 B8A B11 B12, which the card's contract gives."""
SENTINEL2_M = 10.0
_PATCH_PX = 8
_WAVE_WIDTH, _N_LATENT, _DAMPING, _N_METADATA = 128, 128, 0.02, 8


class Clay(nn.Module):
    """The encoder, without masking."""

    def __init__(self, width: int = 1024, depth: int = 24, n_heads: int = 16) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.patch_embedding = _Patches(width)
        self.transformer = _Transformer(width, depth, n_heads)

    def forward(
        self,
        pixels: Tensor,
        wavelengths_um: Sequence[float],
        resolution_m: float,
        metadata: Tensor | None = None,
    ) -> Tensor:
        """(n, 1 + tokens, width) normed tokens, the class token first.

        Args:
            pixels: (n, c, h, h), normalised with the instrument's own statistics.
            wavelengths_um: one a band, in micrometres.
            resolution_m: metres per pixel.
            metadata: (n, 8) sine and cosine of week, hour, latitude and longitude; None: not known, zeros.
        """
        x = self.patch_embedding(pixels, torch.tensor(list(wavelengths_um), device=pixels.device))
        if metadata is None:
            metadata = x.new_zeros(len(x), _N_METADATA)
        where = _places(x.shape[2], pixels.shape[2] // _PATCH_PX, resolution_m).to(x)
        told = metadata[:, None].expand(-1, x.shape[1], -1)
        x = x + torch.cat([where.expand(len(x), -1, -1), told], dim=2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
        return torch.as_tensor(self.transformer(x))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) class token of ten Sentinel-2 bands at 10 m; other instruments: call the module."""
        return self.forward(pixels, SENTINEL2_UM, SENTINEL2_M)[:, 0]


def _places(width: int, side: int, resolution_m: float) -> Tensor:
    """(side * side, width - 8) sines and cosines of column and row, stretched by the ground resolution."""
    width = width - _N_METADATA
    at = torch.arange(side)
    share = torch.arange(width // 4) / (width // 4 - 1)
    rates = 1.0 / (10_000 ** (2 * share / width)) * resolution_m
    rows, columns = (axis.flatten()[:, None] * rates for axis in torch.meshgrid(at, at, indexing="ij"))
    return torch.cat([columns.sin(), columns.cos(), rows.sin(), rows.cos()], dim=1)


class _Patches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight_generator = _KernelMaker(width)
        self.fclayer = _Residual()

    def forward(self, pixels: Tensor, wavelengths_um: Tensor) -> Tensor:
        half = _WAVE_WIDTH // 2
        rates = 1.0 / (10_000 ** (torch.arange(half, device=pixels.device) / (half - 1)))
        angles = wavelengths_um[:, None] * rates
        waves = self.fclayer(torch.cat([angles.sin(), angles.cos()], dim=1).to(pixels))
        kernel, bias = self.weight_generator(waves)
        kernel = kernel.reshape(len(waves), -1, _PATCH_PX, _PATCH_PX).transpose(0, 1) * _DAMPING
        return nn.functional.conv2d(pixels, kernel, bias, stride=_PATCH_PX).flatten(2).transpose(1, 2)


class _KernelMaker(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(_WAVE_WIDTH, nhead=4, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)
        self.fc_weight = nn.Linear(_WAVE_WIDTH, _PATCH_PX * _PATCH_PX * width)
        self.fc_bias = nn.Linear(_WAVE_WIDTH, width)
        self.weight_tokens = nn.Parameter(torch.randn(_N_LATENT, _WAVE_WIDTH) * 0.02)
        self.bias_token = nn.Parameter(torch.randn(1, _WAVE_WIDTH) * 0.02)

    def forward(self, waves: Tensor) -> tuple[Tensor, Tensor]:
        x = self.encoder(torch.cat([self.weight_tokens, waves, self.bias_token]))
        return self.fc_weight(x[_N_LATENT:-1] + waves), self.fc_bias(x[-1])


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l1 = nn.Linear(_WAVE_WIDTH, _WAVE_WIDTH)
        self.l2 = nn.Linear(_WAVE_WIDTH, _WAVE_WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        gelu = nn.functional.gelu
        return torch.as_tensor(x + gelu(self.l2(gelu(self.l1(x)))))


class _Transformer(nn.Module):
    def __init__(self, width: int, depth: int, n_heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(
            nn.ModuleList([_Attention(width, n_heads), _FeedForward(width)]) for _ in range(depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            assert isinstance(layer, nn.ModuleList)
            attention, feed_forward = layer
            x = x + attention(x)
            x = x + feed_forward(x)
        return torch.as_tensor(self.norm(x))


class _Attention(nn.Module):
    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.to_out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        parts = self.to_qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (part.reshape(n, tokens, self.n_heads, -1).transpose(1, 2) for part in parts)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return torch.as_tensor(self.to_out(mixed.transpose(1, 2).reshape(n, tokens, width)))


class _FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.net(x))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of the published training checkpoint, which also holds a decoder and a teacher."""
    prefix = "model.encoder."
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
