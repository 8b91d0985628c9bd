"""Pinning models: repository, commit, hashes of all files and the preprocessing, in one file.

    zoo lock medical/rad-dino            writes zoo.lock
    ZOO_LOCK=zoo.lock python train.py    loads exactly that, also without a network, or not at all

A pin holds what loading reads. Under a lock a model from a hub that is not pinned, whose card has changed
since, or of which one byte differs, is refused. Models that come from no hub (inside a package, or from a
local path) may be left out of the lock; one of a local path that was locked must still hold the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zoo.cards import BundledSource, CustomSource, ModelCard
from zoo.errors import LockError
from zoo.hub.cache import digest
from zoo.lock_file import LockDocument, Pin, PinnedFile, PinnedRepository, _fingerprint, built, prompts
from zoo.registry import Registry, default_registry


def lock(models: str | ModelCard | Sequence[str | ModelCard], *, registry: Registry | None = None) -> LockDocument:
    """Pins of these models, or of one, from files that are fetched where the cache lacks them, and hashed here.

    Raises:
        LockError: a model does not come from a hub, so there is nothing to pin.
        HubError: its files cannot be had.
    """
    registry = registry or default_registry()
    several = [models] if isinstance(models, (str, ModelCard)) else models
    cards = {card.id: card for card in map(registry.get_card, several)}
    return LockDocument(models=tuple(_pin(cards[model_id]) for model_id in sorted(cards)))


def _pin(card: ModelCard) -> Pin:
    from zoo.local.cards import files_of, root_of
    from zoo.pulling import answering, fetch
    from zoo.repository.files import bundled_files, companions, wanted_patterns

    source = card.source
    others: list[PinnedRepository] = []
    if isinstance(source, CustomSource) and source.repository is None and source.path is None:
        if source.builder is None:
            raise LockError(f"{card.id} comes from no hub, so it cannot be pinned.", "Leave it out of the lock.")
        own = PinnedRepository(repository=None, commit=None, files=())
    else:
        fetched = fetch(card, heed_lock=False)
        for repository, patterns in companions(card, fetched.folder):
            place = fetched.companions[repository]
            others.append(_hashed(repository, place, answering(place, patterns)))
        if source.path is not None:
            own = _hashed(None, root_of(source.path), files_of(card))
        elif isinstance(source, BundledSource):
            own = _hashed(None, fetched.folder, bundled_files(source))
        else:
            own = _hashed(source.repository, fetched.folder, answering(fetched.folder, wanted_patterns(card)))
    return Pin(
        id=card.id,
        repository=own.repository,
        commit=own.commit,
        files=own.files,
        preprocessing=_fingerprint(card.preprocess),
        text_preprocessing=_fingerprint(card.text_preprocess),
        sentence_head=_fingerprint(card.sentence_head),
        built=built(card),
        prompts=prompts(card),
        companions=tuple(others),
    )


def _hashed(repository: str | None, folder: Path, paths: Sequence[Path]) -> PinnedRepository:
    files = tuple(
        PinnedFile(path=path.relative_to(folder).as_posix(), n_bytes=path.stat().st_size, sha256=digest(path, "sha256"))
        for path in paths
    )
    return PinnedRepository(repository=repository, commit=folder.name if repository else None, files=files)
