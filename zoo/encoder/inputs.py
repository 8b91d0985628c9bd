"""What a user gives to an Encoder, brought into one form or refused in words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from zoo.errors import DataError


def several(images: Any) -> Iterable[Any]:
    """One picture becomes a list of one."""
    single = (
        isinstance(images, (str, os.PathLike)) or getattr(images, "ndim", 4) in (2, 3) or hasattr(images, "convert")
    )
    if not single and not isinstance(images, Iterable):
        raise DataError(
            f"want pictures, got {type(images).__name__}.", "Give paths, Pillow images, arrays or a tensor."
        )
    return [images] if single else images


def strings(texts: Sequence[str]) -> list[str]:
    """One text becomes a list of one; anything but strings is refused."""
    texts = [texts] if isinstance(texts, str) else list(texts)
    wrong = next((text for text in texts if not isinstance(text, str)), None)
    if wrong is not None:
        raise DataError(f"want strings, got {type(wrong).__name__}.", "Give a list of strings.")
    return texts


def checked(batch_size: int) -> int:
    """The batch size, if it is one."""
    if batch_size < 1:
        raise DataError(f"the batch size is {batch_size}.", "Give at least 1.")
    return batch_size
