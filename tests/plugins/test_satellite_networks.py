"""Prithvi and SatMAE have the published layout and give upstream's numbers (golden/make_satellite.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.satellite import prithvi_network as prithvi
from zoo.plugins.satellite import satmae_network as satmae

GOLDEN = json.loads((Path(__file__).parent / "golden" / "satellite.json").read_text(encoding="utf-8"))
BUILD = {
    **{name: lambda config=config: prithvi.Prithvi(config) for name, config in prithvi.CONFIGS.items()},
    **{name: lambda config=config: satmae.SatMAE(config) for name, config in satmae.CONFIGS.items()},
}
DATES = torch.tensor([[[2019.0, 120.0], [2020.0, 200.0], [2021.0, 300.0]]])
PLACE = torch.tensor([[46.5, 14.25]])


@pytest.mark.parametrize("name", BUILD)
def test_names_shapes_and_counts_equal_upstream(name):
    with torch.device("meta"):
        network = BUILD[name]()
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]
    assert layout(network) == GOLDEN[name]["layout"]


@pytest.mark.parametrize("name", [name for name in prithvi.CONFIGS if "outputs" in GOLDEN[name]])
@torch.no_grad()
def test_prithvi_equals_upstream(name):
    network = BUILD[name]().eval()
    table = network.pos_embed.clone()
    network.load_state_dict({**seeded_state(network), "pos_embed": table})
    three = pixels(6, 3, 96, 160).unsqueeze(0)
    ours = {"three dates, 96 x 160": network(three), "one date": network(pixels(1, 6, 224, 224))}
    ours["with metadata"] = network(three, DATES, PLACE)
    for case, values in GOLDEN[name]["outputs"].items():
        assert sample(ours[case]) == pytest.approx(values, rel=1e-4, abs=1e-5), case


@pytest.mark.parametrize("name", satmae.CONFIGS)
@torch.no_grad()
def test_satmae_equals_upstream(name):
    network = BUILD[name]().eval()
    assert sample(network.pos_embed) == pytest.approx(GOLDEN[name]["positions"], abs=1e-6)
    network.load_state_dict(seeded_state(network))
    batch = pixels(2, 3, 224, 224) if "rgb" in name else pixels(2, 10, 96, 96)
    assert sample(network.embed_images(batch)) == pytest.approx(GOLDEN[name]["embedding"], rel=1e-4, abs=1e-5)


def test_the_encoder_is_taken_out_of_a_masked_autoencoder():
    network = prithvi.Prithvi(prithvi.CONFIGS["prithvi-2.0-tiny-tl"])
    published = {f"encoder.{name}": tensor for name, tensor in network.state_dict().items()}
    published |= {"decoder.mask_token": torch.zeros(1), "decoder.decoder_pos_embed": torch.zeros(1)}
    missing, unexpected = network.load_state_dict(prithvi.encoder_state(published), strict=False)
    assert (missing, unexpected) == (["pos_embed"], [])
    grouped = {
        "blocks.0.norm1.weight": torch.zeros(1),
        "decoder_pos_embed": torch.zeros(1),
        "head.weight": torch.zeros(1),
    }
    assert list(satmae.encoder_state(grouped)) == ["blocks.0.norm1.weight"]
