"""Sentence vectors of BAAI's general embeddings (BGE), from 33 M parameters to many languages and long texts."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import MIT_WEIGHTS, MTEB, MTEB_RESULTS, QWEN3_EMBEDDING, published
from ..languages import BGE_M3 as BGE_M3_LANGUAGES
from ..languages import BGE_M3_LIST

_BGE = "https://github.com/FlagOpen/FlagEmbedding/blob/master/research/baai_general_embedding/README.md"

BGE_SMALL = ModelCard(
    id="text/bge-small-en-v1.5",
    aliases=("bge-small", "bge-small-en-v1.5", "BAAI/bge-small-en-v1.5"),
    title="BGE small, English, v1.5",
    summary="English sentence vectors from 33 million parameters: fast on a CPU.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="BAAI/bge-small-en-v1.5",
        revision="5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
        format="safetensors",
        config={
            "model_type": "bert",
            "hidden_size": 384,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "intermediate_size": 1536,
        },
    ),
    architecture="BERT, 12 layers of 384",
    n_parameters=33_360_000,
    embed_dim=384,
    max_tokens=512,
    pooling="cls",
    preprocess=TextPreprocess(
        tokenizer="BAAI/bge-small-en-v1.5",
        max_tokens=512,
        padding="longest",
        query_prefix="Represent this sentence for searching relevant passages: ",
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class, as its model card states",
            "accuracy",
            {"Banking77Classification": 0.8574, "TweetSentimentExtractionClassification": 0.60507},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.71273, "NFCorpus": 0.34264}),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, _BGE),
)

BGE_BASE = ModelCard(
    id="text/bge-base-en-v1.5",
    aliases=("bge", "bge-base", "bge-base-en-v1.5", "BAAI/bge-base-en-v1.5"),
    title="BGE base, English, v1.5",
    summary="English sentence vectors, base size; only queries take the prefix.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="BAAI/bge-base-en-v1.5",
        revision="a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",
        format="safetensors",
        config={"model_type": "bert"},
    ),
    architecture="BERT-base",
    n_parameters=109_482_240,
    embed_dim=768,
    max_tokens=512,
    pooling="cls",
    preprocess=TextPreprocess(
        tokenizer="BAAI/bge-base-en-v1.5",
        max_tokens=512,
        padding="longest",
        query_prefix="Represent this sentence for searching relevant passages: ",
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class, as its model card states",
            "accuracy",
            {"Banking77Classification": 0.86951, "TweetSentimentExtractionClassification": 0.5938},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.74345, "NFCorpus": 0.37367}),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, _BGE),
)

BGE_M3 = ModelCard(
    id="text/bge-m3",
    aliases=("bge-m3", "BAAI/bge-m3"),
    title="BGE-M3",
    summary="Sentence vectors for many languages and 8,192 tokens.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="BAAI/bge-m3",
        revision="5617a9f61b028005a4858fdac845db406aefb181",
        format="pickle",
        config={
            "model_type": "xlm-roberta",
            "vocab_size": 250002,
            "max_position_embeddings": 8194,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
        },
    ),
    architecture="XLM-RoBERTa-large, 8,192 positions",
    n_parameters=567_754_752,
    embed_dim=1024,
    max_tokens=8192,
    pooling="cls",
    preprocess=TextPreprocess(tokenizer="BAAI/bge-m3", max_tokens=8192, padding="longest"),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=BGE_M3_LANGUAGES,
    results=(
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.64366, "NFCorpus": 0.31411}),
        *published(QWEN3_EMBEDDING, "frozen embeddings", "mean over tasks", {"MTEB (multilingual)": 0.5956}),
    ),
    limitations="Zoo gives its dense vectors only, not the sparse and multi-vector ones.",
    citation=None,
    sources=(MTEB, MTEB_RESULTS, _BGE, QWEN3_EMBEDDING, BGE_M3_LIST),
)

MODELS = (BGE_SMALL, BGE_BASE, BGE_M3)
