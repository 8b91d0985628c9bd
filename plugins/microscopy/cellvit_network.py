"""CellViT: a ViT encoder with four skips and three convolutional decoders that segment and type nuclei.

    pixels ─ encoder ─┬─ z1 z2 z3 z4 ─ shared skips ─┬─ nuclei_binary_map   (n, 2, h, w)
                      │                              ├─ hv_map              (n, 2, h, w)
                      └─ tissue_types (n, 19)        └─ nuclei_type_map     (n, 6, h, w)

Names and shapes of the parameters are those of the published checkpoints. The blocks come from timm; what
differs from timm is how position embeddings meet other image sizes and what the encoders hand on.

Source:
    Hörst et al. 2024, arXiv:2306.15350, section 3; layout of TIO-IKIM/CellViT at 05097e1.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import torch
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_sam import VisionTransformerSAM
from torch import Tensor, nn

PATCH_PX = 16


@dataclass(frozen=True)
class CellViTConfig:
    """Sizes of one variant; `global_blocks` not None: a SAM encoder (blocks count from 0, skips from 1)."""

    width: int
    depth: int
    n_heads: int
    skips: tuple[int, int, int, int]
    global_blocks: tuple[int, ...] | None = None
    channels: int = 64
    """Of the decoders' finest level; the coarser ones have multiples of it."""
    n_nuclei_classes: int = 6
    n_tissue_classes: int = 19


CELLVIT_256 = CellViTConfig(width=384, depth=12, n_heads=6, skips=(3, 6, 9, 12))
CELLVIT_SAM_H = CellViTConfig(width=1280, depth=32, n_heads=16, skips=(8, 16, 24, 32), global_blocks=(7, 15, 23, 31))
CONFIGS = {"cellvit-256": CELLVIT_256, "cellvit-sam-h": CELLVIT_SAM_H}


class CellViT(nn.Module):
    """Encoder, shared skips and the three upsampling branches of one variant."""

    def __init__(self, config: CellViTConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.encoder: _PlainEncoder | _SamEncoder
        if config.global_blocks is None:
            self.encoder = _PlainEncoder(config)
        else:
            self.encoder = _SamEncoder(config)
            self.classifier_head = nn.Linear(_SAM_NECK, config.n_tissue_classes)
        c = config.channels
        first, second, bottleneck = (4 * c, 2 * c, 312 * c // 64) if width < 512 else (8 * c, 4 * c, 8 * c)
        self.decoder0 = nn.Sequential(_Conv(3, c // 2), _Conv(c // 2, c))
        self.decoder1 = nn.Sequential(_Deconv(width, first), _Deconv(first, second), _Deconv(second, 2 * c))
        self.decoder2 = nn.Sequential(_Deconv(width, first), _Deconv(first, 4 * c))
        self.decoder3 = nn.Sequential(_Deconv(width, bottleneck))
        self.nuclei_binary_map_decoder = _branch(width, bottleneck, c, 2)
        self.hv_map_decoder = _branch(width, bottleneck, c, 2)
        self.nuclei_type_maps_decoder = _branch(width, bottleneck, c, config.n_nuclei_classes)

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Raw maps of a batch (n, 3, h, w) with sides divisible by 16, and `tissue_types` (n, 19)."""
        tissue, skips = self.encoder(pixels)
        if isinstance(self.encoder, _SamEncoder):
            tissue = self.classifier_head(tissue)
        return {
            "tissue_types": tissue,
            "nuclei_binary_map": self._decode(pixels, skips, self.nuclei_binary_map_decoder),
            "hv_map": self._decode(pixels, skips, self.hv_map_decoder),
            "nuclei_type_map": self._decode(pixels, skips, self.nuclei_type_maps_decoder),
        }

    def _decode(self, pixels: Tensor, skips: list[Tensor], branch: nn.Sequential) -> Tensor:
        z1, z2, z3, z4 = skips
        x = branch.get_submodule("bottleneck_upsampler")(z4)
        for name, skip, level in (("decoder3", z3, 3), ("decoder2", z2, 2), ("decoder1", z1, 1)):
            shared = self.get_submodule(name)(skip)
            x = branch.get_submodule(f"decoder{level}_upsampler")(torch.cat([shared, x], dim=1))
        return torch.as_tensor(branch.get_submodule("decoder0_header")(torch.cat([self.decoder0(pixels), x], dim=1)))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of the last block's patch tokens, the tokens that CellViT reads its cells from."""
        return torch.as_tensor(self.encoder(pixels)[1][-1].mean(dim=(2, 3)))


class _PlainEncoder(VisionTransformer):
    """ViT-256 of HIPT: a DINO ViT-S/16 whose position embeddings are stretched as DINO stretches them."""

    def __init__(self, config: CellViTConfig) -> None:
        super().__init__(
            img_size=224,
            patch_size=PATCH_PX,
            embed_dim=config.width,
            depth=config.depth,
            num_heads=config.n_heads,
            num_classes=config.n_tissue_classes,
            dynamic_img_size=True,
        )
        self.skips = config.skips
        self.cls_token: nn.Parameter
        self.pos_embed: nn.Parameter

    def forward(self, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:  # type: ignore[override]  # hands on the skips too
        """Tissue logits (n, 19), and the skips (n, width, h / 16, w / 16)."""
        rows, columns = pixels.shape[2] // PATCH_PX, pixels.shape[3] // PATCH_PX
        tokens = self.patch_embed(pixels).flatten(1, 2)  # timm gives (n, rows, columns, width) here
        tokens = torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], dim=1)
        x = tokens + self._positions(rows, columns)
        skips = []
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in self.skips:
                skips.append(x[:, 1:].transpose(1, 2).reshape(len(x), -1, rows, columns))
        return self.head(self.norm(x)[:, 0]), skips

    def _positions(self, rows: int, columns: int) -> Tensor:
        """(1, 1 + rows * columns, width); DINO's bicubic stretch, whose ratio is a tenth of a patch too large.

        Source: facebookresearch/dino, issue 8.
        """
        side = math.isqrt(self.pos_embed.shape[1] - 1)
        if (rows, columns) == (side, side):
            return self.pos_embed
        grid = self.pos_embed[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        ratio = ((rows + 0.1) / side, (columns + 0.1) / side)
        grid = nn.functional.interpolate(grid, scale_factor=ratio, mode="bicubic")
        return torch.cat([self.pos_embed[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


_SAM_NECK = 256


class _SamEncoder(VisionTransformerSAM):
    """Image encoder of Segment Anything; position embeddings are cut, not stretched, for smaller pictures."""

    def __init__(self, config: CellViTConfig) -> None:
        super().__init__(
            img_size=1024,
            patch_size=PATCH_PX,
            embed_dim=config.width,
            depth=config.depth,
            num_heads=config.n_heads,
            num_classes=0,
            window_size=14,
            use_rel_pos=True,
            global_attn_indexes=config.global_blocks or (),
            neck_chans=_SAM_NECK,
        )
        self.patch_embed.strict_img_size = False  # type: ignore[assignment]  # a plain flag of timm's
        self.skips = config.skips
        for block in self.blocks:
            block.mlp = _SamMlp(config.width)

    def forward(self, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Mean of the neck (n, 256), and the skips (n, width, h / 16, w / 16)."""
        x = self.patch_embed(pixels)  # (n, rows, columns, width)
        x = x + self.pos_embed[:, : x.shape[1], : x.shape[2]]
        skips = []
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in self.skips:
                skips.append(x.permute(0, 3, 1, 2))
        return self.neck(x.permute(0, 3, 1, 2)).mean(dim=(2, 3)), skips


class _SamMlp(nn.Module):
    """The two layers under the names of Segment Anything's checkpoints."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, 4 * width)
        self.lin2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.lin2(nn.functional.gelu(self.lin1(x))))


class _Conv(nn.Module):
    """3 x 3 convolution, batch norm, ReLU; the fourth step of upstream's block drops nothing when evaluated."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.block(x))


class _Deconv(nn.Module):
    """Doubles the sides by a transposed convolution, then as `_Conv`."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.ConvTranspose2d(n_in, n_out, 2, stride=2),
            nn.Conv2d(n_out, n_out, 3, padding=1),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.block(x))


def _branch(width: int, bottleneck: int, c: int, n_out: int) -> nn.Sequential:
    """One decoder: four levels, each doubling the sides, down to `c` channels, and a 1 x 1 convolution to the map's."""

    def up(n_in: int, n_convs: int, n_up: int) -> nn.Sequential:
        n_mid = n_in // 2
        convs = [_Conv(n_in, n_mid), *(_Conv(n_mid, n_mid) for _ in range(n_convs - 1))]
        return nn.Sequential(*convs, nn.ConvTranspose2d(n_mid, n_up, 2, stride=2))

    return nn.Sequential(
        OrderedDict(
            bottleneck_upsampler=nn.ConvTranspose2d(width, bottleneck, 2, stride=2),
            decoder3_upsampler=up(2 * bottleneck, 3, 4 * c),
            decoder2_upsampler=up(8 * c, 2, 2 * c),
            decoder1_upsampler=up(4 * c, 2, c),
            decoder0_header=nn.Sequential(_Conv(2 * c, c), _Conv(c, c), nn.Conv2d(c, n_out, 1)),
        )
    )
