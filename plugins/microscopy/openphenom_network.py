"""OpenPhenom: a ViT whose tokens are patches of single channels, so that it takes any channels, in any number.

    pixels (n, c, 256, 256), 0-255 ─ each channel to mean 0, variance 1 ─ the same kernel for every channel ─
        + class token, + where a patch lies (not: of which channel) ─ parallel blocks ─ mean of the patch tokens

The encoder of the published masked autoencoder under its own names. The file is called model.safetensors, but
upstream writes and reads it with torch.save and torch.load.

Source:
    Kraus et al. 2024, arXiv:2404.10242, sections 3.2 and 4; layout of recursionpharma/maes_microscopy at b3e68bb
    (vit.py, mae_modules.py) and fb9dcbf (maes_microscopy/huggingface_mae.py), with the timm 0.9.7 that it pins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..satellite.positions_network import sin_cos


@dataclass(frozen=True)
class OpenPhenomConfig:
    """Sizes of one variant."""

    width: int
    depth: int
    n_heads: int
    patch_px: int = 16
    size_px: int = 256
    most_channels: int = 11


CONFIGS = {"openphenom-s-16": OpenPhenomConfig(384, 12, 6)}
_EPS = 1e-6


class OpenPhenom(nn.Module):
    """The encoder of one variant."""

    def __init__(self, config: OpenPhenomConfig) -> None:
        super().__init__()
        self.config = config
        self.vit_backbone = _Backbone(config)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 1 + c * patches, width) tokens of (n, c, h, w) pixels in 0-255: the class token, then by channel.

        Raises:
            ValueError: there are more channels than the table of places holds.
        """
        if pixels.shape[1] > self.config.most_channels:
            raise ValueError(f"OpenPhenom has places for {self.config.most_channels} channels, not {pixels.shape[1]}")
        return torch.as_tensor(self.vit_backbone(nn.functional.instance_norm(pixels / 255.0)))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of the patch tokens of all channels."""
        return self.forward(pixels)[:, 1:].mean(dim=1)

    def embed_channels(self, pixels: Tensor) -> Tensor:
        """(n, c * width) mean of the patch tokens of each channel, side by side."""
        n, channels = pixels.shape[:2]
        return self.forward(pixels)[:, 1:].reshape(n, channels, -1, self.config.width).mean(dim=2).flatten(1)


class _Backbone(nn.Module):
    def __init__(self, config: OpenPhenomConfig) -> None:
        super().__init__()
        width, side = config.width, config.size_px // config.patch_px
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        table = _places(width, side).repeat(config.most_channels, 1)
        table = torch.cat([table.new_zeros(1, width), table])[None]
        self.pos_embed = nn.Parameter(table, requires_grad=False)
        kernel = nn.Conv2d(1, width, config.patch_px, stride=config.patch_px)
        self.patch_embed = nn.ModuleDict({"proj": kernel})
        self.blocks = nn.ModuleList(_Block(width, config.n_heads) for _ in range(config.depth))
        self.fc_norm = nn.LayerNorm(width, eps=_EPS)  # in the file; what upstream embeds with never comes to it

    def forward(self, pixels: Tensor) -> Tensor:
        n = len(pixels)
        x = self.patch_embed["proj"](pixels.flatten(0, 1)[:, None])  # (n * c, width, rows, columns)
        x = x.flatten(2).transpose(1, 2).reshape(n, -1, x.shape[1])
        x = torch.cat([self.cls_token.expand(n, -1, -1), x], dim=1)
        x = x + self.pos_embed[:, : x.shape[1]]
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(x)


class _Block(nn.Module):
    """Attention and perceptron side by side behind one projection.

    timm 0.9.7 to 1.0.24 adds the perceptron's bias to the wrong part of that projection: behind zeros for query, key
    and value, though these come last. The weights were trained so and only fit so.

    Source:
        Dehghani et al. 2023, arXiv:2302.05442, section 2; ParallelScalingBlock of timm 0.9.7.
    """

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.in_norm = nn.LayerNorm(width, eps=_EPS)
        self.in_proj = nn.Linear(width, 7 * width, bias=False)  # perceptron, query, key, value
        self.mlp_bias = nn.Parameter(torch.zeros(4 * width))
        self.q_norm = nn.LayerNorm(width // n_heads, eps=_EPS)
        self.k_norm = nn.LayerNorm(width // n_heads, eps=_EPS)
        self.attn_out_proj = nn.Linear(width, width)
        self.mlp_out_proj = nn.Linear(4 * width, width)
        self.ls = nn.ParameterDict({"gamma": nn.Parameter(torch.full((width,), 1e-4))})

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        bias = torch.cat([self.mlp_bias.new_zeros(3 * width), self.mlp_bias])
        y = nn.functional.linear(self.in_norm(x), self.in_proj.weight, bias)
        hidden, *parts = torch.split(y, [4 * width, width, width, width], dim=-1)
        q, k, v = (part.reshape(n, tokens, self.n_heads, -1).transpose(1, 2) for part in parts)
        mixed = nn.functional.scaled_dot_product_attention(self.q_norm(q), self.k_norm(k), v)
        mixed = self.attn_out_proj(mixed.transpose(1, 2).reshape(n, tokens, width))
        return torch.as_tensor(x + self.ls["gamma"] * (mixed + self.mlp_out_proj(nn.functional.gelu(hidden))))


def _places(width: int, side: int) -> Tensor:
    """(side * side, width) places of patches: rows in the first half, columns in the second."""
    at = torch.arange(side, dtype=torch.float32)
    return torch.cat([sin_cos(width // 2, at.repeat_interleave(side)), sin_cos(width // 2, at.repeat(side))], dim=1)


def encoder_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's part of the published masked autoencoder."""
    prefix = "encoder."
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
