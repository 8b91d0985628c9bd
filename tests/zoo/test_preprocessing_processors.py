"""Every curated card of transformers sees the pixels that its authors' own transform gives, whatever the picture.

The upstream transform of a card is built here from what its authors published (`preprocessor_config.json`, or the
torchvision steps that the card's source names), not from the card, and held against the card's contract.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from zoo.cards import ImagePreprocess, TransformersSource, fingerprint
from zoo.preprocessing import build

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
HALF = [0.5] * 3
BICUBIC, BILINEAR = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR

PUBLISHED = {
    "medical/rad-dino": ("BitImageProcessorPil", 518, BICUBIC, [0.5307] * 3, [0.2583] * 3),
    "multimodal/llava-1.5-7b": ("CLIPImageProcessorPil", 336, BICUBIC, CLIP_MEAN, CLIP_STD),
    "satellite/git-rsclip-base": ("SiglipImageProcessorPil", 224, BICUBIC, HALF, HALF),
    "satellite/git-rsclip-large": ("SiglipImageProcessorPil", 256, BICUBIC, HALF, HALF),
    "medical/medsiglip-448": ("SiglipImageProcessorPil", 448, BILINEAR, HALF, HALF),
    "medical/plip": ("torchvision", 224, BICUBIC, CLIP_MEAN, CLIP_STD),
    "medical/pubmedclip": ("torchvision", 224, BICUBIC, CLIP_MEAN, CLIP_STD),
    "medical/phikon-v2": ("torchvision", 224, BILINEAR, IMAGENET_MEAN, IMAGENET_STD),
    "medical/midnight-12k": ("torchvision", 224, BILINEAR, HALF, HALF),
}
SIZES = {"landscape": (260, 301), "portrait": (512, 343), "odd": (97, 131), "tiny": (5, 9), "as wanted": (224, 224)}


def upstream(kind, size_px, resample, mean, std):
    """Function of an RGB picture, made of upstream's own class."""
    if kind == "torchvision":
        from torchvision import transforms
        from torchvision.transforms.functional import InterpolationMode

        name = InterpolationMode.BICUBIC if resample == BICUBIC else InterpolationMode.BILINEAR
        resize, crop = transforms.Resize(size_px, name), transforms.CenterCrop(size_px)
        return transforms.Compose([resize, crop, transforms.ToTensor(), transforms.Normalize(mean, std)])
    import transformers

    side = {"height": size_px, "width": size_px}
    values = {"resample": resample, "image_mean": mean, "image_std": std}
    if kind == "SiglipImageProcessorPil":
        processor = transformers.SiglipImageProcessorPil(size=side, **values)
    else:
        processor = getattr(transformers, kind)(size={"shortest_edge": size_px}, crop_size=side, **values)
    return lambda picture: processor(images=picture, return_tensors="pt")["pixel_values"][0]


def pictures():
    """Noise over a ramp, of each size, in colour, grey and with transparency."""
    rng = np.random.default_rng(0)
    for size, (height, width) in SIZES.items():
        ramp = np.linspace(0, 200, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
        values = (ramp + rng.integers(0, 16, (height, width, 4))).clip(0, 255).astype(np.uint8)
        yield f"{size}, colour", Image.fromarray(values[:, :, :3])
        yield f"{size}, grey", Image.fromarray(values[:, :, 0])
        yield f"{size}, transparent", Image.fromarray(values, "RGBA")


def curated():
    """Ids of the cards that transformers loads and that take pictures."""
    for name in zoo.list_models():
        card = zoo.get_card(name)
        hub = isinstance(card.source, TransformersSource) and card.source.loader == "transformers"
        if hub and isinstance(card.preprocess, ImagePreprocess):
            yield name


def test_every_curated_card_has_its_upstream_transform_here():
    assert set(curated()) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_card_gives_upstream_s_pixels(name):
    spec = zoo.get_card(name).preprocess
    theirs, exact, fast = upstream(*PUBLISHED[name]), build(spec), build(spec, exact=False)
    level = torch.tensor(spec.std).reshape(-1, 1, 1) / spec.scale
    wrong = {}
    for label, picture in pictures():
        expected = theirs(picture.convert("RGB"))
        # transformers divides by 255 in float64, which moves the last bit: far less than a level.
        far = ((exact(picture) - expected) * level).abs().max().item()
        quick = ((fast(picture) - expected) * level).abs().max().item()
        if far > 1e-3 or quick > 1 + 1e-3:
            wrong[label] = (far, quick)
    assert wrong == {}


def test_the_configurations_are_counted():
    specs = [zoo.get_card(name).preprocess for name in PUBLISHED]
    distinct = {fingerprint(spec.model_copy(update={"source": None})) for spec in specs}
    n_pictures = 3 * len(SIZES)
    print(f"\ntransformers: {len(specs)} cards, {len(distinct)} distinct configurations, {n_pictures} pictures each")
    assert len(distinct) >= 8
