"""Image encoders of Segment Anything for microscopes: micro-sam's, and Cellpose-SAM with its readout.

    micro-sam     pixels (n, 3, 1024, 1024) ─ SAM encoder ─ map (n, 256, 64, 64) ─ mean
    Cellpose-SAM  pixels (n, 3, 256, 256) ─ SAM ViT-L, patches of 8, no windows ─ map (n, 256, 32, 32)
                                           └─ readout (n, 3, 256, 256): flow down, flow right, cell probability

The layers are timm's; `published_state` takes the files' names to timm's.

Source:
    Kirillov et al. 2023, arXiv:2304.02643; Archit et al. 2025, doi:10.1038/s41592-024-02580-4; Pachitariu et al.
    2025, doi:10.1101/2025.04.28.651001, layout of MouseLand/cellpose at 849ca11, vit_sam.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from timm.models.vision_transformer_sam import VisionTransformerSAM
from torch import Tensor, nn

_SIZES = {"b": (768, 12, 12, (2, 5, 8, 11)), "l": (1024, 24, 16, (5, 11, 17, 23))}
"""Letter -> width, depth, heads, blocks that see the whole picture."""
_SAM_PX, _PATCH_PX, _TILE_PX, _N_MAPS, _NECK = 1024, 8, 256, 3, 256

NONE: Mapping[str, Any] = {}


def _encoder(letter: str, changed: Mapping[str, Any]) -> VisionTransformerSAM:
    width, depth, n_heads, whole = _SIZES[letter]
    usual = {
        "embed_dim": width,
        "depth": depth,
        "num_heads": n_heads,
        "global_attn_indexes": whole,
        "neck_chans": _NECK,
    }
    return VisionTransformerSAM(
        img_size=_SAM_PX,
        patch_size=16,
        num_classes=0,
        window_size=14,
        use_rel_pos=True,
        **{"neck_chans": _NECK, **usual, **changed},
    )


class MicroSam(nn.Module):
    """The image encoder of one of micro-sam's models; `network`: arguments of timm that differ from the letter's."""

    def __init__(self, letter: str, network: Mapping[str, Any] = NONE) -> None:
        super().__init__()
        self.image_encoder: Any = _encoder(letter, network)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 256, 64, 64) map of (n, 3, 1024, 1024)."""
        return torch.as_tensor(self.image_encoder.forward_features(pixels))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 256) mean of the map."""
        return self.forward(pixels).mean(dim=(2, 3))


class CellposeSam(nn.Module):
    """ViT-L of Segment Anything with finer patches, global attention everywhere and a readout of three maps."""

    encoder: Any

    def __init__(self, network: Mapping[str, Any] = NONE) -> None:
        super().__init__()
        self.encoder = _encoder("l", network)
        width = self.encoder.embed_dim
        self.encoder.patch_embed.proj = nn.Conv2d(3, width, _PATCH_PX, stride=_PATCH_PX)
        side = _TILE_PX // _PATCH_PX
        self.encoder.pos_embed = nn.Parameter(torch.zeros(1, side, side, width))
        for block in self.encoder.blocks:
            block.window_size = 0
        n_out = _N_MAPS * _PATCH_PX**2
        self.out = nn.Conv2d(_NECK, n_out, 1)
        # Spreads the channels of a token over its pixels; fixed, but in the published file.
        spread = torch.eye(n_out).reshape(n_out, _N_MAPS, _PATCH_PX, _PATCH_PX)
        self.W2 = nn.Parameter(spread, requires_grad=False)
        self.diam_labels = nn.Parameter(torch.tensor([30.0]), requires_grad=False)
        self.diam_mean = nn.Parameter(torch.tensor([30.0]), requires_grad=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 3, 256, 256): two flows and the logit of being in a cell, of (n, 3, 256, 256)."""
        return nn.functional.conv_transpose2d(self.out(self._map(pixels)), self.W2, stride=_PATCH_PX)

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 256) mean of the encoder's map."""
        return self._map(pixels).mean(dim=(2, 3))

    def _map(self, pixels: Tensor) -> Tensor:
        x = self.encoder.patch_embed.proj(pixels).permute(0, 2, 3, 1) + self.encoder.pos_embed
        for block in self.encoder.blocks:
            x = block(x)
        return torch.as_tensor(self.encoder.neck(x.permute(0, 3, 1, 2)))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A file's tensors under timm's names, without SAM's prompt encoder and mask decoder."""
    other = ("prompt_encoder.", "mask_decoder.", "sam.prompt_encoder.", "sam.mask_decoder.")
    return {
        name.removeprefix("sam.").replace(".mlp.lin", ".mlp.fc"): tensor
        for name, tensor in state.items()
        if not name.startswith(other)
    }
