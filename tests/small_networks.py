"""Networks that plugins build themselves, at a size for tests, and their weights as upstream's files hold them.

`SIZES` says what a card states beside its builder's name; `published` is the way back from a network's own names to
those of the published file, with what else lies in that file (decoders, heads, counters), so that loading has to find
its part and rename it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

VIT = {"width": 32, "depth": 2, "n_heads": 2}
TIMM = {"embed_dim": 32, "depth": 2, "num_heads": 2}
BERT = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
SWIN = {"embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]}
STAGES = [1, 1, 1, 1]
CLIP = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 224, "layers": 1, "width": 32, "patch_size": 56, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
LANGUAGE: dict[str, dict[str, Any]] = {
    "openflamingo-4b": {
        "model_type": "gpt_neox",
        "vocab_size": 60,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
    },
    "openflamingo-9b": {"model_type": "mpt", "vocab_size": 60, "d_model": 32, "n_layers": 4, "n_heads": 2},
}

SIZES: dict[str, dict[str, Any]] = {
    "biovil": {"blocks": STAGES, "map_width": 32, "language": BERT},
    "medclip-vit": {"eye": SWIN, "language": BERT},
    "medclip-resnet": {"blocks": STAGES, "language": BERT},
    "conch": {**VIT, "n_queries": 4, "vocabulary": 60},
    "torchxrayvision-densenet121": {"growth": 4, "blocks": STAGES, "stem_width": 8},
    "torchxrayvision-resnet50": {"blocks": STAGES},
    "cellpose-sam": {"network": {**TIMM, "global_attn_indexes": [1]}},
    "micro-sam": {"network": {**TIMM, "global_attn_indexes": [1]}},
    "cellsam": {"network": {**TIMM, "global_attn_indexes": [1]}},
    "cellvit-256": {**VIT, "depth": 4, "skips": [1, 2, 3, 4], "channels": 8},
    "cellvit-sam-h": {**VIT, "depth": 4, "skips": [1, 2, 3, 4], "channels": 8, "global_blocks": [3]},
    "dinobloom": {"network": TIMM},
    "subcell": {**VIT, "gate_width": 8},
    "satmae-sentinel": {**VIT, "width": 288},  # 256 of it name the group of bands
    "croma": {"width": 32, "depth": 2},
    "panopticon": {"attention_width": 96, "network": TIMM},
    "satlas": {"width": 16, "depths": STAGES, "heads": [1, 2, 2, 2]},
    "cifar10": {"n_blocks": 1},
    **{name: {"language": language, "eye": CLIP} for name, language in LANGUAGE.items()},
}
"""Start of a builder's name -> config; every other network is a plain `VIT`."""


def config_of(builder: str) -> dict[str, Any]:
    return next((sizes for start, sizes in SIZES.items() if builder.startswith(start)), VIT)


def published(builder: str, own: Mapping[str, torch.Tensor], default: str) -> dict[str, Any]:
    """File name -> what upstream saved in it, from a network's own tensors."""
    none = torch.zeros(1)
    if builder.startswith("biovil"):
        image = {name: tensor for name, tensor in own.items() if name.startswith(("encoder.", "projector."))}
        text = {name: tensor for name, tensor in own.items() if name not in image and ".decoder." not in name}
        text["bert.embeddings.position_ids"] = none
        eye = "biovil_t_image_model_proj_size_128.pt" if builder == "biovil-t" else "biovil_image_resnet50.pt"
        return {eye: {**image, "encoder.encoder.fc.weight": none}, "pytorch_model.bin": text}
    return {default: _one_file(builder, own, none)}


def _one_file(builder: str, own: Mapping[str, torch.Tensor], none: torch.Tensor) -> Any:
    match builder.split("-"):
        case ["medclip", *_]:
            return {**own, "text_model.model.embeddings.position_ids": none}
        case ["conch"]:
            return {**own, "text_decoder.ln_final.weight": none}
        case ["eva", "x", *_]:
            names = {"fc_norm": "norm", "mlp.norm": "mlp.ffn_ln", "mlp.fc1_g": "mlp.w1", "mlp.fc1_x": "mlp.w2"}
            names |= {"mlp.fc1": "mlp.w12", "mlp.fc2": "mlp.w3", "q_proj.bias": "q_bias", "v_proj.bias": "v_bias"}
            return {"module": {**_renamed(own, names), "mask_token": none, "lm_head.weight": none, "rope.cos": none}}
        case ["retfound", *_] | ["satmae", *_] | ["scale", "mae", *_]:
            return {"model": {**own, "mask_token": none, "decoder_embed.weight": none}, "epoch": 199}
        case ["torchxrayvision", *_]:
            return {**own, "op_threshs": none}
        case ["cellpose", "sam"]:
            return _renamed(own, {".mlp.fc": ".mlp.lin"})
        case ["micro", "sam", *_]:
            return {**_renamed(own, {".mlp.fc": ".mlp.lin"}), "mask_decoder.iou_token.weight": none}
        case ["cellsam"]:
            encoder = _renamed(own, {".mlp.fc": ".mlp.lin"})
            first = {f"model.{name}": torch.zeros_like(tensor) for name, tensor in encoder.items()}
            return {**first, **{f"model_cp.{name}": tensor for name, tensor in encoder.items()}}
        case ["cellvit", *_]:
            return {"arch": "CellViT", "epoch": 130, "model_state_dict": dict(own)}
        case ["dinobloom", size]:
            gated = {"mlp.fc1": "mlp.w12", "mlp.fc2": "mlp.w3"} if size == "g" else {}
            rest = {"backbone.mask_token": none, "dino_head.mlp.0.weight": none, "ibot_head.mlp.0.weight": none}
            return {"teacher": {**_renamed(own, gated), **rest}, "iteration": 8000}
        case ["openphenom", *_] | ["olmoearth", *_]:
            rest = {"decoder.pos_embed": none}
            if builder.startswith("olmoearth"):
                rest["encoder.composite_encodings.pos_embed"] = none
            return {**{f"encoder.{name}": tensor for name, tensor in own.items()}, **rest}
        case ["morphem"]:
            return {name.removeprefix("backbone."): tensor for name, tensor in own.items()}
        case ["subcell", *_]:
            return _as_transformers(own)
        case ["openflamingo", *_]:
            bare = {name.removeprefix("flamingo."): tensor for name, tensor in own.items()}
            trained = {name: tensor for name, tensor in bare.items() if is_trained(name)}
            twice = {f"lang_encoder.gated_cross_attn_layers.0.{k}": none for k in ("attn_gate", "ff_gate")}
            return {**trained, **twice}
        case ["clay", *_]:
            rest = {"model.decoder.mask_patch": none, "model.teacher.norm.weight": none}
            return {"state_dict": {**{f"model.encoder.{k}": v for k, v in own.items()}, **rest}, "epoch": 7}
        case ["croma", *_]:
            parts: dict[str, Any] = {}
            for name, tensor in own.items():
                part, _, rest_of_name = name.partition(".")
                parts.setdefault(part, {})[rest_of_name] = tensor
            return parts
        case ["dofa", *_]:
            return {name: tensor for name, tensor in own.items() if not name.startswith("fc_norm.")}
        case ["panopticon", *_]:
            plain = {name.removeprefix("model."): tensor for name, tensor in own.items()}
            width = plain["pos_embed"].shape[2]
            return {**plain, "pos_embed": torch.ones(1, 1 + 37 * 37, width), "mask_token": none}
        case ["prithvi", version, *_]:
            rest = {"decoder_embed.weight": none} if version == "1.0" else {"decoder.decoder_embed.weight": none}
            prefix = "" if version == "1.0" else "encoder."
            return {**{f"{prefix}{name}": tensor for name, tensor in own.items()}, **rest}
        case ["satlas", *_]:
            return {**own, "head.weight": none, "head.bias": none}
        case ["terramind", *_]:
            found = {k: v for k, v in own.items() if not k.endswith((".pos_emb", "norm1.bias", "norm2.bias"))}
            found.pop("encoder_norm.bias")
            return {**found, "encoder_embeddings.tok_lulc@224.mod_emb": none, "decoder.0.norm1.weight": none}
        case ["cifar10", *_]:
            return {"state_dict": {f"module.{name}": tensor for name, tensor in own.items()}, "best_prec1": 91.7}
        case _:
            return dict(own)


def is_trained(name: str) -> bool:
    """Whether OpenFlamingo trained this tensor; the others come with its parts."""
    return "gated_cross_attn_layer." in name or "perceiver." in name


def _renamed(own: Mapping[str, torch.Tensor], names: Mapping[str, str]) -> dict[str, torch.Tensor]:
    found = {}
    for name, tensor in own.items():
        for ours, theirs in names.items():
            name = name.replace(ours, theirs)
        found[name] = tensor
    return found


def _as_transformers(own: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Under the names of transformers' ViT, where query, key and value are apart."""
    names = {
        "encoder.norm.": "encoder.layernorm.",
        "encoder.blocks.": "encoder.encoder.layer.",
        "encoder.cls_token": "encoder.embeddings.cls_token",
        "encoder.pos_embed": "encoder.embeddings.position_embeddings",
        "encoder.patch_embed.proj": "encoder.embeddings.patch_embeddings.projection",
        ".norm1.": ".layernorm_before.",
        ".norm2.": ".layernorm_after.",
        ".attn.proj.": ".attention.output.dense.",
        ".attn.qkv.": ".attention.attention.qkv.",
        ".mlp.fc1.": ".intermediate.dense.",
        ".mlp.fc2.": ".output.dense.",
    }
    found = {}
    for name, tensor in _renamed(own, names).items():
        if ".qkv." not in name:
            found[name] = tensor
            continue
        for part, piece in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
            found[name.replace("qkv", part)] = piece
    return found
