"""Many arguments as one object: a public function lists what may be given, one class says what it means.

The functions that share a list (`zoo.find` and `zoo.list_models`, `zoo.classify` and `classify_to_file`) spell it
out for readers and type checkers. A test holds their names, types and defaults against the class's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeVar

from zoo.errors import DataError

if TYPE_CHECKING:
    import torch
    from _typeshed import DataclassInstance

_Chosen = TypeVar("_Chosen", bound="DataclassInstance")


def gathered(kind: type[_Chosen], arguments: Mapping[str, Any]) -> _Chosen:
    """What a dataclass wants of a call's arguments.

    Args:
        arguments: `locals()` of the function, as its first step; what the class does not know is passed over.
    """
    return kind(**{own.name: arguments[own.name] for own in fields(kind)})


def at_least_one(name: str, value: int) -> int:
    """The number, if it is a whole one above zero."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise DataError(f"{name} is {value!r}.", "Give a whole number, at least 1.")
    return int(value)


_SHORT = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "half": "float16", "float": "float32"}


def floating_type(dtype: str | torch.dtype) -> torch.dtype:
    """A type of torch that networks compute in, by itself or by its name."""
    import torch

    name = _SHORT.get(dtype, dtype).removeprefix("torch.") if isinstance(dtype, str) else None
    kind = dtype if name is None else getattr(torch, name, None)
    if not isinstance(kind, torch.dtype) or not kind.is_floating_point:
        raise DataError(f"no floating-point type named {dtype!r}.", "Give float32, float16 or bfloat16.")
    return kind
