import pytest

from tests.zoo.toy_cards import toy_card
from zoo import hookimpl
from zoo.cards import TimmSource
from zoo.errors import DataError, DuplicateModelError, PluginError, UnknownModelError
from zoo.registry import Registry


class Toys:
    """A plugin of the given cards."""

    def __init__(self, *cards):
        self.cards = cards

    @hookimpl
    def zoo_models(self):
        return list(self.cards)


def registry_of(*cards):
    registry = Registry()
    registry.register(Toys(*cards), "toys")
    return registry


def test_a_card_is_found_by_id_alias_and_repository_in_any_case():
    source = TimmSource(architecture="resnet18", repository="Owner/Net")
    card = toy_card("vision/net-b", aliases=("netb",), source=source)
    registry = registry_of(card)
    for name in ("vision/net-b", "Vision/Net-B", " netb ", "owner/net"):
        assert registry.get_card(name) is card
    assert registry.owner(card.id) == "toys"


def test_a_misspelt_name_suggests_the_near_one():
    with pytest.raises(UnknownModelError, match="Did you mean 'medical/rad-dino'") as caught:
        registry_of(toy_card("medical/rad-dino")).get_card("medical/rad-dion")
    assert caught.value.suggestions == ("medical/rad-dino",)


def test_a_name_far_from_all_suggests_the_list():
    with pytest.raises(UnknownModelError, match="list_models"):
        registry_of(toy_card("vision/a")).get_card("qqqqqqqqqqqq")


def test_a_second_plugin_with_the_same_id_is_refused_and_leaves_nothing():
    registry = registry_of(toy_card("vision/net"))
    with pytest.raises(DuplicateModelError, match="'toys' and 'others'"):
        registry.register(Toys(toy_card("vision/new"), toy_card("vision/net")), "others")
    assert list(registry.cards) == ["vision/net"]
    registry.register(Toys(toy_card("vision/new")), "others")
    assert len(registry.cards) == 2


def test_an_alias_may_not_hide_an_id_of_another():
    registry = registry_of(toy_card("vision/net"))
    with pytest.raises(DuplicateModelError):
        registry.register(Toys(toy_card("vision/other", aliases=("Vision/Net",))), "others")


def test_something_that_is_no_card_is_a_plugin_error():
    with pytest.raises(PluginError, match="want a list of ModelCard"):
        Registry().register(Toys({"id": "vision/net"}), "toys")


def test_a_hook_with_unknown_arguments_is_a_plugin_error():
    class Wrong:
        @hookimpl
        def zoo_models(self, surprise):
            return []

    with pytest.raises(PluginError, match="surprise"):
        Registry().register(Wrong(), "wrong")


def test_a_catalogue_is_resolved_by_name_and_searched_by_prefix():
    inside = toy_card("shelf/net-1")

    class Shelf:
        @hookimpl
        def zoo_resolve_model(self, name):
            return inside if name == "shelf/net-1" else None

        @hookimpl
        def zoo_catalogue(self):
            return {"shelf": lambda: [inside, toy_card("shelf/net-2")]}

    registry = registry_of(toy_card("vision/net"))
    registry.register(Shelf(), "shelf")
    assert registry.get_card("shelf/net-1") is inside
    assert [card.id for card in registry.find("shelf/*")] == ["shelf/net-1", "shelf/net-2"]
    assert [card.id for card in registry.find()] == ["vision/net"]


FILTERED = (
    toy_card("vision/small", n_parameters=5_000_000),
    toy_card("vision/large", n_parameters=300_000_000, commercial_use=False),
    toy_card("vision/unknown", n_parameters=None, commercial_use=None),
    toy_card("medical/chest", domains=("medical/radiology",), summary="Chest x-ray encoder.", languages=("en",)),
)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"max_parameters": 20e6}, {"vision/small", "medical/chest"}),
        ({"min_parameters": 100e6}, {"vision/large"}),
        ({"commercial_use": True}, {"vision/small", "medical/chest"}),
        ({"commercial_use": False}, {"vision/large"}),
        ({"domain": "medical"}, {"medical/chest"}),
        ({"query": "x-ray of a chest"}, {"medical/chest"}),
        ({"pattern": "vision/*"}, {"vision/small", "vision/large", "vision/unknown"}),
        ({"pattern": "CHEST"}, {"medical/chest"}),
        ({"language": "en"}, {"medical/chest"}),
        ({"language": "English"}, {"medical/chest"}),
        ({"language": "German"}, set()),
        ({"capability": "segment"}, set()),
    ],
)
def test_a_filter_keeps_what_is_known_to_pass(filters, names):
    assert {card.id for card in registry_of(*FILTERED).find(**filters)} == names


def test_ids_are_listed_in_the_order_a_person_counts():
    registry = registry_of(*(toy_card(f"vision/vit-b-{patch}") for patch in (32, 8, 16)))
    assert [card.id for card in registry.find()] == ["vision/vit-b-8", "vision/vit-b-16", "vision/vit-b-32"]


def test_an_unknown_domain_lists_the_tree():
    with pytest.raises(DataError, match="medical/radiology"):
        registry_of(*FILTERED).find(domain="medicine")


@pytest.mark.parametrize("name", [None, 3, ["vision/a"]])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(DataError, match="want the name of a model, got"):
        registry_of(toy_card("vision/a")).get_card(name)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"pattern": 3}, "pattern is 3, want a text"),
        ({"license": 3}, "license is 3, want a text"),
        ({"domain": 3}, "domain is 3, want a text"),
        ({"modality": "images"}, "no modality named 'images'. There are: image,"),
        ({"capability": "zeroshot"}, "no capability named 'zeroshot'. There are: embed,"),
        ({"loader": "pip"}, "no loader named 'pip'. There are: timm,"),
        ({"max_parameters": "400M"}, "max_parameters is '400M'"),
        ({"min_parameters": float("nan")}, "min_parameters is nan"),
        ({"commercial_use": "yes"}, "commercial_use is 'yes'. Give True, False or None"),
        ({"language": "multilingual"}, "language is 'multilingual', want one language. Give its name"),
    ],
)
def test_a_filter_that_no_card_could_pass_is_refused(filters, message):
    with pytest.raises(DataError, match=message):
        registry_of(toy_card("vision/a")).find(**filters)
