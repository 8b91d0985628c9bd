"""What cards of satellite encoders share: a cut without resize, and rows of torchgeo's table."""

from __future__ import annotations

from zoo.cards import ImagePreprocess, Result

TORCHGEO = "https://github.com/torchgeo/torchgeo/tree/65507dcbc"
_TABLE = f"{TORCHGEO}/docs/api/weights/agnostic.csv"
_REFLECTANCE = "reflectance x 10000 (Sentinel-2 L2A)"


def geo_bench(*figures: tuple[str, str, float]) -> tuple[Result, ...]:
    """Rows of torchgeo's table of models that take any instrument: (data set, metric, share)."""
    return tuple(
        Result(dataset=name, metric=metric, value=value, protocol="torchgeo's table, per paper", source=_TABLE)
        for name, metric, value in figures
    )


def middle(
    size_px: int,
    bands: tuple[str, ...],
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
    source: str,
    *,
    units: str = _REFLECTANCE,
    steps: tuple[str, ...] = (),
) -> ImagePreprocess:
    """The middle of a Sentinel-2 picture, never resized, so that 10 m stay 10 m."""
    return ImagePreprocess(
        size_px=size_px,
        resize_mode=None,
        interpolation=None,
        crop="center",
        bands=bands,
        value_range=(0, 10_000),
        units=units,
        scale=None,
        mean=mean,
        std=std,
        steps=steps,
        ground_resolution_m=10,
        source=source,
    )
