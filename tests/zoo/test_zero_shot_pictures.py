"""The short way of an image tower equals the whole tower, and steps aside where it does not."""

import numpy as np
import pytest
import torch

import zoo
from tests.zoo.zero_shot_models import toy_encoder, toy_registry
from zoo.zero_shot.pictures import quick_tower


@pytest.fixture
def pixels():
    return torch.randn(9, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ["clip", "quick", "custom", "hf-clip"])
def test_vectors_equal_the_whole_tower(name, pixels):
    encoder = toy_encoder(name)
    run = quick_tower(encoder, pixels)
    assert run is not None
    assert (run(pixels) - encoder.embed_images(pixels)).abs().max() < 1e-5
    assert not encoder.module.training


def test_a_tower_that_pools_otherwise_runs_as_it_was_written(pixels):
    assert quick_tower(toy_encoder("coca"), pixels) is None


def test_a_tower_whose_code_does_more_than_its_parts_show_is_noticed(pixels):
    encoder = toy_encoder("clip")
    encoder.module.visual.transformer.register_forward_hook(lambda module, args, output: output.flip(-1))
    assert quick_tower(encoder, pixels) is None


def test_classify_gives_the_same_by_the_short_way_and_the_long():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (40, 50, 3), dtype=np.uint8) for _ in range(20)]
    encoder, registry = toy_encoder("clip"), toy_registry()
    short = zoo.classify(images, ["cat", "dog"], encoder, batch_size=20, cache=False, registry=registry)
    long = zoo.classify(images, ["cat", "dog"], encoder, batch_size=1, cache=False, registry=registry)
    assert np.abs(short.logits - long.logits).max() < 1e-5
