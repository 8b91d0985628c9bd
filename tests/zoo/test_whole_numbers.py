"""Counts that a user gives are whole numbers, or refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.arguments import at_least_one
from zoo.errors import DataError


@pytest.mark.parametrize("value", [1, 32, np.int64(7)])
def test_a_whole_number_passes_as_an_int(value):
    given = at_least_one("batch_size", value)
    assert (given, type(given)) == (value, int)


@pytest.mark.parametrize("value", [0, -1, 1.5, 2.0, True, "3", None, float("nan")])
def test_anything_else_is_refused_with_its_name(value):
    with pytest.raises(DataError, match=r"batch_size is .* Give a whole number, at least 1"):
        at_least_one("batch_size", value)
