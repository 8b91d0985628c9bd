"""OpenFlamingo: Flamingo rebuilt in the open, which answers about pictures after a few examples.

The sizes of 3B are left out: the code of their language model lies in its own repository, which zoo does not run.
"""

from __future__ import annotations

from zoo.cards import CustomSource, License, ModelCard, Pretraining, TextPreprocess

from ..facts import OPEN_CLIP, OPENAI_MEAN, OPENAI_STD, photo, published

_OPENFLAMINGO = "https://github.com/mlfoundations/open_flamingo/blob/655f693/README.md"
_TERMS = "https://github.com/mlfoundations/open_flamingo/blob/655f693/TERMS_AND_CONDITIONS.md"
_HUB_4B = "https://huggingface.co/openflamingo/OpenFlamingo-4B-vitl-rpj3b"
_HUB_9B = "https://huggingface.co/openflamingo/OpenFlamingo-9B-vitl-mpt7b"
_PIXELS = photo(224, 224, mean=OPENAI_MEAN, std=OPENAI_STD, source=OPEN_CLIP)
_LICENSE = License(code="MIT", weights="OpenFlamingo terms (non-commercial research)", data=None)
_DATA = Pretraining(
    datasets=frozenset({"LAION-2B", "Multimodal C4"}),
    objective="next-token prediction over pictures and text; CLIP and the language model frozen",
)
_LIMITS = (
    "Non-commercial research only; the terms of its language model hold too. "
    "Loading fetches the weights of CLIP and of the language model too. "
    "A picture's vector is the mean of its 64 latents, which is zoo's choice."
)

OPENFLAMINGO_4B = ModelCard(
    id="multimodal/openflamingo-4b",
    aliases=("flamingo", "openflamingo", "openflamingo-4b", "openflamingo/OpenFlamingo-4B-vitl-rpj3b"),
    title="OpenFlamingo 4B",
    summary="CLIP and a RedPajama language model joined by gated cross-attention: captions and answers by example.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "generate"),
    source=CustomSource(
        repository="openflamingo/OpenFlamingo-4B-vitl-rpj3b",
        file="checkpoint.pt",
        format="pickle",
        builder="openflamingo-4b",
    ),
    architecture="CLIP ViT-L/14 + GPT-NeoX (RedPajama-INCITE 3B), cross-attention before every second layer",
    n_parameters=4_039_816_224,
    embed_dim=1024,
    preprocess=_PIXELS,
    text_preprocess=TextPreprocess(
        tokenizer="togethercomputer/RedPajama-INCITE-Base-3B-v1",
        max_tokens=None,
        padding="longest",
        padding_side="left",
    ),
    pretraining=_DATA,
    license=_LICENSE,
    commercial_use=False,
    gated=False,
    languages=("en",),
    results=(
        *published(_OPENFLAMINGO, "few-shot, 4 examples", "CIDEr", {"COCO": 81.8}),
        *published(_OPENFLAMINGO, "few-shot, 4 examples", "accuracy", {"VQAv2": 0.49}),
    ),
    limitations=_LIMITS,
    citation="arXiv:2308.01390",
    sources=(_OPENFLAMINGO, _TERMS, _HUB_4B),
)

OPENFLAMINGO_9B = ModelCard(
    id="multimodal/openflamingo-9b",
    aliases=("openflamingo-9b", "openflamingo/OpenFlamingo-9B-vitl-mpt7b"),
    title="OpenFlamingo 9B",
    summary="The largest OpenFlamingo, on MPT-7B.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "generate"),
    source=CustomSource(
        repository="openflamingo/OpenFlamingo-9B-vitl-mpt7b",
        file="checkpoint.pt",
        format="pickle",
        builder="openflamingo-9b",
    ),
    architecture="CLIP ViT-L/14 + MPT-7B, cross-attention before every fourth layer",
    n_parameters=8_131_465_232,
    embed_dim=1024,
    preprocess=_PIXELS,
    text_preprocess=TextPreprocess(
        tokenizer="anas-awadalla/mpt-7b", max_tokens=None, padding="longest", padding_side="left"
    ),
    pretraining=_DATA,
    license=_LICENSE,
    commercial_use=False,
    gated=False,
    languages=("en",),
    results=(
        *published(_OPENFLAMINGO, "few-shot, 4 examples", "CIDEr", {"COCO": 89.0}),
        *published(_OPENFLAMINGO, "few-shot, 4 examples", "accuracy", {"VQAv2": 0.548}),
    ),
    limitations=_LIMITS,
    citation="arXiv:2308.01390",
    sources=(_OPENFLAMINGO, _TERMS, _HUB_9B),
)

MODELS = (OPENFLAMINGO_4B, OPENFLAMINGO_9B)
