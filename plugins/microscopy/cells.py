"""Models of cells and nuclei: CellViT, Cellpose-SAM, micro-sam, CellSAM."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining, Result

from ..facts import HALF

_CELLVIT = "https://github.com/TIO-IKIM/CellViT/tree/05097e1"
_CELLVIT_INFERENCE = "https://github.com/TIO-IKIM/CellViT-Inference/tree/8e05c7d"
_CELLPOSE = "https://github.com/MouseLand/cellpose/tree/849ca11"
_MICRO_SAM = "https://github.com/computational-cell-analytics/micro-sam/tree/3acdcd72"
_CELLSAM = "https://github.com/vanvalenlab/cellSAM/tree/35bc6e0"
_LOGS = f"{_CELLVIT}/logs_paper"

_CELLVIT_PIXELS = ImagePreprocess(
    size_px=256,
    resize_mode=None,
    interpolation=None,
    crop="center",
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=HALF,
    std=HALF,
    magnification=40,
    ground_resolution_m=0.25e-6,
    source=f"{_CELLVIT_INFERENCE}/cellvit (0.5 by the published training configurations; 1024 px in use)",
)


def _cellvit(
    variant: str, title: str, file: str, n_parameters: int, embed_dim: int, encoder: str, results: tuple[Result, ...]
) -> ModelCard:
    """One encoder of CellViT at 40x."""
    return ModelCard(
        id=f"microscopy/cellvit-{variant}",
        aliases=("cellvit", "microscopy/cellvit-sam-h-x40") if variant == "sam-h" else ("microscopy/cellvit-256-x40",),
        title=title,
        summary="Segments and types nuclei of H&E tissue; its tokens describe each cell. CellViT++ adds small "
        "classifiers on the same network.",
        modality="image",
        domains=("microscopy/cell", "medical/pathology"),
        capabilities=("embed", "segment"),
        source=CustomSource(
            builder=f"cellvit-{variant}",
            file=file,
            format="pickle",
            url=f"https://zenodo.org/records/15094831/files/{file}",
        ),
        architecture=f"{encoder}, three convolutional decoders",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="mean",
        preprocess=_CELLVIT_PIXELS,
        pretraining=Pretraining(datasets=frozenset({"PanNuke"}), size="90% of all folds", objective="supervised"),
        license=License(code="Apache-2.0 WITH Commons-Clause", weights="Apache-2.0 WITH Commons-Clause", data=None),
        commercial_use=False,
        gated=False,
        results=results,
        limitations="0.25 um a pixel; 0.50 is deprecated. The licence has three parts and asks for citation.",
        citation="arXiv:2306.15350; arXiv:2501.05269 (CellViT++)",
        sources=(_CELLVIT, _CELLVIT_INFERENCE, "https://github.com/TIO-IKIM/CellViT-plus-plus/tree/463c5c4"),
    )


def _pannuke(*figures: tuple[str, float]) -> tuple[Result, ...]:
    return tuple(
        Result(dataset="PanNuke", metric=metric, value=value, protocol="supervised, mean of 3 folds", source=_LOGS)
        for metric, value in figures
    )


CELLVIT_256 = _cellvit(
    "256",
    "CellViT-256",
    "CellViT-256-x40-AMP.pth",
    46_750_349,
    384,
    "ViT-S/16 of HIPT",
    _pannuke(("bPQ", 0.6537), ("mPQ", 0.4827), ("detection F1", 0.8244)),
)
CELLVIT_SAM_H = _cellvit(
    "sam-h",
    "CellViT-SAM-H",
    "CellViT-SAM-H-x40-AMP.pth",
    699_741_149,
    1280,
    "ViT-H/16 of Segment Anything",
    _pannuke(("bPQ", 0.6656), ("mPQ", 0.4961), ("detection F1", 0.8287), ("binary Dice", 0.8053)),
)

CELLPOSE_SAM = ModelCard(
    id="microscopy/cellpose-sam",
    aliases=("cellpose", "microscopy/cpsam"),
    title="Cellpose-SAM",
    summary="Segments cells of any stain and microscope, from 7.5 to 120 px wide, in two and three dimensions.",
    modality="image",
    domains=("microscopy/cell", "microscopy/fluorescence"),
    capabilities=("embed", "segment"),
    source=CustomSource(builder="cellpose-sam", repository="mouseland/cellpose-sam", file="cpsam", format="pickle"),
    architecture="SAM ViT-L/8 without windows",
    n_parameters=304_628_930,
    embed_dim=256,
    pooling="mean",
    preprocess=ImagePreprocess(
        size_px=256,
        resize_mode=None,
        interpolation=None,
        crop="center",
        value_range=None,
        units="any; each channel is stretched",
        scale=None,
        mean=None,
        std=None,
        steps=("microscopy-percentiles-1-99",),
        source=f"{_CELLPOSE}/cellpose/transforms.py: 1st to 99th percentile of each channel to 0-1; tiles of 256",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"Cellpose", "public cell data sets"}), objective="supervised, from SAM ViT-L"
    ),
    license=License(code="BSD-3-Clause", weights=None, data="CC-BY-NC"),
    commercial_use=None,
    gated=False,
    limitations="Trained on CC-BY-NC data, so its weights are to be treated as non-commercial; a badge says GPLv3.",
    citation="doi:10.1101/2025.04.28.651001",
    sources=(_CELLPOSE, "https://huggingface.co/mouseland/cellpose-sam"),
)

_SAM_PIXELS = ImagePreprocess(
    size_px=1024,
    resize_mode="squash",
    interpolation="bilinear",
    crop="none",
    value_range=None,
    units="any; each channel is stretched to 8 bit",
    scale=None,
    mean=(123.675, 116.28, 103.53),
    std=(58.395, 57.12, 57.375),
    steps=("microscopy-stretch-to-8-bit", "microscopy-sam-square"),
    source=f"{_MICRO_SAM}/micro_sam/util.py (stretch); mean and std as timm has them for samvit_base_patch16.sa1b",
)


def _micro_sam(
    variant: str, title: str, size: str, url: str, n_parameters: int, domains: tuple[str, ...], advice: str
) -> ModelCard:
    """The image encoder of one of micro-sam's models."""
    return ModelCard(
        id=f"microscopy/micro-sam-{variant}",
        aliases=("micro-sam",) if variant == "vit-b-lm" else (),
        title=title,
        summary=f"Segment Anything tuned on {advice}; here its image encoder.",
        modality="image",
        domains=domains,
        capabilities=("embed", "segment"),
        source=CustomSource(builder=f"micro-sam-vit-{size}", file=f"vit_{size}.pt", format="pickle", url=url),
        architecture=f"SAM ViT-{size.upper()}/16",
        n_parameters=n_parameters,
        embed_dim=256,
        pooling="mean",
        preprocess=_SAM_PIXELS,
        pretraining=Pretraining(datasets=None, objective="supervised, interactive segmentation, from SAM"),
        license=License(code="MIT", weights=None, data=None),
        commercial_use=None,
        gated=False,
        citation="doi:10.1038/s41592-024-02580-4",
        sources=(_MICRO_SAM,),
    )


_BIOIMAGE = "https://uk1s3.embassy.ebi.ac.uk/public-datasets/bioimage.io"
MICRO_SAM_B = _micro_sam(
    "vit-b-lm",
    "micro-sam ViT-B, light microscopy",
    "b",
    f"{_BIOIMAGE}/diplomatic-bug/1.2/files/vit_b.pt",
    89_670_912,
    ("microscopy/cell", "microscopy/fluorescence"),
    "light microscopy",
)
MICRO_SAM_L = _micro_sam(
    "vit-l-lm",
    "micro-sam ViT-L, light microscopy",
    "l",
    f"{_BIOIMAGE}/idealistic-rat/1.2/files/vit_l.pt",
    308_278_272,
    ("microscopy/cell", "microscopy/fluorescence"),
    "light microscopy",
)
MICRO_SAM_EM = _micro_sam(
    "vit-b-em-organelles",
    "micro-sam ViT-B, electron microscopy",
    "b",
    f"{_BIOIMAGE}/noisy-ox/1.2/files/vit_b.pt",
    89_670_912,
    ("microscopy/electron",),
    "organelles in electron microscopy",
)

CELLSAM = ModelCard(
    id="microscopy/cellsam",
    title="CellSAM",
    summary="Finds cells as boxes with a detector, then cuts them out with SAM; here its image encoder, tuned.",
    modality="image",
    domains=("microscopy/cell", "microscopy/fluorescence"),
    capabilities=("embed", "segment"),
    source=CustomSource(
        builder="cellsam",
        file="cellsam_general.pt",
        format="pickle",
        url="https://users.deepcell.org",
        needs=("scikit-image>=0.24",),
    ),
    architecture="SAM ViT-B/16 (with AnchorDETR upstream)",
    n_parameters=89_670_912,
    embed_dim=256,
    pooling="mean",
    preprocess=ImagePreprocess(
        size_px=1024,
        resize_mode="squash",
        interpolation="bilinear",
        crop="none",
        value_range=None,
        units="any, not negative; each channel is equalised",
        scale=None,
        mean=None,
        std=None,
        steps=("microscopy-cellsam-equalise",),
        source=f"{_CELLSAM}/cellSAM/utils.py, normalize_image; percentile, stretch, mean and std are in the network, "
        "as in cellSAM/sam_inference.py",
    ),
    pretraining=None,
    license=License(code="Modified Apache (non-commercial academic)", weights=None, data=None),
    commercial_use=False,
    gated=True,
    limitations="Its weights ask for an access token of DeepCell: cellsam_general.pt, in the archive "
    "models/cellsam-models_v1.2.tar.gz. Of several markers it wants: none, nuclei, whole cells.",
    citation="doi:10.1101/2023.11.17.567630",
    sources=(_CELLSAM,),
)

MODELS = (CELLVIT_256, CELLVIT_SAM_H, CELLPOSE_SAM, MICRO_SAM_B, MICRO_SAM_L, MICRO_SAM_EM, CELLSAM)
