"""Downloads over a real socket: what arrives, from where, at what price, and what a second call costs."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.hub_server import git_blob, sha256
from zoo.errors import CorruptFileError, HubError, HubNotFoundError, HubTimeoutError, OfflineError
from zoo.hub import describe, download, is_offline, list_files, snapshot
from zoo.hub.cache import RepoFile, cached_file
from zoo.hub.settings import token_for

NET = "acme/net"
FILES = {"config.json": b'{"a": 1}', "model.safetensors": b"weights" * 1000, "sub/notes.txt": b"hello"}
WEIGHTS = "model.safetensors"


def pieces(folder):
    """Everything below a folder that is not bookkeeping of locks."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts)


@pytest.fixture
def cache(tmp_path):
    """The cache that the fixture `hub` set up."""
    return tmp_path / "hf_cache"


@pytest.mark.parametrize("file", FILES)
def test_a_file_arrives_whole_in_the_cache_of_huggingface_hub(hub, cache, file):
    repository = hub.add(NET, FILES)
    path = download(NET, file)
    assert path.read_bytes() == FILES[file]
    assert path == cache / "models--acme--net" / "snapshots" / repository.commit / file


def test_a_second_call_asks_nobody(hub):
    hub.add(NET, FILES)
    first = download(NET, WEIGHTS)
    hub.requests.clear()
    assert download(NET, WEIGHTS) == first
    assert hub.requests == []


def test_a_branch_is_asked_for_anew_only_on_refresh(hub):
    hub.add(NET, FILES)
    old = download(NET, WEIGHTS)
    hub.add(NET, {**FILES, WEIGHTS: b"newer"})
    assert download(NET, WEIGHTS) == old
    assert download(NET, WEIGHTS, refresh=True).read_bytes() == b"newer"
    assert download(NET, WEIGHTS).read_bytes() == b"newer"


def test_a_pinned_commit_stays_what_it_was(hub):
    first = hub.add(NET, FILES).commit
    hub.add(NET, {**FILES, WEIGHTS: b"newer"})
    assert download(NET, WEIGHTS, revision=first).read_bytes() == FILES[WEIGHTS]
    hub.requests.clear()
    download(NET, WEIGHTS, revision=first, refresh=True)
    assert hub.requests == []


def test_the_list_tells_sizes_and_hashes(hub):
    hub.add(NET, FILES)
    listed = {file.path: file for file in list_files(NET)}
    assert listed.keys() == FILES.keys()
    assert listed[WEIGHTS].sha256 == sha256(FILES[WEIGHTS])
    assert listed["config.json"] == RepoFile("config.json", 8, None, git_blob(FILES["config.json"]))


def test_the_list_is_remembered_for_the_time_without_a_network(hub):
    hub.add(NET, FILES)
    with pytest.raises(OfflineError):
        list_files(NET, local_files_only=True)
    assert list_files(NET) == list_files(NET, local_files_only=True)


def test_a_snapshot_holds_what_answers_the_patterns_and_no_more(hub):
    hub.add(NET, FILES)
    folder = snapshot(NET, patterns=["*.json", "sub/*"])
    assert pieces(folder) == ["config.json", "notes.txt"]
    assert hub.count("GET", WEIGHTS) == 0


def test_a_snapshot_prefers_safetensors_to_pickles(hub):
    hub.add(NET, {**FILES, "pytorch_model.bin": b"pickle", "old/pytorch_model.bin": b"pickle"})
    folder = snapshot(NET, patterns=["config.json", "*.safetensors", "*.bin"])
    assert [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.*"))] == [
        "config.json",
        "model.safetensors",
        "old/pytorch_model.bin",
    ]


def test_a_snapshot_of_nothing_says_what_was_looked_for(hub):
    hub.add(NET, FILES)
    with pytest.raises(HubNotFoundError, match=r"acme/net holds none of \*\.onnx"):
        snapshot(NET, patterns=["*.onnx"])


def test_files_of_one_snapshot_are_of_one_commit_also_when_the_branch_moves(hub):
    hub.add(NET, FILES)
    snapshot(NET, patterns=["config.json"])
    hub.add(NET, {**FILES, "config.json": b'{"a": 2}', WEIGHTS: b"newer"})
    folder = snapshot(NET, patterns=["config.json", WEIGHTS])
    assert (folder / WEIGHTS).read_bytes() == FILES[WEIGHTS]
    renewed = snapshot(NET, patterns=["config.json", WEIGHTS], refresh=True)
    assert (renewed / WEIGHTS).read_bytes() == b"newer"
    assert (renewed / "config.json").read_bytes() == b'{"a": 2}'


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
@pytest.mark.parametrize(("value", "off"), [("1", True), ("true", True), ("YES", True), ("0", False), ("", False)])
def test_offline_is_read_at_the_moment_of_the_call(hub, monkeypatch, variable, value, off):
    monkeypatch.setenv(variable, value)
    assert is_offline() is off
    assert is_offline(True) is True
    assert is_offline(False) is False


def test_offline_the_cache_serves_and_nobody_is_asked(hub, monkeypatch):
    hub.add(NET, FILES)
    folder = snapshot(NET, patterns=["*"])
    hub.requests.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]
    assert snapshot(NET, patterns=["*"]) == folder
    assert hub.requests == []


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_offline_what_is_missing_is_named_with_the_command_that_fetches_it(hub, monkeypatch, how):
    hub.add(NET, FILES)
    if how == "environment":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OfflineError, match=r"model\.safetensors of acme/net is not in the cache") as refused:
        download(NET, WEIGHTS, local_files_only=True if how == "argument" else None, model_id="toys/net")
    assert "zoo pull toys/net" in refused.value.remedy
    assert hub.requests == []


def test_offline_a_half_filled_snapshot_is_no_snapshot(hub):
    hub.add(NET, FILES)
    snapshot(NET, patterns=["config.json"])
    with pytest.raises(OfflineError, match=r"model\.safetensors of acme/net"):
        snapshot(NET, patterns=["config.json", WEIGHTS], local_files_only=True)


def test_a_cache_that_other_software_filled_serves_offline(hub, cache):
    from huggingface_hub import hf_hub_download

    hub.add(NET, FILES)
    hf_hub_download(NET, WEIGHTS, endpoint=hub.endpoint, cache_dir=cache)
    assert download(NET, WEIGHTS, local_files_only=True).read_bytes() == FILES[WEIGHTS]
    assert pieces(snapshot(NET, patterns=["*"], local_files_only=True)) == [WEIGHTS]


def test_what_is_fetched_here_serves_other_software(hub, cache):
    from huggingface_hub import hf_hub_download

    hub.add(NET, FILES)
    path = download(NET, WEIGHTS)
    assert hf_hub_download(NET, WEIGHTS, cache_dir=cache, local_files_only=True) == str(path)


def test_right_size_but_wrong_bytes_are_refused_and_removed(hub, cache):
    hub.add(NET, FILES).fault = "corrupt"
    with pytest.raises(CorruptFileError, match="not the promised ones; they have been removed") as refused:
        download(NET, WEIGHTS)
    assert "zoo pull" in refused.value.remedy
    assert cached_file(NET, WEIGHTS) is None
    assert not any(path.stat().st_size > 1000 for path in cache.rglob("*") if path.is_file())


def test_a_wrong_byte_in_a_small_file_is_found_by_its_blob_id(hub):
    hub.add(NET, FILES).fault = "corrupt"
    with pytest.raises(CorruptFileError, match=r"config\.json"):
        download(NET, "config.json")


@pytest.mark.parametrize("fault", ["corrupt", "reset", "truncated"])
def test_what_goes_wrong_once_is_mended_by_a_second_try(hub, fault):
    repository = hub.add(NET, FILES)
    list_files(NET)
    repository.fault, repository.n_faults, repository.body_only = fault, 1, True
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]


def test_after_wrong_answers_the_right_one_is_taken(hub):
    repository = hub.add(NET, FILES)
    repository.fault, repository.n_faults = "corrupt", 2
    with pytest.raises(CorruptFileError):
        download(NET, WEIGHTS)
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]


def test_bytes_that_the_card_does_not_promise_are_not_even_fetched(hub):
    hub.add(NET, FILES)
    with pytest.raises(CorruptFileError, match="than the card promises"):
        download(NET, WEIGHTS, sha256="0" * 64)
    assert hub.count("GET", WEIGHTS) == 0


def test_the_promise_holds_for_small_files_as_well(hub):
    hub.add(NET, FILES)
    with pytest.raises(CorruptFileError):
        download(NET, "config.json", sha256="0" * 64)
    assert cached_file(NET, "config.json") is None
    assert download(NET, "config.json", sha256=sha256(FILES["config.json"])).read_bytes() == FILES["config.json"]


@pytest.mark.parametrize("file", ["config.json", WEIGHTS])
def test_a_file_that_was_damaged_in_the_cache_is_fetched_anew(hub, file):
    hub.add(NET, FILES)
    path = download(NET, file)
    path.resolve().write_bytes(b"x" * len(FILES[file]))
    assert download(NET, file).read_bytes() == FILES[file]


def test_offline_a_damaged_file_is_an_error_not_a_model(hub):
    hub.add(NET, FILES)
    download(NET, WEIGHTS).resolve().write_bytes(b"x" * len(FILES[WEIGHTS]))
    with pytest.raises(CorruptFileError):
        download(NET, WEIGHTS, local_files_only=True)


def test_a_download_that_is_cut_short_once_is_resumed(hub):
    repository = hub.add(NET, FILES)
    repository.fault, repository.n_faults = "truncated", 1
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]


@pytest.mark.parametrize("fault", ["silent", "stalled"])
def test_the_deadline_holds_against_a_hub_that_falls_silent(hub, cache, fault):
    hub.add(NET, FILES).fault = fault
    started = time.monotonic()
    with pytest.raises(HubTimeoutError, match=r"the deadline passed before model\.safetensors") as refused:
        download(NET, WEIGHTS, deadline_s=0.5)
    assert time.monotonic() - started < 2
    assert "ZOO_DEADLINE_S" in refused.value.remedy
    assert cached_file(NET, WEIGHTS) is None


def test_the_deadline_is_taken_from_the_environment(hub, monkeypatch):
    hub.add(NET, FILES).fault = "silent"
    monkeypatch.setenv("ZOO_DEADLINE_S", "0.3")
    with pytest.raises(HubTimeoutError):
        list_files(NET)


def test_the_token_goes_to_the_endpoint_and_to_no_other_host(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefsecret")
    hub.add(NET, FILES)
    snapshot(NET, patterns=["*"])
    assert {seen.authorization for seen in hub.requests if seen.on_cdn} == {None}
    assert {seen.authorization for seen in hub.requests if not seen.on_cdn} == {"Bearer hf_abcdefsecret"}
    assert any(seen.on_cdn for seen in hub.requests)


def test_a_redirect_to_another_host_takes_no_token_along(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefsecret")
    hub.add(NET, FILES).fault = "elsewhere"
    list_files(NET)
    for file in FILES:
        download(NET, file)
    redirected = [seen for seen in hub.requests if seen.on_cdn]
    assert {seen.path.rpartition("/")[2] for seen in redirected} >= {"net", "config.json", "notes.txt", WEIGHTS}
    assert {seen.authorization for seen in redirected} == {None}


def test_the_token_of_a_private_repository_opens_it(hub, monkeypatch):
    hub.add(NET, FILES).private_token = "hf_abcdefsecret"
    with pytest.raises(HubNotFoundError, match="or it is private"):
        download(NET, WEIGHTS)
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefsecret")
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]


@pytest.mark.parametrize("fault", ["bad-token", "gated", "corrupt", "portal"])
def test_the_token_is_in_no_message_and_no_log_line(hub, monkeypatch, caplog, capfd, fault):
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefsecret")
    hub.add(NET, FILES).fault = fault
    caplog.set_level(logging.DEBUG)
    with pytest.raises(HubError) as refused:
        download(NET, WEIGHTS)
    told = f"{refused.value!r} {caplog.text} {''.join(capfd.readouterr())}"
    assert "abcdefsecret" not in told


def test_a_hub_that_is_down_does_not_hide_what_is_cached(hub, monkeypatch):
    hub.add(NET, FILES)
    path = download(NET, WEIGHTS)
    snapshot(NET, patterns=["*"])
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    assert download(NET, WEIGHTS, refresh=True) == path
    assert snapshot(NET, patterns=["*"], refresh=True) == path.parent


def test_a_description_holds_what_the_owner_states_and_guesses_nothing(hub):
    repository = hub.add(NET, FILES)
    bare = describe(NET)
    assert (bare.commit, bare.library, bare.task, bare.n_parameters) == (repository.commit, None, None, None)
    repository.facts = {
        "tags": ["license:mit", "en", "dataset:beans", "dataset:imagenet-1k"],
        "pipeline_tag": "image-feature-extraction",
        "library_name": "timm",
        "gated": "manual",
        "safetensors": {"parameters": {"F32": 7}, "total": 7},
    }
    told = describe(NET)
    assert (told.library, told.task, told.n_parameters, told.gated) == ("timm", "image-feature-extraction", 7, True)
    assert told.tagged("license") == ("mit",)
    assert told.tagged("dataset") == ("beans", "imagenet-1k")
    with pytest.raises(OfflineError):
        describe(NET, local_files_only=True)


def test_many_at_once_get_the_same_sound_file(hub):
    hub.add(NET, FILES)
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: snapshot(NET, patterns=["*"]), range(16)))
    (folder,) = folders
    assert (folder / WEIGHTS).read_bytes() == FILES[WEIGHTS]


def test_a_cache_that_cannot_be_written_still_serves(hub, cache):
    hub.add(NET, FILES)
    folder = snapshot(NET, patterns=["*"])
    for path in (cache, *cache.rglob("*")):
        if path.is_dir():
            path.chmod(0o555)
    try:
        assert snapshot(NET, patterns=["*"]) == folder
        assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]
    finally:
        for path in (cache, *cache.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)


def test_the_token_is_not_sent_over_plain_http_to_another_machine():
    assert token_for("https://huggingface.co") is None  # None: the token of huggingface_hub
    assert token_for("http://127.0.0.1:8080") is None
    assert token_for("http://mirror.example") is False
