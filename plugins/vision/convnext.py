"""Convolutional networks after the Vision Transformer: ConvNeXt, ConvNeXt V2, MobileNetV4."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TimmSource

from ..facts import APACHE, APACHE_WEIGHTS, TIMM, TIMM_RESULTS, photo, published

_CONVNEXT_V2 = "https://github.com/facebookresearch/ConvNeXt-V2/blob/2553895/README.md"

CONVNEXT_BASE = ModelCard(
    id="vision/convnext-base",
    aliases=("convnext_base", "convnext-base", "convnext_base.fb_in22k_ft_in1k"),
    title="ConvNeXt-B (ImageNet-22k)",
    summary="A modern convolutional network with an open licence, trained on 22,000 classes and tuned on 1,000.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="convnext_base.fb_in22k_ft_in1k",
        repository="timm/convnext_base.fb_in22k_ft_in1k",
        format="safetensors",
    ),
    architecture="ConvNeXt-B",
    n_parameters=87_566_464,
    embed_dim=1024,
    pooling="average",
    preprocess=photo(224, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-22k", "ImageNet-1k"}), objective="supervised classification, then fine-tuned"
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 288 px",
        "top-1",
        {
            "ImageNet-1k": 0.86302,
            "ImageNet-ReaL": 0.89873,
            "ImageNet-V2": 0.7696,
            "ImageNet-Sketch": 0.4895,
            "ImageNet-A": 0.61253,
            "ImageNet-R": 0.62243,
        },
    ),
    citation="arXiv:2201.03545",
    sources=(TIMM, TIMM_RESULTS),
)

CONVNEXT_BASE_22K = ModelCard(
    id="vision/convnext-base-22k",
    aliases=("convnext_base.fb_in22k",),
    title="ConvNeXt-B (ImageNet-22k, not tuned)",
    summary="ConvNeXt-B before its tuning on ImageNet-1k: 22,000 classes seen, the wider start for transfer.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="convnext_base.fb_in22k", repository="timm/convnext_base.fb_in22k", format="safetensors"
    ),
    architecture="ConvNeXt-B",
    n_parameters=87_566_464,
    embed_dim=1024,
    pooling="average",
    preprocess=photo(224, 256, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-22k"}), objective="supervised classification"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation="arXiv:2201.03545",
    sources=(TIMM,),
)

CONVNEXTV2_TINY = ModelCard(
    id="vision/convnextv2-tiny",
    aliases=("convnextv2_tiny", "convnextv2_tiny.fcmae_ft_in22k_in1k"),
    title="ConvNeXt V2-T",
    summary="Masked auto-encoding for convolutional networks, small; its weights forbid commercial use.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="convnextv2_tiny.fcmae_ft_in22k_in1k",
        repository="timm/convnextv2_tiny.fcmae_ft_in22k_in1k",
        format="safetensors",
    ),
    architecture="ConvNeXt V2-T",
    n_parameters=27_866_496,
    embed_dim=768,
    pooling="average",
    preprocess=photo(224, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-22k", "ImageNet-1k"}),
        objective="masked auto-encoding (FCMAE), then fine-tuned on ImageNet-22k and 1k",
    ),
    license=License(code="MIT", weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 288 px",
            "top-1",
            {"ImageNet-1k": 0.84428, "ImageNet-ReaL": 0.8875, "ImageNet-V2": 0.7354, "ImageNet-A": 0.4176},
        ),
        *published(
            TIMM_RESULTS, "supervised classifier, 224 px", "top-1", {"ImageNet-Sketch": 0.4164, "ImageNet-R": 0.53273}
        ),
        *published(_CONVNEXT_V2, "full fine-tune through ImageNet-22k, 224 px", "top-1", {"ImageNet-1k": 0.839}),
    ),
    citation="arXiv:2301.00808",
    sources=(TIMM, TIMM_RESULTS, _CONVNEXT_V2),
)

CONVNEXTV2_BASE = ModelCard(
    id="vision/convnextv2-base",
    aliases=("convnextv2_base", "convnextv2-base", "convnextv2_base.fcmae_ft_in22k_in1k"),
    title="ConvNeXt V2-B",
    summary="Masked auto-encoding for convolutional networks, base size; its weights forbid commercial use.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="convnextv2_base.fcmae_ft_in22k_in1k",
        repository="timm/convnextv2_base.fcmae_ft_in22k_in1k",
        format="safetensors",
    ),
    architecture="ConvNeXt V2-B",
    n_parameters=87_692_800,
    embed_dim=1024,
    pooling="average",
    preprocess=photo(224, 256, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-22k", "ImageNet-1k"}),
        objective="masked auto-encoding (FCMAE), then fine-tuned on ImageNet-22k and 1k",
    ),
    license=License(code="MIT", weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 288 px",
            "top-1",
            {"ImageNet-1k": 0.86994, "ImageNet-ReaL": 0.90063, "ImageNet-V2": 0.7715, "ImageNet-A": 0.62067},
        ),
        *published(
            TIMM_RESULTS, "supervised classifier, 224 px", "top-1", {"ImageNet-Sketch": 0.50555, "ImageNet-R": 0.6461}
        ),
        *published(_CONVNEXT_V2, "full fine-tune through ImageNet-22k, 224 px", "top-1", {"ImageNet-1k": 0.868}),
    ),
    citation="arXiv:2301.00808",
    sources=(TIMM, TIMM_RESULTS, _CONVNEXT_V2),
)

MOBILENETV4_SMALL = ModelCard(
    id="vision/mobilenetv4-small",
    aliases=("mobilenetv4_conv_small", "mobilenetv4_conv_small.e2400_r224_in1k"),
    title="MobileNetV4 (convolutional, small)",
    summary="Two and a half million parameters for phones and edge devices.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="mobilenetv4_conv_small.e2400_r224_in1k",
        repository="timm/mobilenetv4_conv_small.e2400_r224_in1k",
        format="safetensors",
    ),
    architecture="MobileNetV4-Conv-S",
    n_parameters=2_493_024,
    embed_dim=1280,
    pooling="average",
    preprocess=photo(224, 256, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 256 px",
        "top-1",
        {
            "ImageNet-1k": 0.74644,
            "ImageNet-ReaL": 0.81668,
            "ImageNet-V2": 0.6188,
            "ImageNet-Sketch": 0.24255,
            "ImageNet-A": 0.04693,
            "ImageNet-R": 0.35207,
        },
    ),
    citation="arXiv:2404.10518",
    sources=(TIMM, TIMM_RESULTS),
)

MOBILENETV4_MEDIUM = ModelCard(
    id="vision/mobilenetv4-medium",
    aliases=("mobilenetv4_conv_medium", "mobilenetv4", "mobilenetv4_conv_medium.e500_r256_in1k"),
    title="MobileNetV4 (convolutional, medium)",
    summary="Eight million parameters, for phones and edge devices that can spare more.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="mobilenetv4_conv_medium.e500_r256_in1k",
        repository="timm/mobilenetv4_conv_medium.e500_r256_in1k",
        format="safetensors",
    ),
    architecture="MobileNetV4-Conv-M",
    n_parameters=8_434_512,
    embed_dim=1280,
    pooling="average",
    preprocess=photo(256, 269, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 320 px",
            "top-1",
            {"ImageNet-1k": 0.8089, "ImageNet-ReaL": 0.87269, "ImageNet-V2": 0.7005, "ImageNet-A": 0.19453},
        ),
        *published(
            TIMM_RESULTS, "supervised classifier, 256 px", "top-1", {"ImageNet-Sketch": 0.3259, "ImageNet-R": 0.45233}
        ),
    ),
    citation="arXiv:2404.10518",
    sources=(TIMM, TIMM_RESULTS),
)


MODELS = (
    CONVNEXT_BASE,
    CONVNEXT_BASE_22K,
    CONVNEXTV2_TINY,
    CONVNEXTV2_BASE,
    MOBILENETV4_SMALL,
    MOBILENETV4_MEDIUM,
)
