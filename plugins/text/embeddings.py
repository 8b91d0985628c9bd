"""Sentence vectors from encoders of 2021 to 2024: E5 and MiniLM."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE_WEIGHTS, FASTEMBED, MIT_WEIGHTS, MTEB, MTEB_RESULTS, QWEN3_EMBEDDING, WEB_SEARCH, published
from ..languages import XLM_R, XLM_R_LIST

_E5 = "https://github.com/microsoft/unilm/blob/master/e5/model_config.py"
_E5_MULTILINGUAL = "https://huggingface.co/intfloat/multilingual-e5-large-instruct"  # "100 languages from xlm-roberta"


E5_BASE = ModelCard(
    id="text/e5-base-v2",
    aliases=("e5", "e5-base-v2", "intfloat/e5-base-v2"),
    title="E5 base v2",
    summary='English sentence vectors; every text needs its prefix, "query: " or "passage: ".',
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="intfloat/e5-base-v2",
        revision="1c644c92ad3ba1efdad3f1451a637716616a20e8",
        format="safetensors",
        config={"model_type": "bert"},
    ),
    architecture="BERT-base",
    n_parameters=109_482_240,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="intfloat/e5-base-v2",
        max_tokens=512,
        padding="longest",
        query_prefix="query: ",
        document_prefix="passage: ",
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
            {"Banking77Classification": 0.83529, "TweetSentimentExtractionClassification": 0.6039},
        ),
        *published(
            MTEB_RESULTS,
            "frozen embeddings, retrieval, as its model card states",
            "nDCG@10",
            {"SciFact": 0.71944, "NFCorpus": 0.35389},
        ),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, _E5),
)

E5_MULTILINGUAL = ModelCard(
    id="text/multilingual-e5-large-instruct",
    aliases=("multilingual-e5-large-instruct", "intfloat/multilingual-e5-large-instruct"),
    title="Multilingual E5 large, instructed",
    summary="Sentence vectors for many languages; queries carry an instruction, documents stand bare.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="intfloat/multilingual-e5-large-instruct",
        revision="baa7be480a7de1539afce709c8f13f833a510e0a",
        format="safetensors",
        config={
            "model_type": "xlm-roberta",
            "vocab_size": 250002,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
        },
    ),
    architecture="XLM-RoBERTa-large",
    n_parameters=559_890_432,
    embed_dim=1024,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="intfloat/multilingual-e5-large-instruct",
        max_tokens=512,
        padding="longest",
        query_prefix=WEB_SEARCH + " ",
    ),
    pretraining=Pretraining(datasets=None, objective="contrastive text pairs with instructions"),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=XLM_R,
    results=(
        *published(
            MTEB_RESULTS,
            "frozen embeddings, logistic regression on a few texts a class",
            "accuracy",
            {"Banking77Classification": 0.78036, "TweetSentimentExtractionClassification": 0.59177},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.71624, "NFCorpus": 0.36338}),
        *published(
            QWEN3_EMBEDDING,
            "frozen embeddings",
            "mean over tasks",
            {"MTEB (English, v2)": 0.6553, "MTEB (multilingual)": 0.6322},
        ),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, _E5, QWEN3_EMBEDDING, _E5_MULTILINGUAL, XLM_R_LIST),
)

MINILM = ModelCard(
    id="text/all-minilm-l6-v2",
    aliases=("minilm", "all-minilm-l6-v2", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
    title="all-MiniLM-L6-v2",
    summary="The smallest sentence vectors in common use: six layers, 384 numbers a text.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="sentence-transformers/all-MiniLM-L6-v2",
        revision="8b3219a92973c328a8e22fadcfa821b5dc75636a",
        format="safetensors",
        config={
            "model_type": "bert",
            "hidden_size": 384,
            "num_hidden_layers": 6,
            "num_attention_heads": 12,
            "intermediate_size": 1536,
        },
    ),
    architecture="BERT, 6 layers of 384",
    n_parameters=22_713_216,
    embed_dim=384,
    max_tokens=256,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="sentence-transformers/all-MiniLM-L6-v2", max_tokens=256, padding="longest"),
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
            {"Banking77Classification": 0.80042, "TweetSentimentExtractionClassification": 0.54044},
        ),
        *published(MTEB_RESULTS, "frozen embeddings, retrieval", "nDCG@10", {"SciFact": 0.64508, "NFCorpus": 0.31594}),
    ),
    citation=None,
    sources=(MTEB, MTEB_RESULTS, FASTEMBED),
)


MODELS = (
    E5_BASE,
    E5_MULTILINGUAL,
    MINILM,
)
