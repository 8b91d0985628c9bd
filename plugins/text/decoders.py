"""Language models that write: Llama."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import published

_LLAMA = "https://github.com/meta-llama/llama-models/tree/a9c89c4/models"
_LITGPT = "https://github.com/Lightning-AI/litgpt/blob/0006c97/litgpt/config.py"
_LLAMA_TERMS = (
    "Above 700 million monthly users a separate licence is needed; who distributes it must show 'Built with Llama'. "
    "A language model without training for vectors: the mean of its last layer is zoo's choice."
)
_LLAMA_LANGUAGES = ("en", "de", "fr", "it", "pt", "hi", "es", "th")
"""Supported, as the model cards of Llama 3.1 and 3.2 say; it saw more, which they do not name."""


def _rope(factor: float) -> dict[str, float | str]:
    """Rotary positions of Llama 3, stretched from 8,192 tokens, as config.json of these repositories has them."""
    return {
        "rope_type": "llama3",
        "rope_theta": 500_000.0,
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }


LLAMA_1B = ModelCard(
    id="text/llama-3.2-1b",
    aliases=("llama", "llama-3.2", "llama-3.2-1b", "meta-llama/Llama-3.2-1B"),
    title="Llama 3.2 1B",
    summary="The smallest Llama: a decoder for 128k tokens, to generate or as features by the mean of its tokens.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="meta-llama/Llama-3.2-1B",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "llama",
            "hidden_size": 2048,
            "num_hidden_layers": 16,
            "intermediate_size": 8192,
            "tie_word_embeddings": True,
            "vocab_size": 128256,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "max_position_embeddings": 131072,
            "rope_parameters": _rope(32.0),
            "rms_norm_eps": 1e-5,
        },
    ),
    architecture="Llama",
    n_parameters=1_235_814_400,
    embed_dim=2048,
    max_tokens=131072,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="meta-llama/Llama-3.2-1B", max_tokens=131072, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(datasets=None, size="up to 9T tokens", objective="next-token prediction"),
    license=License(code="Llama 3.2 Community License", weights="Llama 3.2 Community License", data=None),
    commercial_use=True,
    gated=True,
    languages=_LLAMA_LANGUAGES,
    results=(
        *published(_LLAMA, "few-shot, base model, 5 examples", "accuracy", {"MMLU": 0.322}),
        *published(_LLAMA, "few-shot, base model, 25 examples", "accuracy", {"ARC-Challenge": 0.328}),
        *published(_LLAMA, "few-shot, base model, 1 example", "exact match", {"SQuAD": 0.492}),
    ),
    limitations=_LLAMA_TERMS,
    citation="arXiv:2407.21783",
    sources=(_LLAMA, _LITGPT),
)

LLAMA_8B = ModelCard(
    id="text/llama-3.1-8b",
    aliases=("llama-3.1", "llama-3.1-8b", "meta-llama/Llama-3.1-8B"),
    title="Llama 3.1 8B",
    summary="The middle Llama: a decoder for 128k tokens, to generate or as features by the mean of its tokens.",
    modality="text",
    domains=("text/general",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="meta-llama/Llama-3.1-8B",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "llama",
            "intermediate_size": 14336,
            "vocab_size": 128256,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "max_position_embeddings": 131072,
            "rope_parameters": _rope(8.0),
            "rms_norm_eps": 1e-5,
        },
    ),
    architecture="Llama",
    n_parameters=8_030_261_248,
    embed_dim=4096,
    max_tokens=131072,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="meta-llama/Llama-3.1-8B", max_tokens=131072, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(datasets=None, size="more than 15T tokens", objective="next-token prediction"),
    license=License(code="Llama 3.1 Community License", weights="Llama 3.1 Community License", data=None),
    commercial_use=True,
    gated=True,
    languages=_LLAMA_LANGUAGES,
    results=(
        *published(_LLAMA, "few-shot, base model, 5 examples", "accuracy", {"MMLU": 0.667}),
        *published(_LLAMA, "few-shot, base model, 25 examples", "accuracy", {"ARC-Challenge": 0.797}),
        *published(_LLAMA, "few-shot, base model, 1 example", "exact match", {"SQuAD": 0.77}),
    ),
    limitations=_LLAMA_TERMS,
    citation="arXiv:2407.21783",
    sources=(_LLAMA, _LITGPT),
)


MODELS = (
    LLAMA_1B,
    LLAMA_8B,
)
