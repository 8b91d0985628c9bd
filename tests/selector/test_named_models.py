"""Models that a user names and that cannot be used: what keeps each out is said, and what to change; not "scratch"."""

from __future__ import annotations

import pytest

from tests.selector import toys
from tests.zoo.test_data import picture
from zoo.errors import DataError, TaskError
from zoo.selector import Task, rank, recommend
from zoo.selector.constraints.exclusion import Exclusion
from zoo.selector.constraints.relaxation import none_named_fits

PETS = Task(modality="image", class_names=("cat", "dog"), labels_per_class=20)


def named(task, *names):
    return recommend(task, candidates=names, registry=toys.registry())


def test_a_constraint_that_removes_them_is_named_with_what_relaxing_it_gives_back():
    task = PETS.revised(constraints={"commercial_use": True})
    with pytest.raises(TaskError) as refused:
        named(task, "toy/convnextv2_base", "toy/efficientnet_b0")
    assert refused.value.problem == (
        "none of the 2 models named can be used (toy/convnextv2_base: its licence does not allow commercial use "
        "(CC-BY-NC-4.0); toy/efficientnet_b0: commercial use is not known to be allowed (no licence stated))."
    )
    assert "without commercial_use: 2 models" in refused.value.remedy
    assert refused.value.remedy.endswith("Or leave the names out, to choose among all that are installed.")


def test_one_that_only_a_limit_keeps_out_is_what_relaxing_gives_back_beside_one_of_another_modality():
    with pytest.raises(TaskError, match="toy/bert: it reads text, the task has image") as refused:
        named(PETS.revised(constraints={"max_parameters": 1e6}), "toy/resnet50", "toy/bert")
    assert "without max_parameters: 1 model (toy/resnet50), the first from 26 M parameters" in refused.value.remedy


@pytest.mark.parametrize(
    ("task", "name", "cause", "change"),
    [
        (PETS, "toy/bert", "it reads text, the task has image", "Name models that read image, or state another"),
        (PETS, "toy/unbuilt", "not built in zoo yet", "Name models that zoo can build."),
        (Task(modality="text"), "toy/writer", "it can only generate", "or state another kind of task."),
        (toys.TILES, "toy/bands", "swir_1", "Name the bands as the data holds them, all and in order"),
    ],
    ids=["modality", "architecture", "capability", "bands"],
)
def test_what_no_limit_is_behind_has_a_remedy_of_its_own(task, name, cause, change):
    found = named(task, name)
    assert found.no_good_source
    assert found.verdict.why.startswith(f"the model named cannot be used ({name}: ")
    assert cause in found.verdict.why
    assert change in found.verdict.why
    for told in (found.to_text(explain=True), found.to_markdown()):
        assert "scratch" not in told
        assert "a network of your own" not in told
        assert cause in told.partition("Left out")[2] or cause in told.partition("left out")[2]


def test_a_reason_that_several_share_is_said_once():
    why = named(PETS, "toy/bert", "toy/law", "toy/polish", "toy/minilm").verdict.why
    assert "(toy/bert, toy/law, toy/polish and 1 more: it reads text, the task has image)" in why


@pytest.mark.parametrize(("n", "rest"), [(3, ""), (4, "; and 1 more reason"), (5, "; and 2 more reasons")])
def test_many_reasons_are_counted(n, rest):
    why, _ = none_named_fits(PETS, [Exclusion(f"toy/{i}", "loadable", f"fault {i}") for i in range(n)])
    assert why == (f"none of the {n} models named can be used (toy/0: fault 0; toy/1: fault 1; toy/2: fault 2{rest}).")


def test_where_nothing_installed_fits_scratch_is_still_the_answer():
    found = recommend(PETS, registry=toys.registry(toys.BERT))
    assert "start from scratch" in found.verdict.why
    assert not any(e.constraint == "modality" for e in found.told_exclusions)


def test_ranking_with_advice_that_named_nothing_usable_says_the_same(tmp_path):
    for number in range(4):
        picture(tmp_path / ("cat" if number % 2 else "dog") / f"{number}.png", seed=number)
    task = Task.from_folder(tmp_path)
    with pytest.raises(DataError, match="the model named cannot be used") as refused:
        rank(task, named(task, "toy/bert"), registry=toys.registry(), cache=False)
    assert "Name models that read image" in refused.value.remedy
