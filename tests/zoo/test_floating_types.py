"""Number types by their names, long or short."""

from __future__ import annotations

import pytest
import torch

from zoo.arguments import floating_type
from zoo.errors import DataError


@pytest.mark.parametrize("name", ["bf16", "bfloat16", "torch.bfloat16", torch.bfloat16])
def test_every_name_of_a_type_is_known(name):
    assert floating_type(name) is torch.bfloat16


@pytest.mark.parametrize("name", ["int8", "float99", torch.int64, "nn", None])
def test_what_networks_do_not_compute_in_is_refused(name):
    with pytest.raises(DataError, match=r"no floating-point type named .* Give float32, float16 or bfloat16"):
        floating_type(name)
