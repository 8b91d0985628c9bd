"""Panopticon: DINOv2's ViT-B/14 behind a patch embedding that takes any channels, told what each of them is.

    pixels (n, c, h, w) ─ the same kernel for every channel ─ + what the channel is ─ attention over channels ─ DINOv2

A channel is named by a number: its wavelength in nanometres, or -1 to -12 for radar (transmit and receive
polarisation, orbit).

Source:
    Waldmann et al. 2025, arXiv:2503.10845, section 3; layout of torchgeo at 65507dc, models/panopticon.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import timm
import torch
from torch import Tensor, nn

from .positions_network import sin_cos

SENTINEL2_NM = (443, 490, 560, 665, 705, 740, 783, 842, 865, 945, 1610, 2190)
"""Channel numbers of the twelve bands of Sentinel-2 L2A, which the card's contract gives."""
_N_HEADS, _PATCH_PX, _SIDE, _PUBLISHED_SIDE = 16, 14, 16, 37
_NONE: Mapping[str, Any] = {}


class Panopticon(nn.Module):
    """The encoder at 224 px.

    Args:
        attention_width: of the attention over channels, whose 16 heads share it.
        network: arguments of timm that differ from those of ViT-B/14.
    """

    def __init__(self, attention_width: int = 2304, network: Mapping[str, Any] = _NONE) -> None:
        super().__init__()
        arguments = {"img_size": 224, "num_classes": 0, **network}
        vit: Any = timm.create_model("vit_base_patch14_dinov2", pretrained=False, **arguments)
        vit.patch_embed = _Patches(attention_width, vit.embed_dim)
        self.model: Any = vit

    def forward(self, pixels: Tensor, channels: Sequence[float]) -> Tensor:
        """(n, 768) normed class token of pixels (n, c, 224, 224), one channel number a band."""
        net = self.model
        x = net.patch_embed(pixels, torch.tensor(list(channels), dtype=torch.float32, device=pixels.device))
        x = torch.cat([net.cls_token.expand(len(x), -1, -1), x], dim=1) + net.pos_embed
        for block in net.blocks:
            x = block(x)
        return torch.as_tensor(net.norm(x)[:, 0])

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 768) of twelve Sentinel-2 bands; other instruments: call the module with their channels."""
        return self.forward(pixels, SENTINEL2_NM)


class _Patches(nn.Module):
    def __init__(self, attention_width: int, width: int) -> None:
        super().__init__()
        self.conv3d = _SharedKernel(attention_width)
        self.chnfus = _ChannelAttention(attention_width)
        self.proj = nn.Linear(attention_width, width)

    def forward(self, pixels: Tensor, channels: Tensor) -> Tensor:
        return torch.as_tensor(self.proj(self.chnfus(self.conv3d(pixels), channels)))


class _SharedKernel(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        patch = (1, _PATCH_PX, _PATCH_PX)
        self.conv3d = nn.Conv3d(1, width, patch, stride=patch)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, c, h, w) -> (n, c, tokens, width)."""
        return torch.as_tensor(self.conv3d(pixels.unsqueeze(1)).flatten(-2).permute(0, 2, 3, 1))


class _ChannelAttention(nn.Module):
    """One learned question to all channels of a patch."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.chnemb = _ChannelNames(width)
        self.query = nn.Parameter(torch.randn(1, 1, width))
        self.xattn = _Answers(width)

    def forward(self, x: Tensor, channels: Tensor) -> Tensor:
        n, _, tokens, width = x.shape
        x = x + self.chnemb(channels)[None, :, None]
        x = x.transpose(1, 2).flatten(0, 1)  # (n * tokens, c, width)
        return torch.as_tensor(self.xattn(self.query, x).reshape(n, tokens, width))


class _ChannelNames(nn.Module):
    """(c, width) of channel numbers: sines of the wavelength, or learned parts for radar."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        third = width // 3
        self.embed_transmit = nn.Parameter(torch.zeros(2, third))  # vertical, horizontal
        self.embed_receive = nn.Parameter(torch.zeros(2, third))
        self.embed_orbit = nn.Parameter(torch.zeros(2, width - 2 * third))  # ascending, descending

    def forward(self, channels: Tensor) -> Tensor:
        optical = sin_cos(self.width, channels.clamp(min=0).floor())
        number = (-channels - 1).clamp(min=0).long()  # radar: 0 to 11
        orbit, pair = number // 4, number % 4  # orbit: unknown, ascending, descending; pair: VV VH HH HV
        orbits = torch.cat([self.embed_orbit.mean(dim=0, keepdim=True), self.embed_orbit])
        receives = torch.tensor([0, 1, 1, 0], device=channels.device)[pair]
        radar = torch.cat([self.embed_transmit[pair // 2], self.embed_receive[receives], orbits[orbit]], dim=1)
        return torch.where((channels < 0)[:, None], radar, optical)


class _Answers(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inproj_k = nn.Linear(width, width, bias=False)
        self.inproj_v = nn.Linear(width, width, bias=False)

    def forward(self, query: Tensor, x: Tensor) -> Tensor:
        n, channels, width = x.shape
        k, v = (
            part.reshape(n, channels, _N_HEADS, -1).transpose(1, 2) for part in (self.inproj_k(x), self.inproj_v(x))
        )
        q = query.expand(n, -1, -1).reshape(n, 1, _N_HEADS, -1).transpose(1, 2)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return mixed.transpose(1, 2).reshape(n, width)


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors; their position table, of 518 px, is shrunk to 224 px as upstream does."""
    found = {f"model.{name}": tensor for name, tensor in state.items() if name != "mask_token"}
    table = found["model.pos_embed"]
    if table.shape[1] == 1 + _PUBLISHED_SIDE**2:
        grid = table[:, 1:].reshape(1, _PUBLISHED_SIDE, _PUBLISHED_SIDE, -1).permute(0, 3, 1, 2)
        grid = nn.functional.interpolate(grid, size=(_SIDE, _SIDE), mode="bicubic", antialias=True)
        found["model.pos_embed"] = torch.cat([table[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)
    return found
