"""Preprocessing of pictures from microscopes. Each step takes and gives a float (h, w, c) array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo.errors import MissingExtraError

_SAM_MEAN = (123.675, 116.28, 103.53)


def percentiles_1_99(pixels: Any) -> Any:
    """Each channel's 1st percentile to 0 and its 99th to 1, nothing cut; a flat channel becomes 0.

    Source:
        MouseLand/cellpose at 849ca11, transforms.py, normalize99.
    """
    import numpy as np

    low, high = np.percentile(pixels, (1, 99), axis=(0, 1))
    flat = high - low <= 1e-3
    return ((pixels - low) / np.where(flat, 1, high - low)) * ~flat


def min_max(pixels: Any) -> Any:
    """Least and greatest value of all channels together to 0 and 1; a flat picture becomes 0.

    Source:
        CellProfiling/SubCellPortable at 676f0e1, inference.py.
    """
    low, high = pixels.min(), pixels.max()
    return (pixels - low) / (high - low + 1e-6)


def saturation_noise(pixels: Any) -> Any:
    """Pixels at 255 become noise between 200 and 255, which upstream draws anew each time and this always alike.

    Source:
        CaicedoLab/CHAMMI-75 at b84a4ec, benchmarks/models.py, SaturationNoiseInjector.
    """
    import numpy as np

    noise = np.random.default_rng(0).uniform(200, 255, pixels.shape).astype(np.float32)
    return np.where(pixels == 255, noise, pixels)


def standardise(pixels: Any) -> Any:
    """Each channel to mean 0 and variance 1; a flat channel becomes 0.

    Source:
        CaicedoLab/CHAMMI-75 at b84a4ec, benchmarks/models.py, PerImageNormalize.
    """
    import numpy as np

    mean, variance = pixels.mean(axis=(0, 1), dtype=np.float64), pixels.var(axis=(0, 1), dtype=np.float64)
    return ((pixels - mean) / np.sqrt(variance + 1e-7)).astype(np.float32)


def stretch_to_8_bit(pixels: Any) -> Any:
    """Least and greatest value of each channel to 0 and 255, in whole numbers; a flat channel becomes 0.

    Source:
        computational-cell-analytics/micro-sam at 3acdcd72, util.py.
    """
    import numpy as np

    low, high = pixels.min(axis=(0, 1)), pixels.max(axis=(0, 1))
    span = np.where(high > low, high - low, 1)
    return ((pixels - low) / span * 255).astype(np.uint8)


def sam_square(pixels: Any) -> Any:
    """Square, by SAM's mean colour below or to the right: what its zeros after normalisation are."""
    import numpy as np

    height, width, channels = pixels.shape
    side = max(height, width)
    square = np.empty((side, side, channels), dtype=pixels.dtype)
    square[:] = np.round(_SAM_MEAN[:channels]).astype(pixels.dtype)
    square[:height, :width] = pixels
    return square


def cellsam_equalise(pixels: Any) -> Any:
    """Each channel to 0-1: its 99.9th percentile cut, then equalised by tiles of 128 px; a flat channel becomes 0.

    Raises:
        MissingExtraError: scikit-image is absent.

    Source:
        vanvalenlab/cellSAM at 35bc6e0, utils.py, normalize_image.
    """
    import numpy as np

    try:
        from skimage.exposure import equalize_adapthist
    except ImportError as err:
        raise MissingExtraError(
            "preparing pictures for CellSAM", "scikit-image", "pip install 'transfer-zoo[microscopy]'"
        ) from err
    found = np.zeros(pixels.shape, dtype=np.float32)
    for number in range(pixels.shape[2]):
        channel = pixels[..., number].astype(np.float64)
        lit = channel[channel != 0]
        if len(lit):
            channel = np.minimum(channel, np.percentile(lit, 99.9))
        low, high = channel.min(), channel.max()
        if high > low:
            found[..., number] = equalize_adapthist((channel - low) / (high - low), kernel_size=128)
    return found


STEPS: dict[str, Callable[[Any], Any]] = {
    "microscopy-percentiles-1-99": percentiles_1_99,
    "microscopy-min-max": min_max,
    "microscopy-stretch-to-8-bit": stretch_to_8_bit,
    "microscopy-sam-square": sam_square,
    "microscopy-saturation-noise": saturation_noise,
    "microscopy-standardise": standardise,
    "microscopy-cellsam-equalise": cellsam_equalise,
}
