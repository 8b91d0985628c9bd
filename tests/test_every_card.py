"""Every curated card is walked: it builds, counts what it says, and prepares a sample into the stated shape.

Networks are built on the meta device, which needs no memory for weights, so the walk covers the largest models too.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import zoo
from zoo.cards import CustomSource, ImagePreprocess, TextPreprocess, successors
from zoo.images import Picture
from zoo.registry import default_registry

CARDS = dict(sorted(default_registry().cards.items()))
UNBUILT = {name for name, c in CARDS.items() if isinstance(c.source, CustomSource) and c.source.builder is None}
MISSION = {
    "images": ("resnet50", "efficientnet", "vit-base"),
    "medical": ("medclip", "rad-dino", "biovil"),
    "satellite": ("satmae", "prithvi"),
    "microscopy and biology": ("cellvit", "bioclip"),
    "text": ("bert", "roberta", "deberta", "llama", "scibert", "biomedbert", "legal-bert"),
    "code": ("codebert", "starcoder"),
    "image-text": ("clip", "flamingo", "llava"),
}
"""The systems that zoo was made for, by a word of their id."""
PICTURES = {name: c for name, c in CARDS.items() if isinstance(c.preprocess, ImagePreprocess)}


def sample(spec: ImagePreprocess) -> Picture:
    """A picture as the contract wants it: its bands, within its range, larger than its size."""
    low, high = spec.value_range or (0, 255)
    size = spec.size_px if isinstance(spec.size_px, tuple) else (spec.size_px, spec.size_px)
    shape = size if spec.resize_mode is None and spec.crop != "center" else (size[0] + 37, size[1] + 58)
    noise = np.random.default_rng(0).uniform(low, high, (*shape, len(spec.bands)))
    kind = np.uint8 if (low, high) == (0, 255) else np.float32
    return Picture(noise.astype(kind), spec.bands, "uint8" if kind is np.uint8 else spec.units)


@pytest.mark.parametrize("name", CARDS)
def test_the_network_counts_what_the_card_says(name):
    card = CARDS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say of configurations is theirs
        encoder = zoo.load(card, device="meta", pretrained=False)
    if card.n_parameters is not None:
        assert sum(parameter.numel() for parameter in encoder.module.parameters()) == card.n_parameters
    if encoder._network.dim is not None and card.embed_dim is not None:
        assert encoder._network.dim == card.embed_dim
    assert encoder.layer_groups()


@pytest.mark.parametrize("name", PICTURES)
def test_preprocessing_takes_a_sample_and_gives_the_stated_shape(name):
    spec = PICTURES[name].preprocess
    tensor, _ = zoo.preprocessing.build(spec).with_notes(sample(spec))
    size = spec.size_px if isinstance(spec.size_px, tuple) else (spec.size_px, spec.size_px)
    assert tensor.shape == (len(spec.bands), *size)
    assert tensor.isfinite().all()


def test_every_architecture_is_built():
    assert not UNBUILT


@pytest.mark.parametrize("name", CARDS)
def test_the_facts_agree_with_each_other(name):
    card = CARDS[name]
    assert card.sources, "where the facts were read"
    assert all(not source.startswith(("/", "..")) and "shared" not in source for source in card.sources)
    for spec in (card.preprocess, card.text_preprocess):
        check_preprocess(spec)
    if "zero-shot" in card.capabilities:
        assert card.zero_shot is not None or card.modality in ("text", "code"), "a rule for its scores"
    if card.modality == "image-text" and "zero-shot" in card.capabilities:
        assert card.text_preprocess is not None
    if card.superseded_by is not None:
        assert card.superseded_by in CARDS
        assert CARDS[successors(card, CARDS)[-1]].superseded_by is None, "a circle of successors"
    if card.commercial_use is True:
        assert "-NC" not in (card.license.weights or "").upper()
    if card.license.weights and "-NC" in card.license.weights.upper():
        assert card.commercial_use is False


def check_preprocess(spec: ImagePreprocess | TextPreprocess | None) -> None:
    if not isinstance(spec, ImagePreprocess):
        return
    for statistic in (spec.mean, spec.std):
        assert statistic is None or len(statistic) == len(spec.bands)
    if spec.std is not None:
        assert all(value > 0 for value in spec.std)
    if spec.value_range is not None and spec.scale is not None and spec.mean is not None:
        low, high = (value * spec.scale for value in spec.value_range)
        assert all(low <= value <= high for value in spec.mean), "mean on another scale than value_range x scale"


def test_the_walk_is_counted():
    walked = len(CARDS) - len(UNBUILT)
    print(f"\n{len(CARDS)} curated cards, {walked} built and counted, {len(UNBUILT)} not built: {sorted(UNBUILT)}")
    missing = [word for words in MISSION.values() for word in words if not any(word in name for name in CARDS)]
    assert missing == []
