"""Self-distillation without labels: DINO and DINOv2."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TimmSource

from ..facts import APACHE, APACHE_WEIGHTS, TIMM, photo, published

_DINOV2 = "https://github.com/facebookresearch/dinov2/blob/b8931f7/README.md"
_FIXED_518 = "518 px means 1,369 patches a picture: pass img_size=224 where speed counts."

DINO_BASE = ModelCard(
    id="vision/dino-vit-base",
    aliases=("dino", "dino-vit-base", "vit_base_patch16_224.dino"),
    title="DINO ViT-B/16",
    summary="Self-distillation without labels on ImageNet-1k; the newer generations learn from far more pictures.",
    superseded_by="vision/dinov2-base",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch16_224.dino", repository="timm/vit_base_patch16_224.dino", format="safetensors"
    ),
    architecture="ViT-B/16",
    n_parameters=85_798_656,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(224, 248, source=TIMM),
    pretraining=Pretraining(datasets=frozenset({"ImageNet-1k"}), objective="self-distillation (DINO)"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation="arXiv:2104.14294",
    sources=(TIMM,),
)

DINOV2_SMALL = ModelCard(
    id="vision/dinov2-small",
    aliases=("dinov2-small", "vit_small_patch14_dinov2.lvd142m"),
    title="DINOv2 ViT-S/14",
    summary="Strong frozen features without labels, at 22 million parameters.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_small_patch14_dinov2.lvd142m",
        repository="timm/vit_small_patch14_dinov2.lvd142m",
        format="safetensors",
    ),
    architecture="ViT-S/14",
    n_parameters=22_056_192,
    embed_dim=384,
    pooling="cls",
    preprocess=photo(518, 518, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-142M"}), n_samples=142_000_000, objective="self-distillation (DINO, iBOT, KoLeo)"
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_DINOV2, "linear probe on frozen features", "top-1", {"ImageNet-1k": 0.811}),
        *published(_DINOV2, "k-NN on frozen features", "top-1", {"ImageNet-1k": 0.79}),
    ),
    limitations=_FIXED_518,
    citation="arXiv:2304.07193",
    sources=(TIMM, _DINOV2),
)

DINOV2_BASE = ModelCard(
    id="vision/dinov2-base",
    aliases=("dinov2", "dinov2-base", "vit_base_patch14_dinov2.lvd142m"),
    title="DINOv2 ViT-B/14",
    summary="Strong frozen features without labels; open licence, the safe default for probes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch14_dinov2.lvd142m",
        repository="timm/vit_base_patch14_dinov2.lvd142m",
        format="safetensors",
    ),
    architecture="ViT-B/14",
    n_parameters=86_579_712,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(518, 518, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-142M"}), n_samples=142_000_000, objective="self-distillation (DINO, iBOT, KoLeo)"
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_DINOV2, "linear probe on frozen features", "top-1", {"ImageNet-1k": 0.845}),
        *published(_DINOV2, "k-NN on frozen features", "top-1", {"ImageNet-1k": 0.821}),
    ),
    limitations=_FIXED_518,
    citation="arXiv:2304.07193",
    sources=(TIMM, _DINOV2),
)

DINOV2_LARGE = ModelCard(
    id="vision/dinov2-large",
    aliases=("dinov2-large", "vit_large_patch14_dinov2.lvd142m"),
    title="DINOv2 ViT-L/14",
    summary="Strong frozen features without labels, large.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_large_patch14_dinov2.lvd142m",
        repository="timm/vit_large_patch14_dinov2.lvd142m",
        format="safetensors",
    ),
    architecture="ViT-L/14",
    n_parameters=304_367_616,
    embed_dim=1024,
    pooling="cls",
    preprocess=photo(518, 518, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-142M"}), n_samples=142_000_000, objective="self-distillation (DINO, iBOT, KoLeo)"
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=(
        *published(_DINOV2, "linear probe on frozen features", "top-1", {"ImageNet-1k": 0.863}),
        *published(_DINOV2, "k-NN on frozen features", "top-1", {"ImageNet-1k": 0.835}),
    ),
    limitations=_FIXED_518,
    citation="arXiv:2304.07193",
    sources=(TIMM, _DINOV2),
)

DINOV2_REG_BASE = ModelCard(
    id="vision/dinov2-reg-base",
    aliases=("vit_base_patch14_reg4_dinov2.lvd142m",),
    title="DINOv2 ViT-B/14 with registers",
    summary="DINOv2 with four register tokens, which clean the patch features up for dense tasks.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_base_patch14_reg4_dinov2.lvd142m",
        repository="timm/vit_base_patch14_reg4_dinov2.lvd142m",
        format="safetensors",
    ),
    architecture="ViT-B/14 with 4 registers",
    n_parameters=86_582_016,
    embed_dim=768,
    pooling="cls",
    preprocess=photo(518, 518, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-142M"}), n_samples=142_000_000, objective="self-distillation (DINO, iBOT, KoLeo)"
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=published(_DINOV2, "linear probe on frozen features", "top-1", {"ImageNet-1k": 0.846}),
    limitations=_FIXED_518,
    citation="arXiv:2304.07193",
    sources=(TIMM, _DINOV2),
)

DINOV2_REG_LARGE = ModelCard(
    id="vision/dinov2-reg-large",
    aliases=("vit_large_patch14_reg4_dinov2.lvd142m",),
    title="DINOv2 ViT-L/14 with registers",
    summary="DINOv2, large, with four register tokens, which clean the patch features up for dense tasks.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_large_patch14_reg4_dinov2.lvd142m",
        repository="timm/vit_large_patch14_reg4_dinov2.lvd142m",
        format="safetensors",
    ),
    architecture="ViT-L/14 with 4 registers",
    n_parameters=304_370_688,
    embed_dim=1024,
    pooling="cls",
    preprocess=photo(518, 518, source=TIMM),
    pretraining=Pretraining(
        datasets=frozenset({"LVD-142M"}), n_samples=142_000_000, objective="self-distillation (DINO, iBOT, KoLeo)"
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=published(_DINOV2, "linear probe on frozen features", "top-1", {"ImageNet-1k": 0.867}),
    limitations=_FIXED_518,
    citation="arXiv:2304.07193",
    sources=(TIMM, _DINOV2),
)


MODELS = (
    DINO_BASE,
    DINOV2_SMALL,
    DINOV2_BASE,
    DINOV2_LARGE,
    DINOV2_REG_BASE,
    DINOV2_REG_LARGE,
)
