"""What a lock promises: the same bytes, the same network, at the same commit, or nothing; and `zoo verify`."""

from __future__ import annotations

import contextlib
import json
import os
import threading

import pytest
import torch
from click.testing import CliRunner

from tests.hub_builders import bert_repository, timm_repository
from tests.zoo.toy_cards import toy_card
from zoo.cards import TimmSource
from zoo.cli import cli
from zoo.errors import HubNotFoundError, LockError, WeightsError, ZooError
from zoo.loading import load
from zoo.lock_file import LockDocument, pinned
from zoo.locking import lock
from zoo.output_files import write_whole
from zoo.pulling import fetch, pull
from zoo.registry import default_registry
from zoo.weights import read_state_dict, weights_hash

CARD = toy_card("toys/vit", source=TimmSource(architecture="test_vit", repository="acme/vit"), embed_dim=64)


@pytest.fixture
def locked(hub, tmp_path, monkeypatch):
    hub.add("acme/vit", timm_repository())
    (tmp_path / "zoo.lock").write_text(lock([CARD]).to_json())
    monkeypatch.setenv("ZOO_LOCK", str(tmp_path / "zoo.lock"))
    return tmp_path / "zoo.lock"


def test_a_swap_of_the_link_between_check_and_use_loads_no_other_weights(hub, locked):
    wanted = weights_hash(load(CARD, device="cpu").module)
    path = fetch(CARD).folder / "model.safetensors"
    both = [path.read_bytes(), timm_repository(seed=1)["model.safetensors"]]
    stop = threading.Event()

    def swap():
        turn = 0
        while not stop.is_set():
            draft = path.with_name(f"draft{turn % 4}")
            draft.write_bytes(both[turn % 2])
            os.replace(draft, path)
            turn += 1

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for _ in range(25):
            with contextlib.suppress(ZooError):
                assert weights_hash(load(CARD, device="cpu", local_files_only=True).module) == wanted
    finally:
        stop.set()
        swapping.join()


def test_what_was_read_is_hashed(hub):
    hub.add("acme/vit", timm_repository())
    path = fetch(CARD).folder / "model.safetensors"
    with pytest.raises(WeightsError, match="other bytes than were locked"):
        read_state_dict(path, promised={"model.safetensors": "0" * 64})
    assert read_state_dict(path, promised={"other": "0" * 64})


@pytest.mark.parametrize(
    "change",
    [
        {"source": CARD.source.model_copy(update={"architecture": "test_resnet"})},
        {"source": CARD.source.model_copy(update={"config": {"global_pool": "avg"}})},
        {"pooling": "mean"},
        {"embed_dim": 65},
        {"max_tokens": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_card_that_builds_something_else_is_refused(locked, change):
    assert pinned(CARD) is not None
    with pytest.raises(LockError, match="builder, pooling or scoring"):
        pinned(CARD.model_copy(update=change))


def test_other_prompts_are_refused(locked, tmp_path):
    card = default_registry().get_card("multimodal/tiny-clip")
    told = json.loads(lock([card]).to_json())
    assert told["models"][0]["prompts"]
    told["models"][0]["prompts"] = "0" * 64
    locked.write_text(json.dumps(told))
    with pytest.raises(LockError, match="prompts"):
        pinned(card)


def test_a_locked_model_of_the_hub_loads_when_upstream_moves(hub, tmp_path, monkeypatch):
    repository = hub.add("acme/bert", bert_repository())
    repository.facts.update(pipeline_tag="feature-extraction", library_name="transformers")
    first = load("hf/acme/bert", device="cpu").embed_texts(["a cat"])
    (tmp_path / "zoo.lock").write_text(lock(["hf/acme/bert"]).to_json())
    hub.add("acme/bert", bert_repository(seed=1))
    monkeypatch.setenv("ZOO_LOCK", str(tmp_path / "zoo.lock"))
    assert torch.equal(load("hf/acme/bert", device="cpu").embed_texts(["a cat"]), first)
    monkeypatch.delenv("ZOO_LOCK")
    assert not torch.equal(load("hf/acme/bert", device="cpu").embed_texts(["a cat"]), first)


def test_a_lock_is_read_strictly(locked):
    text = locked.read_text()
    locked.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert pinned(CARD) is not None
    for change in (
        lambda told: told["models"].append(told["models"][0]),
        lambda told: told["models"][0]["files"][0].update(n_bytes="12"),
        lambda told: told.update(version="1"),
        lambda told: told.update(version=2),
    ):
        told = json.loads(text)
        change(told)
        with pytest.raises(LockError, match="malformed"):
            LockDocument.from_json(json.dumps(told))


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "zoo.lock"
    path.write_bytes(b"before")
    write_whole(path, b"after")
    assert path.read_bytes() == b"after"
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError):
        write_whole(path, b"later")
    assert [each.name for each in tmp_path.iterdir()] == ["zoo.lock"]


def test_weights_that_are_not_there_are_not_checked(hub):
    hub.add("acme/vit", {"config.json": timm_repository()["config.json"]})
    with pytest.raises(HubNotFoundError, match="holds no weights of toys/vit"):
        pull(CARD)


@pytest.mark.parametrize("damage", ["none", "flip", "missing"])
def test_verify_hashes_anew(hub, locked, damage):
    repository = hub.add("acme/bert", bert_repository())
    repository.facts.update(pipeline_tag="feature-extraction", library_name="transformers")
    pin = json.loads(locked.read_text())
    os.environ.pop("ZOO_LOCK")
    path = fetch(CARD).folder / "model.safetensors"
    blob = path.resolve()
    if damage == "flip":
        told, data = blob.stat(), bytearray(blob.read_bytes())
        data[-1] ^= 1
        blob.write_bytes(data)
        os.utime(blob, ns=(told.st_atime_ns, told.st_mtime_ns))
    elif damage == "missing":
        path.unlink()
    done = CliRunner().invoke(cli, ["verify", "--lock", str(locked), "--json"])
    states = {each["file"]: each["state"] for each in json.loads(done.stdout)}
    assert states["model.safetensors"] == {"none": "sound", "flip": "other bytes", "missing": "missing"}[damage]
    assert states["config.json"] == "sound"
    assert done.exit_code == (damage != "none")
    assert len(pin["models"]) == 1


def test_verify_without_a_lock_holds_files_against_the_hubs_hashes(hub):
    from zoo.verifying import verify

    repository = hub.add("acme/bert", bert_repository())
    repository.facts.update(pipeline_tag="feature-extraction", library_name="transformers")
    pull("hf/acme/bert")
    found = verify(["hf/acme/bert"])
    assert {each.state for each in found} == {"sound"}
    assert "model.safetensors" in {each.file for each in found}
