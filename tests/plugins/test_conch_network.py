"""CONCH has the published layout and gives upstream's numbers on the same weights (golden/make_conch.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.conch_texts import NAMES, texts
from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.medical.conch_network import Conch, published_state

GOLDEN = json.loads((Path(__file__).parent / "golden" / "conch.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def network():
    network = Conch().eval()
    network.load_state_dict(seeded_state(network))
    return network


def agrees(tensor, wanted):
    return sample(tensor) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@torch.no_grad()
def test_images_equal_upstream(network):
    batch = pixels(2, 3, 224, 224)
    embedded = network.embed_images(batch)
    assert embedded.shape == (2, 512)
    assert agrees(embedded, GOLDEN["image"])
    assert agrees(network.pool_images(batch), GOLDEN["pooled"])


@torch.no_grad()
def test_texts_of_any_length_equal_upstream(network):
    embedded = network.embed_texts({"input_ids": texts()})
    assert embedded.shape == (3, 512)
    for row, name in zip(embedded, NAMES, strict=True):
        assert agrees(row, GOLDEN[name]), name


@torch.no_grad()
def test_the_last_column_gives_way_to_the_class_token(network):
    ids = texts()[1:2]
    other = ids.clone()
    other[:, -1] = 99
    assert torch.equal(network.embed_texts({"input_ids": ids}), network.embed_texts({"input_ids": other}))


def test_texts_of_another_width_are_refused(network):
    with pytest.raises(ValueError, match=r"want \(n, 128\) token ids.*\[3, 127\]"):
        network.embed_texts({"input_ids": texts()[:, :-1]})


def test_names_shapes_and_count_equal_upstream():
    with torch.device("meta"):
        network = Conch()
    assert n_parameters(network) == GOLDEN["n_parameters"]
    assert layout(network) == GOLDEN["layout"]


def test_a_file_that_still_holds_a_caption_decoder_loads():
    with torch.device("meta"):
        network = Conch()
    stored = network.state_dict() | {"text_decoder.ln_final.weight": torch.zeros(1)}
    assert set(published_state(stored)) == set(network.state_dict())
