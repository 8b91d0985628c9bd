import pytest
from pydantic import TypeAdapter, ValidationError

from tests.zoo.toy_cards import toy_card
from zoo.cards import DOMAINS, ModelCard, Source, TimmSource, fingerprint


def test_a_card_survives_json():
    card = toy_card("vision/toy", results=())
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


def test_an_unknown_field_is_an_error():
    with pytest.raises(ValidationError, match="licence"):
        toy_card("vision/toy", licence="MIT")


def test_a_card_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        toy_card("vision/toy").title = "other"


@pytest.mark.parametrize("revision", ["main", "v1.0", "0123abc", "G" * 40])
def test_a_revision_that_can_move_is_refused(revision):
    with pytest.raises(ValidationError, match="revision"):
        TimmSource(architecture="resnet18", revision=revision)


@pytest.mark.parametrize("bad", ["noslash", "Vision/x", "vision/", "vision//x", "vision/ x"])
def test_a_malformed_id_is_refused(bad):
    with pytest.raises(ValidationError, match="id"):
        toy_card(bad)


def test_facts_have_no_default_that_could_be_mistaken_for_knowledge():
    required = {name for name, field in ModelCard.model_fields.items() if field.is_required()}
    assert {"license", "commercial_use", "gated", "n_parameters", "embed_dim", "preprocess", "pretraining"} <= required
    defaults = {f.default for name, f in ModelCard.model_fields.items() if not f.is_required()}
    assert defaults <= {None, ()}


def test_the_source_is_chosen_by_its_loader():
    source = TypeAdapter(Source).validate_python({"loader": "timm", "architecture": "resnet18"})
    assert isinstance(source, TimmSource)


def test_domains_form_a_tree():
    assert all(name.rpartition("/")[0] in DOMAINS for name in DOMAINS if "/" in name)


def test_a_domain_holds_what_is_below_it_and_not_its_namesakes():
    card = toy_card("medical/toy", domains=("medical/radiology",))
    assert card.in_domain("medical")
    assert card.in_domain("medical/radiology")
    assert not card.in_domain("med")


def test_the_fingerprint_follows_the_facts():
    one, two = toy_card("vision/toy"), toy_card("vision/toy", embed_dim=513)
    assert fingerprint(one) == fingerprint(toy_card("vision/toy"))
    assert fingerprint(one) != fingerprint(two)
