"""Vision Transformers trained with labels: ViT, DeiT III, Swin V2."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TimmSource

from ..facts import APACHE_WEIGHTS, HALF, MIT, TIMM, TIMM_RESULTS, photo, published

_SWIN = "https://github.com/microsoft/Swin-Transformer/blob/f82860b/README.md"

VIT_BASE = ModelCard(
    id="vision/vit-base",
    aliases=("vit-b-16", "vit_base_patch16_224", "vit-base-patch16-224", "vit_base_patch16_224.augreg2_in21k_ft_in1k"),
    title="ViT-B/16 (ImageNet-21k, tuned on 1k)",
    summary="The plain Vision Transformer: 16-pixel patches, trained on 21,000 classes, tuned again by timm on 1,000.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch16_224.augreg2_in21k_ft_in1k",
        repository="timm/vit_base_patch16_224.augreg2_in21k_ft_in1k",
        format="safetensors",
    ),
    architecture="ViT-B/16",
    n_parameters=85_798_656,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(224, 248, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-21k", "ImageNet-1k"}),
        objective="supervised classification with augmentation and regularisation, then fine-tuned",
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 224 px",
        "top-1",
        {
            "ImageNet-1k": 0.85108,
            "ImageNet-ReaL": 0.89457,
            "ImageNet-V2": 0.7532,
            "ImageNet-Sketch": 0.45106,
            "ImageNet-A": 0.49733,
            "ImageNet-R": 0.59223,
        },
    ),
    citation="arXiv:2010.11929 (network), arXiv:2106.10270 (recipe)",
    sources=(TIMM, TIMM_RESULTS),
)

VIT_BASE_21K = ModelCard(
    id="vision/vit-base-21k",
    aliases=("vit_base_patch16_224.augreg_in21k",),
    title="ViT-B/16 (ImageNet-21k)",
    summary="ViT-B/16 as it came out of 21,000 classes, the usual start for fine-tuning.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch16_224.augreg_in21k",
        repository="timm/vit_base_patch16_224.augreg_in21k",
        format="safetensors",
    ),
    architecture="ViT-B/16",
    n_parameters=85_798_656,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(224, 248, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-21k"}), objective="supervised classification with augmentation and regularisation"
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation="arXiv:2010.11929 (network), arXiv:2106.10270 (recipe)",
    sources=(TIMM,),
)

VIT_LARGE_21K = ModelCard(
    id="vision/vit-large-21k",
    aliases=("vit-l-16", "vit_large_patch16_224.augreg_in21k"),
    title="ViT-L/16 (ImageNet-21k)",
    summary="The large plain Vision Transformer after 21,000 classes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_large_patch16_224.augreg_in21k",
        repository="timm/vit_large_patch16_224.augreg_in21k",
        format="safetensors",
    ),
    architecture="ViT-L/16",
    n_parameters=303_301_632,
    embed_dim=1024,
    pooling="cls",
    preprocess=photo(224, 248, mean=HALF, std=HALF, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-21k"}), objective="supervised classification with augmentation and regularisation"
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation="arXiv:2010.11929 (network), arXiv:2106.10270 (recipe)",
    sources=(TIMM,),
)

DEIT3_BASE = ModelCard(
    id="vision/deit3-base",
    aliases=("deit3", "deit3_base_patch16_224.fb_in22k_ft_in1k"),
    title="DeiT III-B/16",
    summary="A simple supervised recipe for the plain Vision Transformer.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="deit3_base_patch16_224.fb_in22k_ft_in1k",
        repository="timm/deit3_base_patch16_224.fb_in22k_ft_in1k",
        format="safetensors",
    ),
    architecture="ViT-B/16",
    n_parameters=85_816_320,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(224, 224, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-22k", "ImageNet-1k"}), objective="supervised classification, then fine-tuned"
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 224 px",
        "top-1",
        {
            "ImageNet-1k": 0.85728,
            "ImageNet-ReaL": 0.89472,
            "ImageNet-V2": 0.7653,
            "ImageNet-Sketch": 0.4737,
            "ImageNet-A": 0.57147,
            "ImageNet-R": 0.61917,
        },
    ),
    citation="arXiv:2204.07118",
    sources=(TIMM, TIMM_RESULTS),
)

SWINV2_TINY = ModelCard(
    id="vision/swinv2-tiny",
    aliases=("swinv2_tiny_window8_256.ms_in1k",),
    title="Swin Transformer V2-T",
    summary="Attention in shifted windows, small; the input size is fixed at 256 pixels.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="swinv2_tiny_window8_256.ms_in1k",
        repository="timm/swinv2_tiny_window8_256.ms_in1k",
        format="safetensors",
    ),
    architecture="Swin V2-T",
    n_parameters=27_578_154,
    embed_dim=768,
    pooling="mean",
    preprocess=photo(256, 284, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="supervised classification"),
    license=MIT,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 256 px",
        "top-1",
        {
            "ImageNet-1k": 0.81824,
            "ImageNet-ReaL": 0.871,
            "ImageNet-V2": 0.7045,
            "ImageNet-Sketch": 0.28615,
            "ImageNet-A": 0.26173,
            "ImageNet-R": 0.4128,
        },
    ),
    limitations="Window and input size are fixed: do not change the resolution.",
    citation="arXiv:2111.09883",
    sources=(TIMM, TIMM_RESULTS, _SWIN),
)

SWINV2_BASE = ModelCard(
    id="vision/swinv2-base",
    aliases=("swinv2", "swinv2_base_window12to16_192to256.ms_in22k_ft_in1k"),
    title="Swin Transformer V2-B (ImageNet-22k)",
    summary="Attention in shifted windows, trained on 22,000 classes; the input size is fixed at 256 pixels.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="swinv2_base_window12to16_192to256.ms_in22k_ft_in1k",
        repository="timm/swinv2_base_window12to16_192to256.ms_in22k_ft_in1k",
        format="safetensors",
    ),
    architecture="Swin V2-B",
    n_parameters=86_893_816,
    embed_dim=1024,
    pooling="mean",
    preprocess=photo(256, 284, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-22k", "ImageNet-1k"}), objective="supervised classification, then fine-tuned"
    ),
    license=MIT,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 256 px",
        "top-1",
        {
            "ImageNet-1k": 0.8627,
            "ImageNet-ReaL": 0.89893,
            "ImageNet-V2": 0.7727,
            "ImageNet-Sketch": 0.48783,
            "ImageNet-A": 0.63467,
            "ImageNet-R": 0.6302,
        },
    ),
    limitations="Window and input size are fixed: do not change the resolution.",
    citation="arXiv:2111.09883",
    sources=(TIMM, TIMM_RESULTS, _SWIN),
)


MODELS = (
    VIT_BASE,
    VIT_BASE_21K,
    VIT_LARGE_21K,
    DEIT3_BASE,
    SWINV2_TINY,
    SWINV2_BASE,
)
