"""Masked autoencoders of satellite pictures: SatMAE, SatMAE++, Scale-MAE."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining, Result
from zoo.specs import IMAGENET_MEAN, IMAGENET_STD

from .bands import SENTINEL2_LAND

_SATMAE = "https://github.com/sustainlab-group/SatMAE/tree/e31c11f"
_SATMAE_PP = "https://github.com/techmn/satmae_pp/tree/ee173bf"
_TORCHGEO = "https://github.com/torchgeo/torchgeo/tree/65507dcbc"
_SATDINO = "notes on the SatDINO paper (second hand)"

RGB_PIXELS = ImagePreprocess(
    size_px=224,
    resize_px=256,
    resize_mode="shortest",
    interpolation="bicubic",
    crop="center",
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=(0.4182007312774658, 0.4214799106121063, 0.3991275727748871),
    std=(0.28774282336235046, 0.27541765570640564, 0.2764017581939697),
    steps=("satellite-as-float",),
    source=f"{_SATMAE}/util/datasets.py: resized as a float tensor",
)
SENTINEL_PIXELS = ImagePreprocess(
    size_px=96,
    resize_px=109,
    resize_mode="shortest",
    interpolation="bicubic",
    crop="center",
    bands=SENTINEL2_LAND,
    value_range=(0, 10_000),
    units="reflectance x 10000 (top of atmosphere, Sentinel-2 L1C)",
    scale=None,
    mean=None,
    std=None,
    steps=("satellite-satmae-two-std",),
    ground_resolution_m=10,
    source=f"{_SATMAE}/util/datasets.py: mean -+ 2 std to 0-255, whole numbers, then 0-1, then the resize",
)
TWO_STD_MEAN = (
    1184.3824625, 1120.77120066, 1136.26026392, 1263.73947144, 1645.40315151, 1846.87040806, 1762.59530783,
    1972.62420416, 1732.16362238, 1247.91870117,
)  # fmt: skip
TWO_STD_STD = (
    650.2842772, 712.12507725, 965.23119807, 948.9819932, 1108.06650639, 1258.36394548, 1233.1492281,
    1364.38688993, 1310.36996126, 1087.6020813,
)  # fmt: skip
"""SatMAE's statistics of fMoW-Sentinel, of the ten bands that it keeps of thirteen."""

_MASKED = "masked autoencoder, 75% hidden"


def _row(dataset: str, metric: str, value: float, protocol: str, source: str) -> Result:
    return Result(dataset=dataset, metric=metric, value=value, protocol=protocol, source=source)


def _knn(**values: float) -> tuple[Result, ...]:
    return tuple(
        _row(name.replace("_", "-"), "accuracy", value, "kNN on frozen features", _SATDINO)
        for name, value in values.items()
    )


SATMAE_RGB = ModelCard(
    id="satellite/satmae-rgb-vit-l",
    aliases=("satmae",),
    title="SatMAE fMoW-RGB ViT-L",
    summary="ViT-L/16, masked autoencoder on the world's aerial colour pictures of fMoW.",
    modality="image",
    domains=("satellite/rgb",),
    capabilities=("embed",),
    source=CustomSource(
        builder="satmae-rgb-vit-l",
        file="fmow_pretrain.pth",
        format="pickle",
        url="https://zenodo.org/record/7369797/files/fmow_pretrain.pth",
    ),
    architecture="ViT-L/16",
    n_parameters=303_301_632,
    embed_dim=1024,
    pooling="cls",
    preprocess=RGB_PIXELS,
    pretraining=Pretraining(datasets=frozenset({"fMoW-RGB"}), size="800 epochs", objective=_MASKED),
    license=License(code="CC-BY-NC-4.0", weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    results=(
        _row("fMoW-RGB", "accuracy", 0.7778, "fine-tuned, validation part", f"{_SATMAE}/README.md"),
        *_knn(EuroSAT=0.8143, RESISC45=0.6596, UC_Merced=0.7845, WHU_RS19=0.8641, RS_C11=0.8396),
    ),
    citation="arXiv:2207.08051",
    sources=(_SATMAE, "https://zenodo.org/record/7369797"),
)


def _sentinel(letter: str, depth_note: str, n_parameters: int, embed_dim: int, accuracy: float) -> ModelCard:
    """One size of the model of grouped Sentinel-2 bands."""
    name = {"b": "base", "l": "large"}[letter]
    return ModelCard(
        id=f"satellite/satmae-sentinel-vit-{letter}",
        title=f"SatMAE fMoW-Sentinel ViT-{letter.upper()}",
        summary="Ten Sentinel-2 bands as three groups of tokens; masked autoencoder on fMoW-Sentinel.",
        modality="multispectral",
        domains=("satellite/multispectral",),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"satmae-sentinel-vit-{letter}",
            file=f"pretrain-vit-{name}-e199.pth",
            format="pickle",
            url=f"https://zenodo.org/record/7338613/files/pretrain-vit-{name}-e199.pth",
        ),
        architecture=f"ViT-{letter.upper()}/8 over band groups, {depth_note}",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="cls",
        preprocess=SENTINEL_PIXELS,
        pretraining=Pretraining(datasets=frozenset({"fMoW-Sentinel"}), size="200 epochs", objective=_MASKED),
        license=License(code="CC-BY-NC-4.0", weights="CC-BY-NC-4.0", data=None),
        commercial_use=False,
        gated=False,
        results=(_row("fMoW-Sentinel", "accuracy", accuracy, "fine-tuned, validation part", f"{_SATMAE}/README.md"),),
        citation="arXiv:2207.08051",
        sources=(_SATMAE, "https://zenodo.org/record/7338613"),
    )


SATMAE_SENTINEL_B = _sentinel("b", "12 blocks", 85_625_856, 768, 0.6265)
SATMAE_SENTINEL_L = _sentinel("l", "24 blocks", 303_083_264, 1024, 0.6384)

SATMAE_PP_RGB = ModelCard(
    id="satellite/satmaepp-rgb-vit-l",
    title="SatMAE++ fMoW-RGB ViT-L",
    summary="SatMAE's network, trained to rebuild pictures at several scales; free for commercial use.",
    modality="image",
    domains=("satellite/rgb",),
    capabilities=("embed",),
    source=CustomSource(
        builder="satmae-rgb-vit-l", repository="mubashir04/checkpoint_ViT-L_pretrain_fmow_rgb", format="pickle"
    ),
    architecture="ViT-L/16",
    n_parameters=303_301_632,
    embed_dim=1024,
    pooling="cls",
    preprocess=RGB_PIXELS,
    pretraining=Pretraining(
        datasets=frozenset({"fMoW-RGB"}), size="800 epochs", objective="masked autoencoder over several scales"
    ),
    license=License(code="Apache-2.0", weights=None, data=None),
    commercial_use=None,
    gated=False,
    results=(_row("fMoW-RGB", "accuracy", 0.7814, "fine-tuned", f"{_SATMAE_PP}/README.md"),),
    citation="arXiv:2403.05419",
    sources=(_SATMAE_PP, "https://huggingface.co/MVRL/satmaepp_ViT-L_pretrain_fmow_rgb"),
)

SATMAE_PP_SENTINEL = ModelCard(
    id="satellite/satmaepp-sentinel-vit-l",
    title="SatMAE++ fMoW-Sentinel ViT-L",
    summary="SatMAE's network of grouped Sentinel-2 bands, trained to rebuild at several scales.",
    modality="multispectral",
    domains=("satellite/multispectral",),
    capabilities=("embed",),
    source=CustomSource(
        builder="satmae-sentinel-vit-l",
        repository="mubashir04/checkpoint_ViT-L_pretrain_fmow_sentinel",
        format="pickle",
    ),
    architecture="ViT-L/8 over band groups, 24 blocks",
    n_parameters=303_083_264,
    embed_dim=1024,
    pooling="cls",
    preprocess=SENTINEL_PIXELS,
    pretraining=Pretraining(
        datasets=frozenset({"fMoW-Sentinel"}), size="50 epochs", objective="masked autoencoder over several scales"
    ),
    license=License(code="Apache-2.0", weights=None, data=None),
    commercial_use=None,
    gated=False,
    results=(_row("fMoW-Sentinel", "accuracy", 0.6323, "fine-tuned", f"{_SATMAE_PP}/README.md"),),
    citation="arXiv:2403.05419",
    sources=(_SATMAE_PP,),
)

SCALE_MAE = ModelCard(
    id="satellite/scale-mae-vit-l",
    aliases=("scale-mae",),
    title="Scale-MAE ViT-L",
    summary="ViT-L/16 whose positions are measured in metres, so that it knows how large things are.",
    modality="image",
    domains=("satellite/rgb",),
    capabilities=("embed",),
    source=CustomSource(
        builder="scale-mae-vit-l",
        repository="isaaccorley/vit_large_patch16_224_fmow_rgb_scalemae",
        file="vit_large_patch16_224_fmow_rgb_scalemae-98ed9821.pth",
        revision="9dc7f569424baeb780698352cf6e87638c882123",
        format="pickle",
    ),
    architecture="ViT-L/16, positions scaled by the ground resolution",
    n_parameters=303_301_632,
    embed_dim=1024,
    pooling="cls",
    preprocess=ImagePreprocess(
        size_px=224,
        resize_mode="squash",
        interpolation=None,
        crop="none",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        source=f"{_TORCHGEO}/torchgeo/models/scale_mae.py (size, scale, mean, std; no resize is stated)",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"fMoW-RGB"}),
        n_samples=363_600,
        size="363.6K images (second hand), 800 epochs",
        objective="masked autoencoder aware of scale",
    ),
    license=License(code="CC-BY-NC-4.0", weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    results=_knn(EuroSAT=0.8542, RESISC45=0.7996, UC_Merced=0.8458, WHU_RS19=0.8932),
    limitations="Assumes 1 m per pixel where no ground resolution is given.",
    citation="arXiv:2212.14532",
    sources=(_TORCHGEO, "https://github.com/bair-climate-initiative/scale-mae/tree/89280d8"),
)

MODELS = (SATMAE_RGB, SATMAE_SENTINEL_B, SATMAE_SENTINEL_L, SATMAE_PP_RGB, SATMAE_PP_SENTINEL, SCALE_MAE)
