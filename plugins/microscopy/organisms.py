"""Image-text models of living things, not of cells: BioCLIP, BioCLIP 2, BioCLIP 2.5, BioCAP."""

from __future__ import annotations

from zoo.cards import License, ModelCard, OpenClipSource, Pretraining, Result, TextPreprocess, ZeroShot

from ..facts import MIT, MIT_WEIGHTS, OPENAI_MEAN, OPENAI_STD, photo, published

_BIOCLIP = "https://github.com/Imageomics/bioclip/tree/4ea3247"
_BIOCLIP_2 = "https://github.com/Imageomics/bioclip-2/tree/49e1cf5"
_PYBIOCLIP = "https://github.com/Imageomics/pybioclip/tree/a96a21f"
_ECOSYSTEM = "https://imageomics.github.io/bioclip-ecosystem"
_PAGE = "project page of BioCLIP (branch gh-pages of the repository)"
_PAGE_2 = "project page of BioCLIP 2 (branch gh-pages of the repository)"

_PIXELS = photo(
    224,
    224,
    mean=OPENAI_MEAN,
    std=OPENAI_STD,
    source="open_clip's default; pybioclip resizes both sides to 224, bilinear, for versions 1 and 2",
)


def _card(
    name: str,
    title: str,
    architecture: str,
    repository: str,
    *,
    summary: str,
    file: str | None = None,
    aliases: tuple[str, ...] = (),
    superseded_by: str | None = None,
    size: tuple[int, int],
    pretraining: Pretraining | None,
    license: License = MIT,
    results: tuple[Result, ...] = (),
    citation: str | None,
    sources: tuple[str, ...],
) -> ModelCard:
    """A CLIP of living things; `size`: parameters and width."""
    return ModelCard(
        id=f"microscopy/{name}",
        aliases=aliases,
        title=title,
        summary=summary,
        superseded_by=superseded_by,
        modality="image-text",
        domains=("biology/organism",),
        capabilities=("embed", "zero-shot"),
        source=OpenClipSource(
            architecture=architecture,
            repository=repository,
            file=file,
            format="pickle" if file and file.endswith(".bin") else "safetensors" if "-2" in repository else None,
        ),
        architecture=f"CLIP {architecture}",
        n_parameters=size[0],
        embed_dim=size[1],
        max_tokens=77,
        pooling="projection",
        preprocess=_PIXELS,
        text_preprocess=TextPreprocess(tokenizer=f"open_clip:{architecture}", max_tokens=77, padding="max_length"),
        zero_shot=ZeroShot(
            scoring="softmax", logit_scale=None, text_padding="max_length", template_set="clip-imagenet"
        ),
        pretraining=pretraining,
        license=license,
        commercial_use=True,
        gated=False,
        languages=("en",),
        results=results,
        limitations="Photographs of organisms, not of cells: plankton accuracy is 3.9% to 6.1%. Best with the seven "
        "ranks of a name, kingdom to species, as its text.",
        citation=citation,
        sources=sources,
    )


BIOCLIP = _card(
    "bioclip",
    "BioCLIP",
    "ViT-B-16",
    "imageomics/bioclip",
    file="open_clip_pytorch_model.bin",
    summary="CLIP tuned on ten million organisms with their taxonomic names; zero-shot recognition of species.",
    aliases=("bioclip",),
    superseded_by="microscopy/bioclip-2",
    size=(149_620_737, 512),
    pretraining=Pretraining(
        datasets=frozenset({"TreeOfLife-10M", "iNat21", "BIOSCAN-1M", "EOL"}),
        n_samples=10_000_000,
        size="TreeOfLife-10M, more than 450K taxa",
        objective="CLIP with taxonomic and common names, from OpenAI's ViT-B/16",
    ),
    results=published(
        _PAGE,
        "zero-shot",
        "accuracy",
        {
            "Birds525": 0.721,
            "Plankton": 0.061,
            "Insects": 0.348,
            "Insects2": 0.204,
            "PlantNet": 0.914,
            "Fungi": 0.407,
            "PlantVillage": 0.244,
            "Rare Species": 0.378,
            "mean of 10 sets": 0.394,
        },
    ),
    citation="arXiv:2311.18803",
    sources=(_BIOCLIP, _PYBIOCLIP, _ECOSYSTEM),
)
BIOCLIP_2 = _card(
    "bioclip-2",
    "BioCLIP 2",
    "ViT-L-14",
    "imageomics/bioclip-2",
    summary="BioCLIP on 214M images of 950,000 taxa; also good frozen features of living things.",
    aliases=("bioclip-2",),
    size=(427_616_513, 768),
    pretraining=Pretraining(
        datasets=frozenset({"TreeOfLife-200M"}),
        n_samples=214_000_000,
        size="214M images, more than 950K taxa",
        objective="hierarchical contrast, CLIP from LAION-2B, with replay",
    ),
    results=(
        *published(
            _PAGE_2,
            "zero-shot",
            "accuracy",
            {
                "NABirds": 0.749,
                "Plankton": 0.039,
                "Insects": 0.553,
                "Insects2": 0.277,
                "IDLE-OO Camera Traps": 0.539,
                "PlantNet": 0.968,
                "Fungi": 0.838,
                "Rare Species": 0.768,
                "mean of 10 sets": 0.556,
            },
        ),
        *published(
            _PAGE_2,
            "probes on frozen features, as in the paper",
            "score",
            {"FishNet": 0.398, "NeWT": 0.891, "AwA2": 0.695, "Herbarium19": 0.486, "PlantDoc": 0.404},
        ),
    ),
    citation="arXiv:2505.23883",
    sources=(_BIOCLIP_2, _PYBIOCLIP, _ECOSYSTEM),
)
BIOCLIP_2_5 = _card(
    "bioclip-2.5-vit-h-14",
    "BioCLIP 2.5 Huge",
    "ViT-H-14",
    "imageomics/bioclip-2.5-vith14",
    summary="BioCLIP 2 in ViT-H/14 on 233M images.",
    size=(986_109_441, 1024),
    pretraining=Pretraining(
        datasets=None,
        n_samples=233_000_000,
        size="233M images, more than 950K taxa",
        objective="hierarchical contrast, from laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
    ),
    license=MIT_WEIGHTS,
    citation="doi:10.57967/hf/10131",
    sources=(_ECOSYSTEM, "https://huggingface.co/imageomics/bioclip-2.5-vith14 (second hand)"),
)
BIOCAP = _card(
    "biocap",
    "BioCAP",
    "ViT-B-16",
    "imageomics/biocap",
    summary="CLIP ViT-B/16 of organisms for retrieval beside recognition.",
    size=(149_620_737, 512),
    pretraining=None,
    citation=None,
    sources=(_ECOSYSTEM, "https://huggingface.co/imageomics/biocap"),
)

MODELS = (BIOCLIP, BIOCLIP_2, BIOCLIP_2_5, BIOCAP)
