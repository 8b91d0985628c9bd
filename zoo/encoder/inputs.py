"""What a user gives to an Encoder, brought into one form or refused in words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zoo.errors import DataError

if TYPE_CHECKING:
    import torch


def several(images: Any) -> Iterable[Any]:
    """One picture becomes a list of one."""
    if is_one(images):
        return [images]
    if not isinstance(images, Iterable):
        raise DataError(
            f"want pictures, got {type(images).__name__}.", "Give paths, Pillow images, arrays or a tensor."
        )
    return images


def is_one(images: Any) -> bool:
    """Whether this is one path, array, tensor, Pillow image or open file, not a stack or list of them."""
    if isinstance(images, (str, bytes, os.PathLike)) or hasattr(images, "convert") or hasattr(images, "read"):
        return True
    names_files = getattr(getattr(images, "dtype", None), "kind", None) in ("O", "S", "U")  # an array of paths
    return getattr(images, "ndim", 4) < 4 and not names_files


def strings(texts: Sequence[str]) -> list[str]:
    """One text becomes a list of one; anything but strings that can be written is refused."""
    if isinstance(texts, (str, bytes)):
        found: list[Any] = [texts]
    elif isinstance(texts, Iterable):
        found = list(texts)
    else:
        raise DataError(f"want texts, got {type(texts).__name__}.", "Give a list of strings.")
    for text in found:
        if not isinstance(text, str):
            raise DataError(f"want strings, got {type(text).__name__}.", "Give a list of strings.")
        if not is_whole(text):
            raise DataError(
                f"the text {text[:60]!r} holds half a character.",
                "Clean it: text.encode('utf-8', 'replace').decode().",
            )
    return found


def is_whole(text: str) -> bool:
    """Whether a text can be written as UTF-8; one that was cut or decoded wrongly may hold half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shape_of(values: torch.Tensor) -> tuple[int, ...]:
    """The shape of a tensor; anything else is refused."""
    import torch

    if not isinstance(values, torch.Tensor):
        raise DataError(f"want a tensor, got {type(values).__name__}.", "Make one: torch.as_tensor(array).")
    return tuple(values.shape)


def token_ids(tokens: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Those among what a tokenizer gives."""
    ids = tokens.get("input_ids") if isinstance(tokens, Mapping) else None
    if ids is None:
        raise DataError(f"want token ids, got {type(tokens).__name__} without 'input_ids'.", "Ask encoder.tokenize.")
    return ids
