"""Encoders of many instruments that zoo builds: Galileo, DOFA, CROMA."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining, Result

from .bands import SENTINEL2_L2A, SENTINEL2_LAND
from .shared import TORCHGEO, geo_bench, middle

_GALILEO = "https://github.com/nasaharvest/galileo/tree/0f0b5b9"
_CROMA = "https://github.com/antofuller/CROMA/tree/59505a6"


_GALILEO_MEAN = (
    1395.3408730676722, 1338.4026921784578, 1343.09883810357, 1543.8607982512297, 2186.2022069512263,
    2525.0932853316694, 2410.3377187373408, 2750.2854646886753, 2234.911100061487, 1474.5311266077113,
)  # fmt: skip
_GALILEO_STD = (
    917.7041440370853, 913.2988423581528, 1092.678723527555, 1047.2206083460424, 1048.0101611156767,
    1143.6903026819996, 1098.979177731649, 1204.472755085893, 1145.9774063078878, 980.2429840007796,
)  # fmt: skip
_GALILEO_PIXELS = middle(
    96,
    SENTINEL2_LAND,
    tuple(mean - 2 * std for mean, std in zip(_GALILEO_MEAN, _GALILEO_STD, strict=True)),
    tuple(4 * std for std in _GALILEO_STD),
    f"{_GALILEO}/config/normalization.json, single_file_galileo.py: mean - 2 std to 0, mean + 2 std to 1; "
    "any side that is a multiple of 8",
)


def _galileo(size: str, n_parameters: int, embed_dim: int) -> ModelCard:
    """One size of Galileo, on its Sentinel-2 bands."""
    return ModelCard(
        id=f"satellite/galileo-{size}",
        title=f"Galileo {size}",
        summary="Optical, radar, weather and maps in one encoder with free patch size; here its ten Sentinel-2 bands.",
        modality="multispectral",
        domains=("satellite/multispectral", "satellite/timeseries", "satellite/sar"),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"galileo-{size}",
            repository="nasaharvest/galileo",
            file=f"models/{size}/encoder.pt",
            format="pickle",
        ),
        architecture=f"Galileo {size} encoder",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="mean",
        preprocess=_GALILEO_PIXELS,
        pretraining=Pretraining(
            datasets=frozenset(
                {"Sentinel-1", "Sentinel-2", "ERA5", "TerraClimate", "VIIRS", "SRTM", "Dynamic World", "WorldCereal"}
            ),
            n_samples=127_155,
            size="127,155 sites",
            objective="global and local masked prediction of latents",
        ),
        license=License(code="MIT", weights=None, data=None),
        commercial_use=None,
        gated=False,
        citation="arXiv:2502.09356",
        sources=(_GALILEO,),
    )


GALILEO_NANO = _galileo("nano", 1_037_856, 128)
GALILEO_TINY = _galileo("tiny", 5_705_520, 192)
GALILEO_BASE = _galileo("base", 86_523_072, 768)


def _dofa(size: str, file: str, n_parameters: int, embed_dim: int, results: tuple[Result, ...]) -> ModelCard:
    """One size of DOFA, with colour pictures as the contract."""
    return ModelCard(
        id=f"satellite/dofa-vit-{size}",
        aliases=("dofa",) if size == "b" else (),
        title=f"DOFA ViT-{size.upper()}",
        summary="ViT whose kernels are made from wavelengths: any bands; the contract here is its colour input.",
        modality="image",
        domains=("satellite/rgb", "satellite/multispectral"),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"dofa-vit-{size}",
            repository="torchgeo/dofa",
            file=file,
            revision="b8db318b64a90b9e085ec04ba8851233c5893666",
            format="pickle",
        ),
        architecture=f"ViT-{size.upper()}/16 with kernels made from wavelengths",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="mean",
        preprocess=ImagePreprocess(
            size_px=224,
            resize_mode=None,
            interpolation=None,
            crop="center",
            value_range=(0, 255),
            units="uint8",
            scale=None,
            mean=(123.675, 116.28, 103.53),
            std=(58.395, 57.12, 57.375),
            source="https://github.com/zhu-xlab/DOFA, README (constants); "
            f"{TORCHGEO}/torchgeo/models/dofa.py (crop alone)",
        ),
        pretraining=Pretraining(
            datasets=frozenset({"SatlasPretrain", "Five-Billion-Pixels", "HySpecNet-11k"}),
            n_samples=8_080_000,
            size="8.08M samples (second hand)",
            objective="masked autoencoder",
        ),
        license=License(code=None, weights="CC-BY-4.0", data=None),
        commercial_use=True,
        gated=False,
        results=results,
        citation="arXiv:2403.15356",
        sources=(TORCHGEO, "https://github.com/zhu-xlab/DOFA"),
    )


DOFA_B = _dofa(
    "b",
    "dofa_base_patch16_224-a0275954.pth",
    111_312_128,
    768,
    geo_bench(
        ("m-eurosat", "accuracy", 0.939),
        ("m-bigearthnet", "F1", 0.657),
        ("m-so2sat", "accuracy", 0.551),
        ("m-forestnet", "accuracy", 0.509),
        ("m-pv4ger", "accuracy", 0.969),
        ("m-cashew-plant", "mIoU", 0.515),
        ("m-chesapeake", "mIoU", 0.653),
    ),
)
DOFA_L = _dofa(
    "l",
    "dofa_large_patch16_224-0ff904d3.pth",
    337_105_408,
    1024,
    geo_bench(
        ("m-eurosat", "accuracy", 0.971),
        ("m-bigearthnet", "F1", 0.675),
        ("m-so2sat", "accuracy", 0.601),
        ("m-forestnet", "accuracy", 0.546),
        ("m-pv4ger", "accuracy", 0.973),
        ("m-cashew-plant", "mIoU", 0.569),
        ("m-chesapeake", "mIoU", 0.663),
    ),
)

CROMA_BASE = ModelCard(
    id="satellite/croma-base",
    aliases=("croma",),
    title="CROMA base",
    summary="Optical and radar pictures of one place side by side, attention that fades with distance.",
    modality="multispectral",
    domains=("satellite/multispectral", "satellite/sar"),
    capabilities=("embed",),
    source=CustomSource(
        builder="croma-base",
        repository="torchgeo/croma",
        file="CROMA_base-0238d814.pt",
        revision="387883f08af79d777167519c57cd826eda89a16f",
        format="pickle",
    ),
    architecture="ViT-B/8 with 2D-ALiBi, three towers",
    n_parameters=194_365_440,
    embed_dim=768,
    pooling="mean",
    preprocess=middle(
        120,
        SENTINEL2_L2A,
        None,
        None,
        f"{_CROMA}/use_croma.py: each band of a picture to 0-1 between mean -+ 2 std of its own",
        units="reflectance x 10000 (Sentinel-2)",
        steps=("satellite-own-two-std",),
    ),
    pretraining=Pretraining(
        datasets=frozenset({"SSL4EO-S12"}),
        n_samples=3_000_000,
        size="3M patches (second hand)",
        objective="contrast of radar and optical, masked autoencoder",
    ),
    license=License(code="MIT", weights="CC-BY-4.0", data=None),
    commercial_use=True,
    gated=False,
    citation="arXiv:2311.00566",
    sources=(_CROMA, TORCHGEO),
)

MODELS = (GALILEO_NANO, GALILEO_TINY, GALILEO_BASE, DOFA_B, DOFA_L, CROMA_BASE)
