"""Two-tower models after CLIP: CoCa, EVA02-CLIP, MetaCLIP, DFN."""

from __future__ import annotations

from zoo.cards import License, ModelCard, OpenClipSource, Pretraining, TextPreprocess, ZeroShot

from ..facts import MIT, MIT_WEIGHTS, MTEB, OPEN_CLIP, OPEN_CLIP_RESULTS, OPENAI_MEAN, OPENAI_STD, photo, published
from ..languages import METACLIP2, METACLIP2_LIST

_METACLIP = "https://github.com/facebookresearch/MetaCLIP/blob/f47f784/README.md"
_EVA_CLIP = "https://github.com/baaivision/EVA/blob/5623d08/EVA-CLIP/README.md"
_DFN = "https://huggingface.co/apple/DFN5B-CLIP-ViT-H-14-378"
_RESEARCH_ONLY = "The weights are for scientific research only."

COCA_L14 = ModelCard(
    id="multimodal/coca-vit-l-14",
    aliases=("coca", "laion/CoCa-ViT-L-14-laion2B-s13B-b90k"),
    title="CoCa ViT-L/14 (LAION-2B)",
    summary="Contrast and captioning in one network.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="coca_ViT-L-14", tag="laion2b_s13b_b90k", repository="laion/CoCa-ViT-L-14-laion2B-s13B-b90k"
    ),
    architecture="CoCa ViT-L/14",
    n_parameters=638_450_177,
    embed_dim=768,
    max_tokens=76,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:coca_ViT-L-14", max_tokens=76, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"LAION-2B"}), objective="image-text contrast and captioning"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.7561,
            "ImageNet-R": 0.8812,
            "CIFAR-100": 0.8318,
            "DTD": 0.6239,
            "EuroSAT": 0.6752,
            "RESISC45": 0.6878,
            "Food-101": 0.9038,
            "SUN397": 0.7406,
        },
    ),
    limitations="Zoo gives its embeddings; its captions are left to open_clip.",
    citation=None,
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS),
)

EVA02_CLIP_L14_336 = ModelCard(
    id="multimodal/eva02-clip-l-14-336",
    aliases=("eva02-clip", "EVA02-L-14-336"),
    title="EVA02-CLIP L/14 at 336 px",
    summary="CLIP that began from masked pre-training; open licence.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="EVA02-L-14-336",
        tag="merged2b_s6b_b61k",
        repository="timm/eva02_large_patch14_clip_336.merged2b_s6b_b61k",
        format="safetensors",
    ),
    architecture="EVA02-CLIP L/14",
    n_parameters=428_083_137,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(336, 336, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:EVA02-L-14-336", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"Merged-2B"}), objective="image-text contrast"),
    license=MIT,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.8039,
            "ImageNet-R": 0.9324,
            "CIFAR-100": 0.898,
            "DTD": 0.6473,
            "EuroSAT": 0.7139,
            "RESISC45": 0.691,
            "Food-101": 0.9421,
            "SUN397": 0.748,
        },
    ),
    citation="arXiv:2303.15389",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, _EVA_CLIP),
)

METACLIP_H14 = ModelCard(
    id="multimodal/metaclip-vit-h-14",
    aliases=("metaclip",),
    title="MetaCLIP ViT-H/14",
    summary="CLIP with the recipe for its data made public; no commercial use.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-H-14-quickgelu",
        tag="metaclip_fullcc",
        repository="timm/vit_huge_patch14_clip_224.metaclip_2pt5b",
        format="safetensors",
    ),
    architecture="CLIP ViT-H/14",
    n_parameters=986_109_441,
    embed_dim=1024,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-H-14-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"MetaCLIP 2.5B"}), objective="image-text contrast"),
    license=License(code=None, weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    languages=("en",),
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.8051,
            "ImageNet-R": 0.9342,
            "CIFAR-100": 0.8634,
            "DTD": 0.7271,
            "EuroSAT": 0.645,
            "RESISC45": 0.7024,
            "Food-101": 0.9423,
            "SUN397": 0.744,
        },
    ),
    citation="arXiv:2309.16671",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, _METACLIP, MTEB, METACLIP2_LIST),
)

METACLIP2_H14 = ModelCard(
    id="multimodal/metaclip2-vit-h-14",
    aliases=("metaclip2",),
    title="MetaCLIP 2 ViT-H/14, worldwide",
    summary="MetaCLIP for the languages of the world; a vocabulary of 900,000 tokens makes it big; no commercial use.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-H-14-worldwide-quickgelu",
        tag="metaclip2_worldwide",
        repository="timm/vit_huge_patch14_clip_224.metaclip2_worldwide",
        format="safetensors",
    ),
    architecture="CLIP ViT-H/14",
    n_parameters=1_858_783_745,
    embed_dim=1024,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="facebook/xlm-v-base", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=None, objective="image-text contrast"),
    license=License(code=None, weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    languages=METACLIP2,
    results=published(_METACLIP, "zero-shot", "accuracy", {"CVQA (local languages)": 0.574}),
    citation="arXiv:2507.22062",
    sources=(OPEN_CLIP, _METACLIP, MTEB, METACLIP2_LIST),
)

DFN5B_H14 = ModelCard(
    id="multimodal/dfn5b-vit-h-14-378",
    aliases=("dfn5b", "apple/DFN5B-CLIP-ViT-H-14-378"),
    title="DFN5B-CLIP ViT-H/14 at 378 px",
    summary="Among the best zero-shot figures in the tables of open_clip; research only.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(
        architecture="ViT-H-14-378-quickgelu", tag="dfn5b", repository="apple/DFN5B-CLIP-ViT-H-14-378"
    ),
    architecture="CLIP ViT-H/14",
    n_parameters=986_714_881,
    embed_dim=1024,
    max_tokens=77,
    pooling="projection",
    preprocess=photo(378, (378, 378), mode="squash", crop="none", mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP),
    text_preprocess=TextPreprocess(
        tokenizer="open_clip:ViT-H-14-378-quickgelu", max_tokens=77, padding="max_length", source=OPEN_CLIP
    ),
    zero_shot=ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
    pretraining=Pretraining(datasets=frozenset({"DFN-5B"}), size="39B samples seen", objective="image-text contrast"),
    license=License(code=None, weights="Apple Machine Learning Research Model License", data=None),
    commercial_use=False,
    gated=False,
    results=published(
        OPEN_CLIP_RESULTS,
        "zero-shot",
        "top-1",
        {
            "ImageNet-1k": 0.8437,
            "ImageNet-R": 0.9376,
            "CIFAR-100": 0.9043,
            "DTD": 0.7106,
            "EuroSAT": 0.6133,
            "RESISC45": 0.7589,
            "Food-101": 0.9623,
            "SUN397": 0.7733,
        },
    ),
    limitations=_RESEARCH_ONLY,
    citation="arXiv:2309.17425",
    sources=(OPEN_CLIP, OPEN_CLIP_RESULTS, _DFN),
)


MODELS = (
    COCA_L14,
    EVA02_CLIP_L14_336,
    METACLIP_H14,
    METACLIP2_H14,
    DFN5B_H14,
)
