"""Pixels of a JPEG, strictly: what Pillow would fill with grey rows without a word is an error.

libjpeg-turbo with its accurate transform, as Pillow has it, so the pixels are Pillow's; simplejpeg hands its
warnings on, and is faster than both Pillow and torchvision.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import ImageError


def decode(data: bytes | NDArray[np.uint8], name: str) -> NDArray[Any] | None:
    """(h, w, 3) or (h, w, 1) uint8 pixels of a colour or grey JPEG; None: another colour space, or bytes that only a
    lenient reader takes.

    Raises:
        ImageError: the picture ends before its last row.
    """
    import simplejpeg

    try:
        _, _, space, _ = simplejpeg.decode_jpeg_header(data)
        wanted = {"Gray": "GRAY", "YCbCr": "RGB"}.get(space)
        return None if wanted is None else np.asarray(simplejpeg.decode_jpeg(data, colorspace=wanted))
    except ValueError as err:
        if "remature end" in str(err):
            raise ImageError(
                f"{name} is cut off: its data end before its last row.", "Copy it again, or take it out of the data."
            ) from err
        return None
