"""OpenPhenom, MorphEm, SubCell and CellSAM have the published layout and give upstream's numbers (make_cells.py)."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import zoo
from tests.plugins.seeded import layout, n_parameters, pixels, sample, seeded_state, spots
from zoo.plugins.microscopy import cellsam_network as cellsam
from zoo.plugins.microscopy import morphem_network as morphem
from zoo.plugins.microscopy import openphenom_network as openphenom
from zoo.plugins.microscopy import plugin
from zoo.plugins.microscopy import subcell_network as subcell

GOLDEN = json.loads((Path(__file__).parent / "golden" / "cells.json").read_text(encoding="utf-8"))


class Named(torch.nn.Module):
    """Tensors under the names of a file, to be seeded by these names."""

    def __init__(self, tensors):
        super().__init__()
        self.tensors = tensors

    def state_dict(self, *args, **kwargs):
        return self.tensors


def agrees(tensor, wanted):
    return sample(tensor) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def card_of(name):
    return next(card for card in plugin.MODELS if card.id == name)


@torch.no_grad()
def test_openphenom_equals_upstream_for_all_channels_and_for_each():
    network, golden = openphenom.OpenPhenom(openphenom.CONFIGS["openphenom-s-16"]), GOLDEN["openphenom-s-16"]
    assert n_parameters(network) == golden["n_parameters"]
    assert layout(network) == golden["layout"]
    assert agrees(network.vit_backbone.pos_embed, golden["places"])
    state = seeded_state(network)
    file = {f"encoder.{name}": tensor for name, tensor in state.items()}
    file["decoder.mask_token"] = torch.zeros(1, 1, 512)
    network.load_state_dict(openphenom.encoder_state(file))
    batch = (pixels(1, 3, 256, 256) * 40 + 100).clamp(0, 255)
    assert agrees(network.eval().embed_images(batch), golden["all channels"])
    assert agrees(network.embed_channels(batch), golden["each channel"])


@torch.no_grad()
def test_openphenom_heeds_neither_the_order_of_channels_nor_their_background():
    network = openphenom.OpenPhenom(openphenom.OpenPhenomConfig(32, 2, 4, size_px=64))
    network.load_state_dict({**seeded_state(network), "vit_backbone.pos_embed": network.vit_backbone.pos_embed})
    batch = pixels(2, 3, 64, 64) * 20 + 100
    wanted = network.embed_images(batch)
    assert torch.allclose(network.embed_images(batch[:, [2, 0, 1]]), wanted, atol=1e-4)
    brighter = batch + torch.tensor([0.0, 50.0, 20.0])[:, None, None]
    assert torch.allclose(network.embed_images(brighter), wanted, atol=1e-4)
    with pytest.raises(ValueError, match="11 channels, not 12"):
        network.embed_images(pixels(1, 12, 64, 64))


def test_openphenom_s_file_is_opened_as_the_pickle_that_it_is(tmp_path):
    card = card_of("microscopy/openphenom-s-16")
    network = openphenom.OpenPhenom(openphenom.CONFIGS["openphenom-s-16"])
    state = {f"encoder.{name}": tensor for name, tensor in seeded_state(network).items()}
    torch.save({"state_dict": {**state, "decoder_pred.bias": torch.zeros(256)}}, tmp_path / "model.safetensors")
    local = {"repository": None, "file": None, "path": str(tmp_path / "model.safetensors")}
    encoder = zoo.load(card.model_copy(update={"source": card.source.model_copy(update=local)}))
    assert torch.equal(encoder.module.vit_backbone.cls_token, state["encoder.vit_backbone.cls_token"])
    picture = np.random.default_rng(0).integers(0, 256, (5, 300, 280), dtype=np.uint8)
    assert encoder.preprocess(zoo.images.Picture(picture.transpose(1, 2, 0), card.preprocess.bands, "uint8")).shape == (
        5,
        256,
        256,
    )


@torch.no_grad()
def test_morphem_equals_upstream_on_each_channel_alone():
    network, golden = morphem.MorphEm(morphem.CONFIGS["morphem"]), GOLDEN["morphem"]
    assert n_parameters(network) == golden["n_parameters"]
    assert layout(network.backbone) == golden["layout"]
    file = {**seeded_state(network.backbone), "head.mlp.0.weight": torch.zeros(1)}
    network.load_state_dict(morphem.published_state(file))
    assert agrees(network.eval().embed_images(pixels(1, 3, 224, 224)), golden["channels"])


def test_pixels_for_morphem_are_noise_where_saturated_and_standard_in_each_channel():
    noise, standardise = (plugin.STEPS[f"microscopy-{name}"] for name in ("saturation-noise", "standardise"))
    picture = np.random.default_rng(1).integers(0, 255, (40, 50, 2)).astype(np.float32)
    picture[10:20, 10:20, 0] = 255
    noisy = noise(picture)
    assert np.array_equal(noisy[picture < 255], picture[picture < 255])
    assert ((noisy[picture == 255] >= 200) & (noisy[picture == 255] < 255)).all()
    assert np.unique(noisy[picture == 255]).size > 90
    wanted = torch.nn.InstanceNorm2d(2, eps=1e-7)(torch.from_numpy(noisy).permute(2, 0, 1)[None])[0]
    assert np.abs(standardise(noisy) - wanted.permute(1, 2, 0).numpy()).max() < 1e-5
    assert not standardise(np.full((4, 4, 1), 9.0)).any()


THEIRS = {
    "cls_token": "embeddings.cls_token",
    "pos_embed": "embeddings.position_embeddings",
    "patch_embed.proj": "embeddings.patch_embeddings.projection",
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
    "norm": "layernorm",
    "attn.qkv": "attention.attention.{part}",
    "attn.proj": "attention.output.dense",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
}


def subcell_file(network):
    """What upstream's file would hold: names of transformers 4; query, key and value apart."""
    found = {f"pool_model.{name}": tensor for name, tensor in network.pool_model.state_dict().items()}
    for name, tensor in network.encoder.state_dict().items():
        block, ours, kind = re.fullmatch(r"(blocks\.\d+\.)?(.*?)(\.weight|\.bias)?", name).groups(default="")
        theirs = f"encoder.{block.replace('blocks', 'encoder.layer')}{THEIRS[ours]}{kind}"
        parts = ("query", "key", "value") if "{part}" in theirs else ("",)
        for part, piece in zip(parts, tensor.chunk(len(parts)), strict=True):
            found[theirs.format(part=part)] = piece
    return found


@torch.no_grad()
def test_subcell_equals_upstream():
    network, golden = subcell.SubCell(subcell.CONFIGS["subcell-rybg"]), GOLDEN["subcell-rybg"]
    assert n_parameters(network) == golden["n_parameters"]
    # The module of SubCellPortable has no dropout, so its gates count from 0 and the files' from 1.
    portable = {
        name.replace("_v.1.", "_v.0.").replace("_u.1.", "_u.0."): t for name, t in subcell_file(network).items()
    }
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in portable.items())
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == golden["layout"]
    seeded = seeded_state(Named(portable))
    file = {name.replace("_v.0.", "_v.1.").replace("_u.0.", "_u.1."): tensor for name, tensor in seeded.items()}
    network.load_state_dict(subcell.published_state({**file, "decoder.mask_token": torch.zeros(1)}))
    assert agrees(network.eval().embed_images(pixels(1, 4, 448, 448)), golden["pooled"])


def test_a_crop_for_subcell_is_stretched_over_all_channels_together():
    step = plugin.STEPS["microscopy-min-max"]
    crop = np.zeros((4, 4, 2), dtype=np.float32)
    crop[..., 0], crop[0, 0, 1] = 100, 400
    assert step(crop)[0, 0] == pytest.approx([0.25, 1.0])
    assert not step(np.full((4, 4, 2), 3.0)).any()


def small(width, depth, neck):
    """Arguments of a small encoder whose last block sees the whole picture."""
    return {
        "embed_dim": width,
        "depth": depth,
        "num_heads": depth,
        "global_attn_indexes": (depth - 1,),
        "neck_chans": neck,
    }


def test_the_encoder_of_cellsam_has_the_layout_of_sam():
    with torch.device("meta"):
        network = cellsam.CellSam()
    state = network.image_encoder.state_dict()
    lines = sorted(f"{name.replace('.mlp.fc', '.mlp.lin')} {tuple(tensor.shape)}" for name, tensor in state.items())
    assert n_parameters(network) == GOLDEN["cellsam"]["n_parameters"]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == GOLDEN["cellsam"]["layout"]


@torch.no_grad()
@pytest.mark.parametrize(("prefix", "case"), [("model_cp", "each channel"), ("model", "whole picture")])
def test_cellsam_equals_upstream_with_one_encoder_in_the_file_or_two(prefix, case):
    network = cellsam.CellSam(small(64, 2, 32)).eval()
    names = {name.replace(".mlp.fc", ".mlp.lin"): t for name, t in network.image_encoder.state_dict().items()}
    file = {f"{prefix}.image_encoder.{name}": tensor for name, tensor in seeded_state(Named(names)).items()}
    file[f"{prefix}.mask_decoder.iou_token.weight"] = torch.zeros(1, 256)
    if prefix == "model_cp":
        file["model.image_encoder.pos_embed"] = torch.zeros(1, 64, 64, 64)
    network.load_state_dict(network.published_state(file))
    batch = torch.from_numpy(spots() / 255).float().permute(2, 0, 1)[None]
    batch = torch.nn.functional.interpolate(batch, (1024, 1024), mode="bilinear", antialias=True)
    golden = GOLDEN["cellsam"][case]
    assert agrees(network.stretched(batch), golden["seen"])
    assert agrees(network(batch), golden["map"])


def test_a_picture_for_cellsam_is_equalised_as_upstream_does():
    golden = GOLDEN["cellsam"]
    equal = plugin.STEPS["microscopy-cellsam-equalise"](spots().astype(np.float32))
    assert agrees(torch.from_numpy(equal), golden["equalised"])
    prepared = zoo.preprocessing.build(card_of("microscopy/cellsam").preprocess)(spots())
    network = cellsam.CellSam(small(8, 1, 8))
    seen = network.stretched(prepared[None])
    assert sample(seen) == pytest.approx(golden["equalised, then seen"], rel=1e-3, abs=1e-4)
