"""Locked models load to the byte, also without a network, or not at all."""

from __future__ import annotations

import json

import pytest

from tests.hub_server import sha256
from tests.zoo.hub_cards import CARDS, FILES, NEEDED, OPEN_CLIP, TIMM, serve
from tests.zoo.toy_cards import toy_card
from zoo.cards import CustomSource, TimmSource, fingerprint
from zoo.errors import CorruptFileError, LockError
from zoo.lock_file import LockDocument, pinned, verify
from zoo.locking import lock
from zoo.pulling import fetch
from zoo.registry import default_registry


@pytest.fixture
def locked(hub, tmp_path, monkeypatch):
    """All cards, locked into a file that ZOO_LOCK names; gives the file."""
    serve(hub)
    path = tmp_path / "zoo.lock"
    path.write_text(lock(list(CARDS.values())).to_json())
    monkeypatch.setenv("ZOO_LOCK", str(path))
    hub.requests.clear()
    return path


def test_a_lock_pins_repository_commit_files_and_preprocessing(hub):
    commit = serve(hub)["toys/timm"].commit
    (pin,) = lock([TIMM]).models
    assert (pin.id, pin.repository, pin.commit) == ("toys/timm", "acme/timm", commit)
    assert {file.path: (file.n_bytes, file.sha256) for file in pin.files} == {
        path: (len(FILES["toys/timm"][path]), sha256(FILES["toys/timm"][path])) for path in NEEDED["toys/timm"]
    }
    assert pin.preprocessing == fingerprint(TIMM.preprocess)


def test_a_lock_pins_what_is_borrowed_from_other_repositories(hub):
    serve(hub)
    (pin,) = lock([OPEN_CLIP]).models
    assert {other.repository: {file.path for file in other.files} for other in pin.companions} == {
        "acme/text": {"config.json"},
        "acme/words": {"tokenizer.json", "vocab.txt"},
    }


def test_a_lock_is_sorted_repeatable_and_comes_back_from_its_text(hub):
    serve(hub)
    document = lock([OPEN_CLIP, TIMM, TIMM])
    assert [pin.id for pin in document.models] == ["toys/open-clip", "toys/timm"]
    assert LockDocument.from_json(document.to_json()) == document
    assert lock([TIMM, OPEN_CLIP]).to_json() == document.to_json()
    assert lock(TIMM) == lock([TIMM])


@pytest.mark.parametrize("model", CARDS)
def test_a_locked_model_is_served_from_the_cache_without_a_network(hub, locked, monkeypatch, model):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    fetched = fetch(CARDS[model])
    assert NEEDED[model] <= {path.name for path in fetched.folder.iterdir()}
    assert hub.requests == []


def test_a_locked_model_stays_when_the_branch_moves(hub, locked):
    hub.add("acme/timm", {**FILES["toys/timm"], "model.safetensors": b"newer"})
    hub.add("acme/words", {"tokenizer.json": b"newer"})
    for refresh in (False, True):
        assert (fetch(TIMM, refresh=refresh).folder / "model.safetensors").read_bytes() != b"newer"
        words = fetch(OPEN_CLIP, refresh=refresh).companions["acme/words"]
        assert (words / "tokenizer.json").read_bytes() == b"{}"


def test_a_locked_model_is_fetched_at_its_commit_on_another_machine(hub, locked, tmp_path, monkeypatch):
    hub.add("acme/timm", {**FILES["toys/timm"], "model.safetensors": b"newer"})
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "another_machine"))
    assert (fetch(TIMM).folder / "model.safetensors").read_bytes() == FILES["toys/timm"]["model.safetensors"]


def test_a_model_that_is_not_pinned_is_refused_with_the_command_that_adds_it(hub, locked):
    card = toy_card("toys/other", source=TimmSource(architecture="x", repository="acme/other"))
    with pytest.raises(LockError, match=r"toys/other is not pinned in .*zoo\.lock") as refused:
        fetch(card)
    assert "zoo lock toys/bert toys/custom toys/open-clip toys/timm toys/other --out" in refused.value.remedy
    assert hub.requests == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"preprocess": TIMM.preprocess.model_copy(update={"size_px": 48})}, "preprocessing"),
        ({"source": TIMM.source.model_copy(update={"repository": "acme/custom"})}, "repository"),
        ({"source": TIMM.source.model_copy(update={"revision": "0" * 40})}, "revision"),
        ({"text_preprocess": OPEN_CLIP.text_preprocess}, "text preprocessing"),
    ],
)
def test_a_card_that_changed_since_is_refused(locked, change, named):
    with pytest.raises(LockError, match=f"the card of toys/timm has changed since .*: {named}"):
        fetch(TIMM.model_copy(update=change))


def test_a_changed_summary_is_no_change(locked):
    assert pinned(TIMM.model_copy(update={"summary": "Other words."})).id == "toys/timm"


def test_without_a_lock_nothing_is_pinned(hub):
    assert pinned(TIMM) is None


def test_what_comes_from_no_hub_may_be_left_out(locked):
    assert pinned(toy_card("toys/code", source=CustomSource(builder="b"))) is None


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_bytes_that_differ_from_the_pin_are_refused(hub, locked, file):
    pin = pinned(TIMM)
    folder = fetch(TIMM).folder
    original = (folder / file).read_bytes()
    (folder / file).unlink()
    (folder / file).write_bytes(original[:-1] + b"?")
    with pytest.raises(LockError, match=f"{file} of acme/timm has other bytes"):
        verify(pin, folder)
    (folder / file).write_bytes(original + b"?")
    with pytest.raises(LockError, match=f"has {len(original) + 1} bytes, want {len(original)}"):
        verify(pin, folder)
    (folder / file).unlink()
    with pytest.raises(LockError, match="is missing"):
        verify(pin, folder)


def test_a_tampered_copy_in_the_cache_is_never_served(hub, locked):
    path = fetch(TIMM).folder / "model.safetensors"
    path.unlink()
    path.write_bytes(b"evil" * 10)  # no link into blobs/ any longer, so its name does not tell
    with pytest.raises(CorruptFileError, match=r"model\.safetensors of acme/timm"):
        fetch(TIMM, local_files_only=True)
    path.write_bytes(b"evil" * 10)
    fetch(TIMM)  # online the locked bytes are fetched in its place
    assert path.read_bytes() == FILES["toys/timm"]["model.safetensors"]


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_the_pin_alone_finds_a_tampered_copy_where_the_list_of_files_is_lost(hub, locked, file):
    folder = fetch(TIMM).folder
    (folder.parents[1] / "trees" / f"{folder.name}.json").unlink()
    original = (folder / file).read_bytes()
    (folder / file).unlink()
    (folder / file).write_bytes(original[::-1])
    with pytest.raises(LockError, match=f"{file} of acme/timm has other bytes"):
        fetch(TIMM, local_files_only=True)


def test_a_file_that_is_not_pinned_is_not_read(hub, locked, tmp_path):
    folder = fetch(CARDS["toys/bert"]).folder
    (folder / "spiece.model").write_bytes(b"a tokenizer that nobody pinned")
    with pytest.raises(LockError, match=r"spiece\.model of acme/bert would be read, but is not pinned"):
        fetch(CARDS["toys/bert"], local_files_only=True)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 2, "models": []}', '{"models": [{"id": "a"}]}', "\udcff"]
)
def test_an_unreadable_lock_is_refused_by_name(locked, text):
    locked.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(LockError, match=r"zoo\.lock") as refused:
        fetch(TIMM)
    assert "zoo lock" in refused.value.remedy


def test_a_lock_that_is_not_there_is_refused(hub, monkeypatch):
    monkeypatch.setenv("ZOO_LOCK", "/no/such/zoo.lock")
    with pytest.raises(LockError, match=r"ZOO_LOCK=/no/such/zoo\.lock cannot be read"):
        fetch(TIMM)


@pytest.mark.parametrize(("place", "evil"), [("path", "../../evil"), ("path", "/etc/passwd"), ("repository", "../x")])
def test_a_lock_cannot_point_outside_its_repository(locked, place, evil):
    told = json.loads(locked.read_text())
    pin = next(pin for pin in told["models"] if pin["id"] == "toys/timm")
    (pin["files"][0] if place == "path" else pin)[place] = evil
    locked.write_text(json.dumps(told))
    with pytest.raises(LockError, match="malformed"):
        fetch(TIMM)


@pytest.mark.parametrize("commit", ["main", "0" * 39, "F" * 40])
def test_a_lock_holds_full_commits_only(locked, commit):
    told = json.loads(locked.read_text())
    told["models"][0]["commit"] = commit
    locked.write_text(json.dumps(told))
    with pytest.raises(LockError, match=r"malformed: models\.0\.commit"):
        fetch(TIMM)


def test_what_cannot_be_pinned_is_said(hub):
    with pytest.raises(LockError, match="comes from no hub"):
        lock([toy_card("mine/net", source=CustomSource())])


def test_a_custom_model_of_a_local_file_is_pinned_by_its_bytes(hub, tmp_path):
    (tmp_path / "x.pt").write_bytes(b"weights")
    card = toy_card("mine/net", source=CustomSource(builder="b", path=str(tmp_path / "x.pt")))
    (pin,) = lock([card]).models
    assert [(file.path, file.n_bytes) for file in pin.files] == [("x.pt", 7)]


def test_a_model_made_of_code_is_pinned_by_its_preprocessing(hub, tmp_path, monkeypatch):
    card = toy_card("toys/code", source=CustomSource(builder="b"))
    (tmp_path / "zoo.lock").write_text(lock([card]).to_json())
    monkeypatch.setenv("ZOO_LOCK", str(tmp_path / "zoo.lock"))
    assert pinned(card).files == ()
    with pytest.raises(LockError, match="preprocessing"):
        pinned(card.model_copy(update={"preprocess": card.preprocess.model_copy(update={"size_px": 48})}))


def test_the_bundled_model_can_be_locked_and_is_checked_too(tmp_path, monkeypatch):
    card = default_registry().cards.get("multimodal/tiny-clip")
    if card is None:
        pytest.skip("this checkout has no bundled model")
    document = lock([card])
    (tmp_path / "zoo.lock").write_text(document.to_json())
    monkeypatch.setenv("ZOO_LOCK", str(tmp_path / "zoo.lock"))
    assert fetch(card, local_files_only=True).folder.name == "zoo"
    (pin,) = document.models
    changed = pin.files[0].model_copy(update={"sha256": "0" * 64})
    lying = document.model_copy(update={"models": (pin.model_copy(update={"files": (changed, *pin.files[1:])}),)})
    (tmp_path / "zoo.lock").write_text(lying.to_json())
    with pytest.raises(LockError, match="of the installed package has other bytes"):
        fetch(card)
