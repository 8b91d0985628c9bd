"""Tiny repositories in the formats of timm, open_clip and transformers, written by those libraries themselves.

Each builder gives the files of one repository as path -> bytes, ready for `LocalHub.add`; weights are
random from `seed`. Sizes stay below 4 MB, so that a test may build several.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

OPEN_CLIP_TINY: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2},
}
WORDS = "a photo of an the image cat dog chest x ray cell field forest river red green blue small large not good bad"


def timm_repository(architecture: str = "test_vit", seed: int = 0, num_classes: int = 7) -> dict[str, bytes]:
    """`config.json` and `model.safetensors` of a registered timm architecture; `test_resnet` is another tiny one."""
    import timm
    import torch
    from timm.models import save_for_hf

    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False, num_classes=num_classes)
    return _saved(lambda folder: save_for_hf(model, str(folder), safe_serialization=True))


def open_clip_repository(seed: int = 0) -> dict[str, bytes]:
    """`open_clip_config.json` and `open_clip_model.safetensors` of a CLIP with open_clip's own tokenizer."""
    import open_clip
    import torch
    from safetensors.torch import save

    torch.manual_seed(seed)
    model = open_clip.CLIP(**json.loads(json.dumps(OPEN_CLIP_TINY)))
    config = {
        "model_cfg": OPEN_CLIP_TINY,
        "preprocess_cfg": {
            "mean": [0.5, 0.4, 0.3],
            "std": [0.2, 0.2, 0.2],
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    return {"open_clip_config.json": json.dumps(config).encode(), "open_clip_model.safetensors": save(state)}


def bert_repository(seed: int = 0) -> dict[str, bytes]:
    """A BERT with 32 dimensions, two layers and a word tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=40,
        pad_token_id=0,
    )
    model = BertModel(config)

    def save(folder: Path) -> None:
        model.save_pretrained(folder)
        _tokenizer(32).save_pretrained(folder)

    return _saved(save)


def sentence_modules(*kinds: str) -> bytes:
    """`modules.json` of these modules, the first in the root and each other in a folder `<number>_<kind>`."""
    modules = [
        {"idx": k, "name": str(k), "path": f"{k}_{kind}" if k else "", "type": f"sentence_transformers.models.{kind}"}
        for k, kind in enumerate(kinds)
    ]
    return json.dumps(modules).encode()


def clip_repository(seed: int = 0) -> dict[str, bytes]:
    """A CLIP of transformers: 16-pixel patches of 32 x 32 pictures, projection to 20 dimensions."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(seed)
    vocabulary = _vocabulary()
    text = _tower() | {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": 16,
        "eos_token_id": vocabulary["[SEP]"],
        "bos_token_id": vocabulary["[CLS]"],
        "pad_token_id": vocabulary["[PAD]"],
    }
    vision = _tower() | {"image_size": 32, "patch_size": 16}
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=20))
    return _two_towers(model, "CLIPImageProcessor", [0.48, 0.46, 0.41], [0.27, 0.26, 0.28])


def siglip_repository(seed: int = 0) -> dict[str, bytes]:
    """A SigLIP of transformers: sigmoid scores, so with a bias beside the scale."""
    import torch
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(seed)
    vocabulary = _vocabulary()
    text = _tower() | {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": 16,
        "projection_size": 32,
        "eos_token_id": vocabulary["[SEP]"],
        "bos_token_id": vocabulary["[CLS]"],
        "pad_token_id": vocabulary["[PAD]"],
    }
    vision = _tower() | {"image_size": 32, "patch_size": 16}
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
    return _two_towers(model, "SiglipImageProcessor", [0.5] * 3, [0.5] * 3)


def sharded(files: dict[str, bytes], n_shards: int = 2) -> dict[str, bytes]:
    """The same repository with `model.safetensors` split into shards under an index."""
    from safetensors.torch import load, save

    state = load(files["model.safetensors"])
    names = sorted(state)
    placed = {name: f"model-{k % n_shards + 1:05d}-of-{n_shards:05d}.safetensors" for k, name in enumerate(names)}
    shards = {
        file: save({name: state[name] for name in names if placed[name] == file}, metadata={"format": "pt"})
        for file in sorted(set(placed.values()))
    }
    total = sum(value.numel() * value.element_size() for value in state.values())
    index = json.dumps({"metadata": {"total_size": total}, "weight_map": placed}).encode()
    rest = {path: content for path, content in files.items() if path != "model.safetensors"}
    return rest | shards | {"model.safetensors.index.json": index}


def _tower() -> dict[str, Any]:
    return {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}


def _two_towers(model: Any, processor: str, mean: list[float], std: list[float]) -> dict[str, bytes]:
    def save(folder: Path) -> None:
        model.save_pretrained(folder)
        _tokenizer(16).save_pretrained(folder)

    preprocessor = {
        "image_processor_type": processor,
        "do_resize": True,
        "size": {"height": 32, "width": 32},
        "resample": 3,
        "do_center_crop": False,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "do_convert_rgb": True,
        "image_mean": mean,
        "image_std": std,
    }
    return _saved(save) | {"preprocessor_config.json": json.dumps(preprocessor).encode()}


def _vocabulary() -> dict[str, int]:
    return {word: k for k, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()])}


def _tokenizer(max_tokens: int) -> Any:
    """A fast tokenizer of whole words, padded with 0 and closed by [SEP]."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = _vocabulary()
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [(word, vocabulary[word]) for word in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_tokens,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        bos_token="[CLS]",
        eos_token="[SEP]",
    )


def _saved(save: Callable[[Path], object]) -> dict[str, bytes]:
    """What `save` writes into a folder, as path -> bytes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        save(folder)
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
