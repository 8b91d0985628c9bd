"""Encoders of source code: CodeBERT and its successors."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import published

_CODEBERT = "https://github.com/microsoft/CodeBERT/tree/c0de43d"
_CODEXGLUE = "https://github.com/microsoft/CodeXGLUE/tree/ac74a62"
_CODET5 = "https://github.com/salesforce/CodeT5/blob/7de7f69/CodeT5+/README.md"
_CODET5_SHAPE = "Wang et al. 2021, arXiv:2109.00859, base size"
_NOT_TUNED = "Not trained for vectors: fine-tune it, or take an embedding model where vectors are used as they are."


CODEBERT = ModelCard(
    id="code/codebert",
    aliases=("codebert", "codebert-base", "microsoft/codebert-base"),
    title="CodeBERT",
    summary="RoBERTa trained on functions beside their comments, in six programming languages.",
    modality="code",
    domains=("code",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/codebert-base",
        revision="3ff5798015ff6b37880971915eccd3d7f119a890",
        format="pickle",
        config={
            "model_type": "roberta",
            "vocab_size": 50265,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
        },
    ),
    architecture="RoBERTa-base",
    n_parameters=124_645_632,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="microsoft/codebert-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"CodeSearchNet"}),
        objective="masked language modelling and replaced-token detection on pairs of text and code",
    ),
    license=License(code="MIT", weights=None, data=None),  # the repository of the weights states none
    commercial_use=None,
    gated=False,
    results=(
        *published(
            _CODEBERT,
            "full fine-tune",
            "MRR",
            {
                "CodeSearchNet (ruby)": 0.679,
                "CodeSearchNet (javascript)": 0.62,
                "CodeSearchNet (go)": 0.882,
                "CodeSearchNet (python)": 0.672,
                "CodeSearchNet (java)": 0.676,
                "CodeSearchNet (php)": 0.628,
                "CodeSearchNet": 0.693,
            },
        ),
        *published(_CODEXGLUE, "full fine-tune", "accuracy", {"Devign": 0.6208}),
        *published(_CODEXGLUE, "full fine-tune", "MAP@R", {"POJ-104": 0.8267}),
        *published(_CODEXGLUE, "full fine-tune", "F1", {"BigCloneBench": 0.941}),
        *published(_CODEXGLUE, "full fine-tune", "MRR", {"AdvTest": 0.2719}),
        *published(_CODEXGLUE, "full fine-tune", "BLEU", {"Code summarisation": 17.83}),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:2002.08155",
    sources=(_CODEBERT, _CODEXGLUE, "https://huggingface.co/microsoft/codebert-base"),
)

GRAPHCODEBERT = ModelCard(
    id="code/graphcodebert",
    aliases=("graphcodebert", "graphcodebert-base", "microsoft/graphcodebert-base"),
    title="GraphCodeBERT",
    summary="CodeBERT that also learned where the value of each variable comes from.",
    modality="code",
    domains=("code",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/graphcodebert-base",
        revision="60d4c73fb2a63b0aaaf8861c8263984d23be6a03",
        format="pickle",
        config={
            "model_type": "roberta",
            "vocab_size": 50265,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
        },
    ),
    architecture="RoBERTa-base",
    n_parameters=124_645_632,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="microsoft/graphcodebert-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"CodeSearchNet"}),
        objective="masked language modelling, data-flow edge prediction and variable alignment",
    ),
    license=License(code="MIT", weights=None, data=None),  # the repository of the weights states none
    commercial_use=None,
    gated=False,
    results=(
        *published(
            _CODEBERT,
            "full fine-tune",
            "MRR",
            {
                "CodeSearchNet (ruby)": 0.703,
                "CodeSearchNet (javascript)": 0.644,
                "CodeSearchNet (go)": 0.897,
                "CodeSearchNet (python)": 0.692,
                "CodeSearchNet (java)": 0.691,
                "CodeSearchNet (php)": 0.649,
                "CodeSearchNet": 0.713,
            },
        ),
        *published(_CODEBERT, "full fine-tune", "F1", {"BigCloneBench": 0.95}),
    ),
    limitations="Without the graph of data flow, which zoo does not extract, it runs as a plain encoder. Fine-tune it.",
    citation="arXiv:2009.08366",
    sources=(_CODEBERT, "https://huggingface.co/microsoft/graphcodebert-base"),
)

UNIXCODER = ModelCard(
    id="code/unixcoder",
    aliases=("unixcoder", "unixcoder-base", "microsoft/unixcoder-base"),
    title="UniXcoder",
    summary="One encoder for code, comments and syntax trees; its vectors search code without tuning.",
    modality="code",
    domains=("code",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/unixcoder-base",
        config={
            "model_type": "roberta",
            "vocab_size": 51416,
            "max_position_embeddings": 1026,
            "type_vocab_size": 10,
            "layer_norm_eps": 1e-5,
        },
    ),
    architecture="RoBERTa-base",
    n_parameters=125_929_728,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="microsoft/unixcoder-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"C4", "CodeSearchNet"}), objective="language modelling over code, comments and syntax trees"
    ),
    license=License(code="MIT", weights="Apache-2.0", data=None),
    commercial_use=True,
    gated=False,
    results=(
        *published(
            _CODET5,
            "zero-shot retrieval",
            "MRR",
            {
                "CodeSearchNet (ruby)": 0.576,
                "CodeSearchNet (javascript)": 0.442,
                "CodeSearchNet (go)": 0.648,
                "CodeSearchNet (python)": 0.447,
                "CodeSearchNet (java)": 0.466,
                "CodeSearchNet (php)": 0.373,
                "CodeSearchNet": 0.492,
            },
        ),
        *published(_CODET5, "zero-shot retrieval", "MRR", {"CosQA": 0.431, "AdvTest": 0.299}),
    ),
    limitations="Its authors put the tokens <encoder-only> </s> between <s> and the text; zoo's tokenizer does not.",
    citation="arXiv:2203.03850",
    sources=(_CODEBERT, _CODET5),
)

CODET5P = ModelCard(
    id="code/codet5p-220m",
    aliases=("codet5p", "codet5-plus", "codet5p-220m", "Salesforce/codet5p-220m"),
    title="CodeT5+ 220M, encoder",
    summary="The reading half of an encoder-decoder for code: the start for fine-tuning on understanding tasks.",
    modality="code",
    domains=("code",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="Salesforce/codet5p-220m",
        model_class="T5EncoderModel",
        config={
            "model_type": "t5",
            "vocab_size": 32100,
            "d_model": 768,
            "d_kv": 64,
            "d_ff": 3072,
            "num_layers": 12,
            "num_decoder_layers": 12,
            "num_heads": 12,
        },
    ),
    architecture="T5 encoder, 12 layers of 768",
    n_parameters=109_607_040,
    embed_dim=768,
    max_tokens=None,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="Salesforce/codet5p-220m", max_tokens=None, padding="longest"),
    pretraining=None,
    license=License(code="BSD-3-Clause", weights="BSD-3-Clause", data=None),
    commercial_use=True,
    gated=False,
    limitations=_NOT_TUNED,
    citation="arXiv:2305.07922",
    sources=(_CODET5, _CODET5_SHAPE),
)


MODELS = (
    CODEBERT,
    GRAPHCODEBERT,
    UNIXCODER,
    CODET5P,
)
