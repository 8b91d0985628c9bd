"""Decoders are built with the rotary base of their own config.json, not with the default of their class.

Source:
    config.json of the repositories, or of the model that they were tuned from.
"""

from __future__ import annotations

import pytest

import zoo

BASES = {
    "code/f2llm-v2-0.6b": 1e6,
    "code/jina-code-embeddings-0.5b": 1e6,
    "code/nomic-embed-code": 1e6,
    "code/qwen2.5-coder-0.5b": 1e6,
    "code/qwen2.5-coder-1.5b": 1e6,
    "code/qwen2.5-coder-7b": 1e6,
    "code/starcoder2-3b": 999999.4420358813,
    "code/starcoder2-7b": 1e6,
    "multimodal/qwen2.5-vl-7b": 1e6,
    "text/llama-3.1-8b": 5e5,
    "text/llama-3.2-1b": 5e5,
    "text/qwen3-embedding-0.6b": 1e6,
    "text/qwen3-embedding-4b": 1e6,
}


@pytest.mark.parametrize("name", BASES)
def test_the_rotary_base_is_that_of_the_weights(name):
    module = zoo.load(name, device="meta", pretrained=False).module
    rope = module.config.get_text_config().rope_parameters
    assert rope["rope_theta"] == BASES[name]
    assert rope["rope_type"] == ("llama3" if "llama" in name else "default")
    if name == "text/llama-3.2-1b":
        assert (rope["factor"], rope["original_max_position_embeddings"]) == (32, 8192)
    if name == "multimodal/qwen2.5-vl-7b":
        assert rope["mrope_section"] == [16, 24, 24]
