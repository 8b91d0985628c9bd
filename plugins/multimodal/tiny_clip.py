"""The card and the prompts of the model that is shipped inside the package."""

from __future__ import annotations

from zoo.cards import BundledSource, ImagePreprocess, License, ModelCard, Pretraining, Result, TextPreprocess, ZeroShot
from zoo.prompts import PromptSet

_RECORD = "zoo/embedded/weights/training_record.json"

_MEASURED = (
    ("scikit-learn digits", 0.9432),
    ("unseen pairs of colour and shape, solid", 0.9675),
    ("unseen pairs of colour and shape, any fill", 0.9233),
    ("drawn shapes, colour", 0.988),
    ("drawn shapes, shape", 0.934),
    ("drawn shapes, fill", 0.899),
    ("drawn shapes, count", 0.968),
    ("drawn letters", 0.9304),
    ("BCCD, test part", 0.9979),
    ("PneumoniaMNIST, test part", 0.9466),
    ("BBBC038, test part", 0.6667),
)

RESULTS = tuple(
    Result(
        dataset=dataset,
        metric="accuracy",
        value=value,
        protocol="zero-shot",
        source="python -m zoo.embedded.training.evaluate",
    )
    for dataset, value in _MEASURED
)
"""On pictures that training never saw; the real sets by their test parts."""

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
        sha256="4397a0e56f729efbfe4c6d43d92699f6e7c7a6f7b9687eed41b9f6f18fe9c41e",
        n_bytes=6_645_362,
    ),
    architecture="open_clip CLIP: ModifiedResNet (1, 1, 1, 1) of width 24, text transformer of 1 layer of width 128",
    n_parameters=3_308_597,
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
    zero_shot=ZeroShot(scoring="softmax", logit_scale=33.310059, text_padding="max_length", template_set="tiny-clip"),
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
    limitations=(
        "It knows digits, single letters, ten shapes in twelve colours, a few fills and counts up to five, blood cells "
        "of one stain, small chest X-rays, and fields of nuclei; of all other things it has never seen a picture, and "
        "its answers about photographs, satellite pictures or other medical pictures mean nothing. It sees 48 by 48 "
        "pixels, one kind of object at a time, and reads English words of a vocabulary of 209 tokens; other words are "
        "spelt letter by letter and carry no meaning. The recipe of the drawn digits was kept because it read "
        "scikit-learn's digits well, and training went on until the unseen pairs passed 0.95, so these two figures are "
        "a little optimistic. Never for a medical decision."
    ),
    citation=None,
    sources=(_RECORD, "zoo/embedded/training/train.py", "python -m zoo.embedded.training.evaluate"),
)

TINY_CLIP_PROMPTS = PromptSet(
    name="tiny-clip",
    domains=("synthetic",),
    templates=("{}", "a {}", "a photo of a {}.", "an image of a {}.", "a picture of a {}."),
    source="zoo/embedded/training/captions.py",
)
