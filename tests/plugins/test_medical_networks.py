"""BioViL, BioViL-T and MedCLIP have the published layout and give upstream's numbers (golden/make_medical.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state
from zoo.plugins.medical import biovil_network as biovil
from zoo.plugins.medical import medclip_network as medclip

GOLDEN = json.loads((Path(__file__).parent / "golden" / "medical.json").read_text(encoding="utf-8"))
IDS = torch.tensor([[101, 2000, 3000, 4000, 102], [101, 5000, 102, 0, 0]])
TOKENS = {"input_ids": IDS, "attention_mask": (IDS != 0).long()}


def seeded(network):
    network.load_state_dict(seeded_state(network))
    return network.eval()


def agrees(tensor, wanted):
    return sample(tensor) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", ["biovil", "biovil-t"])
@torch.no_grad()
def test_biovil_equals_upstream(name):
    network = seeded(biovil.BioViL(temporal=name == "biovil-t"))
    golden, batch = GOLDEN[name], pixels(1, 3, 448, 448)
    assert agrees(network.embed_images(batch), golden["image"])
    assert agrees(network.pool_images(batch), golden["pooled"])
    assert agrees(network.embed_texts(TOKENS), GOLDEN["cxr-bert"]["text"])
    if name == "biovil-t":
        assert agrees(network.embed_images(batch, pixels(1, 3, 448, 448, seed=1)), golden["with prior"])


@pytest.mark.parametrize("name", ["biovil", "biovil-t"])
def test_biovil_has_the_names_shapes_and_counts_of_both_published_files(name):
    with torch.device("meta"):
        network = biovil.BioViL(temporal=name == "biovil-t")
    image = torch.nn.ModuleDict({"encoder": network.encoder, "projector": network.projector})
    text = torch.nn.ModuleDict(
        {"bert": network.bert, "cls": network.cls, "cls_projection_head": network.cls_projection_head}
    )
    for part, golden in ((image, GOLDEN[name]), (text, GOLDEN["cxr-bert"])):
        assert layout(part) == golden["layout"]
        assert n_parameters(part) == golden["n_parameters"]


@pytest.mark.parametrize("name", ["medclip-vit", "medclip-resnet"])
@torch.no_grad()
def test_medclip_equals_upstream(name):
    network = seeded(medclip.MedCLIP(swin=name == "medclip-vit"))
    assert agrees(network.embed_images(pixels(2, 1, 224, 224)), GOLDEN[name]["image"])
    assert agrees(network.embed_texts(TOKENS), GOLDEN[name]["text"])


@pytest.mark.parametrize("name", ["medclip-vit", "medclip-resnet"])
def test_medclip_has_the_published_names_shapes_and_counts(name):
    with torch.device("meta"):
        network = medclip.MedCLIP(swin=name == "medclip-vit")
    assert layout(network) == GOLDEN[name]["layout"]
    assert n_parameters(network) == GOLDEN[name]["n_parameters"]


def test_a_published_file_loads_without_what_is_never_used():
    with torch.device("meta"):
        network = biovil.BioViL(temporal=False)
    stored = network.state_dict() | {
        "encoder.encoder.fc.weight": torch.zeros(1),
        "bert.embeddings.position_ids": torch.zeros(1),
    }
    del stored["cls.predictions.decoder.weight"]
    assert set(biovil.published_state(stored)) == set(network.state_dict())
