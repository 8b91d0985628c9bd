"""What the prior knows of a model: names under which evidence may stand, and facts that say what to expect without it.

The same reading serves the published tables and the cards, so that a card without evidence is placed
among the models that it resembles: by size, input, training data, objective and family.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..evidence.models import ModelFacts
from ..task.datasets import Float

if TYPE_CHECKING:
    from zoo.cards import ModelCard


def model_facts(card: ModelCard) -> ModelFacts:
    """The facts of a card that the prior uses; its source says under which names evidence may stand."""
    source = card.source
    names = [card.id, *card.aliases]
    repository = source.repository
    architecture = getattr(source, "architecture", None)
    tag = getattr(source, "tag", None)
    if source.loader == "timm" and architecture:
        names.append(f"timm/{architecture}" if "." in architecture or not tag else f"timm/{architecture}.{tag}")
    if source.loader == "open_clip" and architecture and tag:
        names.append(f"open_clip/{architecture}/{tag}")
    if repository:
        names.append(f"hf/{repository}")
    size = getattr(card.preprocess, "size_px", None)
    pretraining = card.pretraining
    return ModelFacts(
        model=card.id,
        modality=card.modality,
        domains=card.domains,
        n_parameters=float(card.n_parameters) if card.n_parameters else None,
        image_size_px=(min(size) if isinstance(size, tuple) else size) if size else None,
        embed_dim=card.embed_dim,
        n_samples=float(pretraining.n_samples) if pretraining and pretraining.n_samples else None,
        pretraining=tuple(sorted(pretraining.datasets)) if pretraining and pretraining.datasets else (),
        objective=(pretraining.objective or "") if pretraining else "",
        languages=card.languages or (),
        aliases=tuple(dict.fromkeys(name for name in names if name != card.id)),
    )


def name_keys(facts: ModelFacts) -> tuple[str, ...]:
    """Spellings of the model's names that compare equal whatever the case: evidence is looked up by them."""
    return tuple(dict.fromkeys(name.lower() for name in (facts.model, *facts.aliases)))


# Training data by the words that stand for it in tags, cards and names; the first match of a row counts.
_DATA = (
    ("wit-400m", r"(^|[/_.])openai|^hf/openai|wit.?400m|clip[- ]?400m"),
    ("laion-aesthetic", r"aesthetic"),
    ("laion-400m", r"laion.?400m"),
    ("laion-2b", r"laion.?2b"),
    ("laion-5b", r"laion.?5b"),
    ("datacomp-1b", r"datacomp[._-]?(xl|1b)"),
    ("datacomp-small", r"datacomp[._-][lms](_|$|\.)"),
    ("commonpool-xl", r"commonpool[._-]xl"),
    ("commonpool-l", r"commonpool[._-]l"),
    ("commonpool-small", r"commonpool[._-][ms](_|$|\.)"),
    ("dfn", r"(^|[/_.-])dfn"),
    ("metaclip", r"metaclip"),
    ("webli", r"webli|siglip"),
    ("merged-2b", r"merged.?2b"),
    ("cc12m", r"cc12m"),
    ("yfcc15m", r"yfcc"),
    ("lvd-142m", r"lvd.?142m|dinov2"),
    ("lvd-1689m", r"lvd.?1689m|dinov3"),
    ("jft", r"jft"),
    ("instagram", r"wsl|swsl|ssl|ig\d|instagram|swag"),
    ("imagenet-21k", r"in(21|22)k|imagenet.?(21|22)k|goog"),
    ("imagenet-12k", r"in12k|imagenet.?12k"),
    ("imagenet-1k", r"in1k|imagenet.?1k|^torchvision/|^vtab/"),
    ("tcga", r"tcga|histopath|patholog|virchow|h_optimus|h-optimus|uni2|mahmood|phikon|hibou|kaiko|gigapath|lunit"),
)
_OBJECTIVES = (
    ("self-distillation", r"dinov?\d?|ibot|self.?distill|virchow|optimus|uni2|mahmood|phikon|hibou|gigapath|midnight"),
    ("masked-images", r"(^|[_./-])mae|fcmae|beit|masked (image|auto)|simmim|eva0?2?_"),
    ("momentum-contrast", r"moco|simclr|byol"),
    ("sigmoid-contrast", r"siglip|sigmoid"),
    ("caption", r"coca|caption|blip"),
    ("image-text-contrast", r"^open_clip/|clip|align|contrastive (language|image.text)"),
    ("distilled", r"dist|ssld|kd"),
    ("fine-tuned", r"[_.]ft|_ft_|ft_in"),
    ("caption-tuned", r"mscoco"),
    ("adversarial", r"adv|ap_in1k|robust"),
    ("supervised", r"^torchvision|[._]in1k|a[123]h?_in1k|supervised|sup-"),
    ("language-model", r"qwen|llama|mistral|gemma|gpt|opt-|phi-|embed.*-[78]b|e5-mistral|7b"),
    ("plain-language", r"masked language|next-token|replaced-token|language modelling over"),
    ("instructed", r"instruct"),
    ("static", r"potion|model2vec|m2v|glove|komninos|static|minish"),
    ("code-trained", r"code|coder|starcoder"),
    ("multilingual", r"multilingual|xlm|labse|nllb|i18n|-m3|polylm"),
)
_COMPILED_DATA = tuple(re.compile(pattern, re.MULTILINE) for _, pattern in _DATA)  # one line a name
_COMPILED_OBJECTIVES = tuple(re.compile(pattern) for _, pattern in _OBJECTIVES)
_FAMILIES = (
    "siglip clipa coca eva convnext nllb vit rn resnet resnext efficientnet mobilenet densenet swin beit deit "
    "regnet maxvit coatnet mixer inception vgg volo cait xcit levit hrnet dla mnasnet ghostnet repvgg nfnet "
    "seresnet dpn davit fastvit hiera tiny edgenext poolformer crossvit e5 bge gte jina nomic arctic gist voyage "
    "cohere stella minilm mpnet labse bert roberta qwen llama mistral t5 granite modernbert dinov3 dinov2 dino "
    "kaiko"
)
_PATCH = re.compile(r"(?:patch|vit-?[a-z0-9]*-)(\d{2})(?:\D|$)", re.IGNORECASE)
_SAMPLES = re.compile(r"(?:^|[_-])s(\d+(?:\.\d+)?)([bm])(?:[_-]|$)", re.IGNORECASE)
_SIZE = re.compile(r"(?:^|[-_])(\d+(?:\.\d+)?)([bm])(?:[-_.]|$)", re.IGNORECASE)

# Centre and width of each quantity among the models of a room, so that features are of the order of one.
_TYPICAL = {
    "image": ((7.6, 0.6), (2.4, 0.15), (9.6, 1.0), (2.8, 0.25), (1.2, 0.5)),
    "text": ((8.4, 0.8), (2.4, 0.15), (9.6, 1.0), (2.9, 0.35), (1.2, 0.5)),
}
NUMBERS = ("log_parameters", "log_image_px", "log_samples", "log_width", "patch_px")
WORDS = tuple(
    [f"data:{word}" for word, _ in _DATA]
    + [f"objective:{word}" for word, _ in _OBJECTIVES]
    + [f"family:{word}" for word in _FAMILIES.split()]
    + [f"domain:{word}" for word in ("medical", "satellite", "microscopy", "biology", "code", "text")]
    + [f"from:{word}" for word in ("open_clip", "timm", "torchvision", "vtab", "eva", "hf")]
)


def describe(models: Iterable[ModelFacts]) -> Float:
    """(n, len(NUMBERS) + len(WORDS)) facts as numbers; NaN where a quantity is not known, 0/1 for words."""
    return np.array([[*_numbers(facts), *_words(facts)] for facts in models], dtype=float).reshape(
        -1, len(NUMBERS) + len(WORDS)
    )


def standard_features(models: Iterable[ModelFacts], room: str) -> Float:
    """(n, f) features of the regression: one, quantities on a common scale, size squared, size unknown, words."""
    told = describe(models)
    centre, width = np.array(_TYPICAL[room]).T
    numbers = (told[:, : len(NUMBERS)] - centre) / width
    unknown = np.isnan(numbers[:, :1])
    numbers = np.clip(np.nan_to_num(numbers), -3, 3)
    ones = np.ones((len(told), 1))
    return np.hstack([ones, numbers, numbers[:, :1] ** 2 - ~unknown, unknown, told[:, len(NUMBERS) :]])


def _numbers(facts: ModelFacts) -> list[float]:
    name = _text(facts)
    parameters = facts.n_parameters or _amount(_SIZE, name)
    patch = _PATCH.search(name)
    samples = facts.n_samples or _amount(_SAMPLES, name)
    return [
        _log10(parameters),
        _log10(facts.image_size_px),
        _log10(samples),
        _log10(facts.embed_dim),
        float(patch[1]) / 16 if patch else math.nan,
    ]


@cache  # one question asks for the same models twice: as candidates and for the zero-shot baseline
def _words(facts: ModelFacts) -> tuple[float, ...]:
    name = _text(facts)
    told = "\n".join((name, *_lower(facts.pretraining)))
    data = [pattern.search(told) is not None for pattern in _COMPILED_DATA]
    aim = f"{name} {facts.objective.lower()}"
    objective = [pattern.search(aim) is not None for pattern in _COMPILED_OBJECTIVES]
    pieces = re.sub(r"[^a-z0-9]+", " ", name)
    family = [f" {word}" in f" {pieces}" for word in _FAMILIES.split()]
    domains = [any(own.startswith(top) for own in facts.domains) for top in ("medical", "satellite", "microscopy")]
    domains += [any(own.startswith(top) for own in facts.domains) for top in ("biology", "code", "text")]
    catalogues = {key.partition("/")[0] for key in name_keys(facts)}
    origin = [word in catalogues for word in ("open_clip", "timm", "torchvision", "vtab", "eva", "hf")]
    return tuple(float(flag) for flag in (*data, *objective, *family, *domains, *origin))


def _text(facts: ModelFacts) -> str:
    return " ".join(name_keys(facts))


def _lower(words: Iterable[str]) -> list[str]:
    return [word.lower().replace(" ", "-") for word in words]


def _amount(pattern: re.Pattern[str], name: str) -> float | None:
    found = pattern.search(name)
    return float(found[1]) * {"b": 1e9, "m": 1e6}[found[2].lower()] if found else None


def _log10(quantity: float | None) -> float:
    return math.log10(quantity) if quantity else math.nan
