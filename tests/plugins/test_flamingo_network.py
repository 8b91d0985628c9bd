"""OpenFlamingo's joints have the published names and give upstream's logits (golden/make_flamingo.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.plugins.seeded import pixels, sample, seeded_state
from tests.plugins.tiny_flamingo import MEDIA, VISION_WIDTH, clip_tower, language_model
from zoo.plugins.multimodal.flamingo_network import Flamingo, trained_state

GOLDEN = json.loads((Path(__file__).parent / "golden" / "flamingo.json").read_text(encoding="utf-8"))
IDS = torch.tensor([[3, MEDIA, 4, 5, MEDIA, 6, 8], [MEDIA, 11, 12, MEDIA, 13, 14, 15]])
IMAGES = pixels(4, 3, 32, 32).reshape(2, 2, 3, 32, 32)


def flamingo(kind):
    network = Flamingo(
        clip_tower().visual, language_model(kind), media_token_id=MEDIA, vision_width=VISION_WIDTH, every=2
    )
    network.load_state_dict(seeded_state(network))
    return network.eval()


def is_trained(name):
    return "cross_attn" in name or "perceiver" in name


@pytest.mark.parametrize("kind", ["gpt_neox", "mpt"])
@torch.no_grad()
def test_logits_equal_upstream(kind):
    logits = flamingo(kind)(IMAGES, IDS, torch.ones_like(IDS))
    assert sample(logits) == pytest.approx(GOLDEN[kind]["logits"], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("kind", ["gpt_neox", "mpt"])
def test_the_trained_parameters_have_the_published_names_and_count(kind):
    state = flamingo(kind).state_dict()
    trained = sorted(name for name in state if is_trained(name))
    assert trained[:6] == GOLDEN[kind]["names"]
    assert sum(state[name].numel() for name in trained) == GOLDEN[kind]["n_trained"]


@torch.no_grad()
def test_generation_goes_on_from_the_last_image():
    network = flamingo("gpt_neox")
    ids = IDS[:, :6]
    made = network.generate(IMAGES, ids, torch.ones_like(ids), max_new_tokens=4)
    assert made.shape == (2, 10)
    by_hand = ids
    for _ in range(4):  # without a cache: the whole text again for every token
        logits = network(IMAGES, by_hand, torch.ones_like(by_hand))
        by_hand = torch.cat([by_hand, logits[:, -1].argmax(dim=1, keepdim=True)], dim=1)
    assert torch.equal(made, by_hand)
    other_pictures = network(IMAGES.flip(0), ids, torch.ones_like(ids))
    assert not torch.allclose(other_pictures[:, -1], network(IMAGES, ids, torch.ones_like(ids))[:, -1])


@torch.no_grad()
def test_text_before_any_image_sees_none():
    network = flamingo("gpt_neox")
    ids = torch.tensor([[3, 4, MEDIA, 5]])
    one, other = (network(images, ids) for images in (IMAGES[:1, :1], IMAGES[1:, :1]))
    assert torch.equal(one[:, :2], other[:, :2])
    assert not torch.allclose(one[:, 2:], other[:, 2:])


@torch.no_grad()
def test_pictures_are_embedded_as_the_mean_of_their_latents():
    network = flamingo("gpt_neox")
    assert network.embed_images(IMAGES[:, 0]).shape == (2, VISION_WIDTH)


def test_a_checkpoint_s_duplicates_are_left_out():
    stored = dict.fromkeys(
        ["module.perceiver.latents", "lang_encoder.gated_cross_attn_layers.0.attn_gate", "vision_encoder.proj"],
        torch.zeros(1),
    )
    assert list(trained_state(stored)) == ["perceiver.latents"]
