"""The number types that networks compute in, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import DataError

if TYPE_CHECKING:
    import torch

_SHORT = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "half": "float16", "float": "float32"}


def floating_type(dtype: str | torch.dtype) -> torch.dtype:
    """A type of torch that networks compute in, by itself or by its name."""
    import torch

    name = _SHORT.get(dtype, dtype).removeprefix("torch.") if isinstance(dtype, str) else None
    kind = dtype if name is None else getattr(torch, name, None)
    if not isinstance(kind, torch.dtype) or not kind.is_floating_point:
        raise DataError(f"no floating-point type named {dtype!r}.", "Give float32, float16 or bfloat16.")
    return kind
