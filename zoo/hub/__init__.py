"""The only room that talks to the network: files of a hub, checked, into the cache of huggingface_hub.

    list_files → what a revision holds      download → one file      snapshot → a folder of them
    describe   → what the owner states of a repository

settings (the environment) · cache (this disk) · errors (faults in zoo's words) ·
calls (deadline and tries) · listing (list_files, describe)

Every download has a total deadline and is held against a SHA-256 (or git's blob id for small files).
Commit, etag and file names are validated before anything is written. The token goes to the configured
endpoint alone. What a card pins by commit and is in the cache is served without asking the network.
HF_ENDPOINT, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE are read at each call.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo.errors import (
    CorruptFileError,
    GatedError,
    HubError,
    HubNotFoundError,
    HubTimeoutError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from zoo.hub.cache import (
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
from zoo.hub.calls import once_more, persevere, progress_bar, without_xet
from zoo.hub.errors import Wanted, not_a_hub, offline
from zoo.hub.listing import Description, ask_listing, describe, valid_commit
from zoo.hub.settings import ANSWER_S, deadline_of, endpoint, is_offline, token_for, wanted_now

__all__ = [
    "Description",
    "RepoFile",
    "cached_file",
    "describe",
    "download",
    "endpoint",
    "is_offline",
    "list_files",
    "snapshot",
]

_PASSING = (UnavailableError, HubTimeoutError, RateLimitedError, UnauthorizedError, GatedError)
"""What the cache may stand in for: the files are here, whatever the hub says of them now."""


def list_files(
    repository: str, *, revision: str | None = None, local_files_only: bool | None = None, model_id: str | None = None
) -> tuple[RepoFile, ...]:
    """Every file of a revision, with sizes and hashes as the hub tells them; offline, as it told them last.

    Raises:
        HubError: the hub or the cache cannot tell.
    """
    check_names(repository, revision)
    wanted = wanted_now(repository, None, revision, model_id)
    if is_offline(local_files_only):
        listing = cached_listing(repository, revision)
        if listing is None:
            raise offline(wanted)
        return listing
    return ask_listing(wanted)[1]


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
    wanted = wanted_now(repository, file, revision, model_id)
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
        return _fetch(wanted, sha256, deadline_of(deadline_s, n_bytes))
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
    wanted = wanted_now(repository, None, revision, model_id)
    listing = None if refresh and not is_commit(revision) else cached_listing(repository, revision)
    commit = cached_commit(repository, revision)
    if listing is None or commit is None:
        if is_offline(local_files_only):
            return _unlisted(wanted, patterns)
        try:
            commit, listing = ask_listing(wanted)
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
    ends = time.monotonic() + deadline_of(n_bytes=_total(needed))
    for file in needed:
        path = download(
            repository,
            file.path,
            revision=commit,
            sha256=file.sha256,
            n_bytes=file.n_bytes,
            local_files_only=local_files_only,
            deadline_s=max(0.0, ends - time.monotonic()),
            model_id=model_id,
        )
        folder = path.parents[file.path.count("/")]
    assert folder is not None
    return folder


def _total(files: Sequence[RepoFile]) -> int | None:
    sizes = [file.n_bytes for file in files]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _unlisted(wanted: Wanted, patterns: Sequence[str]) -> Path:
    """Offline, and other software filled the cache, so that no list says what is missing: what is there must do."""
    folder = cached_folder(wanted.repository, wanted.revision)
    found = folder is not None and any(
        matches(path.relative_to(folder).as_posix(), patterns) for path in folder.rglob("*") if path.is_file()
    )
    if folder is None or not found:
        raise offline(wanted)
    return folder


def _fetch(wanted: Wanted, sha256: str | None, deadline_s: float) -> Path:
    """One file over the network: metadata first, validated; then the bytes, checked before they are handed out."""
    ends = time.monotonic() + deadline_s
    assert wanted.file is not None
    file = wanted.file

    def ask(cancelled: threading.Event) -> Any:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(wanted.repository, file, revision=wanted.revision, endpoint=wanted.endpoint)
        token = token_for(wanted.endpoint)
        return get_hf_file_metadata(url, token=token, timeout=ANSWER_S, endpoint=wanted.endpoint)

    told = persevere(ask, wanted, ends)
    commit = valid_commit(told.commit_hash, wanted)
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

        def once() -> str:
            return hf_hub_download(
                wanted.repository,
                file,
                revision=commit,
                cache_dir=cache_folder(),
                endpoint=wanted.endpoint,
                token=token_for(wanted.endpoint),
                etag_timeout=ANSWER_S,
                tqdm_class=progress_bar(cancelled),
            )

        with without_xet():
            return Path(once_more(once))

    path = persevere(get, wanted, ends, resumes=True)
    if not _checked(path, wanted, sha256):
        path = persevere(get, wanted, ends, resumes=True)  # wrong bytes once may be the line's fault
        if not _checked(path, wanted, sha256):
            raise _damaged(wanted)
    remember(wanted.repository, wanted.revision, commit)
    return path


def _checked(path: Path, wanted: Wanted, sha256: str | None) -> bool:
    """Whether the bytes are the promised ones; damaged ones are removed at once."""
    listed = None
    if sha256 is None and not path.is_symlink():  # a plain file, whose name tells no hash
        listing = cached_listing(wanted.repository, wanted.revision) or ()
        listed = next((file for file in listing if file.path == wanted.file), None)
    if listed is not None:
        sha256 = listed.sha256
    if is_sound(path, sha256=sha256, blob_id=listed.blob_id if listed is not None and sha256 is None else None):
        return True
    remove(path)
    return False


def _damaged(wanted: Wanted) -> CorruptFileError:
    return CorruptFileError(
        f"the bytes of {wanted} are not the promised ones; they have been removed.",
        f"Fetch it again: zoo pull {wanted.model_id or wanted.repository}. "
        "If it happens twice, the repository, a proxy or the disk is at fault.",
    )
