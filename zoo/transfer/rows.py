"""Rows of a data set as tensors for one encoder: prepared once, kept where they fit, drawn and augmented by number.

What is drawn depends on (seed, epoch, row) alone, so that a run that was cut off goes on with the same rows and the
same random numbers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Dataset
from zoo.errors import CapabilityError, DataError, ZooError
from zoo.image_sources import Failure
from zoo.transfer.model import InputKind, joined

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

Rows = NDArray[np.intp]
Augment = Literal["none", "light", "strong"]

_KEPT_BYTES = 1 << 30
"""Prepared pictures of at most so many bytes stay in memory; others are read again in each epoch."""


def kind_of(data: Dataset) -> InputKind:
    """What the inputs of a data set are to an encoder.

    Raises:
        CapabilityError: nothing trains on such data yet.
    """
    if data.kind not in ("classification", "multilabel"):
        raise CapabilityError(
            f"tuning for {data.kind} is not offered.", "Give one class a row, or several labels a row."
        )
    if data.modality in ("text", "code"):
        pair = any(not isinstance(item, str) and isinstance(item, Sequence) for item in data.inputs[:1])
        return "pair" if pair else "text"
    return "image"


class PreparedRows:
    """Inputs of one encoder, by position."""

    def __init__(
        self,
        encoder: Encoder,
        inputs: Sequence[Any],
        kind: InputKind,
        *,
        bands: tuple[str, ...] | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self._encoder = encoder
        self._inputs = inputs
        self._kind = kind
        self._bands = bands
        self._max_tokens = max_tokens
        self._pixels: dict[int, torch.Tensor] = {}
        self._n_bytes = 0

    def __len__(self) -> int:
        return len(self._inputs)

    def batch(
        self, places: Sequence[int] | Rows, *, augment: Augment = "none", seed: int = 0, epoch: int = 0
    ) -> dict[str, torch.Tensor]:
        """`pixels` (b, c, h, w), or token ids, or those of the two sides of pairs."""
        import torch

        if self._kind == "image":
            rows = [self.picture(int(place)) for place in places]
            if augment != "none":
                rows = [varied(row, augment, (seed, epoch, int(p))) for row, p in zip(rows, places, strict=True)]
            return {"pixels": torch.stack(rows)}
        texts = [self._inputs[int(place)] for place in places]
        if self._kind == "text":
            return self._tokens(texts)
        sides = [self._tokens([pair[side] for pair in texts]) for side in (0, 1)]
        return {
            f"{word}.{name}": value
            for word, side in zip(("first", "second"), sides, strict=True)
            for name, value in side.items()
        }

    def picture(self, place: int) -> torch.Tensor:
        """(c, h, w) of one picture, held against the card's contract."""
        kept = self._pixels.get(place)
        if kept is not None:
            return kept
        source = self._inputs[place]
        if self._bands is not None:
            from zoo.images import read_picture

            source = read_picture(source, bands=self._bands)
        made = self._encoder.preprocess(source)
        if self._n_bytes + made.nbytes <= _KEPT_BYTES:
            self._pixels[place] = made
            self._n_bytes += made.nbytes
        return made

    def unusable(self) -> list[Failure]:
        """Every input that cannot be read, with the reason; looks at all pictures once."""
        if self._kind != "image":
            return []
        found = []
        for place, item in enumerate(self._inputs):
            try:
                self.picture(place)
            except ZooError as err:
                name = os.fspath(item) if isinstance(item, (str, os.PathLike)) else f"row {place}"
                found.append(Failure(str(place), f"{name}: {err.problem}"))
        return found

    def _tokens(self, texts: list[str]) -> dict[str, torch.Tensor]:
        ids = self._encoder.tokenize(texts)
        if self._max_tokens is None or ids["input_ids"].shape[1] <= self._max_tokens:
            return ids
        last = ids["input_ids"].clone()
        cut = {name: value[:, : self._max_tokens].clone() for name, value in ids.items()}
        mask = ids.get("attention_mask")
        if mask is not None:  # a text that is cut still ends with its last special token
            ends = mask.sum(dim=1) - 1
            long = ends >= self._max_tokens
            rows = np.flatnonzero(long.numpy())
            cut["input_ids"][rows, -1] = last[rows, ends[rows]]
        return cut


def varied(picture: Any, augment: Augment, draw: tuple[int, int, int]) -> Any:
    """One prepared picture a little shifted, scaled and (strong) mirrored; values and bands stay as they are.

    Args:
        draw: (seed, epoch, row): what the random numbers come from.
    """
    from torchvision.transforms.v2 import functional

    rng = np.random.default_rng([number & 0xFFFFFFFF for number in draw])
    height, width = picture.shape[-2:]
    share = rng.uniform(0.8 if augment == "light" else 0.6, 1.0) ** 0.5
    tall, wide = max(1, round(height * share)), max(1, round(width * share))
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    made = functional.resized_crop(picture, top, left, tall, wide, [height, width], antialias=True)
    if augment == "strong" and rng.random() < 0.5:
        made = functional.horizontal_flip(made)
    return made


def features_of(
    encoder: Encoder, data: Dataset, kind: InputKind, rows: PreparedRows, *, batch_size: int = 32,
    cache: bool = True, max_tokens: int | None = None,
) -> NDArray[np.float32]:  # fmt: skip
    """(n, d) features of every row of the frozen body; files and texts go through the feature store."""
    import torch

    from zoo.encoder.running import inference
    from zoo.features import extract

    plain = data.bands is None and max_tokens is None and cache and kind != "pair"
    if plain and all(isinstance(item, (str, os.PathLike)) for item in data.inputs):
        found = extract(encoder, list(data.inputs), kind=kind, batch_size=batch_size)
        if len(found.kept) == len(data):
            return found.vectors
        raise DataError(f"{found.failures[0].path}: {found.failures[0].reason}", "Leave that row out.")
    made = []
    with inference(encoder.module):
        for start in range(0, len(rows), batch_size):
            batch = rows.batch(range(start, min(start + batch_size, len(rows))))
            if kind == "image":
                made.append(encoder.encode_pixels(batch["pixels"]).float().cpu())
            elif kind == "text":
                made.append(encoder.encode_tokens(batch).float().cpu())
            else:
                first = {n.removeprefix("first."): v for n, v in batch.items() if n.startswith("first.")}
                second = {n.removeprefix("second."): v for n, v in batch.items() if n.startswith("second.")}
                sides = [encoder.encode_tokens(side).float() for side in (first, second)]
                made.append(joined(*sides).cpu())
    return np.asarray(torch.cat(made).numpy(), dtype=np.float32)


def order(n_rows: int, seed: int, phase: int, epoch: int) -> Rows:
    """The permutation of one epoch."""
    return np.random.default_rng([seed & 0xFFFFFFFF, phase, epoch, 1]).permutation(n_rows).astype(np.intp)


def of_alike(targets: NDArray[np.integer], batch_size: int, seed: int, epoch: int, step: int) -> Rows:
    """Positions of a batch in which rows share classes: as many classes as give each four rows or more."""
    rng = np.random.default_rng([seed & 0xFFFFFFFF, epoch, step, 2])
    classes = np.unique(targets)
    n_classes = max(2, min(len(classes), batch_size // 4))
    chosen = rng.choice(classes, n_classes, replace=False) if len(classes) > n_classes else classes
    found = []
    for label in chosen:
        own = np.flatnonzero(targets == label)
        n = max(2, batch_size // n_classes)
        found.append(rng.permutation(own)[:n])
    return np.concatenate(found).astype(np.intp)
