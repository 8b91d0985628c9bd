"""A small registry for tests of the selector: a handful of models with plain differences."""

from __future__ import annotations

from typing import Any

from tests.zoo.toy_cards import toy_card
from zoo.cards import (
    BundledSource,
    CustomSource,
    ImagePreprocess,
    License,
    ModelCard,
    OpenClipSource,
    Pretraining,
    TextPreprocess,
    TimmSource,
    TransformersSource,
    ZeroShot,
)
from zoo.hookspecs import hookimpl
from zoo.prompts import PromptSet
from zoo.registry import Registry
from zoo.selector import Task

ZERO_SHOT = ZeroShot(scoring="softmax", logit_scale=100.0)
IMAGENET = Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised")
COLOUR_AND_INFRARED = ("red", "green", "blue", "nir")
TILES = Task(
    modality="multispectral", bands=COLOUR_AND_INFRARED, class_names=("forest", "river", "crop"), labels_per_class=50
)


def pixels(size_px: int = 224, bands: tuple[str, ...] = ("red", "green", "blue")) -> ImagePreprocess:
    return ImagePreprocess(
        size_px=size_px,
        resize_mode="shortest",
        interpolation="bicubic",
        crop="center",
        bands=bands,
        value_range=(0, 255),
        scale=1 / 255,
        mean=None,
        std=None,
    )


def words(max_tokens: int = 512) -> TextPreprocess:
    return TextPreprocess(tokenizer="toy/tokenizer", max_tokens=max_tokens, padding="longest")


def timm(name: str, **facts: Any) -> ModelCard:
    given = {"source": TimmSource(architecture=name), "architecture": name, "preprocess": pixels(), **facts}
    return toy_card(f"toy/{name.partition('.')[0]}", **given)


def text(name: str, repository: str, **facts: Any) -> ModelCard:
    given: dict[str, Any] = {
        "modality": "text",
        "domains": ("text/general",),
        "source": TransformersSource(repository=repository),
        "preprocess": words(),
        "n_parameters": 110_000_000,
        "max_tokens": 512,
    }
    return toy_card(f"toy/{name}", **{**given, **facts})


RESNET = timm("resnet50.a1_in1k", n_parameters=25_600_000, pretraining=IMAGENET)
LARGE = timm("convnext_large.fb_in22k_ft_in1k", n_parameters=198_000_000, pretraining=IMAGENET)
FORBIDDEN = timm(
    "convnextv2_base.fcmae_ft_in22k_in1k",
    n_parameters=88_700_000,
    license=License(code="MIT", weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
)
SILENT = timm("efficientnet_b0.ra_in1k", license=License(code=None, weights=None, data=None), commercial_use=None)
CLIP = toy_card(
    "toy/clip",
    modality="image-text",
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(architecture="ViT-B-32", tag="laion2b_s34b_b79k", repository="laion/clip-b-32"),
    n_parameters=151_000_000,
    preprocess=pixels(),
    text_preprocess=words(77),
    zero_shot=ZERO_SHOT,
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="contrastive"),
)
TINY = toy_card(
    "toy/tiny-clip",
    modality="image-text",
    capabilities=("embed", "zero-shot"),
    source=BundledSource(folder="weights"),
    n_parameters=2_000_000,
    preprocess=pixels(32),
    text_preprocess=words(32),
    zero_shot=ZERO_SHOT,
)
CHEST = toy_card(
    "toy/chest",
    domains=("medical/radiology",),
    source=TransformersSource(repository="toy/chest"),
    n_parameters=86_000_000,
    preprocess=pixels(518),
    pretraining=Pretraining(datasets=frozenset({"CheXpert", "MIMIC-CXR"}), objective="DINOv2"),
    gated=True,
)
UNBUILT = toy_card("toy/unbuilt", source=CustomSource())
BANDS = toy_card(
    "toy/bands",
    modality="multispectral",
    domains=("satellite/multispectral",),
    source=TransformersSource(repository="toy/bands"),
    n_parameters=86_000_000,
    preprocess=pixels(224, ("blue", "green", "red", "nir", "swir_1", "swir_2")),
)
BERT = text("bert", "google-bert/bert-base-uncased", languages=("en",))
LAW = text("law", "toy/law-bert", domains=("text/legal",))
POLISH = text("polish", "toy/polish", languages=("pl",))
WRITER = text("writer", "toy/writer", capabilities=("generate",))
MINILM = text("minilm", "sentence-transformers/all-MiniLM-L6-v2", n_parameters=22_700_000)

CARDS = (RESNET, LARGE, FORBIDDEN, SILENT, CLIP, TINY, CHEST, UNBUILT, BANDS, BERT, LAW, POLISH, WRITER, MINILM)


class Toys:
    """A plugin of some cards, and of one prompt set for x-rays."""

    def __init__(self, cards: tuple[ModelCard, ...]) -> None:
        self.cards = cards

    @hookimpl
    def zoo_models(self) -> tuple[ModelCard, ...]:
        return self.cards

    @hookimpl
    def zoo_prompt_sets(self) -> tuple[PromptSet, ...]:
        return (PromptSet(name="xray", domains=("medical/radiology",), templates=("an x-ray of {}",), source=None),)


def registry(*cards: ModelCard) -> Registry:
    """A registry of the given cards, or of all toys."""
    made = Registry()
    made.register(Toys(cards or CARDS), "toys")
    return made
