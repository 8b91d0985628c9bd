"""Encoders of single cells and of cell painting: DinoBloom, OpenPhenom, SubCell, MorphEm."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining

from ..facts import photo

_DINOBLOOM = "https://github.com/marrlab/DinoBloom/tree/6c5e86d"
_CHAMMI = "https://github.com/CaicedoLab/CHAMMI-75"
_SUBCELL = "https://github.com/CellProfiling/SubCellPortable/tree/676f0e1"
_SUBCELL_FILES = "https://github.com/peterdays/SubCellPortable/blob/0af975a/src/models_urls.yaml"
_MAES = "https://github.com/recursionpharma/maes_microscopy"
CELL_PAINTING = ("DNA", "ER", "RNA", "AGP", "Mito")
"""Channels of JUMP-CP by their short names: nuclei, endoplasmic reticulum, RNA, actin with Golgi and membrane,
mitochondria."""


def _dinobloom(letter: str, size: str, n_parameters: int, embed_dim: int) -> ModelCard:
    """One size of DinoBloom."""
    return ModelCard(
        id=f"microscopy/dinobloom-{letter.lower()}",
        aliases=("dinobloom",) if letter == "B" else (),
        title=f"DinoBloom-{letter}",
        summary="DINOv2 continued on single blood and bone-marrow cells of 13 public sets; features of white cells.",
        modality="image",
        domains=("microscopy/cell",),
        capabilities=("embed",),
        source=CustomSource(
            builder=f"dinobloom-{letter.lower()}",
            file=f"DinoBloom-{letter}.pth",
            format="pickle",
            url=f"https://zenodo.org/records/10908163/files/DinoBloom-{letter}.pth",
        ),
        architecture=f"DINOv2 ViT-{size}/14",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        pooling="cls",
        preprocess=photo(
            224,
            224,
            mode="squash",
            interpolation="bilinear",
            crop="none",
            source=f"{_DINOBLOOM}/dinov2/eval (torchvision's default is bilinear)",
        ),
        pretraining=Pretraining(
            datasets=None, size="13 public sets of blood and bone-marrow cells", objective="DINOv2, continued"
        ),
        license=License(code="Apache-2.0", weights=None, data=None),
        commercial_use=None,
        gated=False,
        citation="arXiv:2404.05022",
        sources=(_DINOBLOOM, "https://zenodo.org/records/10908163"),
    )


DINOBLOOM_S = _dinobloom("S", "S", 21_628_800, 384)
DINOBLOOM_B = _dinobloom("B", "B", 85_724_928, 768)
DINOBLOOM_L = _dinobloom("L", "L", 303_227_904, 1024)
DINOBLOOM_G = _dinobloom("G", "g", 1_134_769_664, 1536)

OPENPHENOM = ModelCard(
    id="microscopy/openphenom-s-16",
    aliases=("openphenom",),
    title="OpenPhenom-S/16",
    summary="Masked autoencoder that takes any number of fluorescence channels; features of Cell Painting.",
    modality="multispectral",
    domains=("microscopy/fluorescence",),
    capabilities=("embed",),
    source=CustomSource(
        builder="openphenom-s-16",
        repository="recursionpharma/OpenPhenom",
        file="model.safetensors",
        format="pickle",  # its own code writes and reads this file with torch.save and torch.load
    ),
    architecture="channel-agnostic ViT-S/16",
    n_parameters=22_459_776,
    embed_dim=384,
    pooling="mean",
    preprocess=ImagePreprocess(
        size_px=256,
        resize_mode=None,
        interpolation=None,
        crop="center",
        bands=CELL_PAINTING,
        value_range=(0, 255),
        units="uint8",
        scale=None,
        mean=None,
        std=None,
        source=f"{_MAES}/blob/fb9dcbf/maes_microscopy/huggingface_mae.py: 256 px in 8 bit; division by 255 and "
        "normalisation of each channel by itself are in the network",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"RxRx3", "JUMP-CP overexpression", "JUMP-CP knockouts"}),
        objective="masked autoencoder over channels",
    ),
    license=License(code=None, weights="Recursion Non-Commercial End User License Agreement", data=None),
    commercial_use=False,
    gated=False,
    limitations="Takes any channels, up to eleven, in any order; here the five of JUMP-CP. Its authors correct "
    "embeddings for batches (PCA, then centre and scale by controls) before use.",
    citation="arXiv:2404.10242",
    sources=("https://huggingface.co/recursionpharma/OpenPhenom", _MAES, f"{_CHAMMI}, benchmarks/models.py"),
)

SUBCELL = ModelCard(
    id="microscopy/subcell-rybg",
    aliases=("subcell",),
    title="SubCell (four channels)",
    summary="Where a protein lies in a cell: Human Protein Atlas, masked autoencoder with cell and protein contrast.",
    modality="multispectral",
    domains=("microscopy/fluorescence", "microscopy/cell"),
    capabilities=("embed",),
    source=CustomSource(
        builder="subcell-rybg",
        file="all_channels_MAE-CellS-ProtS-Pool.pth",
        format="pickle",
        url="https://czi-subcell-public.s3.amazonaws.com/models/all_channels_MAE-CellS-ProtS-Pool.pth",
    ),
    architecture="ViT-B/16 with gated attention pooling",
    n_parameters=87_235_330,
    embed_dim=1536,
    pooling="map",
    preprocess=ImagePreprocess(
        size_px=448,
        resize_mode=None,
        interpolation=None,
        crop="center",
        bands=("microtubules", "endoplasmic_reticulum", "nucleus", "protein"),
        value_range=None,
        units="any; least and greatest value of the whole crop to 0 and 1",
        scale=None,
        mean=None,
        std=None,
        steps=("microscopy-min-max",),
        source=f"{_SUBCELL}/inference.py (min-max over all channels together)",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"Human Protein Atlas"}),
        size="single cells of more than 13,000 genes in 37 cell lines",
        objective="masked autoencoder, cell-specific and protein-specific contrast",
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    limitations="Crops of single cells. Its classifiers of 31 places in the cell lie in files of their own, which zoo "
    "does not load; where the weights lie is stated by a fork only.",
    citation="doi:10.1101/2024.12.06.627299",
    sources=(_SUBCELL, "https://github.com/czi-ai/sub-cell-embed", _SUBCELL_FILES),
)

MORPHEM = ModelCard(
    id="microscopy/morphem",
    title="MorphEm (CHAMMI-75)",
    summary="ViT-S that sees one channel at a time; the features of all channels are put side by side.",
    modality="multispectral",
    domains=("microscopy/fluorescence", "microscopy/cell"),
    capabilities=("embed",),
    source=CustomSource(
        builder="morphem", repository="CaicedoLab/MorphEm", file="model.safetensors", format="safetensors"
    ),
    architecture="ViT-S/16, one channel at a time",
    n_parameters=21_469_056,
    embed_dim=1920,
    pooling="cls",
    preprocess=ImagePreprocess(
        size_px=224,
        resize_mode="squash",
        interpolation="bilinear",
        crop="none",
        bands=CELL_PAINTING,
        value_range=(0, 255),
        units="uint8",
        scale=None,
        mean=None,
        std=None,
        steps=("microscopy-saturation-noise", "microscopy-standardise"),
        source=f"{_CHAMMI}/blob/b84a4ec/benchmarks/models.py, MorphEm",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"CHAMMI-75"}),
        n_samples=2_800_000,
        size="2.8M multi-channel images of 75 sources",
        objective="DINO, a channel at a time",
    ),
    license=License(code="MIT", weights="MIT", data=None),
    commercial_use=True,
    gated=False,
    limitations="384 numbers a channel, here of the five of JUMP-CP; the network takes any number. Wants crops of "
    "single cells; saturated pixels become noise, which zoo draws always alike.",
    citation="https://openreview.net/forum?id=SLjqdj3LPk",
    sources=(_CHAMMI, "https://huggingface.co/CaicedoLab/MorphEm"),
)

MODELS = (DINOBLOOM_S, DINOBLOOM_B, DINOBLOOM_L, DINOBLOOM_G, OPENPHENOM, SUBCELL, MORPHEM)
