"""What a lock file holds, how it is read strictly, and whether a cached model still equals its pin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from zoo.cards import Facts, ModelCard, Revision, Sha256, fingerprint
from zoo.errors import HubNotFoundError, LockError
from zoo.hub.cache import check_names, digest


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
            document = cls.model_validate_json(text)
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


def pinned(card: ModelCard) -> Pin | None:
    """The card's pin under ZOO_LOCK; None without a lock, or for a model of no hub that was left out of it.

    Raises:
        LockError: the lock is unreadable, does not hold this model, or was made for another state of its card.
    """
    name = os.environ.get("ZOO_LOCK")
    if not name:
        return None
    try:
        text = Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise LockError(
            f"ZOO_LOCK={name} cannot be read.", "Mend the path, write it (zoo lock), or unset ZOO_LOCK."
        ) from err
    document = LockDocument.from_json(text, name)
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


def _changes(pin: Pin, card: ModelCard) -> list[str]:
    source = card.source
    now = {
        "repository": (pin.repository, source.repository if source.path is None else None),
        "revision": (pin.commit, source.revision or pin.commit if source.path is None else None),
        "preprocessing": (pin.preprocessing, _fingerprint(card.preprocess)),
        "text preprocessing": (pin.text_preprocessing, _fingerprint(card.text_preprocess)),
        "sentence head": (pin.sentence_head, _fingerprint(card.sentence_head)),
    }
    return [name for name, (then, today) in now.items() if then != today]


def _all(document: LockDocument, *more: str) -> str:
    return " ".join([*(pin.id for pin in document.models), *more])
