"""General encoders after RoBERTa: DeBERTa, ModernBERT, XLM-RoBERTa."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE_WEIGHTS, MIT, MIT_WEIGHTS, MTEB, TRANSFORMERS, published
from ..languages import XLM_R, XLM_R_LIST

_DEBERTA = "https://github.com/microsoft/DeBERTa/blob/4d7fe0b/README.md"
_HALF_PRECISION = (
    "Stored in half precision and as a pickle only; zoo loads it as float32. "
    "Not trained for sentence vectors: fine-tune it."
)
_NOT_TUNED = (
    "Not trained for sentence vectors: fine-tune it, or take an embedding model where vectors are used as they are."
)


DEBERTA_V3_BASE = ModelCard(
    id="text/deberta-v3-base",
    aliases=("deberta", "deberta-v3", "deberta-v3-base", "microsoft/deberta-v3-base"),
    title="DeBERTa v3 base",
    summary="Replaced-token detection with disentangled attention; strong on language inference for its size.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/deberta-v3-base",
        revision="e4647970a4c145e8a616c83caeaec8493e8aaf17",
        format="pickle",
        needs=("sentencepiece",),
        config={
            "model_type": "deberta-v2",
            "hidden_size": 768,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "intermediate_size": 3072,
            "vocab_size": 128100,
            "relative_attention": True,
            "position_buckets": 256,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "type_vocab_size": 0,
            "max_relative_positions": -1,
        },
    ),
    architecture="DeBERTa-v3-base",
    n_parameters=183_831_552,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="microsoft/deberta-v3-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=None,
        size="160 GB of text",
        objective="replaced-token detection with gradient-disentangled embedding sharing",
    ),
    license=MIT,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _DEBERTA, "full fine-tune, development set", "accuracy", {"MNLI": 0.906, "MNLI (mismatched)": 0.907}
        ),
        *published(_DEBERTA, "full fine-tune, development set", "F1", {"SQuAD 2.0": 0.884}),
    ),
    limitations=_HALF_PRECISION,
    citation="arXiv:2111.09543",
    sources=(_DEBERTA, "https://huggingface.co/microsoft/deberta-v3-base"),
)

DEBERTA_V3_LARGE = ModelCard(
    id="text/deberta-v3-large",
    aliases=("deberta-v3-large", "microsoft/deberta-v3-large"),
    title="DeBERTa v3 large",
    summary="DeBERTa v3 at 24 layers.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/deberta-v3-large",
        needs=("sentencepiece",),
        config={
            "model_type": "deberta-v2",
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
            "vocab_size": 128100,
            "relative_attention": True,
            "position_buckets": 256,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "type_vocab_size": 0,
            "max_relative_positions": -1,
        },
    ),
    architecture="DeBERTa-v3-large",
    n_parameters=434_012_160,
    embed_dim=1024,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="microsoft/deberta-v3-large", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=None,
        size="160 GB of text",
        objective="replaced-token detection with gradient-disentangled embedding sharing",
    ),
    license=MIT,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _DEBERTA,
            "full fine-tune, development set",
            "accuracy",
            {"MNLI": 0.918, "QNLI": 0.96, "QQP": 0.93, "RTE": 0.927, "SST-2": 0.969, "MRPC": 0.922},
        ),
        *published(_DEBERTA, "full fine-tune, development set", "F1", {"SQuAD 2.0": 0.915}),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:2111.09543",
    sources=(_DEBERTA,),
)

MODERNBERT_BASE = ModelCard(
    id="text/modernbert-base",
    aliases=("modernbert", "modernbert-base", "answerdotai/ModernBERT-base"),
    title="ModernBERT base",
    summary="A 2024 encoder for 8,192 tokens of English and code, fast through alternating local and global attention.",
    modality="text",
    domains=("text/general", "code"),
    capabilities=("embed",),
    source=TransformersSource(repository="answerdotai/ModernBERT-base", config={"model_type": "modernbert"}),
    architecture="ModernBERT-base",
    n_parameters=149_014_272,
    embed_dim=768,
    max_tokens=8192,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="answerdotai/ModernBERT-base", max_tokens=8192, padding="longest"),
    pretraining=Pretraining(datasets=None, size="2T tokens of English and code", objective="masked language modelling"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=published("third-party copy of the model card", "full fine-tune", "mean score", {"GLUE": 0.884}),
    limitations=_NOT_TUNED,
    citation="arXiv:2412.13663",
    sources=(TRANSFORMERS, "third-party copy of the model card"),
)

MODERNBERT_LARGE = ModelCard(
    id="text/modernbert-large",
    aliases=("modernbert-large", "answerdotai/ModernBERT-large"),
    title="ModernBERT large",
    summary="ModernBERT at 28 layers.",
    modality="text",
    domains=("text/general", "code"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="answerdotai/ModernBERT-large",
        config={
            "model_type": "modernbert",
            "hidden_size": 1024,
            "num_hidden_layers": 28,
            "intermediate_size": 2624,
            "num_attention_heads": 16,
        },
    ),
    architecture="ModernBERT-large",
    n_parameters=394_781_696,
    embed_dim=1024,
    max_tokens=8192,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="answerdotai/ModernBERT-large", max_tokens=8192, padding="longest"),
    pretraining=Pretraining(datasets=None, size="2T tokens of English and code", objective="masked language modelling"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    limitations=_NOT_TUNED,
    citation="arXiv:2412.13663",
    sources=(TRANSFORMERS, "third-party copy of the model card"),
)

XLM_ROBERTA_BASE = ModelCard(
    id="text/xlm-roberta-base",
    aliases=("xlm-roberta", "xlm-roberta-base", "xlm-r", "FacebookAI/xlm-roberta-base"),
    title="XLM-RoBERTa base",
    summary="RoBERTa for a hundred languages, the usual start for text that is not English.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="FacebookAI/xlm-roberta-base",
        revision="e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
        format="safetensors",
        config={
            "model_type": "xlm-roberta",
            "vocab_size": 250002,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
        },
    ),
    architecture="XLM-RoBERTa-base",
    n_parameters=278_043_648,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="FacebookAI/xlm-roberta-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(datasets=None, size="100 languages", objective="masked language modelling"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=XLM_R,
    results=published(
        _DEBERTA, "fine-tuned on English, tested on the other languages", "mean accuracy", {"XNLI": 0.762}
    ),
    limitations=_NOT_TUNED,
    citation=None,
    sources=(MTEB, _DEBERTA, XLM_R_LIST),
)


MODELS = (
    DEBERTA_V3_BASE,
    DEBERTA_V3_LARGE,
    MODERNBERT_BASE,
    MODERNBERT_LARGE,
    XLM_ROBERTA_BASE,
)
