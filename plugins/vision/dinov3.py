"""DINOv3, under a licence of its own."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TimmSource

from ..facts import TIMM, photo, published

_DINOV3 = "https://github.com/facebookresearch/dinov3/blob/6876159/MODEL_CARD.md"
_DINOV3_TERMS = "https://github.com/facebookresearch/dinov3/blob/6876159/LICENSE.md"
_DINOV3_LIMITS = (
    "DINOv3 License: own terms, no military or export-controlled use, conditions on redistribution. "
    "The same weights under facebook/dinov3-* are gated by hand and often refused."
)

DINOV3_SMALL = ModelCard(
    id="vision/dinov3-small",
    aliases=("dinov3-small", "vit_small_patch16_dinov3.lvd1689m"),
    title="DINOv3 ViT-S/16",
    summary="The third generation of DINO, small.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_small_patch16_dinov3.lvd1689m",
        repository="timm/vit_small_patch16_dinov3.lvd1689m",
        format="safetensors",
    ),
    architecture="ViT-S/16 with rotary positions",
    n_parameters=21_586_944,
    embed_dim=384,
    pooling="mean",
    preprocess=photo(256, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-1689M"}),
        n_samples=1_689_000_000,
        objective="self-distillation (DINO, iBOT, KoLeo, Gram anchoring), distilled from ViT-7B",
    ),
    license=License(code="DINOv3 License", weights="DINOv3 License", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *published(
            _DINOV3, "frozen features", "top-1", {"ImageNet-ReaL": 0.87, "ImageNet-R": 0.604, "ObjectNet": 0.509}
        ),
        *published(_DINOV3, "linear segmentation on frozen features", "mIoU", {"ADE20K": 0.47}),
        *published(_DINOV3, "linear depth on frozen features", "RMSE (lower is better)", {"NYU depth": 0.403}),
    ),
    limitations=_DINOV3_LIMITS,
    citation="arXiv:2508.10104",
    sources=(TIMM, _DINOV3, _DINOV3_TERMS),
)

DINOV3_BASE = ModelCard(
    id="vision/dinov3-base",
    aliases=("dinov3", "dinov3-base", "vit_base_patch16_dinov3.lvd1689m"),
    title="DINOv3 ViT-B/16",
    summary="The third generation of DINO, with strong dense features, under a licence of its own.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch16_dinov3.lvd1689m",
        repository="timm/vit_base_patch16_dinov3.lvd1689m",
        format="safetensors",
    ),
    architecture="ViT-B/16 with rotary positions",
    n_parameters=85_641_216,
    embed_dim=768,
    pooling="mean",
    preprocess=photo(256, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-1689M"}),
        n_samples=1_689_000_000,
        objective="self-distillation (DINO, iBOT, KoLeo, Gram anchoring), distilled from ViT-7B",
    ),
    license=License(code="DINOv3 License", weights="DINOv3 License", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *published(
            _DINOV3, "frozen features", "top-1", {"ImageNet-ReaL": 0.893, "ImageNet-R": 0.767, "ObjectNet": 0.641}
        ),
        *published(_DINOV3, "linear segmentation on frozen features", "mIoU", {"ADE20K": 0.518}),
        *published(_DINOV3, "linear depth on frozen features", "RMSE (lower is better)", {"NYU depth": 0.373}),
    ),
    limitations=_DINOV3_LIMITS,
    citation="arXiv:2508.10104",
    sources=(TIMM, _DINOV3, _DINOV3_TERMS),
)

DINOV3_LARGE = ModelCard(
    id="vision/dinov3-large",
    aliases=("dinov3-large", "vit_large_patch16_dinov3.lvd1689m"),
    title="DINOv3 ViT-L/16",
    summary="The third generation of DINO, large.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_large_patch16_dinov3.lvd1689m",
        repository="timm/vit_large_patch16_dinov3.lvd1689m",
        format="safetensors",
    ),
    architecture="ViT-L/16 with rotary positions",
    n_parameters=303_079_424,
    embed_dim=1024,
    pooling="mean",
    preprocess=photo(256, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-1689M"}),
        n_samples=1_689_000_000,
        objective="self-distillation (DINO, iBOT, KoLeo, Gram anchoring), distilled from ViT-7B",
    ),
    license=License(code="DINOv3 License", weights="DINOv3 License", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *published(
            _DINOV3, "frozen features", "top-1", {"ImageNet-ReaL": 0.902, "ImageNet-R": 0.881, "ObjectNet": 0.748}
        ),
        *published(_DINOV3, "linear segmentation on frozen features", "mIoU", {"ADE20K": 0.549}),
        *published(_DINOV3, "linear depth on frozen features", "RMSE (lower is better)", {"NYU depth": 0.352}),
    ),
    limitations=_DINOV3_LIMITS,
    citation="arXiv:2508.10104",
    sources=(TIMM, _DINOV3, _DINOV3_TERMS),
)

DINOV3_HUGE = ModelCard(
    id="vision/dinov3-huge-plus",
    aliases=("dinov3-huge", "vit_huge_plus_patch16_dinov3.lvd1689m"),
    title="DINOv3 ViT-H+/16",
    summary="The third generation of DINO at 840 million parameters.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_huge_plus_patch16_dinov3.lvd1689m",
        repository="timm/vit_huge_plus_patch16_dinov3.lvd1689m",
        format="safetensors",
    ),
    architecture="ViT-H+/16 with rotary positions",
    n_parameters=840_509_440,
    embed_dim=1280,
    pooling="mean",
    preprocess=photo(256, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-1689M"}),
        n_samples=1_689_000_000,
        objective="self-distillation (DINO, iBOT, KoLeo, Gram anchoring), distilled from ViT-7B",
    ),
    license=License(code="DINOv3 License", weights="DINOv3 License", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *published(
            _DINOV3, "frozen features", "top-1", {"ImageNet-ReaL": 0.903, "ImageNet-R": 0.9, "ObjectNet": 0.786}
        ),
        *published(_DINOV3, "linear segmentation on frozen features", "mIoU", {"ADE20K": 0.548}),
    ),
    limitations=_DINOV3_LIMITS,
    citation="arXiv:2508.10104",
    sources=(TIMM, _DINOV3, _DINOV3_TERMS),
)

DINOV3_CONVNEXT = ModelCard(
    id="vision/dinov3-convnext-tiny",
    aliases=("convnext_tiny.dinov3_lvd1689m",),
    title="DINOv3 ConvNeXt-T",
    summary="DINOv3 distilled into a small convolutional network, for devices without fast attention.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="convnext_tiny.dinov3_lvd1689m",
        repository="timm/convnext_tiny.dinov3_lvd1689m",
        format="safetensors",
    ),
    architecture="ConvNeXt-T",
    n_parameters=27_820_128,
    embed_dim=768,
    pooling="average",
    preprocess=photo(224, 224, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-1689M"}),
        n_samples=1_689_000_000,
        objective="self-distillation (DINO, iBOT, KoLeo, Gram anchoring), distilled from ViT-7B",
    ),
    license=License(code="DINOv3 License", weights="DINOv3 License", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *published(_DINOV3, "frozen features, 256 px", "top-1", {"ImageNet-ReaL": 0.866}),
        *published(_DINOV3, "frozen features, 512 px", "top-1", {"ImageNet-ReaL": 0.877}),
    ),
    limitations=_DINOV3_LIMITS,
    citation="arXiv:2508.10104",
    sources=(TIMM, _DINOV3, _DINOV3_TERMS),
)


MODELS = (
    DINOV3_SMALL,
    DINOV3_BASE,
    DINOV3_LARGE,
    DINOV3_HUGE,
    DINOV3_CONVNEXT,
)
