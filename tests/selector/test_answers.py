"""What a person reads must agree with itself: verdicts with notes, causes with remedies, words with the task."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.selector import toys
from tests.selector.toys import TILES
from zoo.errors import TaskError
from zoo.selector import Task, recommend
from zoo.selector.advice.adjustment import moved, no_worse_than_chance
from zoo.selector.advice.reasons import warnings_of
from zoo.selector.advice.strategy import choose_strategy, domain_distance


@pytest.fixture(scope="module")
def tiles():
    return recommend(TILES)


def test_the_page_says_the_same(tiles, tmp_path):
    html = tiles.report(tmp_path / "r.html").read_text()
    assert "Little evidence: " in html
    assert "Good source" not in html


def test_what_a_card_says_is_not_cut_at_a_semicolon():
    card = toys.timm("wordy", limitations="Takes any channels; here the five of a kit.")
    found = recommend(Task(modality="image"), registry=toys.registry(card))
    assert "Takes any channels; here the five of a kit." in found.candidates[0].warnings
    assert "against it: Takes any channels; here the five of a kit." in found.to_text(explain=True)


def test_that_nothing_is_published_is_said_once():
    found = recommend(Task(modality="image", domain="medical/ophthalmology"), candidates=["medical/retfound-cfp"])
    told = [*found.candidates[0].reasons, *found.candidates[0].warnings]
    assert sum("no published result" in line for line in told) == 1


def test_no_estimate_lies_below_chance():
    task = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=0)
    found = recommend(task, candidates=["multimodal/tiny-clip"])
    assert 0.5 < found.candidates[0].expected < 0.7
    assert found.zero_shot.expected == found.candidates[0].expected
    far_below = moved(found.candidates[0].estimate, -9.0, slope=1.0)
    assert far_below.expected < 0.1
    raised = no_worse_than_chance(task, far_below)
    assert raised.expected == 0.5
    assert raised.high >= 0.5
    told = warnings_of(task, replace(found.candidates[0], expected=raised.expected))
    assert "not expected to beat chance" in told


def test_figures_fall_with_the_rank_where_a_domain_moves_them():
    task = Task(modality="text", domain="medical", class_names=("ship", "harbour"), labels_per_class=500)
    found = recommend(task, k=50).candidates
    assert len({c.worth for c in found}) > 1
    figures = [c.expected for c in found]
    assert figures == sorted(figures, reverse=True)


def test_a_move_and_its_opposite_meet_where_they_began():
    one = recommend(Task(modality="image", class_names=("cat", "dog")), k=1).candidates[0].estimate
    for floor in (0.0, 0.5):
        back = moved(moved(one, 0.7, slope=0.5, floor=floor), -0.7, slope=0.5, floor=floor)
        assert back.expected == pytest.approx(one.expected, abs=2e-3)
        assert (back.strength, back.metric) == (pytest.approx(one.strength), one.metric)
        assert back.high - back.low >= one.high - one.low


def test_masks_are_not_promised_from_words():
    unstated = recommend(Task(modality="image", kind="segmentation", domain="medical/pathology"))
    assert unstated.recipe.name == "feature-extraction"
    assert {phase.head for phase in unstated.recipe.phases} == {"masks"}
    assert not any("class means" in rule.text for rule in unstated.strategy.rules)
    few = Task(modality="image", kind="segmentation", class_names=("gland", "stroma"), labels_per_class=5)
    strategy, recipe = choose_strategy(few, toys.CLIP)
    assert recipe.phases[0].fit == "gradient"
    assert not any("class names vote" in rule.text for rule in strategy.rules)
    assert any("a text has no mask" in w for w in recommend(Task(modality="text", kind="segmentation")).warnings)
    none = recommend(Task(modality="image", kind="segmentation", domain="medical/pathology", labels_per_class=0))
    assert none.recipe.phases == ()
    assert none.strategy.title.startswith("Masks first")
    for found in (unstated, none):
        text = found.to_text()
        assert "class names are the classifier" not in text
        assert "zero-shot scores are no probabilities" not in text


@pytest.mark.parametrize(
    ("task", "card", "distance"),
    [
        (Task(modality="text", domain="text/legal"), toys.LAW, "near"),
        (Task(modality="text", domain="text/legal"), toys.BERT, "unknown"),
        (Task(modality="image", domain="medical/dermatology"), toys.CHEST, "unknown"),
        (Task(modality="image", domain="medical/radiology"), toys.RESNET, "far"),
    ],
)
def test_a_general_source_does_not_know_a_special_domain(task, card, distance):
    assert domain_distance(task, card) == distance
    strategy, _ = choose_strategy(task.revised(labels_per_class=50), card)
    assert any("knows this domain" in rule.text for rule in strategy.rules) is (distance == "near")


def test_limits_are_told_with_their_unit():
    with pytest.raises(TaskError) as caught:
        recommend(Task(modality="text", language="zh", constraints={"memory_gb": 0.2}))
    assert " GB" in caught.value.remedy


def test_numbers_that_round_to_nothing_are_not_promised():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), labels_per_class=100_000))
    said = " ".join(found.what_would_change)
    assert "0.0" not in said
    assert {c.protocol for c in found.candidates} == {"fine-tune"}
    assert not any("few-shot probes" in warning for warning in found.warnings)


@pytest.mark.parametrize(("each", "told"), [(9, None), (20, "under"), (60, "under"), (100, "")])
def test_the_labels_at_hand_are_told_first_and_then_what_more_would_give(each, told):
    found = recommend(Task(modality="image", domain="microscopy", class_names=("round", "long"), labels_per_class=each))
    lines = [line for line in found.what_would_change if "measured, expect" in line]
    own = [line for line in lines if "with your" in line]
    assert len(own) == (told is not None)
    if own:
        assert lines[0] == own[0]
        assert f"your {2 * each} labelled" in own[0]
        assert ("under" in own[0]) == (told == "under")
    assert any("with 200 " in line for line in lines) == (each < 100)


def test_no_line_repeats_what_the_one_before_it_said():
    found = recommend(Task(modality="code", kind="retrieval", constraints={"max_parameters": 2e8}))
    shares = [line.partition("regret of")[2] for line in found.what_would_change if "measured, expect" in line]
    assert shares
    assert len(shares) == len(set(shares))


def test_class_names_that_say_nothing_are_what_would_change_the_answer():
    found = recommend(Task(modality="image", class_names=("0", "1"), labels_per_class=20))
    assert any(line.startswith("words for the classes") for line in found.what_would_change)


def test_a_regret_that_rests_on_other_data_says_so():
    found = recommend(Task(modality="image", domain="geology", labels_per_class=40))
    assert found.verdict.answer == "little evidence"
    assert "points if this task is like those" in found.to_text()
    pets = recommend(Task(modality="image", domain="natural", labels_per_class=40))
    assert "if this task is like those" not in pets.to_text()


def test_few_labels_are_counted_without_naming_pictures_where_there_are_texts():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), labels_per_class=5))
    warned = next(w for w in found.warnings if "too few to choose" in w)
    assert "picture" not in warned
    small = recommend(Task(modality="code", class_names=("good", "smelly"), image_size_px=28))
    assert not any("picture" in warning for warning in small.warnings)


def test_features_of_a_specialist_are_not_called_general():
    pool = ["multimodal/tiny-clip", "vision/resnet50"]
    task = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=50)
    told = {c.card.id: c for c in recommend(task, candidates=pool).candidates}
    assert any(r.startswith("features of synthetic") for r in told["multimodal/tiny-clip"].reasons)
    assert any("it never saw natural" in w for w in told["multimodal/tiny-clip"].warnings)
    assert not any("never saw" in w for w in told["vision/resnet50"].warnings)
    bare = toys.timm("bare", domains=(), pretraining=toys.IMAGENET)
    reasons = recommend(task, registry=toys.registry(bare)).candidates[0].reasons
    assert "features of a domain not stated, on ImageNet-1k" in reasons
    unknown = recommend(Task(modality="image"), candidates=["medical/eva-x-ti"]).candidates[0]
    assert "made for medical/radiology, and the task's domain is not known" in unknown.warnings


def test_what_keeps_a_model_from_being_used_is_told_first():
    found = recommend(Task(modality="image", domain="medical/radiology"), candidates=["medical/medclip-vit"])
    told = found.candidates[0].warnings
    assert told.index("no licence of the weights is known") < next(
        place for place, line in enumerate(told) if line.startswith("no published result")
    )


def test_names_that_say_nothing_start_no_head():
    told = Task(modality="image", class_names=("no", "yes"), labels_per_class=200)
    assert choose_strategy(told, toys.CLIP)[1].phases[0].head == "linear"
    assert choose_strategy(told.revised(class_names=("cat", "dog")), toys.CLIP)[1].phases[0].head == "text-initialised"


def test_one_class_has_no_chance_to_beat():
    found = recommend(Task(modality="image", class_names=("cat",), labels_per_class=20))
    assert found.candidates[0].expected < 1
    assert any("one class alone" in warning for warning in found.warnings)


def test_masks_by_class_names_alone_are_a_contradiction():
    with pytest.raises(TaskError, match="satisfies all of: zero_shot") as caught:
        recommend(Task(modality="image", kind="segmentation", constraints={"zero_shot": True}))
    assert "without zero_shot" in caught.value.remedy


def test_a_language_that_nobody_knows_a_model_to_read_is_told():
    found = recommend(Task(modality="image-text", kind="retrieval", language="de"))
    unsaid = [c for c in found.candidates if c.card.languages is None]
    assert unsaid
    assert all(c.warnings[0] == "its card states no languages, and the task is in de" for c in unsaid)
    names = recommend(Task(modality="image", language="de", class_names=("Hund", "Katze"), labels_per_class=0))
    assert "English are safer" in names.zero_shot.note


def test_two_figures_of_one_data_set_are_told_apart():
    task = Task(modality="image", domain="medical/pathology", class_names=("tumor", "stroma"), labels_per_class=1000)
    found = recommend(task, k=20).candidates
    assert any(row.condition for c in found for row in c.evidence)
    for c in found:
        told = next((reason for reason in c.reasons if reason.startswith("published results")), "")
        figures = told.partition("most of all ")[2].split("), ")
        assert len({figure.partition(" ")[2] for figure in figures}) == len(figures)
        for row in c.evidence:
            assert not row.condition or row.condition in told


def test_a_program_reads_the_domain_that_was_used():
    guessed = recommend(Task(modality="image", class_names=("cat", "dog", "car"))).to_dict()
    assert guessed["task"]["domain"] is None
    assert guessed["domain"] == "natural"


def test_a_time_that_only_the_estimate_keeps_is_told():
    task = Task(modality="code", kind="retrieval", constraints={"latency_ms": 50, "device": "cpu"})
    near, far = [], []
    for c in recommend(task, k=20).candidates:
        told = any("time it, it may take more than 50 ms" in warning for warning in c.warnings)
        (near if told else far).append(c.latency_ms("cpu"))
    assert near
    assert far
    assert max(far) * 1.6 <= 50 < min(near) * 1.6


def test_a_page_that_allows_research_alone_is_told_before_what_is_not_known():
    task = Task(modality="image", domain="medical/radiology", labels_per_class=50, constraints={"commercial_use": True})
    said = next(c for c in recommend(task, k=50).candidates if c.card.id == "medical/rad-dino")
    assert said.warnings[0].startswith("Its page says research only")
    assert len(said.warnings) == len(set(said.warnings))


def test_no_answer_is_promised_to_lose_nothing():
    found = recommend(Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=20_000))
    assert not re.search(r"(?<![\d.])0 points", found.to_text())
    assert "expected regret under 0.1 points" in found.to_text()


def test_a_domain_below_a_known_one_is_taken_for_it_without_asking_back():
    said = " ".join(recommend(Task(modality="image", domain="natural/fine-grained")).warnings)
    assert "taken as natural." in said
    assert "Did you mean natural?" not in said


def test_figures_of_nearest_neighbours_are_told_as_such_where_a_head_is_trained():
    found = recommend(Task(modality="text", kind="multilabel", class_names=("sport", "trade"), labels_per_class=120))
    assert found.candidates[0].protocol == "knn"
    assert any("nearest neighbours on frozen vectors" in warning for warning in found.warnings)
