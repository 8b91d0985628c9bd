"""Vision Transformers that began by filling in masked patches: MAE, BEiT v2, EVA-02."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TimmSource

from ..facts import APACHE_WEIGHTS, MIT, OPENAI_MEAN, OPENAI_STD, TIMM, TIMM_RESULTS, photo, published

_EVA = "https://github.com/baaivision/EVA/blob/5623d08/EVA-02/asuka/README.md"

MAE_BASE = ModelCard(
    id="vision/mae-vit-base",
    aliases=("mae", "mae-vit-base", "vit_base_patch16_224.mae"),
    title="MAE ViT-B/16",
    summary="Learned by filling in masked patches without labels; meant for fine-tuning; no commercial use.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch16_224.mae", repository="timm/vit_base_patch16_224.mae", format="safetensors"
    ),
    architecture="ViT-B/16",
    n_parameters=85_798_656,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(224, 248, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="masked auto-encoding"),
    license=License(code=None, weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    citation="arXiv:2111.06377",
    sources=(TIMM,),
)

BEITV2_BASE = ModelCard(
    id="vision/beitv2-base",
    aliases=("beitv2", "beitv2_base_patch16_224.in1k_ft_in22k_in1k"),
    title="BEiT v2-B/16",
    summary="Masked prediction of visual tokens, then 22,000 classes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="beitv2_base_patch16_224.in1k_ft_in22k_in1k",
        repository="timm/beitv2_base_patch16_224.in1k_ft_in22k_in1k",
        format="safetensors",
    ),
    architecture="BEiT v2-B/16",
    n_parameters=85_761_984,
    embed_dim=768,
    pooling="mean",
    preprocess=photo(224, 248, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-1k", "ImageNet-22k"}),
        objective="masked prediction of visual tokens, then fine-tuned on ImageNet-22k and 1k",
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=published(
        TIMM_RESULTS,
        "supervised classifier, 224 px",
        "top-1",
        {
            "ImageNet-1k": 0.86494,
            "ImageNet-ReaL": 0.89758,
            "ImageNet-V2": 0.7727,
            "ImageNet-Sketch": 0.49523,
            "ImageNet-A": 0.6148,
            "ImageNet-R": 0.65747,
        },
    ),
    citation="arXiv:2208.06366",
    sources=(TIMM, TIMM_RESULTS),
)

EVA02_BASE = ModelCard(
    id="vision/eva02-base-448",
    aliases=("eva02_base_patch14_448.mim_in22k_ft_in22k_in1k",),
    title="EVA-02-B/14 at 448 px",
    summary="Masked modelling of CLIP features, then ImageNet-22k and 1k; pictures are squashed to 448 pixels.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="eva02_base_patch14_448.mim_in22k_ft_in22k_in1k",
        repository="timm/eva02_base_patch14_448.mim_in22k_ft_in22k_in1k",
        format="safetensors",
    ),
    architecture="EVA-02-B/14",
    n_parameters=86_348_544,
    embed_dim=768,
    pooling="mean",
    preprocess=photo(448, (448, 448), mode="squash", mean=OPENAI_MEAN, std=OPENAI_STD, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"ImageNet-22k", "ImageNet-1k"}),
        objective="masked image modelling of EVA-CLIP features, then fine-tuned",
    ),
    license=MIT,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 448 px",
            "top-1",
            {
                "ImageNet-1k": 0.88678,
                "ImageNet-ReaL": 0.90911,
                "ImageNet-V2": 0.8005,
                "ImageNet-Sketch": 0.58518,
                "ImageNet-A": 0.77547,
                "ImageNet-R": 0.77423,
            },
        ),
        *published(_EVA, "full fine-tune at 448 px through ImageNet-21k", "top-1", {"ImageNet-1k": 0.886}),
    ),
    citation="arXiv:2303.11331",
    sources=(TIMM, TIMM_RESULTS, _EVA),
)

EVA02_LARGE = ModelCard(
    id="vision/eva02-large-448",
    aliases=("eva02", "eva-02", "eva02_large_patch14_448.mim_m38m_ft_in22k_in1k"),
    title="EVA-02-L/14 at 448 px",
    summary="90 % on ImageNet with open weights; heavy, at 1,024 patches a picture.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="eva02_large_patch14_448.mim_m38m_ft_in22k_in1k",
        repository="timm/eva02_large_patch14_448.mim_m38m_ft_in22k_in1k",
        format="safetensors",
    ),
    architecture="EVA-02-L/14",
    n_parameters=304_055_232,
    embed_dim=1024,
    pooling="mean",
    preprocess=photo(448, (448, 448), mode="squash", mean=OPENAI_MEAN, std=OPENAI_STD, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"Merged-38M", "ImageNet-22k", "ImageNet-1k"}),
        objective="masked image modelling of EVA-CLIP features, then fine-tuned",
    ),
    license=MIT,
    commercial_use=True,
    gated=False,
    results=(
        *published(
            TIMM_RESULTS,
            "supervised classifier, 448 px",
            "top-1",
            {
                "ImageNet-1k": 0.90056,
                "ImageNet-ReaL": 0.91144,
                "ImageNet-V2": 0.8271,
                "ImageNet-Sketch": 0.70668,
                "ImageNet-A": 0.88627,
                "ImageNet-R": 0.90243,
            },
        ),
        *published(_EVA, "full fine-tune at 448 px through ImageNet-21k", "top-1", {"ImageNet-1k": 0.9}),
        *published(_EVA, "robustness of the fine-tuned model", "top-1", {"ObjectNet": 0.628}),
    ),
    citation="arXiv:2303.11331",
    sources=(TIMM, TIMM_RESULTS, _EVA),
)


MODELS = (
    MAE_BASE,
    BEITV2_BASE,
    EVA02_BASE,
    EVA02_LARGE,
)
