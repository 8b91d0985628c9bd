"""The network of `herbarium/colour-moments`; imported only when it is loaded."""

from __future__ import annotations

import torch


class ColourMoments(torch.nn.Module):
    """Mean and standard deviation of three colours (six numbers) through one linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(6, 16)

    def embed_images(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) -> (n, 16)."""
        moments = torch.cat([pixels.mean(dim=(2, 3)), pixels.std(dim=(2, 3))], dim=1)  # (n, 6)
        return self.layer(moments)
