"""Preprocessing that scale, mean and std cannot say. Each step takes and gives a float (h, w, c) array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .masked import TWO_STD_MEAN, TWO_STD_STD


def as_float(pixels: Any) -> Any:
    """The same values; what follows then resizes floats, as torchvision does with tensors, not 8-bit pictures."""
    return pixels


def satmae_two_std(pixels: Any) -> Any:
    """Ten Sentinel-2 bands to 0-1: mean -+ 2 std onto 0-255, whole numbers, divided by 255.

    Source:
        sustainlab-group/SatMAE at e31c11f, util/datasets.py, SentinelNormalize.
    """
    import numpy as np

    mean, std = np.array(TWO_STD_MEAN), np.array(TWO_STD_STD)
    least = mean - 2 * std
    grey = (pixels - least) / (4 * std) * 255.0
    return (grey.clip(0, 255).astype(np.uint8) / np.float32(255)).astype(np.float32)


def own_two_std(pixels: Any) -> Any:
    """Each band of a picture to 0-1 between its own mean -+ 2 std; a constant band becomes 0.

    Source:
        antofuller/CROMA at 59505a6, use_croma.py.
    """
    import numpy as np

    mean, std = pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1), ddof=1)
    least = mean - 2 * std
    span = np.where(std > 0, 4 * std, 1)
    return ((pixels - least) / span).clip(0, 1) * (std > 0)


def satlas_unit(pixels: Any) -> Any:
    """Nine bands to 0-1: the first three are a true-colour product of 8 bit, the others are divided by 8160.

    Source:
        allenai/satlaspretrain_models at 7b5cd45, README.
    """
    import numpy as np

    divisor = np.array([255.0] * 3 + [8160.0] * (pixels.shape[2] - 3), dtype=np.float32)
    return (pixels / divisor).clip(0, 1)


STEPS: dict[str, Callable[[Any], Any]] = {
    "satellite-as-float": as_float,
    "satellite-satmae-two-std": satmae_two_std,
    "satellite-own-two-std": own_two_std,
    "satellite-satlas-unit": satlas_unit,
}
