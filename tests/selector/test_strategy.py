"""The guide's bounds hold, and each refinement applies where its rule says, with its source."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.selector import toys
from zoo.selector import Task
from zoo.selector.advice.strategy import by_labels, choose_strategy, domain_distance
from zoo.transfer import Phase, recipes

NAMES = ("cat", "dog")


def chosen(n, card=toys.RESNET, **facts):
    return choose_strategy(Task(modality="image", class_names=NAMES, labels_per_class=n, **facts), card)


@pytest.mark.parametrize(
    ("n", "name"),
    [
        (None, "zero-shot"),
        (0, "zero-shot"),
        (1, "feature-extraction"),
        (99, "feature-extraction"),
        (100, "partial"),
        (999, "partial"),
        (1000, "half"),
        (10_000, "half"),
        (10_001, "lp-ft"),
    ],
)
def test_the_guide_goes_by_labels_per_class(n, name):
    strategy, recipe = chosen(n)
    assert strategy.name == recipe.name == by_labels(n) == name


def test_every_rule_names_its_source():
    for n in (None, 0, 3, 20, 500, 5000, 50_000):
        for card in (toys.RESNET, toys.CLIP, toys.CHEST, None):
            strategy, recipe = chosen(n, card, domain="satellite/rgb")
            assert strategy.rules
            assert all(rule.source for rule in strategy.rules)
            assert recipe.sources


def test_the_head_is_trained_before_the_body():
    for n in (500, 5000, 50_000):
        phases = chosen(n)[1].phases
        assert phases[0].trainable == "head"
        assert phases[1].body_rate <= phases[1].head_rate  # a solved head needs no greater one


def test_more_labels_open_more_of_the_network():
    opened = [max((phase.share for phase in chosen(n)[1].phases), default=0.0) for n in (0, 50, 500, 5000, 50_000)]
    assert opened == sorted(opened)
    assert opened[-1] == 1.0


def test_lower_layers_learn_slower_where_half_is_open():
    assert chosen(5000)[1].phases[1].layer_decay < 1


def test_few_shots_of_a_model_with_text_let_the_class_names_vote():
    phase = chosen(4, toys.CLIP)[1].phases[0]
    assert (phase.head, phase.fit) == ("text-anchored-gda", "closed-form")
    assert chosen(50, toys.CLIP)[1].phases[0].head == "text-initialised"
    assert chosen(50, toys.RESNET)[1].phases[0].head == "linear"
    assert chosen(2, toys.RESNET)[1].phases[0].head == "nearest-mean"


def test_without_class_names_no_text_can_vote():
    _, recipe = choose_strategy(Task(modality="image", labels_per_class=4), toys.CLIP)
    assert recipe.phases[0].head == "nearest-mean"


def test_unequal_classes_are_weighed():
    assert chosen((300, 20))[1].balanced
    assert not chosen((300, 290))[1].balanced


def test_a_far_domain_adds_a_phase_only_for_where_the_probe_disappoints():
    strategy, recipe = chosen(50, domain="medical/radiology")
    assert strategy.distance == "far"
    assert [phase.trainable for phase in recipe.phases] == ["head", "last-blocks"]
    assert [penalty.kind for penalty in recipe.penalties] == ["l2-sp"]
    near, short = chosen(50, toys.CHEST, domain="medical/radiology")
    assert near.distance == "near"
    assert len(short.phases) == 1


def test_the_added_phase_says_in_words_when_to_run_it():
    assert "Step 2 only if the probe disappoints." in chosen(50, domain="medical/radiology")[1].describe()


def test_one_to_four_shots_are_never_tuned_however_far_the_domain():
    for n in (1, 4):
        strategy, recipe = chosen(n, domain="medical/radiology")
        assert strategy.distance == "far"
        assert [phase.fit for phase in recipe.phases] == ["closed-form"]
    assert len(chosen(5, domain="medical/radiology")[1].phases) == 2


def test_where_nothing_can_be_tuned_nothing_is_said_of_tuning():
    for n, said in ((3, False), (30, True)):
        rules = chosen(n, toys.CHEST, domain="medical/radiology")[0].rules
        assert any("tuning may add little" in rule.text for rule in rules) is said


def test_a_head_that_begins_as_the_class_prompts_says_where_that_was_read():
    for n in (50, 500, 5000, 50_000):
        strategy, recipe = chosen(n, toys.CLIP)
        assert recipe.phases[0].head == "text-initialised"
        assert recipes.CLAP in [rule.source for rule in strategy.rules]


def test_distance_is_unknown_where_nobody_says():
    assert domain_distance(Task(modality="image"), toys.RESNET) == "unknown"


def test_a_model_without_text_is_told_that_it_needs_labels():
    strategy, _ = chosen(0, toys.RESNET)
    assert any("no text side" in rule.text for rule in strategy.rules)


def test_very_large_models_are_tuned_by_low_rank_updates():
    giant = toys.timm("giant", n_parameters=7_000_000_000)
    phases = chosen(500, giant)[1].phases
    assert [phase.adapter for phase in phases] == [None, "lora"]
    far = chosen(50, giant, domain="medical/radiology")[1].phases
    assert [phase.adapter for phase in far] == [None, "lora"]


def test_low_rank_updates_learn_at_a_rate_that_moves_them():
    giant = toys.timm("giant", n_parameters=7_000_000_000)
    plain = chosen(50_000, toys.RESNET)[1].phases[1].body_rate
    assert chosen(50_000, giant)[1].phases[1].body_rate == 10 * plain


def test_segmentation_trains_a_decoder():
    _, recipe = choose_strategy(Task(modality="image", kind="segmentation", labels_per_class=50), toys.RESNET)
    assert {phase.head for phase in recipe.phases} == {"masks"}


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"trainable": "head", "body_rate": 1e-4}, "head only"),
        ({"trainable": "all"}, "no rate"),
        ({"trainable": "all", "body_rate": 1e-4, "fit": "closed-form"}, "closed form"),
        ({"trainable": "head", "head_rate": 0}, "greater than 0"),
        ({"trainable": "blocks", "body_rate": 1e-4}, "blocks are listed"),
    ],
)
def test_a_phase_that_contradicts_itself_is_refused(facts, message):
    with pytest.raises(ValidationError, match=message):
        Phase(name="a", **facts)


def test_where_most_classes_have_no_label_that_is_not_told_as_none():
    task = Task(modality="image", class_names=("cat", "dog", "cow"), labels_per_class=(0, 0, 100))
    strategy, _ = choose_strategy(task, toys.RESNET)
    assert strategy.rules[0].text.startswith("half of the classes or more have no label")
    halves = Task(modality="image", class_names=("cat", "dog"), labels_per_class=(1, 2))
    assert "(here 1.5)" in choose_strategy(halves, toys.RESNET)[0].rules[0].text
