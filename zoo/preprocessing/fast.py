"""The fast path: 8-bit pictures decoded and resized by torch's vectorised kernels.

Both steps compute what the exact path computes, with coarser rounding inside the resize: values
differ from Pillow's by at most one grey level, but for about two in a million, which differ by two.
What the fast kernels do not cover (other depths, other kernels, other formats) takes the exact path.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.cards import GRAY, RGB, ImagePreprocess
from zoo.images.picture import Picture, check_size

if TYPE_CHECKING:
    import torch

KERNELS = frozenset({"bilinear", "bicubic"})


def read_jpeg(path: str | os.PathLike[str]) -> Picture | None:
    """Picture of a plain grey or colour JPEG file; None: not one, or something is odd, so read it the slow way.

    The pixels equal Pillow's: both use libjpeg-turbo with its accurate transform. Whatever needs a word to the
    user (an orientation, another colour space, damage) is left to Pillow, too.

    Raises:
        ImageError: the picture is too large.
    """
    name = os.fspath(path)
    try:
        data = np.fromfile(name, dtype=np.uint8)
    except OSError:
        return None
    size = _plain_size(data)
    if size is None:
        return None
    check_size(*size, repr(name))
    pixels = _decode(data)
    if pixels is None:
        return None
    return Picture(pixels, RGB if pixels.shape[2] == 3 else GRAY, "uint8", path=name)


def _plain_size(data: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Height and width from the markers of a JPEG file of 8 bits, 1 or 3 components, no EXIF, and a proper end.

    Source:
        ITU-T T.81, annex B (markers and the frame header).
    """
    # A cut file would decode to grey rows without a word; its end marker is missing.
    if data[:2].tobytes() != b"\xff\xd8" or data[-2:].tobytes() != b"\xff\xd9":
        return None
    at = 2
    while at + 10 <= len(data):
        head = data[at : at + 10].tobytes()
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if head[0] == 0xFF and 0xC0 <= marker <= 0xC2:  # baseline, extended or progressive frame
            plain = head[4] == 8 and head[9] in (1, 3)
            return (int.from_bytes(head[5:7], "big"), int.from_bytes(head[7:9], "big")) if plain else None
        # EXIF, Adobe's colour transform, or no segment at all.
        if head[0] != 0xFF or marker in (0xE1, 0xEE) or not 0xC4 <= marker <= 0xFE:
            return None
        at += 2 + length
    return None


def _decode(data: NDArray[np.uint8]) -> NDArray[Any] | None:
    """(h, w, c) uint8 pixels; None where torchvision cannot."""
    import torch

    try:
        import torchvision.io  # noqa: F401  # registers the operator below

        # The operator behind `torchvision.io.decode_jpeg`, which would warn of its future at every picture.
        return np.asarray(torch.ops.image.decode_jpeg(torch.from_numpy(data), 0, False).permute(1, 2, 0).numpy())
    except (ImportError, AttributeError, RuntimeError):
        return None


def resize(pixels: NDArray[Any], size: tuple[int, int], kind: str) -> torch.Tensor:
    """(c, height, width) uint8 tensor of (h, w, c) uint8 pixels, by a kernel of `KERNELS`."""
    import torch

    # A permuted view has the memory order that the vectorised kernels want.
    tensor = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)
    if tensor.shape[1:] == size:
        return tensor
    resized = torch.nn.functional.interpolate(tensor[None], size, mode=kind, antialias=True, align_corners=False)
    return resized[0]


def normalise(tensor: torch.Tensor, spec: ImagePreprocess) -> torch.Tensor:
    """Scale, mean and std as one multiplication and one addition a channel, in float32."""
    import torch

    n = tensor.shape[0]
    scale = 1.0 if spec.scale is None else spec.scale
    mean = (0.0,) * n if spec.mean is None else spec.mean
    std = (1.0,) * n if spec.std is None else spec.std
    output = torch.empty(tensor.shape, dtype=torch.float32)
    for channel in range(n):
        # -mean/std + pixel * scale/std: one pass over the pixels.
        torch.add(
            torch.tensor(-mean[channel] / std[channel]),
            tensor[channel],
            alpha=scale / std[channel],
            out=output[channel],
        )
    return output
