"""Advice from metadata: ranked, with reasons that can be checked, and honest where little is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.selector import toys
from zoo.errors import TaskError, UnknownModelError
from zoo.registry import Registry
from zoo.selector import Task, recommend

PETS = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=20)


@pytest.fixture(scope="module")
def advice():
    return recommend(PETS, registry=toys.registry(), k=3)


def test_candidates_are_ranked_with_intervals_reasons_and_evidence(advice):
    assert len(advice.candidates) == 3
    values = [c.expected for c in advice.candidates]
    assert values == sorted(values, reverse=True)
    for c in advice.candidates:
        assert 0 <= c.interval[0] <= c.expected <= c.interval[1] <= 1
        assert c.reasons
        assert all(row.source for row in c.evidence)
        assert len(c.evidence) <= 3
    assert advice.candidates[0].card.id == "toy/convnext_large"


def test_strategy_recipe_baseline_and_regret_are_there(advice):
    assert advice.strategy.name == advice.recipe.name == "feature-extraction"
    assert advice.zero_shot.model == "toy/clip"
    assert 0 <= advice.zero_shot.expected <= 1
    assert advice.zero_shot.bundled == "toy/tiny-clip"
    assert advice.rung == 2
    assert 0 <= advice.to_measure.regret <= advice.expected_regret < 0.5
    assert advice.candidates[0].gain == pytest.approx(
        advice.candidates[0].expected - advice.zero_shot.expected, abs=1e-4
    )


def test_exclusions_say_which_constraint(advice):
    by_id = {e.id: e for e in advice.excluded}
    assert by_id["toy/bert"].constraint == "modality"
    assert by_id["toy/unbuilt"].reason == "its architecture is not built in zoo yet"


def test_a_pool_can_be_given_by_name():
    found = recommend(PETS, registry=toys.registry(), candidates=["toy/resnet50", "TOY/CLIP", "toy/resnet50"])
    assert {c.card.id for c in found.candidates} == {"toy/resnet50", "toy/clip"}
    with pytest.raises(UnknownModelError, match="Did you mean 'toy/resnet50'"):
        recommend(PETS, registry=toys.registry(), candidates=["toy/resnet5"])


def test_models_of_the_domain_lead_where_no_figures_compare():
    task = PETS.revised(domain="medical/radiology", class_names=["normal", "pneumonia"])
    best = recommend(task, registry=toys.registry()).candidates[0]
    assert best.card.id == "toy/chest"
    assert "its worth is assumed" in best.reasons[0]
    assert recommend(PETS, registry=toys.registry()).candidates[0].card.id != "toy/chest"


def test_a_specialist_does_not_lead_elsewhere():
    ids = [c.card.id for c in recommend(PETS, registry=toys.registry(), k=9).candidates]
    assert "toy/convnext_large" in ids
    assert "toy/chest" not in ids


def test_all_bands_beat_three_of_them():
    task = Task(
        modality="multispectral",
        domain="satellite/multispectral",
        labels_per_class=200,
        bands=("B02", "B03", "B04", "B08", "B11", "B12"),
    )
    found = recommend(task, registry=toys.registry())
    assert found.candidates[0].card.id == "toy/bands"
    resnet = next(c for c in found.candidates if c.card.id != "toy/bands")
    assert any("other bands are lost" in warning for warning in resnet.warnings)


def test_without_labels_only_models_that_need_none_are_candidates():
    found = recommend(PETS.revised(labels_per_class=0), registry=toys.registry())
    assert {c.card.id for c in found.candidates} == {"toy/clip", "toy/tiny-clip"}
    assert found.candidates[0].protocol == "zero-shot"
    assert {e.id for e in found.excluded if e.constraint == "labels"} >= {"toy/resnet50"}


def test_texts_are_advised_too_and_get_a_baseline():
    task = Task(
        modality="text", domain="text/legal", class_names=("fair", "unfair"), labels_per_class=50, language="en"
    )
    found = recommend(task, registry=toys.registry())
    assert {c.card.id for c in found.candidates} == {"toy/bert", "toy/law", "toy/minilm"}
    assert found.zero_shot.model in {"toy/bert", "toy/law", "toy/minilm"}
    assert "little evidence" in found.zero_shot.describe()
    assert found.zero_shot.prompts[0] == "This text is about fair."


def test_prompts_come_from_the_set_of_the_domain():
    task = PETS.revised(domain="medical/radiology", class_names=["Lung_Opacity", "normal"])
    assert recommend(task, registry=toys.registry()).zero_shot.prompts == (
        "an x-ray of Lung Opacity",
        "an x-ray of normal",
    )


def test_no_good_source_is_an_answer():
    assert recommend(PETS, registry=toys.registry(toys.RESNET)).no_good_source
    assert "ordinary choice" in recommend(PETS, registry=toys.registry(toys.RESNET)).verdict.why
    empty = recommend(PETS, registry=toys.registry(toys.BERT))
    assert empty.candidates == ()
    assert empty.no_good_source
    assert "No model can be recommended." in empty.to_text()
    assert not recommend(PETS, registry=toys.registry()).no_good_source


def test_little_evidence_is_said_and_the_interval_is_wide():
    unknown = toys.toy_card("toy/nameless", architecture=None, source=toys.CustomSource(builder="x", path="/x.bin"))
    found = recommend(PETS, registry=toys.registry(unknown))
    only = found.candidates[0]
    assert only.lacks
    assert any("no published result" in warning for warning in only.warnings)
    assert only.interval[1] - only.interval[0] > 0.3
    assert any("little evidence" in warning for warning in found.warnings)


def test_excluded_evidence_is_not_shown_nor_used():
    task = Task(modality="image", dataset="eurosat", labels_per_class=0, class_names=("forest", "river"))
    pool = ["toy/clip"]
    with_it = recommend(task, registry=toys.registry(), candidates=pool)
    without = recommend(task, registry=toys.registry(), candidates=pool, exclude_evidence=["EuroSAT"])
    assert any(row.dataset == "eurosat" for row in with_it.candidates[0].evidence)
    assert all(row.dataset != "eurosat" for row in without.candidates[0].evidence)
    assert with_it.candidates[0].estimate.strength != without.candidates[0].estimate.strength


def test_pitfalls_are_those_that_apply():
    tiny = recommend(PETS.revised(image_size_px=28), registry=toys.registry())
    assert any("28 px are blown up" in w for c in tiny.candidates for w in c.warnings)
    tuned = recommend(PETS.revised(labels_per_class=5000), registry=toys.registry())
    assert any(w.startswith("forgetting") for w in tuned.warnings)
    assert not any(w.startswith("forgetting") for w in recommend(PETS, registry=toys.registry()).warnings)
    few = recommend(PETS.revised(labels_per_class=3), registry=toys.registry())
    assert any("too few to choose between models" in w for w in few.warnings)
    unequal = recommend(PETS.revised(labels_per_class=[500, 20]), registry=toys.registry())
    assert any("imbalance 25 : 1" in w for w in unequal.warnings)


def test_an_unknown_domain_is_ranked_without_and_told():
    found = recommend(PETS.revised(domain="zoology"), registry=toys.registry())
    assert found.candidates
    assert any("no domain named 'zoology'" in warning for warning in found.warnings)


def test_a_contradiction_reaches_the_caller():
    with pytest.raises(TaskError, match="Relax"):
        recommend(PETS.revised(constraints={"max_parameters": 10}), registry=toys.registry())
    with pytest.raises(TaskError, match="k is 0"):
        recommend(PETS, registry=toys.registry(), k=0)


def test_an_empty_registry_gives_no_candidate_but_an_answer():
    found = recommend(PETS, registry=Registry())
    assert found.candidates == ()
    assert found.no_good_source
    assert "no usable model" in found.zero_shot.note


def test_the_answer_is_told_in_text_markdown_and_json(advice):
    short, long = advice.to_text(), advice.to_text(explain=True)
    assert "toy/convnext_large" in short
    assert len(long) > len(short)
    assert "evidence:" in long
    assert "What would change the answer" in short
    told = json.loads(json.dumps(advice.to_dict(), allow_nan=False))
    assert told["candidates"][0]["id"] == "toy/convnext_large"
    assert told["zero_shot"]["model"] == "toy/clip"
    assert {e["id"] for e in told["excluded"]} >= {"toy/unbuilt"}
    assert "| 1 | `toy/convnext_large` |" in advice.to_markdown()
    assert "Zero-shot baseline" in advice.strategy_text()


def test_the_same_question_gets_the_same_answer(advice):
    assert recommend(PETS, registry=toys.registry(), k=3).to_dict() == advice.to_dict()


def test_advice_needs_no_framework():
    code = (
        "import sys; from zoo.selector import Task, recommend;"
        "recommend(Task(modality='image', class_names=['cat', 'dog'])).to_text(explain=True);"
        "bad = {'torch', 'timm', 'open_clip', 'transformers', 'sklearn', 'scipy', 'pandas', 'huggingface_hub'};"
        "print(sorted(bad & {name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env={**os.environ}, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("k", [0, 1.5, True, "3"])
def test_a_number_of_candidates_is_whole_and_above_zero(k):
    with pytest.raises(TaskError, match="want a whole number of candidates") as refused:
        recommend(Task(modality="image"), k=k, registry=toys.registry())
    assert refused.value.remedy == "Give k=5, say."


@pytest.mark.parametrize("task", ["my_images/", {"modality": "image"}, None])
def test_what_is_no_task_is_refused_with_the_ways_to_make_one(task):
    with pytest.raises(TaskError, match="want a Task, got") as refused:
        recommend(task)
    assert "Task.from_folder" in refused.value.remedy


def test_one_name_alone_is_a_list_of_one():
    found = recommend(PETS, registry=toys.registry(), candidates="toy/clip")
    assert [c.card.id for c in found.candidates] == ["toy/clip"]
    for given in ({"candidates": 7}, {"exclude_evidence": 7}):
        with pytest.raises(TaskError, match="is 7, want a list of names"):
            recommend(PETS, registry=toys.registry(), **given)


def test_a_misspelt_data_set_is_not_left_out_in_silence():
    found = recommend(PETS, registry=toys.registry(), exclude_evidence=["eurosatt", "EuroSAT"])
    assert (
        "no published result is of 'eurosatt', so none was left out for it. Did you mean eurosat" in found.warnings[0]
    )
    assert sum("exclude_evidence" in warning for warning in found.warnings) == 1
