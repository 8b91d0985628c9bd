"""CROMA: an optical and a radar encoder side by side, and a third that joins them; attention fades with distance.

    optical (n, 12, h, h) ─ patches of 8 ─ blocks ─┬─ mean ─ feed-forward ─ (n, width)
    radar   (n,  2, h, h) ─ patches of 8 ─ blocks ─┴─ joint: radar asks, optical answers ─ mean ─ (n, width)

Source:
    Fuller et al. 2023, arXiv:2311.00566, sections 3 and 4 (2D-ALiBi); layout of antofuller/CROMA at 59505a6, as
    torchgeo's file holds it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

_PATCH_PX, _N_HEADS = 8, 16
WIDTHS = {"croma-base": (768, 12), "croma-large": (1024, 24)}
"""Builder -> width, depth of the optical encoder; the other two have half the depth."""


class CROMA(nn.Module):
    """The three encoders of one variant."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.s1_encoder = _Encoder(width, depth // 2, 2)
        self.s1_GAP_FFN = _pooled(width)
        self.s2_encoder = _Encoder(width, depth, 12)
        self.s2_GAP_FFN = _pooled(width)
        self.joint_encoder = _Joint(width, depth // 2)

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) of twelve Sentinel-2 bands (n, 12, h, h)."""
        return torch.as_tensor(self.s2_GAP_FFN(self._optical(pixels).mean(dim=1)))

    def embed_radar(self, pixels: Tensor) -> Tensor:
        """(n, width) of VV and VH (n, 2, h, h)."""
        return torch.as_tensor(self.s1_GAP_FFN(self._radar(pixels).mean(dim=1)))

    def embed_both(self, optical: Tensor, radar: Tensor) -> Tensor:
        """(n, width) of both pictures of one place."""
        joined = self.joint_encoder(self._radar(radar), self._optical(optical), _fading(optical))
        return torch.as_tensor(joined.mean(dim=1))

    def _optical(self, pixels: Tensor) -> Tensor:
        return torch.as_tensor(self.s2_encoder(pixels, _fading(pixels)))

    def _radar(self, pixels: Tensor) -> Tensor:
        return torch.as_tensor(self.s1_encoder(pixels, _fading(pixels)))


def _fading(pixels: Tensor) -> Tensor:
    """(1, heads, tokens, tokens): minus the distance of two patches, at a slope of its own in each head.

    Source:
        Press et al. 2021, arXiv:2108.12409 (slopes of powers of two), in two dimensions.
    """
    side = pixels.shape[2] // _PATCH_PX
    at = torch.arange(side, dtype=torch.float64)
    places = torch.stack([at.repeat_interleave(side), at.repeat(side)], dim=1)
    distances = torch.cdist(places, places).float()
    start = 2 ** (-(2 ** -(math.log2(_N_HEADS) - 3)))
    slopes = torch.tensor([start ** (head + 1) for head in range(_N_HEADS)])
    return (-slopes.reshape(1, -1, 1, 1) * distances).to(pixels)


class _Encoder(nn.Module):
    def __init__(self, width: int, depth: int, n_bands: int) -> None:
        super().__init__()
        self.linear_input = nn.Linear(_PATCH_PX * _PATCH_PX * n_bands, width)
        self.transformer = _Transformer(width, depth)

    def forward(self, pixels: Tensor, fading: Tensor) -> Tensor:
        n, bands, height, _ = pixels.shape
        side = height // _PATCH_PX
        x = pixels.reshape(n, bands, side, _PATCH_PX, side, _PATCH_PX)
        x = x.permute(0, 2, 4, 1, 3, 5).reshape(n, side * side, -1)  # within a patch: bands, rows, columns
        return torch.as_tensor(self.transformer(self.linear_input(x), fading))


class _Transformer(nn.Module):
    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.ModuleList([_Attention(width), _FeedForward(width)]) for _ in range(depth))
        self.norm_out = nn.LayerNorm(width)

    def forward(self, x: Tensor, fading: Tensor) -> Tensor:
        for layer in self.layers:
            assert isinstance(layer, nn.ModuleList)
            attention, feed_forward = layer
            x = x + attention(x, fading)
            x = x + feed_forward(x)
        return torch.as_tensor(self.norm_out(x))


class _Joint(nn.Module):
    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleList([_Attention(width), _CrossAttention(width), _FeedForward(width)]) for _ in range(depth)
        )
        self.norm_out = nn.LayerNorm(width)

    def forward(self, x: Tensor, context: Tensor, fading: Tensor) -> Tensor:
        for layer in self.layers:
            assert isinstance(layer, nn.ModuleList)
            attention, cross_attention, feed_forward = layer
            x = x + attention(x, fading)
            x = x + cross_attention(x, context, fading)
            x = x + feed_forward(x)
        return torch.as_tensor(self.norm_out(x))


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.to_out = nn.Linear(width, width)
        self.input_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, fading: Tensor) -> Tensor:
        q, k, v = self.to_qkv(self.input_norm(x)).chunk(3, dim=-1)
        return torch.as_tensor(self.to_out(_attend(q, k, v, fading)))


class _CrossAttention(nn.Module):
    """Asks with one picture, answers with the other; one norm serves both, as upstream."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(width, width, bias=False)
        self.to_v = nn.Linear(width, width, bias=False)
        self.to_out = nn.Linear(width, width)
        self.input_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, context: Tensor, fading: Tensor) -> Tensor:
        asked, answering = self.input_norm(x), self.input_norm(context)
        q, k, v = self.to_q(asked), self.to_k(answering), self.to_v(answering)
        return torch.as_tensor(self.to_out(_attend(q, k, v, fading)))


def _attend(q: Tensor, k: Tensor, v: Tensor, fading: Tensor) -> Tensor:
    n, tokens, width = q.shape
    q, k, v = (part.reshape(n, tokens, _N_HEADS, -1).transpose(1, 2) for part in (q, k, v))
    mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=fading)
    return mixed.transpose(1, 2).reshape(n, tokens, width)


class _FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        # The third step of upstream's is a dropout of zero.
        self.net = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Identity(), nn.Linear(4 * width, width))
        self.input_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.net(self.input_norm(x)))


def _pooled(width: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors; its attention bias is computed here."""
    return {name: tensor for name, tensor in state.items() if name != "attn_bias"}
