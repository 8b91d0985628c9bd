"""Image-text models of medicine beyond the chest: BiomedCLIP, MedSigLIP, PubMedCLIP."""

from __future__ import annotations

from zoo.cards import (
    ImagePreprocess,
    License,
    ModelCard,
    OpenClipSource,
    Pretraining,
    Result,
    TextPreprocess,
    TransformersSource,
    ZeroShot,
)
from zoo.specs import OPENAI_MEAN, OPENAI_STD

from .pathology_shared import row

_UNIMED = "https://github.com/mbzuai-oryx/UniMed-CLIP, README"
_DERM1M = "https://github.com/SiyuanYan1/Derm1M, README"
_HALF = (0.5, 0.5, 0.5)


def clip_pixels(source: str, size_px: int = 224) -> ImagePreprocess:
    """OpenAI's transform: bicubic to the short side, centre crop."""
    return ImagePreprocess(
        size_px=size_px,
        resize_mode="shortest",
        interpolation="bicubic",
        crop="center",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=OPENAI_MEAN,
        std=OPENAI_STD,
        source=source,
    )


_BIOMED_REPO = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
_BIOMED_BERT = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
_BIOMED_SOURCE = f"open_clip_config.json of {_BIOMED_REPO}, copy at ZiyueWang/biomedclip (second hand)"

BIOMEDCLIP = ModelCard(
    id="medical/biomedclip",
    aliases=("biomedclip",),
    title="BiomedCLIP",
    summary="CLIP on 15M figures and captions of PubMed Central; the general zero-shot baseline of medical images.",
    modality="image-text",
    domains=("medical", "medical/radiology", "medical/pathology"),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        repository=_BIOMED_REPO,
        file="open_clip_pytorch_model.bin",
        format="pickle",
        needs=("transformers",),
        config={
            "embed_dim": 512,
            "vision_cfg": {
                "timm_model_name": "vit_base_patch16_224",
                "timm_model_pretrained": False,
                "timm_pool": "",
                "timm_proj": "linear",
                "image_size": 224,
            },
            "text_cfg": {
                "hf_model_name": _BIOMED_BERT,
                "hf_tokenizer_name": _BIOMED_BERT,
                "hf_config": {"model_type": "bert", "vocab_size": 30522},
                "hf_proj_type": "mlp",
                "hf_pooler_type": "cls_last_hidden_state_pooler",
                "context_length": 256,
            },
        },
    ),
    architecture="ViT-B/16 + BiomedBERT",
    n_parameters=195_902_721,
    embed_dim=512,
    max_tokens=256,
    pooling="projection",
    preprocess=clip_pixels(_BIOMED_SOURCE),
    text_preprocess=TextPreprocess(tokenizer=_BIOMED_BERT, max_tokens=256, padding="max_length", source=_BIOMED_SOURCE),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=frozenset({"PMC-15M"}),
        n_samples=15_280_000,
        size="15.28M figure-caption pairs of 4.4M articles",
        objective="contrastive image-text (CLIP)",
    ),
    license=License(code=None, weights="MIT", data=None),
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *(
            row(name, "accuracy", value, "zero-shot", _UNIMED)
            for name, value in (
                ("X-ray average (UniMed-CLIP suite)", 0.5543),
                ("Retinal fundus average (UniMed-CLIP suite)", 0.2287),
                ("CT average (UniMed-CLIP suite)", 0.4399),
                ("MRI average (UniMed-CLIP suite)", 0.6459),
                ("Ultrasound average (UniMed-CLIP suite)", 0.492),
                ("Histopathology average (UniMed-CLIP suite)", 0.545),
                ("UniMed-CLIP suite, 21 sets", 0.4902),
            )
        ),
        row("Dermatology, average of 4 sets", "accuracy", 0.441, "zero-shot", _DERM1M),
        row("TCGA BRCA subtyping", "balanced accuracy", 0.553, "zero-shot on slides", "copy of CONCH, supp. table 1"),
    ),
    limitations="Its page says research use only. Weak on retinal photographs.",
    citation="arXiv:2303.00915",
    sources=(f"https://huggingface.co/{_BIOMED_REPO}", _UNIMED, _DERM1M),
)

_MEDSIGLIP = "https://github.com/Google-Health/medsiglip/tree/56b1447"
_MEDSIGLIP_PAGE = "copy of the page of google/medsiglip-448"
_SO400M = {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16}


def _medsiglip(dataset: str, zero_shot: float, probe: float | None = None) -> tuple[Result, ...]:
    rows = (row(dataset, "AUC", zero_shot, "zero-shot", _MEDSIGLIP_PAGE),)
    return rows if probe is None else (*rows, row(dataset, "AUC", probe, "linear probe", _MEDSIGLIP_PAGE))


MEDSIGLIP = ModelCard(
    id="medical/medsiglip-448",
    aliases=("medsiglip",),
    title="MedSigLIP",
    summary="SigLIP of 2 x 400M at 448 px over x-ray, skin, eye, tissue, CT and MRI; strong zero-shot and probes.",
    modality="image-text",
    domains=(
        "medical",
        "medical/radiology",
        "medical/dermatology",
        "medical/ophthalmology",
        "medical/pathology",
    ),
    capabilities=("embed", "zero-shot"),
    source=TransformersSource(
        repository="google/medsiglip-448",
        model_class="AutoModel",
        config={
            "model_type": "siglip",
            "text_config": {**_SO400M, "vocab_size": 32_000, "max_position_embeddings": 64},
            "vision_config": {**_SO400M, "image_size": 448, "patch_size": 14},
        },
    ),
    architecture="SigLIP SoViT-400M/14",
    n_parameters=878_300_338,
    embed_dim=1152,
    max_tokens=64,
    pooling="map",
    preprocess=ImagePreprocess(
        size_px=448,
        resize_mode="squash",
        interpolation="bilinear",
        crop="none",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=_HALF,
        std=_HALF,
        source=f"{_MEDSIGLIP}, README: the authors recommend tf.image.resize, bilinear, without antialiasing",
    ),
    text_preprocess=TextPreprocess(
        tokenizer="google/medsiglip-448", max_tokens=64, padding="max_length", source=f"{_MEDSIGLIP}, README"
    ),
    zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None, logit_bias=None, text_padding="max_length"),
    pretraining=Pretraining(
        datasets=None,
        size="chest x-ray, dermatology, ophthalmology, histopathology, CT and MRI slices, natural pairs",
        objective="sigmoid contrastive image-text",
    ),
    license=License(code="Apache-2.0", weights="Health AI Developer Foundations terms", data=None),
    commercial_use=None,
    gated=True,
    languages=("en",),
    results=(
        *_medsiglip("Chest x-ray, 13 findings, n=518", 0.844),
        *_medsiglip("Chest x-ray, Cardiomegaly", 0.904),
        *_medsiglip("Chest x-ray, Pneumonia", 0.864),
        *_medsiglip("Chest x-ray, Pneumothorax", 0.862),
        *_medsiglip("Chest x-ray, Pleural Effusion", 0.914),
        *_medsiglip("Dermatology, 79 classes, n=1612", 0.851, 0.881),
        *_medsiglip("Diabetic retinopathy, 5 classes, n=3161", 0.759, 0.857),
        *_medsiglip("Invasive breast cancer patches, 3 classes, n=5000", 0.933, 0.930),
        *_medsiglip("Tissue types, 16 classes, n=5000", 0.930, 0.972),
        *_medsiglip("TCGA study types, 10 classes, n=5000", 0.922, 0.970),
    ),
    limitations="Access asks for agreement to the Health AI Developer Foundations terms.",
    citation=None,
    sources=(_MEDSIGLIP, _MEDSIGLIP_PAGE),
)

_PUBMEDCLIP = "https://github.com/sarahESL/PubMedCLIP/tree/bdecf3c"

PUBMEDCLIP = ModelCard(
    id="medical/pubmedclip",
    aliases=("pubmedclip",),
    title="PubMedCLIP ViT-B/32",
    summary="OpenAI's CLIP tuned on 80,000 captions of radiology; an early medical CLIP.",
    modality="image-text",
    domains=("medical/radiology",),
    capabilities=("embed", "zero-shot"),
    source=TransformersSource(
        repository="flaviagiammarino/pubmed-clip-vit-base-patch32",
        model_class="CLIPModel",
        config={"model_type": "clip"},
    ),
    architecture="CLIP ViT-B/32",
    n_parameters=151_277_313,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=clip_pixels("the transform of CLIP ViT-B/32, from which it was tuned; not read in this repository"),
    text_preprocess=TextPreprocess(
        tokenizer="flaviagiammarino/pubmed-clip-vit-base-patch32", max_tokens=77, padding="max_length"
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None),
    pretraining=Pretraining(
        datasets=frozenset({"ROCO"}), size="more than 80,000 radiology image-caption pairs", objective="CLIP, tuned"
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    limitations="The repository is a community conversion; in 2026 it was once reported as removed.",
    citation="arXiv:2112.13906",
    sources=(_PUBMEDCLIP, "https://huggingface.co/flaviagiammarino/pubmed-clip-vit-base-patch32"),
)

MODELS = (BIOMEDCLIP, MEDSIGLIP, PUBMEDCLIP)
