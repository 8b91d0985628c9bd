"""CLIP trained in the open on the filtered pairs of DataComp."""

from __future__ import annotations

from zoo.cards import ModelCard, OpenClipSource, Pretraining, TextPreprocess, ZeroShot

from ..facts import MIT_WEIGHTS, MTEB, OPEN_CLIP, OPEN_CLIP_RESULTS, OPENAI_MEAN, OPENAI_STD, photo, published

DATACOMP_B32 = ModelCard(
    id="multimodal/datacomp-vit-b-32",
    aliases=("laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",),
    title="OpenCLIP ViT-B/32 (DataComp)",
    summary="CLIP B/32 on filtered pairs; a better start than the first CLIP at the same cost.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-32",
        tag="datacomp_xl_s13b_b90k",
        repository="laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",
        revision="f0e2ffa09cbadab3db6a261ec1ec56407ce42912",
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
    pretraining=Pretraining(datasets=frozenset({"DataComp-1B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.6917,
            "ImageNet-R": 0.7818,
            "CIFAR-100": 0.8031,
            "DTD": 0.5713,
            "EuroSAT": 0.5746,
            "RESISC45": 0.6343,
            "Food-101": 0.8632,
            "SUN397": 0.678,
        },
    ),
    citation="arXiv:2304.14108",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

DATACOMP_B16 = ModelCard(
    id="multimodal/datacomp-vit-b-16",
    aliases=("openclip-vit-b-16", "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K"),
    title="OpenCLIP ViT-B/16 (DataComp)",
    summary="CLIP B/16 on filtered pairs; the sensible middle of the open CLIPs.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-B-16",
        tag="datacomp_xl_s13b_b90k",
        repository="laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K",
        revision="d110532e8d4ff91c574ee60a342323f28468b287",
        format="pickle",
    ),
    architecture="CLIP ViT-B/16",
    n_parameters=149_620_737,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-B-16", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"DataComp-1B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7349,
            "ImageNet-R": 0.8362,
            "CIFAR-100": 0.8212,
            "DTD": 0.5793,
            "EuroSAT": 0.5883,
            "RESISC45": 0.6535,
            "Food-101": 0.9047,
            "SUN397": 0.7051,
        },
    ),
    citation="arXiv:2304.14108",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)

DATACOMP_L14 = ModelCard(
    id="multimodal/datacomp-vit-l-14",
    aliases=("openclip-vit-l-14-datacomp", "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K"),
    title="OpenCLIP ViT-L/14 (DataComp)",
    summary="The large CLIP on filtered pairs, with a clear licence.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-L-14",
        tag="datacomp_xl_s13b_b90k",
        repository="laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
        revision="84c9828e63dc9a9351d1fe637c346d4c1c4db341",
        format="pickle",
    ),
    architecture="CLIP ViT-L/14",
    n_parameters=427_616_513,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-L-14", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"DataComp-1B"}), objective="image-text contrast"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7921,
            "ImageNet-R": 0.9083,
            "CIFAR-100": 0.8736,
            "DTD": 0.6649,
            "EuroSAT": 0.7124,
            "RESISC45": 0.6941,
            "Food-101": 0.9452,
            "SUN397": 0.7427,
        },
    ),
    citation="arXiv:2304.14108",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, MTEB),
)


MODELS = (
    DATACOMP_B32,
    DATACOMP_B16,
    DATACOMP_L14,
)
