"""Groups hold every parameter exactly once, in the order in which the network uses them."""

from __future__ import annotations

import json

import pytest
import torch

from tests.hub_builders import OPEN_CLIP_TINY
from zoo.encoder.groups import layer_groups


def timm_network(name):
    import timm

    return timm.create_model(name, num_classes=0)


def open_clip_network(**vision):
    import open_clip

    config = json.loads(json.dumps(OPEN_CLIP_TINY))
    config["vision_cfg"].update(vision)
    return open_clip.CLIP(**config)


def transformers_network(kind):
    import transformers

    small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2}
    if kind == "CLIP":
        towers = {
            "text_config": {**small, "vocab_size": 50, "eos_token_id": 3, "bos_token_id": 2},
            "vision_config": {**small, "image_size": 32, "patch_size": 16},
        }
        return transformers.CLIPModel(transformers.CLIPConfig(**towers))
    if kind == "Llama":
        return transformers.LlamaModel(transformers.LlamaConfig(vocab_size=50, **small))
    if kind == "Dinov2":
        return transformers.Dinov2Model(transformers.Dinov2Config(image_size=28, patch_size=14, **small))
    return transformers.BertModel(transformers.BertConfig(vocab_size=50, **small))


NETWORKS = {
    "resnet": lambda: timm_network("test_resnet"),
    "vit": lambda: timm_network("test_vit"),
    "convnext": lambda: timm_network("test_convnext"),
    "efficientnet": lambda: timm_network("test_efficientnet"),
    "open_clip vit": open_clip_network,
    "open_clip resnet": lambda: open_clip_network(layers=[1, 2, 1, 1], width=16),
    "bert": lambda: transformers_network("Bert"),
    "llama": lambda: transformers_network("Llama"),
    "dinov2": lambda: transformers_network("Dinov2"),
    "clip": lambda: transformers_network("CLIP"),
    "plain": lambda: torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_parameter_is_in_exactly_one_group(name):
    module = NETWORKS[name]()
    groups = layer_groups(module)
    members = [id(parameter) for _, parameters in groups for parameter in parameters]
    assert len(members) == len(set(members))
    assert set(members) == {id(parameter) for parameter in module.parameters()}
    assert len({label for label, _ in groups}) == len(groups)


def names(module, **where):
    by_id = {id(parameter): name for name, parameter in module.named_parameters()}
    return {label: [by_id[id(p)] for p in parameters] for label, parameters in layer_groups(module, **where)}


def test_a_vit_begins_with_its_embeddings_and_goes_block_by_block():
    told = names(NETWORKS["vit"]())
    assert next(iter(told)) == "embeddings"
    assert "cls_token" in told["embeddings"]
    blocks = [label for label in told if label.startswith("blocks.")]
    assert blocks == sorted(blocks, key=lambda label: int(label.split(".")[1]))
    assert len(blocks) >= 2


def test_stages_of_one_block_are_layers_too():
    told = names(open_clip_network(layers=[1, 1, 2, 1], width=16), side="image")
    stages = ["layer1.0", "layer2.0", "layer3.0", "layer3.1", "layer4.0"]
    assert list(told) == ["image.embeddings", *(f"image.visual.{stage}" for stage in stages), "image.head"]
    assert all(name.startswith("visual.attnpool.") for name in told["image.head"])


def test_a_bert_has_embeddings_layers_and_a_pooler_at_its_head():
    told = names(NETWORKS["bert"]())
    assert list(told) == ["embeddings", "encoder.layer.0", "encoder.layer.1", "encoder.layer.2", "head"]
    assert told["head"] == ["pooler.dense.weight", "pooler.dense.bias"]
    assert all(name.startswith("embeddings.") for name in told["embeddings"])


def test_the_final_norm_of_a_decoder_is_its_head():
    told = names(NETWORKS["llama"]())
    assert list(told) == ["embeddings", "layers.0", "layers.1", "layers.2", "head"]
    assert told["head"] == ["norm.weight"]


@pytest.mark.parametrize("name", ["open_clip vit", "clip"])
def test_two_towers_are_kept_apart(name):
    module = NETWORKS[name]()
    told = names(module)
    labels = list(told)
    assert labels[0] == "image.embeddings"
    assert labels.index("image.head") < labels.index("text.embeddings") < labels.index("text.head")
    assert told["scoring"] == ["logit_scale"]
    image, text = names(module, side="image"), names(module, side="text")
    assert {*image, *text, "scoring"} == set(told)
    assert not {n for members in image.values() for n in members} & {n for members in text.values() for n in members}


def test_an_open_clip_projection_is_head_and_its_position_is_embedding():
    told = names(NETWORKS["open_clip vit"]())
    assert {"visual.proj", "visual.ln_post.weight"} <= set(told["image.head"])
    assert {"visual.class_embedding", "visual.positional_embedding", "visual.conv1.weight"} <= set(
        told["image.embeddings"]
    )
    assert {"text_projection", "ln_final.weight"} <= set(told["text.head"])
    assert {"positional_embedding", "token_embedding.weight"} <= set(told["text.embeddings"])
