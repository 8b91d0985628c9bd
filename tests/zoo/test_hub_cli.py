"""The verbs plan, pull and lock against a hub on this machine: output, exit codes, error and remedy."""

from __future__ import annotations

import json
import sys

import pytest

from tests.zoo.hub_cards import FILES, NEEDED, PLUGIN, serve
from zoo.cli import main
from zoo.lock_file import LockDocument
from zoo.registry import default_registry


@pytest.fixture
def zoo_command(hub, tmp_path, monkeypatch, capfd):
    """Function: arguments -> (exit code, stdout, stderr), where a plugin declares the cards of the local hub."""
    site = tmp_path / "site"
    information = site / "zoo_hub_toys-1.0.dist-info"
    information.mkdir(parents=True)
    (site / "toy_plugin_hub.py").write_text(PLUGIN)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-hub-toys\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[zoo]\nhub-toys = toy_plugin_hub\n")
    monkeypatch.syspath_prepend(site)
    monkeypatch.delenv("ZOO_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    default_registry.cache_clear()

    def run(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        shown = capfd.readouterr()
        return stopped.value.code, shown.out, shown.err

    yield run
    default_registry.cache_clear()
    sys.modules.pop("toy_plugin_hub", None)


@pytest.fixture
def served(hub):
    """The repositories of the cards, by model."""
    return serve(hub)


def test_plan_shows_each_model_and_asks_nobody(hub, served, zoo_command):
    code, out, err = zoo_command("plan", "toys/timm", "toys/bert")
    assert (code, err) == (0, "")
    assert "toys/timm" in out
    assert "transformers" in out
    assert hub.requests == []


def test_plan_that_asks_the_hub_knows_the_bytes(served, zoo_command):
    code, out, _ = zoo_command("plan", "toys/timm", "--ask-hub", "--json")
    assert code == 0
    (told,) = json.loads(out)
    assert told["n_bytes"] == sum(len(FILES["toys/timm"][path]) for path in NEEDED["toys/timm"])
    assert told["cached"] is False


def test_pull_then_plan_says_cached(served, zoo_command):
    code, out, err = zoo_command("pull", "toys/timm", "toys/open-clip")
    assert (code, err) == (0, "")
    assert out == "toys/timm: 2 files here, checked\ntoys/open-clip: 5 files here, checked\n"
    assert json.loads(zoo_command("plan", "toys/open-clip", "--json")[1])[0]["cached"] is True


def test_pull_is_idempotent_and_gives_paths_to_programs(hub, served, zoo_command):
    first = json.loads(zoo_command("pull", "toys/bert", "--json")[1])["toys/bert"]
    assert {path.rsplit("/", 1)[1] for path in first} == NEEDED["toys/bert"]
    hub.requests.clear()
    assert zoo_command("pull", "toys/bert", "-q")[1].splitlines() == first
    assert hub.count("GET", ".safetensors") == 0


def test_pull_offline_is_one_line_of_error_and_one_of_remedy(hub, served, zoo_command, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, out, err = zoo_command("pull", "toys/timm")
    assert (code, out) == (1, "")
    error, remedy = err.splitlines()
    assert error == "error: acme/timm is not in the cache, and the network is switched off."
    assert remedy.startswith("remedy: While online, run once: zoo pull toys/timm")
    assert hub.requests == []


@pytest.mark.parametrize(
    ("fault", "error", "remedy"),
    [
        ("gated", "acme/timm is gated", "Ask for access at http"),
        ("server-error", "failed on acme/timm (status 500)", "Try again later"),
        ("rate-limited", "takes no more requests", "Try again in"),
        ("corrupt", "not the promised ones", "zoo pull toys/timm"),
        ("portal", "did not answer as a hub", "HF_ENDPOINT"),
        ("missing", "no repository acme/timm", "Check the name"),
    ],
)
def test_every_fault_is_one_line_of_error_and_one_of_remedy(served, zoo_command, fault, error, remedy):
    served["toys/timm"].fault = fault
    code, out, err = zoo_command("pull", "toys/timm")
    assert (code, out) == (1, "")
    said = err.splitlines()
    assert len(said) == 2, err
    assert said[0].startswith("error: ")
    assert error in said[0]
    assert said[1].startswith("remedy: ")
    assert remedy in said[1]


def test_one_model_that_fails_does_not_stop_the_others(served, zoo_command):
    served["toys/timm"].fault = "gated"
    code, out, err = zoo_command("pull", "toys/timm", "toys/custom")
    assert code == 1
    assert out == "toys/custom: 1 file here, checked\n"
    assert err.startswith("error: toys/timm: acme/timm is gated")
    assert len(err.splitlines()) == 2


def test_lock_writes_a_file_that_holds_the_model_fast(hub, served, zoo_command, tmp_path, monkeypatch):
    code, out, _ = zoo_command("lock", "toys/timm")
    assert code == 0
    assert out == "pinned 1 model in zoo.lock; use it with ZOO_LOCK=zoo.lock\n"
    document = LockDocument.from_json((tmp_path / "zoo.lock").read_text())
    assert document.models[0].commit == served["toys/timm"].commit
    monkeypatch.setenv("ZOO_LOCK", "zoo.lock")
    hub.add("acme/timm", {**FILES["toys/timm"], "model.safetensors": b"newer"})
    paths = zoo_command("pull", "toys/timm", "-q")[1].splitlines()
    assert len(paths) == 2
    assert all(document.models[0].commit in path for path in paths)
    code, _, err = zoo_command("pull", "toys/bert")
    assert code == 1
    assert err.splitlines()[0] == "error: toys/bert is not pinned in zoo.lock."
    assert err.splitlines()[1] == "remedy: Add it: zoo lock toys/timm toys/bert --out zoo.lock"


def test_a_lock_that_cannot_be_written_is_one_line_of_error_and_one_of_remedy(served, zoo_command):
    code, _, err = zoo_command("lock", "toys/timm", "--out", "no/such/folder/zoo.lock")
    assert code == 1
    assert err.splitlines()[0].startswith("error: no/such/folder/zoo.lock cannot be written")
    assert err.splitlines()[1] == "remedy: Choose another place: --out FILE."


def test_an_unknown_model_is_a_failure_with_a_suggestion(served, zoo_command):
    code, _, err = zoo_command("pull", "toys/tim")
    assert code == 1
    assert "'toys/timm'" in err.splitlines()[1]
