"""One model made ready for one set of classes: what every zero-shot call runs its inputs through."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from zoo.cards import ModelCard, fingerprint
from zoo.encoder import Encoder, Scoring
from zoo.errors import CapabilityError, DataError
from zoo.image_sources import Failure, named_images, read_ahead
from zoo.images import ImageLike
from zoo.registry import Registry, default_registry
from zoo.zero_shot_classifier import Classifier, build
from zoo.zero_shot_predictions import Float, Predictions, to_scores
from zoo.zero_shot_prompts import LabelClass, Labels, choose_templates, read_labels

if TYPE_CHECKING:
    import torch

_Input = TypeVar("_Input")

BUNDLED = "multimodal/tiny-clip"
"""The model that is taken where none is named: it needs no network."""
TEXT_SCALE = 20.0
"""Factor on the cosine for text encoders, whose cards have none (the usual one of their training loss); it orders
nothing, it only spreads the scores."""
FIXED_BATCH = 16
"""Rows of every batch in a deterministic run, whatever batch size is asked for."""


@dataclass(frozen=True)
class Options:
    """What a caller may choose beside inputs, labels and model; see `zoo.classify`."""

    templates: Sequence[str] | str | None = None
    domain: str | None = None
    prompts: Mapping[str, Sequence[str]] | None = None
    null_prompts: Sequence[str] = ()
    dtype: str | torch.dtype | None = None
    temperature: float | None = None
    deterministic: bool = False
    cache: bool | str | Path = True
    local_files_only: bool | None = None


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
    """A `zero_shot_support.Adapter`: logits from vectors and text logits, where there are labelled examples."""

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(own.name for own in self.classes)

    @property
    def takes_texts(self) -> bool:
        """Whether the inputs are texts: the model has no image tower."""
        return self.encoder.card.modality in ("text", "code")

    def logits(self, vectors: torch.Tensor) -> Float:
        """(n, c) of (n, d) embeddings: scale x cosine + bias, divided by the temperature."""
        import torch

        with torch.inference_mode():
            unit = torch.nn.functional.normalize(vectors.float(), dim=-1)
            logits = self.scoring.scale * unit @ self.classifier.rows.T + (self.scoring.bias or 0.0)
            found: Float = logits.numpy()
        if self.adapter is not None:
            found = self.adapter(unit.numpy(), found)
        return found if self.options.temperature is None else found / np.float32(self.options.temperature)

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
            return self.encoder.embed_images(pixels, batch_size=batch_size)
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
            texts = [inputs] if isinstance(inputs, str) else inputs
            kept = (text for text, _ in _without(((text, text) for text in texts), skip, counts))
            for part in _parts(kept, 16 * batch_size):
                yield part, self.embed(part, batch_size), []
            return
        if self.options.deterministic:
            batch_size = FIXED_BATCH  # a picture keeps its place in its batch, whatever the caller asks for
        named = _without(named_images(inputs), skip, counts)
        read = self.read
        if hasattr(inputs, "detach") and inputs.ndim == 4:  # as for the Encoder, a stack of tensors is preprocessed
            read = _unchanged
        for batch in read_ahead(named, read, batch_size=batch_size):
            vectors = self.embed(batch.values, batch_size) if batch.values else None
            yield batch.names, vectors if vectors is not None else _nothing(self.encoder), batch.failures

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
            notes=tuple(self.notes),
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
            "temperature": self.options.temperature,
            "adaptation": None if self.adapter is None else self.adapter.to_dict(),
            "dtype": str(self.encoder.dtype).removeprefix("torch."),
            "device": self.encoder.device.type,
            "deterministic": self.options.deterministic,
            "versions": _versions(),
        }


def prepare(labels: Labels, model: Any, device: str, options: Options, *, registry: Registry | None = None) -> Scorer:
    """A model, loaded unless it is one already, with the classifier of these labels.

    Raises:
        LabelsError: labels, templates or prompts cannot be used.
        CapabilityError: the model lacks a text tower; three that have one are named.
        DataError: the temperature is not positive.
    """
    from zoo.loading import load
    from zoo.weights import weights_hash

    classes = read_labels(labels, prompts=options.prompts, null_prompts=options.null_prompts)
    if options.temperature is not None and not options.temperature > 0:
        raise DataError(f"the temperature is {options.temperature}.", "Give a positive number; 1 changes nothing.")
    registry = registry or default_registry()
    if isinstance(model, Encoder):
        encoder = model
        templates, source = choose_templates(encoder.card, options.templates, domain=options.domain, registry=registry)
    else:
        card = registry.get_card(BUNDLED if model is None else model)
        templates, source = choose_templates(card, options.templates, domain=options.domain, registry=registry)
        _check_modality(card, registry)
        encoder = load(
            card,
            device=device,
            dtype=options.dtype,
            local_files_only=options.local_files_only,
            registry=registry,
        )
    scoring = _scoring(encoder)
    weights_sha256 = weights_hash(encoder.module)
    classifier = build(
        encoder, classes, templates, dtype=options.dtype, cache=options.cache, weights_sha256=weights_sha256
    )
    notes = [f"model: {encoder.card.id}; prompts: {source}"]
    if model is None:
        notes += _better(encoder.card, options.domain, registry)
    if not encoder.pretrained:
        notes.append(f"{encoder.card.id} has random weights, so these scores mean nothing")
    if encoder.card.zero_shot is None and scoring.rule == "softmax" and encoder.card.modality in ("text", "code"):
        notes.append(
            f"{encoder.card.id} has no scale of its own; scores are spread by {TEXT_SCALE:g}, fit a temperature"
        )
    return Scorer(encoder, classes, classifier, scoring, options, source, templates, weights_sha256, notes)


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


def _scoring(encoder: Encoder) -> Scoring:
    """The model's own rule; a text encoder, which has none, is scored by the cosine of two texts."""
    try:
        return encoder.scoring()
    except CapabilityError:
        if encoder.card.modality in ("text", "code"):
            return Scoring("softmax", TEXT_SCALE, None)
        raise


def _check_modality(card: ModelCard, registry: Registry) -> None:
    """Refuse a model without a text tower before anything is fetched."""
    if "zero-shot" in card.capabilities or card.modality in ("text", "code", "image-text"):
        return
    others = [other.id for other in zero_shot_cards(registry) if set(other.domains) & set(card.domains)]
    others += [other.id for other in zero_shot_cards(registry) if other.id not in others]
    raise CapabilityError(
        f"{card.id} has no text tower, so it cannot classify by the names of classes.",
        f"Models that can: {', '.join(others[:3]) or 'none is installed'}.",
    )


def zero_shot_cards(registry: Registry) -> list[ModelCard]:
    """Image-text models that can be loaded here and score pictures against texts, by id."""
    return [
        card
        for card in sorted(registry.cards.values(), key=lambda card: card.id)
        if "zero-shot" in card.capabilities
        and card.modality == "image-text"
        and not (card.source.loader == "custom" and getattr(card.source, "builder", None) is None)
    ]


def _better(used: ModelCard, domain: str | None, registry: Registry) -> list[str]:
    """A sentence on what would do better than the bundled model: of its domain, open and small before large."""
    wanted = domain or "natural"
    fit = [card for card in zero_shot_cards(registry) if card.id != used.id and card.in_domain(wanted)]
    top = wanted.split("/", 1)[0]
    fit = fit or [card for card in zero_shot_cards(registry) if card.id != used.id and card.in_domain(top)]
    if not fit:
        return []
    fit.sort(key=lambda card: (card.gated is not False, card.superseded_by is not None, card.n_parameters or 10**12))
    best = fit[0]
    size = "" if best.n_parameters is None else f" ({best.n_parameters / 1e6:.0f}M parameters)"
    return [
        f"{used.id} is a small model that needs no network; for {wanted!r} pictures {best.id}{size} will do better: "
        f"model={best.id!r}"
    ]


def _embed_texts(encoder: Encoder, texts: list[str], batch_size: int) -> torch.Tensor:
    """(n, d): texts of like length together, so that little padding is computed."""
    import torch

    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    vectors = encoder.embed_texts([texts[row] for row in order], batch_size=batch_size)
    restored = torch.empty_like(vectors)
    restored[order] = vectors
    return restored


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


def _versions() -> dict[str, str | None]:
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("transfer-zoo", "torch", "open_clip_torch", "transformers", "timm", "pillow", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found
