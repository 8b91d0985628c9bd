"""Encoders of chest x-rays without text: EVA-X and TorchXRayVision."""

from __future__ import annotations

from zoo.cards import GRAY, CustomSource, ImagePreprocess, License, ModelCard, Pretraining, Result

_EVA_X = "https://github.com/hustvl/EVA-X/tree/dc4f32a"
_XRV = "https://github.com/mlmed/torchxrayvision/tree/f4087a0"

_EVA_X_PIXELS = ImagePreprocess(
    size_px=224,
    resize_px=256,
    resize_mode="shortest",
    interpolation="bicubic",
    crop="center",
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=(0.49185243, 0.49185243, 0.49185243),
    std=(0.28509309, 0.28509309, 0.28509309),
    source=f"{_EVA_X}/classification/utils/datasets.py",
)
_EVA_X_TUNED = "fine-tuned, 224 px, official test"


def _eva_x(size: str, title: str, n_parameters: int, embed_dim: int, results: tuple[Result, ...]) -> ModelCard:
    """One size of EVA-X."""
    letter = {"tiny": "ti", "small": "s", "base": "b"}[size]
    return ModelCard(
        id=f"medical/eva-x-{letter}",
        title=title,
        summary="Plain ViT of the EVA-02 kind, masked image modelling on merged public chest x-rays.",
        modality="image",
        domains=("medical/radiology",),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"eva-x-{letter}",
            repository="MapleF/eva_x",
            file=f"eva_x_{size}_patch16_merged520k_mim.pt",
            format="pickle",
        ),
        architecture=f"EVA-02 ViT-{letter.title()}/16",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="mean",
        preprocess=_EVA_X_PIXELS,
        pretraining=Pretraining(
            datasets=None,
            size="about 520K merged chest x-rays (by the file's name)",
            objective="masked image modelling against tokens of an MGCA ViT-B/16",
        ),
        license=License(code=None, weights=None, data=None),  # a badge says MIT, but there is no licence file
        commercial_use=None,
        gated=False,
        results=results,
        citation="arXiv:2405.05237",
        sources=(_EVA_X,),
    )


def _eva_x_result(dataset: str, metric: str, value: float, protocol: str = _EVA_X_TUNED) -> Result:
    source = f"{_EVA_X}/classification/README.md"
    return Result(dataset=dataset, metric=metric, value=value, protocol=protocol, source=source)


EVA_X_TI = _eva_x(
    "tiny",
    "EVA-X Ti",
    5_525_184,
    192,
    (
        _eva_x_result("ChestX-ray14", "mAUC", 0.824),
        _eva_x_result("CheXpert", "mAUC", 0.896, "fine-tuned, 224 px, official validation"),
    ),
)
EVA_X_S = _eva_x(
    "small",
    "EVA-X S",
    21_667_200,
    384,
    (
        _eva_x_result("ChestX-ray14", "mAUC", 0.833),
        _eva_x_result("CheXpert", "mAUC", 0.901, "fine-tuned, 224 px, official validation"),
        _eva_x_result("CovidX-CXR-3", "mAcc", 0.975, "fine-tuned, 480 px"),
        _eva_x_result("CovidX-CXR-4", "mAcc", 0.96, "fine-tuned, 480 px"),
    ),
)
EVA_X_B = _eva_x("base", "EVA-X B", 85_850_880, 768, (_eva_x_result("ChestX-ray14", "mAUC", 0.835),))

_XRV_RELEASE = "https://github.com/mlmed/torchxrayvision/releases/download/v1"
_XRV_LICENSE = License(code="Apache-2.0", weights=None, data=None)  # the repository's terms; none stated for weights
_XRV_SPLIT = "supervised, own 20% split"


def _xrv_pixels(size_px: int) -> ImagePreprocess:
    """0-255 becomes -1024 to 1024; no ImageNet statistics."""
    return ImagePreprocess(
        size_px=size_px,
        resize_mode="shortest",
        interpolation=None,
        crop="center",
        bands=GRAY,
        value_range=(0, 255),
        units="uint8",
        scale=2048 / 255,
        mean=(1024.0,),
        std=None,
        source=f"{_XRV}: datasets.normalize(img, 255), centre crop to a square first",
    )


def _xrv_result(dataset: str, value: float) -> Result:
    return Result(dataset=dataset, metric="AUC", value=value, protocol=_XRV_SPLIT, source=f"{_XRV}/BENCHMARKS.md")


XRV_DENSENET = ModelCard(
    id="medical/torchxrayvision-densenet121-all",
    title="TorchXRayVision DenseNet-121 (all sets)",
    summary="Supervised on seven public chest x-ray sets; 18 findings, small and fast.",
    modality="image",
    domains=("medical/radiology",),
    capabilities=("embed", "classify"),
    source=CustomSource(
        builder="torchxrayvision-densenet121",
        file="nih-pc-chex-mimic_ch-google-openi-kaggle-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt",
        format="pickle",
        url=f"{_XRV_RELEASE}/nih-pc-chex-mimic_ch-google-openi-kaggle-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt",
    ),
    architecture="DenseNet-121, 1 channel",
    n_parameters=6_966_034,
    embed_dim=1024,
    pooling="average",
    preprocess=_xrv_pixels(224),
    pretraining=Pretraining(
        datasets=frozenset({"NIH-CXR", "PadChest", "CheXpert", "MIMIC-CXR", "Google", "OpenI", "RSNA"}),
        objective="supervised, multi-label",
    ),
    license=_XRV_LICENSE,
    commercial_use=None,
    gated=False,
    results=(
        _xrv_result("ChestX-ray14, Cardiomegaly", 0.88),
        _xrv_result("ChestX-ray14, Pneumothorax", 0.75),
        _xrv_result("RSNA, Pneumonia", 0.86),
        _xrv_result("SIIM, Pneumothorax", 0.79),
        _xrv_result("PadChest, Effusion", 0.95),
    ),
    citation="arXiv:2111.00595; arXiv:2002.02497",
    sources=(_XRV,),
)

XRV_RESNET = ModelCard(
    id="medical/torchxrayvision-resnet50-all",
    title="TorchXRayVision ResNet-50 (all sets, 512 px)",
    summary="Supervised on five public chest x-ray sets at 512 px; 16 of its 18 findings are trained.",
    modality="image",
    domains=("medical/radiology",),
    capabilities=("embed", "classify"),
    source=CustomSource(
        builder="torchxrayvision-resnet50",
        file="pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
        format="pickle",
        url=f"{_XRV_RELEASE}/pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
    ),
    architecture="ResNet-50, 1 channel",
    n_parameters=23_538_642,
    embed_dim=2048,
    pooling="average",
    preprocess=_xrv_pixels(512),
    pretraining=Pretraining(
        datasets=frozenset({"PadChest", "NIH-CXR", "RSNA", "SIIM", "VinBrain"}), objective="supervised, multi-label"
    ),
    license=_XRV_LICENSE,
    commercial_use=None,
    gated=False,
    results=(
        _xrv_result("ChestX-ray14, Cardiomegaly", 0.90),
        _xrv_result("ChestX-ray14, Pneumothorax", 0.84),
        _xrv_result("RSNA, Pneumonia", 0.87),
        _xrv_result("SIIM, Pneumothorax", 0.91),
        _xrv_result("PadChest, Effusion", 0.95),
    ),
    limitations="Lung Lesion and Enlarged Cardiomediastinum are not trained.",
    citation="arXiv:2111.00595; arXiv:2002.02497",
    sources=(_XRV,),
)

MODELS = (EVA_X_TI, EVA_X_S, EVA_X_B, XRV_DENSENET, XRV_RESNET)
