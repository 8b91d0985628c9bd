"""Models of chest x-rays and their reports: MedCLIP and RAD-DINO."""

from __future__ import annotations

from zoo.cards import (
    GRAY,
    CustomSource,
    ImagePreprocess,
    License,
    ModelCard,
    Pretraining,
    Result,
    TextPreprocess,
    TransformersSource,
    ZeroShot,
)

_MEDCLIP = "https://github.com/RyanWangZf/MedCLIP/tree/9c3396f"

MEDCLIP_PIXELS = ImagePreprocess(
    size_px=224,
    resize_mode="pad",
    interpolation="bicubic",
    crop="none",
    bands=GRAY,
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=(0.5862785803043838,),
    std=(0.27950088968644304,),
    fill=0.0,
    source=f"{_MEDCLIP}/medclip (dataset.py, constants.py): black to a square, grey, bicubic; the network repeats grey",
)
MEDCLIP_TEXT = TextPreprocess(
    tokenizer="emilyalsentzer/Bio_ClinicalBERT",
    max_tokens=77,
    padding="longest",
    padding_side="right",
    source=f"{_MEDCLIP}/medclip/prompts.py",
)
MEDCLIP_DATA = Pretraining(
    datasets=frozenset({"MIMIC-CXR", "CheXpert"}),
    objective="contrastive with soft targets from medical semantics, images and texts unpaired",
)
MEDCLIP_LICENSE = License(code=None, weights=None, data=None)  # setup.py says BSD, but the repository holds no licence
MEDCLIP_LIMITS = (
    "The published weights are reported not to reproduce the paper's figures (issues 19, 27 and 43 of the repository). "
    "The text vector averages padding too, so it depends on the batch."
)
_LISTED = "aggregator's listing, protocol not given"
_AGGREGATOR = "wizwand.com page for arXiv:2210.10163 (second hand)"

MEDCLIP_VIT = ModelCard(
    id="medical/medclip-vit",
    aliases=("medclip",),
    title="MedCLIP (Swin-T)",
    summary="Chest x-rays and reports in one space; the variant that its authors call ViT is a Swin-Tiny.",
    modality="image-text",
    domains=("medical/radiology",),
    capabilities=("embed", "zero-shot"),
    source=CustomSource(
        builder="medclip-vit",
        file="pytorch_model.bin",
        format="pickle",
        url="https://storage.googleapis.com/pytrial/medclip-vit-pretrained.zip",
    ),
    architecture="Swin-T + Bio_ClinicalBERT",
    n_parameters=136_616_059,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=MEDCLIP_PIXELS,
    text_preprocess=MEDCLIP_TEXT,
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="longest", template_set="medclip"),
    pretraining=MEDCLIP_DATA,
    license=MEDCLIP_LICENSE,
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=(
        Result(dataset="COVID", metric="accuracy", value=0.777, protocol=_LISTED, source=_AGGREGATOR),
        Result(dataset="RSNA (test)", metric="AUC", value=0.891, protocol=_LISTED, source=_AGGREGATOR),
        Result(dataset="SIIM", metric="AUC", value=0.908, protocol=_LISTED, source=_AGGREGATOR),
        Result(dataset="ChestX-ray14 (test)", metric="AUROC", value=0.564, protocol=_LISTED, source=_AGGREGATOR),
    ),
    limitations=MEDCLIP_LIMITS,
    citation="arXiv:2210.10163",
    sources=(_MEDCLIP, "https://github.com/RyanWangZf/MedCLIP/issues/27"),
)

MEDCLIP_RESNET = ModelCard(
    id="medical/medclip-resnet",
    title="MedCLIP (ResNet-50)",
    summary="Chest x-rays and reports in one space, with a ResNet-50 as the image tower.",
    modality="image-text",
    domains=("medical/radiology",),
    capabilities=("embed", "zero-shot"),
    source=CustomSource(
        builder="medclip-resnet",
        file="pytorch_model.bin",
        format="pickle",
        url="https://storage.googleapis.com/pytrial/medclip-pretrained.zip",
    ),
    architecture="ResNet-50 + Bio_ClinicalBERT",
    n_parameters=133_260_097,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=MEDCLIP_PIXELS,
    text_preprocess=MEDCLIP_TEXT,
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="longest", template_set="medclip"),
    pretraining=MEDCLIP_DATA,
    license=MEDCLIP_LICENSE,
    commercial_use=None,
    gated=False,
    languages=("en",),
    limitations=MEDCLIP_LIMITS,
    citation="arXiv:2210.10163",
    sources=(_MEDCLIP, "https://github.com/RyanWangZf/MedCLIP/issues/27"),
)

_PV = "independent study of September 2026: head trained on the official split, 518 px, 14 findings, one seed"
_PV_SOURCE = "public GitHub report on the official ChestX-ray14 split (second hand)"

RAD_DINO = ModelCard(
    id="medical/rad-dino",
    aliases=("rad-dino",),
    title="RAD-DINO",
    summary="DINOv2 ViT-B/14 continued on 882,775 public chest x-rays, images alone; strong frozen features.",
    modality="image",
    domains=("medical/radiology",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/rad-dino",
        file="model.safetensors",
        format="safetensors",
        model_class="AutoModel",
        config={"model_type": "dinov2", "image_size": 518, "patch_size": 14},
    ),
    architecture="DINOv2 ViT-B/14",
    n_parameters=86_580_480,
    embed_dim=768,
    pooling="cls",
    preprocess=ImagePreprocess(
        size_px=518,
        resize_mode="shortest",
        interpolation="bicubic",
        crop="center",
        crop_rounding="down",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=(0.5307, 0.5307, 0.5307),
        std=(0.2583, 0.2583, 0.2583),
        source="preprocessor_config.json of microsoft/rad-dino at 364cf91, as quoted by five public projects "
        "(second hand); grid and crop by the package rad-dino 0.1.1",
    ),
    pretraining=Pretraining(
        datasets=frozenset({"MIMIC-CXR", "CheXpert", "NIH-CXR", "PadChest", "BRAX"}),
        n_samples=882_775,
        size="882,775 images",
        objective="DINOv2, images only, from facebook/dinov2-base",
    ),
    license=License(code=None, weights="MIT", data=None),  # older revisions of the page: MSRLA
    commercial_use=True,
    gated=False,
    results=(
        Result(dataset="ChestX-ray14", metric="macro AUROC", value=0.8364, protocol=_PV, source=_PV_SOURCE),
        Result(dataset="ChestX-ray14", metric="macro AUPRC", value=0.3223, protocol=_PV, source=_PV_SOURCE),
        Result(dataset="ChestX-ray14", metric="macro F1", value=0.3788, protocol=_PV, source=_PV_SOURCE),
    ),
    limitations="Its page says research only, not for clinical use. NIH-CXR, CheXpert and PadChest were in training. "
    "Older revisions stand under the Microsoft Research License.",
    citation="arXiv:2401.10815",
    sources=("https://huggingface.co/microsoft/rad-dino", "https://pypi.org/project/rad-dino/0.1.1/"),
)

MODELS = (MEDCLIP_VIT, MEDCLIP_RESNET, RAD_DINO)
