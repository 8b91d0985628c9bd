"""The model to take on the machine at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zoo.selector import Task, recommend
from zoo.selector.advice.machine import LITTLE, Machine, default_for, machine_of

CPU = Machine("cpu", 8.0)


@pytest.fixture(scope="module")
def found():
    task = Task(modality="image", domain="natural", labels_per_class=2000, constraints={"device": "cpu"})
    return recommend(task, k=20)


def test_the_smallest_that_gives_up_little_is_taken(found):
    three = [replace(c, expected=e) for c, e in zip(found.candidates, (0.9, 0.895, 0.9 - LITTLE - 0.001), strict=False)]
    sizes = (80, 60, 5)
    held = [
        replace(c, card=c.card.model_copy(update={"n_parameters": int(n * 1e6)}))
        for c, n in zip(three, sizes, strict=True)
    ]
    assert default_for(CPU, held) is held[1]
    assert default_for(CPU, held[:1]) is held[0]


def test_what_takes_too_long_or_too_much_memory_is_left_to_the_strongest(found):
    first = min(found.candidates, key=lambda c: c.card.n_parameters)
    huge = replace(first, card=first.card.model_copy(update={"n_parameters": 4_000_000_000}))
    assert default_for(CPU, [huge, first]).card.n_parameters != 4_000_000_000
    assert default_for(Machine("gpu", 0.001), [huge, first]) is None
    assert default_for(Machine("gpu", None), [first]) is first


def test_a_control_is_no_default(found):
    assert default_for(CPU, [replace(found.candidates[0], is_control=True)]) is None


def test_the_stated_device_and_memory_are_those_of_the_machine():
    task = Task(modality="image", constraints={"device": "cuda", "memory_gb": 3})
    assert machine_of(task) == Machine("gpu", 3.0)
    assert machine_of(Task(modality="image", constraints={"device": "cpu"})).device == "cpu"


def test_the_answer_names_both():
    text = recommend(
        Task(
            modality="text",
            language="en",
            class_names=("good", "bad"),
            labels_per_class=50,
            constraints={"device": "cpu"},
        )
    )
    assert text.default is not None
    assert text.default.card.n_parameters < text.candidates[0].card.n_parameters
    assert text.default.card.id in text.default_told
    assert text.candidates[0].card.id in text.default_told
    assert text.to_dict()["default_for_this_machine"] == text.default.card.id
