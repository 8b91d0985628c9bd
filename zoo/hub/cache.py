"""The Hub's cache on this disk, read without a network and without importing huggingface_hub.

    <cache>/models--owner--name/
        refs/main                  the commit that a branch pointed at
        snapshots/<commit>/<file>  links into blobs/
        blobs/<etag>               SHA-256 of a large file, git's blob id of a small one
        trees/<commit>.json        every file of that commit, with size and hash

A blob's name says what its bytes must hash to, so a damaged file is found before it is opened.
Names come from cards of third parties: each is checked here before it becomes part of a path.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import hashlib
import json
import os
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import HubNotFoundError

PICKLES = (".bin", ".bin.index.json", ".pt", ".pth", ".th", ".ckpt", ".pkl")
"""Endings of weights that are not safetensors."""

_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class RepoFile:
    """One file of a repository, as far as the hub or the cache tells."""

    path: str
    n_bytes: int | None = None
    sha256: str | None = None
    blob_id: str | None = None
    """git's id of the file, or of its LFS pointer."""


def is_commit(revision: str | None) -> bool:
    """Whether it is a full commit id, which can never come to mean other bytes."""
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def is_etag(text: str | None) -> bool:
    """Whether it is a SHA-256 or git's blob id: nothing else may name a blob."""
    return text is not None and _ETAG.fullmatch(text) is not None


def check_names(repository: str, revision: str | None = None, files: Iterable[str] = ()) -> None:
    """Refuse names that are no plain names, before they reach a path or an address.

    Raises:
        HubNotFoundError: a repository is not `owner/name`, a revision neither a commit nor a plain branch or
            tag, or a file's path leaves the repository.
    """
    if not _REPOSITORY.fullmatch(repository) or ".." in repository or "--" in repository or len(repository) > 96:
        raise HubNotFoundError(f"{repository!r} is not the name of a repository.", "Write it as owner/name.")
    if revision is not None and (not _REVISION.fullmatch(revision) or ".." in revision or len(revision) > 200):
        raise HubNotFoundError(
            f"{revision!r} is not a revision of {repository}.",
            "Give a commit of 40 hexadecimal digits, a branch or a tag.",
        )
    for file in files:
        parts = file.split("/")
        odd = "\\" in file or re.match(r"[A-Za-z]:", file) or re.search(r"[\x00-\x1f\x7f]", file)
        if odd or any(part in ("", ".", "..") for part in parts):
            raise HubNotFoundError(
                f"{file!r} is not a path inside {repository}.", "Give a relative path such as model.safetensors."
            )


def cache_folder() -> Path:
    """Where huggingface_hub keeps its files, from the environment of this moment."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return Path(os.path.expandvars(os.environ[name])).expanduser()
    home = os.environ.get("HF_HOME")
    if not home:
        home = os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def repository_folder(repository: str) -> Path:
    """Folder of one repository in the cache; it may not exist."""
    return cache_folder() / ("models--" + repository.replace("/", "--"))


def cached_commit(repository: str, revision: str | None) -> str | None:
    """The commit that a revision meant when it was last asked for; None: never asked."""
    if revision is not None and is_commit(revision):
        return revision
    try:
        commit = (repository_folder(repository) / "refs" / (revision or "main")).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as err:
        if not isinstance(err, OSError):
            _damaged("what a branch means", repository)
        return None
    if not is_commit(commit):
        _damaged("what a branch means", repository)
        return None
    return commit


def cached_folder(repository: str, revision: str | None = None) -> Path | None:
    """The snapshot folder of a revision, complete or not; None: nothing of it is here."""
    check_names(repository, revision)
    commit = cached_commit(repository, revision)
    folder = repository_folder(repository) / "snapshots" / commit if commit else None
    return folder if folder is not None and folder.is_dir() else None


def cached_file(repository: str, file: str, *, revision: str | None = None) -> Path | None:
    """Path of one file in the cache, or None. Its bytes are not checked here; see `is_sound`."""
    check_names(repository, revision, [file])
    folder = cached_folder(repository, revision)
    return folder / file if folder is not None and (folder / file).is_file() else None


def cached_listing(repository: str, revision: str | None = None) -> tuple[RepoFile, ...] | None:
    """Every file of a revision as the hub once listed it; None: it was never listed."""
    check_names(repository, revision)
    commit = cached_commit(repository, revision)
    if commit is None:
        return None
    try:
        with _listing_path(repository, commit).open("rb") as stream:
            text = stream.read(_LARGEST_LISTING + 1)
    except OSError:
        return None
    try:
        if len(text) > _LARGEST_LISTING:
            raise ValueError("it is too large")
        told = json.loads(text.decode("utf-8"))
        if told.get("zoo_sha256", _sum(told["files"])) != _sum(told["files"]):
            raise ValueError("its bytes have changed")
        files = [
            RepoFile(path, info.get("lfs_size") or info["size"], info.get("lfs_sha256"), info.get("blob_id"))
            for path, info in told["files"].items()
        ]
        check_names(repository, None, [file.path for file in files])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, HubNotFoundError):
        _damaged("the list of files", repository)
        return None
    return tuple(files)


def _damaged(what: str, repository: str) -> None:
    warnings.warn(f"zoo: the cache of {repository} is damaged: {what} counts as not there", stacklevel=4)


_LARGEST_LISTING = 64 << 20


def _sum(files: object) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def remember(repository: str, revision: str | None, commit: str, files: Iterable[RepoFile] | None = None) -> None:
    """Keep what a branch means, and the list of files, for the time without a network."""
    try:
        if not is_commit(revision):
            _write(repository_folder(repository) / "refs" / (revision or "main"), commit)
        if files is not None and cached_listing(repository, commit) is None:
            _write(_listing_path(repository, commit), json.dumps(_as_tree(files), indent=2))
    except OSError:
        pass  # a read-only cache still serves what it holds


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path answers one of the shell patterns; `*` crosses folders, as on the Hub."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def chosen(files: Iterable[RepoFile], patterns: Sequence[str]) -> list[RepoFile]:
    """Files that answer a pattern; pickles are left out of a folder where safetensors answer as well."""
    found = [file for file in files if matches(file.path, patterns)]
    safe = {_folder(file.path) for file in found if file.path.endswith(".safetensors")}
    return [file for file in found if not (file.path.endswith(PICKLES) and _folder(file.path) in safe)]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def is_sound(path: Path, *, sha256: str | None = None, blob_id: str | None = None) -> bool:
    """Whether the bytes hash to what is known of them: the arguments, and the blob's own name."""
    try:
        return _hashes_to(path, sha256, blob_id)
    except OSError:  # it vanished meanwhile, or the disk does not give it
        return False


def _hashes_to(path: Path, sha256: str | None, blob_id: str | None) -> bool:
    name = _blob(path).name if path.is_symlink() else ""
    wanted_sha = {sha for sha in (sha256, name if len(name) == 64 and is_etag(name) else None) if sha}
    if wanted_sha and wanted_sha != {digest(path, "sha256")}:
        return False
    wanted_blob = {blob for blob in (blob_id, name if len(name) == 40 and is_etag(name) else None) if blob}
    return not wanted_blob or bool(sha256) or wanted_blob == {digest(path, "git")}


def digest(path: Path, kind: str) -> str:
    """Hash of a file's bytes in hex: `sha256`, or `git` for git's blob id; computed once for one state of the file."""
    real = path.resolve()
    state = real.stat()
    # The system alone sets the time of change, so bytes that were altered under an old time of writing are seen.
    return _digest(str(real), kind, state.st_size, (state.st_ino, state.st_mtime_ns, state.st_ctime_ns))


@functools.lru_cache(maxsize=512)
def _digest(path: str, kind: str, n_bytes: int, seen: tuple[int, int, int]) -> str:
    return hash_of(Path(path), kind)


def hash_of(path: Path, kind: str) -> str:
    """As `digest`, read from the disk anew."""
    n_bytes = path.stat().st_size
    hasher = hashlib.sha256() if kind == "sha256" else hashlib.sha1(b"blob %d\0" % n_bytes, usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            hasher.update(block)
    return hasher.hexdigest()


def remove(path: Path) -> None:
    """Take a damaged file out of the cache: the link and its bytes."""
    blob = _blob(path)
    with contextlib.suppress(OSError):  # a read-only cache: it stays, and stays refused
        path.unlink(missing_ok=True)
        blob.unlink(missing_ok=True)


def _blob(path: Path) -> Path:
    """What a snapshot's link names: one step, since a blob may itself be a link into a store shared by caches."""
    return path.parent / path.readlink() if path.is_symlink() else path


def _listing_path(repository: str, commit: str) -> Path:
    return repository_folder(repository) / "trees" / f"{commit}.json"


def _as_tree(files: Iterable[RepoFile]) -> dict[str, object]:
    """huggingface_hub's own format, so that either side reads what the other wrote."""
    told: dict[str, dict[str, object]] = {}
    for file in files:
        told[file.path] = {"size": file.n_bytes, "blob_id": file.blob_id}
        if file.sha256 is not None:
            told[file.path] |= {"lfs_sha256": file.sha256, "lfs_size": file.n_bytes}
    return {"format_version": 1, "files": told, "zoo_sha256": _sum(told)}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, also beside another process that writes the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
