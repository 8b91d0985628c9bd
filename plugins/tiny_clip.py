"""The card and the prompts of the model that is shipped inside the package."""

from __future__ import annotations

from zoo.cards import BundledSource, ImagePreprocess, License, ModelCard, Pretraining, Result, TextPreprocess, ZeroShot
from zoo.prompts import PromptSet

_RECORD = "zoo/embedded/weights/training_record.json"

RESULTS: tuple[Result, ...] = ()

TINY_CLIP = ModelCard(
    id="multimodal/tiny-clip",
    aliases=("tiny-clip",),
    title="tiny-clip (bundled)",
    summary=(
        "A very small CLIP inside the package, for work without a network: digits, letters, coloured shapes, "
        "blood cells and chest X-rays at 48 pixels. A baseline and a test bench, not a foundation model."
    ),
    modality="image-text",
    domains=("synthetic", "microscopy/cell", "medical/radiology"),
    capabilities=("embed", "zero-shot"),
    source=BundledSource(
        folder="weights",
        format="safetensors",
        file="model.safetensors",
        sha256="e215f1d74c409361cfbf05f811d8486062a030ff55fdf65895bb95ea0ac612af",
        n_bytes=7_043_154,
    ),
    architecture="open_clip CLIP: ModifiedResNet (1, 1, 1, 1) of width 24, text transformer of 2 layers of width 128",
    n_parameters=3_506_869,
    embed_dim=192,
    max_tokens=24,
    pooling="projection",
    preprocess=ImagePreprocess(
        size_px=48,
        resize_px=(48, 48),
        resize_mode="squash",
        interpolation="bicubic",
        crop="none",
        bands=("red", "green", "blue"),
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        source="zoo/embedded/weights/open_clip_config.json",
    ),
    text_preprocess=TextPreprocess(
        tokenizer="bundled", max_tokens=24, padding="max_length", source="zoo/embedded/tokenizer.py"
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=14.049378, text_padding="max_length", template_set="tiny-clip"),
    pretraining=Pretraining(
        datasets=frozenset({"drawn by zoo.embedded.train", "BCCD", "PneumoniaMNIST", "BBBC038"}),
        size=None,
        objective="contrastive, several right captions to a picture",
    ),
    license=License(
        code="Apache-2.0",
        weights="Apache-2.0",
        data="drawn by the training script; BCCD MIT; PneumoniaMNIST CC-BY-4.0; BBBC038 CC0-1.0",
    ),
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=RESULTS,
    limitations=None,
    citation=None,
    sources=(_RECORD, "zoo/embedded/train.py"),
)

TINY_CLIP_PROMPTS = PromptSet(
    name="tiny-clip",
    domains=("synthetic",),
    templates=("{}", "a {}", "a photo of a {}.", "an image of a {}.", "a picture of a {}."),
    source="zoo/embedded/captions.py",
)
