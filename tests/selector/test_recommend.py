"""Advice from metadata: ranked, with reasons that can be checked, and honest where little is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.selector import toys
from zoo.cards import Pretraining
from zoo.errors import PluginError, TaskError, UnknownModelError
from zoo.evidence import EvidenceRow, EvidenceTable, EvidenceTask
from zoo.hookspecs import hookimpl
from zoo.registry import Registry
from zoo.selector import Task, recommend
from zoo.selector.candidates import prior_for
from zoo.selector.leakage import Seen

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
    assert advice.strategy.name == advice.recipe.name == "head-only"
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
    assert ids.index("toy/chest") > ids.index("toy/convnext_large")


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


def test_evidence_of_a_plugin_moves_its_model():
    """A model without a name in the tables rises when a plugin brings high published figures for it."""
    task = EvidenceTask(name="toy-pets", modality="image", domain="natural", kind="classification", n_classes=2)
    others = [("toy/clip", 0.3), ("toy/resnet50", 0.2), ("x", 0.25), ("y", 0.22), ("toy/star", 0.9)]
    rows = tuple(
        EvidenceRow(model=m, dataset="toy-pets", metric="acc1", value=v, protocol="probe", source="https://a.example")
        for m, v in others
    )

    class Figures:
        @hookimpl
        def zoo_evidence(self):
            return (EvidenceTable(name="toy", rows=rows, tasks=(task,)),)

    star = toys.toy_card("toy/star", architecture=None, source=toys.CustomSource(builder="x", path="/x.bin"))
    plain = recommend(PETS, registry=toys.registry(star)).candidates[0]
    told = toys.registry(star)
    told.register(Figures(), "figures")
    moved = recommend(PETS, registry=told).candidates[0]
    assert moved.estimate.strength > plain.estimate.strength
    assert moved.evidence[0].dataset == "toy-pets"


@pytest.mark.parametrize(
    ("trained_on", "dataset", "answer"),
    [
        ("NIH-CXR", "ChestX-ray14", "yes"),
        ("NIH-CXR", "RSNA Pneumonia", "yes"),
        ("MIMIC-CXR", "MIMIC-CXR-JPG", "yes"),
        ("BBBC038", "dsb2018", "yes"),
        ("TCGA", "TCGA-BRCA", "unknown"),
        ("fMoW-RGB", "fMoW", "unknown"),
        ("CIFAR-10", "CIFAR-100", "no"),
        ("NIH-CXR", "VinDr-CXR", "no"),
    ],
)
def test_one_data_set_under_two_names_and_parts_of_it_are_not_called_clean(trained_on, dataset, answer):
    seen = Pretraining(datasets=frozenset({trained_on}), objective="supervised")
    found = Seen(dataset).by(toys.timm("reader", pretraining=seen))
    assert found.answer == answer
    assert trained_on in found.why


class Ward:
    """Figures of one hospital on two sets of x-rays: a model of x-rays beside models of photographs."""

    SCORES = (
        ("toy/chest", 0.95), ("toy/resnet50", 0.80), ("toy/convnext_large", 0.84), ("toy/clip", 0.82), ("x", 0.81)
    )  # fmt: skip

    @hookimpl
    def zoo_evidence(self):
        facts = {"modality": "image", "domain": "medical/radiology", "kind": "classification", "n_classes": 2}
        near = {"ward-a": ("CheXpert",), "ward-b": ()}
        tasks = tuple(EvidenceTask(name=name, near_duplicates=near[name], **facts) for name in near)
        rows = tuple(
            EvidenceRow(model=m, dataset=d, metric="accuracy", value=v, protocol="probe", source="the ward, table 2")
            for d in near
            for m, v in self.SCORES
        )
        return (EvidenceTable(name="ward", rows=rows, tasks=tasks),)


XRAYS = Task(modality="image", domain="medical/radiology", class_names=("normal", "edema"), labels_per_class=200)


def test_figures_of_a_plugin_that_compare_are_not_denied():
    silent, told = toys.registry(), toys.registry()
    told.register(Ward(), "ward")
    before, after = (recommend(XRAYS, registry=r).candidates[0] for r in (silent, told))
    assert before.card.id == after.card.id == "toy/chest"
    assert "no figures compare" in " ".join(before.reasons)
    assert not before.estimate.is_compared
    assert after.estimate.is_compared
    assert "beyond those is assumed" in " ".join(after.reasons)
    assert after.reasons[0].startswith("published results")
    assert "no published figure compares" not in recommend(XRAYS, registry=told).verdict.why


def test_the_domain_of_a_data_set_that_a_plugin_describes_is_that_of_the_task():
    told = toys.registry()
    told.register(Ward(), "ward")
    named = Task(modality="image", dataset="ward-b", labels_per_class=200)
    found = recommend(named, registry=told)
    assert found.task.known_domain == "medical/radiology"
    assert "that of the data set ward-b" in found.to_text()
    assert recommend(named, registry=toys.registry()).task.known_domain is None
    assert recommend(named.revised(domain="natural"), registry=told).task.known_domain == "natural"


def test_a_result_of_a_plugin_that_stands_alone_is_told_as_unused():
    class Small(Ward):
        SCORES = (("toy/chest", 0.95), ("toy/resnet50", 0.80))

    told = toys.registry()
    told.register(Small(), "small")
    said = recommend(XRAYS, registry=told, candidates=["toy/chest"]).candidates[0]
    assert any("the 2 of a plugin are" in warning and "needs 5 models" in warning for warning in said.warnings)


def _table(**changes):
    row = {"model": "toy/chest", "dataset": "nowhere", "metric": "acc1", "value": 0.9, "protocol": "probe"}
    return EvidenceTable(name="bad", rows=(EvidenceRow(**{**row, "source": "us", **changes}),))


@pytest.mark.parametrize(
    ("give", "fault"),
    [
        (lambda: [_table()], "rows on 'nowhere', which no task describes"),
        (lambda: [_table(value=93)], "less than or equal to 1"),
        (lambda: [_table(source=" ")], "ValidationError"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: EvidenceTable(name="bad", rows=()), "want a list of EvidenceTable, it is one table alone"),
        (lambda: ["rows"], "want a list of EvidenceTable, one is str"),
    ],
    ids=["no-task", "percent", "no-source", "crash", "bare", "words"],
)
def test_a_plugin_with_broken_evidence_is_named_and_the_others_still_count(give, fault, monkeypatch):
    class Broken:
        @hookimpl
        def zoo_evidence(self):
            return give()

    told = toys.registry()
    told.register(Ward(), "ward")
    told.register(Broken(), "broken")
    with pytest.warns(UserWarning, match=f"zoo plugin 'broken': its evidence is left out: .*{fault}"):
        found = recommend(XRAYS, registry=told)
    assert found.candidates[0].estimate.is_compared
    monkeypatch.setenv("ZOO_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="'broken'"):
        recommend(XRAYS, registry=told)


def test_near_duplicates_of_a_plugin_count_as_leakage():
    told = toys.registry()
    told.register(Ward(), "ward")
    for name, answer in (("ward-a", "yes"), ("ward-b", "no")):
        found = recommend(XRAYS.revised(dataset=name), registry=told, candidates=["toy/chest"]).candidates[0]
        assert found.leakage.answer == answer
    without = prior_for(told).datasets.near_duplicates(["CheXpert"])
    assert "ward-a" in without
    assert "ward-b" not in without


@pytest.mark.parametrize(
    ("card", "dataset", "answer"),
    [
        (toys.CHEST, "CheXpert", "yes"),
        (toys.CHEST, "chexpert", "yes"),
        (toys.CHEST, "EuroSAT", "no"),
        (toys.CHEST, None, "unknown"),
        (toys.CLIP, "EuroSAT", "unknown"),
        (toys.TINY, "EuroSAT", "unknown"),
        (toys.RESNET, "imagenet", "yes"),
        (toys.RESNET, "cifar10", "no"),
    ],
)
def test_leakage_is_yes_no_or_unknown(card, dataset, answer):
    found = Seen(dataset).by(card)
    assert found.answer == answer
    assert found.why


def test_leakage_is_warned_of_and_does_not_move_the_score():
    task = PETS.revised(domain="medical/radiology")
    named = recommend(task.revised(dataset="CheXpert"), registry=toys.registry(), candidates=["toy/chest"])
    assert named.candidates[0].leakage.answer == "yes"
    assert named.candidates[0].warnings[0].startswith("leakage")
    assert any("leakage" in warning for warning in named.warnings)


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
        "no published result is of 'eurosatt', so none was left out for it. Did you mean eurosat?" in found.warnings[0]
    )
    assert sum("exclude_evidence" in warning for warning in found.warnings) == 1
