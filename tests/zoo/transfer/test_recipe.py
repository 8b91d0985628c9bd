"""Recipes are data: they survive JSON, are told in words, and hold the numbers of their sources."""

from __future__ import annotations

import pytest

from zoo.errors import DataError
from zoo.transfer import Recipe, named
from zoo.transfer.penalties import EWCSpec, L2SPSpec
from zoo.transfer.recipes import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json_and_can_be_read_aloud(name):
    recipe = named(name).model_copy(update={"penalties": (L2SPSpec(strength=0.1), EWCSpec())})
    again = Recipe.model_validate_json(recipe.model_dump_json())
    assert again == recipe
    assert again.name == name
    assert [type(penalty) for penalty in again.penalties] == [L2SPSpec, EWCSpec]
    steps = [line for line in recipe.describe().splitlines() if line[:1].isdigit()]
    assert len(steps) == len(recipe.phases)


def test_the_article_schedule_opens_block_by_block():
    head, blocks, everything = named("gradual-unfreezing").phases
    assert (head.trainable, blocks.trainable, everything.trainable) == ("head", "block-by-block", "all")
    assert 5 <= head.epochs <= 10
    assert blocks.stop is not None
    assert everything.body_rate == 1e-5
    assert everything.stop is not None


def test_only_the_control_and_plain_tuning_begin_without_a_probe():
    without = [name for name in RECIPES if named(name).phases[0].trainable != "head"]
    assert without == ["full", "contrastive", "scratch"]
    assert named("scratch").start == "random"


def test_low_rank_updates_learn_ten_times_faster_than_all_weights():
    assert named("lora").phases[-1].body_rate == 10 * named("full").phases[-1].body_rate


def test_an_unknown_recipe_names_the_known_ones():
    with pytest.raises(DataError, match=r"no recipe named 'lpft'.*lp-ft"):
        named("lpft")
