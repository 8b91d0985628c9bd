"""MedCLIP: a Swin-T or ResNet-50 image tower beside Bio_ClinicalBERT, joined in 512 dimensions.

Names and shapes are those of the published `pytorch_model.bin`. Two things that a reader may take for slips are
upstream's: the "ViT" variant is a Swin, and the text vector is the mean over all positions, padding included.

Source:
    Wang et al. 2022, arXiv:2210.10163; layout of RyanWangZf/MedCLIP at 9c3396f, modeling_medclip.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck, ResNet
from transformers import BertConfig, BertModel, SwinConfig, SwinModel

JOINT_WIDTH = 512
_CLINICAL_BERT_VOCABULARY = 28_996
_NONE: Mapping[str, Any] = {}


class MedCLIP(nn.Module):
    """Both towers and the learned temperature; `swin` is the variant that its authors call ViT.

    Args:
        eye: what differs from a `SwinConfig`, in that variant.
        blocks: of the four stages of the ResNet, in the other.
        language: what differs from a `BertConfig` of its vocabulary.
    """

    def __init__(
        self,
        *,
        swin: bool,
        eye: Mapping[str, Any] = _NONE,
        blocks: tuple[int, ...] = (3, 4, 6, 3),
        language: Mapping[str, Any] = _NONE,
    ) -> None:
        super().__init__()
        self.vision_model = _SwinTower(eye) if swin else _ResNetTower(blocks)
        self.text_model = _TextTower(language)
        self.logit_scale = nn.Parameter(torch.log(torch.tensor(1 / 0.07)))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 512) of (n, 1, 224, 224) or (n, 3, 224, 224) x-rays; grey is repeated."""
        return torch.as_tensor(self.vision_model(pixels.expand(-1, 3, -1, -1)))

    def embed_texts(self, tokens: Mapping[str, Tensor]) -> Tensor:
        """(n, 512) of `input_ids` (n, l) and `attention_mask`."""
        return torch.as_tensor(self.text_model(tokens["input_ids"], tokens.get("attention_mask")))


class _SwinTower(nn.Module):
    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.model = SwinModel(SwinConfig(**settings))  # the defaults are microsoft/swin-tiny-patch4-window7-224
        self.projection_head = nn.Linear(self.model.config.hidden_size, JOINT_WIDTH, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.as_tensor(self.projection_head(self.model(pixel_values=pixels).pooler_output))


class _ResNetTower(nn.Module):
    def __init__(self, blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.model = ResNet(Bottleneck, list(blocks))
        self.model.fc = nn.Linear(2048, JOINT_WIDTH, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.as_tensor(self.model(pixels))


class _TextTower(nn.Module):
    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.model = BertModel(BertConfig(**{"vocab_size": _CLINICAL_BERT_VOCABULARY, **settings}))
        self.projection_head = nn.Linear(self.model.config.hidden_size, JOINT_WIDTH, bias=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None) -> Tensor:
        states = self.model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True).hidden_states
        layers = torch.stack([states[1], states[2], states[-1]])  # (3, n, l, width)
        return torch.as_tensor(self.projection_head(layers.mean(dim=2).mean(dim=0)))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors without the counters that older versions of transformers stored."""
    return {name: tensor for name, tensor in state.items() if not name.endswith("embeddings.position_ids")}
