"""Users with a task, and what they must find in the answer; each is a command or a call as they would write it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from zoo.cli import cli
from zoo.errors import TaskError
from zoo.selector import Task, recommend


def asked(**facts):
    return recommend(Task(**facts))


def test_a_radiologist_gets_worded_prompts_and_an_honest_verdict():
    found = asked(
        modality="image", domain="medical/radiology", class_names=("normal", "pneumonia"), labels_per_class=200
    )
    assert any("medical/radiology" in c.card.domains for c in found.candidates[:3])
    assert all(prompt != "pneumonia" and " " in prompt for prompt in found.zero_shot.prompts)
    assert found.verdict.answer == "little evidence"
    assert "your 400 labelled examples" in found.what_would_change[0]
    assert found.zero_shot.expected is not None
    assert "GB" in found.zero_shot.describe()


def test_reasons_name_the_rows_that_moved_the_estimate():
    for c in asked(modality="image", class_names=("cat", "dog"), labels_per_class=20).candidates:
        for row in c.evidence:
            assert any(row.dataset in reason for reason in c.reasons)


def test_a_search_is_no_classification():
    found = asked(modality="code", kind="retrieval", description="functions for a question")
    text = found.to_text()
    assert found.strategy.title.startswith("Frozen embeddings")
    assert found.recipe.phases == ()
    assert "over zero-shot" not in text
    assert "no probabilities" not in text
    assert any("queries with known answers" in line for line in found.what_would_change)


def test_a_search_from_picture_to_picture_is_not_scored_by_captions():
    found = asked(modality="image", kind="retrieval", domain="natural")
    assert found.candidates
    assert all(c.expected is None for c in found.candidates)
    assert found.zero_shot.expected is None
    assert found.verdict.answer == "little evidence"


def test_masks_have_no_baseline_of_words():
    found = asked(modality="image", kind="segmentation", domain="medical/radiology", labels_per_class=50)
    assert found.zero_shot.model is None
    assert "masks" in found.zero_shot.note
    assert {phase.head for phase in found.recipe.phases} == {"masks"}


def test_a_latency_limit_keeps_what_is_fast_and_the_cost_is_told():
    limits = {"latency_ms": 50, "device": "cpu", "memory_gb": 0.1}
    found = asked(modality="image", class_names=("cat", "dog"), labels_per_class=500, constraints=limits)
    assert found.candidates
    for c in found.candidates:
        assert c.latency_ms("cpu") <= 50
        assert c.memory_gb <= 0.1
    assert "about 0.0 GB" not in found.to_text(explain=True)


def test_a_law_firm_gets_only_what_it_may_sell():
    found = asked(
        modality="text",
        domain="text/legal",
        class_names=("fair", "unfair"),
        labels_per_class=100,
        constraints={"commercial_use": True},
    )
    assert found.candidates
    assert all(c.card.commercial_use for c in found.candidates)
    assert any(e.constraint == "commercial_use" for e in found.excluded)


def test_german_texts_get_german_prompts_and_no_english_model():
    found = asked(modality="text", language="de", class_names=("Lob", "Frage"), labels_per_class=80)
    assert all(c.card.languages is None or "de" in c.card.languages for c in found.candidates)
    assert found.zero_shot.prompts[0] == "Dieser Text handelt von Lob."


def test_no_stated_labels_point_to_the_baseline_first():
    task = Task(modality="image", domain="natural", class_names=("lion", "tiger"))
    found = recommend(task, candidates=["vision/convnext-base"])
    assert any("use the baseline" in rule.text for rule in found.strategy.rules)
    assert any("--labels-per-class" in rule.text for rule in found.strategy.rules)
    assert any("--labels-per-class" in rule.text for rule in recommend(task).strategy.rules)


@pytest.mark.parametrize(
    ("word", "meant", "taken"),
    [
        ("zoology", "biology/organism", "biology/organism"),
        ("xray", "medical/radiology", "medical/radiology"),
        ("law", "text/legal", None),
        ("remote", "satellite/rgb", None),
    ],
)
def test_an_unknown_domain_gets_the_one_that_is_meant(word, meant, taken):
    task = Task(modality="image", domain=word)
    assert task.known_domain == taken
    assert f"Did you mean {meant}" in task.findings()[0]


def test_a_public_data_set_brings_its_domain_and_leakage_is_shown_beside_each():
    found = asked(modality="image", dataset="eurosat", class_names=("forest", "river"), labels_per_class=0)
    assert found.task.known_domain == "satellite/rgb"
    assert found.zero_shot.prompts[0] == "a satellite photo of forest."
    text = found.to_text()
    assert text.count("saw eurosat: ") == len(found.candidates)


def test_class_names_that_say_nothing_are_told_in_the_baseline():
    found = asked(modality="image", class_names=("0", "1", "2"), labels_per_class=12)
    assert found.rung == 1
    assert "say nothing" in found.zero_shot.note


def test_a_limit_that_leaves_nothing_says_from_where_it_gives_back():
    with pytest.raises(TaskError) as caught:
        asked(modality="image", constraints={"max_parameters": 100_000})
    assert "the first from 0.27 M parameters" in caught.value.remedy
    with pytest.raises(TaskError, match="zoo pull"):
        asked(modality="text", constraints={"offline": True})


def test_a_much_smaller_candidate_is_pointed_out():
    found = asked(modality="text", domain="text/legal", class_names=("fair", "unfair"), labels_per_class=100)
    best = found.candidates[0].card
    assert "fewer parameters" in found.cheaper
    named = next(c.card for c in found.candidates if c.card.id in found.cheaper)
    assert best.n_parameters >= 4 * named.n_parameters


def test_the_short_answer_says_once_what_holds_for_all():
    text = CliRunner().invoke(cli, ["recommend", "--modality", "image", "--domain", "microscopy/cell"]).stdout
    assert text.count("no results of the domain microscopy/cell") == 1


def test_explain_puts_every_line_under_a_heading():
    words = [
        "recommend",
        "--modality",
        "image",
        "--labels",
        "cat,dog",
        "--labels-per-class",
        "40",
        "--explain",
        "-k",
        "1",
    ]
    text = CliRunner().invoke(cli, words).stdout
    for head in ("for it:", "evidence:", "cost:", "leakage:"):
        assert f"     {head}" in text


def test_weights_that_nobody_can_fetch_are_told_before_measuring():
    found = recommend(Task(modality="image", domain="medical/radiology"), candidates=["medical/medclip-vit"])
    assert any("fetch them by hand" in warning for warning in found.candidates[0].warnings)


def test_markdown_keeps_recipe_and_list_apart():
    lines = asked(modality="image", class_names=("cat", "dog"), labels_per_class=2000).to_markdown().splitlines()
    assert "- Average source and tuned weights; keep the mix that validates best." in lines
