"""What a lock file holds, how it is read strictly, and whether a cached model still equals its pin."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from zoo.cache import digest as cache_digest
from zoo.cards import Facts, ModelCard, Revision, Sha256, fingerprint
from zoo.errors import HubNotFoundError, LockError, ZooError
from zoo.hub.cache import check_names, digest
from zoo.regular_files import open_regular


class PinnedFile(Facts):
    """One file, to the byte."""

    path: Annotated[str, StringConstraints(min_length=1)]
    n_bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class PinnedRepository(Facts):
    """Files of one commit; of the installed package where no repository is named."""

    repository: str | None
    commit: Revision | None
    files: tuple[PinnedFile, ...]


class Pin(PinnedRepository):
    """A model as it was locked."""

    id: str
    preprocessing: str | None
    """Fingerprint of the card's contract for the input; see `zoo.cards.fingerprint`."""
    text_preprocessing: str | None
    sentence_head: str | None = None
    built: str | None = None
    """Fingerprint of what else decides a vector: builder, settings, pooling, scoring; None: an older lock."""
    prompts: str | None = None
    """Fingerprint of the prompts that zero-shot classification takes where none are given."""
    companions: tuple[PinnedRepository, ...] = ()
    """Other repositories that loading reads, such as a tokenizer's."""


class LockDocument(Facts):
    """What `zoo lock` writes."""

    version: Literal[1] = 1
    models: tuple[Pin, ...]

    def to_json(self) -> str:
        """Text of the lock file: sorted and indented, so that a change is a readable diff."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, name: str = "the lock file") -> LockDocument:
        """The document that `to_json` wrote.

        Raises:
            LockError: it is no such text.
        """
        try:
            document = cls.model_validate_json(text, strict=True)
            twice = [pin_id for pin_id, count in Counter(pin.id for pin in document.models).items() if count > 1]
            if twice:
                raise LockError(f"{name} is malformed: it pins {twice[0]!r} twice.", "Write it anew: zoo lock MODELS.")
            for pin in document.models:
                for part in (pin, *pin.companions):
                    check_names(part.repository or "bundled", part.commit, [file.path for file in part.files])
        except HubNotFoundError as err:
            raise LockError(
                f"{name} is malformed: {err.problem}", "Do not use it; write it anew: zoo lock MODELS."
            ) from err
        except ValidationError as err:
            first = err.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "text"
            raise LockError(
                f"{name} is malformed: {where}: {first['msg']}.", "Write it anew: zoo lock MODELS."
            ) from err
        return document


def read_lock(path: str | Path) -> LockDocument:
    """The document in a file, with or without a byte-order mark.

    Raises:
        LockError: it cannot be read, or is no lock.
    """
    try:
        with open_regular(Path(path).expanduser()) as file:
            text = file.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        raise LockError(
            f"ZOO_LOCK={path} cannot be read.", "Mend the path, write it (zoo lock), or unset ZOO_LOCK."
        ) from err
    return LockDocument.from_json(text, str(path))


def pinned_commit(model_id: str) -> str | None:
    """The commit at which ZOO_LOCK holds a model; None: no lock, or the model is not in it."""
    name = os.environ.get("ZOO_LOCK")
    document = read_lock(name) if name else None
    return next((pin.commit for pin in document.models if pin.id == model_id), None) if document is not None else None


def pinned(card: ModelCard) -> Pin | None:
    """The card's pin under ZOO_LOCK; None without a lock, or for a model of no hub that was left out of it.

    Raises:
        LockError: the lock is unreadable, does not hold this model, or was made for another state of its card.
    """
    name = os.environ.get("ZOO_LOCK")
    document = read_lock(name) if name else None
    if document is None or name is None:
        return None
    pin = next((pin for pin in document.models if pin.id == card.id), None)
    if pin is None and card.source.path is not None:
        _refuse_changed(card, document, name)
    if pin is None and (card.source.repository is None or card.source.path is not None):
        return None
    if pin is None:
        raise LockError(
            f"{card.id} is not pinned in {name}.", f"Add it: zoo lock {_all(document, card.id)} --out {name}"
        )
    changed = _changes(pin, card)
    if changed:
        raise LockError(
            f"the card of {card.id} has changed since {name} was written: {', '.join(changed)}.",
            f"Install the plugin of that time, or accept the change: zoo lock {_all(document)} --out {name}",
        )
    return pin


def _refuse_changed(card: ModelCard, document: LockDocument, name: str) -> None:
    """A local model bears its content in its id: one of its name and another content is the same model, changed."""
    stem = card.id.rpartition("-")[0]
    before = next((pin.id for pin in document.models if pin.id.rpartition("-")[0] == stem), None)
    if before is not None and card.id.startswith("local/") and stem:
        raise LockError(
            f"{card.source.path} is not what was locked in {name}: {before} then, {card.id} now.",
            f"Bring the old files back, or accept the change: zoo lock {card.source.path} --out {name}",
        )


def verify(pin: PinnedRepository, folder: Path, read: Sequence[Path] = ()) -> None:
    """Hold the files in a folder against the pin: every one is there, of the pinned size and hash.

    Args:
        read: files that will be read; one that is not pinned is refused.

    Raises:
        LockError: one is missing, differs or is not pinned.
    """
    unpinned = {path.relative_to(folder).as_posix() for path in read} - {file.path for file in pin.files}
    if unpinned:
        raise LockError(
            f"{sorted(unpinned)[0]} of {pin.repository} would be read, but is not pinned.",
            "Lock the model anew if that file belongs to it, or remove it from the cache.",
        )
    for file in pin.files:
        path = folder / file.path
        if not path.is_file():
            fault = "is missing"
        elif path.stat().st_size != file.n_bytes:
            fault = f"has {path.stat().st_size} bytes, want {file.n_bytes}"
        elif digest(path, "sha256") != file.sha256:
            fault = "has other bytes"
        else:
            continue
        raise LockError(
            f"{file.path} of {pin.repository or 'the installed package'} {fault}, so it is not what was locked.",
            f"Remove {folder} and fetch it anew (zoo pull)."
            if pin.repository
            else "Install the version of transfer-zoo that it was locked with.",
        )


def _fingerprint(contract: Facts | None) -> str | None:
    return fingerprint(contract) if contract is not None else None


def built(card: ModelCard) -> str:
    """Fingerprint of what decides a vector beside files and preprocessing."""
    where = {"repository", "revision", "path", "sha256", "n_bytes", "needs", "refusal"}
    fields = {"pooling", "embed_dim", "max_tokens", "zero_shot"}
    told = {
        "source": card.source.model_dump(mode="json", exclude=where),
        **card.model_dump(mode="json", include=fields),
    }
    return cache_digest(told)


def prompts(card: ModelCard) -> str | None:
    """Fingerprint of the prompts of a card's zero-shot use."""
    from zoo.zero_shot.prompts import choose_templates

    if card.zero_shot is None:
        return None
    try:
        return cache_digest(choose_templates(card, None)[0])
    except ZooError:  # it names a set that no installed plugin brings
        return None


def _changes(pin: Pin, card: ModelCard) -> list[str]:
    source = card.source
    now = {
        "repository": (pin.repository, source.repository if source.path is None else None),
        "revision": (pin.commit, source.revision or pin.commit if source.path is None else None),
        "preprocessing": (pin.preprocessing, _fingerprint(card.preprocess)),
        "text preprocessing": (pin.text_preprocessing, _fingerprint(card.text_preprocess)),
        "sentence head": (pin.sentence_head, _fingerprint(card.sentence_head)),
        "builder, pooling or scoring": (pin.built, built(card) if pin.built is not None else None),
        "prompts": (pin.prompts, prompts(card) if pin.prompts is not None else None),
    }
    return [name for name, (then, today) in now.items() if then != today]


def _all(document: LockDocument, *more: str) -> str:
    return " ".join([*(pin.id for pin in document.models), *more])
