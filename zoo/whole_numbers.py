"""Whole numbers that a user gives: how many at once, how many of the best."""

from __future__ import annotations

from numbers import Integral

from zoo.errors import DataError


def at_least_one(name: str, value: int) -> int:
    """The number, if it is a whole one above zero."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise DataError(f"{name} is {value!r}.", "Give a whole number, at least 1.")
    return int(value)
