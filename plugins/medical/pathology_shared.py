"""What cards of tissue encoders share: the tile that they see, and rows of two leaderboards."""

from __future__ import annotations

from typing import Literal

from zoo.cards import ImagePreprocess, License, Result

UNI_REPO = "https://github.com/mahmoodlab/UNI/tree/42715ef"
CONCH_REPO = "https://github.com/mahmoodlab/CONCH/tree/141cc09"
TRIDENT = "https://github.com/mahmoodlab/TRIDENT/tree/a91fa84"
HEST = "https://github.com/mahmoodlab/HEST, README of 2025-09-01"
EVA = "https://github.com/kaiko-ai/eva/blob/73b61a79/tools/data/leaderboards/pathology.csv"
HALF = (0.5, 0.5, 0.5)
NC_ND = License(code=None, weights="CC-BY-NC-ND-4.0", data=None)


def tile(
    mean: tuple[float, ...],
    std: tuple[float, ...],
    interpolation: Literal["bilinear", "bicubic"],
    source: str,
    *,
    size_px: int = 224,
    crop: Literal["center", "none"] = "center",
    magnification: float | None = None,
    ground_resolution_m: float | None = None,
) -> ImagePreprocess:
    """A colour tile of a slide stained with haematoxylin and eosin."""
    return ImagePreprocess(
        size_px=size_px,
        resize_mode="shortest" if crop == "center" else "squash",
        interpolation=interpolation,
        crop=crop,
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=mean,
        std=std,
        magnification=magnification,
        ground_resolution_m=ground_resolution_m,
        source=source,
    )


def leaderboard(**values: float) -> tuple[Result, ...]:
    """Rows of Kaiko's leaderboard: frozen tile features; Dice of segmentation, balanced accuracy of the rest."""
    dice = {"CoNSeP", "MoNuSAC"}
    return tuple(
        Result(
            dataset=name.replace("_", " "),
            metric="Dice" if name in dice else "balanced accuracy",
            value=value,
            protocol="frozen encoder, small convolutional decoder"
            if name in dice
            else "frozen encoder, one-layer head",
            source=EVA,
        )
        for name, value in values.items()
    )


def hest(value: float, source: str = HEST) -> Result:
    return Result(
        dataset="HEST-bench average",
        metric="Pearson",
        value=value,
        protocol="frozen features, regression",
        source=source,
    )


def row(dataset: str, metric: str, value: float, protocol: str, source: str) -> Result:
    return Result(dataset=dataset, metric=metric, value=value, protocol=protocol, source=source)


ROI = "frozen features of regions; the README does not name the probe"
KNN = "kNN with 20 neighbours on regions"
ABMIL = "attention-based multiple-instance learning"
