"""SubCell: a ViT-B/16 of fluorescence channels whose tokens are weighed by two gated attention heads.

    pixels (n, c, 448, 448) in 0-1 ─ ViT ─ all tokens, normed ─ two heads of weights ─ (n, 2 * 768)

The ViT is timm's; `published_state` joins the files' query, key and value and takes their names to timm's.

Source:
    Gupta et al. 2024, doi:10.1101/2024.12.06.627299; layout of CellProfiling/SubCellPortable at 676f0e1,
    vit_model.py and models/*/model_config.yaml, and of czi-ai/sub-cell-embed at a81b11c, models/attention_pooling.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn


@dataclass(frozen=True)
class SubCellConfig:
    """Sizes of one variant."""

    n_channels: int
    width: int = 768
    depth: int = 12
    n_heads: int = 12
    patch_px: int = 16
    size_px: int = 448
    gate_width: int = 512
    n_pools: int = 2


CONFIGS = {
    "subcell-rybg": SubCellConfig(4),
    "subcell-rbg": SubCellConfig(3),
    "subcell-ybg": SubCellConfig(3),
    "subcell-bg": SubCellConfig(2),
}
"""By channels: r microtubules, y endoplasmic reticulum, b nucleus, g protein."""


class SubCell(nn.Module):
    """The encoder and the pooling of one variant."""

    def __init__(self, config: SubCellConfig) -> None:
        super().__init__()
        self.encoder: Any = VisionTransformer(
            img_size=config.size_px,
            patch_size=config.patch_px,
            in_chans=config.n_channels,
            num_classes=0,
            embed_dim=config.width,
            depth=config.depth,
            num_heads=config.n_heads,
            norm_layer=partial(nn.LayerNorm, eps=1e-12),
        )
        self.pool_model = _GatedPooling(config.width, config.gate_width, config.n_pools)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 1 + patches, width) normed tokens, the class token first."""
        return torch.as_tensor(self.encoder.forward_features(pixels))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, heads * width) weighed means of all tokens, the class token too."""
        return torch.as_tensor(self.pool_model(self.forward(pixels)))


class _GatedPooling(nn.Module):
    """Weights of tokens by attention with a gate.

    Source:
        Ilse et al. 2018, arXiv:1802.04712, eq. 9, with GELU for its sigmoid.
    """

    def __init__(self, width: int, gate_width: int, n_heads: int) -> None:
        super().__init__()
        # The dropout of training holds place 0, which gives the layers their published names.
        self.attention_v = nn.Sequential(nn.Dropout(0.2), nn.Linear(width, gate_width), nn.Tanh())
        self.attention_u = nn.Sequential(nn.Dropout(0.2), nn.Linear(width, gate_width), nn.GELU())
        self.attention = nn.Linear(gate_width, n_heads)

    def forward(self, tokens: Tensor) -> Tensor:
        weights = self.attention(self.attention_v(tokens) * self.attention_u(tokens)).softmax(dim=1)
        return torch.as_tensor((weights.transpose(1, 2) @ tokens).flatten(1))


_NAMES = (
    ("embeddings.cls_token", "cls_token"),
    ("embeddings.position_embeddings", "pos_embed"),
    ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
    ("encoder.layer.", "blocks."),
    ("layernorm_before", "norm1"),
    ("layernorm_after", "norm2"),
    ("layernorm", "norm"),
    ("attention.output.dense", "attn.proj"),
    ("attention.attention", "attn"),
    ("intermediate.dense", "mlp.fc1"),
    ("output.dense", "mlp.fc2"),
)
"""(piece of a published name, timm's), tried in this order."""


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A file's tensors under timm's names; query, key and value of a block become one."""
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        side, _, rest = name.partition(".")
        if side == "pool_model":
            found[name] = tensor
        elif side == "encoder":
            for theirs, ours in _NAMES:
                rest = rest.replace(theirs, ours)
            found[f"encoder.{rest}"] = tensor
    for name in [name for name in found if ".attn.query." in name]:
        parts = [found.pop(name.replace(".query.", f".{part}.")) for part in ("query", "key", "value")]
        found[name.replace(".query.", ".qkv.")] = torch.cat(parts)
    return found
