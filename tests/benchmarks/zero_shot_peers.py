"""What people use for zero-shot classification today, run as it is used, on the same seeded weights.

open_clip        its builder of classifiers and its README's loop, one picture at a time
CLIP_benchmark   its logic written anew: one class at a time, autocast to bfloat16, batches of 64
transformers     its zero-shot pipeline with default arguments
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from zoo.cards import (
    ImagePreprocess,
    License,
    ModelCard,
    OpenClipSource,
    Pretraining,
    TextPreprocess,
    TransformersSource,
    ZeroShot,
)

OPENAI_MEAN, OPENAI_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def card(library: str) -> ModelCard:
    """ViT-B-32 of one of the two libraries; its weights are random."""
    source: Any = OpenClipSource(architecture="ViT-B-32")
    if library == "transformers":
        source = TransformersSource(
            model_class="CLIPModel", config={"model_type": "clip", "text_config": {"eos_token_id": 49407}}
        )
    return ModelCard(
        id=f"bench/{library.replace('_', '-')}",
        title=library,
        summary="ViT-B-32 with random weights.",
        modality="image-text",
        domains=("natural",),
        capabilities=("embed", "zero-shot"),
        source=source,
        architecture="ViT-B-32",
        n_parameters=None,
        embed_dim=512,
        preprocess=ImagePreprocess(
            size_px=224,
            resize_mode="shortest",
            interpolation="bicubic",
            crop="center",
            value_range=(0, 255),
            units="uint8",
            scale=1 / 255,
            mean=OPENAI_MEAN,
            std=OPENAI_STD,
        ),
        text_preprocess=TextPreprocess(tokenizer="open_clip:ViT-B-32", max_tokens=77, padding="max_length"),
        zero_shot=ZeroShot(scoring="softmax", logit_scale=None),
        pretraining=Pretraining(datasets=None),
        license=License(code=None, weights=None, data=None),
        commercial_use=None,
        gated=False,
        citation=None,
        sources=("this benchmark",),
    )


def open_clip_rows(module: Any, labels: Sequence[str], templates: Sequence[str]) -> torch.Tensor:
    """(c, d), by open_clip's own function with its default arguments."""
    import open_clip

    rows: torch.Tensor = open_clip.build_zero_shot_classifier(
        module, open_clip.get_tokenizer("ViT-B-32"), labels, templates
    ).T
    return rows


def open_clip_logits(module: Any, transform: Any, paths: Sequence[Path], rows: torch.Tensor) -> torch.Tensor:
    """(n, c), by the loop of open_clip's README: one picture at a time."""
    from PIL import Image

    found = []
    for path in paths:
        image = transform(Image.open(path)).unsqueeze(0)
        with torch.no_grad():
            features = module.encode_image(image)
            features /= features.norm(dim=-1, keepdim=True)
            found.append(module.logit_scale.exp() * features @ rows.T)
    return torch.cat(found)


def clip_benchmark_rows(module: Any, labels: Sequence[str], templates: Sequence[str]) -> torch.Tensor:
    """(c, d), as LAION-AI/CLIP_benchmark builds them: a class at a time, under autocast."""
    import open_clip

    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    rows = []
    with torch.no_grad(), torch.autocast("cpu"):
        for label in labels:
            features = module.encode_text(tokenizer([template.format(label) for template in templates]))
            mean = torch.nn.functional.normalize(features, dim=-1).mean(dim=0)
            rows.append(mean / mean.norm())
    return torch.stack(rows)


def clip_benchmark_logits(module: Any, transform: Any, paths: Sequence[Path], rows: torch.Tensor) -> torch.Tensor:
    """(n, c): a DataLoader of batches of 64 in this process, under autocast."""
    from PIL import Image

    dataset: Any = [str(path) for path in paths]
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=64, collate_fn=lambda part: torch.stack([transform(Image.open(path)) for path in part])
    )
    found = []
    with torch.no_grad(), torch.autocast("cpu"):
        for images in loader:
            features = torch.nn.functional.normalize(module.encode_image(images), dim=-1)
            found.append(100.0 * features @ rows.T)
    return torch.cat(found).float()


def transformers_pipeline(module: Any, folder: Path) -> Any:
    """The pipeline with its own processor and tokenizer; the vocabulary is open_clip's, which is the same one."""
    from open_clip.tokenizer import SimpleTokenizer
    from transformers import CLIPImageProcessor, CLIPTokenizerFast, pipeline

    simple = SimpleTokenizer()
    words = {
        "<|startoftext|>" if word == "<start_of_text>" else "<|endoftext|>" if word == "<end_of_text>" else word: number
        for word, number in simple.encoder.items()
    }
    (folder / "vocab.json").write_text(json.dumps(words), encoding="utf-8")
    merges = [" ".join(pair) for pair, _ in sorted(simple.bpe_ranks.items(), key=lambda item: item[1])]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges), encoding="utf-8")
    tokenizer = CLIPTokenizerFast.from_pretrained(str(folder), local_files_only=True)
    return pipeline(
        "zero-shot-image-classification", model=module, tokenizer=tokenizer, image_processor=CLIPImageProcessor()
    )
