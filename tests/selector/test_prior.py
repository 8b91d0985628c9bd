"""The prior: honest when data are left out, wide where little is known, quick, and without a framework."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from zoo import Registry, hookimpl
from zoo.errors import PluginError
from zoo.evidence import EvidenceRow, EvidenceTable, EvidenceTask
from zoo.registry import default_registry
from zoo.selector.evidence.models import ModelFacts, load_models
from zoo.selector.prior import Prior, TaskFacts, expected_regret, model_facts
from zoo.selector.prior.factor_model import information
from zoo.selector.prior.fit import without
from zoo.selector.prior.table import traits
from zoo.selector.prior.task_features import FEW_LABELS, traits_of_column, traits_of_task
from zoo.selector.task.datasets import Datasets

SATELLITE = TaskFacts("image", domain="satellite/rgb", n_classes=10, protocol="zero-shot")


@pytest.fixture(scope="module")
def prior() -> Prior:
    return Prior.load()


@pytest.fixture(scope="module")
def models() -> dict[str, ModelFacts]:
    return {facts.model: facts for facts in load_models()}


@pytest.fixture(scope="module")
def clip(models) -> list[ModelFacts]:
    names = (
        "ViT-H-14-378-quickgelu/dfn5b", "ViT-L-14/openai", "ViT-B-32/laion2b_s34b_b79k", "RN50/openai",
        "ViT-B-32/commonpool_s_s13m_b4k",
    )  # fmt: skip
    return [models[f"open_clip/{name}"] for name in names]


def ranked(estimates):
    return sorted(estimates, key=lambda e: -e.strength)


def test_strong_models_lead_and_weak_ones_trail(prior, clip):
    found = ranked(prior.predict(SATELLITE, clip))
    assert found[0].model == "open_clip/ViT-H-14-378-quickgelu/dfn5b"
    assert found[-1].model == "open_clip/ViT-B-32/commonpool_s_s13m_b4k"
    assert found[0].expected > found[-1].expected + 0.2


def test_estimates_are_shares_inside_their_intervals(prior, clip):
    for estimate in prior.predict(SATELLITE, clip):
        assert 0 <= estimate.low < estimate.expected < estimate.high <= 1


def test_answers_keep_the_order_of_the_question(prior, clip):
    assert [e.model for e in prior.predict(SATELLITE, clip)] == [facts.model for facts in clip]


def test_the_same_question_has_the_same_answer(prior, clip):
    assert prior.predict(SATELLITE, clip) == Prior.load().predict(SATELLITE, clip)


def test_evidence_behind_an_estimate_can_be_checked(prior, clip):
    for estimate in prior.predict(SATELLITE, clip):
        assert len(estimate.rows) == 3
        assert all(row.source.startswith("https://") for row in estimate.rows)


def test_left_out_data_sets_and_their_near_duplicates_are_not_among_the_reasons(prior, clip):
    task = replace(SATELLITE, dataset="imagenet1k", domain=None, n_classes=None)
    gone = Datasets.load().near_duplicates(["ImageNet"])
    assert {row.dataset for e in prior.predict(task, clip) for row in e.rows} & gone
    assert not {row.dataset for e in prior.predict(task, clip, ["ImageNet"]) for row in e.rows} & gone


def test_left_out_results_change_nothing_whatever_they_are(prior, clip):
    """The room is fitted as if the left-out figures had never been published: other figures give the same room."""
    datasets = Datasets.load()
    room = prior.room("image")
    gone = datasets.near_duplicates(["eurosat", "patch_camelyon"])
    told = [traits(column, datasets.by_name) for column in room.columns]
    places = [place for place, column in enumerate(room.columns) if column.dataset in gone]
    assert len(places) > 5
    shuffled = room.scores.copy()
    shuffled[:, places] = np.random.default_rng(0).permutation(shuffled[:, places])
    values = room.values.copy()
    values[:, places] = 0.123
    honest, other = without(room, gone, told), without(replace(room, scores=shuffled, values=values), gone, told)
    assert not {column.dataset for column in honest.columns} & gone
    assert np.array_equal(honest.strengths.covariance, other.strengths.covariance)
    assert np.array_equal(honest.strengths.from_facts, other.strengths.from_facts)
    assert np.array_equal(honest.level, other.level)


def test_what_the_checks_of_a_left_out_group_taught_is_left_out_too(prior):
    datasets = Datasets.load()
    room = prior.room("image")
    fitted = without(room, datasets.near_duplicates(["eurosat"]), [traits(c, datasets.by_name) for c in room.columns])
    assert "eurosat" in room.checks.groups
    assert "eurosat" not in fitted.checks.groups
    assert len(fitted.checks.misses) < len(room.checks.misses)


def test_a_data_set_that_the_evidence_does_not_have_leaves_everything_in(prior, clip):
    assert prior.predict(SATELLITE, clip, ["my own photographs"]) == prior.predict(SATELLITE, clip)


def test_a_model_without_evidence_is_judged_by_its_facts_with_less_certainty(prior, clip, models):
    stranger = replace(clip[0], model="hf/nobody/open-clip-vit-h-14", aliases=())
    known, unknown = prior.predict(SATELLITE, [clip[0], stranger])
    assert unknown.rows == ()
    assert unknown.spread > 2 * known.spread
    assert unknown.own_spread > known.own_spread
    assert "no published result" in unknown.note


def test_facts_tell_a_large_well_trained_stranger_from_a_small_one(prior):
    large = ModelFacts(
        "hf/nobody/vit-h-14-dfn5b", "image-text", n_parameters=1e9, image_size_px=378, pretraining=("DFN-5B",),
        objective="contrastive language-image",
    )  # fmt: skip
    small = ModelFacts("hf/nobody/small", "image-text", n_parameters=1.5e7, image_size_px=64)
    first, second = prior.predict(SATELLITE, [large, small])
    assert first.strength > second.strength + 0.5


def test_evidence_is_found_under_any_name_of_a_model(prior, clip):
    renamed = replace(clip[1], model="multimodal/my-clip", aliases=(clip[1].model.upper(),))
    mine, theirs = prior.predict(SATELLITE, [renamed, clip[1]])
    assert mine.strength == theirs.strength
    assert mine.rows == theirs.rows


def test_protocols_are_different_targets(prior, clip):
    zero_shot, probe = (prior.predict(replace(SATELLITE, protocol=p), clip)[1] for p in ("zero-shot", "probe"))
    assert probe.expected > zero_shot.expected + 0.1
    assert (zero_shot.protocol, probe.protocol) == ("zero-shot", "probe")


def test_nothing_is_expected_where_no_result_compares(prior, clip):
    found = prior.predict(TaskFacts("image", kind="generation"), clip)
    assert {(e.expected, e.low, e.high) for e in found} == {(None, 0.0, 1.0)}
    assert all("little evidence" in e.note for e in found)
    assert expected_regret(found) is None


def test_a_domain_that_the_evidence_hardly_covers_is_said_to_be_so(prior, clip):
    assert "little evidence" in prior.predict(replace(SATELLITE, domain="microscopy/cell"), clip)[0].note
    assert prior.predict(SATELLITE, clip)[0].note == ""


@pytest.mark.parametrize(
    ("n", "said"), [(1, "little evidence: 1 published result"), (2, "little evidence: 2 published results"), (5, "")]
)
def test_few_results_of_a_model_are_counted_in_its_note(prior, models, n, said):
    room = prior.room("text")
    row = int(np.flatnonzero(room.seen.sum(axis=1) == n)[0])
    assert prior.predict(TaskFacts("text", protocol="few-shot"), [models[room.models[row]]])[0].note == said


def test_domains_change_the_ranking_of_text_models(prior, models):
    pool = [facts for facts in models.values() if facts.model.startswith("hf/") and facts.modality == "text"][:200]
    orders = [
        [e.model for e in ranked(prior.predict(task, pool))[:10]]
        for task in (
            TaskFacts("text", domain="text/social", language="hi"),
            TaskFacts("code", kind="retrieval"),
        )
    ]
    assert orders[0] != orders[1]


def test_expected_regret_falls_with_every_candidate_that_is_tried(prior, clip):
    found = ranked(prior.predict(SATELLITE, clip))
    losses = [expected_regret(found, n) for n in range(1, len(found) + 1)]
    assert losses == sorted(losses, reverse=True)
    assert 0 < losses[0] < 0.3
    assert losses[-1] == 0
    assert expected_regret([]) is None


def test_likeness_is_a_covariance_in_which_twins_are_near(prior, models):
    names = ("ViT-B-32/laion400m_e31", "ViT-B-32/laion400m_e32", "RN50x64/openai")
    pool = [models[f"open_clip/{name}"] for name in names] + [ModelFacts("hf/nobody/none", "image")]
    alike = prior.likeness(SATELLITE, pool, ["eurosat"])
    assert np.linalg.eigvalsh(alike).min() > -1e-8
    assert alike[0, 1] > max(alike[0, 2], alike[1, 2]) + 0.2
    assert alike[3].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("room", ["image", "text"])
def test_sets_of_columns_say_together_what_their_columns_say(prior, room):
    evidence = prior.room(room)
    sets, told = evidence.information
    assert len(told) < len(evidence.columns) / 3
    one_by_one = evidence.seen.astype(np.float32) @ information(evidence.phi, evidence.noise)
    assert sets.astype(np.float32) @ told == pytest.approx(one_by_one, rel=1e-3, abs=1e-2)


def test_no_framework_is_imported():
    code = (
        "import sys\n"
        "from zoo.selector.prior import Prior, TaskFacts, ModelFacts\n"
        "Prior.load().predict(TaskFacts('image'), [ModelFacts('m', 'image')])\n"
        "print(sorted({'torch', 'timm', 'transformers', 'pandas', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def plugin_table(n_models: int, source: str = "the herbarium paper") -> EvidenceTable:
    rows = tuple(
        EvidenceRow(
            model=name,
            dataset="pressed-plants",
            metric="accuracy",
            value=0.9 - 0.1 * place,
            protocol="probe",
            source=source,
        )
        for place, name in enumerate([f"herbarium/m{i}" for i in range(n_models)])
    )
    task = EvidenceTask(
        name="pressed-plants", modality="image", domain="biology/organism", kind="classification", n_classes=4
    )
    return EvidenceTable(name="herbarium", rows=rows, tasks=(task,))


class Herbarium:
    """A plugin that adds six figures of its own models on its own task."""

    zoo_plugin_api = (1,)

    @hookimpl
    def zoo_evidence(self) -> list[EvidenceTable]:
        return [plugin_table(6)]


def test_results_of_a_plugin_rank_its_models_and_are_shown_as_reasons():
    registry = Registry()
    registry.register(Herbarium(), "herbarium")
    prior = Prior.load(table for _, tables in registry.answers("zoo_evidence") for table in tables)
    pool = [ModelFacts(f"herbarium/m{i}", "image") for i in range(6)]
    found = prior.predict(TaskFacts("image", domain="biology/organism"), pool)
    assert [e.model for e in ranked(found)] == [facts.model for facts in pool]
    assert found[0].rows[0].source == "the herbarium paper"
    assert not prior.predict(TaskFacts("image"), pool, exclude_evidence=["pressed-plants"])[0].rows


def test_results_of_a_plugin_on_a_task_that_nobody_describes_are_refused():
    table = plugin_table(6).model_copy(update={"tasks": ()})
    with pytest.raises(PluginError, match="'pressed-plants', which no task describes"):
        Prior.load([table])


def test_a_plugin_with_too_few_models_to_rank_changes_no_answer(prior, clip):
    assert Prior.load([plugin_table(3)]).predict(SATELLITE, clip) == prior.predict(SATELLITE, clip)


def test_pictures_have_no_language():
    facts = Datasets.load().by_name["eurosat"]
    assert traits_of_column(facts, "accuracy", "zero-shot", "eng").language == ""
    assert traits_of_task(TaskFacts("image", language="en")).language == ""


@pytest.mark.parametrize(
    ("condition", "few"), [("1000 images", True), ("all images", False), ("", False), ("10 images per class", False)]
)
def test_a_column_says_whether_a_network_was_tuned_on_few_labels(condition, few):
    facts = Datasets.load().by_name["eurosat"]
    assert traits_of_column(facts, "accuracy", "fine-tune", "", condition).few_labels is few
    assert not traits_of_column(facts, "accuracy", "probe", "", condition).few_labels


def test_few_labels_count_where_a_network_is_tuned():
    task = TaskFacts("image", protocol="fine-tune", n_labels=FEW_LABELS)
    assert traits_of_task(task).few_labels
    assert not traits_of_task(replace(task, n_labels=FEW_LABELS + 1)).few_labels
    assert not traits_of_task(replace(task, protocol="probe")).few_labels


def test_tuning_on_few_labels_is_expected_to_reach_less(prior, models):
    tuned = [facts for name, facts in models.items() if name.startswith("vtab/")]
    few, many = (prior.predict(TaskFacts("image", protocol="fine-tune", n_labels=n), tuned) for n in (1_000, 100_000))
    assert np.mean([e.expected for e in few]) < np.mean([e.expected for e in many]) - 0.05


@pytest.mark.parametrize("size", ["small", "base", "large"])
def test_results_of_the_same_weights_in_another_format_count(prior, size):
    card = default_registry().get_card(f"vision/dinov2-{size}")
    (found,) = prior.predict(TaskFacts("image", protocol="few-shot"), [model_facts(card)])
    assert {row.model for row in found.rows} == {f"hf/facebook/dinov2-{size}"}


def test_a_plain_language_model_is_not_taken_for_one_of_vectors(prior):
    told = {"n_parameters": 3.3e8, "embed_dim": 1024, "languages": ("en",)}
    plain = ModelFacts("a/plain", "text", objective="masked language modelling", **told)
    tuned = ModelFacts("a/tuned", "text", objective="contrastive text pairs", **told)
    for task in (TaskFacts("text", domain="text/social"), TaskFacts("text", kind="retrieval")):
        weak, strong = prior.predict(task, [plain, tuned])
        assert weak.expected < strong.expected - 0.02


def test_no_estimate_of_two_classes_lies_far_below_chance(prior, clip):
    for estimate in prior.predict(TaskFacts("image", domain="medical", n_classes=2, protocol="zero-shot"), clip):
        assert estimate.low >= 0.45
        assert estimate.expected > 0.5
