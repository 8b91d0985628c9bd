"""Encoders of many instruments have the published layout and give upstream's numbers (golden/make_instruments.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.satellite import clay_network as clay
from zoo.plugins.satellite import croma_network as croma
from zoo.plugins.satellite import dofa_network as dofa
from zoo.plugins.satellite import panopticon_network as panopticon
from zoo.plugins.satellite import satlas_network as satlas
from zoo.plugins.satellite import scalemae_network as scale_mae

GOLDEN = json.loads((Path(__file__).parent / "golden" / "instruments.json").read_text(encoding="utf-8"))
BUILD = {
    **{name: lambda config=config: dofa.DOFA(config) for name, config in dofa.CONFIGS.items()},
    "croma-base": lambda: croma.CROMA(*croma.WIDTHS["croma-base"]),
    "scale-mae-vit-l": scale_mae.ScaleMAE,
    "panopticon-vit-b": panopticon.Panopticon,
    "clay-1.5": clay.Clay,
}


def seeded(network):
    network.load_state_dict(seeded_state(network))
    return network.eval()


def agrees(tensor, wanted):
    return sample(tensor) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", BUILD)
def test_names_shapes_and_counts_equal_upstream(name):
    with torch.device("meta"):
        network = BUILD[name]()
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]
    assert layout(network) == GOLDEN[name]["layout"]


@torch.no_grad()
def test_dofa_equals_upstream_with_any_bands():
    network, golden = seeded(BUILD["dofa-vit-b"]()), GOLDEN["dofa-vit-b"]
    assert agrees(network.embed_images(pixels(1, 3, 224, 224)), golden["colours"])
    assert agrees(network(pixels(1, 5, 224, 224), [0.443, 0.49, 0.56, 0.842, 2.19]), golden["five bands"])


@torch.no_grad()
def test_croma_equals_upstream_for_each_instrument_and_both():
    network, golden = seeded(BUILD["croma-base"]()), GOLDEN["croma-base"]
    optical, radar = pixels(1, 12, 120, 120), pixels(1, 2, 120, 120, seed=1)
    assert agrees(network.embed_images(optical), golden["optical_GAP"])
    assert agrees(network.embed_radar(radar), golden["sar_GAP"])
    assert agrees(network.embed_both(optical, radar), golden["joint_GAP"])


@torch.no_grad()
def test_scale_mae_equals_upstream_at_every_resolution():
    network, golden = seeded(BUILD["scale-mae-vit-l"]()), GOLDEN["scale-mae-vit-l"]
    for resolution_m in (1.0, 10.0):
        embedding = network.embed_images(pixels(1, 3, 224, 224), resolution_m)
        assert agrees(embedding, golden[f"{resolution_m:g} m"]), resolution_m


@torch.no_grad()
def test_panopticon_equals_upstream_for_light_radar_and_both():
    network, golden = seeded(panopticon.Panopticon()), GOLDEN["panopticon-vit-b"]
    for case, channels in (("optical", [443, 560, 2190]), ("radar", [-1, -2, -7]), ("both", [-4, 842])):
        assert agrees(network(pixels(1, len(channels), 224, 224), channels), golden[case]), case


@torch.no_grad()
def test_panopticon_s_published_table_of_518_px_is_shrunk():
    network = panopticon.Panopticon()
    state = {name.removeprefix("model."): tensor for name, tensor in network.state_dict().items()}
    state["pos_embed"] = torch.ones(1, 1 + 37 * 37, 768)
    network.load_state_dict(panopticon.published_state({**state, "mask_token": torch.zeros(1, 768)}))
    assert network.model.pos_embed.shape == (1, 257, 768)
    assert torch.allclose(network.model.pos_embed, torch.ones(1), atol=1e-5)


@torch.no_grad()
def test_clay_equals_upstream_told_of_date_and_place():
    network = seeded(clay.Clay())
    told = torch.tensor([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]])
    tokens = network(pixels(1, 4, 64, 64), [0.493, 0.56, 0.665, 0.842], 10.0, told)
    assert agrees(tokens, GOLDEN["clay-1.5"]["told"])
    published = {f"model.encoder.{name}": tensor for name, tensor in network.state_dict().items()}
    assert clay.published_state({**published, "model.teacher.norm": told}).keys() == network.state_dict().keys()


@torch.no_grad()
def test_satlas_is_the_pooled_swin_of_torchvision():
    from torchvision.models import swin_v2_b

    reference = swin_v2_b()
    reference.features[0][0] = torch.nn.Conv2d(9, 128, 4, stride=4)
    reference.head = torch.nn.Identity()
    reference.load_state_dict(seeded_state(reference))
    network = satlas.Satlas(9)
    network.load_state_dict(satlas.published_state({**reference.state_dict(), "head.weight": torch.zeros(1)}))
    batch = pixels(1, 9, 64, 64)
    assert torch.allclose(network.eval().embed_images(batch), reference.eval()(batch), atol=1e-5)


def test_a_file_of_several_state_dicts_loads(tmp_path):
    """CROMA's file keeps one state dict an encoder."""
    from zoo.plugins.satellite import plugin
    from zoo.weights import read_state_dict

    card = next(card for card in plugin.MODELS if card.id == "satellite/croma-base")
    network = BUILD["croma-base"]()
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in seeded_state(network).items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    torch.save(parts, tmp_path / "croma.pt")
    loaded = plugin.zoo_load_custom(card, read_state_dict(tmp_path / "croma.pt"))
    assert torch.equal(loaded.state_dict()["s2_GAP_FFN.1.weight"], parts["s2_GAP_FFN"]["1.weight"])
