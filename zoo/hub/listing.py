"""What a repository holds and what its owner states of it, in one question to the hub."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from zoo.hub.cache import RepoFile, check_names, is_commit, is_etag, remember
from zoo.hub.calls import persevere
from zoo.hub.errors import Wanted, not_a_hub, offline
from zoo.hub.settings import ANSWER_S, deadline_of, is_offline, token_for, wanted_now


@dataclass(frozen=True)
class Description:
    """What the hub tells of a repository; None: it does not say."""

    repository: str
    commit: str
    gated: bool | None
    library: str | None
    task: str | None
    """The hub's name of it, such as `image-feature-extraction`."""
    tags: tuple[str, ...]
    """As written: `license:mit`, `en`, `dataset:imagenet-1k`, `base_model:...` and free words."""
    n_parameters: int | None
    """Counted from the headers of its safetensors."""

    def tagged(self, prefix: str) -> tuple[str, ...]:
        """Values of all tags with this prefix: `tagged("license")`."""
        return tuple(tag.partition(":")[2] for tag in self.tags if tag.startswith(prefix + ":"))


def describe(repository: str, *, revision: str | None = None, local_files_only: bool | None = None) -> Description:
    """What the owner and the hub state of a repository.

    Raises:
        OfflineError: offline was asked for; the cache does not keep this.
        HubError: the hub does not tell.
    """
    check_names(repository, revision)
    wanted = wanted_now(repository, None, revision, None)
    if is_offline(local_files_only):
        raise offline(wanted)
    return _ask(wanted)[0]


def ask_listing(wanted: Wanted) -> tuple[str, tuple[RepoFile, ...]]:
    """(commit, files) as the hub tells them now."""
    description, files = _ask(wanted)
    return description.commit, files


def _ask(wanted: Wanted) -> tuple[Description, tuple[RepoFile, ...]]:
    """The hub's answer, validated, and remembered for the time without a network."""

    def ask(cancelled: threading.Event) -> tuple[Description, tuple[RepoFile, ...]]:
        from huggingface_hub import HfApi

        api = HfApi(endpoint=wanted.endpoint, token=token_for(wanted.endpoint))
        info = api.model_info(wanted.repository, revision=wanted.revision, files_metadata=True, timeout=ANSWER_S)
        return _description(info, wanted), tuple(_file(sibling, wanted) for sibling in info.siblings or ())

    description, files = persevere(ask, wanted, time.monotonic() + deadline_of(n_bytes=0))
    check_names(wanted.repository, None, [file.path for file in files])
    complete = all(file.n_bytes is not None for file in files)
    remember(wanted.repository, wanted.revision, description.commit, files if complete else None)
    return description, files


def _description(info: Any, wanted: Wanted) -> Description:
    tags = info.tags or ()
    n_parameters = info.safetensors.total if info.safetensors is not None else None
    return Description(
        repository=wanted.repository,
        commit=valid_commit(info.sha, wanted),
        gated=None if info.gated is None else bool(info.gated),
        library=info.library_name if isinstance(info.library_name, str) else None,
        task=info.pipeline_tag if isinstance(info.pipeline_tag, str) else None,
        tags=tuple(tag for tag in tags if isinstance(tag, str)),
        n_parameters=n_parameters if isinstance(n_parameters, int) else None,
    )


def _file(sibling: Any, wanted: Wanted) -> RepoFile:
    sha256 = sibling.lfs.sha256 if sibling.lfs is not None else None
    size, path = sibling.size, sibling.rfilename
    if not isinstance(path, str) or not (size is None or isinstance(size, int)):
        raise not_a_hub(wanted, "it lists files in an unknown form")
    for told in (sha256, sibling.blob_id):
        if told is not None and not (isinstance(told, str) and is_etag(told)):
            raise not_a_hub(wanted, f"{str(told)[:80]!r} is no hash")
    return RepoFile(path, size, sha256, sibling.blob_id)


def valid_commit(commit: str | None, wanted: Wanted) -> str:
    """The commit that the hub names, if it is one, and the one that was asked for.

    Raises:
        UnavailableError: it is not.
    """
    if commit is None or not is_commit(commit):
        raise not_a_hub(wanted, "it names no commit" if commit is None else f"{commit[:80]!r} is no commit")
    if is_commit(wanted.revision) and commit != wanted.revision:
        raise not_a_hub(wanted, f"it told of commit {commit[:12]} instead")
    return commit
