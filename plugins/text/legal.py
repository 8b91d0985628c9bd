"""Models of law: statutes, contracts, court decisions."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import published

_LEXGLUE = "https://github.com/coastalcph/lex-glue/blob/419a49d/README.md"
_CASEHOLD = "https://github.com/reglab/casehold/blob/daea97c/README.md"
_LEXLMS = "https://github.com/coastalcph/lexlms/blob/92cf61d/README.md"
_SHARE_ALIKE = (
    "Share-alike: what is made from the weights must be shared under the same terms. "
    "Not trained for sentence vectors: fine-tune it."
)


LEGAL_BERT = ModelCard(
    id="text/legal-bert",
    aliases=("legalbert", "legal-bert", "legal-bert-base-uncased", "nlpaueb/legal-bert-base-uncased"),
    title="LEGAL-BERT base",
    summary="BERT from scratch on 12 GB of English law: statutes, court cases and contracts of the EU, UK and US.",
    modality="text",
    domains=("text/legal",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="nlpaueb/legal-bert-base-uncased",
        revision="49b07fa66d12ed464d3d65ce7afd9902ebd22ac2",
        format="pickle",
        config={"model_type": "bert"},
    ),
    architecture="BERT-base",
    n_parameters=109_482_240,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="nlpaueb/legal-bert-base-uncased", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset(
            {
                "EU legislation",
                "UK legislation",
                "European Court of Justice cases",
                "European Court of Human Rights cases",
                "US court cases",
                "US contracts",
            }
        ),
        size="12 GB of English legal text",
        objective="masked language modelling and next-sentence prediction",
    ),
    license=License(code=None, weights="CC-BY-SA-4.0", data=None),
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _LEXGLUE,
            "full fine-tune",
            "micro-F1",
            {"ECtHR A": 0.7, "ECtHR B": 0.804, "SCOTUS": 0.764, "EUR-LEX": 0.721, "LEDGAR": 0.882, "UNFAIR-ToS": 0.96},
        ),
        *published(_LEXGLUE, "full fine-tune", "accuracy", {"CaseHOLD": 0.753}),
    ),
    limitations=_SHARE_ALIKE,
    citation="arXiv:2010.02559",
    sources=(_LEXGLUE, "https://huggingface.co/nlpaueb/legal-bert-base-uncased"),
)

LEGAL_BERT_SMALL = ModelCard(
    id="text/legal-bert-small",
    aliases=("legal-bert-small", "legal-bert-small-uncased", "nlpaueb/legal-bert-small-uncased"),
    title="LEGAL-BERT small",
    summary="LEGAL-BERT at a third of the size.",
    modality="text",
    domains=("text/legal",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="nlpaueb/legal-bert-small-uncased",
        config={
            "model_type": "bert",
            "hidden_size": 512,
            "num_hidden_layers": 6,
            "num_attention_heads": 8,
            "intermediate_size": 2048,
        },
    ),
    architecture="BERT, 6 layers of 512",
    n_parameters=35_068_416,
    embed_dim=512,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="nlpaueb/legal-bert-small-uncased", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset(
            {
                "EU legislation",
                "UK legislation",
                "European Court of Justice cases",
                "European Court of Human Rights cases",
                "US court cases",
                "US contracts",
            }
        ),
        size="12 GB of English legal text",
        objective="masked language modelling and next-sentence prediction",
    ),
    license=License(code=None, weights="CC-BY-SA-4.0", data=None),
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _LEXGLUE,
            "full fine-tune",
            "micro-F1",
            {"SCOTUS": 0.756, "EUR-LEX": 0.734, "LEDGAR": 0.878, "UNFAIR-ToS": 0.971},
        ),
        *published(_LEXGLUE, "full fine-tune", "accuracy", {"CaseHOLD": 0.747}),
    ),
    limitations=_SHARE_ALIKE,
    citation="arXiv:2010.02559",
    sources=(_LEXGLUE, "https://huggingface.co/nlpaueb/legal-bert-small-uncased"),
)

CASELAW_BERT = ModelCard(
    id="text/caselaw-bert",
    aliases=("caselaw-bert", "custom-legalbert", "casehold/custom-legalbert"),
    title="CaseLaw-BERT (Custom Legal-BERT)",
    summary="BERT from scratch on 37 GB of US court decisions, with a legal vocabulary.",
    modality="text",
    domains=("text/legal",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="casehold/custom-legalbert", config={"model_type": "bert", "vocab_size": 32000}
    ),
    architecture="BERT-base",
    n_parameters=110_617_344,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="casehold/custom-legalbert", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"Harvard Law case corpus"}),
        n_samples=3_446_187,
        size="37 GB, 3,446,187 decisions",
        objective="masked language modelling and next-sentence prediction",
    ),
    license=License(code="Apache-2.0", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _LEXGLUE,
            "full fine-tune",
            "micro-F1",
            {
                "ECtHR A": 0.698,
                "ECtHR B": 0.788,
                "SCOTUS": 0.766,
                "EUR-LEX": 0.707,
                "LEDGAR": 0.883,
                "UNFAIR-ToS": 0.96,
            },
        ),
        *published(_LEXGLUE, "full fine-tune", "accuracy", {"CaseHOLD": 0.754}),
    ),
    limitations="Its page names no licence. CaseHOLD is drawn from the same decisions (a tenth was held out).",
    citation="arXiv:2104.08671",
    sources=(_CASEHOLD, _LEXGLUE, "https://huggingface.co/casehold/custom-legalbert"),
)

PILE_OF_LAW = ModelCard(
    id="text/pile-of-law-bert-large",
    aliases=("pile-of-law", "legalbert-large-1.7m-2", "pile-of-law/legalbert-large-1.7M-2"),
    title="Pile of Law BERT large",
    summary="A large BERT from scratch on 256 GB of law of 35 kinds.",
    modality="text",
    domains=("text/legal",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="pile-of-law/legalbert-large-1.7M-2",
        config={
            "model_type": "bert",
            "vocab_size": 32000,
            "hidden_size": 1024,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 4096,
        },
    ),
    architecture="BERT-large",
    n_parameters=336_655_360,
    embed_dim=1024,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="pile-of-law/legalbert-large-1.7M-2", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"Pile of Law"}), size="about 256 GB of 35 sources", objective="masked language modelling"
    ),
    license=License(code=None, weights=None, data="CC-BY-NC-SA-4.0"),
    commercial_use=None,
    gated=False,
    languages=("en",),
    limitations="Its page names no licence, and its training data are for non-commercial use.",
    citation=None,
    sources=("mirrors of the model card of pile-of-law/legalbert-large-1.7M-2",),
)

LEXLM = ModelCard(
    id="text/lexlm-base",
    aliases=("lexlm", "legal-roberta-base", "lexlms/legal-roberta-base"),
    title="LexLM base",
    summary="RoBERTa trained on 19 billion tokens of law from six legal systems.",
    modality="text",
    domains=("text/legal",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="lexlms/legal-roberta-base",
        revision="5bc982f0ba5b288af23cff5f189e649a201366bd",
        format="pickle",
        config={
            "model_type": "roberta",
            "vocab_size": 50000,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "layer_norm_eps": 1e-5,
        },
    ),
    architecture="RoBERTa-base",
    n_parameters=124_442_112,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="lexlms/legal-roberta-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"LeXFiles"}),
        n_samples=5_800_000,
        size="5.8M documents, 18.8B tokens",
        objective="masked language modelling",
    ),
    license=License(code=None, weights="CC-BY-SA-4.0", data=None),
    commercial_use=True,
    gated=False,
    languages=("en",),
    limitations=_SHARE_ALIKE,
    citation="arXiv:2305.07507",
    sources=(_LEXLMS, "https://huggingface.co/lexlms/legal-roberta-base"),
)


MODELS = (
    LEGAL_BERT,
    LEGAL_BERT_SMALL,
    CASELAW_BERT,
    PILE_OF_LAW,
    LEXLM,
)
