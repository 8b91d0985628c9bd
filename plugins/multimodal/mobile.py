"""Two-tower models with newer eyes: the Perception Encoder, and MobileCLIP2 for phones."""

from __future__ import annotations

from zoo.cards import License, ModelCard, OpenClipSource, Pretraining, TextPreprocess, ZeroShot

from ..facts import APACHE, HALF, OPEN_CLIP, photo, published

_PERCEPTION = "https://github.com/facebookresearch/perception_models/blob/3e352cc/apps/pe/README.md"
_SQUASHED = "Pictures are squashed to a square by open_clip; timm crops for the same weights."
_MOBILECLIP = "https://github.com/apple/ml-mobileclip/tree/4144bb1"
_RESEARCH_ONLY = "The weights are for scientific research only."

PE_CORE_B16 = ModelCard(
    id="multimodal/pe-core-vit-b-16",
    aliases=("pe-core", "perception-encoder", "PE-Core-B-16"),
    title="PE-Core B/16",
    summary="The Perception Encoder at base size: zero-shot pictures and video frames, 32 tokens of text.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="PE-Core-B-16", tag="meta", repository="timm/PE-Core-B-16", format="safetensors"
    ),
    architecture="PE-Core B/16",
    n_parameters=447_660_545,
    embed_dim=1024,
    max_tokens=32,
    pooling="projection",
    preprocess=photo(
        224, (224, 224), mode="squash", interpolation="bilinear", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP
    ),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:PE-Core-B-16", max_tokens=32, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=None, objective="image-text contrast, then video"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=published(
        _PERCEPTION,
        "zero-shot",
        "top-1",
        {"ImageNet-1k": 0.784, "ImageNet-V2": 0.717, "ImageNet-A": 0.624, "ObjectNet": 0.719},
    ),
    limitations=_SQUASHED,
    citation="arXiv:2504.13181",
    sources=(OPEN_CLIP, _PERCEPTION),
)

PE_CORE_L14 = ModelCard(
    id="multimodal/pe-core-vit-l-14-336",
    aliases=("PE-Core-L-14-336",),
    title="PE-Core L/14 at 336 px",
    summary="The Perception Encoder, large: sturdy on hard and unusual pictures.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="PE-Core-L-14-336", tag="meta", repository="timm/PE-Core-L-14-336", format="safetensors"
    ),
    architecture="PE-Core L/14",
    n_parameters=671_138_817,
    embed_dim=1024,
    max_tokens=32,
    pooling="projection",
    preprocess=photo(
        336, (336, 336), mode="squash", interpolation="bilinear", crop="none", mean=HALF, std=HALF, source=OPEN_CLIP
    ),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:PE-Core-L-14-336", max_tokens=32, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=None, objective="image-text contrast, then video"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    results=published(
        _PERCEPTION,
        "zero-shot",
        "top-1",
        {"ImageNet-1k": 0.835, "ImageNet-V2": 0.779, "ImageNet-A": 0.89, "ObjectNet": 0.847},
    ),
    limitations=_SQUASHED,
    citation="arXiv:2504.13181",
    sources=(OPEN_CLIP, _PERCEPTION),
)

MOBILECLIP2_S0 = ModelCard(
    id="multimodal/mobileclip2-s0",
    aliases=("mobileclip", "mobileclip2", "MobileCLIP2-S0"),
    title="MobileCLIP2-S0",
    summary="Zero-shot on a phone, the smallest; research only.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(architecture="MobileCLIP2-S0", tag="dfndr2b", repository="timm/MobileCLIP2-S0-OpenCLIP"),
    architecture="MobileCLIP2-S0",
    n_parameters=74_835_073,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(256, 256, interpolation="bilinear", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:MobileCLIP2-S0", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"DFNDR-2B"}), objective="image-text contrast with reinforced data"),
    license=License(code="MIT", weights="Apple Machine Learning Research Model License", data="CC-BY-NC-ND"),
    commercial_use=False,
    gated=False,
    results=(
        *published(_MOBILECLIP, "zero-shot", "top-1", {"ImageNet-1k": 0.715}),
        *published(_MOBILECLIP, "zero-shot", "mean over 38 data sets", {"DataComp evaluation": 0.597}),
    ),
    limitations=_RESEARCH_ONLY,
    citation=None,
    sources=(OPEN_CLIP, _MOBILECLIP),
)

MOBILECLIP2_S2 = ModelCard(
    id="multimodal/mobileclip2-s2",
    aliases=("MobileCLIP2-S2",),
    title="MobileCLIP2-S2",
    summary="Zero-shot on a phone, in the middle of its family; research only.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(architecture="MobileCLIP2-S2", tag="dfndr2b", repository="timm/MobileCLIP2-S2-OpenCLIP"),
    architecture="MobileCLIP2-S2",
    n_parameters=99_243_329,
    embed_dim=512,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(256, 256, interpolation="bilinear", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:MobileCLIP2-S2", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"DFNDR-2B"}), objective="image-text contrast with reinforced data"),
    license=License(code="MIT", weights="Apple Machine Learning Research Model License", data="CC-BY-NC-ND"),
    commercial_use=False,
    gated=False,
    results=(
        *published(_MOBILECLIP, "zero-shot", "top-1", {"ImageNet-1k": 0.772}),
        *published(_MOBILECLIP, "zero-shot", "mean over 38 data sets", {"DataComp evaluation": 0.641}),
    ),
    limitations=_RESEARCH_ONLY,
    citation=None,
    sources=(OPEN_CLIP, _MOBILECLIP),
)


MODELS = (
    PE_CORE_B16,
    PE_CORE_L14,
    MOBILECLIP2_S0,
    MOBILECLIP2_S2,
)
