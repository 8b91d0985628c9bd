"""The small towers around which both codes, ours and upstream's, are built."""

from __future__ import annotations

from typing import Any

VOCABULARY, MEDIA, END, VISION_WIDTH = 120, 7, 9, 64


def clip_tower() -> Any:
    """An open_clip model whose vision tower also returns its patch tokens."""
    from open_clip.model import CLIP

    vision = {"layers": 2, "width": VISION_WIDTH, "head_width": 32, "patch_size": 16, "image_size": 32}
    text = {"context_length": 8, "vocab_size": 50, "width": 32, "heads": 2, "layers": 1}
    model = CLIP(embed_dim=32, vision_cfg=vision, text_cfg=text)
    model.visual.output_tokens = True
    return model


def language_model(kind: str) -> Any:
    """A causal language model of four small layers."""
    import transformers

    if kind == "gpt_neox":
        config = transformers.GPTNeoXConfig(
            vocab_size=VOCABULARY, hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=96
        )
        return transformers.GPTNeoXForCausalLM(config)
    config = transformers.MptConfig(vocab_size=VOCABULARY, d_model=48, n_layers=4, n_heads=4, max_seq_len=64)
    return transformers.MptForCausalLM(config)
