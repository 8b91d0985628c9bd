"""How a model's make and part of a field move it, where published figures do not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

import zoo
from zoo.selector import Task, recommend
from zoo.selector.advice import make
from zoo.selector.advice.domain_match import domain_match
from zoo.selector.advice.parts import other_part, part_of_card, part_of_task
from zoo.selector.prior import Prior, TaskFacts, model_facts

FUNDUS = Task(modality="image", domain="medical/ophthalmology", description="fundus photographs", labels_per_class=60)
OCT = FUNDUS.revised(description="OCT B-scans")


def ids(task, k=5):
    return [c.card.id for c in recommend(task, k=k).candidates]


@pytest.mark.parametrize(
    ("task", "own", "other"),
    [
        (FUNDUS, "medical/retfound-cfp", "medical/retfound-oct"),
        (OCT, "medical/retfound-oct", "medical/retfound-cfp"),
    ],
    ids=["fundus", "OCT"],
)
def test_a_fundus_is_no_oct_scan(task, own, other):
    assert domain_match(task, zoo.get_card(own)) == "own"
    assert domain_match(task, zoo.get_card(other)) == "near"
    assert other_part(task, zoo.get_card(other))
    found = ids(task)
    assert own in found
    assert other not in found


def test_a_chest_is_no_brain_and_a_model_of_several_parts_belongs_to_all():
    brain = Task(modality="image", domain="medical/radiology", description="brain MRI slices")
    assert part_of_task(brain) == "the brain"
    assert part_of_card(zoo.get_card("medical/rad-dino"), "medical/radiology") == "chest x-rays"
    assert part_of_card(zoo.get_card("medical/medsiglip-448"), "medical/radiology") == ""
    assert domain_match(brain, zoo.get_card("medical/medsiglip-448")) == "own"
    assert make.worth_of(brain, zoo.get_card("medical/rad-dino"), "near", False) == make.STRANGER


def test_words_of_two_parts_name_none():
    assert part_of_task(FUNDUS.revised(description="fundus and OCT")) == ""


def test_the_demonstration_is_for_small_pictures_of_its_own_fields_alone():
    toy = zoo.get_card("multimodal/tiny-clip")
    small = Task(modality="image", domain="microscopy/cell", image_size_px=64)
    assert make.is_demonstration(toy)
    assert not make.is_out_of_place(small, toy, "own", 0.0, False)
    assert make.is_out_of_place(small.revised(image_size_px=1000), toy, "own", 0.0, False)
    assert make.is_out_of_place(Task(modality="image", domain="natural", image_size_px=64), toy, "none", 0.0, False)
    few = {"max_parameters": 10_000_000}
    assert "multimodal/tiny-clip" not in ids(Task(modality="image", domain="natural", constraints=few))


@pytest.mark.parametrize(
    ("labels", "first", "last"),
    [(2000, "text/roberta-base", "text/qwen3-embedding-0.6b"), (16, "text/qwen3-embedding-0.6b", "text/roberta-base")],
    ids=["tuned", "frozen"],
)
def test_plain_language_models_are_for_tuning_and_others_for_frozen_use(labels, first, last):
    task = Task(modality="text", language="en", labels_per_class=labels, class_names=("good", "bad"))
    opens = labels >= 1000
    cards = zoo.get_card(first), zoo.get_card(last)
    assert make.suits(task, cards[0], "own", opens)
    assert not make.suits(task, cards[1], "own", opens)
    order = [c.card.id for c in recommend(task, k=40, candidates=[last, first]).candidates]
    assert order == [first, last]


def test_no_plain_model_is_taken_for_a_search():
    search = Task(modality="text", language="en", kind="retrieval")
    assert not any(make.is_plain(c.card) for c in recommend(search, k=5).candidates)


def test_a_plain_model_gains_in_its_own_field_and_loses_in_another():
    law = Task(modality="text", domain="text/legal", language="en", labels_per_class=2000)
    card = zoo.get_card("text/caselaw-bert")
    assert make.worth_of(law, card, "own", True) == make.TUNED_TEXT
    assert make.worth_of(law.revised(domain="text/finance"), card, "near", True) == -make.TUNED_TEXT
    assert make.worth_of(law, zoo.get_card("text/roberta-base"), "near", True) == 0


@pytest.mark.parametrize(
    ("size_px", "lost"), [(None, 0.0), (448, 0.0), (224, 0.0), (112, 0.25), (56, 0.5), (4480, 0.41)]
)
def test_a_network_far_from_the_size_of_the_pictures_loses(size_px, lost):
    task = Task(modality="image", domain="natural", image_size_px=size_px)
    moved = make.worth_of(task, zoo.get_card("vision/eva02-large-448"), "own", False)
    assert moved == pytest.approx(-lost, abs=0.01)


def test_a_specialist_without_results_stands_no_higher_than_the_middle_of_its_measured_peers():
    cards = [zoo.get_card(f"medical/{name}") for name in ("rad-dino", "biomedclip", "medsiglip-448", "medclip-vit")]
    told = Prior.load().predict(TaskFacts("image", domain="medical/radiology"), [model_facts(card) for card in cards])
    assert [bool(e.rows) for e in told] == [True, True, True, False]
    strengths = [0.1, 0.2, 0.9, 1.5]
    assert make.held_to_peers(cards, ["own"] * 4, strengths, told) == pytest.approx([0, 0, 0, -1.3])
    assert make.held_to_peers(cards[1:], ["own"] * 3, strengths[1:], told[1:]) == [0, 0, 0]


def test_variants_of_one_data_set_are_one_result_and_a_frozen_classifier_is_held_back():
    card = zoo.get_card("vision/convnext-base")
    probe, tuned = (
        Prior.load().predict(TaskFacts("image", domain="natural", protocol=protocol), [model_facts(card)])[0]
        for protocol in ("probe", "fine-tune")
    )
    assert probe.n_groups == 1
    assert len(probe.rows) > 1
    assert make.frozen_classifier(probe) == make.FROZEN_CLASSIFIER
    assert make.frozen_classifier(tuned) == 0
    assert make.frozen_classifier(replace(probe, n_groups=2)) == 0


def test_a_domain_without_results_says_from_which_it_borrows():
    found = recommend(Task(modality="image", domain="medical/endoscopy", labels_per_class=50)).candidates[0]
    told = next(line for line in found.warnings if "no results of the domain" in line)
    assert "medical/endoscopy (borrowed from medical/dermatology, medical/" in told
