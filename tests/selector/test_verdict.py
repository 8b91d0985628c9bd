"""A verdict stands on the evidence behind it, and says for what it holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.selector import toys
from tests.selector.toys import TILES
from zoo.selector import Task, recommend
from zoo.selector.advice.verdict import verdict

CHEST = Task(
    modality="image",
    domain="medical/radiology",
    class_names=("normal", "pneumonia"),
    labels_per_class=200,
    constraints={"commercial_use": True, "gated": False},
)


@pytest.mark.parametrize(
    "task",
    [
        TILES,
        CHEST,
        Task(modality="image", domain="microscopy/fluorescence", class_names=("golgi", "actin"), labels_per_class=30),
        Task(modality="image", domain="microscopy/electron", kind="segmentation"),
        Task(modality="image", domain="geology", class_names=("granite", "basalt"), labels_per_class=40),
    ],
    ids=["four bands", "x-rays to sell", "fluorescence", "electron", "unknown domain"],
)
def test_a_good_source_never_stands_beside_little_evidence(task):
    found = recommend(task)
    assert found.verdict.answer == "little evidence"
    assert "measure" in found.verdict.why
    page = found.to_dict()
    assert page["verdict"]["answer"] == "little evidence"
    for told in (found.to_text(), found.to_markdown()):
        assert "Good source" not in told
        assert "Little evidence" in told


def test_figures_of_the_domain_still_carry_a_verdict():
    found = recommend(Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=500))
    assert found.verdict.answer == "good source"
    assert not any("little evidence" in warning for warning in found.warnings)


def test_the_one_model_that_is_left_is_no_leader():
    found = recommend(Task(modality="image", class_names=("cat", "dog")), registry=toys.registry(toys.CLIP))
    text = found.to_text()
    assert "the only usable model" in found.verdict.why
    assert "One usable model" in text
    assert "expected regret" not in text


def test_a_verdict_counts_how_far_a_task_sets_models_apart():
    task = Task(modality="image", domain="natural", labels_per_class=5000, description="10 classes")
    found = recommend(task, candidates=["vision/eva02-large-448", "vision/resnet50"], k=2)

    def least(slope_spread):
        order = [replace(c, estimate=replace(c.estimate, slope_spread=slope_spread)) for c in found.candidates]
        told = verdict(task, order, (), [c.card for c in order])
        assert told.answer == "good source"
        return float(told.why.rpartition("at least ")[2].rstrip("."))

    ahead = 100 * (found.candidates[0].expected - found.candidates[1].expected)
    assert least(1.0) < 0.6 * least(0.0) < 0.6 * ahead


def test_a_verdict_counts_how_little_is_known_of_the_ordinary_choice():
    task = Task(modality="image", domain="natural", labels_per_class=5000, description="10 classes")
    best, control = recommend(task, candidates=["vision/eva02-large-448", "vision/resnet50"], k=2).candidates
    sure = replace(best, expected=0.99, estimate=replace(best.estimate, own_spread=0.1, slope_spread=0.0))
    middling = replace(control, expected=0.5, estimate=replace(control.estimate, own_spread=0.4))
    told = verdict(task, [sure, middling], (), [best.card, control.card])
    assert "by 49.0 points" in told.why
    assert float(told.why.rpartition("at least ")[2].rstrip(".")) < 49 - 100 * 1.28 * 0.4 * 0.25 + 0.5


def test_the_ordinary_choice_is_no_safe_answer_where_little_is_known():
    task = Task(modality="image", domain="geology", class_names=("granite", "basalt"))
    found = recommend(task, candidates=["vision/resnet50", "vision/mobilenetv4-small"])
    assert found.verdict.answer == "little evidence"
    assert found.verdict.why.startswith("vision/resnet50, the ordinary choice, comes first, but")
    known = recommend(task.revised(domain="natural"), candidates=["vision/resnet50", "vision/mobilenetv4-small"])
    assert known.verdict.answer == "no good source"


def test_pictures_with_texts_have_an_ordinary_choice():
    found = recommend(Task(modality="image-text", domain="natural", class_names=("cat", "dog"), labels_per_class=300))
    assert "clip-vit-b-32, the ordinary choice" in found.verdict.why


def test_the_cause_of_little_evidence_is_the_one_that_holds():
    task = Task(modality="image", kind="multilabel", domain="natural", class_names=("cat", "car"), labels_per_class=500)
    assert recommend(task).candidates[0].expected is not None
    several = ["chestxray14", "fishnet", "m-bigearthnet", "treesatai"]
    found = recommend(task, exclude_evidence=several)
    assert found.verdict.answer == "little evidence"
    assert "no figure of multilabel is published" in found.verdict.why
    assert not any("data sets of the domain" in warning for c in found.candidates for warning in c.warnings)


def test_where_the_domain_is_not_known_the_verdict_says_for_what_it_holds():
    found = recommend(Task(modality="image", labels_per_class=300))
    assert found.verdict.answer == "likely good"
    assert "a specialist may be better" in found.verdict.why
    assert recommend(Task(modality="text", labels_per_class=300)).verdict.answer == "good source"


def test_where_all_is_a_guess_measuring_is_not_called_idle():
    found = recommend(
        Task(modality="image", domain="geology", class_names=("granite", "basalt", "gneiss"), labels_per_class=40)
    )
    assert found.verdict.answer == "little evidence"
    assert not any("changes little" in line for line in found.what_would_change)
    assert any("measured, expect a regret" in line or "measuring tells" in line for line in found.what_would_change)
