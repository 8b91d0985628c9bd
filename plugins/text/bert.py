"""BERT and RoBERTa: the encoders that published tables compare with."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE, MIT, published

_BERT = "https://github.com/google-research/bert/blob/eedf571/README.md"
_ROBERTA = "https://github.com/facebookresearch/fairseq/blob/3d262bb/examples/roberta/README.md"
_LINKBERT = "https://github.com/michiyasunaga/LinkBERT/blob/210bc47/README.md"
_LEXGLUE = "https://github.com/coastalcph/lex-glue/blob/419a49d/README.md"
_CODEXGLUE = "https://github.com/microsoft/CodeXGLUE/tree/ac74a62"
_NOT_TUNED = (
    "Not trained for sentence vectors: fine-tune it, or take an embedding model where vectors are used as they are."
)


BERT_BASE = ModelCard(
    id="text/bert-base-uncased",
    aliases=("bert", "bert-base-uncased", "bert-base", "google-bert/bert-base-uncased"),
    title="BERT base, uncased",
    summary="The encoder that started it all, and still the baseline that published tables compare with.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="google-bert/bert-base-uncased", format="safetensors", config={"model_type": "bert"}
    ),
    architecture="BERT-base",
    n_parameters=109_482_240,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="google-bert/bert-base-uncased", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"English Wikipedia", "BookCorpus"}),
        objective="masked language modelling and next-sentence prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(_LINKBERT, "full fine-tune", "mean score", {"GLUE": 0.792}),
        *published(
            _LEXGLUE,
            "full fine-tune",
            "micro-F1",
            {
                "ECtHR A": 0.712,
                "ECtHR B": 0.797,
                "SCOTUS": 0.683,
                "EUR-LEX": 0.714,
                "LEDGAR": 0.876,
                "UNFAIR-ToS": 0.956,
            },
        ),
        *published(_LEXGLUE, "full fine-tune", "accuracy", {"CaseHOLD": 0.708}),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:1810.04805",
    sources=(_BERT, _LINKBERT, _LEXGLUE, "https://huggingface.co/google-bert/bert-base-uncased"),
)

BERT_BASE_CASED = ModelCard(
    id="text/bert-base-cased",
    aliases=("bert-base-cased", "google-bert/bert-base-cased"),
    title="BERT base, cased",
    summary="BERT that keeps upper and lower case apart, for names and other entities.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="google-bert/bert-base-cased", config={"model_type": "bert", "vocab_size": 28996}
    ),
    architecture="BERT-base",
    n_parameters=108_310_272,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="google-bert/bert-base-cased", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"English Wikipedia", "BookCorpus"}),
        objective="masked language modelling and next-sentence prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    languages=("en",),
    limitations=_NOT_TUNED,
    citation="arXiv:1810.04805",
    sources=(_BERT,),
)

BERT_LARGE = ModelCard(
    id="text/bert-large-uncased",
    aliases=("bert-large-uncased", "bert-large", "google-bert/bert-large-uncased"),
    title="BERT large, uncased",
    summary="BERT at three times the size.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="google-bert/bert-large-uncased",
        config={
            "model_type": "bert",
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
        },
    ),
    architecture="BERT-large",
    n_parameters=335_141_888,
    embed_dim=1024,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="google-bert/bert-large-uncased", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"English Wikipedia", "BookCorpus"}),
        objective="masked language modelling and next-sentence prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(_BERT, "full fine-tune", "F1", {"SQuAD 1.1": 0.91}),
        *published(_BERT, "full fine-tune", "accuracy", {"MultiNLI": 0.8605}),
        *published(_LINKBERT, "full fine-tune", "mean score", {"GLUE": 0.807}),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:1810.04805",
    sources=(_BERT, _LINKBERT),
)

ROBERTA_BASE = ModelCard(
    id="text/roberta-base",
    aliases=("roberta", "roberta-base", "FacebookAI/roberta-base"),
    title="RoBERTa base",
    summary="BERT trained longer on more text, without next-sentence prediction; a sturdy start for English.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="FacebookAI/roberta-base",
        revision="bc2764f8af2e92b6eb5679868df33e224075ca68",
        format="safetensors",
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
    preprocess=TextPreprocess(tokenizer="FacebookAI/roberta-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(datasets=None, objective="masked language modelling"),
    license=MIT,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _ROBERTA,
            "full fine-tune, development set",
            "accuracy",
            {"MNLI": 0.876, "QNLI": 0.928, "QQP": 0.919, "RTE": 0.787, "SST-2": 0.948, "MRPC": 0.902},
        ),
        *published(
            _LEXGLUE,
            "full fine-tune",
            "micro-F1",
            {
                "ECtHR A": 0.692,
                "ECtHR B": 0.773,
                "SCOTUS": 0.716,
                "EUR-LEX": 0.719,
                "LEDGAR": 0.879,
                "UNFAIR-ToS": 0.952,
            },
        ),
        *published(_LEXGLUE, "full fine-tune", "accuracy", {"CaseHOLD": 0.714}),
        *published(_CODEXGLUE, "full fine-tune", "accuracy", {"Devign": 0.6105}),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:1907.11692",
    sources=(_ROBERTA, _LEXGLUE, _CODEXGLUE, "https://huggingface.co/FacebookAI/roberta-base"),
)

ROBERTA_LARGE = ModelCard(
    id="text/roberta-large",
    aliases=("roberta-large", "FacebookAI/roberta-large"),
    title="RoBERTa large",
    summary="RoBERTa at three times the size.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="FacebookAI/roberta-large",
        config={
            "model_type": "roberta",
            "vocab_size": 50265,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
        },
    ),
    architecture="RoBERTa-large",
    n_parameters=355_359_744,
    embed_dim=1024,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="FacebookAI/roberta-large", max_tokens=512, padding="longest"),
    pretraining=Pretraining(datasets=None, objective="masked language modelling"),
    license=MIT,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _ROBERTA,
            "full fine-tune, development set",
            "accuracy",
            {"MNLI": 0.902, "QNLI": 0.947, "QQP": 0.922, "RTE": 0.866, "SST-2": 0.964, "MRPC": 0.909},
        ),
        *published(_ROBERTA, "full fine-tune", "F1", {"SQuAD 2.0": 0.894}),
        *published(
            _LEXGLUE,
            "full fine-tune",
            "micro-F1",
            {
                "ECtHR A": 0.738,
                "ECtHR B": 0.798,
                "SCOTUS": 0.755,
                "EUR-LEX": 0.679,
                "LEDGAR": 0.886,
                "UNFAIR-ToS": 0.958,
            },
        ),
        *published(_LEXGLUE, "full fine-tune", "accuracy", {"CaseHOLD": 0.744}),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:1907.11692",
    sources=(_ROBERTA, _LEXGLUE),
)


MODELS = (
    BERT_BASE,
    BERT_BASE_CASED,
    BERT_LARGE,
    ROBERTA_BASE,
    ROBERTA_LARGE,
)
