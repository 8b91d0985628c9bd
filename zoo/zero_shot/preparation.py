"""Loads and checks what a zero-shot call needs, and makes a Scorer of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from zoo.cards import ModelCard
from zoo.encoder import Encoder, Scoring
from zoo.encoder.alternatives import alternatives, is_built_here
from zoo.errors import CapabilityError, DataError, LabelsError
from zoo.registry import Registry, default_registry
from zoo.zero_shot.classifier import build
from zoo.zero_shot.options import Options, check_temperature
from zoo.zero_shot.prompts import Labels, choose_templates, read_labels
from zoo.zero_shot.scorer import Scorer
from zoo.zero_shot.vocabulary import doubts

BUNDLED = "multimodal/tiny-clip"
"""The model that is taken where none is named: it needs no network."""
TEXT_SCALE = 20.0
"""Factor on the cosine for text encoders, whose cards have none (the usual one of their training loss); it orders
nothing, it only spreads the scores."""


def prepare(labels: Labels, model: Any, device: str, options: Options, *, registry: Registry | None = None) -> Scorer:
    """A model, loaded unless it is one already, with the classifier of these labels.

    Raises:
        LabelsError: labels, templates or prompts cannot be used.
        CapabilityError: the model lacks a text tower; three that have one are named.
        DataError: the temperature means nothing, or the examples cannot be used.
    """
    from zoo.loading import load
    from zoo.weights import weights_hash

    classes = read_labels(labels, prompts=options.prompts, null_prompts=options.null_prompts)
    if options.temperature is not None:
        check_temperature(options.temperature)
    registry = registry or default_registry()
    card = model.card if isinstance(model, Encoder) else registry.get_card(BUNDLED if model is None else model)
    templates, source = choose_templates(card, options.templates, domain=options.domain, registry=registry)
    _check_modality(card, registry)
    if isinstance(model, Encoder):
        encoder = model
    else:
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
    notes += encoder.notes
    notes += doubts(encoder, [own.name for own in classes], classifier.rows)
    if model is None:
        notes += _better(encoder.card, options.domain, registry)
    if not encoder.pretrained:
        notes.append(f"{encoder.card.id} has random weights, so these scores mean nothing")
    if encoder.card.zero_shot is None and scoring.rule == "softmax" and encoder.card.modality in ("text", "code"):
        notes.append(
            f"{encoder.card.id} has no scale of its own; scores are spread by {TEXT_SCALE:g}, fit a temperature"
        )
    scorer = Scorer(encoder, classes, classifier, scoring, options, source, templates, weights_sha256, notes)
    if options.support is not None:
        _learn(scorer)
    return scorer


def _learn(scorer: Scorer) -> None:
    """Give a scorer the adapter of its labelled examples."""
    from zoo.zero_shot.support import adapt, examples

    inputs, names = examples(scorer.options.support)
    place = {label: k for k, label in enumerate(scorer.labels)}
    unknown = sorted({str(name) for name in names if name not in place})
    if unknown:
        raise LabelsError(f"there are examples of {unknown[0]!r}, which is no label.", "Spell them as in `labels`.")
    vectors, labels, reasons = [], [], []
    for start in range(0, len(inputs), 256):  # in parts, so that a failure is told by its position
        part = inputs[start : start + 256]
        for item_vectors, kept, failures in scorer.embed_examples(part):
            vectors.append(item_vectors)
            labels += [place[names[start + k]] for k in kept]
            reasons += [f"example {failure.path} was left out: {failure.reason}" for failure in failures]
    if not labels:
        why = f" {reasons[0]}" if reasons else ""
        raise DataError(
            f"there is no labelled example that can be used.{why}", "Give at least one, or leave out support=."
        )
    scorer.notes += reasons
    scorer.adapter = adapt(
        np.concatenate(vectors),
        labels,
        scorer.classifier.rows.numpy(),
        scorer.text_logits,
        method=scorer.options.method,
    )
    # Examples are of one class each, so the blended logits share one probability.
    scorer.scoring = replace(scorer.scoring, rule="softmax")


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
    raise CapabilityError(
        f"{card.id} has no text tower, so it cannot classify by the names of classes.",
        f"Models that can: {alternatives(card, capability='zero-shot', registry=registry)}.",
    )


def _zero_shot_cards(registry: Registry) -> list[ModelCard]:
    """Image-text models that can be loaded here and score pictures against texts, by id."""
    return [
        card
        for card in sorted(registry.cards.values(), key=lambda card: card.id)
        if "zero-shot" in card.capabilities and card.modality == "image-text" and is_built_here(card)
    ]


def _better(used: ModelCard, domain: str | None, registry: Registry) -> list[str]:
    """A sentence on what would do better than the bundled model: of its domain, open and small before large."""
    wanted = domain or "natural"
    others = [card for card in _zero_shot_cards(registry) if card.id != used.id]
    fit = [card for card in others if card.in_domain(wanted)]
    fit = fit or [card for card in others if card.in_domain(wanted.split("/", 1)[0])]
    if not fit:
        return []
    fit.sort(key=lambda card: (card.gated is not False, card.superseded_by is not None, card.n_parameters or 10**12))
    best = fit[0]
    size = "" if best.n_parameters is None else f" ({best.n_parameters / 1e6:.0f}M parameters)"
    return [
        f"{used.id} is a small model that needs no network; for {wanted!r} pictures {best.id}{size} will do better: "
        f"model={best.id!r}"
    ]
