"""Bringing everything that a model needs to this machine: its repository, and what it borrows from others.

fetch(card)  → the folders that a loader reads, checked; served from the cache where it is complete
pull(model)  → the same, but asks the hub anew what a branch points at; gives the paths
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from zoo import hub
from zoo.cards import BundledSource, CustomSource, ModelCard, TimmSource, WeightFile
from zoo.errors import CapabilityError, HubError, HubNotFoundError, WeightsError
from zoo.hub.cache import PICKLES, RepoFile, chosen
from zoo.local.cards import files_of, root_of
from zoo.lock_file import Pin, PinnedRepository, pinned, verify
from zoo.registry import Registry, default_registry
from zoo.repository.files import PACKAGE, bundled_files, companions, wanted_patterns

_NOWHERE = PACKAGE / "no settings"
"""A folder that does not exist: a file of weights alone has no settings beside it."""


@dataclass(frozen=True)
class Fetched:
    """Where a model's files lie."""

    folder: Path
    """Snapshot of the card's repository; the package's folder for a bundled model."""
    companions: Mapping[str, Path] = field(default_factory=dict)
    """Other repositories that loading reads, such as a tokenizer's, by name."""
    weights: Path | None = None
    """The user's own file, which stands for the weights of the folder."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """Of each file of the folder that a lock pins."""


def pull(
    model: str | ModelCard, registry: Registry | None = None, *, local_files_only: bool | None = None
) -> tuple[Path, ...]:
    """Paths of all files that loading this model needs, each checked against its hash; idempotent.

    Raises:
        CapabilityError: no published weights are known.
        HubError: the hub does not give them.
    """
    card = (registry or default_registry()).get_card(model)
    source = card.source
    if source.path is not None:
        return tuple(files_of(card))
    if isinstance(source, CustomSource) and source.repository is None and source.builder is not None:
        if source.url is not None:
            raise CapabilityError(
                f"the weights of {card.id} lie in no hub repository, so zoo does not fetch them.",
                f"Download {source.url} and load a copy of the card whose source has its path (source.path).",
            )
        return ()  # built by its plugin, from nothing but code
    fetched = fetch(card, local_files_only=local_files_only, refresh=True)
    if isinstance(source, BundledSource):
        return bundled_files(source)
    paths = answering(fetched.folder, wanted_patterns(card))
    for repository, patterns in companions(card, fetched.folder):
        paths += answering(fetched.companions[repository], patterns)
    return tuple(paths)


def fetch(
    card: ModelCard, *, local_files_only: bool | None = None, refresh: bool = False, heed_lock: bool = True
) -> Fetched:
    """Folders with everything that loading the card reads, each file checked.

    Under ZOO_LOCK it is exactly what is pinned. A card's own sha256 is held against its weights.

    Args:
        refresh: ask the hub what a branch points at by now; a pinned commit needs no question.
        heed_lock: False: as if ZOO_LOCK were not set.

    Raises:
        CapabilityError: the card names no repository.
        LockError: the lock does not agree with the card or the bytes.
        HubError: the hub does not give them, or offline they are not in the cache.
    """
    source = card.source
    pin = pinned(card) if heed_lock else None
    if source.path is not None:
        if pin is not None:
            verify(pin, root_of(source.path), files_of(card))
        return replace(_local(card, source, local_files_only), sha256=_pinned_files(pin))
    if isinstance(source, BundledSource):
        if not bundled_files(source):
            raise WeightsError(f"this installation lacks the weights of {card.id}.", "Install transfer-zoo anew.")
        if pin is not None:
            verify(pin, PACKAGE)
        return Fetched(PACKAGE)
    if source.repository is None:
        raise CapabilityError(
            f"no published weights of {card.id} are known.", f"See what is known of it: zoo show {card.id}"
        )
    revision = pin.commit if pin is not None else source.revision
    if source.file is not None and source.sha256 is not None:
        hub.download(
            source.repository,
            source.file,
            revision=revision,
            sha256=source.sha256,
            n_bytes=source.n_bytes,
            local_files_only=local_files_only,
            refresh=refresh,
            model_id=card.id,
        )
    folder = hub.snapshot(
        source.repository,
        patterns=wanted_patterns(card),
        revision=revision,
        local_files_only=local_files_only,
        refresh=refresh,
        model_id=card.id,
    )
    read = answering(folder, wanted_patterns(card))
    if not _has_weights(card, read):
        raise HubNotFoundError(
            f"{source.repository} holds no weights of {card.id}: none of {', '.join(wanted_patterns(card)[-4:])}.",
            f"See {hub.endpoint()}/{source.repository}/tree/{revision or 'main'}.",
        )
    if pin is not None:
        verify(pin, folder, read)
    lent = {other.repository: other for other in pin.companions} if pin is not None else {}
    places = {}
    for repository, patterns in companions(card, folder):
        other: PinnedRepository | None = lent.get(repository)
        places[repository] = hub.snapshot(
            repository,
            patterns=patterns,
            revision=other.commit if other is not None else None,
            local_files_only=local_files_only,
            refresh=refresh,
            model_id=card.id,
        )
        if other is not None:
            verify(other, places[repository], answering(places[repository], patterns))
    return Fetched(folder, places, sha256=_pinned_files(pin))


def _pinned_files(pin: Pin | None) -> dict[str, str]:
    return {file.path: file.sha256 for file in pin.files} if pin is not None else {}


def _has_weights(card: ModelCard, paths: Sequence[Path]) -> bool:
    stated = card.source.file
    return any(
        path.name.endswith((".safetensors", *PICKLES)) or (stated is not None and path.match(stated)) for path in paths
    )


def answering(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """Files of a folder that answer the patterns, as `zoo.hub.snapshot` chooses them."""
    files = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return [folder / file.path for file in chosen(map(RepoFile, files), patterns)]


def _local(card: ModelCard, source: WeightFile, local_files_only: bool | None) -> Fetched:
    """A model on this disk: its folder, or its file beside the settings of the repository of its architecture."""
    path = Path(str(source.path)).expanduser()
    if not path.exists():
        raise WeightsError(f"{card.id} should lie in {path}, but there is nothing.", "Check the path.")
    folder = path if path.is_dir() else _NOWHERE
    if path.is_file() and source.repository is not None and wanted_patterns(card):
        try:
            folder = hub.snapshot(
                source.repository,
                patterns=wanted_patterns(card),
                revision=source.revision,
                local_files_only=local_files_only,
                model_id=card.id,
            )
        except HubError:
            if not isinstance(source, TimmSource):  # whose architecture's name says enough
                raise
    places = {
        repository: hub.snapshot(repository, patterns=patterns, local_files_only=local_files_only, model_id=card.id)
        for repository, patterns in companions(card, folder)
    }
    return Fetched(folder, weights=path if path.is_file() else None, companions=places)
