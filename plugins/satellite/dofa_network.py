"""DOFA: a ViT whose patch kernels are made by a small transformer from the wavelengths of the bands.

    wavelengths (c,) ─ sin-cos ─ residual layer ─ transformer with 128 weight tokens ─ kernel (d, c, 16, 16), bias (d,)
    pixels (n, c, h, w) ─ that kernel ─ + sin-cos places ─ blocks ─ mean of patches ─ norm

Source:
    Xiong et al. 2024, arXiv:2403.15356, section 3; layout of torchgeo at 65507dc, models/dofa.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from .positions_network import grid_2d, sin_cos

RGB_UM = (0.665, 0.56, 0.49)
"""Wavelengths of red, green and blue in micrometres, which the card's contract gives."""
_WAVE_WIDTH, _N_WEIGHT_TOKENS, _PATCH_PX, _DAMPING = 128, 128, 16, 0.01


@dataclass(frozen=True)
class DOFAConfig:
    """Sizes of one variant."""

    width: int
    depth: int
    n_heads: int
    size_px: int = 224


CONFIGS = {"dofa-vit-b": DOFAConfig(768, 12, 12), "dofa-vit-l": DOFAConfig(1024, 24, 16)}


class DOFA(nn.Module):
    """The encoder of one variant."""

    def __init__(self, config: DOFAConfig) -> None:
        super().__init__()
        self.fc_norm = nn.LayerNorm(config.width, eps=1e-6)
        self.patch_embed = _Patches(config.width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.width))
        side = config.size_px // _PATCH_PX
        self.pos_embed = nn.Parameter(grid_2d(config.width, side)[None], requires_grad=False)
        norm = partial(nn.LayerNorm, eps=1e-6)
        self.blocks = nn.ModuleList(
            Block(config.width, config.n_heads, 4.0, qkv_bias=True, norm_layer=norm)  # type: ignore[arg-type]  # a partial
            for _ in range(config.depth)
        )

    def forward(self, pixels: Tensor, wavelengths_um: Sequence[float]) -> Tensor:
        """(n, width) normed mean of the patches of pixels (n, c, 224, 224), one wavelength a band."""
        x = self.patch_embed(pixels, torch.tensor(list(wavelengths_um), device=pixels.device))
        x = x + self.pos_embed[:, 1:]
        first = self.cls_token + self.pos_embed[:, :1]
        x = torch.cat([first.expand(len(x), -1, -1), x], dim=1)
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.fc_norm(x[:, 1:].mean(dim=1)))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) of colour pictures (n, 3, 224, 224); for other bands call the module with their wavelengths."""
        return self.forward(pixels, RGB_UM)


class _Patches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.weight_generator = _KernelMaker(width)
        self.fclayer = _Residual()

    def forward(self, pixels: Tensor, wavelengths_um: Tensor) -> Tensor:
        waves = self.fclayer(sin_cos(_WAVE_WIDTH, wavelengths_um * 1000))  # (c, 128)
        kernel, bias = self.weight_generator(waves)
        kernel = kernel.reshape(len(waves), _PATCH_PX, _PATCH_PX, self.width).permute(3, 0, 1, 2) * _DAMPING
        x = nn.functional.conv2d(pixels, kernel, bias * _DAMPING, stride=_PATCH_PX, padding=1)
        return x.flatten(2).transpose(1, 2)


class _KernelMaker(nn.Module):
    """The transformer that turns each wavelength into a kernel, and all of them into one bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(_WAVE_WIDTH, nhead=4, dropout=0.0, activation="gelu")
        self.transformer_encoder = nn.TransformerEncoder(layer, num_layers=1, enable_nested_tensor=False)
        self.fc_weight = nn.Linear(_WAVE_WIDTH, _PATCH_PX * _PATCH_PX * width)
        self.fc_bias = nn.Linear(_WAVE_WIDTH, width)
        self.weight_tokens = nn.Parameter(torch.randn(_N_WEIGHT_TOKENS, _WAVE_WIDTH) * 0.02)
        self.bias_token = nn.Parameter(torch.randn(1, _WAVE_WIDTH) * 0.02)

    def forward(self, waves: Tensor) -> tuple[Tensor, Tensor]:
        x = self.transformer_encoder(torch.cat([self.weight_tokens, waves, self.bias_token]))
        return self.fc_weight(x[_N_WEIGHT_TOKENS:-1] + waves), self.fc_bias(x[-1])


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w1 = nn.Linear(_WAVE_WIDTH, _WAVE_WIDTH)
        self.w2 = nn.Linear(_WAVE_WIDTH, _WAVE_WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(x + torch.relu(self.w2(torch.relu(self.w1(x)))))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors and the neutral norm after pooling, which only fine-tuning would train."""
    width = state["cls_token"].shape[-1]
    neutral = {"fc_norm.weight": torch.ones(width), "fc_norm.bias": torch.zeros(width)}
    return {**neutral, **{name: tensor for name, tensor in state.items() if not name.startswith("head.")}}
