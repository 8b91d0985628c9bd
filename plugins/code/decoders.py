"""Language models that write source code: StarCoder, StarCoder2, Qwen2.5-Coder."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE_WEIGHTS, TRANSFORMERS, published

_STARCODER = "https://github.com/bigcode-project/starcoder/blob/d72c7fe/README.md"
_STARCODER2 = "https://github.com/huggingface/blog/blob/main/starcoder2.md"
_EVALPLUS = "https://github.com/evalplus/evalplus.github.io/blob/8741845/results.json"
_QWEN_CODER = "https://github.com/QwenLM/Qwen2.5-Coder/blob/d5ead97/README.md"
_GREEDY = "greedy decoding, zero-shot"
_OPEN_RAIL = (
    "The OpenRAIL-M terms restrict uses, and the restrictions go with every copy. "
    "A language model without training for vectors: the mean of its last layer is zoo's choice."
)
_DECODER = "A language model without training for vectors: the mean of its last layer is zoo's choice."


STARCODER = ModelCard(
    id="code/starcoder",
    aliases=("starcoder", "bigcode/starcoder"),
    title="StarCoder",
    summary="A 15-billion decoder for more than 80 programming languages, with filling in the middle.",
    superseded_by="code/starcoder2-7b",
    modality="code",
    domains=("code",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="bigcode/starcoder",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "gpt_bigcode",
            "vocab_size": 49152,
            "n_positions": 8192,
            "n_embd": 6144,
            "n_layer": 40,
            "n_head": 48,
            "n_inner": 24576,
            "bos_token_id": 0,
            "eos_token_id": 0,
        },
    ),
    architecture="GPT-BigCode, multi-query attention",
    n_parameters=15_517_456_384,
    embed_dim=6144,
    max_tokens=8192,
    pooling="mean",
    preprocess=TextPreprocess(tokenizer="bigcode/starcoder", max_tokens=8192, padding="longest", padding_side="left"),
    pretraining=Pretraining(
        datasets=frozenset({"The Stack v1"}),
        size="more than 80 programming languages",
        objective="next-token prediction, fill in the middle",
    ),
    license=License(code=None, weights="BigCode OpenRAIL-M v1", data=None),
    commercial_use=None,
    gated=True,
    results=published(
        _EVALPLUS, _GREEDY, "pass@1", {"HumanEval": 0.341, "HumanEval+": 0.293, "MBPP": 0.551, "MBPP+": 0.461}
    ),
    limitations=_OPEN_RAIL,
    citation="arXiv:2305.06161",
    sources=(_STARCODER, _EVALPLUS, "https://huggingface.co/bigcode/starcoder"),
)

STARCODER2_3B = ModelCard(
    id="code/starcoder2-3b",
    aliases=("starcoder2", "starcoder2-3b", "bigcode/starcoder2-3b"),
    title="StarCoder2 3B",
    summary="A three-billion decoder for 17 programming languages and 16,384 tokens, not gated.",
    modality="code",
    domains=("code",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="bigcode/starcoder2-3b",
        revision="54da76775f65ecde085d6e75aa17a053b043900e",
        format="safetensors",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "starcoder2",
            "hidden_size": 3072,
            "intermediate_size": 12288,
            "num_hidden_layers": 30,
            "num_attention_heads": 24,
            "num_key_value_heads": 2,
            "vocab_size": 49152,
            "max_position_embeddings": 16384,
            "rope_theta": 999_999.4420358813,
            "sliding_window": 4096,
        },
    ),
    architecture="StarCoder2, grouped-query attention",
    n_parameters=3_030_371_328,
    embed_dim=3072,
    max_tokens=16384,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="bigcode/starcoder2-3b", max_tokens=16384, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(
        datasets=frozenset({"The Stack v2"}),
        size="17 programming languages, more than 3T tokens",
        objective="next-token prediction, fill in the middle",
    ),
    license=License(code=None, weights="BigCode OpenRAIL-M v1", data=None),
    commercial_use=None,
    gated=False,
    results=(
        *published(_EVALPLUS, _GREEDY, "pass@1", {"HumanEval": 0.317, "HumanEval+": 0.274}),
        *published("https://huggingface.co/bigcode/starcoder2-3b", "generation", "pass@1", {"CRUXEval-I": 0.327}),
    ),
    limitations=_OPEN_RAIL,
    citation="arXiv:2402.19173",
    sources=(_STARCODER2, _EVALPLUS, TRANSFORMERS, "https://huggingface.co/bigcode/starcoder2-3b"),
)

STARCODER2_7B = ModelCard(
    id="code/starcoder2-7b",
    aliases=("starcoder2-7b", "bigcode/starcoder2-7b"),
    title="StarCoder2 7B",
    summary="A seven-billion decoder for 17 programming languages and 16,384 tokens.",
    modality="code",
    domains=("code",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="bigcode/starcoder2-7b",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "starcoder2",
            "hidden_size": 4608,
            "intermediate_size": 18432,
            "num_hidden_layers": 32,
            "num_attention_heads": 36,
            "num_key_value_heads": 4,
            "vocab_size": 49152,
            "max_position_embeddings": 16384,
            "rope_theta": 1_000_000.0,
            "sliding_window": 4096,
        },
    ),
    architecture="StarCoder2, grouped-query attention",
    n_parameters=7_173_923_840,
    embed_dim=4608,
    max_tokens=16384,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="bigcode/starcoder2-7b", max_tokens=16384, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(
        datasets=frozenset({"The Stack v2"}),
        size="17 programming languages, more than 3.5T tokens",
        objective="next-token prediction, fill in the middle",
    ),
    license=License(code=None, weights="BigCode OpenRAIL-M v1", data=None),
    commercial_use=None,
    gated=None,
    results=published(_EVALPLUS, _GREEDY, "pass@1", {"HumanEval": 0.354, "HumanEval+": 0.299}),
    limitations=_OPEN_RAIL,
    citation="arXiv:2402.19173",
    sources=(_STARCODER2, _EVALPLUS, TRANSFORMERS, "https://huggingface.co/bigcode/starcoder2-7b"),
)

QWEN_CODER_05B = ModelCard(
    id="code/qwen2.5-coder-0.5b",
    aliases=("qwen2.5-coder", "qwen2.5-coder-0.5b", "Qwen/Qwen2.5-Coder-0.5B"),
    title="Qwen2.5-Coder 0.5B",
    summary="A half-billion decoder of code with filling in the middle: small enough to fine-tune on one GPU.",
    modality="code",
    domains=("code",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="Qwen/Qwen2.5-Coder-0.5B",
        format="safetensors",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "qwen2",
            "hidden_size": 896,
            "intermediate_size": 4864,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "vocab_size": 151936,
            "max_position_embeddings": 32768,
            "rope_theta": 1_000_000.0,
            "tie_word_embeddings": True,
            "num_key_value_heads": 2,
        },
    ),
    architecture="Qwen2",
    n_parameters=494_032_768,
    embed_dim=896,
    max_tokens=32768,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen2.5-Coder-0.5B", max_tokens=32768, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(datasets=None, objective="next-token prediction, fill in the middle"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    limitations=_DECODER,
    citation="arXiv:2409.12186",
    sources=(_QWEN_CODER, "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B"),
)

QWEN_CODER_15B = ModelCard(
    id="code/qwen2.5-coder-1.5b",
    aliases=("qwen2.5-coder-1.5b", "Qwen/Qwen2.5-Coder-1.5B"),
    title="Qwen2.5-Coder 1.5B",
    summary="A decoder of code with filling in the middle, one and a half billion parameters.",
    modality="code",
    domains=("code",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="Qwen/Qwen2.5-Coder-1.5B",
        format="safetensors",
        model_class="AutoModelForCausalLM",
        config={
            "model_type": "qwen2",
            "hidden_size": 1536,
            "intermediate_size": 8960,
            "num_hidden_layers": 28,
            "num_attention_heads": 12,
            "vocab_size": 151936,
            "max_position_embeddings": 32768,
            "rope_theta": 1_000_000.0,
            "tie_word_embeddings": True,
            "num_key_value_heads": 2,
        },
    ),
    architecture="Qwen2",
    n_parameters=1_543_714_304,
    embed_dim=1536,
    max_tokens=32768,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen2.5-Coder-1.5B", max_tokens=32768, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(datasets=None, objective="next-token prediction, fill in the middle"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    limitations=_DECODER,
    citation="arXiv:2409.12186",
    sources=(_QWEN_CODER, "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B"),
)

QWEN_CODER_7B = ModelCard(
    id="code/qwen2.5-coder-7b",
    aliases=("qwen2.5-coder-7b", "Qwen/Qwen2.5-Coder-7B"),
    title="Qwen2.5-Coder 7B",
    summary="A seven-billion decoder of code with filling in the middle.",
    modality="code",
    domains=("code",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="Qwen/Qwen2.5-Coder-7B",
        format="safetensors",
        model_class="AutoModelForCausalLM",
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
    n_parameters=7_615_616_512,
    embed_dim=3584,
    max_tokens=32768,
    pooling="mean",
    preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen2.5-Coder-7B", max_tokens=32768, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(datasets=None, objective="next-token prediction, fill in the middle"),
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    limitations=_DECODER,
    citation="arXiv:2409.12186",
    sources=(_QWEN_CODER, "https://huggingface.co/Qwen/Qwen2.5-Coder-7B"),
)


MODELS = (
    STARCODER,
    STARCODER2_3B,
    STARCODER2_7B,
    QWEN_CODER_05B,
    QWEN_CODER_15B,
    QWEN_CODER_7B,
)
