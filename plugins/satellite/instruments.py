"""Encoders of many instruments: Clay, TerraMind, Panopticon, and OlmoEarth, which is known, not built."""

from __future__ import annotations

from zoo.cards import CustomSource, License, ModelCard, Pretraining, Result

from .bands import SENTINEL2_L2A, SENTINEL2_LAND, SENTINEL2_OLMOEARTH
from .shared import TORCHGEO, geo_bench, middle

_CLAY = "https://github.com/Clay-foundation/model/tree/a5790ce"
_TERRAMIND = "https://github.com/IBM/terramind/tree/8090b5c"
_TERRATORCH = "https://github.com/IBM/terratorch/tree/85467a9f"
_OLMO = "https://github.com/allenai/olmoearth_pretrain/tree/0a8852ed"

CLAY = ModelCard(
    id="satellite/clay-1.5",
    aliases=("clay",),
    title="Clay 1.5",
    summary="ViT-L/8 told of wavelengths, ground resolution, place and date; any optical or radar instrument.",
    modality="multispectral",
    domains=("satellite/multispectral", "satellite/rgb", "satellite/sar"),
    capabilities=("embed",),
    source=CustomSource(
        builder="clay-1.5", repository="made-with-clay/Clay", file="v1.5/clay-v1.5.ckpt", format="pickle"
    ),
    architecture="ViT-L/8 with kernels made from wavelengths",
    n_parameters=311_442_944,
    embed_dim=1024,
    pooling="cls",
    preprocess=middle(
        256,
        SENTINEL2_LAND,
        (1105.0, 1355.0, 1552.0, 1887.0, 2422.0, 2630.0, 2743.0, 2785.0, 2388.0, 1835.0),
        (1809.0, 1757.0, 1888.0, 1870.0, 1732.0, 1697.0, 1742.0, 1648.0, 1470.0, 1379.0),
        f"{_CLAY}/configs/metadata.yaml (sentinel-2-l2a; other instruments have other constants)",
    ),
    pretraining=Pretraining(
        datasets=None,
        n_samples=70_000_000,
        size="70M chips of many instruments, global",
        objective="masked autoencoder (95%) and DINOv2 as a teacher (5%)",
    ),
    license=License(code="Apache-2.0", weights="Apache-2.0", data=None),
    commercial_use=True,
    gated=False,
    results=(
        Result(
            dataset="Flood mapping, leave-region-out (Sentinel-2)",
            metric="mIoU",
            value=0.66,
            protocol="fine-tuned",
            source="arXiv:2511.01990, abstract",
        ),
    ),
    citation="https://github.com/Clay-foundation/model (release notes of v1.5)",
    sources=(_CLAY,),
)


_TERRAMIND_ROWS = "PANGAEA protocol as the aggregator says, not checked; it names no size of the model"
_TERRAMIND_MEAN = (
    1390.458, 1503.317, 1718.197, 1853.91, 2199.1, 2779.975, 2987.011, 3083.234, 3132.22, 3162.988, 2424.884,
    1857.648,
)  # fmt: skip
_TERRAMIND_STD = (
    2106.761, 2141.107, 2038.973, 2134.138, 2085.321, 1889.926, 1820.257, 1871.918, 1753.829, 1797.379, 1434.261,
    1334.311,
)  # fmt: skip


def _terramind(size: str, n_parameters: int, embed_dim: int, results: tuple[Result, ...] = ()) -> ModelCard:
    """One size of TerraMind, on its Sentinel-2 L2A input."""
    return ModelCard(
        id=f"satellite/terramind-1.0-{size}",
        aliases=("terramind",) if size == "base" else (),
        title=f"TerraMind 1.0 {size}",
        summary="Tokens of nine kinds of Earth data in one encoder; here its inputs of raw pixels.",
        modality="multispectral",
        domains=("satellite/multispectral", "satellite/sar", "satellite/rgb"),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"terramind-1.0-{size}",
            repository=f"ibm-esa-geospatial/TerraMind-1.0-{size}",
            file=f"TerraMind_v1_{size}.pt",
            format="pickle",
        ),
        architecture="ViT over kinds of data, patches of 16, gated feed-forward",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="mean",
        preprocess=middle(
            224,
            SENTINEL2_L2A,
            _TERRAMIND_MEAN,
            _TERRAMIND_STD,
            f"{_TERRATORCH}/terratorch, terramind_register.py (S2L2A; other inputs have other constants)",
        ),
        pretraining=Pretraining(
            datasets=frozenset({"TerraMesh"}), objective="masked correlation of tokens and pixels over nine modalities"
        ),
        license=License(code="Apache-2.0", weights=None, data=None),
        commercial_use=None,
        gated=False,
        results=results,
        limitations="Makes one kind of data from another upstream; zoo builds the encoder alone.",
        citation="arXiv:2504.11171",
        sources=(_TERRAMIND, _TERRATORCH, f"https://huggingface.co/ibm-esa-geospatial/TerraMind-1.0-{size}"),
    )


TERRAMIND_TINY = _terramind("tiny", 6_957_120, 192)
TERRAMIND_SMALL = _terramind("small", 24_531_072, 384)
TERRAMIND_BASE = _terramind(
    "base",
    91_446_528,
    768,
    tuple(
        Result(dataset=name, metric="mIoU", value=value, protocol=_TERRAMIND_ROWS, source="wizwand.com (second hand)")
        for name, value in (
            ("Sen1Floods11", 0.9062),
            ("HLS Burn Scars", 0.8242),
            ("PASTIS", 0.4051),
            ("MADOS", 0.6952),
            ("SN7-TS", 0.6061),
            ("AI4SmallFarms", 0.2812),
        )
    ),
)
TERRAMIND_LARGE = _terramind("large", 310_647_808, 1024)

_SSL4EO_MEAN = (1612.9, 1397.6, 1322.3, 1373.1, 1561.0, 2108.4, 2390.7, 2318.7, 2581.0, 837.7, 2195.2, 1537.4)
_SSL4EO_STD = (791.0, 854.3, 878.7, 1144.9, 1127.5, 1164.2, 1276.0, 1249.5, 1345.9, 577.5, 1340.0, 1142.9)
"""Of Sentinel-2 L1C, without B10."""

PANOPTICON = ModelCard(
    id="satellite/panopticon-vit-b",
    aliases=("panopticon",),
    title="Panopticon ViT-B/14",
    summary="DINOv2 made blind to the instrument: every channel is told by its wavelength or polarisation.",
    modality="multispectral",
    domains=("satellite/multispectral", "satellite/sar"),
    capabilities=("embed",),
    source=CustomSource(
        builder="panopticon-vit-b",
        repository="lewaldm/panopticon",
        file="panopticon_vitb14_teacher.pth",
        revision="c8c2bb9555819e8b2bcedf5b3b00e3bf531554e7",
        format="pickle",
    ),
    architecture="ViT-B/14 with channel attention",
    n_parameters=98_120_448,
    embed_dim=768,
    pooling="cls",
    preprocess=middle(
        224,
        SENTINEL2_L2A,
        _SSL4EO_MEAN,
        _SSL4EO_STD,
        "https://github.com/Panopticon-FM/panopticon, README: standard score of each channel over one's own data set; "
        f"here the statistics of SSL4EO-S12 stand in ({TORCHGEO}/torchgeo/models/resnet.py)",
    ),
    pretraining=None,
    license=License(code="Apache-2.0", weights="CC-BY-4.0", data=None),
    commercial_use=True,
    gated=False,
    results=geo_bench(
        ("m-eurosat", "accuracy", 0.964),
        ("m-so2sat", "accuracy", 0.617),
        ("m-forestnet", "accuracy", 0.563),
        ("m-brick-kiln", "accuracy", 0.967),
        ("m-nz-cattle", "mIoU", 0.926),
        ("m-chesapeake", "mIoU", 0.781),
    ),
    limitations="Wants the standard score of each channel over one's own data; the statistics here are another set's.",
    citation="arXiv:2503.10845",
    sources=("https://github.com/Panopticon-FM/panopticon", TORCHGEO),
)

_OLMO_MEAN = (
    1188.941, 1407.774, 1513.057, 2755.481, 1890.989, 2483.781, 2722.728, 2885.57, 2562.853, 1914.138, 1115.849,
    3269.813,
)  # fmt: skip
_OLMO_STD = (
    1859.192, 1727.739, 1740.776, 1612.257, 1754.732, 1622.117, 1621.823, 1611.359, 1441.547, 1328.891, 1955.699,
    2651.088,
)  # fmt: skip

OLMOEARTH = ModelCard(
    id="satellite/olmoearth-1-base",
    aliases=("olmoearth",),
    title="OlmoEarth 1 base",
    summary="Sentinel-2, Sentinel-1 and Landsat over time, masked prediction of latents.",
    modality="multispectral",
    domains=("satellite/multispectral", "satellite/sar", "satellite/timeseries"),
    capabilities=("embed",),
    source=CustomSource(
        builder="olmoearth-1-base", repository="allenai/OlmoEarth-v1-Base", file="weights.pth", format="pickle"
    ),
    architecture="ViT over space, time and band sets",
    n_parameters=88_953_600,
    embed_dim=768,
    pooling="mean",
    preprocess=middle(
        64,
        SENTINEL2_OLMOEARTH,
        tuple(mean - 2 * std for mean, std in zip(_OLMO_MEAN, _OLMO_STD, strict=True)),
        tuple(4 * std for std in _OLMO_STD),
        f"{_OLMO}/olmoearth_pretrain/data/norm_configs/computed.json and data/normalize.py; 64 px in patches of 4 as "
        "in docs/Inference-Quickstart.md",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"Sentinel-2", "Sentinel-1", "Landsat"}),
        n_samples=285_288,
        size="285,288 samples of 2.56 km squares, with six derived maps",
    ),
    license=License(code=None, weights="OlmoEarth Artifact License", data=None),
    commercial_use=None,
    gated=False,
    limitations="Takes 1 to 128 px, patches of 1 to 8, several dates and instruments; zoo embeds one date, taken "
    "for July. The licence forbids military use, surveillance of people and extractive industry; its terms pass on.",
    citation="arXiv:2511.13655",
    sources=(_OLMO,),
)

MODELS = (CLAY, TERRAMIND_TINY, TERRAMIND_SMALL, TERRAMIND_BASE, TERRAMIND_LARGE, PANOPTICON, OLMOEARTH)
