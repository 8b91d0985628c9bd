"""CLIP trained in the open, on LAION-2B and DataComp."""

from __future__ import annotations

from zoo.cards import ModelCard, OpenClipSource, Pretraining, TextPreprocess, ZeroShot

from ..facts import HALF, MIT_WEIGHTS, MTEB, OPEN_CLIP, OPEN_CLIP_RESULTS, OPENAI_MEAN, OPENAI_STD, photo, published

_CONVNEXT = "https://huggingface.co/laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup"

OPENCLIP_B32 = ModelCard(
    id="multimodal/openclip-vit-b-32",
    aliases=("openclip", "openclip-vit-b-32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"),
    title="OpenCLIP ViT-B/32 (LAION-2B)",
    summary="CLIP trained in the open on two billion pairs, small and fast, with a clear licence.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-32",
        tag="laion2b_s34b_b79k",
        repository="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        revision="08f73555f1b2fb7c82058aebbd492887a94968ef",
        format="safetensors",
    ),
    architecture="CLIP ViT-B/32",
    n_parameters=151_277_313,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-B-32", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.6656,
            "ImageNet-R": 0.7643,
            "CIFAR-100": 0.7555,
            "DTD": 0.5569,
            "EuroSAT": 0.4806,
            "RESISC45": 0.6106,
            "Food-101": 0.8269,
            "SUN397": 0.6872,
        },
    ),
    citation="arXiv:2212.07143",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

OPENCLIP_L14 = ModelCard(
    id="multimodal/openclip-vit-l-14",
    aliases=("openclip-vit-l-14", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K"),
    title="OpenCLIP ViT-L/14 (LAION-2B)",
    summary="The large CLIP on LAION-2B; alone among its siblings it normalises with 0.5.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-L-14",
        tag="laion2b_s32b_b82k",
        repository="laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
        revision="1627032197142fbe2a7cfec626f4ced3ae60d07a",
        format="safetensors",
    ),
    architecture="CLIP ViT-L/14",
    n_parameters=427_616_513,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=HALF, std=HALF, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-L-14", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7525,
            "ImageNet-R": 0.8742,
            "CIFAR-100": 0.8332,
            "DTD": 0.6293,
            "EuroSAT": 0.6459,
            "RESISC45": 0.6687,
            "Food-101": 0.91,
            "SUN397": 0.7434,
        },
    ),
    citation="arXiv:2212.07143",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

OPENCLIP_H14 = ModelCard(
    id="multimodal/openclip-vit-h-14",
    aliases=("openclip-vit-h-14", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K"),
    title="OpenCLIP ViT-H/14 (LAION-2B)",
    summary="A billion parameters, trained in the open on two billion pairs.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-H-14",
        tag="laion2b_s32b_b79k",
        repository="laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
        revision="de081ac0a0ca8dc9d1533eed1ae884bb8ae1404b",
        format="safetensors",
    ),
    architecture="CLIP ViT-H/14",
    n_parameters=986_109_441,
    embed_dim=1024,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-H-14", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7796,
            "ImageNet-R": 0.8934,
            "CIFAR-100": 0.8473,
            "DTD": 0.6782,
            "EuroSAT": 0.7278,
            "RESISC45": 0.6995,
            "Food-101": 0.9273,
            "SUN397": 0.7521,
        },
    ),
    citation="arXiv:2212.07143",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

OPENCLIP_BIGG = ModelCard(
    id="multimodal/openclip-vit-bigg-14",
    aliases=("openclip-vit-bigg-14", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k"),
    title="OpenCLIP ViT-bigG/14 (LAION-2B)",
    summary="Two and a half billion parameters, trained in the open on two billion pairs.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-bigG-14",
        tag="laion2b_s39b_b160k",
        repository="laion/CLIP-ViT-bigG-14-laion2B-39B-b160k",
        revision="bc7788f151930d91b58474715fdce5524ad9a189",
        format="safetensors",
    ),
    architecture="CLIP ViT-bigG/14",
    n_parameters=2_539_567_105,
    embed_dim=1280,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-bigG-14", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.8009,
            "ImageNet-R": 0.9213,
            "CIFAR-100": 0.8752,
            "DTD": 0.6867,
            "EuroSAT": 0.6919,
            "RESISC45": 0.7235,
            "Food-101": 0.9309,
            "SUN397": 0.745,
        },
    ),
    citation="arXiv:2212.07143",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

OPENCLIP_CONVNEXT = ModelCard(
    id="multimodal/openclip-convnext-large-320",
    aliases=("laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup",),
    title="OpenCLIP ConvNeXt-L at 320 px (LAION-2B)",
    summary="CLIP with a large convolutional eye at 320 pixels.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="convnext_large_d_320",
        tag="laion2b_s29b_b131k_ft_soup",
        repository="laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup",
    ),
    architecture="CLIP ConvNeXt-L",
    n_parameters=351_772_609,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(320, 320, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:convnext_large_d_320", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7685,
            "ImageNet-R": 0.8862,
            "CIFAR-100": 0.8304,
            "DTD": 0.683,
            "EuroSAT": 0.7161,
            "RESISC45": 0.7078,
            "Food-101": 0.9162,
            "SUN397": 0.7376,
        },
    ),
    citation="arXiv:2212.07143",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, _CONVNEXT),
)


MODELS = (
    OPENCLIP_B32,
    OPENCLIP_L14,
    OPENCLIP_H14,
    OPENCLIP_BIGG,
    OPENCLIP_CONVNEXT,
)
