"""Prithvi-EO 1.0 and 2.0 of IBM and NASA: six HLS bands over space and time."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining

from .bands import HLS

_TERRATORCH = "https://github.com/IBM/terratorch/tree/85467a9f"
_REPO_2 = "https://github.com/NASA-IMPACT/Prithvi-EO-2.0/tree/7583112"


def _pixels(mean: tuple[float, ...], std: tuple[float, ...], n_frames: int, source: str) -> ImagePreprocess:
    """224 x 224 cut from the middle: no resize, so that 30 m stay 30 m."""
    return ImagePreprocess(
        size_px=224,
        resize_mode=None,
        interpolation=None,
        crop="center",
        bands=HLS,
        value_range=(0, 10_000),
        units="reflectance x 10000 (surface, HLS)",
        scale=None,
        mean=mean,
        std=std,
        n_frames=n_frames,
        ground_resolution_m=30,
        source=source,
    )


PRITHVI_1 = ModelCard(
    id="satellite/prithvi-1.0-100m",
    aliases=("prithvi", "satellite/prithvi-eo-1.0-100m"),
    title="Prithvi-EO 1.0 100M",
    summary="ViT-B over space and time on HLS of the contiguous United States.",
    superseded_by="satellite/prithvi-2.0-300m",
    modality="multispectral",
    domains=("satellite/multispectral", "satellite/timeseries"),
    capabilities=("embed",),
    source=CustomSource(
        builder="prithvi-1.0-100m",
        repository="ibm-nasa-geospatial/Prithvi-EO-1.0-100M",
        file="Prithvi_EO_V1_100M.pt",
        format="pickle",
    ),
    architecture="ViT-B, patches of 1 x 16 x 16",
    n_parameters=86_237_184,
    embed_dim=768,
    pooling="mean",
    preprocess=_pixels(
        (775.0, 1081.0, 1229.0, 2497.0, 2204.0, 1611.0),
        (1282.0, 1270.0, 1399.0, 1368.0, 1292.0, 1155.0),
        3,
        f"{_TERRATORCH}/terratorch/models/backbones; VMarsocci/pangaea-bench configs/encoder/prithvi.yaml",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"HLS (contiguous US)"}),
        size="1 TB (second hand)",
        objective="masked autoencoder, 75% hidden",
    ),
    license=License(code="Apache-2.0", weights="Apache-2.0", data=None),
    commercial_use=True,
    gated=False,
    limitations="The licence tag was read on the repository's earlier name, Prithvi-100M.",
    citation="arXiv:2310.18660",
    sources=(_TERRATORCH, "https://huggingface.co/ibm-nasa-geospatial/Prithvi-EO-1.0-100M"),
)

_PIXELS_2 = _pixels(
    (1087.0, 1342.0, 1433.0, 2734.0, 1958.0, 1363.0),
    (2248.0, 2179.0, 2178.0, 1850.0, 1242.0, 1049.0),
    4,
    f"{_TERRATORCH}/terratorch/models/backbones/prithvi_vit.py; {_REPO_2}; no-data is replaced by 0 there",
)
_PIXELS_2_TINY = _PIXELS_2.model_copy(update={"n_frames": 1})


def _prithvi_2(
    size: str,
    n_parameters: int,
    embed_dim: int,
    architecture: str,
    *,
    licensed: bool = True,
) -> ModelCard:
    """One variant; TL: it may be told dates and places. `licensed`: its page was seen to carry the tag."""
    tag = size.replace("-TL", "_TL")
    metadata = size.endswith("-TL")
    return ModelCard(
        id=f"satellite/prithvi-2.0-{size.lower()}",
        aliases=(f"satellite/prithvi-eo-2.0-{size.lower()}",),
        title=f"Prithvi-EO 2.0 {size}",
        summary="ViT over space and time on 4.2M global HLS series"
        + (", told of dates and places." if metadata else "."),
        modality="multispectral",
        domains=("satellite/multispectral", "satellite/timeseries"),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"prithvi-2.0-{size.lower()}",
            repository=f"ibm-nasa-geospatial/Prithvi-EO-2.0-{size}",
            file=f"Prithvi_EO_V2_{tag}.pt",
            format="pickle",
        ),
        architecture=architecture,
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="mean",
        preprocess=_PIXELS_2_TINY if size.startswith("tiny") else _PIXELS_2,
        pretraining=Pretraining(
            datasets=frozenset({"HLS V2 (global)"}),
            n_samples=4_200_000,
            size="4.2M time series at 30 m",
            objective="masked autoencoder, 75% hidden"
            + (", dates and places dropped from a tenth of the samples" if metadata else ""),
        ),
        license=License(code="MIT", weights="Apache-2.0" if licensed else None, data=None),
        commercial_use=True if licensed else None,
        gated=False,
        citation="arXiv:2412.02732",
        sources=(_TERRATORCH, _REPO_2, f"https://huggingface.co/ibm-nasa-geospatial/Prithvi-EO-2.0-{size}"),
    )


PRITHVI_2_TINY_TL = _prithvi_2("tiny-TL", 5_634_050, 192, "ViT-Ti, patches of 1 x 16 x 16", licensed=False)
PRITHVI_2_100M_TL = _prithvi_2("100M-TL", 86_237_186, 768, "ViT-B, patches of 1 x 16 x 16", licensed=False)
PRITHVI_2_300M = _prithvi_2("300M", 303_886_336, 1024, "ViT-L, patches of 1 x 16 x 16")
PRITHVI_2_300M_TL = _prithvi_2("300M-TL", 303_886_338, 1024, "ViT-L, patches of 1 x 16 x 16")
PRITHVI_2_600M = _prithvi_2("600M", 631_188_480, 1280, "ViT-H, patches of 1 x 14 x 14")
PRITHVI_2_600M_TL = _prithvi_2("600M-TL", 631_188_482, 1280, "ViT-H, patches of 1 x 14 x 14", licensed=False)

MODELS = (
    PRITHVI_1,
    PRITHVI_2_TINY_TL,
    PRITHVI_2_100M_TL,
    PRITHVI_2_300M,
    PRITHVI_2_300M_TL,
    PRITHVI_2_600M,
    PRITHVI_2_600M_TL,
)
