"""What is told of a public data set that a task names, where results on it and on others meet."""

from __future__ import annotations

import pytest

from zoo.selector import Task, recommend


@pytest.mark.parametrize(
    ("name", "hint"),
    [("FiQA2O18", " Did you mean FiQA2018?"), ("a set of my own", "")],
    ids=["misspelt", "private"],
)
def test_a_data_set_without_results_is_told(name, hint):
    found = recommend(Task(modality="image", dataset=name), k=1)
    told = f"no published result is of the data set {name!r}, so the answer rests on other data sets.{hint}"
    assert told in found.warnings
    assert not any("no published result is of" in line for line in recommend(Task(modality="image")).warnings)


@pytest.mark.parametrize(
    ("modality", "name", "kinds"),
    [("code", "AppsRetrieval", "retrieval,"), ("text", "stsbenchmark", "similarity, of which zoo has no task,")],
)
def test_a_data_set_of_another_kind_is_told(modality, name, kinds):
    task = Task(modality=modality, dataset=name)
    told = f"the published results on {name} are of {kinds} and the task is taken for classification"
    assert any(line.startswith(told) and "--kind retrieval" in line for line in recommend(task, k=1).warnings)
    stated = recommend(task.revised(kind="retrieval"), k=1).warnings
    assert not any("are of" in line for line in stated)


def test_a_data_set_brings_its_language():
    task = Task(modality="text", dataset="KLUE-TC")
    assert task.language == "ko"
    assert "Language: ko (that of the data set KLUE-TC; state another if that is wrong)." in task.describe()
    found = recommend(task)
    assert any(c.estimate.is_measured for c in found.candidates)
    assert Task(modality="text", dataset="KLUE-TC", language="en").language == "en"
    assert Task(modality="text", dataset="AmazonReviewsClassification").language is None


def test_a_part_of_the_classes_of_a_data_set_is_told():
    some = Task(modality="image", dataset="eurosat", class_names=("forest", "river", "highway"))
    assert any(line.startswith("eurosat is published with 10 classes, the task has 3:") for line in found_of(some))
    assert not any("is published with" in line for line in found_of(Task(modality="image", dataset="eurosat")))
    assert not any("is published with" in line for line in found_of(some.revised(dataset="a set of my own")))


def found_of(task):
    return recommend(task, k=1).warnings


def test_models_of_a_domain_that_were_measured_set_the_level():
    """Of slides only models of slides were measured: their results stand, and others are counted from them."""
    advice = recommend(Task(modality="image", dataset="bach", labels_per_class=100), k=12)
    found = advice.candidates
    measured = [c for c in found if c.estimate.is_measured]
    assert len(measured) >= 4
    for c in measured:
        (own,) = (row.value for row in c.evidence if row.dataset == "bach")
        assert c.expected == pytest.approx(own, abs=0.002)
        assert c.reasons[0].startswith("published results")
    assert "leads by its own result on the data set, but no published figure compares" in advice.verdict.why
    values = [c.expected for c in found]
    assert values == sorted(values, reverse=True)


def test_a_baseline_that_is_put_above_the_first_source_is_told():
    found = recommend(Task(modality="image", dataset="mnist"), k=1)
    (best,) = found.candidates
    assert found.zero_shot.expected > best.expected
    assert any(
        "the zero-shot baseline is expected to reach" in line and best.card.id in line for line in found.warnings
    )
    assert "points below zero-shot" in found.to_text()
    assert "points over zero-shot" not in found.to_text()
    ahead = recommend(Task(modality="image", dataset="eurosat"), k=1)
    assert not any("the zero-shot baseline is expected to reach" in line for line in ahead.warnings)


def test_a_gain_is_told_where_sources_call_accuracy_by_two_names():
    found = recommend(Task(modality="image", dataset="dtd", labels_per_class=5), k=1)
    best = found.candidates[0]
    assert (best.metric, found.zero_shot.metric) == ("accuracy", "acc1")
    assert best.gain == pytest.approx(best.expected - found.zero_shot.expected, abs=1e-4)
