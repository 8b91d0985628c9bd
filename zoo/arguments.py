"""Many arguments as one object: a public function lists what may be given, one class says what it means.

The functions that share a list (`zoo.find` and `zoo.list_models`, `zoo.classify` and `classify_to_file`) spell it
out for readers and type checkers. A test holds their names, types and defaults against the class's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Chosen = TypeVar("_Chosen", bound="DataclassInstance")


def gathered(kind: type[_Chosen], arguments: Mapping[str, Any]) -> _Chosen:
    """What a dataclass wants of a call's arguments.

    Args:
        arguments: `locals()` of the function, as its first step; what the class does not know is passed over.
    """
    return kind(**{own.name: arguments[own.name] for own in fields(kind)})
