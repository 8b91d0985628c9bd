"""Encoders of one optical instrument: SSL4EO-S12, SatlasPretrain, DINOv3 SAT-493M."""

from __future__ import annotations

from zoo.cards import RGB, CustomSource, ImagePreprocess, License, ModelCard, Pretraining, Result, TimmSource

from .bands import SENTINEL2_DOFA, SENTINEL2_L1C

_TORCHGEO = "https://github.com/torchgeo/torchgeo/tree/65507dcbc"
_SATLAS = "https://github.com/allenai/satlaspretrain_models/tree/7b5cd45"
_DINOV3 = "https://github.com/facebookresearch/dinov3/tree/6876159"


def _rows(protocol: str, source: str, *figures: tuple[str, str, float]) -> tuple[Result, ...]:
    return tuple(
        Result(dataset=dataset, metric=metric, value=value, protocol=protocol, source=source)
        for dataset, metric, value in figures
    )


_SSL4EO_PIXELS = ImagePreprocess(
    size_px=224,
    resize_px=256,
    resize_mode="squash",
    interpolation="bilinear",
    crop="center",
    bands=SENTINEL2_L1C,
    value_range=(0, 10_000),
    units="reflectance x 10000 (top of atmosphere, Sentinel-2 L1C)",
    scale=1 / 10_000,
    mean=None,
    std=None,
    ground_resolution_m=10,
    source=f"{_TORCHGEO}/torchgeo/models/vit.py (resize 256 by kornia, whose default is bilinear)",
)


def _ssl4eo(method: str, title: str, revision: str, file: str, results: tuple[Result, ...]) -> ModelCard:
    """ViT-S/16 of thirteen bands by one method of self-supervision."""
    repository = f"torchgeo/vit_small_patch16_224_sentinel2_all_{method}"
    return ModelCard(
        id=f"satellite/ssl4eo-s12-vit-s-{method}",
        title=f"SSL4EO-S12 ViT-S/16 {title}",
        summary=f"Small ViT over all thirteen Sentinel-2 bands, {title} on SSL4EO-S12; the workhorse of its field.",
        modality="multispectral",
        domains=("satellite/multispectral",),
        capabilities=("embed",),
        source=TimmSource(
            architecture="vit_small_patch16_224",
            repository=repository,
            file=file,
            revision=revision,
            format="pickle",
            config={"in_chans": 13},
        ),
        architecture="ViT-S/16, 13 bands",
        n_parameters=22_648_704,
        embed_dim=384,
        pooling="cls",
        preprocess=_SSL4EO_PIXELS,
        pretraining=Pretraining(datasets=frozenset({"SSL4EO-S12"}), objective=title),
        license=License(code=None, weights="CC-BY-4.0", data=None),
        commercial_use=True,
        gated=False,
        results=results,
        citation="arXiv:2211.07044",
        sources=(_TORCHGEO, f"https://hf.co/{repository}"),
    )


_TABLE = f"{_TORCHGEO}/docs/api/weights/sentinel2.csv"
SSL4EO_DINO = _ssl4eo(
    "dino",
    "DINO",
    "5b41dd418a79de47ac9f5be3e035405a83818a62",
    "vit_small_patch16_224_sentinel2_all_dino-36bcc127.pth",
    _rows(
        "fine-tuned, as tabulated",
        _TABLE,
        ("BigEarthNet", "mAP", 0.905),
        ("EuroSAT", "accuracy", 0.99),
        ("So2Sat", "accuracy", 0.622),
    ),
)
SSL4EO_MOCO = _ssl4eo(
    "moco",
    "MoCo v3",
    "1cb683f6c14739634cdfaaceb076529adf898c74",
    "vit_small_patch16_224_sentinel2_all_moco-67c9032d.pth",
    _rows(
        "fine-tuned, as tabulated",
        _TABLE,
        ("BigEarthNet", "mAP", 0.899),
        ("EuroSAT", "accuracy", 0.986),
        ("So2Sat", "accuracy", 0.616),
    ),
)

_SATLAS_REVISION = "081d6607431bf36bdb59c223777cbb267131b8f2"


def _satlas(kind: str, title: str, n_parameters: int, preprocess: ImagePreprocess, file: str) -> ModelCard:
    """Swin-v2-B of single Sentinel-2 pictures."""
    return ModelCard(
        id=f"satellite/satlas-swin-v2-b-{kind}",
        title=f"SatlasPretrain Swin-v2-B, {title}",
        summary=f"Supervised on the many label kinds of SatlasPretrain; {title} of single dates.",
        modality="image" if kind == "rgb" else "multispectral",
        domains=("satellite/rgb" if kind == "rgb" else "satellite/multispectral",),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"satlas-swin-v2-b-{kind}",
            repository="torchgeo/satlas",
            file=file,
            revision=_SATLAS_REVISION,
            format="pickle",
        ),
        architecture="Swin-v2-B",
        n_parameters=n_parameters,
        embed_dim=1024,
        pooling="average",
        preprocess=preprocess,
        pretraining=Pretraining(datasets=frozenset({"SatlasPretrain"}), objective="supervised, many tasks"),
        license=License(code="Apache-2.0", weights="ODC-By-1.0", data=None),
        commercial_use=True,
        gated=False,
        citation="arXiv:2211.15660",
        sources=(_TORCHGEO, _SATLAS),
    )


SATLAS_RGB = _satlas(
    "rgb",
    "Sentinel-2 true colour",
    86_905_848,
    ImagePreprocess(
        size_px=256,
        resize_mode=None,
        interpolation=None,
        crop="center",
        bands=RGB,
        value_range=(0, 255),
        units="uint8 (true-colour product of Sentinel-2 L1C)",
        scale=1 / 255,
        mean=None,
        std=None,
        ground_resolution_m=10,
        source=f"{_SATLAS}, README; {_TORCHGEO}/torchgeo/models/swin.py (any size works)",
    ),
    "sentinel2_swinb_si_rgb-156a98d5.pth",
)
SATLAS_MS = _satlas(
    "ms",
    "nine Sentinel-2 bands",
    86_918_136,
    ImagePreprocess(
        size_px=256,
        resize_mode=None,
        interpolation=None,
        crop="center",
        bands=SENTINEL2_DOFA,
        value_range=None,
        units="B04 B03 B02: uint8 of the true-colour product; the other six: reflectance x 10000",
        scale=None,
        mean=None,
        std=None,
        steps=("satellite-satlas-unit",),
        ground_resolution_m=10,
        source=f"{_SATLAS}, README (colours / 255, the others / 8160, cut to 0-1)",
    ),
    "sentinel2_swinb_si_ms-fe22a12c.pth",
)

_GEO_BENCH = "RGB, GEO-Bench, protocol of the model card"

DINOV3_SAT_L = ModelCard(
    id="satellite/dinov3-vit-l-sat493m",
    aliases=("dinov3-sat",),
    title="DINOv3 ViT-L/16 SAT-493M",
    summary="DINOv3 on 493M satellite pictures at 0.6 m, distilled from 7B; strong frozen features of colour pictures.",
    modality="image",
    domains=("satellite/rgb",),
    capabilities=("embed",),
    source=TimmSource(
        architecture="vit_large_patch16_dinov3",
        tag="sat493m",
        repository="timm/vit_large_patch16_dinov3.sat493m",
        format="safetensors",
    ),
    architecture="ViT-L/16, rotary positions, 4 registers",
    n_parameters=303_079_424,
    embed_dim=1024,
    pooling="cls",
    preprocess=ImagePreprocess(
        size_px=256,
        resize_mode="shortest",
        interpolation="bicubic",
        crop="center",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=(0.430, 0.411, 0.296),
        std=(0.213, 0.156, 0.143),
        ground_resolution_m=0.6,
        source="timm's configuration of the weights; Meta's README resizes both sides to 256, bilinear",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"SAT-493M"}),
        n_samples=493_000_000,
        size="493M Maxar crops of 512 px at 0.6 m",
        objective="DINOv3, distilled from the 7B model",
    ),
    license=License(code="DINOv3 License", weights="DINOv3 License", data=None),
    commercial_use=None,
    gated=False,
    results=(
        *_rows(
            _GEO_BENCH,
            f"{_DINOV3}/MODEL_CARD.md",
            ("m-bigearthnet", "score", 0.73),
            ("m-brick-kiln", "score", 0.965),
            ("m-eurosat", "score", 0.941),
            ("m-forestnet", "score", 0.606),
            ("m-pv4ger", "score", 0.96),
            ("m-so2sat", "score", 0.574),
            ("GEO-Bench classification, mean", "score", 0.796),
            ("m-cashew-plant", "mIoU", 0.942),
            ("m-chesapeake", "mIoU", 0.756),
            ("m-NeonTree", "mIoU", 0.618),
            ("m-nz-cattle", "mIoU", 0.837),
            ("m-pv4ger-seg", "mIoU", 0.952),
            ("m-SA-crop-type", "mIoU", 0.368),
            ("GEO-Bench segmentation, mean", "mIoU", 0.745),
        ),
    ),
    limitations="The licence asks for credit and has trade-control clauses. Its mean and std are not ImageNet's. "
    "Meta's own repositories are gated, timm's copy shows no gate.",
    citation="arXiv:2508.10104",
    sources=(_DINOV3, "https://huggingface.co/timm/vit_large_patch16_dinov3.sat493m"),
)

MODELS = (SSL4EO_DINO, SSL4EO_MOCO, SATLAS_RGB, SATLAS_MS, DINOV3_SAT_L)
