"""CLIP as OpenAI released it, always built with the activation that its weights were trained with."""

from __future__ import annotations

from zoo.cards import License, ModelCard, OpenClipSource, Pretraining, TextPreprocess, ZeroShot

from ..facts import OPEN_CLIP, OPEN_CLIP_RESULTS, OPENAI_MEAN, OPENAI_STD, TIMM, photo, published

_CLIP_TERMS = "https://github.com/openai/CLIP (LICENSE)"
_CLIP_LIMITS = (
    "OpenAI's model card calls it a research output and deployment out of scope; the code is MIT, the card names no "
    "licence for the weights, and timm tags its copy as Apache-2.0 (ResNet-50: MIT)."
)


CLIP_B32 = ModelCard(
    id="multimodal/clip-vit-b-32",
    aliases=("clip", "clip-vit-b-32", "clip-vit-base-patch32", "openai/clip-vit-base-patch32"),
    title="CLIP ViT-B/32 (OpenAI)",
    summary="The first CLIP, small and fast: the classic zero-shot baseline.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-32-quickgelu",
        tag="openai",
        repository="timm/vit_base_patch32_clip_224.openai",
        format="safetensors",
    ),
    architecture="CLIP ViT-B/32",
    n_parameters=151_277_313,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-B-32-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WIT-400M"}),
        n_samples=400_000_000,
        size="400M image-text pairs",
        objective="image-text contrast",
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.6332,
            "ImageNet-R": 0.6933,
            "CIFAR-100": 0.6423,
            "DTD": 0.4436,
            "EuroSAT": 0.5044,
            "RESISC45": 0.5362,
            "Food-101": 0.84,
            "SUN397": 0.6248,
        },
    ),
    limitations=_CLIP_LIMITS,
    citation="arXiv:2103.00020",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, TIMM, _CLIP_TERMS),
)

CLIP_B16 = ModelCard(
    id="multimodal/clip-vit-b-16",
    aliases=("clip-vit-b-16", "clip-vit-base-patch16", "openai/clip-vit-base-patch16"),
    title="CLIP ViT-B/16 (OpenAI)",
    summary="CLIP with finer patches than B/32.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-16-quickgelu",
        tag="openai",
        repository="timm/vit_base_patch16_clip_224.openai",
        format="safetensors",
    ),
    architecture="CLIP ViT-B/16",
    n_parameters=149_620_737,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-B-16-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WIT-400M"}),
        n_samples=400_000_000,
        size="400M image-text pairs",
        objective="image-text contrast",
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.6834,
            "ImageNet-R": 0.777,
            "CIFAR-100": 0.6695,
            "DTD": 0.4495,
            "EuroSAT": 0.5594,
            "RESISC45": 0.5822,
            "Food-101": 0.8872,
            "SUN397": 0.6435,
        },
    ),
    limitations=_CLIP_LIMITS,
    citation="arXiv:2103.00020",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, TIMM, _CLIP_TERMS),
)

CLIP_L14 = ModelCard(
    id="multimodal/clip-vit-l-14",
    aliases=("clip-vit-l-14", "clip-vit-large-patch14", "openai/clip-vit-large-patch14"),
    title="CLIP ViT-L/14 (OpenAI)",
    summary="The large CLIP of OpenAI.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-L-14-quickgelu",
        tag="openai",
        repository="timm/vit_large_patch14_clip_224.openai",
        format="safetensors",
    ),
    architecture="CLIP ViT-L/14",
    n_parameters=427_616_513,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-L-14-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WIT-400M"}),
        n_samples=400_000_000,
        size="400M image-text pairs",
        objective="image-text contrast",
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7554,
            "ImageNet-R": 0.8784,
            "CIFAR-100": 0.7582,
            "DTD": 0.5537,
            "EuroSAT": 0.6263,
            "RESISC45": 0.6337,
            "Food-101": 0.9305,
            "SUN397": 0.6756,
        },
    ),
    limitations=_CLIP_LIMITS,
    citation="arXiv:2103.00020",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, TIMM, _CLIP_TERMS),
)

CLIP_L14_336 = ModelCard(
    id="multimodal/clip-vit-l-14-336",
    aliases=("clip-vit-l-14-336", "clip-vit-large-patch14-336", "openai/clip-vit-large-patch14-336"),
    title="CLIP ViT-L/14 at 336 px (OpenAI)",
    summary="The large CLIP at 336 pixels, the eye of LLaVA.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-L-14-336-quickgelu",
        tag="openai",
        repository="timm/vit_large_patch14_clip_336.openai",
        format="safetensors",
    ),
    architecture="CLIP ViT-L/14",
    n_parameters=427_944_193,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(336, 336, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-L-14-336-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WIT-400M"}),
        n_samples=400_000_000,
        size="400M image-text pairs",
        objective="image-text contrast",
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7656,
            "ImageNet-R": 0.8905,
            "CIFAR-100": 0.7436,
            "DTD": 0.5559,
            "EuroSAT": 0.6144,
            "RESISC45": 0.6379,
            "Food-101": 0.9386,
            "SUN397": 0.6865,
        },
    ),
    limitations=_CLIP_LIMITS,
    citation="arXiv:2103.00020",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, TIMM, _CLIP_TERMS),
)

CLIP_RN50 = ModelCard(
    id="multimodal/clip-rn50",
    aliases=("clip-rn50", "RN50"),
    title="CLIP ResNet-50 (OpenAI)",
    summary="CLIP with a convolutional eye.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="RN50-quickgelu", tag="openai", repository="timm/resnet50_clip.openai", format="safetensors"
    ),
    architecture="CLIP ResNet-50",
    n_parameters=102_007_137,
    embed_dim=1024,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:RN50-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WIT-400M"}),
        n_samples=400_000_000,
        size="400M image-text pairs",
        objective="image-text contrast",
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.5982,
            "ImageNet-R": 0.6073,
            "CIFAR-100": 0.403,
            "DTD": 0.4154,
            "EuroSAT": 0.4081,
            "RESISC45": 0.4521,
            "Food-101": 0.808,
            "SUN397": 0.5994,
        },
    ),
    limitations=_CLIP_LIMITS,
    citation="arXiv:2103.00020",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, TIMM, _CLIP_TERMS),
)


MODELS = (
    CLIP_B32,
    CLIP_B16,
    CLIP_L14,
    CLIP_L14_336,
    CLIP_RN50,
)
