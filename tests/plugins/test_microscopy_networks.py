"""Cellpose-SAM and micro-sam give upstream's numbers (golden/make_cellpose.py); DinoBloom is timm's DINOv2."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.plugins.seeded import n_parameters, pixels, sample, seeded_state
from zoo.plugins.microscopy import dinobloom_network as dinobloom
from zoo.plugins.microscopy import plugin
from zoo.plugins.microscopy import sam_network as sam

GOLDEN = json.loads((Path(__file__).parent / "golden" / "cellpose.json").read_text(encoding="utf-8"))


def published(network, prefix=""):
    """Names and tensors as upstream's file has them, seeded by those names."""
    upstream = {
        name.removeprefix(prefix).replace(".mlp.fc", ".mlp.lin"): tensor
        for name, tensor in network.state_dict().items()
    }

    class Named(torch.nn.Module):
        def state_dict(self, *args, **kwargs):
            return upstream

    return seeded_state(Named())


def layout(state):
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in state.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@torch.no_grad()
def test_cellpose_sam_equals_upstream():
    network, golden = sam.CellposeSam(), GOLDEN["cellpose-sam"]
    state = published(network)
    assert layout(state) == golden["layout"]
    assert n_parameters(network) == golden["n_parameters"]
    network.load_state_dict(sam.published_state(state))
    maps = network.eval()(pixels(1, 3, 256, 256))
    assert sample(maps) == pytest.approx(golden["maps"], rel=1e-4, abs=1e-5)
    assert network.embed_images(pixels(1, 3, 256, 256)).shape == (1, 256)


@torch.no_grad()
def test_the_encoder_of_micro_sam_equals_upstream():
    network, golden = sam.MicroSam("b"), GOLDEN["sam-vit-b"]
    state = published(network, prefix="image_encoder.")
    assert layout(state) == golden["layout"]
    assert n_parameters(network) == golden["n_parameters"]
    file = {f"image_encoder.{name}": tensor for name, tensor in state.items()}
    file["mask_decoder.iou_token.weight"] = torch.zeros(1, 256)
    network.load_state_dict(sam.published_state(file))
    assert sample(network.eval()(pixels(1, 3, 1024, 1024))) == pytest.approx(golden["map"], rel=1e-4, abs=1e-5)


@torch.no_grad()
def test_dinobloom_takes_the_backbone_of_a_teacher_under_the_names_of_dinov2():
    network = dinobloom.DinoBloom("dinobloom-s")
    network.load_state_dict(seeded_state(network))
    teacher = {
        **network.state_dict(),
        "backbone.mask_token": torch.zeros(1, 384),
        "dino_head.mlp.0.weight": torch.zeros(1),
    }
    other = dinobloom.DinoBloom("dinobloom-s")
    other.load_state_dict(other.published_state(teacher))
    batch = pixels(1, 3, 224, 224)
    assert torch.equal(network.eval().embed_images(batch), other.eval().embed_images(batch))


def test_percentiles_ignore_a_hot_pixel_and_survive_a_flat_channel():
    step = plugin.STEPS["microscopy-percentiles-1-99"]
    picture = np.zeros((100, 100, 2), dtype=np.float32)
    picture[..., 0] = np.linspace(0, 50, 10_000).reshape(100, 100)
    picture[0, 0, 0] = 10_000
    stretched = step(picture)
    assert np.percentile(stretched[..., 0], (1, 99)) == pytest.approx([0, 1], abs=1e-3)
    assert not stretched[..., 1].any()


def test_a_picture_for_sam_is_squared_below_and_right_by_the_mean_colour():
    wide = np.full((2, 4, 3), 7, dtype=np.uint8)
    square = plugin.STEPS["microscopy-sam-square"](wide)
    assert square.shape == (4, 4, 3)
    assert (square[:2] == 7).all()
    assert (square[2:] == (124, 116, 104)).all()
