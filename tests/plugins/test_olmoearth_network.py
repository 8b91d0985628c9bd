"""OlmoEarth has the published layout and gives upstream's numbers (golden/make_olmoearth.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.satellite import olmoearth_network as olmoearth
from zoo.plugins.satellite import plugin

GOLDEN = json.loads((Path(__file__).parent / "golden" / "olmoearth.json").read_text(encoding="utf-8"))
MONTHS = torch.tensor([[0, 11]])


def agrees(tensor, wanted):
    return sample(tensor) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def cube(n_bands, seed):
    """(1, bands, 2 dates, 16, 16)."""
    return pixels(1, n_bands, 32, 16, seed).reshape(1, n_bands, 2, 16, 16)


@pytest.fixture(scope="module")
def base():
    network = olmoearth.OlmoEarth(olmoearth.CONFIGS["olmoearth-1-base"])
    network.load_state_dict(seeded_state(network))
    return network.eval()


@pytest.fixture
def small():
    network = olmoearth.OlmoEarth(olmoearth.OlmoEarthConfig(32, 2, 4))
    network.load_state_dict(seeded_state(network))
    return network.eval()


@pytest.mark.parametrize("name", olmoearth.CONFIGS)
def test_names_shapes_and_counts_equal_upstream(name):
    with torch.device("meta"):
        network = olmoearth.OlmoEarth(olmoearth.CONFIGS[name])
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]
    assert layout(network) == GOLDEN[name]["layout"]


@torch.no_grad()
@pytest.mark.parametrize(("patch_px", "resolution_m"), [(8, 10), (4, 10), (2, 20)])
def test_sentinel_2_equals_upstream_for_every_patch_and_resolution(base, patch_px, resolution_m):
    tokens = base({"sentinel2_l2a": cube(12, 0)}, MONTHS, patch_px, resolution_m)["sentinel2_l2a"]
    assert tokens.shape == (1, 16 // patch_px, 16 // patch_px, 2, 3, 768)
    assert agrees(tokens, GOLDEN["olmoearth-1-base"][f"{patch_px} px of {resolution_m} m"])


@torch.no_grad()
def test_three_instruments_together_equal_upstream(base):
    given = {"sentinel2_l2a": cube(12, 0), "sentinel1": cube(2, 1), "landsat": cube(11, 2)}
    for name, tokens in base(given, MONTHS, 4).items():
        assert agrees(tokens, GOLDEN["olmoearth-1-base"]["together"][name]), name


@torch.no_grad()
def test_one_date_of_july_is_what_a_single_picture_is_taken_for(small):
    picture = pixels(2, 12, 16, 16)
    july = small({olmoearth.SENTINEL2: picture[:, :, None]}, torch.full((2, 1), 6))[olmoearth.SENTINEL2]
    assert torch.allclose(small.embed_images(picture), july.flatten(1, 4).mean(dim=1))
    june = small({olmoearth.SENTINEL2: picture[:, :, None]}, torch.full((2, 1), 5))[olmoearth.SENTINEL2]
    assert not torch.allclose(june, july)


def test_maps_of_pretraining_are_no_input(small):
    with pytest.raises(ValueError, match="sentinel2_l2a, sentinel1, landsat, not worldcover"):
        small({"worldcover": torch.zeros(1, 1, 1, 16, 16)})


def test_a_published_file_loads_without_its_decoder_and_its_table_of_dates():
    card = next(card for card in plugin.MODELS if card.id == "satellite/olmoearth-1-base")
    network = olmoearth.OlmoEarth(olmoearth.CONFIGS["olmoearth-1-base"])
    state = seeded_state(network)
    file = {f"{part}.{name}": tensor for part in ("encoder", "target_encoder") for name, tensor in state.items()}
    file["encoder.composite_encodings.pos_embed"] = torch.zeros(12, 192)
    file["decoder.mask_token"] = torch.zeros(768)
    loaded = plugin.zoo_load_custom(card, file)
    assert torch.equal(loaded.norm.weight, state["norm.weight"])
