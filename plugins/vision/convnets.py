"""ResNet-50 in three trainings, and the EfficientNets."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TimmSource

from ..facts import APACHE, APACHE_WEIGHTS, HALF, TIMM, TIMM_RESULTS, photo, published

_TORCHVISION = "torchvision 0.29.2, weights enumeration"

RESNET50 = ModelCard(
    id="vision/resnet50",
    aliases=("resnet50", "resnet-50", "resnet50.a1_in1k"),
    title="ResNet-50 (A1 recipe)",
    summary="The convolutional baseline that everything is compared with, in the strong 2021 training recipe of timm.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(architecture="resnet50.a1_in1k", repository="timm/resnet50.a1_in1k", format="safetensors"),
    architecture="ResNet-50",
    n_parameters=23_508_032,
    embed_dim=2048,
    pooling="average",
    preprocess=photo(224, 235, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 288 px",
            "top-1",
            {"ImageNet-1k": 0.8124, "ImageNet-ReaL": 0.86579, "ImageNet-V2": 0.6969, "ImageNet-A": 0.1584},
        ),
        *published(
            TIMM_RESULTS, "supervised classifier, 224 px", "top-1", {"ImageNet-Sketch": 0.29641, "ImageNet-R": 0.40417}
        ),
    ),
    citation="arXiv:1512.03385 (network), arXiv:2110.00476 (recipe)",
    sources=(TIMM, TIMM_RESULTS),
)

RESNET50_TV = ModelCard(
    id="vision/resnet50-tv",
    aliases=("resnet50.tv_in1k",),
    title="ResNet-50 (torchvision V1)",
    summary="The classic ImageNet weights of torchvision, with which most published transfer tables were made.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(architecture="resnet50.tv_in1k", repository="timm/resnet50.tv_in1k", format="safetensors"),
    architecture="ResNet-50",
    n_parameters=23_508_032,
    embed_dim=2048,
    pooling="average",
    preprocess=photo(224, 256, interpolation="bilinear", source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification"),
    license=License(code="BSD-3-Clause", weights="BSD-3-Clause", data=None),
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 224 px",
        "top-1",
        {
            "ImageNet-1k": 0.76156,
            "ImageNet-ReaL": 0.82969,
            "ImageNet-V2": 0.6319,
            "ImageNet-Sketch": 0.24064,
            "ImageNet-R": 0.36157,
        },
    ),
    citation="arXiv:1512.03385",
    sources=(TIMM, TIMM_RESULTS, _TORCHVISION),
)

RESNET50_SWSL = ModelCard(
    id="vision/resnet50-swsl",
    aliases=("resnet50.fb_swsl_ig1b_ft_in1k",),
    title="ResNet-50 (semi-weakly supervised)",
    summary="ResNet-50 after a billion hashtagged pictures: sturdier on drawings and sketches; no commercial use.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="resnet50.fb_swsl_ig1b_ft_in1k",
        repository="timm/resnet50.fb_swsl_ig1b_ft_in1k",
        format="safetensors",
    ),
    architecture="ResNet-50",
    n_parameters=23_508_032,
    embed_dim=2048,
    pooling="average",
    preprocess=photo(224, 256, interpolation="bilinear", source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"Instagram-1B", "ImageNet-1k"}),
        objective="semi-weak supervision by hashtags, then supervised classification",
    ),
    license=License(code=None, weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 224 px",
        "top-1",
        {
            "ImageNet-1k": 0.81146,
            "ImageNet-ReaL": 0.86805,
            "ImageNet-V2": 0.7167,
            "ImageNet-Sketch": 0.49516,
            "ImageNet-A": 0.2976,
            "ImageNet-R": 0.6838,
        },
    ),
    citation="arXiv:1905.00546",
    sources=(TIMM, TIMM_RESULTS),
)

EFFICIENTNET_B0 = ModelCard(
    id="vision/efficientnet-b0",
    aliases=("efficientnet_b0", "efficientnet-b0", "efficientnet", "efficientnet_b0.ra_in1k"),
    title="EfficientNet-B0",
    summary="Small and accurate for its size: four million parameters without the classifier.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="efficientnet_b0.ra_in1k", repository="timm/efficientnet_b0.ra_in1k", format="safetensors"
    ),
    architecture="EfficientNet-B0",
    n_parameters=4_007_548,
    embed_dim=1280,
    pooling="average",
    preprocess=photo(224, 256, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification, RandAugment"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 224 px",
        "top-1",
        {
            "ImageNet-1k": 0.77698,
            "ImageNet-ReaL": 0.8404,
            "ImageNet-V2": 0.6615,
            "ImageNet-Sketch": 0.25017,
            "ImageNet-A": 0.07227,
            "ImageNet-R": 0.36673,
        },
    ),
    citation="arXiv:1905.11946",
    sources=(TIMM, TIMM_RESULTS, _TORCHVISION),
)

EFFICIENTNET_B4 = ModelCard(
    id="vision/efficientnet-b4",
    aliases=("efficientnet_b4", "efficientnet_b4.ra2_in1k"),
    title="EfficientNet-B4",
    summary="The middle of the EfficientNet family, for 320-pixel pictures.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="efficientnet_b4.ra2_in1k", repository="timm/efficientnet_b4.ra2_in1k", format="safetensors"
    ),
    architecture="EfficientNet-B4",
    n_parameters=17_548_616,
    embed_dim=1792,
    pooling="average",
    preprocess=photo(320, 365, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification, RandAugment"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 384 px",
            "top-1",
            {"ImageNet-1k": 0.83468, "ImageNet-ReaL": 0.88381, "ImageNet-V2": 0.7327, "ImageNet-A": 0.30587},
        ),
        *published(
            TIMM_RESULTS, "supervised classifier, 320 px", "top-1", {"ImageNet-Sketch": 0.39201, "ImageNet-R": 0.5071}
        ),
    ),
    citation="arXiv:1905.11946",
    sources=(TIMM, TIMM_RESULTS),
)

EFFICIENTNETV2_S = ModelCard(
    id="vision/efficientnetv2-s",
    aliases=("efficientnetv2_s", "efficientnetv2-s", "tf_efficientnetv2_s.in21k_ft_in1k"),
    title="EfficientNetV2-S (ImageNet-21k)",
    summary="Twenty million parameters after 21,000 classes: a good start for fine-tuning on one small GPU.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="tf_efficientnetv2_s.in21k_ft_in1k",
        repository="timm/tf_efficientnetv2_s.in21k_ft_in1k",
        format="safetensors",
    ),
    architecture="EfficientNetV2-S",
    n_parameters=20_177_488,
    embed_dim=1280,
    pooling="average",
    preprocess=photo(300, 300, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-21k", "ImageNet-1k"}), objective="supervised classification, then fine-tuned"
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 384 px",
            "top-1",
            {"ImageNet-1k": 0.84332, "ImageNet-ReaL": 0.88913, "ImageNet-V2": 0.743, "ImageNet-A": 0.4804},
        ),
        *published(
            TIMM_RESULTS, "supervised classifier, 300 px", "top-1", {"ImageNet-Sketch": 0.4153, "ImageNet-R": 0.53273}
        ),
    ),
    citation="arXiv:2104.00298",
    sources=(TIMM, TIMM_RESULTS),
)

EFFICIENTNETV2_L = ModelCard(
    id="vision/efficientnetv2-l",
    aliases=("efficientnetv2_l", "efficientnetv2-l", "tf_efficientnetv2_l.in21k_ft_in1k"),
    title="EfficientNetV2-L (ImageNet-21k)",
    summary="The largest EfficientNetV2; both sides are squashed to 384 pixels instead of cropped.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="tf_efficientnetv2_l.in21k_ft_in1k",
        repository="timm/tf_efficientnetv2_l.in21k_ft_in1k",
        format="safetensors",
    ),
    architecture="EfficientNetV2-L",
    n_parameters=117_234_272,
    embed_dim=1280,
    pooling="average",
    preprocess=photo(384, (384, 384), mode="squash", mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-21k", "ImageNet-1k"}), objective="supervised classification, then fine-tuned"
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 480 px",
            "top-1",
            {
                "ImageNet-1k": 0.86802,
                "ImageNet-ReaL": 0.90213,
                "ImageNet-V2": 0.7738,
                "ImageNet-A": 0.6452,
                "ImageNet-R": 0.62413,
            },
        ),
        *published(TIMM_RESULTS, "supervised classifier, 384 px", "top-1", {"ImageNet-Sketch": 0.49706}),
    ),
    citation="arXiv:2104.00298",
    sources=(TIMM, TIMM_RESULTS),
)


MODELS = (
    RESNET50,
    RESNET50_TV,
    RESNET50_SWSL,
    EFFICIENTNET_B0,
    EFFICIENTNET_B4,
    EFFICIENTNETV2_S,
    EFFICIENTNETV2_L,
)
