"""Bad plugins of every kind, installed as real distributions: each is named, and everything else still works."""

from __future__ import annotations

import os
import random
import signal
import sys
import warnings

import pytest

from tests.zoo.toy_cards import toy_card
from tests.zoo.toy_plugins import GOOD, discovered
from zoo import hookimpl
from zoo.cards import CustomSource
from zoo.errors import PluginError, UnknownModelError
from zoo.registry import Registry

HEAD = """
import os, random, signal, sys, time, warnings
import click
from zoo import hookimpl
from zoo.cards import CustomSource, TimmSource
from tests.zoo.toy_cards import toy_card
zoo_plugin_api = (1,)
class Rude(BaseException): pass
class Mute(Exception):
    def __str__(self): raise RuntimeError('no words')
"""
RAISED = (
    "raise ValueError('boom')",
    "raise SystemExit(3)",
    "raise KeyboardInterrupt",
    "raise GeneratorExit",
    "raise Rude('boom')",
    "raise Mute",
    "raise MemoryError",
    "raise RecursionError",
    "raise StopIteration",
    "raise ExceptionGroup('two', [ValueError('a'), OSError('b')])",
)
ODD = ("return None", "return 3", "return 'text'", "return b'x'", "return [None]", "return [3]", "yield 3", "return {}")
LISTS = ("zoo_models", "zoo_prompt_sets", "zoo_evidence", "zoo_commands")
TABLES = ("zoo_catalogue", "zoo_preprocessing_steps", "zoo_transferability_scores")


def hook(name, body, arguments=""):
    return HEAD + f"@hookimpl\ndef {name}({arguments}):\n    {body}\n"


def use_everything(registry):
    """What every verb asks of plugins; the answers of the good ones must be there."""
    assert registry.get_card("good/net").id == "good/net"
    assert registry.get_card("vision/resnet50")
    assert registry.get_card("timm/resnet18.a1_in1k").id == "timm/resnet18.a1_in1k"
    with pytest.raises(UnknownModelError):
        registry.get_card("unknown thing")
    answering = {hook: [name for name, _ in registry.answers(hook)] for hook in (*LISTS, *TABLES)}
    assert {"vision", "good"} <= set(answering["zoo_models"])
    assert "catalogues" in answering["zoo_catalogue"]
    assert "medical" in answering["zoo_prompt_sets"]
    assert "satellite" in answering["zoo_preprocessing_steps"]


def named(code, install, **environ):
    """(everything said, the record) with that plugin beside a good one."""
    install("bad", code)
    install("good", GOOD.format(id="good/net"))
    registry, plugins, said = discovered(**environ)
    with warnings.catch_warnings(record=True) as more:
        warnings.simplefilter("always")
        use_everything(registry)
    assert plugins["good"].state == "loaded"
    record = next(record for record in registry.plugins if record.name == "bad")
    return [line for line in said + [str(w.message) for w in more] if "'bad'" in line], record


@pytest.mark.parametrize("body", RAISED)
@pytest.mark.parametrize("name", [*LISTS, *TABLES, "zoo_resolve_model"])
def test_whatever_a_hook_raises_is_named_and_the_rest_goes_on(install, name, body):
    said, _ = named(hook(name, body, "name" * (name == "zoo_resolve_model")), install)
    assert said


@pytest.mark.parametrize("body", RAISED)
def test_whatever_an_import_raises_is_named(install, body):
    said, record = named(HEAD + body, install)
    assert said
    assert record.state == "failed"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("body", [body for body in ODD if body != "return {}"])
def test_a_list_of_other_things_is_named(install, name, body):
    assert named(hook(name, body), install)[0]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("body", [body for body in ODD if body != "return {}"] + ["return {'a': 3}", "return {3: id}"])
def test_a_table_of_other_things_is_named(install, name, body):
    assert named(hook(name, body), install)[0]


@pytest.mark.parametrize(
    "card",
    [
        "toy_card('bad/net').model_copy(update={'embed_dim': -3})",
        "toy_card('bad/net').model_copy(update={'n_parameters': -1})",
        "toy_card('bad/net').model_copy(update={'id': 'bad/' + 'x' * 100_000})",
        "toy_card('bad/net').model_copy(update={'id': 3})",
        "toy_card('bad/net').model_copy(update={'domains': None})",
        "toy_card('bad/net').model_construct(id='bad/net')",
        "toy_card('bad/net', source=CustomSource(builder='x', n_bytes=-5))",
        "toy_card('bad/net', embed_dim=0)",
        "toy_card('bad/net', embed_dim=10**9)",
        "toy_card('bad/net', max_tokens=-1)",
        "toy_card('bad/' + 'x' * 100_000)",
        "toy_card('bad/net', aliases=('good/net',)), toy_card('bad/net')",
    ],
)
def test_a_card_that_cannot_be_is_named(install, card):
    said, record = named(hook("zoo_models", f"return [{card}]"), install)
    assert said
    assert record.state == "failed"
    assert all(len(line) < 1000 for line in said)


@pytest.mark.parametrize(
    ("spelling", "owner"),
    [
        ("id='medical/rad-dino'", "medical"),
        ("id='bad/a', aliases=('Medical/RAD-dino',)", "medical"),
        ("id='medical/mine'", "medical"),
        ("id='timm/mine'", "catalogues"),
        ("id='hf/mine'", "catalogues"),
    ],
)
def test_no_plugin_takes_a_built_in_model_or_its_prefix(install, spelling, owner):
    said, record = named(hook("zoo_models", f"return [toy_card({spelling.removeprefix('id=')})]"), install)
    assert f"'{owner}'" in said[0]
    assert record.state == "shadowed"
    registry = discovered()[0]
    assert registry.owner("medical/rad-dino") == "medical"
    assert registry.get_card("medical/rad-dino").source.repository == "microsoft/rad-dino"


def test_a_repository_still_means_the_built_in_card(install):
    source = "TimmSource(architecture='resnet18', repository='microsoft/rad-dino')"
    named(hook("zoo_models", f"return [toy_card('bad/net', source={source})]"), install)
    assert discovered()[0].get_card("microsoft/rad-dino").id == "medical/rad-dino"


def test_no_catalogue_answers_for_a_model_of_another(install):
    code = hook("zoo_resolve_model", "return toy_card('medical/rad-dino')", "name")
    install("bad", code)
    registry = discovered()[0]
    with pytest.warns(UserWarning, match="'bad' gives 'medical/rad-dino'"), pytest.raises(LookupError):
        registry.get_card("unknown/thing")
    assert registry.get_card("timm/resnet18.a1_in1k").id == "timm/resnet18.a1_in1k"


def test_no_plugin_builds_or_prepares_in_place_of_the_owner():
    class Owner:
        @hookimpl
        def zoo_models(self):
            return [toy_card("toys/net", source=CustomSource(builder="b"))]

        @hookimpl
        def zoo_load_custom(self, card, weights):
            return "the owner's"

        @hookimpl
        def zoo_preprocessing_steps(self):
            return {"step": abs}

    class Thief:
        @hookimpl(tryfirst=True)
        def zoo_load_custom(self, card):
            return "a thief's"

        @hookimpl
        def zoo_preprocessing_steps(self):
            return {"step": len}

    for order in ((Owner, Thief), (Thief, Owner)):
        registry = Registry()
        for plugin in order:
            registry.register(plugin())
        assert registry.build_custom(registry.get_card("toys/net"), None) == "the owner's"

    class Wrapper:
        @hookimpl(wrapper=True)
        def zoo_load_custom(self, card):
            return (yield)

    with pytest.raises(PluginError, match="wraps zoo_load_custom"):
        registry.register(Wrapper())


@pytest.mark.parametrize(
    ("line", "note", "seen"),
    [
        ("os.environ['ZOO_TEST_LEFT'] = '1'", "environment", lambda: "ZOO_TEST_LEFT" in os.environ),
        ("os.environ.pop('PATH', None)", "environment", lambda: "PATH" not in os.environ),
        ("os.chdir('/')", "working directory", lambda: os.getcwd() == "/"),
        ("sys.setrecursionlimit(4321)", "recursion limit", lambda: sys.getrecursionlimit() == 4321),
        ("warnings.simplefilter('error', ResourceWarning)", "warning filters", None),
        ("random.seed(0)", "random numbers of Python", None),
        ("import torch; torch.set_default_dtype(torch.float64)", "default type of torch", None),
        ("import torch; torch.manual_seed(0)", "random numbers of torch", None),
        ("import numpy; numpy.random.seed(0)", "random numbers of numpy", None),
        ("print('hello')", "prints: 'hello'", None),
        ("time.sleep(0.25)", "takes 0.", None),
    ],
)
@pytest.mark.parametrize("place", ["at import", "in a hook"])
def test_what_a_plugin_changes_is_undone_and_named(install, capsys, line, note, seen, place):
    import numpy
    import torch

    random.seed(1)
    numpy.random.seed(1)  # noqa: NPY002  # what a plugin might seed
    torch.manual_seed(1)
    filters, handler = list(warnings.filters), signal.getsignal(signal.SIGINT)
    code = hook("zoo_models", f"{line}; return [toy_card('bad/net')]")
    _, record = named(HEAD + line if place == "at import" else code, install)
    if place == "at import":
        assert record.state == "loaded"
    assert note in " ".join(record.notes)
    assert seen is None or not seen()
    assert torch.get_default_dtype() == torch.float32
    assert list(warnings.filters) == filters
    assert signal.getsignal(signal.SIGINT) is handler
    assert "hello" not in capsys.readouterr().out


def test_a_hook_that_never_ends_costs_a_deadline(install, monkeypatch):
    monkeypatch.setenv("ZOO_PLUGIN_SECONDS", "0.3")
    said, record = named(hook("zoo_models", "time.sleep(600)"), install)
    assert "did not end within 0.3 s" in said[0]
    assert record.state == "failed"


@pytest.mark.parametrize(
    ("metadata", "points"),
    [
        (b"\xff\xfe", None),
        (b"", None),
        (None, None),
        (None, b"[zoo]\nbad = \xff\n"),
        (None, b"[zoo]\nbad\n"),
        (None, b"[zoo]\n\x1b[31mbad = os\n"),
        (None, b"[zoo]\n" + b"b" * 100_000 + b" = os\n"),
    ],
)
def test_metadata_of_any_kind_stop_no_verb(install, tmp_path, metadata, points):
    install("good", GOOD.format(id="good/net"))
    folder = tmp_path / "bad-1.0.dist-info"
    folder.mkdir()
    if metadata is not None:
        (folder / "METADATA").write_bytes(metadata)
    (folder / "entry_points.txt").write_bytes(points or b"[zoo]\nbad = toy_plugin_bad_metadata\n")
    registry, plugins, said = discovered()
    use_everything(registry)
    assert plugins["good"].state == "loaded"
    assert said
    assert all(line.isprintable() and len(line) < 1000 for line in said)


def test_metadata_of_others_are_no_concern_of_ours(install, tmp_path):
    folder = tmp_path / "other-1.0.dist-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_bytes(b"[console_scripts]\nx = \xff\n")
    assert discovered()[2] == []


def test_random_numbers_of_the_caller_stay_where_a_good_plugin_loads(install):
    install("good", GOOD.format(id="good/net"))
    random.seed(5)
    wanted = random.random()
    random.seed(5)
    discovered()
    assert random.random() == wanted
