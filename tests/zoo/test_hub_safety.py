"""What a hostile hub, a broken line or a damaged disk may do: nothing is believed, nothing hangs, nothing leaks."""

from __future__ import annotations

import json
import os
import random
import time
import warnings
from email.utils import formatdate

import pytest

from tests.hub_server import LocalHub
from zoo.errors import CorruptFileError, HubError, HubTimeoutError, RateLimitedError, UnavailableError
from zoo.hub import download, list_files, snapshot
from zoo.hub.cache import cached_commit, cached_listing, digest
from zoo.hub.errors import _seconds
from zoo.hub.settings import deadline_of

NET = "acme/net"
FILES = {"config.json": b'{"a": 1}', "model.safetensors": b"weights" * 1000, "sub/notes.txt": b"hello"}
WEIGHTS = "model.safetensors"


def test_the_token_goes_to_no_address_that_the_hub_names(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with LocalHub() as other:
        hub.add(NET, FILES).xet_route = f"{other.endpoint}/api/models/{NET}/xet-read-token/main"
        assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]
        assert not other.requests
    assert "Bearer hf_secret" in {seen.authorization for seen in hub.requests if not seen.on_cdn}
    assert {seen.authorization for seen in hub.requests if seen.on_cdn} == {None}


def test_the_second_way_stays_open_to_the_rest_of_the_program(hub):
    from huggingface_hub import constants

    before = constants.HF_HUB_DISABLE_XET
    hub.add(NET, FILES)
    download(NET, WEIGHTS)
    assert before == constants.HF_HUB_DISABLE_XET


def test_a_folder_of_files_has_one_deadline(hub, monkeypatch):
    hub.add(NET, {f"{k}.txt": b"x" for k in range(8)}).fault = "stalled"
    list_files(NET)
    monkeypatch.setenv("ZOO_DEADLINE_S", "1")
    began = time.monotonic()
    with pytest.raises(HubError):
        snapshot(NET, patterns=["*"])
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("stated", ["0", "-1", "nan", "many", ""])
def test_a_question_is_not_given_the_time_of_a_download(monkeypatch, stated):
    monkeypatch.setenv("ZOO_DEADLINE_S", stated)
    assert deadline_of(n_bytes=0) == 120
    assert deadline_of(n_bytes=250_000_000) == 1120
    assert deadline_of() == 8120


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("7", 7), ("0", 0), ("²", None), ("٣", None), ("-3", None), ("1e9", None), (" ", None), ("soon", None),
     ("9" * 400, None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)  # fmt: skip
def test_a_wait_is_read_strictly(stated, seconds):
    assert _seconds(stated) == seconds


def test_a_wait_until_a_date_is_kept(hub):
    repository = hub.add(NET, FILES)
    repository.fault, repository.retry_after_s = "rate-limited", formatdate(time.time() + 300, usegmt=True)
    with pytest.raises(RateLimitedError) as refused:
        download(NET, WEIGHTS)
    assert "Try again in " in refused.value.remedy
    assert hub.count("HEAD") == 1


@pytest.mark.parametrize(
    "damage", [b"[" * 100_000, b'{"files":' * 2000, b"\xff\xfe", b'{"files": {"a": {"size": 1}}, "zoo_sha256": "x"}']
)
def test_a_damaged_list_is_told_and_asked_for_anew(hub, damage):
    commit = hub.add(NET, FILES).commit
    folder = snapshot(NET, patterns=["*"])
    (folder.parents[1] / "trees" / f"{commit}.json").write_bytes(damage)
    with pytest.warns(UserWarning, match="cache of acme/net is damaged"):
        assert cached_listing(NET) is None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert snapshot(NET, patterns=["*"]) == folder
    assert {file.path for file in cached_listing(NET)} == set(FILES)


@pytest.mark.parametrize("seed", range(3))
def test_no_flipped_bit_of_the_list_is_believed(hub, seed):
    commit = hub.add(NET, FILES).commit
    folder = snapshot(NET, patterns=["*"])
    path = folder.parents[1] / "trees" / f"{commit}.json"
    whole, data = cached_listing(NET), path.read_bytes()
    draw = random.Random(seed)
    for _ in range(100):
        flipped = bytearray(data)
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(flipped)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert cached_listing(NET) in (None, whole)


def test_a_list_of_huggingface_hub_itself_is_read(hub):
    commit = hub.add(NET, FILES).commit
    folder = snapshot(NET, patterns=["*"])
    path = folder.parents[1] / "trees" / f"{commit}.json"
    told = json.loads(path.read_text())
    del told["zoo_sha256"]
    path.write_text(json.dumps(told))
    assert len(cached_listing(NET)) == 3


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"", b"0" * 39, b"g" * 40, b"0" * 10_000])
def test_a_damaged_ref_is_told_and_counts_as_none(hub, damage):
    hub.add(NET, FILES)
    folder = snapshot(NET, patterns=["*"])
    (folder.parents[1] / "refs" / "main").write_bytes(damage)
    with pytest.warns(UserWarning, match="cache of acme/net is damaged"):
        assert cached_commit(NET, None) is None


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("offline", [True, False])
def test_a_plain_file_in_the_cache_is_checked_against_the_list(hub, file, offline):
    """As on Windows, in containers and after a copy, where no link names the hash."""
    hub.add(NET, FILES)
    path = snapshot(NET, patterns=["*"]) / file
    path.unlink()
    path.write_bytes(FILES[file][:-1] + b"?")
    if offline:
        with pytest.raises(CorruptFileError):
            download(NET, file, local_files_only=True)
    else:
        assert download(NET, file).read_bytes() == FILES[file]
    path.unlink(missing_ok=True)
    path.write_bytes(FILES[file])
    assert download(NET, file, local_files_only=True) == path


def test_bytes_altered_under_an_old_time_stamp_are_seen(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    before, told = digest(path, "sha256"), path.stat()
    path.write_bytes(b"abd")
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert digest(path, "sha256") != before


def test_a_body_without_end_is_cut_off():
    import threading

    from zoo.hub.calls import progress_bar

    bar = progress_bar(threading.Event())(total=100, disable=True)
    bar.update(100)
    with pytest.raises(OSError, match="more came than was announced"):
        bar.update(1 << 30)


def test_a_hub_that_is_silent_costs_the_deadline_alone(hub, monkeypatch):
    monkeypatch.setenv("ZOO_DEADLINE_S", "0.5")
    hub.add(NET, FILES).fault = "silent"
    began = time.monotonic()
    for ask in (lambda: list_files(NET), lambda: download(NET, WEIGHTS), lambda: snapshot(NET, patterns=["*"])):
        with pytest.raises((HubTimeoutError, UnavailableError)):
            ask()
    assert time.monotonic() - began < 6
