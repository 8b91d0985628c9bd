"""Models of scientific and biomedical text."""

from __future__ import annotations

from zoo.cards import ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE, APACHE_WEIGHTS, MIT_WEIGHTS, published

_SCIBERT = "https://github.com/allenai/scibert/tree/06793f7"
_LINKBERT = "https://github.com/michiyasunaga/LinkBERT/blob/210bc47/README.md"
_GRID = "full fine-tune; best validation cell of the published grid, mean of 3 seeds"
_NOT_TUNED = (
    "Not trained for sentence vectors: fine-tune it, or take an embedding model where vectors are used as they are."
)


SCIBERT = ModelCard(
    id="text/scibert",
    aliases=("scibert", "scibert-uncased", "allenai/scibert_scivocab_uncased"),
    title="SciBERT, uncased",
    summary="BERT from scratch on the full text of 1.14 million papers, with a vocabulary of its own.",
    modality="text",
    domains=("text/scientific", "text/biomedical"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="allenai/scibert_scivocab_uncased",
        revision="f01d67261614b33f5fda650797f79a4ab0971fc1",
        format="pickle",
        config={"model_type": "bert", "vocab_size": 31090},
    ),
    architecture="BERT-base",
    n_parameters=109_918_464,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="allenai/scibert_scivocab_uncased", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"Semantic Scholar full text"}),
        n_samples=1_140_000,
        size="1.14M papers, 3.1B tokens",
        objective="masked language modelling and next-sentence prediction",
    ),
    license=APACHE,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(
            _SCIBERT,
            _GRID,
            "macro-F1",
            {
                "ChemProt": 0.5184,
                "ACL-ARC citation intent": 0.7259,
                "Paper field (MAG)": 0.6562,
                "SciCite": 0.8549,
                "SciERC relations": 0.7994,
            },
        ),
        *published(
            _SCIBERT,
            _GRID,
            "accuracy",
            {
                "ChemProt": 0.824,
                "ACL-ARC citation intent": 0.8177,
                "Paper field (MAG)": 0.7509,
                "SciCite": 0.868,
                "SciERC relations": 0.8706,
            },
        ),
    ),
    limitations=_NOT_TUNED,
    citation="arXiv:1903.10676",
    sources=(_SCIBERT, "https://huggingface.co/allenai/scibert_scivocab_uncased"),
)

SPECTER2 = ModelCard(
    id="text/specter2-base",
    aliases=("specter2", "specter2-base", "allenai/specter2_base"),
    title="SPECTER2 base",
    summary="Vectors of papers from title and abstract, trained on citations; the encoder without its task adapters.",
    modality="text",
    domains=("text/scientific",),
    capabilities=("embed",),
    source=TransformersSource(repository="allenai/specter2_base", config={"model_type": "bert", "vocab_size": 31090}),
    architecture="BERT-base",
    n_parameters=109_918_464,
    embed_dim=768,
    max_tokens=512,
    pooling="cls",
    preprocess=TextPreprocess(tokenizer="allenai/specter2_base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(datasets=None, size="6M citation triplets, from SciBERT", objective="citation triplets"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    limitations="Write a paper as title, separator token, abstract. allenai/specter2 is an adapter of this encoder.",
    citation=None,
    sources=("https://huggingface.co/allenai/specter2_base",),
)

BIOMEDBERT = ModelCard(
    id="text/biomedbert",
    aliases=("biomedbert", "pubmedbert", "BiomedBERT", "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext"),
    title="BiomedBERT (PubMedBERT)",
    summary="BERT from scratch on PubMed abstracts and full texts; once called PubMedBERT.",
    modality="text",
    domains=("text/biomedical",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
        revision="bfa1480d21966136f9433642fcf4f25896fe2b7f",
        format="pickle",
        config={"model_type": "bert"},
    ),
    architecture="BERT-base",
    n_parameters=109_482_240,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext", max_tokens=512, padding="longest"
    ),
    pretraining=Pretraining(
        datasets=frozenset({"PubMed abstracts", "PubMed Central full text"}), objective="masked language modelling"
    ),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    # The figures that LinkBERT's paper gives for PubMedBERT do not say whether full texts were read.
    limitations=_NOT_TUNED,
    citation="arXiv:2007.15779",
    sources=(_LINKBERT, "https://huggingface.co/microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext"),
)

BIOLINKBERT = ModelCard(
    id="text/biolinkbert-base",
    aliases=("biolinkbert", "biolinkbert-base", "michiyasunaga/BioLinkBERT-base"),
    title="BioLinkBERT base",
    summary="A biomedical BERT that read each abstract beside one that it cites.",
    modality="text",
    domains=("text/biomedical",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="michiyasunaga/BioLinkBERT-base",
        revision="b71f5d70f063d1c8f1124070ce86f1ee463ca1fe",
        format="pickle",
        config={"model_type": "bert", "vocab_size": 28895},
    ),
    architecture="BERT-base",
    n_parameters=108_232_704,
    embed_dim=768,
    max_tokens=512,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="michiyasunaga/BioLinkBERT-base", max_tokens=512, padding="longest"),
    pretraining=Pretraining(
        datasets=frozenset({"PubMed abstracts"}),
        objective="masked language modelling and document relation prediction over citation links",
    ),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    results=(
        *published(_LINKBERT, "full fine-tune", "mean score", {"BLURB": 0.8339}),
        *published(_LINKBERT, "full fine-tune", "accuracy", {"PubMedQA": 0.702, "BioASQ": 0.914, "MedQA-USMLE": 0.4}),
    ),
    limitations=_NOT_TUNED,
    citation=None,
    sources=(_LINKBERT, "https://huggingface.co/michiyasunaga/BioLinkBERT-base"),
)

BIOCLINICAL_MODERNBERT = ModelCard(
    id="text/bioclinical-modernbert-base",
    aliases=("bioclinical-modernbert", "thomas-sounack/BioClinical-ModernBERT-base"),
    title="BioClinical ModernBERT base",
    summary="ModernBERT trained on for 53.5 billion tokens of biomedical papers and clinical notes; 8,192 tokens.",
    modality="text",
    domains=("text/biomedical",),
    capabilities=("embed",),
    source=TransformersSource(
        repository="thomas-sounack/BioClinical-ModernBERT-base", config={"model_type": "modernbert"}
    ),
    architecture="ModernBERT-base",
    n_parameters=149_014_272,
    embed_dim=768,
    max_tokens=8192,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="thomas-sounack/BioClinical-ModernBERT-base", max_tokens=8192, padding="longest"
    ),
    pretraining=Pretraining(
        datasets=None, size="53.5B tokens of 20 data sets, from ModernBERT", objective="masked language modelling"
    ),
    license=MIT_WEIGHTS,
    commercial_use=True,
    gated=False,
    languages=("en",),
    limitations=_NOT_TUNED,
    citation="arXiv:2506.10896",
    sources=("https://huggingface.co/thomas-sounack/BioClinical-ModernBERT-base", "https://arxiv.org/abs/2506.10896"),
)


MODELS = (
    SCIBERT,
    SPECTER2,
    BIOMEDBERT,
    BIOLINKBERT,
    BIOCLINICAL_MODERNBERT,
)
