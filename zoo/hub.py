"""The only room that talks to the network: files of a hub, checked, into the cache of huggingface_hub.

    list_files → what a revision holds        download → one file        snapshot → a folder of them

Every download has a total deadline and is held against a SHA-256 (or git's blob id for small files).
Commit, etag and file names are validated before anything is written. The token goes to the configured
endpoint alone. What a card pins by commit and is in the cache is served without asking the network.
HF_ENDPOINT, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE are read at each call.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zoo.errors import CorruptFileError, HubError, HubNotFoundError, HubTimeoutError, RateLimitedError, UnavailableError
from zoo.hub_cache import (
    RepoFile,
    cache_folder,
    cached_commit,
    cached_file,
    cached_folder,
    cached_listing,
    check_names,
    chosen,
    is_commit,
    is_etag,
    is_sound,
    matches,
    remember,
    remove,
)
from zoo.hub_calls import persevere, progress_bar
from zoo.hub_errors import Wanted, not_a_hub, offline

__all__ = ["RepoFile", "cached_file", "download", "endpoint", "is_offline", "list_files", "snapshot"]

ANSWER_S = 10.0
"""Longest silence of the hub before a question counts as unanswered."""
_PASSING = (UnavailableError, HubTimeoutError, RateLimitedError)
"""What the cache may stand in for."""


def is_offline(local_files_only: bool | None = None) -> bool:
    """Whether the network is not to be used: the argument, else HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE."""
    if local_files_only is not None:
        return local_files_only
    stated = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return stated.upper() in ("1", "ON", "YES", "TRUE")


def endpoint() -> str:
    """Address of the hub, without a slash at its end."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def list_files(
    repository: str, *, revision: str | None = None, local_files_only: bool | None = None, model_id: str | None = None
) -> tuple[RepoFile, ...]:
    """Every file of a revision, with sizes and hashes as the hub tells them; offline, as it told them last.

    Raises:
        HubError: the hub or the cache cannot tell.
    """
    check_names(repository, revision)
    wanted = _wanted(repository, None, revision, model_id)
    if is_offline(local_files_only):
        listing = cached_listing(repository, revision)
        if listing is None:
            raise offline(wanted)
        return listing
    return _listing(wanted)[1]


def download(
    repository: str,
    file: str,
    *,
    revision: str | None = None,
    sha256: str | None = None,
    n_bytes: int | None = None,
    local_files_only: bool | None = None,
    deadline_s: float | None = None,
    refresh: bool = False,
    model_id: str | None = None,
) -> Path:
    """Path in the cache of one file whose bytes have been checked.

    A cached file is served without a question to the hub, unless it is damaged (then it is fetched anew)
    or `refresh` asks what a branch points at by now.

    Args:
        revision: a commit, branch or tag; None: main.
        sha256: what the card promises; anything else is refused.
        n_bytes: size if known, for the deadline.
        deadline_s: total time allowed; None: ZOO_DEADLINE_S, else two minutes and a second per 250 kB.
        model_id: name for messages.

    Raises:
        OfflineError: not cached, and offline was asked for.
        CorruptFileError: the bytes are not the promised ones; they have been removed.
        HubError: any other reason, see zoo.errors.
    """
    check_names(repository, revision, [file])
    wanted = _wanted(repository, file, revision, model_id)
    cached = cached_file(repository, file, revision=revision)
    damaged = cached is not None and not _checked(cached, wanted, sha256)
    if is_offline(local_files_only):
        if damaged:
            raise _damaged(wanted)
        if cached is None:
            raise offline(wanted)
        return cached
    if cached is not None and not damaged and (is_commit(revision) or not refresh):
        return cached
    try:
        return _fetch(wanted, sha256, _deadline(deadline_s, n_bytes))
    except _PASSING:
        if cached is None or damaged:
            raise
        return cached  # the network is down, but what a branch meant last time is here


def snapshot(
    repository: str,
    *,
    patterns: Sequence[str],
    revision: str | None = None,
    local_files_only: bool | None = None,
    refresh: bool = False,
    model_id: str | None = None,
) -> Path:
    """Folder of one commit that holds every file of it that answers one of the shell patterns, all checked.

    Where safetensors answer, pickles of the same folder are left out.

    Raises:
        OfflineError: one of them is not cached, and offline was asked for.
        HubNotFoundError: no file of the repository answers a pattern.
        HubError: any other reason, see zoo.errors.
    """
    check_names(repository, revision)
    wanted = _wanted(repository, None, revision, model_id)
    listing = None if refresh and not is_commit(revision) else cached_listing(repository, revision)
    commit = cached_commit(repository, revision)
    if listing is None or commit is None:
        if is_offline(local_files_only):
            return _unlisted(wanted, patterns)
        try:
            commit, listing = _listing(wanted)
        except _PASSING:
            with contextlib.suppress(HubError):
                return snapshot(
                    repository, patterns=patterns, revision=revision, local_files_only=True, model_id=model_id
                )
            raise
    needed = chosen(listing, patterns)
    if not needed:
        raise HubNotFoundError(
            f"{wanted} holds none of {', '.join(patterns)}.", f"See {wanted.page}/tree/{revision or 'main'}."
        )
    folder: Path | None = None
    for file in needed:
        path = download(
            repository,
            file.path,
            revision=commit,
            sha256=file.sha256,
            n_bytes=file.n_bytes,
            local_files_only=local_files_only,
            model_id=model_id,
        )
        folder = path.parents[file.path.count("/")]
    assert folder is not None
    return folder


def _unlisted(wanted: Wanted, patterns: Sequence[str]) -> Path:
    """Offline, and other software filled the cache, so that no list says what is missing: what is there must do."""
    folder = cached_folder(wanted.repository, wanted.revision)
    found = folder is not None and any(
        matches(path.relative_to(folder).as_posix(), patterns) for path in folder.rglob("*") if path.is_file()
    )
    if folder is None or not found:
        raise offline(wanted)
    return folder


def _listing(wanted: Wanted) -> tuple[str, tuple[RepoFile, ...]]:
    """(commit, files) as the hub tells them now; remembered for the time without a network."""

    def ask(cancelled: threading.Event) -> Any:
        from huggingface_hub import HfApi

        api = HfApi(endpoint=wanted.endpoint, token=_token(wanted.endpoint))
        return api.model_info(wanted.repository, revision=wanted.revision, files_metadata=True, timeout=ANSWER_S)

    info = persevere(ask, wanted, time.monotonic() + _deadline(None, None))
    commit = _valid_commit(info.sha, wanted)
    files = tuple(
        RepoFile(
            sibling.rfilename, sibling.size, sibling.lfs.sha256 if sibling.lfs is not None else None, sibling.blob_id
        )
        for sibling in info.siblings or ()
    )
    check_names(wanted.repository, None, [file.path for file in files])
    for file in files:
        if file.sha256 is not None and not is_etag(file.sha256):
            raise not_a_hub(wanted, f"{file.sha256!r} is no SHA-256")
    remember(wanted.repository, wanted.revision, commit, files if all(f.n_bytes is not None for f in files) else None)
    return commit, files


def _fetch(wanted: Wanted, sha256: str | None, deadline_s: float) -> Path:
    """One file over the network: metadata first, validated; then the bytes, checked before they are handed out."""
    ends = time.monotonic() + deadline_s
    assert wanted.file is not None
    file = wanted.file

    def ask(cancelled: threading.Event) -> Any:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(wanted.repository, file, revision=wanted.revision, endpoint=wanted.endpoint)
        token = _token(wanted.endpoint)
        return get_hf_file_metadata(url, token=token, timeout=ANSWER_S, endpoint=wanted.endpoint)

    told = persevere(ask, wanted, ends)
    commit = _valid_commit(told.commit_hash, wanted)
    if not is_etag(told.etag):
        raise not_a_hub(wanted, "it names no hash" if told.etag is None else f"its etag {told.etag[:80]!r} is no hash")
    if sha256 is not None and len(told.etag) == 64 and told.etag != sha256:
        raise CorruptFileError(
            f"the hub now has other bytes for {wanted} than the card promises "
            f"(SHA-256 {told.etag[:12]}..., wanted {sha256[:12]}...).",
            "Do not use them; pin the card to the commit that it was written for.",
        )

    def get(cancelled: threading.Event) -> Path:
        from huggingface_hub import hf_hub_download

        return Path(
            hf_hub_download(
                wanted.repository,
                file,
                revision=commit,
                cache_dir=cache_folder(),
                endpoint=wanted.endpoint,
                token=_token(wanted.endpoint),
                etag_timeout=ANSWER_S,
                tqdm_class=progress_bar(cancelled),
            )
        )

    path = persevere(get, wanted, ends, resumes=True)
    if not _checked(path, wanted, sha256):
        raise _damaged(wanted)
    remember(wanted.repository, wanted.revision, commit)
    return path


def _checked(path: Path, wanted: Wanted, sha256: str | None) -> bool:
    """Whether the bytes are the promised ones; damaged ones are removed at once."""
    if is_sound(path, sha256=sha256):
        return True
    remove(path)
    return False


def _damaged(wanted: Wanted) -> CorruptFileError:
    return CorruptFileError(
        f"the bytes of {wanted} are not the promised ones; they have been removed.",
        f"Fetch it again: zoo pull {wanted.model_id or wanted.repository}. "
        "If it happens twice, the repository, a proxy or the disk is at fault.",
    )


def _valid_commit(commit: str | None, wanted: Wanted) -> str:
    if commit is None or not is_commit(commit):
        raise not_a_hub(wanted, "it names no commit" if commit is None else f"{commit[:80]!r} is no commit")
    if is_commit(wanted.revision) and commit != wanted.revision:
        raise not_a_hub(wanted, f"it told of commit {commit[:12]} instead")
    return commit


def _token(address: str) -> bool | None:
    """None: huggingface_hub's own token. False over plain http, where everybody on the way could read it."""
    parts = urlsplit(address)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return None if parts.scheme == "https" or local else False


def _wanted(repository: str, file: str | None, revision: str | None, model_id: str | None) -> Wanted:
    return Wanted(repository, file, revision, endpoint(), model_id)


def _deadline(stated: float | None, n_bytes: int | None) -> float:
    if stated is not None:
        return stated
    try:
        return float(os.environ["ZOO_DEADLINE_S"])
    except (KeyError, ValueError):
        return 120.0 + (n_bytes or 2_000_000_000) / 250_000
