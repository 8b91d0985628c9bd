"""Vectors for code search, from decoders."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE_WEIGHTS, MTEB, MTEB_RESULTS, published
from ..languages import F2LLM_V2, F2LLM_V2_LIST

_JINA = "https://jina.ai/models/jina-code-embeddings-0.5b"


JINA_CODE = ModelCard(
    id="code/jina-code-embeddings-0.5b",
    aliases=("jina-code", "jina-code-embeddings", "jina-code-embeddings-0.5b", "jinaai/jina-code-embeddings-0.5b"),
    title="Jina Code Embeddings 0.5B",
    summary="Vectors of code and questions from Qwen2.5-Coder, with a prefix for each use; no commercial use.",
    modality="code",
    domains=("code",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="jinaai/jina-code-embeddings-0.5b",
        config={
            "model_type": "qwen2",
            "vocab_size": 151936,
            "hidden_size": 896,
            "intermediate_size": 4864,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "max_position_embeddings": 32768,
            "rope_theta": 1_000_000.0,
        },
    ),
    architecture="Qwen2",
    n_parameters=494_032_768,
    embed_dim=896,
    max_tokens=32768,
    pooling="last",
    preprocess=TextPreprocess(
        tokenizer="jinaai/jina-code-embeddings-0.5b",
        max_tokens=32768,
        padding="longest",
        padding_side="left",
        query_prefix="Find the most relevant code snippet given the following query:\n",
    ),
    pretraining=Pretraining(datasets=None, size="from Qwen2.5-Coder 0.5B", objective="contrastive pairs (InfoNCE)"),
    license=License(code=None, weights="CC-BY-NC-4.0", data=None),
    commercial_use=False,
    gated=False,
    results=published(
        _JINA, "frozen embeddings, retrieval", "mean score", {"25 code benchmarks": 0.7841, "MTEB (code)": 0.7872}
    ),
    limitations="Other uses than text to code take other prefixes, for documents too.",
    citation=None,
    sources=(_JINA,),
)

F2LLM = ModelCard(
    id="code/f2llm-v2-0.6b",
    aliases=("f2llm", "f2llm-v2-0.6b", "codefuse-ai/F2LLM-v2-0.6B"),
    title="F2LLM v2 0.6B",
    summary="Vectors of code and text in many languages from a Qwen3 decoder.",
    modality="code",
    domains=("code", "text/general"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="codefuse-ai/F2LLM-v2-0.6B",
        revision="54b4e2dc74e01be7126d4cf5f016af6b21edc563",
        format="safetensors",
        config={
            "model_type": "qwen3",
            "vocab_size": 151936,
            "hidden_size": 1024,
            "intermediate_size": 3072,
            "num_hidden_layers": 28,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "max_position_embeddings": 40960,
            "rope_theta": 1_000_000.0,
        },
    ),
    architecture="Qwen3",
    n_parameters=596_049_920,
    embed_dim=1024,
    max_tokens=40960,
    pooling="last",
    preprocess=TextPreprocess(
        tokenizer="codefuse-ai/F2LLM-v2-0.6B",
        max_tokens=40960,
        padding="longest",
        padding_side="left",
        query_prefix="Instruct: Given a question, retrieve passages that can help answer the question.\nQuery: ",
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text and code pairs"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=F2LLM_V2,
    results=(
        *published(
            MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"AppsRetrieval": 0.90446, "CosQA": 0.40317}
        ),
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class",
            "accuracy",
            {"Banking77Classification": 0.88357, "TweetSentimentExtractionClassification": 0.78288},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.54256, "NFCorpus": 0.34267}),
    ),
    limitations="Other uses than questions and their passages take other instructions.",
    citation=None,
    sources=(MTEB, MTEB_RESULTS, F2LLM_V2_LIST),
)

NOMIC_CODE = ModelCard(
    id="code/nomic-embed-code",
    aliases=("nomic-embed-code", "nomic-ai/nomic-embed-code"),
    title="Nomic Embed Code",
    summary="Vectors of code from a seven-billion decoder, under an open licence.",
    modality="code",
    domains=("code",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="nomic-ai/nomic-embed-code",
        revision="11114029805cee545ef111d5144b623787462a52",
        format="safetensors",
        config={
            "model_type": "qwen2",
            "vocab_size": 152064,
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "max_position_embeddings": 32768,
            "rope_theta": 1_000_000.0,
        },
    ),
    architecture="Qwen2",
    n_parameters=7_070_619_136,
    embed_dim=3584,
    max_tokens=32768,
    pooling="last",
    preprocess=TextPreprocess(
        tokenizer="nomic-ai/nomic-embed-code",
        max_tokens=32768,
        padding="longest",
        padding_side="left",
        query_prefix="Represent this query for searching relevant code: ",
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text and code pairs"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    citation=None,
    sources=(MTEB,),
)


MODELS = (
    JINA_CODE,
    F2LLM,
    NOMIC_CODE,
)
