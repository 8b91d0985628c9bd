"""Prompt sets of the built-in plugins: those of CLIP are complete, names are told apart, domains find theirs."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from zoo.cards import DOMAINS
from zoo.plugins.multimodal.prompts import PROMPT_SETS
from zoo.prompts import choose_prompt_set
from zoo.registry import default_registry

BY_NAME = {prompt_set.name: prompt_set for prompt_set in PROMPT_SETS}


@pytest.mark.parametrize(
    ("name", "upstream"),
    [("clip-simple", "SIMPLE_IMAGENET_TEMPLATES"), ("clip-imagenet", "OPENAI_IMAGENET_TEMPLATES")],
)
def test_imagenet_sets_are_those_of_open_clip(name, upstream):
    from open_clip import zero_shot_metadata

    theirs = [template("{}") for template in getattr(zero_shot_metadata, upstream)]
    assert sorted(BY_NAME[name].templates) == sorted(theirs)


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("clip-imagenet", "imagenet1k"),
        ("clip-small-photos", "cifar10"),
        ("clip-textures", "dtd"),
        ("clip-digits", "mnist"),
        ("clip-food", "food101"),
        ("clip-pets", "pets"),
        ("clip-flowers", "flowers"),
        ("clip-aircraft", "fgvc_aircraft"),
        ("clip-faces", "fer2013"),
    ],
)
def test_sets_of_single_data_sets_are_the_published_ones(name, dataset, shared_data):
    path = shared_data / "prompts" / "en_zeroshot_classification_templates.json"
    theirs = [template.replace("{c}", "{}") for template in json.loads(path.read_text(encoding="utf-8"))[dataset]]
    assert sorted(BY_NAME[name].templates) == sorted(theirs)


def installed_sets():
    return [prompt_set for _, sets in default_registry().answers("zoo_prompt_sets") for prompt_set in sets]


def test_no_name_is_given_twice_and_every_domain_is_in_the_tree():
    sets = installed_sets()
    assert [name for name, n in Counter(prompt_set.name for prompt_set in sets).items() if n > 1] == []
    assert {domain for prompt_set in sets for domain in prompt_set.domains} <= set(DOMAINS)
    assert [s.name for s in sets if len(set(s.templates)) < len(s.templates)] == []
    assert [s.name for s in sets if not s.source] == []


def test_a_photograph_gets_the_short_ensemble():
    found = choose_prompt_set(installed_sets(), name=None, domains=("natural",))
    assert found is not None
    assert found.name == "clip-simple"


def test_every_card_names_a_set_that_exists():
    names = {prompt_set.name for prompt_set in installed_sets()}
    cards = default_registry().find()
    named = {card.zero_shot.template_set for card in cards if card.zero_shot and card.zero_shot.template_set}
    assert named <= names
    assert named  # at least the bundled model names its own
