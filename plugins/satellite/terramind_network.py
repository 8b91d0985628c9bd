"""TerraMind 1.0's encoder on raw pixels: tokens of several kinds of Earth data side by side in one ViT.

    S2L2A (n, 12, h, w) ─ patches ─ + kind, + place ─┐
    S1GRD (n,  2, h, w) ─ patches ─ + kind, + place ─┼─ blocks ─ norm ─ mean of all tokens
    ...                                              ┘

Only the inputs of raw pixels are held; the published file also has those of tokens, and a decoder that makes one
kind of data from another.

Source:
    Jakubik et al. 2025, arXiv:2504.11171; layout of IBM/terratorch at 85467a9, backbones/terramind/model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .positions_network import sin_cos

KINDS = {
    "untok_sen2l2a@224": 12,
    "untok_sen2l1c@224": 13,
    "untok_sen2rgb@224": 3,
    "untok_sen1grd@224": 2,
    "untok_sen1rtc@224": 2,
    "untok_dem@224": 1,
}
"""Upstream's name of an input -> channels."""

SENTINEL2_L2A = "untok_sen2l2a@224"
"""The input that the card's contract gives."""
_PATCH_PX, _SIDE = 16, 14


@dataclass(frozen=True)
class TerraMindConfig:
    """Sizes of one variant."""

    width: int
    depth: int
    n_heads: int
    gated: bool
    """Feed-forward with a gate and no biases anywhere; else a plain one, and biases in all linear layers."""


CONFIGS = {
    "terramind-1.0-tiny": TerraMindConfig(192, 12, 3, gated=False),
    "terramind-1.0-small": TerraMindConfig(384, 12, 6, gated=False),
    "terramind-1.0-base": TerraMindConfig(768, 12, 12, gated=True),
    "terramind-1.0-large": TerraMindConfig(1024, 24, 16, gated=True),
}


class TerraMind(nn.Module):
    """The encoder of one variant."""

    def __init__(self, config: TerraMindConfig) -> None:
        super().__init__()
        width = config.width
        self.encoder_embeddings = nn.ModuleDict({kind: _Input(n, width) for kind, n in KINDS.items()})
        self.encoder = nn.ModuleList(_Block(width, config.n_heads, config.gated) for _ in range(config.depth))
        self.encoder_norm = _Norm(width)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """(n, tokens, width) normed tokens of every input of one place, in the order given.

        Args:
            inputs: name of `KINDS` -> (n, channels, h, w), normalised; sides are multiples of 16.
        """
        x = torch.cat([self.encoder_embeddings[kind](pixels) for kind, pixels in inputs.items()], dim=1)
        for block in self.encoder:
            x = block(x)
        return torch.as_tensor(self.encoder_norm(x))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of the tokens of twelve Sentinel-2 L2A bands (n, 12, h, w)."""
        return self.forward({SENTINEL2_L2A: pixels}).mean(dim=1)


class _Input(nn.Module):
    def __init__(self, n_channels: int, width: int) -> None:
        super().__init__()
        at = torch.arange(_SIDE, dtype=torch.float32)
        rows, columns = at.repeat_interleave(_SIDE), at.repeat(_SIDE)
        places = torch.cat([sin_cos(width // 2, rows), sin_cos(width // 2, columns)], dim=1)
        self.register_buffer("pos_emb", places[None])
        self.mod_emb = nn.Parameter(torch.zeros(1, 1, width))
        self.proj = nn.Linear(n_channels * _PATCH_PX**2, width, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        n, channels, height, width = pixels.shape
        rows, columns = height // _PATCH_PX, width // _PATCH_PX
        x = pixels.reshape(n, channels, rows, _PATCH_PX, columns, _PATCH_PX)
        x = self.proj(x.permute(0, 2, 4, 3, 5, 1).reshape(n, rows * columns, -1))  # a patch: rows, columns, channels
        return torch.as_tensor(x + self._places(rows, columns) + self.mod_emb)

    def _places(self, rows: int, columns: int) -> Tensor:
        table = torch.as_tensor(self.pos_emb)
        if (rows, columns) == (_SIDE, _SIDE):
            return table
        grid = table.reshape(1, _SIDE, _SIDE, -1).permute(0, 3, 1, 2)
        grid = nn.functional.interpolate(grid, size=(rows, columns), mode="bicubic", align_corners=False)
        return grid.flatten(2).transpose(1, 2)


class _Block(nn.Module):
    def __init__(self, width: int, n_heads: int, gated: bool) -> None:
        super().__init__()
        self.norm1 = _Norm(width)
        self.attn = _Attention(width, n_heads, bias=not gated)
        self.norm2 = _Norm(width)
        self.mlp = _Gated(width) if gated else _Plain(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return torch.as_tensor(x + self.mlp(self.norm2(x)))


class _Norm(nn.Module):
    """Layer norm whose bias is held, always zero, and not trained."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.register_buffer("bias", torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        bias = torch.as_tensor(self.bias)
        return nn.functional.layer_norm(x, self.weight.shape, self.weight, bias, eps=1e-6)


class _Attention(nn.Module):
    def __init__(self, width: int, n_heads: int, *, bias: bool) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.proj = nn.Linear(width, width, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.n_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return torch.as_tensor(self.proj(mixed.transpose(1, 2).reshape(n, tokens, width)))


class _Plain(nn.Module):
    """Feed-forward of tiny and small."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.fc2(nn.functional.gelu(self.fc1(x))))


class _Gated(nn.Module):
    """Feed-forward with a SiLU gate, two thirds as wide as a plain one.

    Source:
        Shazeer 2020, arXiv:2002.05202.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = int(2 * 4 * width / 3)
        self.fc1 = nn.Linear(width, hidden, bias=False)
        self.fc2 = nn.Linear(hidden, width, bias=False)
        self.fc3 = nn.Linear(width, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.fc2(nn.functional.silu(self.fc1(x)) * self.fc3(x)))


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of the published file, of inputs of raw pixels."""
    inputs = tuple(f"encoder_embeddings.{kind}." for kind in KINDS)
    wanted = (*inputs, "encoder.", "encoder_norm.")
    return {name: tensor for name, tensor in state.items() if name.startswith(wanted)}
