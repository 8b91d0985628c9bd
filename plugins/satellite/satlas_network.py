"""SatlasPretrain's Swin-v2-B: torchvision's network with a first convolution of as many bands.

Source:
    Bastani et al. 2023, arXiv:2211.15660; layout of torchgeo at 65507dc, models/swin.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2

N_BANDS = {"satlas-swin-v2-b-rgb": 3, "satlas-swin-v2-b-ms": 9}
"""Builder -> bands."""


class Satlas(nn.Module):
    """The backbone without a head; `depths` and `heads` are of its stages, whose widths double from the first."""

    def __init__(
        self,
        n_bands: int,
        width: int = 128,
        depths: tuple[int, ...] = (2, 2, 18, 2),
        heads: tuple[int, ...] = (4, 8, 16, 32),
    ) -> None:
        super().__init__()
        network = SwinTransformer(
            patch_size=[4, 4],
            embed_dim=width,
            depths=list(depths),
            num_heads=list(heads),
            window_size=[8, 8],
            stochastic_depth_prob=0.5,
            block=SwinTransformerBlockV2,
            downsample_layer=PatchMergingV2,
        )
        stem = network.features[0]
        assert isinstance(stem, nn.Sequential)
        stem[0] = nn.Conv2d(n_bands, width, 4, stride=4)
        self.features = network.features
        self.norm = network.norm

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, h / 32, w / 32, 8 x width) normed map of pixels (n, bands, h, w)."""
        return torch.as_tensor(self.norm(self.features(pixels)))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 8 x width) mean of the map."""
        return self.forward(pixels).mean(dim=(1, 2))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors without the classifier."""
    return {name: tensor for name, tensor in state.items() if not name.startswith("head.")}
