"""TerraMind has the published layout and gives upstream's numbers on the same weights (golden/make_terramind.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.satellite import plugin
from zoo.plugins.satellite import terramind_network as terramind

GOLDEN = json.loads((Path(__file__).parent / "golden" / "terramind.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", terramind.CONFIGS)
def test_names_shapes_and_counts_equal_upstream(name):
    with torch.device("meta"):
        network = terramind.TerraMind(terramind.CONFIGS[name])
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]
    assert layout(network) == GOLDEN[name]["layout"]


@pytest.mark.parametrize("name", ["terramind-1.0-tiny", "terramind-1.0-small", "terramind-1.0-base"])
@torch.no_grad()
def test_outputs_equal_upstream_for_one_input_and_for_two(name):
    golden = GOLDEN[name]
    network = terramind.TerraMind(terramind.CONFIGS[name]).eval()
    table = network.encoder_embeddings[terramind.SENTINEL2_L2A].pos_emb
    assert sample(table) == pytest.approx(golden["places"], abs=1e-6)
    state = seeded_state(network)
    network.load_state_dict(state | {key: table for key in state if key.endswith("pos_emb")})
    optical = network({terramind.SENTINEL2_L2A: pixels(1, 12, 224, 224)})
    assert sample(optical) == pytest.approx(golden["optical"], rel=1e-4, abs=1e-5)
    both = {terramind.SENTINEL2_L2A: pixels(1, 12, 96, 160), "untok_sen1grd@224": pixels(1, 2, 96, 160, seed=1)}
    wanted = golden["optical and radar, 96 x 160"]
    assert sample(network(both)) == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert network.embed_images(pixels(1, 12, 96, 160)).shape == (1, terramind.CONFIGS[name].width)


def test_a_published_file_without_computed_tables_loads_through_the_card():
    card = next(card for card in plugin.MODELS if card.id == "satellite/terramind-1.0-tiny")
    network = terramind.TerraMind(terramind.CONFIGS["terramind-1.0-tiny"])
    buffers = {name for name, _ in network.named_buffers()}
    file = {name: tensor for name, tensor in seeded_state(network).items() if name not in buffers}
    file["decoder.0.norm1.weight"] = torch.zeros(1)
    file["encoder_embeddings.tok_lulc@224.token_emb.weight"] = torch.zeros(1)
    loaded = plugin.zoo_load_custom(card, file)
    assert torch.equal(loaded.state_dict()["encoder.3.mlp.fc2.bias"], file["encoder.3.mlp.fc2.bias"])
