"""A card changes the settings of the network that its builder's name stands for, and nothing else gets through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.zoo.toy_cards import toy_card
from zoo.cards import CustomSource, ModelCard
from zoo.errors import PluginError
from zoo.settings import configured


@dataclass
class Net:
    width: int
    depth: int = 12
    stages: tuple[int, ...] = (2, 2)
    text: Mapping[str, Any] = field(default_factory=dict)
    eye: str | None = None


def with_config(**config: Any) -> ModelCard:
    return toy_card("toys/net", source=CustomSource(builder="net-base", config=config or None))


def test_without_config_the_name_says_all():
    assert configured(with_config(), Net, {"width": 768}) == Net(768)


def test_the_card_goes_before_the_name_and_both_before_the_default():
    assert configured(with_config(width=16), Net, {"width": 768, "depth": 24}) == Net(16, 24)


def test_a_list_as_json_has_it_becomes_a_tuple_and_a_setting_without_a_usual_value_takes_any():
    assert configured(with_config(stages=[1, 1], eye="large"), Net, {"width": 8}) == Net(8, stages=(1, 1), eye="large")


def test_an_unknown_setting_is_refused_with_those_that_exist():
    with pytest.raises(PluginError, match=r"toys/net has no setting 'layers'; it has width, depth, stages, text, eye"):
        configured(with_config(layers=2), Net, {"width": 768})


@pytest.mark.parametrize("config", [{"depth": "two"}, {"stages": 3}, {"width": None}])
def test_a_value_of_another_kind_is_refused(config):
    (name,) = config
    with pytest.raises(PluginError, match=f"wants '{name}' as .* is"):
        configured(with_config(**config), Net, {"width": 768})


def test_a_source_with_config_can_be_hashed_and_read_back_from_json():
    card = with_config(depth=2)
    assert hash(card.source) == hash(with_config(depth=2).source)
    assert ModelCard.model_validate_json(card.model_dump_json()) == card
