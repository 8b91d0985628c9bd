"""What replaced a model is followed to its end, and a circle is survived."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.zoo.toy_cards import toy_card
from zoo import hookimpl
from zoo.cards import newest_in_words, successors
from zoo.cli import cli
from zoo.registry import default_registry


def cards(**replaced_by):
    return {
        f"lab/{name}": toy_card(f"lab/{name}", superseded_by=later and f"lab/{later}")
        for name, later in replaced_by.items()
    }


@pytest.mark.parametrize(
    ("links", "chain"),
    [
        ({"a": None}, ()),
        ({"a": "b", "b": None}, ("lab/b",)),
        ({"a": "b", "b": "c", "c": "d", "d": None}, ("lab/b", "lab/c", "lab/d")),
        ({"a": "b", "b": "gone"}, ("lab/b", "lab/gone")),
        ({"a": "a"}, ()),
        ({"a": "b", "b": "a"}, ("lab/b",)),
        ({"a": "b", "b": "c", "c": "b"}, ("lab/b", "lab/c")),
    ],
    ids=["none", "one step", "three steps", "not installed", "itself", "each other", "a circle further on"],
)
def test_a_chain_ends_at_the_newest_model(links, chain):
    known = cards(**links)
    assert successors(known["lab/a"], known) == chain


def test_the_newest_is_named_first():
    assert newest_in_words(("lab/b", "lab/c", "lab/d")) == "lab/d (by way of lab/b, lab/c)"


class Lab:
    """A plugin of three models, each replaced by the next one."""

    @hookimpl
    def zoo_models(self):
        return list(cards(a="b", b="c", c=None).values())


@pytest.fixture
def lab():
    default_registry.cache_clear()
    default_registry().register(Lab(), "lab")
    yield
    default_registry.cache_clear()


@pytest.mark.usefixtures("lab")
def test_show_names_the_end_of_the_chain():
    shown = {name: CliRunner().invoke(cli, ["show", f"lab/{name}"]).output for name in "abc"}
    assert "Superseded by lab/c (by way of lab/b)." in shown["a"]
    assert "Superseded by lab/c." in shown["b"]
    assert "Superseded" not in shown["c"]
