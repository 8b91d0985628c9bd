"""The CIFAR ResNets of the first ResNet paper: three stages of 3x3 blocks, shortcuts without parameters.

Source:
    He et al. 2015, arXiv:1512.03385, section 4.2 (option A); layout of akamaster/pytorch_resnet_cifar10.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

DEPTHS = {"cifar10-resnet20": 3, "cifar10-resnet32": 5, "cifar10-resnet44": 7, "cifar10-resnet56": 9}
"""Blocks a stage; the depth in the name counts their convolutions, the first one and the classifier."""


class CifarResNet(nn.Module):
    """Network of `n_blocks` blocks a stage, for 32 x 32 pixels."""

    def __init__(self, n_blocks: int, n_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = _stage(16, 16, n_blocks)
        self.layer2 = _stage(16, 32, n_blocks)
        self.layer3 = _stage(32, 64, n_blocks)
        self.linear = nn.Linear(64, n_classes)

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 64) mean of the last map of pixels (n, 3, h, w)."""
        x = torch.relu(self.bn1(self.conv1(pixels)))
        return torch.as_tensor(self.layer3(self.layer2(self.layer1(x))).mean(dim=(2, 3)))

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, n_classes) logits: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck."""
        return torch.as_tensor(self.linear(self.embed_images(pixels)))


def _stage(n_in: int, n_out: int, n_blocks: int) -> nn.Sequential:
    return nn.Sequential(_Block(n_in, n_out), *(_Block(n_out, n_out) for _ in range(n_blocks - 1)))


class _Block(nn.Module):
    """Two convolutions beside a shortcut that drops every second pixel and pads channels with zeros."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.stride = n_out // n_in
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride=self.stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        main = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            missing = main.shape[1] - x.shape[1]
            x = nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, missing // 2, missing // 2))
        return torch.relu(main + x)


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors without the prefix of the parallel wrapper that trained them."""
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}
