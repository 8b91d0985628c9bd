"""One reading of languages for cards, searches and tasks."""

from __future__ import annotations

import pytest

from tests.selector import toys
from zoo.errors import DataError, TaskError
from zoo.languages import is_among, language_code
from zoo.selector import Task, recommend

NORWEGIAN = toys.text("norbert", "toy/norbert", languages=("no",))
REGISTRY = toys.registry(toys.BERT, toys.POLISH, NORWEGIAN)


@pytest.mark.parametrize("spelling", ["German", "deutsch", "DE", "de-AT", "deu", "Swiss German", "allemand"])
def test_every_spelling_of_a_language_is_one_code(spelling):
    assert language_code(spelling) == "de"


@pytest.mark.parametrize("spelling", ["", "multilingual", "German and French", "en,de,fr", "German, French", "xx1"])
def test_what_names_no_language_or_several_has_no_code(spelling):
    assert language_code(spelling) is None


def test_a_language_without_a_name_here_goes_by_its_code():
    assert (language_code("xh"), language_code("kab")) == ("xh", "kab")


def test_cards_are_read_as_searches_are():
    assert is_among("nb", ("no",))
    assert is_among("Norwegian", ("en", "nb-NO"))
    assert not is_among("Danish", ("no",))


@pytest.mark.parametrize("spelling", ["Norwegian", "norsk", "no", "nb"])
def test_search_and_task_find_the_same_models(spelling):
    assert [card.id for card in REGISTRY.find(language=spelling)] == ["toy/norbert"]
    advice = recommend(Task(modality="text", language=spelling), registry=REGISTRY)
    assert [c.card.id for c in advice.candidates] == ["toy/norbert"]


def test_both_refuse_what_is_no_language_in_the_same_words():
    with pytest.raises(DataError) as searched:
        REGISTRY.find(language="Polsh")
    with pytest.raises(TaskError) as asked:
        Task(modality="text", language="Polsh")
    assert searched.value.problem == asked.value.problem == "language is 'Polsh', want one language."
    assert searched.value.remedy == asked.value.remedy
    assert searched.value.remedy.startswith("Did you mean 'Polish'? Give its name, such as 'German', or its code")
