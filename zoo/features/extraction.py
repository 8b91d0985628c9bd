"""Features of many pictures or texts, from the store where they are kept and from the network where not.

    found = extract(encoder, ["a.png", "b.png"])
    found.names, found.vectors, found.failures

A vector is kept under what it depends on: the bytes of the file and the names given to its channels, the weights, the
card's whole input contract, the pooling and the number type. Shards are written as the work goes on, so that an
interrupted run begins where it stopped.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.arguments import at_least_one
from zoo.cache import chosen_folder, digest, own_cache
from zoo.cards import fingerprint
from zoo.encoder.inputs import several
from zoo.errors import DataError
from zoo.features.store import KEY_BYTES, Store
from zoo.image_sources import Failure, read_ahead
from zoo.regular_files import open_regular

if TYPE_CHECKING:
    from zoo.encoder import Encoder

_LAYOUT = 2
"""Grows when older files would be wrong."""
_SHARD_ROWS = 1024
_SHARD_SECONDS = 30.0
"""A shard is written after so many vectors or so long, so that little is lost when a run is killed."""


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
    bands: Sequence[str] | None = None,
) -> Features:
    """Features of many pictures or texts; what cannot be read is one failure each, and the rest goes on.

    Args:
        inputs: paths of pictures, or texts if `kind` is "text".
        cache: keep and reuse vectors in `features_folder()`, in the folder given, or nowhere.
        bands: names of the channels of every picture, where the files say none.

    Raises:
        CapabilityError: the model has no side for this kind of input.
        DataError: nothing could be read, or an argument means nothing.
    """
    (found,) = extract_many([encoder], inputs, kind=kind, batch_size=batch_size, cache=cache, bands=bands)
    return found


def extract_many(
    encoders: Sequence[Encoder],
    inputs: Sequence[str | os.PathLike[str]],
    *,
    kind: str = "image",
    batch_size: int = 32,
    cache: bool | str | Path = True,
    bands: Sequence[str] | None = None,
) -> list[Features]:
    """Features by each of several encoders; those of one input contract share the decoding of each picture.

    Args and errors as for `extract`; all encoders are held in memory at once.
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
            keys[place] = _key(name, kind, bands)
        except (OSError, ValueError) as err:  # the latter of a name that no file can have
            failures.append(Failure(name, f"it cannot be opened: {getattr(err, 'strerror', None) or err}"))
    jobs = [_Job.of(encoder, kept_in, keys) for encoder in encoders]
    by_contract: dict[object, list[_Job]] = {}
    for job in jobs:
        side = job.encoder.card.preprocess
        contract = fingerprint(side) if kind == "image" and side is not None else id(job)
        by_contract.setdefault(contract, []).append(job)
    for together in by_contract.values():
        _run(together, names, keys, kind, batch_size, bands)
    return [job.features(names, keys, failures) for job in jobs]


@dataclass
class _Job:
    """What one encoder has and still has to do."""

    encoder: Encoder
    store: Store | None
    known: dict[bytes, NDArray[np.float32]]
    n_known: int
    """Inputs whose vector was kept before."""
    bad: dict[bytes, str]
    fresh: dict[bytes, NDArray[np.float32]]
    written: float

    @classmethod
    def of(cls, encoder: Encoder, kept_in: Path | None, keys: dict[int, bytes]) -> _Job:
        store, known = None, {}
        if kept_in is not None:
            store = Store(kept_in / _identity(encoder))
            known = store.read(list(keys.values()))
        n_known = sum(key in known for key in keys.values())
        return cls(encoder, store, known, n_known, {}, {}, time.monotonic())

    def take(self, key: bytes, vector: NDArray[np.float32]) -> None:
        self.known[key] = self.fresh[key] = vector
        if len(self.fresh) >= _SHARD_ROWS or time.monotonic() - self.written > _SHARD_SECONDS:
            self.write()

    def write(self) -> None:
        if self.store is not None and self.fresh:
            card = self.encoder.card
            self.store.describe({"model": card.id, "dtype": str(self.encoder.dtype), "pooling": card.pooling})
            self.store.add(self.fresh)
        self.fresh, self.written = {}, time.monotonic()

    def features(self, names: Sequence[str], keys: dict[int, bytes], unopened: Sequence[Failure]) -> Features:
        kept = [place for place, key in keys.items() if key in self.known]
        failures = [
            *unopened,
            *(Failure(names[p], self.bad.get(key, "not read")) for p, key in keys.items() if key not in self.known),
        ]
        if not kept:
            detail = f" {failures[0].reason}" if failures else ""
            raise DataError(f"no feature could be made of {len(names)} inputs.{detail}", "Look at the reasons above.")
        vectors = np.stack([self.known[keys[place]] for place in kept])
        return Features(tuple(names[place] for place in kept), vectors, tuple(kept), tuple(failures), self.n_known)


def _run(
    jobs: Sequence[_Job],
    names: Sequence[str],
    keys: dict[int, bytes],
    kind: str,
    batch_size: int,
    bands: Sequence[str] | None,
) -> None:
    """Embed what is missing; each input is read once for all jobs. What is done is kept whatever stops it."""
    first = {key: place for place, key in reversed(keys.items()) if any(key not in job.known for job in jobs)}
    wanted = sorted(first.values())
    try:
        if kind == "text":
            _run_texts(jobs, names, keys, wanted, batch_size)
        else:
            _run_pictures(jobs, names, keys, wanted, batch_size, bands)
    finally:
        for job in jobs:
            job.write()


def _run_texts(
    jobs: Sequence[_Job], names: Sequence[str], keys: dict[int, bytes], wanted: Sequence[int], batch_size: int
) -> None:
    for job in jobs:
        missing = [place for place in wanted if keys[place] not in job.known]
        for start in range(0, len(missing), batch_size):
            batch = missing[start : start + batch_size]
            rows = job.encoder.embed_texts([names[place] for place in batch], batch_size=batch_size)
            for place, vector in zip(batch, rows.numpy(), strict=True):
                job.take(keys[place], vector)


def _run_pictures(
    jobs: Sequence[_Job],
    names: Sequence[str],
    keys: dict[int, bytes],
    wanted: Sequence[int],
    batch_size: int,
    bands: Sequence[str] | None,
) -> None:
    import torch

    preprocess = jobs[0].encoder.preprocess

    def read(source: Any) -> Any:
        if bands is None:
            return preprocess(source)
        from zoo.images import read_picture

        return preprocess(read_picture(source, bands=tuple(bands)))

    # A name is the place in the list, so that equal paths stay apart.
    for batch in read_ahead(((str(p), names[p]) for p in wanted), read, batch_size=batch_size):
        for failure in batch.failures:
            for job in jobs:
                job.bad[keys[int(failure.path)]] = failure.reason
        places = list(map(int, batch.names))
        for job in jobs:
            missing = [i for i, place in enumerate(places) if keys[place] not in job.known]
            if missing:
                pixels = torch.stack([batch.values[i] for i in missing])
                rows = job.encoder.embed_images(pixels, batch_size=batch_size)
                for i, vector in zip(missing, rows.numpy(), strict=True):
                    job.take(keys[places[i]], vector)


def _name(item: str | os.PathLike[str]) -> str:
    if not isinstance(item, (str, os.PathLike)):
        raise DataError(f"want paths or texts, got {type(item).__name__}.", "Give a list of them.")
    return os.fspath(item)


def _key(name: str, kind: str, bands: Sequence[str] | None) -> bytes:
    hashed = hashlib.blake2b(digest_size=KEY_BYTES)
    hashed.update(digest([kind, None if bands is None else list(bands)]).encode())
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
