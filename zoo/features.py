"""Features of a user's data, kept on disk: each picture or text goes through each model once.

    found = extract(encoder, ["a.png", "b.png"])
    found.names, found.vectors, found.failures

A vector is kept under what it depends on: the bytes of the file, the weights, the card's preprocessing and the number
type. Parts are written as the work goes on, so that an interrupted run begins where it stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.arguments import at_least_one
from zoo.cache import chosen_folder, digest, own_cache
from zoo.cards import fingerprint
from zoo.encoder.inputs import several
from zoo.errors import DataError
from zoo.image_sources import Failure, read_ahead
from zoo.regular_files import open_regular

if TYPE_CHECKING:
    from zoo.encoder import Encoder

_LAYOUT = 1
"""Grows when older files would be wrong."""
_PART = 1024
"""Vectors in one file of the cache; at most so many are lost when a run is cut off."""


@dataclass(frozen=True)
class Features:
    """Vectors of what could be read, in the order given."""

    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    """(n, d), as the network gives them."""
    kept: tuple[int, ...]
    """Position of each row among the inputs: `labels[list(found.kept)]` fits the vectors."""
    failures: tuple[Failure, ...]
    n_from_cache: int


def features_folder() -> Path:
    """`$ZOO_CACHE/features`, else below `$XDG_CACHE_HOME` or `~/.cache`."""
    return own_cache() / "features"


def extract(
    encoder: Encoder,
    inputs: Sequence[str | os.PathLike[str]],
    *,
    kind: str = "image",
    batch_size: int = 32,
    cache: bool | str | Path = True,
) -> Features:
    """Features of many pictures or texts; what cannot be read is one failure each, and the rest goes on.

    Args:
        inputs: paths of pictures, or texts if `kind` is "text".
        cache: keep and reuse vectors in `features_folder()`, in the folder given, or nowhere.

    Raises:
        CapabilityError: the model has no side for this kind of input.
        DataError: nothing could be read, or an argument means nothing.
    """
    at_least_one("batch_size", batch_size)
    if kind not in ("image", "text"):
        raise DataError(f"no kind of input named {kind!r}.", "Give image or text.")
    kept_in = chosen_folder(cache, features_folder())
    names = [_name(item) for item in several(inputs)]
    failures: list[Failure] = []
    keys: dict[int, bytes] = {}
    for place, name in enumerate(names):
        try:
            keys[place] = _key(name, kind)
        except (OSError, ValueError) as err:  # the latter of a name that no file can have
            failures.append(Failure(name, f"it cannot be opened: {getattr(err, 'strerror', None) or err}"))
    folder = None if kept_in is None else kept_in / _identity(encoder)
    known = _read(folder) if folder else {}
    n_known = sum(key in known for key in keys.values())
    first = {key: place for place, key in reversed(keys.items()) if key not in known}
    wanted = sorted(first.values())
    fresh: dict[bytes, NDArray[np.float32]] = {}
    bad: dict[bytes, str] = {}
    for place, vector in _embedded(encoder, names, wanted, kind, batch_size):
        if isinstance(vector, str):
            bad[keys[place]] = vector
            continue
        known[keys[place]] = fresh[keys[place]] = vector
        if folder and len(fresh) >= _PART:
            _write(folder, fresh)
            fresh = {}
    if folder and fresh:
        _write(folder, fresh)
    kept = [place for place, key in keys.items() if key in known]
    failures += [Failure(names[place], bad.get(key, "not read")) for place, key in keys.items() if key not in known]
    if not kept:
        detail = f" {failures[0].reason}" if failures else ""
        raise DataError(f"no feature could be made of {len(names)} inputs.{detail}", "Look at the reasons above.")
    vectors = np.stack([known[keys[place]] for place in kept])
    return Features(tuple(names[place] for place in kept), vectors, tuple(kept), tuple(failures), n_known)


def _embedded(
    encoder: Encoder, names: Sequence[str], wanted: Sequence[int], kind: str, batch_size: int
) -> Iterator[tuple[int, NDArray[np.float32] | str]]:
    """(place, vector or the reason why there is none) of each input that is wanted."""
    if kind == "text":
        for start in range(0, len(wanted), batch_size):
            batch = wanted[start : start + batch_size]
            rows = encoder.embed_texts([names[place] for place in batch], batch_size=batch_size)
            yield from zip(batch, rows.numpy(), strict=True)
        return
    import torch

    # A name is the place in the list, so that equal paths stay apart.
    for read in read_ahead(((str(p), names[p]) for p in wanted), encoder.preprocess, batch_size=batch_size):
        for failure in read.failures:
            yield int(failure.path), failure.reason
        if read.values:
            rows = encoder.embed_images(torch.stack(read.values), batch_size=batch_size)
            yield from zip(map(int, read.names), rows.numpy(), strict=True)


def _name(item: str | os.PathLike[str]) -> str:
    if not isinstance(item, (str, os.PathLike)):
        raise DataError(f"want paths or texts, got {type(item).__name__}.", "Give a list of them.")
    return os.fspath(item)


def _key(name: str, kind: str) -> bytes:
    hashed = hashlib.blake2b(digest_size=16)
    if kind == "text":
        hashed.update(name.encode("utf-8", "surrogatepass"))
        return hashed.digest()
    with open_regular(name) as file:
        while block := file.read(1 << 20):
            hashed.update(block)
    return hashed.digest()


def _identity(encoder: Encoder) -> str:
    """A hash of what an encoder's vectors depend on, beside the input."""
    from zoo.weights import weights_hash

    card = encoder.card
    sides = [fingerprint(side) for side in (card.preprocess, card.text_preprocess) if side is not None]
    head = None if card.sentence_head is None else fingerprint(card.sentence_head)
    return digest([_LAYOUT, card.id, card.pooling, head, sides, weights_hash(encoder.module), str(encoder.dtype)])[:32]


def _read(folder: Path) -> dict[bytes, NDArray[np.float32]]:
    known: dict[bytes, NDArray[np.float32]] = {}
    for part in sorted(folder.glob("*.npz")) if folder.is_dir() else ():
        try:
            with np.load(part, allow_pickle=False) as stored:
                keys, vectors = stored["keys"], stored["vectors"]
        except Exception as err:  # a part of a run that was cut off, in whatever way
            warnings.warn(f"{part} is damaged and left out: {err}", stacklevel=2)
            continue
        known.update((key.tobytes(), vector) for key, vector in zip(keys, vectors, strict=True))
    return known


def _write(folder: Path, vectors: dict[bytes, NDArray[np.float32]]) -> None:
    """One more part, written whole or not at all; a full or read-only disk costs only the cache."""
    arrays: dict[str, Any] = {
        "keys": np.stack([np.frombuffer(key, dtype=np.uint8) for key in vectors]),
        "vectors": np.stack(list(vectors.values())),
    }
    name = hashlib.sha256(b"".join(vectors)).hexdigest()[:24]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            np.savez(file, **arrays)
        os.replace(file.name, folder / f"{name}.npz")
    except OSError as err:
        warnings.warn(f"features are not kept: {err}", stacklevel=2)
        with contextlib.suppress(OSError, UnboundLocalError):
            os.unlink(file.name)
