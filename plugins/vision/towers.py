"""Image halves of models that learned from pictures with text."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TimmSource

from ..facts import APACHE, APACHE_WEIGHTS, HALF, OPENAI_MEAN, OPENAI_STD, TIMM, photo, published

_AIM = "https://github.com/apple/ml-aim/blob/bd9e068/README.md"
_SIGLIP2 = (
    "https://github.com/google-research/big_vision/blob/0127fb6/big_vision/configs/proj/image_text/README_siglip2.md"
)
_PERCEPTION = "https://github.com/facebookresearch/perception_models/blob/3e352cc/apps/pe/README.md"

AIMV2_LARGE = ModelCard(
    id="vision/aimv2-large",
    aliases=("aimv2", "aimv2_large_patch14_224.apple_pt"),
    title="AIMv2-L/14",
    summary="Learned by predicting patches and captions one after another; research only.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="aimv2_large_patch14_224.apple_pt",
        repository="timm/aimv2_large_patch14_224.apple_pt",
        format="safetensors",
    ),
    architecture="AIMv2-L/14",
    n_parameters=309_197_824,
    embed_dim=1024,
    pooling="mean",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=TIMM),
    pretraining=Pretraining(datasets=None, objective="multimodal autoregressive pre-training"),
    license=License(
        code="Apple Sample Code License", weights="Apple Machine Learning Research Model License", data=None
    ),
    commercial_use=False,
    gated=False,
    results=published(_AIM, "frozen trunk with a probe", "top-1", {"ImageNet-1k": 0.866}),
    limitations="Research only: the weights were relicensed in early 2025; timm's tag still names the older terms.",
    citation="arXiv:2411.14402",
    sources=(TIMM, _AIM, "https://huggingface.co/apple/aimv2-large-patch14-224"),
)

SIGLIP2_TOWER = ModelCard(
    id="vision/siglip2-vit-base",
    aliases=("vit_base_patch16_siglip_224.v2_webli",),
    title="SigLIP 2 B/16 image tower",
    summary="The image half of SigLIP 2 alone, with its attention pooling, for probes and fine-tuning.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch16_siglip_224.v2_webli",
        repository="timm/vit_base_patch16_siglip_224.v2_webli",
        format="safetensors",
    ),
    architecture="ViT-B/16 with attention pooling",
    n_parameters=92_884_224,
    embed_dim=768,
    pooling="map",
    preprocess=photo(224, 248, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"WebLI"}),
        objective="sigmoid image-text contrast, captioning, self-distillation, masked prediction",
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation="arXiv:2502.14786",
    sources=(TIMM, _SIGLIP2),
)

SIGLIP2_SO400M_TOWER = ModelCard(
    id="vision/siglip2-so400m",
    aliases=("vit_so400m_patch14_siglip_378.v2_webli",),
    title="SigLIP 2 So400m/14 image tower at 378 px",
    summary="The image half of the shape-optimised SigLIP 2, a favourite eye of vision-language models.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_so400m_patch14_siglip_378.v2_webli",
        repository="timm/vit_so400m_patch14_siglip_378.v2_webli",
        format="safetensors",
    ),
    architecture="ViT-So400m/14 with attention pooling",
    n_parameters=428_225_600,
    embed_dim=1152,
    pooling="map",
    preprocess=photo(378, 420, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"WebLI"}),
        objective="sigmoid image-text contrast, captioning, self-distillation, masked prediction",
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation="arXiv:2502.14786",
    sources=(TIMM, _SIGLIP2),
)

PE_CORE_LARGE = ModelCard(
    id="vision/pe-core-large",
    aliases=("vit_pe_core_large_patch14_336.fb",),
    title="PE-Core L/14 image tower at 336 px",
    summary="The image half of the Perception Encoder, before its projection into the joint space.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_pe_core_large_patch14_336.fb",
        repository="timm/vit_pe_core_large_patch14_336.fb",
        format="safetensors",
    ),
    architecture="ViT-L/14 with attention pooling",
    n_parameters=316_102_656,
    embed_dim=1024,
    pooling="map",
    preprocess=photo(336, 336, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(datasets=None, objective="image-text contrast, then video"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    limitations="timm centre-crops with bicubic; open_clip squashes the same weights with bilinear.",
    citation="arXiv:2504.13181",
    sources=(TIMM, _PERCEPTION),
)

PE_SPATIAL_LARGE = ModelCard(
    id="vision/pe-spatial-large",
    aliases=("vit_pe_spatial_large_patch14_448.fb",),
    title="PE-Spatial L/14 at 448 px",
    summary="The Perception Encoder aligned for dense tasks: segmentation, tracking, depth.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_pe_spatial_large_patch14_448.fb",
        repository="timm/vit_pe_spatial_large_patch14_448.fb",
        format="safetensors",
    ),
    architecture="ViT-L/14",
    n_parameters=303_964_160,
    embed_dim=1024,
    pooling="mean",
    preprocess=photo(448, 448, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(datasets=None, objective="image-text contrast and video, then aligned for dense tasks"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_PERCEPTION, "linear segmentation on frozen features", "mIoU", {"ADE20K": 0.481}),
        *published(_PERCEPTION, "zero-shot tracking", "J and F", {"DAVIS": 0.606}),
    ),
    citation="arXiv:2504.13181",
    sources=(TIMM, _PERCEPTION),
)


MODELS = (
    AIMV2_LARGE,
    SIGLIP2_TOWER,
    SIGLIP2_SO400M_TOWER,
    PE_CORE_LARGE,
    PE_SPATIAL_LARGE,
)
