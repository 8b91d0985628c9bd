"""One model made ready for one set of classes: what every zero-shot call runs its inputs through."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from zoo.cards import fingerprint
from zoo.encoder import Encoder, Scoring
from zoo.errors import DataError
from zoo.image_sources import Failure, named_images, read_ahead
from zoo.images import ImageLike
from zoo.zero_shot.classifier import Classifier
from zoo.zero_shot.metrics import Float, to_scores
from zoo.zero_shot.options import Options
from zoo.zero_shot.pictures import WORTH_FROM, quick_tower
from zoo.zero_shot.predictions import Predictions
from zoo.zero_shot.prompts import LabelClass

if TYPE_CHECKING:
    import torch

_Input = TypeVar("_Input")

FIXED_BATCH = 16
"""Rows of every batch in a deterministic run, whatever batch size is asked for."""


@dataclass(eq=False)
class Scorer:
    """Vectors in, logits and scores out."""

    encoder: Encoder
    classes: tuple[LabelClass, ...]
    classifier: Classifier
    scoring: Scoring
    options: Options
    templates_from: str
    templates: tuple[str, ...]
    weights_sha256: str
    notes: list[str] = field(default_factory=list)
    adapter: Any = None
    """A `support.Adapter`: logits from vectors and text logits, where there are labelled examples."""
    _quick: Any = None
    """The short way of the image tower; False: there is none; None: not yet looked for."""

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(own.name for own in self.classes)

    @property
    def takes_texts(self) -> bool:
        """Whether the inputs are texts: the model has no image tower."""
        return self.encoder.card.modality in ("text", "code")

    def logits(self, vectors: torch.Tensor) -> Float:
        """(n, c) of (n, d) embeddings: scale x cosine + bias, blended with labelled examples, over the temperature."""
        import torch

        unit = torch.nn.functional.normalize(vectors.float(), dim=-1).numpy()
        found = self.text_logits(unit)
        if self.adapter is not None:
            found = self.adapter(unit, found)
        return found if self.options.temperature is None else found / np.float32(self.options.temperature)

    def text_logits(self, unit: Any) -> Float:
        """(n, c) of (n, d) unit vectors, from the class names alone."""
        import torch

        cosines = torch.as_tensor(unit, dtype=torch.float32) @ self.classifier.rows.T
        found: Float = (self.scoring.scale * cosines + (self.scoring.bias or 0.0)).numpy()
        return found

    def embed_examples(self, inputs: Sequence[Any]) -> Iterator[tuple[Any, list[int], list[Failure]]]:
        """(n, d) unit vectors, the positions of their inputs, and failures."""
        import torch

        named = [(str(k), item) for k, item in enumerate(inputs)]
        if self.takes_texts:
            unit = torch.nn.functional.normalize(self.embed(list(inputs), 32), dim=-1)
            yield unit.numpy(), list(range(len(inputs))), []
            return
        for batch in read_ahead(named, self.read, batch_size=32):
            failures = [Failure(_name_of(inputs[int(f.path)], f.path), f.reason) for f in batch.failures]
            if batch.values:
                unit = torch.nn.functional.normalize(self.embed(batch.values, 32), dim=-1)
                yield unit.numpy(), [int(name) for name in batch.names], failures
            elif failures:
                yield np.zeros((0, self.classifier.rows.shape[1])), [], failures

    def scores(self, logits: Float) -> Float:
        return to_scores(logits, self.scoring.rule)

    def read(self, image: ImageLike) -> torch.Tensor:
        """One picture as the network takes it."""
        return self.encoder.preprocess(image)

    def embed(self, values: Sequence[Any], batch_size: int) -> torch.Tensor:
        """(n, d) of what `read` gave, or of texts."""
        import torch

        if self.takes_texts:
            return _embed_texts(self.encoder, list(values), batch_size)
        pixels = torch.stack(list(values))
        if not self.options.deterministic:
            if self._quick is None and len(pixels) >= WORTH_FROM:
                self._quick = quick_tower(self.encoder, pixels) or False
            return self._quick(pixels) if self._quick else self.encoder.embed_images(pixels, batch_size=batch_size)
        n = len(pixels)
        filled = torch.cat([pixels, pixels[-1:].expand(-n % FIXED_BATCH, *pixels.shape[1:])])
        with repeatable():
            return self.encoder.embed_images(filled, batch_size=FIXED_BATCH)[:n]

    def batches(
        self, inputs: Any, batch_size: int, *, skip: Collection[str] = (), counts: dict[str, int] | None = None
    ) -> Iterator[tuple[list[str], torch.Tensor, list[Failure]]]:
        """Names, (n, d) embeddings and failures of consecutive inputs, in order.

        Args:
            skip: names that are passed over, and counted in `counts["skipped"]`.
        """
        if self.takes_texts:
            texts: Any = [inputs] if isinstance(inputs, (str, bytes)) else inputs
            if not isinstance(texts, Iterable):
                raise DataError(f"want texts, got {type(inputs).__name__}.", "Give a list of strings.")
            kept = (text for text, _ in _without(((text, text) for text in texts), skip, counts))
            for part in _parts(kept, 16 * batch_size):
                yield self._with_numbers(part, self.embed(part, batch_size), [])
            return
        if self.options.deterministic:
            batch_size = FIXED_BATCH  # a picture keeps its place in its batch, whatever the caller asks for
        named = _without(named_images(inputs), skip, counts)
        read = self.read
        if hasattr(inputs, "detach") and getattr(inputs, "ndim", 0) == 4:
            read = _unchanged  # as for the Encoder, a stack of tensors is preprocessed
        for batch in read_ahead(named, read, batch_size=batch_size):
            vectors = self.embed(batch.values, batch_size) if batch.values else _nothing(self.encoder)
            yield self._with_numbers(batch.names, vectors, batch.failures)

    def _with_numbers(
        self, names: list[str], vectors: torch.Tensor, failures: list[Failure]
    ) -> tuple[list[str], torch.Tensor, list[Failure]]:
        """The same without inputs of whose vectors no score could be made; those are failures."""
        good = vectors.isfinite().all(dim=1)
        if bool(good.all()):
            return names, vectors, failures
        reason = f"{self.encoder.card.id} made no finite numbers of it. Give finite pixels, or load it in float32."
        told = list(zip(names, good.tolist(), strict=True))
        lost = [Failure(name, reason) for name, is_good in told if not is_good]
        return [name for name, is_good in told if is_good], vectors[good], [*failures, *lost]

    def predictions(
        self,
        names: Sequence[str],
        logits: Float,
        failures: Sequence[Failure],
        *,
        top_k: int | None,
        abstain_below: float | None,
    ) -> Predictions:
        return Predictions(
            labels=self.labels,
            scores=self.scores(logits),
            logits=logits,
            paths=tuple(names),
            failures=tuple(failures),
            notes=(*self.notes, *self.encoder.conversions),
            provenance=self.provenance(),
            top_k=top_k or 1,
            abstain_below=abstain_below,
            parents=tuple(own.parents for own in self.classes),
        )

    def provenance(self) -> dict[str, Any]:
        """What would have to be known to get these numbers again, as plain data without times or paths."""
        card, spec = self.encoder.card, self.encoder.card.preprocess
        return {
            "model": card.id,
            "repository": card.source.repository,
            "revision": card.source.revision,
            "pretrained": self.encoder.pretrained,
            "weights_sha256": self.weights_sha256,
            "preprocess": None if spec is None else fingerprint(spec),
            "labels": list(self.labels),
            "templates": list(self.templates),
            "templates_from": self.templates_from,
            "n_prompts": self.classifier.n_prompts,
            "prompts_sha256": self.classifier.prompts_sha256,
            "texts_encoded": self.classifier.n_encoded,
            "texts_encoded_by": self.classifier.way,
            "scoring": self.scoring.rule,
            "logit_scale": self.scoring.scale,
            "logit_bias": self.scoring.bias,
            "temperature": None if self.options.temperature is None else float(self.options.temperature),
            "adaptation": None if self.adapter is None else self.adapter.to_dict(),
            "dtype": str(self.encoder.dtype).removeprefix("torch."),
            "device": self.encoder.device.type,
            "deterministic": self.options.deterministic,
            "versions": dict(_versions()),
        }


@contextlib.contextmanager
def repeatable() -> Iterator[None]:
    """Torch's deterministic kernels only, and the settings of before afterwards."""
    import torch

    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]


def _embed_texts(encoder: Encoder, texts: list[str], batch_size: int) -> torch.Tensor:
    """(n, d): texts of like length together, so that little padding is computed."""
    import torch

    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    vectors = encoder.embed_texts([texts[row] for row in order], batch_size=batch_size)
    restored = torch.empty_like(vectors)
    restored[order] = vectors
    return restored


def _name_of(item: Any, position: str) -> str:
    return repr(item) if isinstance(item, (str, os.PathLike)) else position


def _without(
    named: Iterable[tuple[str, _Input]], skip: Collection[str], counts: dict[str, int] | None
) -> Iterator[tuple[str, _Input]]:
    for name, value in named:
        if name not in skip:
            yield name, value
        elif counts is not None:
            counts["skipped"] += 1


def _unchanged(image: Any) -> Any:
    return image


def _nothing(encoder: Encoder) -> torch.Tensor:
    import torch

    return torch.zeros((0, encoder.dim))


def _parts(items: Iterable[str], size: int) -> Iterator[list[str]]:
    part: list[str] = []
    for item in items:
        if not isinstance(item, str):
            raise DataError(f"want texts, got {type(item).__name__}.", "Give a list of strings.")
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


@functools.cache
def _versions() -> tuple[tuple[str, str | None], ...]:
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("transfer-zoo", "torch", "open_clip_torch", "transformers", "timm", "pillow", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return tuple(found.items())
