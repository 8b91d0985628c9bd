"""Encoders of stained tissue that anyone may download: Phikon-v2, Midnight, Kaiko."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, Result, TimmSource, TransformersSource
from zoo.specs import IMAGENET_MEAN, IMAGENET_STD

from .pathology_shared import EVA, HALF, TRIDENT, leaderboard, tile

PHIKON_V2 = ModelCard(
    id="medical/phikon-v2",
    aliases=("eva/owkin_phikon_v2",),
    title="Phikon-v2",
    summary="ViT-L/16 for tissue tiles on 450M public tiles; open to download, not for commercial use.",
    modality="image",
    domains=("medical/pathology",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="owkin/phikon-v2",
        format="safetensors",
        model_class="AutoModel",
        config={
            "model_type": "dinov2",
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "image_size": 224,
            "patch_size": 16,
        },
    ),
    architecture="DINOv2 ViT-L/16",
    n_parameters=303_351_808,
    embed_dim=1024,
    pooling="cls",
    preprocess=tile(IMAGENET_MEAN, IMAGENET_STD, "bilinear", f"{TRIDENT}, load.py"),
    pretraining=Pretraining(
        datasets=frozenset({"PANCAN-XL"}),
        n_samples=450_000_000,
        size="450M tiles at 20x of about 60K public slides",
        objective="DINOv2",
    ),
    license=License(code=None, weights="Owkin non-commercial licence", data=None),
    commercial_use=False,
    gated=False,
    results=(
        *leaderboard(BACH=0.732, BreakHis=0.713, CRC=0.939, Gleason=0.757, MHIST=0.777, PatchCamelyon=0.894),
        *leaderboard(CoNSeP=0.627, MoNuSAC=0.644),
    ),
    citation="arXiv:2409.09173",
    sources=("https://huggingface.co/owkin/phikon-v2", TRIDENT, EVA),
)

MIDNIGHT = ModelCard(
    id="medical/midnight-12k",
    aliases=("eva/kaiko_midnight_12k",),
    title="Midnight-12k",
    summary="ViT-g/14 for tissue tiles from 12,000 public slides alone, under MIT; near the best that are gated.",
    modality="image",
    domains=("medical/pathology",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="kaiko-ai/midnight",
        format="safetensors",
        model_class="AutoModel",
        config={
            "model_type": "dinov2",
            "hidden_size": 1536,
            "num_hidden_layers": 40,
            "num_attention_heads": 24,
            "image_size": 224,
            "patch_size": 14,
            "use_swiglu_ffn": True,
        },
    ),
    architecture="DINOv2 ViT-g/14",
    n_parameters=1_134_771_200,
    embed_dim=1536,
    pooling="cls",
    preprocess=tile(HALF, HALF, "bilinear", f"{TRIDENT}, load.py"),
    pretraining=Pretraining(datasets=frozenset({"TCGA"}), size="12K slides", objective="DINOv2"),
    license=License(code=None, weights="MIT", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *leaderboard(BACH=0.904, BreakHis=0.819, CRC=0.966, Gleason=0.800, MHIST=0.804, PatchCamelyon=0.929),
        *leaderboard(CoNSeP=0.623, MoNuSAC=0.659),
    ),
    citation="arXiv:2504.05186",
    sources=("https://github.com/kaiko-ai/Midnight", TRIDENT, EVA),
)


def _kaiko(
    size: str, architecture: str, alias: str, n_parameters: int, embed_dim: int, results: tuple[Result, ...]
) -> ModelCard:
    """One of Kaiko's TCGA encoders."""
    repository = f"1aurent/{architecture}.kaiko_ai_towards_large_pathology_fms"
    return ModelCard(
        id=f"medical/kaiko-vit-{size}",
        aliases=(alias,),
        title=f"Kaiko ViT-{size.upper()}",
        summary="Small open encoder of tissue tiles, trained on TCGA; good value for its size.",
        modality="image",
        domains=("medical/pathology",),
        capabilities=("embed",),
        source=TimmSource(
            architecture=architecture,
            repository=repository,
            format="safetensors",
            config={"dynamic_img_size": True},
        ),
        architecture=f"ViT-{size.upper().replace('-', '/')}",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="cls",
        preprocess=tile(HALF, HALF, "bilinear", f"{TRIDENT}, load.py"),
        pretraining=Pretraining(datasets=frozenset({"TCGA"})),
        license=License(code=None, weights="kaiko-non-commercial", data=None),
        commercial_use=False,
        gated=False,
        results=results,
        citation="arXiv:2404.15217",
        sources=(f"https://huggingface.co/{repository}", TRIDENT, EVA),
    )


KAIKO_S16 = _kaiko(
    "s-16",
    "vit_small_patch16_224",
    "eva/kaiko_vits16",
    21_665_664,
    384,
    leaderboard(BACH=0.812, BreakHis=0.734, CRC=0.940, Gleason=0.698, MHIST=0.831, PatchCamelyon=0.902, CoNSeP=0.603),
)
KAIKO_B8 = _kaiko(
    "b-8",
    "vit_base_patch8_224",
    "eva/kaiko_vitb8",
    85_807_872,
    768,
    leaderboard(BACH=0.866, BreakHis=0.832, CRC=0.959, Gleason=0.744, MHIST=0.829, PatchCamelyon=0.915, CoNSeP=0.646),
)

MODELS = (PHIKON_V2, MIDNIGHT, KAIKO_S16, KAIKO_B8)
