"""Lists of arguments that several functions spell out are one list: names, types and defaults are those of a class."""

import dataclasses
import inspect

import pytest

import zoo
from zoo.arguments import gathered
from zoo.cli.lookup import list_
from zoo.filters import Filters
from zoo.registry import Registry
from zoo.zero_shot.options import Options


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (zoo.find, Filters),
        (zoo.list_models, Filters),
        (Registry.find, Filters),
        (zoo.classify, Options),
        (zoo.zero_shot.classify_to_file, Options),
    ],
)
def test_a_function_spells_out_what_the_class_holds(function, kind):
    listed = inspect.signature(function).parameters
    stated = {own.name: (own.type, own.default) for own in dataclasses.fields(kind)}
    assert stated == {name: (listed[name].annotation, listed[name].default) for name in stated}


def test_a_file_of_results_asks_for_what_memory_asks_and_for_its_own():
    in_memory, to_file = (inspect.signature(run).parameters for run in (zoo.classify, zoo.zero_shot.classify_to_file))
    assert to_file.keys() - in_memory.keys() == {"out", "resume", "progress"}
    assert [str(own) for own in in_memory.values()] == [str(to_file[name]) for name in in_memory]


def test_the_command_has_an_option_for_every_filter():
    assert {own.name for own in dataclasses.fields(Filters)} <= {own.name for own in list_.params}


def test_what_the_class_does_not_hold_is_passed_over():
    wanted = dict.fromkeys((own.name for own in dataclasses.fields(Filters)), None)
    assert gathered(Filters, {**wanted, "query": "chest", "registry": object()}) == Filters(query="chest")
