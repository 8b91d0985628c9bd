"""Each fault of a hub, a network or a hostile answer: the right error, a remedy, nothing written."""

from __future__ import annotations

import json
import random
import urllib.request

import pytest

from tests.hub_server import FAULTS
from zoo.errors import (
    CorruptFileError,
    GatedError,
    HubError,
    HubNotFoundError,
    OfflineError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from zoo.hub import download, list_files, snapshot
from zoo.hub.cache import cached_file, cached_folder, cached_listing, check_names

NET = "acme/net"
FILES = {"config.json": b"{}", "model.safetensors": b"weights" * 1000}
WEIGHTS = "model.safetensors"

ANSWERS = {
    "gated": (GatedError, "acme/net is gated", "/acme/net"),
    "gated-anonymous": (GatedError, "acme/net is gated", "hf auth login"),
    "missing": (HubNotFoundError, "no repository acme/net", "Check the name"),
    "bad-token": (UnauthorizedError, "does not accept the token", "hf auth login"),
    "forbidden": (UnauthorizedError, "may not read acme/net", "read access"),
    "disabled": (UnavailableError, "the hub has closed acme/net", "/acme/net"),
    "rate-limited": (RateLimitedError, "takes no more requests", "Try again in"),
    "server-error": (UnavailableError, "status 500", "Try again later"),
    "overloaded": (UnavailableError, "status 503", "Try again later"),
    "legal": (UnavailableError, "status 451", "/acme/net"),
    "portal": (UnavailableError, "did not answer as a hub", "HF_ENDPOINT"),
    "no-commit": (UnavailableError, "names no commit", "proxy"),
    "no-etag": (UnavailableError, "names no hash", "proxy"),
    "loop": (UnavailableError, "redirects in a circle", "HF_ENDPOINT"),
    "reset": (UnavailableError, "broke off the connection", "network"),
}


def test_every_fault_by_status_is_looked_at():
    assert FAULTS.keys() <= ANSWERS.keys()


def written(tmp_path):
    return [path for path in (tmp_path / "hf_cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize("fault", ANSWERS)
def test_a_fault_is_a_typed_error_with_a_remedy_and_leaves_nothing(hub, tmp_path, fault):
    kind, problem, remedy = ANSWERS[fault]
    hub.add(NET, FILES).fault = fault
    with pytest.raises(kind, match=problem) as refused:
        download(NET, WEIGHTS)
    assert type(refused.value) is kind
    assert remedy in refused.value.remedy
    assert "\n" not in str(refused.value)
    assert written(tmp_path) == []


@pytest.mark.parametrize(
    "fault", ["gated", "missing", "bad-token", "forbidden", "disabled", "server-error", "portal", "loop"]
)
def test_the_list_of_files_tells_faults_in_the_same_words(hub, fault):
    kind, problem, _ = ANSWERS[fault]
    hub.add(NET, FILES).fault = fault
    with pytest.raises(kind, match=problem):
        list_files(NET)


@pytest.mark.parametrize("fault", ["server-error", "rate-limited"])
def test_a_busy_hub_is_asked_again_a_bounded_number_of_times(hub, fault):
    repository = hub.add(NET, FILES)
    repository.fault, repository.n_faults = fault, 2
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]
    repository.fault, repository.n_faults = fault, 100
    hub.requests.clear()
    with pytest.raises(HubError):
        download(NET, "config.json")
    assert hub.count("HEAD") == 3


def test_a_failure_on_the_body_is_tried_again(hub):
    repository = hub.add(NET, FILES)
    repository.fault, repository.body_only, repository.n_faults = "server-error", True, 1
    assert download(NET, WEIGHTS).read_bytes() == FILES[WEIGHTS]


def test_a_wait_that_the_hub_asks_for_is_kept_if_it_is_short(hub):
    import time

    repository = hub.add(NET, FILES)
    repository.fault, repository.n_faults, repository.retry_after_s = "rate-limited", 1, 1
    started = time.monotonic()
    download(NET, WEIGHTS)
    assert time.monotonic() - started >= 1


def test_a_wait_that_is_long_is_told_instead(hub):
    repository = hub.add(NET, FILES)
    repository.fault, repository.retry_after_s = "rate-limited", 300
    with pytest.raises(RateLimitedError) as refused:
        download(NET, WEIGHTS)
    assert "Try again in 300 s" in refused.value.remedy
    assert hub.count("HEAD") == 1


def test_a_body_that_is_always_cut_short_ends_as_unavailable(hub, tmp_path):
    hub.add(NET, FILES).fault = "truncated"
    with pytest.raises(UnavailableError, match="broke off the connection"):
        download(NET, WEIGHTS)
    assert hub.count("GET", WEIGHTS) == 6
    assert cached_file(NET, WEIGHTS) is None


def test_an_endpoint_where_nobody_listens_is_named(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:9 cannot be reached") as refused:
        download(NET, WEIGHTS)
    assert "HF_HUB_OFFLINE=1" in refused.value.remedy


def test_a_missing_file_and_a_missing_revision_are_told_apart(hub):
    hub.add(NET, FILES)
    with pytest.raises(HubNotFoundError, match=r"acme/net has no file 'gone\.bin'"):
        download(NET, "gone.bin")
    with pytest.raises(HubNotFoundError, match="acme/net has no revision 'gone'"):
        download(NET, WEIGHTS, revision="gone")
    with pytest.raises(HubNotFoundError, match="has no revision"):
        list_files(NET, revision="0" * 40)
    with pytest.raises(HubNotFoundError, match="no repository acme/gone"):
        snapshot("acme/gone", patterns=["*"])


def test_an_error_never_repeats_foreign_words_and_keeps_the_cause(hub):
    hub.add(NET, FILES).fault = "server-error"
    with pytest.raises(UnavailableError) as refused:
        download(NET, WEIGHTS)
    assert "Internal error" not in str(refused.value)
    assert type(refused.value.__cause__).__module__.startswith("huggingface_hub")


@pytest.mark.parametrize(
    "etag",
    ["../../../../evil", "abc", "A" * 40, "g" * 64, "0" * 41, "..", "%2e%2e", "0" * 39 + "/"],
)
@pytest.mark.parametrize("file", FILES)
def test_a_hostile_etag_is_refused_before_anything_is_written(hub, tmp_path, etag, file):
    hub.add(NET, FILES).etag = etag
    with pytest.raises(UnavailableError, match="is no hash"):
        download(NET, file)
    assert written(tmp_path) == []
    assert hub.count("GET") == 0


@pytest.mark.parametrize("commit", ["../../evil", "main", "0" * 39, "F" * 40, ""])
def test_a_hostile_commit_is_refused_before_anything_is_written(hub, tmp_path, commit):
    hub.add(NET, FILES).commit_header = commit or " "
    with pytest.raises(UnavailableError, match="is no commit"):
        download(NET, WEIGHTS)
    assert written(tmp_path) == []


def test_another_commit_than_the_pinned_one_is_refused(hub, tmp_path):
    repository = hub.add(NET, FILES)
    repository.commit_header = "0" * 40
    with pytest.raises(UnavailableError, match="told of commit 000000000000 instead"):
        download(NET, WEIGHTS, revision=repository.commit)
    assert written(tmp_path) == []


@pytest.mark.parametrize("path", ["../evil", "/etc/passwd", "a/../../b", "a\\b", "C:evil", "a//b", "nul\0", "./a"])
def test_a_list_with_a_hostile_path_is_refused(hub, tmp_path, path):
    hub.add(NET, {**FILES, path: b"evil"})
    with pytest.raises(HubNotFoundError, match="not a path inside acme/net"):
        snapshot(NET, patterns=["*"])
    assert written(tmp_path) == []


@pytest.mark.parametrize(
    ("repository", "revision", "file"),
    [
        ("../x", None, "a"),
        ("a/b/c", None, "a"),
        ("a--b/c", None, "a"),
        ("", None, "a"),
        ("a b/c", None, "a"),
        ("a/..", None, "a"),
        (NET, "../main", "a"),
        (NET, "", "a"),
        (NET, "-rf", "a"),
        (NET, "a..b", "a"),
        (NET, "refs//x", "a"),
        (NET, "main\n", "a"),
        (NET, None, ""),
        (NET, None, "../a"),
        (NET, None, "a/../b"),
        (NET, None, "/a"),
        (NET, None, "a\n"),
    ],
)
def test_a_card_cannot_name_what_is_no_name(hub, tmp_path, repository, revision, file):
    for call in (
        lambda: download(repository, file, revision=revision),
        lambda: cached_file(repository, file, revision=revision),
        lambda: check_names(repository, revision, [file]),
    ):
        with pytest.raises(HubNotFoundError) as refused:
            call()
        assert refused.value.remedy
    assert hub.requests == []
    assert written(tmp_path) == []


@pytest.mark.parametrize("revision", ["main", "v1.0", "refs/pr/4", "0" * 40, "feature/x_y"])
def test_plain_revisions_are_let_through(revision):
    check_names("gpt2", revision, ["a/b/c.json"])


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"files": 3}', '{"files": {"../a": {"size": 1}}}', '{"files": {"a": 1}}']
)
def test_a_damaged_list_in_the_cache_counts_as_none(hub, damage):
    commit = hub.add(NET, FILES).commit
    folder = snapshot(NET, patterns=["*"])
    (folder.parents[1] / "trees" / f"{commit}.json").write_text(damage)
    assert cached_listing(NET) is None
    assert snapshot(NET, patterns=["*"]) == folder


def test_a_ref_in_the_cache_that_is_no_commit_counts_as_none(hub):
    hub.add(NET, FILES)
    folder = snapshot(NET, patterns=["*"])
    (folder.parents[1] / "refs" / "main").write_text("../../../etc")
    assert cached_folder(NET) is None
    with pytest.raises(OfflineError):
        download(NET, WEIGHTS, local_files_only=True)


def test_no_space_and_no_permission_speak_of_the_disk(hub, tmp_path, monkeypatch):
    hub.add(NET, FILES)
    (tmp_path / "a_file").write_text("")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "a_file"))
    with pytest.raises(HubError, match="cannot be written to the cache") as refused:
        download(NET, WEIGHTS)
    assert "HF_HUB_CACHE" in refused.value.remedy


def test_a_length_that_is_not_the_announced_one_is_corrupt(hub):
    """The list and the metadata speak of one file, the second host serves another."""
    repository = hub.add(NET, FILES)
    with type(hub)() as other:
        liar = other.add(NET, {**FILES, WEIGHTS: FILES[WEIGHTS] + b"more"})
        liar.commits[repository.commit] = liar.files
        repository.redirect = other.cdn
        with pytest.raises(CorruptFileError, match="another length"):
            download(NET, WEIGHTS)
    assert cached_file(NET, WEIGHTS) is None


@pytest.mark.parametrize(
    "address", ["huggingface.co", "ftp://a.b", "https://", "file:///etc", "https://user:pw@a.b", "x y"]
)
def test_an_endpoint_that_is_no_address_is_refused_without_repeating_it(hub, monkeypatch, address):
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(HubError, match="HF_ENDPOINT is not the address of a hub"):
        download(NET, WEIGHTS)


def test_any_answer_of_the_api_is_a_list_of_files_or_a_hub_error(hub, tmp_path):
    """The true answer with values replaced and keys dropped at random: no other exception, no file outside."""
    rng = random.Random(0)
    repository = hub.add(NET, FILES)
    sound = urllib.request.urlopen(f"{hub.endpoint}/api/models/{NET}").read()
    odd = [None, 3, -1, "", "../evil", [], {}, True, [None], {"a": []}, 1e308, "\u0000", "x" * 5000]
    remedies = []
    for _ in range(150):
        told = json.loads(sound)
        for _ in range(rng.randint(1, 3)):
            place = rng.choice([told, *told["siblings"]] if isinstance(told.get("siblings"), list) else [told])
            if not isinstance(place, dict) or not place:
                continue
            key = rng.choice(sorted(place))
            if rng.random() < 0.3:
                del place[key]
            else:
                place[key] = rng.choice(odd)
        repository.api_answer = json.dumps(told).encode()
        try:
            files = list_files(NET)
        except HubError as err:
            remedies.append(err.remedy)
        else:
            assert all(".." not in file.path for file in files)
    assert 20 < len(remedies) < 150
    assert all(remedies)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("answer", [b"", b"[]", b"null", b"3", b"{", b'{"id": 3}', b"\xff\xfe", b"[" * 5000])
def test_an_answer_that_is_no_description_is_a_hub_error(hub, answer):
    hub.add(NET, FILES).api_answer = answer
    with pytest.raises(UnavailableError) as refused:
        list_files(NET)
    assert refused.value.remedy
