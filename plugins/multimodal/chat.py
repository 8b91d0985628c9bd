"""Language models that see: LLaVA, Qwen-VL."""

from __future__ import annotations

from zoo.cards import License, ModelCard, Pretraining, TextPreprocess, TransformersSource

from ..facts import APACHE, APACHE_WEIGHTS, MTEB, OPENAI_MEAN, OPENAI_STD, TRANSFORMERS, photo, published

_LLAVA = "https://github.com/haotian-liu/LLaVA/blob/c121f04/docs/MODEL_ZOO.md"
_LLAVA_HUB = "https://huggingface.co/llava-hf/llava-1.5-7b-hf"
_QWEN_VL = "https://huggingface.co/Qwen/Qwen2.5-VL-7B-Instruct"
_TEXT_ONLY = "Its own processor cuts pictures to sizes of their own, which zoo does not do: here it reads text only."


LLAVA_7B = ModelCard(
    id="multimodal/llava-1.5-7b",
    aliases=("llava", "llava-1.5", "llava-1.5-7b", "llava-hf/llava-1.5-7b-hf"),
    title="LLaVA 1.5 7B",
    summary="Answers questions about a picture: the eye of CLIP joined to Vicuna by a small projector.",
    modality="image-text",
    domains=("natural",),
    capabilities=("embed", "generate"),
    source=TransformersSource(
        repository="llava-hf/llava-1.5-7b-hf",
        revision="95f2cf316249a98c11183f471ab76065c3e5f494",
        format="safetensors",
        model_class="LlavaForConditionalGeneration",
        config={
            "model_type": "llava",
            "image_token_index": 32000,
            "vision_config": {
                "model_type": "clip_vision_model",
                "hidden_size": 1024,
                "intermediate_size": 4096,
                "num_hidden_layers": 24,
                "num_attention_heads": 16,
                "image_size": 336,
                "patch_size": 14,
                "projection_dim": 768,
            },
            "text_config": {
                "model_type": "llama",
                "vocab_size": 32064,
                "max_position_embeddings": 4096,
                "rms_norm_eps": 1e-5,
            },
        },
    ),
    architecture="CLIP ViT-L/14 at 336 px + Llama (Vicuna 7B)",
    n_parameters=7_063_427_072,
    embed_dim=4096,
    max_tokens=4096,
    pooling="mean",
    preprocess=photo(
        336,
        336,
        crop_rounding="down",
        mean=OPENAI_MEAN,
        std=OPENAI_STD,
        source="transformers 5.23.0, image_processing_llava.py, at the 336 px of its eye",
    ),
    text_preprocess=TextPreprocess(
        tokenizer="llava-hf/llava-1.5-7b-hf", max_tokens=4096, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(
        datasets=frozenset({"LCS-558K", "LLaVA instructions"}),
        size="558K pairs, then 158K GPT, 450K question and 40K ShareGPT instructions",
        objective="captions for the projector, then visual instructions",
    ),
    license=License(code=None, weights="Llama 2 Community License", data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=published(
        _LLAVA,
        "generated answers",
        "benchmark score",
        {
            "VQAv2": 0.785,
            "GQA": 0.62,
            "VizWiz": 0.5,
            "ScienceQA": 0.668,
            "TextVQA": 0.582,
            "POPE": 0.859,
            "MMBench": 0.643,
        },
    ),
    limitations="Ask as 'USER: <image> question ASSISTANT:'. The terms of its training data bind too.",
    citation="arXiv:2310.03744",
    sources=(_LLAVA, _LLAVA_HUB, TRANSFORMERS),
)

QWEN_VL_7B = ModelCard(
    id="multimodal/qwen2.5-vl-7b",
    aliases=("qwen2.5-vl", "Qwen/Qwen2.5-VL-7B-Instruct"),
    title="Qwen2.5-VL 7B, instructed",
    summary="Reads pictures, documents and video at their own resolution.",
    modality="image-text",
    domains=("natural", "document"),
    capabilities=("generate",),
    source=TransformersSource(
        repository="Qwen/Qwen2.5-VL-7B-Instruct",
        model_class="AutoModelForImageTextToText",
        config={
            "model_type": "qwen2_5_vl",
            "text_config": {
                "vocab_size": 152064,
                "hidden_size": 3584,
                "intermediate_size": 18944,
                "num_hidden_layers": 28,
                "num_attention_heads": 28,
                "num_key_value_heads": 4,
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": 1_000_000.0,
                    "mrope_section": [16, 24, 24],
                },
            },
            "vision_config": {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 3584},
        },
    ),
    architecture="Qwen2.5-VL",
    n_parameters=8_292_166_656,
    embed_dim=3584,
    max_tokens=None,
    pooling="mean",
    preprocess=None,
    text_preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen2.5-VL-7B-Instruct", max_tokens=None, padding="longest", padding_side="left"
    ),
    pretraining=Pretraining(datasets=None, objective="visual instructions"),
    license=APACHE,
    commercial_use=True,
    gated=False,
    limitations=_TEXT_ONLY,
    citation="arXiv:2502.13923",
    sources=(_QWEN_VL, TRANSFORMERS),
)

QWEN_VL_EMBEDDING = ModelCard(
    id="multimodal/qwen3-vl-embedding-2b",
    aliases=("qwen3-vl-embedding", "Qwen/Qwen3-VL-Embedding-2B"),
    title="Qwen3-VL Embedding 2B",
    summary="One space for text, pictures and video from a decoder.",
    modality="image-text",
    domains=("natural", "document"),
    capabilities=("embed",),
    source=TransformersSource(
        repository="Qwen/Qwen3-VL-Embedding-2B",
        revision="9f2f7e710d6d81056aa5c0a4f04764fec6bb7bda",
        format="safetensors",
        model_class="AutoModel",
        config={
            "model_type": "qwen3_vl",
            "tie_word_embeddings": True,
            "text_config": {
                "vocab_size": 151936,
                "hidden_size": 2048,
                "intermediate_size": 6144,
                "num_hidden_layers": 28,
                "num_attention_heads": 16,
                "num_key_value_heads": 8,
                "head_dim": 128,
                "tie_word_embeddings": True,
            },
            "vision_config": {
                "depth": 24,
                "hidden_size": 1024,
                "intermediate_size": 4096,
                "num_heads": 16,
                "out_hidden_size": 2048,
                "deepstack_visual_indexes": [5, 11, 17],
            },
        },
    ),
    architecture="Qwen3-VL",
    n_parameters=2_127_532_032,
    embed_dim=2048,
    max_tokens=32768,
    pooling="last",
    preprocess=None,
    text_preprocess=TextPreprocess(
        tokenizer="Qwen/Qwen3-VL-Embedding-2B", max_tokens=32768, padding="longest", padding_side="left"
    ),
    pretraining=None,
    license=APACHE_WEIGHTS,
    commercial_use=True,
    gated=False,
    limitations=_TEXT_ONLY,
    citation=None,
    sources=(MTEB, TRANSFORMERS),
)


MODELS = (
    LLAVA_7B,
    QWEN_VL_7B,
    QWEN_VL_EMBEDDING,
)
