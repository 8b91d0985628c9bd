"""Gated encoders of stained tissue: UNI, Virchow, H-optimus."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TimmSource
from zoo.specs import IMAGENET_MEAN, IMAGENET_STD

from .pathology_shared import ABMIL, EVA, HEST, NC_ND, ROI, TRIDENT, UNI_REPO, hest, leaderboard, row, tile

UNI = ModelCard(
    id="medical/uni",
    title="UNI",
    summary="ViT-L/16 for tissue tiles, DINOv2 on 100,000 slides; the common reference of its field.",
    superseded_by="medical/uni2-h",
    modality="image",
    domains=("medical/pathology",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_large_patch16_224",
        repository="MahmoodLab/UNI",
        file="pytorch_model.bin",
        format="pickle",
        config={"img_size": 224, "init_values": 1e-5, "dynamic_img_size": True},
    ),
    architecture="ViT-L/16",
    n_parameters=303_350_784,
    embed_dim=1024,
    pooling="cls",
    preprocess=tile(IMAGENET_MEAN, IMAGENET_STD, "bilinear", f"{UNI_REPO}; {TRIDENT}, load.py", magnification=20),
    pretraining=Pretraining(datasets=None, n_samples=100_000_000, size="100M images, 100K slides", objective="DINOv2"),
    license=NC_ND,
    commercial_use=False,
    gated=True,
    results=(
        row("CRC-100K-Raw", "balanced accuracy", 0.925, ROI, UNI_REPO),
        row("TCGA Uniform Tumor", "balanced accuracy", 0.595, ROI, UNI_REPO),
        row("EBRAINS, 30 classes", "balanced accuracy", 0.682, ABMIL, UNI_REPO),
        row("PANDA", "quadratic kappa", 0.944, ABMIL, UNI_REPO),
        *leaderboard(BACH=0.785, BreakHis=0.785, CRC=0.944, Gleason=0.750, MHIST=0.843, PatchCamelyon=0.937),
        *leaderboard(CoNSeP=0.628, MoNuSAC=0.659),
        hest(0.3862),
    ),
    limitations="Access asks for an institutional address. Models trained on its outputs are restricted too.",
    citation="doi:10.1038/s41591-024-02857-3",
    sources=(UNI_REPO, TRIDENT, EVA, HEST),
)

UNI2_H = ModelCard(
    id="medical/uni2-h",
    aliases=("eva/mahmood_uni2_h",),
    title="UNI 2 (ViT-H)",
    summary="UNI with twice the data and more stains; among the best frozen tile features.",
    modality="image",
    domains=("medical/pathology",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_giant_patch14_224",
        repository="MahmoodLab/UNI2-h",
        file="pytorch_model.bin",
        format="pickle",
        config={
            "img_size": 224,
            "patch_size": 14,
            "depth": 24,
            "num_heads": 24,
            "init_values": 1e-5,
            "embed_dim": 1536,
            "mlp_ratio": 2.66667 * 2,
            "no_embed_class": True,
            "mlp_layer": "SwiGLUPacked",
            "act_layer": "silu",
            "reg_tokens": 8,
            "dynamic_img_size": True,
        },
    ),
    architecture="ViT-H/14, 8 registers",
    n_parameters=681_394_176,
    embed_dim=1536,
    pooling="cls",
    preprocess=tile(IMAGENET_MEAN, IMAGENET_STD, "bilinear", f"{UNI_REPO}; {TRIDENT}, load.py", magnification=20),
    pretraining=Pretraining(
        datasets=None, size="more than 200M H&E and IHC images, more than 350K slides", objective="DINOv2"
    ),
    license=NC_ND,
    commercial_use=False,
    gated=True,
    results=(
        row("CRC-100K-Raw", "balanced accuracy", 0.957, ROI, UNI_REPO),
        row("TCGA Uniform Tumor", "balanced accuracy", 0.675, ROI, UNI_REPO),
        row("EBRAINS, 30 classes", "balanced accuracy", 0.711, ABMIL, UNI_REPO),
        row("PANDA", "quadratic kappa", 0.946, ABMIL, UNI_REPO),
        *leaderboard(BACH=0.915, BreakHis=0.859, CRC=0.965, Gleason=0.775, MHIST=0.824, PatchCamelyon=0.950),
        *leaderboard(CoNSeP=0.630, MoNuSAC=0.642),
        hest(0.414, UNI_REPO),
    ),
    limitations="Access asks for an institutional address. Models trained on its outputs are restricted too.",
    citation="doi:10.1038/s41591-024-02857-3",
    sources=(UNI_REPO, TRIDENT, EVA),
)


def _virchow(model_id: str, **facts: object) -> ModelCard:
    """Both Virchow: the class token and the mean of the patches side by side."""
    version_2 = model_id.endswith("2")
    return ModelCard.model_validate(
        {
            "id": model_id,
            "modality": "image",
            "domains": ("medical/pathology",),
            "capabilities": ("embed",),
            "source": TimmSource(
                architecture="vit_huge_patch14_224",
                repository="paige-ai/Virchow2" if version_2 else "paige-ai/Virchow",
                format=None if version_2 else "pickle",
                config={
                    "img_size": 224,
                    "init_values": 1e-5,
                    "mlp_ratio": 5.3375,
                    **({"reg_tokens": 4} if version_2 else {}),
                    "global_pool": "token",
                    "mlp_layer": "SwiGLUPacked",
                    "act_layer": "silu",
                    "dynamic_img_size": True,
                },
            ),
            "architecture": "ViT-H/14, 4 registers" if version_2 else "ViT-H/14",
            "embed_dim": 2560,
            "pooling": "cls+mean",
            "preprocess": tile(IMAGENET_MEAN, IMAGENET_STD, "bicubic", f"{TRIDENT}, load.py", magnification=20),
            "gated": True,
            "limitations": "Access asks for an institutional address.",
            **facts,
        }
    )


VIRCHOW = _virchow(
    "medical/virchow",
    title="Virchow",
    summary="ViT-H/14 for tissue tiles; the first of its size under a permissive licence.",
    superseded_by="medical/virchow2",
    n_parameters=631_229_184,
    pretraining=Pretraining(datasets=None, objective="DINOv2"),
    license=License(code=None, weights="Apache-2.0", data=None),
    commercial_use=True,
    results=(hest(0.3977),),
    citation="arXiv:2309.07778",
    sources=("https://huggingface.co/paige-ai/Virchow", TRIDENT, HEST),
)

VIRCHOW2 = _virchow(
    "medical/virchow2",
    aliases=("eva/paige_virchow2",),
    title="Virchow 2",
    summary="ViT-H/14 for tissue tiles, DINOv2 on 3.1M slides.",
    n_parameters=631_239_424,
    pretraining=Pretraining(datasets=None, size="3.1M slides", objective="DINOv2"),
    license=NC_ND,
    commercial_use=False,
    results=(
        *leaderboard(BACH=0.883, BreakHis=0.821, CRC=0.967, Gleason=0.783, MHIST=0.861, PatchCamelyon=0.938),
        *leaderboard(CoNSeP=0.640, MoNuSAC=0.669),
        row("TCGA Uniform Tumor", "balanced accuracy", 0.620, ROI, UNI_REPO),
        hest(0.3984),
    ),
    citation="arXiv:2408.00738",
    sources=("https://huggingface.co/paige-ai/Virchow2", TRIDENT, EVA, HEST),
)

_BIOPTIMUS = "https://github.com/bioptimus/releases, models/h-optimus/v0"
_OPTIMUS_TILE = tile(
    (0.707223, 0.578729, 0.703617),
    (0.211883, 0.230117, 0.177517),
    "bilinear",
    f"page of bioptimus/H-optimus-0 (mean, std, 0.5 um a pixel); {TRIDENT}, load.py (resize)",
    crop="none",
    magnification=20,
    ground_resolution_m=0.5e-6,
)

H_OPTIMUS_0 = ModelCard(
    id="medical/h-optimus-0",
    aliases=("eva/bioptimus_h_optimus_0",),
    title="H-optimus-0",
    summary="ViT-g/14 for tissue tiles on more than 500,000 slides, free for commercial use.",
    modality="image",
    domains=("medical/pathology",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_giant_patch14_reg4_dinov2",
        repository="bioptimus/H-optimus-0",
        file="pytorch_model.bin",
        format="pickle",
        config={"img_size": 224, "init_values": 1e-5, "global_pool": "token", "dynamic_img_size": False},
    ),
    architecture="ViT-g/14, 4 registers",
    n_parameters=1_134_774_272,
    embed_dim=1536,
    pooling="cls",
    preprocess=_OPTIMUS_TILE,
    pretraining=Pretraining(
        datasets=None, size="more than 500,000 H&E slides, several hundred million tiles", objective="iBOT, DINOv2"
    ),
    license=License(code="Apache-2.0", weights="Apache-2.0", data=None),
    commercial_use=True,
    gated=True,
    results=(
        *(
            row(name, "accuracy", value, "linear probe", _BIOPTIMUS)
            for name, value in (
                ("Camelyon17-WILDS", 0.982),
                ("CRC, not normalised", 0.956),
                ("CRC, normalised", 0.962),
                ("MHIST", 0.828),
                ("TCGA Uniform Tumor", 0.843),
            )
        ),
        row("Camelyon16", "AUC", 0.989, ABMIL, _BIOPTIMUS),
        *leaderboard(BACH=0.759, BreakHis=0.801, CRC=0.955, Gleason=0.770, MHIST=0.843, PatchCamelyon=0.943),
        *leaderboard(CoNSeP=0.644, MoNuSAC=0.685),
        hest(0.4146),
    ),
    limitations="The gate is known at second hand. Its page recommends float16 autocast.",
    citation=None,
    sources=("https://huggingface.co/bioptimus/H-optimus-0", _BIOPTIMUS, TRIDENT, EVA, HEST),
)

H_OPTIMUS_1 = ModelCard(
    id="medical/h-optimus-1",
    title="H-optimus-1",
    summary="Successor of H-optimus-0 in the same architecture; behind a gate that is slow to open.",
    modality="image",
    domains=("medical/pathology",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_giant_patch14_reg4_dinov2",
        repository="bioptimus/H-optimus-1",
        config={"img_size": 224, "init_values": 1e-5, "global_pool": "token", "dynamic_img_size": False},
    ),
    architecture="ViT-g/14, 4 registers",
    n_parameters=1_134_774_272,
    embed_dim=1536,
    pooling="cls",
    preprocess=_OPTIMUS_TILE,
    pretraining=None,
    license=License(code=None, weights=None, data=None),
    commercial_use=None,
    gated=True,
    limitations="Users report months without an answer to a request for access.",
    citation=None,
    sources=("https://huggingface.co/bioptimus/H-optimus-1", TRIDENT),
)


MODELS = (UNI, UNI2_H, VIRCHOW, VIRCHOW2, H_OPTIMUS_0, H_OPTIMUS_1)
