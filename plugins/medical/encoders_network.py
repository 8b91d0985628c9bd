"""EVA-X, RETFound and TorchXRayVision: layers of timm and torchvision under the names of the published files.

Source:
    Yao et al. 2024, arXiv:2405.05237 (layout of hustvl/EVA-X at dc4f32a); Zhou et al. 2023,
    doi:10.1038/s41586-023-06555-x (rmaphoh/RETFound_MAE at 897d71c); Cohen et al. 2021, arXiv:2111.00595
    (mlmed/torchxrayvision at f4087a0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from timm.models.eva import Eva, checkpoint_filter_fn
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torchvision.models.densenet import DenseNet
from torchvision.models.resnet import Bottleneck, ResNet

N_FINDINGS = 18
"""Outputs of TorchXRayVision."""


class EvaX(Eva):
    """EVA-02 on x-rays; only the base size norms inside its feed-forward layers and keeps q, k and v apart."""

    def __init__(self, *, width: int, n_heads: int, depth: int = 12, base: bool = False) -> None:
        super().__init__(
            img_size=224,
            patch_size=16,
            num_classes=0,
            embed_dim=width,
            depth=depth,
            num_heads=n_heads,
            mlp_ratio=8 / 3,
            swiglu_mlp=True,
            scale_mlp=base,
            qkv_fused=not base,
            use_rot_pos_emb=True,
            ref_feat_shape=(14, 14),
        )

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of the patches, normed."""
        return torch.as_tensor(self(pixels))

    def published_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Under timm's names; the norm of pretraining becomes the norm after pooling, its decoder goes."""
        return dict(checkpoint_filter_fn(dict(state), self))


class RETFound(VisionTransformer):
    """ViT-L/16; fine-tuning norms anew after the mean, a frozen feature takes the norm that pretraining left."""

    def __init__(self, width: int = 1024, depth: int = 24, n_heads: int = 16) -> None:
        super().__init__(
            img_size=224,
            patch_size=16,
            embed_dim=width,
            depth=depth,
            num_heads=n_heads,
            num_classes=0,
            global_pool="avg",
            fc_norm=False,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
        )

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, width) mean of the normed patches."""
        return torch.as_tensor(self(pixels))

    def published_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Without the decoder of pretraining."""
        return {name: tensor for name, tensor in state.items() if not name.startswith(("decoder", "mask_token"))}


class XRayDenseNet(nn.Module):
    """DenseNet-121 of one channel and 18 findings; other settings make other DenseNets."""

    def __init__(self, growth: int = 32, blocks: tuple[int, ...] = (6, 12, 24, 16), stem_width: int = 64) -> None:
        super().__init__()
        layout: Any = tuple(blocks)  # four stages are torchvision's own, any number will do
        network = DenseNet(growth, layout, stem_width, num_classes=N_FINDINGS)
        network.features.conv0 = nn.Conv2d(1, stem_width, 7, stride=2, padding=3, bias=False)
        self.features = network.features
        self.classifier = network.classifier

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 1024) mean of the last map after its ReLU, of (n, 1, 224, 224)."""
        return torch.as_tensor(nn.functional.relu(self.features(pixels)).mean(dim=(2, 3)))

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 18) logits of the findings."""
        return torch.as_tensor(self.classifier(self.embed_images(pixels)))

    def published_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Without the operating points."""
        return {name: tensor for name, tensor in state.items() if not name.startswith("op_threshs")}


class XRayResNet(nn.Module):
    """ResNet-50 of one channel and 18 findings; `blocks` of its four stages."""

    def __init__(self, blocks: tuple[int, ...] = (3, 4, 6, 3)) -> None:
        super().__init__()
        network = ResNet(Bottleneck, list(blocks), num_classes=N_FINDINGS)
        network.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        for name, child in network.named_children():
            self.add_module(name, child)

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 2048) mean of the last map, of (n, 1, 512, 512)."""
        x = pixels
        for name, child in self.named_children():
            if name != "fc":
                x = child(x)
        return x.flatten(1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 18) logits of the findings."""
        return torch.as_tensor(self.get_submodule("fc")(self.embed_images(pixels)))

    def published_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Without the operating points."""
        return {name: tensor for name, tensor in state.items() if not name.startswith("op_threshs")}


NETWORKS: Mapping[str, tuple[Callable[..., EvaX | RETFound | XRayDenseNet | XRayResNet], Mapping[str, Any]]] = {
    "eva-x-ti": (EvaX, {"width": 192, "n_heads": 3}),
    "eva-x-s": (EvaX, {"width": 384, "n_heads": 6}),
    "eva-x-b": (EvaX, {"width": 768, "n_heads": 12, "base": True}),
    "retfound-mae": (RETFound, {}),
    "torchxrayvision-densenet121": (XRayDenseNet, {}),
    "torchxrayvision-resnet50": (XRayResNet, {}),
}
"""Builder on a card -> its class, and the settings that the name stands for."""
