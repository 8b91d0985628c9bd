"""CellViT has the published layout and gives upstream's numbers on the same weights (golden/make_cellvit.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.microscopy.cellvit_network import CELLVIT_256, CELLVIT_SAM_H, CellViT, CellViTConfig

GOLDEN = json.loads((Path(__file__).parent / "golden" / "cellvit.json").read_text(encoding="utf-8"))
SAM_B = CellViTConfig(width=768, depth=12, n_heads=12, skips=(3, 6, 9, 12), global_blocks=(2, 5, 8, 11))


@pytest.mark.parametrize(("name", "config"), [("cellvit-256", CELLVIT_256), ("cellvit-sam-b", SAM_B)])
def test_outputs_equal_upstream(name, config):
    network = CellViT(config).eval()
    network.load_state_dict(seeded_state(network))
    with torch.no_grad():
        maps = {**network(pixels(1, 3, 256, 256)), "embedding": network.embed_images(pixels(1, 3, 256, 256))}
    wanted = GOLDEN[name]["outputs"]
    assert set(maps) == set(wanted)
    for key, values in wanted.items():
        assert sample(maps[key]) == pytest.approx(values, rel=1e-4, abs=1e-5), key


@pytest.mark.parametrize(
    ("name", "config"), [("cellvit-256", CELLVIT_256), ("cellvit-sam-b", SAM_B), ("cellvit-sam-h", CELLVIT_SAM_H)]
)
def test_names_shapes_and_counts_equal_upstream(name, config):
    with torch.device("meta"):
        network = CellViT(config)
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]
    assert layout(network) == GOLDEN[name]["layout"]
