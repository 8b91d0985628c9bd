"""Sentence vectors for long texts, many languages and code: GTE, Nomic, Qwen3."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE_WEIGHTS, FASTEMBED, MTEB, MTEB_RESULTS, QWEN3_EMBEDDING, TRANSFORMERS, WEB_SEARCH, published
from ..languages import QWEN3

GTE_MODERNBERT = ModelCard(
    id="text/gte-modernbert-base",
    aliases=("gte-modernbert", "gte-modernbert-base", "Alibaba-NLP/gte-modernbert-base"),
    title="GTE ModernBERT base",
    summary="English sentence vectors on ModernBERT, for long texts and code too.",
    modality="text",
    domains=("text/general", "code"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="Alibaba-NLP/gte-modernbert-base",
        revision="7ca8b4ca700621b67618669f5378fe5f5820b8e4",
        format="safetensors",
        config={"model_type": "modernbert"},
    ),
    architecture="ModernBERT-base",
    n_parameters=149_014_272,
    embed_dim=768,
    max_tokens=8192,
    pooling="cls",
    preprocess=TextPreprocess(tokenizer="Alibaba-NLP/gte-modernbert-base", max_tokens=8192, padding="longest"),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class",
            "accuracy",
            {"Banking77Classification": 0.86227, "TweetSentimentExtractionClassification": 0.63316},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.7641, "NFCorpus": 0.34322}),
        *published(
            MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"AppsRetrieval": 0.56405, "CosQA": 0.42175}
        ),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS),
)

NOMIC_TEXT = ModelCard(
    id="text/nomic-embed-text-v1.5",
    aliases=("nomic-embed-text", "nomic-embed-text-v1.5", "nomic-ai/nomic-embed-text-v1.5"),
    title="Nomic Embed Text v1.5",
    summary="English sentence vectors for long texts; every text needs the prefix of its use.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="nomic-ai/nomic-embed-text-v1.5",
        revision="b0753ae76394dd36bcfb912a46018088bca48be0",
        format="safetensors",
        config={"model_type": "nomic_bert"},
    ),
    architecture="NomicBERT",
    n_parameters=136_731_648,
    embed_dim=768,
    max_tokens=8192,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="nomic-ai/nomic-embed-text-v1.5",
        max_tokens=8192,
        padding="longest",
        query_prefix="search_query: ",
        document_prefix="search_document: ",
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class, as its model card states",
            "accuracy",
            {"Banking77Classification": 0.84253, "TweetSentimentExtractionClassification": 0.6092},
        ),
        *published(
            MTEB_RESULTS,
            "frozen embeddings, retrieval, as its model card states",
            "nDCG@10",
            {"SciFact": 0.70275, "NFCorpus": 0.34673},
        ),
    ),
    limitations='Other uses take other prefixes: "classification: " and "clustering: ".',
    citation=None,
    sources=(MTEB, MTEB_RESULTS, TRANSFORMERS, FASTEMBED),
)

QWEN3_06B = ModelCard(
    id="text/qwen3-embedding-0.6b",
    aliases=("qwen3-embedding", "qwen3-embedding-0.6b", "Qwen/Qwen3-Embedding-0.6B"),
    title="Qwen3 Embedding 0.6B",
    summary="Sentence vectors in many languages from a decoder; follows instructions, and vectors may be cut short.",
    modality="text",
    domains=("text/general", "code"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="Qwen/Qwen3-Embedding-0.6B",
        revision="b22da495047858cce924d27d76261e96be6febc0",
        format="safetensors",
        config={
            "model_type": "qwen3",
            "vocab_size": 151669,
            "hidden_size": 1024,
            "intermediate_size": 3072,
            "num_hidden_layers": 28,
            "num_attention_heads": 16,
            "head_dim": 128,
            "num_key_value_heads": 8,
            "max_position_embeddings": 32768,
            "rope_theta": 1_000_000.0,
        },
    ),
    architecture="Qwen3",
    n_parameters=595_776_512,
    embed_dim=1024,
    max_tokens=32768,
    pooling="last",
    preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen3-Embedding-0.6B",
        max_tokens=32768,
        padding="longest",
        padding_side="left",
        query_prefix=WEB_SEARCH,
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs with instructions"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=QWEN3,
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class",
            "accuracy",
            {"Banking77Classification": 0.8101, "TweetSentimentExtractionClassification": 0.7605},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.69718, "NFCorpus": 0.36709}),
        *published(
            MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"AppsRetrieval": 0.75344, "CosQA": 0.36479}
        ),
        *published(
            QWEN3_EMBEDDING,
            "frozen embeddings",
            "mean over tasks",
            {"MTEB (English, v2)": 0.707, "MTEB (multilingual)": 0.6433},
        ),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, QWEN3_EMBEDDING),
)

QWEN3_4B = ModelCard(
    id="text/qwen3-embedding-4b",
    aliases=("qwen3-embedding-4b", "Qwen/Qwen3-Embedding-4B"),
    title="Qwen3 Embedding 4B",
    summary="The middle Qwen3 Embedding: stronger vectors where the memory for four billion parameters is at hand.",
    modality="text",
    domains=("text/general", "code"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="Qwen/Qwen3-Embedding-4B",
        revision="636cd9bf47d976946cdbb2b0c3ca0cb2f8eea5ff",
        format="safetensors",
        config={
            "model_type": "qwen3",
            "vocab_size": 151665,
            "hidden_size": 2560,
            "intermediate_size": 9728,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "head_dim": 128,
            "num_key_value_heads": 8,
            "max_position_embeddings": 32768,
            "rope_theta": 1_000_000.0,
        },
    ),
    architecture="Qwen3",
    n_parameters=4_021_774_336,
    embed_dim=2560,
    max_tokens=32768,
    pooling="last",
    preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen3-Embedding-4B",
        max_tokens=32768,
        padding="longest",
        padding_side="left",
        query_prefix=WEB_SEARCH,
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs with instructions"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=QWEN3,
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class",
            "accuracy",
            {"Banking77Classification": 0.86341, "TweetSentimentExtractionClassification": 0.78446},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.78333, "NFCorpus": 0.411}),
        *published(
            MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"AppsRetrieval": 0.89176, "CosQA": 0.37982}
        ),
        *published(
            QWEN3_EMBEDDING,
            "frozen embeddings",
            "mean over tasks",
            {"MTEB (English, v2)": 0.746, "MTEB (multilingual)": 0.6945},
        ),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, QWEN3_EMBEDDING),
)


MODELS = (
    GTE_MODERNBERT,
    NOMIC_TEXT,
    QWEN3_06B,
    QWEN3_4B,
)
