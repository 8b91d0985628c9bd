"""Zero-shot classification: pictures (or texts) against the names of classes, without any training.

classify            inputs in memory or on disk → Predictions
classify_each       the same with several models, decoding every picture once
classify_to_file    any number of files → CSV, JSONL or Parquet, as it goes
build_classifier    the text side alone
evaluate, fit_temperature, with_temperature    predictions against true labels

prompts             labels, templates → prompts          texts       prompts → vectors, by the cheapest way
classifier, cache   vectors → class rows                 scorer      rows, pictures → scores
towers, prefixes, pictures   what may be left out of a tower without changing its result
support             a few labelled examples              preparation model, labels → scorer
options             what a caller may choose             files, results   streamed to disk
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zoo.arguments import gathered
from zoo.cards import ModelCard, fingerprint
from zoo.errors import DataError
from zoo.image_sources import Failure, named_images, read_ahead
from zoo.registry import Registry
from zoo.zero_shot.classifier import build_classifier
from zoo.zero_shot.evaluation import evaluate, fit_temperature, with_temperature
from zoo.zero_shot.files import FileSummary, classify_to_file
from zoo.zero_shot.metrics import Evaluation
from zoo.zero_shot.options import Options, check_numbers
from zoo.zero_shot.predictions import Predictions
from zoo.zero_shot.preparation import prepare
from zoo.zero_shot.prompts import Labels
from zoo.zero_shot.scorer import Scorer

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

__all__ = [
    "Evaluation",
    "FileSummary",
    "Predictions",
    "build_classifier",
    "classify",
    "classify_each",
    "classify_to_file",
    "evaluate",
    "fit_temperature",
    "with_temperature",
]


def classify(
    images: Any,
    labels: Labels,
    model: str | ModelCard | Encoder | None = None,
    templates: Sequence[str] | str | None = None,
    top_k: int | None = None,
    batch_size: int = 32,
    device: str = "auto",
    *,
    domain: str | None = None,
    prompts: Mapping[str, Sequence[str]] | None = None,
    null_prompts: Sequence[str] = (),
    support: Any = None,
    method: Literal["gda", "tip-adapter"] = "gda",
    dtype: str | torch.dtype | None = None,
    temperature: float | None = None,
    abstain_below: float | None = None,
    deterministic: bool = False,
    cache: bool | str | Path = True,
    local_files_only: bool | None = None,
    registry: Registry | None = None,
) -> Predictions:
    """Scores of every picture for every class; a picture that cannot be read becomes a failure, not an error.

    Args:
        images: paths, folders, patterns, Pillow images, arrays; one or many. A text model takes texts here.
        labels: class names; a mapping gives several names a class, or classes below parents.
        model: name, card or loaded encoder; None: the small bundled one, which needs no network.
        templates: format strings with one `{}`, or the name of a prompt set; None: the card's or the domain's.
        top_k: how many classes a row of the table shows.
        domain: a node of `zoo.cards.DOMAINS`: what the pictures show, for prompts and advice.
        prompts: whole prompts that replace the templates, by class.
        null_prompts: what else a picture may show; adds the class `none of these`.
        support: a few labelled examples: {label: inputs}, a pair (inputs, labels), or a folder with a sub-folder
            a class; they adapt the scores without training.
        method: how the examples are used; see `zoo.zero_shot.support`.
        dtype: what a model that is loaded here computes in, such as `bfloat16`; of an encoder, the text side alone.
        temperature: divides the logits; `zoo.zero_shot.evaluation.fit_temperature` finds one.
        abstain_below: a best score below this is no answer.
        deterministic: the same bits each time, whatever the batch size.
        cache: keep the text side on disk; a path: there.

    Raises:
        LabelsError: labels, templates or prompts are empty, repeated, malformed or too long for the model.
        CapabilityError: the model has no text tower; three that have one are named.
        DataError: a folder or pattern holds no picture, or a number or type means nothing.
    """
    options = gathered(Options, locals())
    check_numbers(top_k, batch_size, abstain_below)
    scorer = prepare(labels, model, device, options, registry=registry)
    names: list[str] = []
    failures: list[Failure] = []
    logits = []
    for batch_names, vectors, batch_failures in scorer.batches(images, batch_size):
        names += batch_names
        failures += batch_failures
        logits.append(scorer.logits(vectors))
    return scorer.predictions(names, _stacked(logits, scorer), failures, top_k=top_k, abstain_below=abstain_below)


def classify_each(
    images: Any,
    labels: Labels,
    models: Sequence[str | ModelCard | Encoder],
    templates: Sequence[str] | str | None = None,
    top_k: int | None = None,
    batch_size: int = 32,
    device: str = "auto",
    *,
    cache: bool | str | Path = True,
    registry: Registry | None = None,
) -> list[Predictions]:
    """`classify` with several models: a picture is decoded once, and prepared once for each different contract.

    Raises:
        DataError: no model is given, or one of them takes texts.
    """
    from zoo.images import read_picture

    check_numbers(top_k, batch_size)
    options = Options(templates=templates, cache=cache)
    if isinstance(models, str) or not isinstance(models, Iterable):
        raise DataError(
            f"want several models, got {type(models).__name__}.", "Give a list, or use zoo.classify for one."
        )
    scorers = [prepare(labels, model, device, options, registry=registry) for model in models]
    if not scorers or any(scorer.takes_texts for scorer in scorers):
        raise DataError("want models that take pictures.", "Give names such as 'multimodal/tiny-clip'.")
    contracts = [fingerprint(_contract(scorer)) for scorer in scorers]
    transforms = {key: scorer.encoder.transform for key, scorer in zip(contracts, scorers, strict=True)}

    def read(image: Any) -> dict[str, torch.Tensor]:
        picture = read_picture(image)
        return {key: transform(picture) for key, transform in transforms.items()}

    names: list[str] = []
    failures: list[Failure] = []
    logits: list[list[Any]] = [[] for _ in scorers]
    for batch in read_ahead(named_images(images), read, batch_size=batch_size):
        names += batch.names
        failures += batch.failures
        if batch.values:
            for own, key, scorer in zip(logits, contracts, scorers, strict=True):
                own.append(scorer.logits(scorer.embed([value[key] for value in batch.values], batch_size)))
    return [
        scorer.predictions(names, _stacked(own, scorer), failures, top_k=top_k, abstain_below=None)
        for own, scorer in zip(logits, scorers, strict=True)
    ]


def _contract(scorer: Scorer) -> Any:
    return scorer.encoder.transform.spec


def _stacked(logits: list[Any], scorer: Scorer) -> Any:
    return np.concatenate(logits) if logits else np.zeros((0, len(scorer.labels)), np.float32)
