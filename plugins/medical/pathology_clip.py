"""Image-text models of stained tissue: CONCH and PLIP."""

from __future__ import annotations

from zoo.cards import CustomSource, License, ModelCard, Pretraining, TextPreprocess, TransformersSource, ZeroShot

from .clip import clip_pixels
from .pathology_shared import ABMIL, CONCH_REPO, HEST, KNN, TRIDENT, hest, row

CONCH = ModelCard(
    id="medical/conch",
    title="CONCH",
    summary="CoCa on 1.17M pathology captions; zero-shot on tissue and features of 448 px regions.",
    modality="image-text",
    domains=("medical/pathology",),
    capabilities=("embed", "zero-shot"),
    source=CustomSource(builder="conch", repository="MahmoodLab/conch", file="pytorch_model.bin", format="pickle"),
    architecture="CoCa ViT-B/16, without its caption decoder",
    n_parameters=200_522_497,
    embed_dim=512,
    max_tokens=128,
    pooling="projection",
    preprocess=clip_pixels(f"{CONCH_REPO}, conch/open_clip_custom; {TRIDENT}, load.py", 448),
    text_preprocess=TextPreprocess(
        tokenizer=None, max_tokens=128, padding="max_length", source=f"{CONCH_REPO}, conch/open_clip_custom"
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length", template_set="conch"),
    pretraining=Pretraining(
        datasets=None, n_samples=1_170_000, size="1.17M image-caption pairs", objective="CoCa: contrast and caption"
    ),
    license=License(code="CC-BY-NC-ND-4.0", weights="CC-BY-NC-ND-4.0", data=None),
    commercial_use=False,
    gated=True,
    languages=("en",),
    results=(
        row("CRC-100K-Raw", "balanced accuracy", 0.941, KNN, CONCH_REPO),
        row("TCGA Uniform Tumor", "balanced accuracy", 0.556, KNN, CONCH_REPO),
        row("EBRAINS, 12 classes", "balanced accuracy", 0.868, ABMIL, CONCH_REPO),
        row("EBRAINS, 30 classes", "balanced accuracy", 0.689, ABMIL, CONCH_REPO),
        row("PANDA", "quadratic kappa", 0.934, ABMIL, CONCH_REPO),
        row("TCGA BRCA subtyping", "balanced accuracy", 0.913, "zero-shot on slides", "copy of CONCH, supp. table 1"),
        hest(0.3709),
    ),
    limitations="Access is gated. Models trained on its outputs are restricted too. Its tokenizer lies in its authors' "
    "package, not in the repository: embed texts from token ids.",
    citation="doi:10.1038/s41591-024-02856-4",
    sources=(CONCH_REPO, TRIDENT, HEST),
)

_PLIP = "https://github.com/PathologyFoundation/plip"

PLIP = ModelCard(
    id="medical/plip",
    title="PLIP",
    summary="CLIP ViT-B/32 on pathology posts of social media; zero-shot on tissue without a gate.",
    modality="image-text",
    domains=("medical/pathology",),
    capabilities=("embed", "zero-shot"),
    source=TransformersSource(repository="vinid/plip", model_class="CLIPModel", config={"model_type": "clip"}),
    architecture="CLIP ViT-B/32",
    n_parameters=151_277_313,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=clip_pixels(f"{_PLIP}, reproducibility/embedders/transform.py"),
    text_preprocess=TextPreprocess(tokenizer="vinid/plip", max_tokens=77, padding="max_length", source=_PLIP),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None),
    pretraining=Pretraining(
        datasets=frozenset({"OpenPath"}), n_samples=208_000, size="208K pairs (second hand)", objective="CLIP"
    ),
    license=License(code=None, weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=(
        row("CRC-100K-Raw", "balanced accuracy", 0.840, KNN, CONCH_REPO),
        row("TCGA Uniform Tumor", "balanced accuracy", 0.370, KNN, CONCH_REPO),
        row("EBRAINS, 30 classes", "balanced accuracy", 0.562, ABMIL, CONCH_REPO),
        row("TCGA BRCA subtyping", "balanced accuracy", 0.507, "zero-shot on slides", "copy of CONCH, supp. table 1"),
    ),
    limitations="States no licence.",
    citation="doi:10.1038/s41591-023-02504-3",
    sources=(_PLIP, CONCH_REPO),
)

MODELS = (CONCH, PLIP)
