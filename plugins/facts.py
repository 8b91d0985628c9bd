"""What the cards of several plugins share: where facts were read, common terms, and rows of published figures.

In these cards `n_parameters` counts the network as zoo loads it (without the classifier of the checkpoint), a figure
that is a share (accuracy, F1, AUC, average precision) lies in [0, 1], and `License.code` is the authors' own code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from zoo.cards import ImagePreprocess, License, Result
from zoo.specs import IMAGENET_MEAN as IMAGENET_MEAN
from zoo.specs import IMAGENET_STD as IMAGENET_STD
from zoo.specs import OPENAI_MEAN as OPENAI_MEAN
from zoo.specs import OPENAI_STD as OPENAI_STD

HALF = (0.5, 0.5, 0.5)

TIMM = "timm 1.0.31, pretrained_cfg of the tag"
TIMM_RESULTS = "https://github.com/huggingface/pytorch-image-models/tree/aa4b585/results"
OPEN_CLIP = "open_clip 3.3.0, pretrained.py and model_configs"
OPEN_CLIP_RESULTS = "https://github.com/mlfoundations/open_clip/blob/89fb801/docs/openclip_results.csv"
TRANSFORMERS = "transformers 5.23.0, configuration and image processor of the model type"
MTEB = "https://github.com/embeddings-benchmark/mteb/tree/a905523/mteb/models/model_implementations"
MTEB_RESULTS = "https://github.com/embeddings-benchmark/results/tree/f4cc6c8/results"
QWEN3_EMBEDDING = "https://github.com/QwenLM/Qwen3-Embedding/blob/f4ad0c4/README.md"
FASTEMBED = "https://github.com/qdrant/fastembed/tree/049ec0c/fastembed/text"

WEB_SEARCH = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
"""Prefix of a query that models tuned by instructions read for web search."""

APACHE = License(code="Apache-2.0", weights="Apache-2.0", data=None)
MIT = License(code="MIT", weights="MIT", data=None)
APACHE_WEIGHTS = License(code=None, weights="Apache-2.0", data=None)
MIT_WEIGHTS = License(code=None, weights="MIT", data=None)


def published(source: str, protocol: str, metric: str, values: Mapping[str, float]) -> tuple[Result, ...]:
    """One row per data set, for figures that share metric, protocol and source."""
    return tuple(
        Result(dataset=dataset, metric=metric, value=value, protocol=protocol, source=source)
        for dataset, value in values.items()
    )


def photo(
    size_px: int,
    resize_px: int | tuple[int, int],
    *,
    mode: Literal["shortest", "squash"] = "shortest",
    interpolation: Literal["bilinear", "bicubic", "lanczos"] = "bicubic",
    crop: Literal["center", "none"] = "center",
    crop_rounding: Literal["half-even", "down"] | None = None,
    mean: tuple[float, ...] = IMAGENET_MEAN,
    std: tuple[float, ...] = IMAGENET_STD,
    source: str,
) -> ImagePreprocess:
    """Contract for ordinary pictures: red, green, blue, 8 bits each, divided by 255, then normalised."""
    return ImagePreprocess(
        size_px=size_px,
        resize_px=resize_px,
        resize_mode=mode,
        interpolation=interpolation,
        crop=crop,
        crop_rounding=crop_rounding,
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=mean,
        std=std,
        source=source,
    )
