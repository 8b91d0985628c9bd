"""SigLIP and SigLIP 2: each pair of picture and text is scored by a sigmoid of its own."""

from __future__ import annotations

from zoo.cards import ModelCard, OpenClipSource, Pretraining, TextPreprocess, ZeroShot

from ..facts import APACHE, APACHE_WEIGHTS, HALF, MTEB, OPEN_CLIP, OPEN_CLIP_RESULTS, photo, published

_SIGLIP2 = (
    "https://github.com/google-research/big_vision/blob/0127fb6/big_vision/configs/proj/image_text/README_siglip2.md"
)
_SQUASHED = "Pictures are squashed to a square by open_clip; timm crops for the same weights."

SIGLIP_B16 = ModelCard(
    id="multimodal/siglip-vit-b-16",
    aliases=("siglip", "siglip-vit-b-16", "google/siglip-base-patch16-224"),
    title="SigLIP ViT-B/16",
    summary="A pairwise sigmoid loss instead of softmax: each label is scored alone.",
    superseded_by="multimodal/siglip2-vit-b-16",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-16-SigLIP", tag="webli", repository="timm/ViT-B-16-SigLIP", format="safetensors"
    ),
    architecture="SigLIP ViT-B/16",
    n_parameters=203_155_970,
    embed_dim=768,
    max_tokens=64,
    pooling="projection",
    preprocess=photo(224, (224, 224), mode="squash", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="timm/ViT-B-16-SigLIP", max_tokens=64, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"WebLI"}), objective="sigmoid image-text contrast"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7604,
            "ImageNet-R": 0.903,
            "CIFAR-100": 0.7223,
            "DTD": 0.6468,
            "EuroSAT": 0.4428,
            "RESISC45": 0.6454,
            "Food-101": 0.9162,
            "SUN397": 0.7001,
        },
    ),
    citation="arXiv:2303.15343",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

SIGLIP_SO400M = ModelCard(
    id="multimodal/siglip-so400m-14-384",
    aliases=("siglip-so400m", "google/siglip-so400m-patch14-384"),
    title="SigLIP So400m/14 at 384 px",
    summary="The shape-optimised SigLIP, long the eye of vision-language models.",
    superseded_by="multimodal/siglip2-so400m-14-378",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-SO400M-14-SigLIP-384",
        tag="webli",
        repository="timm/ViT-SO400M-14-SigLIP-384",
        format="safetensors",
    ),
    architecture="SigLIP ViT-So400m/14",
    n_parameters=877_960_498,
    embed_dim=1152,
    max_tokens=64,
    pooling="projection",
    preprocess=photo(384, (384, 384), mode="squash", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="timm/ViT-B-16-SigLIP", max_tokens=64, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"WebLI"}), objective="sigmoid image-text contrast"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.8308,
            "ImageNet-R": 0.9575,
            "CIFAR-100": 0.8357,
            "DTD": 0.7303,
            "EuroSAT": 0.6354,
            "RESISC45": 0.7211,
            "Food-101": 0.9635,
            "SUN397": 0.7541,
        },
    ),
    citation="arXiv:2303.15343",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

SIGLIP2_B16 = ModelCard(
    id="multimodal/siglip2-vit-b-16",
    aliases=("siglip2", "siglip2-vit-b-16", "google/siglip2-base-patch16-224"),
    title="SigLIP 2 ViT-B/16",
    summary="Zero-shot in many languages at base size, with an open licence.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-16-SigLIP2", tag="webli", repository="timm/ViT-B-16-SigLIP2", format="safetensors"
    ),
    architecture="SigLIP 2 ViT-B/16",
    n_parameters=375_187_970,
    embed_dim=768,
    max_tokens=64,
    pooling="projection",
    preprocess=photo(224, (224, 224), mode="squash", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="timm/ViT-B-16-SigLIP2", max_tokens=64, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WebLI"}),
        objective="sigmoid image-text contrast, captioning, self-distillation, masked prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_SIGLIP2, "zero-shot", "top-1", {"ImageNet-1k": 0.782}),
        *published(_SIGLIP2, "zero-shot text-to-image retrieval", "recall@1", {"COCO": 0.521}),
    ),
    limitations=_SQUASHED,
    citation="arXiv:2502.14786",
    sources=(OPEN_CLIP, _SIGLIP2),
)

SIGLIP2_L16 = ModelCard(
    id="multimodal/siglip2-vit-l-16-384",
    aliases=("google/siglip2-large-patch16-384",),
    title="SigLIP 2 ViT-L/16 at 384 px",
    summary="SigLIP 2, large, at 384 pixels.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-L-16-SigLIP2-384", tag="webli", repository="timm/ViT-L-16-SigLIP2-384", format="safetensors"
    ),
    architecture="SigLIP 2 ViT-L/16",
    n_parameters=881_854_466,
    embed_dim=1024,
    max_tokens=64,
    pooling="projection",
    preprocess=photo(384, (384, 384), mode="squash", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="timm/ViT-L-16-SigLIP2-384", max_tokens=64, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WebLI"}),
        objective="sigmoid image-text contrast, captioning, self-distillation, masked prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_SIGLIP2, "zero-shot", "top-1", {"ImageNet-1k": 0.831}),
        *published(_SIGLIP2, "zero-shot text-to-image retrieval", "recall@1", {"COCO": 0.553}),
    ),
    limitations=_SQUASHED,
    citation="arXiv:2502.14786",
    sources=(OPEN_CLIP, _SIGLIP2),
)

SIGLIP2_SO400M = ModelCard(
    id="multimodal/siglip2-so400m-14-378",
    aliases=("google/siglip2-so400m-patch14-384",),
    title="SigLIP 2 So400m/14 at 378 px",
    summary="The shape-optimised SigLIP 2: a strong open zero-shot model.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-SO400M-14-SigLIP2-378",
        tag="webli",
        repository="timm/ViT-SO400M-14-SigLIP2-378",
        format="safetensors",
    ),
    architecture="SigLIP 2 ViT-So400m/14",
    n_parameters=1_136_008_498,
    embed_dim=1152,
    max_tokens=64,
    pooling="projection",
    preprocess=photo(378, (378, 378), mode="squash", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="timm/ViT-SO400M-14-SigLIP2-378", max_tokens=64, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"WebLI"}),
        objective="sigmoid image-text contrast, captioning, self-distillation, masked prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_SIGLIP2, "zero-shot", "top-1", {"ImageNet-1k": 0.841}),
        *published(_SIGLIP2, "zero-shot text-to-image retrieval", "recall@1", {"COCO": 0.558}),
    ),
    limitations=_SQUASHED,
    citation="arXiv:2502.14786",
    sources=(OPEN_CLIP, _SIGLIP2),
)


MODELS = (
    SIGLIP_B16,
    SIGLIP_SO400M,
    SIGLIP2_B16,
    SIGLIP2_L16,
    SIGLIP2_SO400M,
)
