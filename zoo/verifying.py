"""Hashes what lies on this disk anew, and holds it against what the hub told and what a lock pins; no network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zoo.cards import BundledSource, ModelCard
from zoo.errors import LockError
from zoo.hub.cache import cached_folder, cached_listing, chosen, hash_of
from zoo.lock_file import LockDocument, PinnedRepository, read_lock
from zoo.registry import Registry, default_registry
from zoo.repository.files import PACKAGE, wanted_patterns


@dataclass(frozen=True)
class Verified:
    """One file, hashed now."""

    model: str
    file: str
    state: Literal["sound", "other bytes", "missing", "unknown"]
    """unknown: nobody told what its bytes should be."""


def verify(
    models: Sequence[str], lock_file: str | Path | None = None, *, registry: Registry | None = None
) -> list[Verified]:
    """Every file of these models, or of all in a lock; each is read whole, whatever was checked before.

    Raises:
        UnknownModelError: no card of a name.
        LockError: the lock is unreadable, or does not pin a model.
    """
    document = read_lock(lock_file) if lock_file is not None else None
    if document is not None:
        return [found for name in models or [pin.id for pin in document.models] for found in _pinned(name, document)]
    registry = registry or default_registry()
    return [found for name in models for found in _cached(registry.get_card(name))]


def _pinned(name: str, document: LockDocument) -> Iterator[Verified]:
    pin = next((pin for pin in document.models if pin.id == name), None)
    if pin is None:
        raise LockError(f"{name} is not pinned in that lock.", "Add it: zoo lock.")
    parts: tuple[PinnedRepository, ...] = (pin, *pin.companions)
    for part in parts:
        folder = cached_folder(part.repository, part.commit) if part.repository is not None else PACKAGE
        for file in part.files:
            path = folder / file.path if folder is not None else None
            yield Verified(name, file.path, _state(path, "sha256", file.sha256))


def _cached(card: ModelCard) -> Iterator[Verified]:
    source = card.source
    if source.repository is None or isinstance(source, BundledSource):
        yield Verified(card.id, source.path or "(in the package)", "unknown")
        return
    folder = cached_folder(source.repository, source.revision)
    listing = cached_listing(source.repository, source.revision)
    if listing is None:
        yield Verified(card.id, source.file or "(every file)", "missing" if folder is None else "unknown")
        return
    for file in chosen(listing, wanted_patterns(card)):
        path = folder / file.path if folder is not None else None
        if file.sha256 is not None:
            yield Verified(card.id, file.path, _state(path, "sha256", file.sha256))
        else:
            yield Verified(card.id, file.path, _state(path, "git", file.blob_id))


def _state(path: Path | None, kind: str, wanted: str | None) -> Literal["sound", "other bytes", "missing", "unknown"]:
    if path is None or not os.path.isfile(path):
        return "missing"
    if wanted is None:
        return "unknown"
    return "sound" if hash_of(path, kind) == wanted else "other bytes"
