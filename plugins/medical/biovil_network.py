"""BioViL and BioViL-T: a ResNet-50 whose map is projected into the space of a radiology BERT.

    x-ray ─ ResNet-50 trunk ─ [BioViL-T: 1x1 to 256, beside what changed since a prior x-ray] ─ projector ─ mean ─ 128
    text ─ CXR-BERT ─ class token ─ projection head ─ 128

One module holds both towers, under the names of the two published files: `encoder.` and `projector.` of the
image model, `bert.`, `cls.` and `cls_projection_head.` of the text model.

Source:
    Boecking et al. 2022, arXiv:2204.09817; Bannur et al. 2023, arXiv:2301.04558; layout of microsoft/hi-ml at b67c1d2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from timm.layers.mlp import Mlp
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck, ResNet
from transformers import BertConfig, BertForMaskedLM

JOINT_WIDTH = 128
_GRID = 14
_NONE: Mapping[str, Any] = {}


class BioViL(nn.Module):
    """Both towers; `temporal` is BioViL-T, which may see the prior x-ray of the same patient.

    Args:
        blocks: of the four stages of the ResNet.
        map_width: of the map that BioViL-T compares; eight heads share it.
        language: what differs from a `BertConfig` of its vocabulary.
    """

    def __init__(
        self,
        *,
        temporal: bool,
        blocks: tuple[int, ...] = (3, 4, 6, 3),
        map_width: int = 256,
        language: Mapping[str, Any] = _NONE,
    ) -> None:
        super().__init__()
        self.encoder = _TemporalEncoder(blocks, map_width) if temporal else _ImageEncoder(blocks)
        self.projector = _Projector(2 * map_width if temporal else 2048)
        language_model = BertForMaskedLM(BertConfig(**{"vocab_size": 30_522, **language}))
        self.bert = language_model.bert
        self.cls = language_model.cls
        self.cls_projection_head = _TextHead(language_model.config.hidden_size)

    def embed_images(self, pixels: Tensor, previous: Tensor | None = None) -> Tensor:
        """(n, 128) mean of the projected map of x-rays (n, 3, h, w).

        Args:
            previous: prior x-rays of the same size, 448 x 448, for BioViL-T; None: there is none.
        """
        return torch.as_tensor(self.projector(self._map(pixels, previous)).mean(dim=(2, 3)))

    def pool_images(self, pixels: Tensor, previous: Tensor | None = None) -> Tensor:
        """(n, 2048), or (n, 512) of BioViL-T: mean of the map before the projection, for probes."""
        return self._map(pixels, previous).mean(dim=(2, 3))

    def embed_texts(self, tokens: Mapping[str, Tensor]) -> Tensor:
        """(n, 128) projected class tokens of `input_ids` (n, l) and `attention_mask`."""
        states = self.bert(input_ids=tokens["input_ids"], attention_mask=tokens.get("attention_mask"))
        return torch.as_tensor(self.cls_projection_head(states.last_hidden_state[:, 0]))

    def _map(self, pixels: Tensor, previous: Tensor | None) -> Tensor:
        if isinstance(self.encoder, _TemporalEncoder):
            return self.encoder.forward(pixels, previous)
        if previous is not None:
            raise ValueError("BioViL sees one x-ray; a prior one is for BioViL-T")
        return self.encoder.forward(pixels)


class _ImageEncoder(nn.Module):
    def __init__(self, blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = ResNet(Bottleneck, list(blocks))
        self.encoder.fc = nn.Identity()  # in the file, never used

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 2048, h / 32, w / 32) map."""
        net = self.encoder
        x = net.maxpool(net.relu(net.bn1(net.conv1(pixels))))
        return torch.as_tensor(net.layer4(net.layer3(net.layer2(net.layer1(x)))))


class _TemporalEncoder(_ImageEncoder):
    def __init__(self, blocks: tuple[int, ...], width: int) -> None:
        super().__init__(blocks)
        self.backbone_to_vit = nn.Conv2d(2048, width, 1, bias=False)
        self.vit_pooler = _Pooler(width)
        self.missing_previous_emb = nn.Parameter(torch.zeros(1, width, 1, 1))

    def forward(self, pixels: Tensor, previous: Tensor | None = None) -> Tensor:
        """(n, 512, h / 32, w / 32): the map of the x-ray, and what changed (a learned constant without a prior)."""
        current = self.backbone_to_vit(super().forward(pixels))
        if previous is None:
            changed = self.missing_previous_emb.expand(len(current), -1, *current.shape[2:])
        else:
            changed = self.vit_pooler(current, self.backbone_to_vit(super().forward(previous)))
        return torch.cat([current, changed], dim=1)


class _Pooler(nn.Module):
    """Three attention blocks over the patches of both x-rays; place and time are added in every block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_Block(width) for _ in range(3))
        self.norm_post = nn.LayerNorm(width, eps=1e-6)
        self.type_embed = nn.Parameter(torch.zeros(2, 1, width))
        self.register_buffer("pos_embed", _sine_grid(width), persistent=False)

    def forward(self, current: Tensor, previous: Tensor) -> Tensor:
        x = torch.cat([current.flatten(2), previous.flatten(2)], dim=2).transpose(1, 2)  # (n, 2 * 196, 256)
        places = torch.as_tensor(self.pos_embed)
        where_and_when = torch.cat([places + self.type_embed[0], places + self.type_embed[1]], dim=1)
        for block in self.blocks:
            x = block(x, where_and_when)
        x = self.norm_post(x)[:, : _GRID * _GRID]
        return torch.as_tensor(x.transpose(1, 2).reshape(len(x), -1, _GRID, _GRID))


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = _Attention(width)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, width)

    def forward(self, x: Tensor, where_and_when: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x) + where_and_when)
        return torch.as_tensor(x + self.mlp(self.norm2(x)))


class _Attention(nn.Module):
    n_heads = 8

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj_q = nn.Linear(width, width, bias=False)
        self.proj_k = nn.Linear(width, width, bias=False)
        self.proj_v = nn.Linear(width, width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        q, k, v = (
            layer(x).reshape(n, tokens, self.n_heads, -1).transpose(1, 2)
            for layer in (self.proj_q, self.proj_k, self.proj_v)
        )
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return torch.as_tensor(self.proj(mixed.transpose(1, 2).reshape(n, tokens, width)))


class _Projector(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(width, JOINT_WIDTH, 1, bias=False),
            nn.BatchNorm2d(JOINT_WIDTH),
            nn.ReLU(),
            nn.Conv2d(JOINT_WIDTH, JOINT_WIDTH, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.model(x))


class _TextHead(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense_to_hidden = nn.Linear(width, JOINT_WIDTH)
        self.LayerNorm = nn.LayerNorm(JOINT_WIDTH, eps=1e-12)
        self.dense_to_output = nn.Linear(JOINT_WIDTH, JOINT_WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.LayerNorm(nn.functional.gelu(self.dense_to_hidden(x)))
        return torch.as_tensor(self.dense_to_output(hidden))


def _sine_grid(width: int) -> Tensor:
    """(1, 196, width) places on the 14 x 14 grid: rows in the first half, columns in the second.

    Source:
        Carion et al. 2020, arXiv:2005.12872, appendix A.4 (normalised to 2 pi).
    """
    half = width // 2
    at = torch.arange(1, _GRID + 1, dtype=torch.float32) / (_GRID + 1e-6) * (2 * math.pi)
    steps = 10_000 ** (2 * torch.div(torch.arange(half, dtype=torch.float32), 2, rounding_mode="floor") / half)
    angles = at[:, None] / steps
    coded = torch.stack([angles[:, 0::2].sin(), angles[:, 1::2].cos()], dim=2).flatten(1)  # (14, half)
    return torch.cat([coded.repeat_interleave(_GRID, 0), coded.repeat(_GRID, 1)], dim=1)[None]


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Both files' tensors under this module's names: without the unused classifier, with the tied decoder."""
    found = {name: tensor for name, tensor in state.items() if not name.startswith("encoder.encoder.fc.")}
    found.pop("bert.embeddings.position_ids", None)  # a counter that older versions stored
    words, decoder = "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder."
    if words in found:
        found.setdefault(f"{decoder}weight", found[words])
        if "cls.predictions.bias" in found:
            found.setdefault(f"{decoder}bias", found["cls.predictions.bias"])
    return found
