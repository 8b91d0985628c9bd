"""BioViL and BioViL-T: chest x-rays and their reports in one space, alone and with an earlier picture beside them."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining, Result, TextPreprocess, ZeroShot

_HI_ML = "https://github.com/microsoft/hi-ml/tree/b67c1d27/hi-ml-multimodal"
_EVA_X = "https://github.com/hustvl/EVA-X/tree/dc4f32a"
BIOVIL_TEXT_SOURCE = "https://huggingface.co/microsoft/BiomedVLP-CXR-BERT-specialized"


def _hi_ml_pixels(crop_px: int) -> ImagePreprocess:
    """The contract of both BioViL: no mean, no standard deviation."""
    return ImagePreprocess(
        size_px=crop_px,
        resize_px=512,
        resize_mode="shortest",
        interpolation="bilinear",
        crop="center",
        value_range=(0, 255),
        units="uint8, the picture's least and greatest value stretched to 0 and 255",
        scale=1 / 255,
        mean=None,
        std=None,
        steps=("medical-stretch-to-8-bit",),
        source=f"{_HI_ML}/src/health_multimodal/image/data (io.py, transforms.py)",
    )


_CARD_COPY = "copy of the page of microsoft/BiomedVLP-CXR-BERT-specialized"
_CARD_COPY_T = "copy of the page of microsoft/BiomedVLP-BioViL-T"

BIOVIL = ModelCard(
    id="medical/biovil",
    aliases=("biovil",),
    title="BioViL",
    summary="ResNet-50 and CXR-BERT joined in 128 dimensions; chest x-rays, phrases and where they apply.",
    superseded_by="medical/biovil-t",
    modality="image-text",
    domains=("medical/radiology",),
    capabilities=("embed", "zero-shot"),
    source=CustomSource(builder="biovil", repository="microsoft/BiomedVLP-CXR-BERT-specialized", format="pickle"),
    architecture="ResNet-50 + CXR-BERT",
    n_parameters=133_416_442,
    embed_dim=128,
    pooling="projection",
    preprocess=_hi_ml_pixels(480),
    text_preprocess=TextPreprocess(
        tokenizer="microsoft/BiomedVLP-CXR-BERT-specialized",
        max_tokens=512,
        padding="longest",
        source=BIOVIL_TEXT_SOURCE,
    ),
    # The authors compare plain cosines: the factor is one.
    zero_shot=ZeroShot(scoring="softmax", logit_scale=1.0, text_padding="longest", template_set="biovil"),
    pretraining=Pretraining(
        datasets=frozenset({"MIMIC-CXR", "PubMed abstracts", "MIMIC-III"}),
        objective="global and local contrastive with a BERT tuned to radiology",
    ),
    license=License(code="MIT", weights="MIT", data=None),
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        Result(dataset="MS-CXR phrase grounding", metric="CNR", value=1.027, protocol="zero-shot", source=_CARD_COPY),
        Result(dataset="RadNLI", metric="accuracy", value=0.6521, protocol="MedNLI transfer, text", source=_CARD_COPY),
        Result(
            dataset="MS-CXR phrase grounding",
            metric="mIoU",
            value=0.229,
            protocol="zero-shot, evaluated later",
            source=_CARD_COPY_T,
        ),
        Result(
            dataset="ChestX-ray14",
            metric="mAUC",
            value=0.808,
            protocol="fine-tuned ResNet-50, 224 px, 75 epochs, official test",
            source=f"{_EVA_X}/classification/README.md",
        ),
    ),
    limitations="Takes no mean and standard deviation. Its text weights are of another file than the image weights.",
    citation="arXiv:2204.09817",
    sources=(_HI_ML, BIOVIL_TEXT_SOURCE),
)

BIOVIL_T = ModelCard(
    id="medical/biovil-t",
    aliases=("biovil-t",),
    title="BioViL-T",
    summary="BioViL that can see the prior x-ray of the same patient; also better on a single one.",
    modality="image-text",
    domains=("medical/radiology",),
    capabilities=("embed", "zero-shot"),
    source=CustomSource(builder="biovil-t", repository="microsoft/BiomedVLP-BioViL-T", format="pickle"),
    architecture="ResNet-50, temporal pooler + CXR-BERT",
    n_parameters=134_930_426,
    embed_dim=128,
    pooling="projection",
    preprocess=_hi_ml_pixels(448),
    text_preprocess=TextPreprocess(
        tokenizer="microsoft/BiomedVLP-BioViL-T",
        max_tokens=512,
        padding="longest",
        source="https://huggingface.co/microsoft/BiomedVLP-BioViL-T",
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=1.0, text_padding="longest", template_set="biovil"),
    pretraining=Pretraining(
        datasets=frozenset({"MIMIC-CXR"}), objective="temporal, global and local contrastive on sequences of x-rays"
    ),
    license=License(code="MIT", weights="MIT", data=None),
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        Result(
            dataset="MS-CXR-T sentence similarity",
            metric="accuracy",
            value=0.8777,
            protocol="zero-shot, text",
            source=_CARD_COPY_T,
        ),
        Result(
            dataset="RadNLI, 2 classes",
            metric="accuracy",
            value=0.9052,
            protocol="zero-shot, text",
            source=_CARD_COPY_T,
        ),
        Result(dataset="MS-CXR phrase grounding", metric="CNR", value=1.33, protocol="zero-shot", source=_CARD_COPY_T),
        Result(
            dataset="MS-CXR phrase grounding", metric="mIoU", value=0.240, protocol="zero-shot", source=_CARD_COPY_T
        ),
    ),
    limitations="With a prior x-ray the picture must be 448 x 448. Takes no mean and standard deviation.",
    citation="arXiv:2301.04558",
    sources=(_HI_ML, "https://huggingface.co/microsoft/BiomedVLP-BioViL-T"),
)

MODELS = (BIOVIL, BIOVIL_T)
