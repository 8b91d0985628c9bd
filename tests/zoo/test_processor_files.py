"""preprocessor_config.json becomes a contract that gives the pixels of transformers' own processor, or none at all.

The settings are those of the kinds of public repositories that they are named after; what such a file leaves out is
left out here.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from zoo.preprocessing import build
from zoo.repository.images import BY_TYPE, PROCESSORS, image_contract

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
CLIP = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
SIZES = {"landscape": (260, 301), "portrait": (412, 243), "odd": (97, 131), "small": (30, 41)}


def side(n):
    return {"height": n, "width": n}


FILES = {
    # a number for a size: both sides, or the shortest, as the class has it
    "vit, feature extractor of 2021": {"do_normalize": True, "do_resize": True, **HALF, "resample": 2, "size": 224}
    | {"feature_extractor_type": "ViTFeatureExtractor"},
    "vit at 384": {"do_normalize": True, "do_resize": True, **HALF, "size": 384, "feature_extractor_type": "ViT"}
    | {"feature_extractor_type": "ViTFeatureExtractor"},
    "vit, processor": {"image_processor_type": "ViTImageProcessor", "size": side(224), **IMAGENET, "resample": 2}
    | {"do_rescale": True, "rescale_factor": 1 / 255},
    "vit, fast": {"image_processor_type": "ViTImageProcessorFast", "size": side(192), **HALF, "resample": 3},
    "vit, nothing but its class": {"image_processor_type": "ViTImageProcessor"},
    "dino": {"do_normalize": True, "do_resize": True, "feature_extractor_type": "ViTFeatureExtractor", **IMAGENET}
    | {"resample": 3, "size": 224},
    "swin": {"do_normalize": True, "do_resize": True, "feature_extractor_type": "ViTFeatureExtractor", **IMAGENET}
    | {"resample": 3, "size": 256},
    "deit": {"crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True, **IMAGENET}
    | {"feature_extractor_type": "DeiTFeatureExtractor", "resample": 3, "size": 256},
    "deit at 384": {"crop_size": 384, "do_center_crop": True, "do_normalize": True, "do_resize": True, **IMAGENET}
    | {"feature_extractor_type": "DeiTFeatureExtractor", "resample": 3, "size": 438},
    "deit, nothing but its class": {"image_processor_type": "DeiTImageProcessor"},
    "beit": {"crop_size": 224, "do_center_crop": False, "do_normalize": True, "do_resize": True, **HALF}
    | {"feature_extractor_type": "BeitFeatureExtractor", "resample": 2, "size": 224},
    "beit for segments": {"crop_size": 640, "do_center_crop": False, "do_normalize": True, "do_resize": True, **HALF}
    | {"feature_extractor_type": "BeitFeatureExtractor", "resample": 2, "size": 160, "reduce_labels": True},
    "data2vec": {"crop_size": 224, "do_center_crop": False, "feature_extractor_type": "BeitFeatureExtractor", **HALF}
    | {"resample": 2, "size": 224},
    # crop_pct and the break at 384 pixels
    "convnext at 224": {"crop_pct": 0.875, "do_normalize": True, "do_resize": True, **IMAGENET, "resample": 3}
    | {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224},
    "convnext at 384": {"crop_pct": 0.95, "do_normalize": True, "do_resize": True, **IMAGENET, "resample": 3}
    | {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 384},
    "convnext v2": {"image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.875, **IMAGENET}
    | {"size": {"shortest_edge": 224}, "resample": 3, "rescale_factor": 1 / 255},
    "convnext, no share": {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}},
    "resnet": {"crop_pct": 0.875, "do_normalize": True, "do_resize": True, **IMAGENET, "resample": 3}
    | {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224},
    "nulls": {"image_processor_type": "ViTImageProcessor", "do_center_crop": None, "crop_size": None}
    | {"device": None, "do_pad": None, "pad_size": None, **HALF},
    "nulls switch off": {"image_processor_type": "CLIPImageProcessor", "do_center_crop": None, "size": side(224)}
    | {"do_normalize": None},
    "poolformer": {"crop_pct": 0.9, "crop_size": 224, "do_center_crop": True, "do_resize_and_center_crop": None}
    | {"feature_extractor_type": "PoolFormerFeatureExtractor", **IMAGENET, "resample": 3, "size": 224},
    "poolformer at .95": {"crop_pct": 0.95, "crop_size": side(224), "do_center_crop": True, **IMAGENET}
    | {"image_processor_type": "PoolFormerImageProcessor", "resample": 3, "size": {"shortest_edge": 224}},
    "levit": {"do_center_crop": True, "do_normalize": True, "do_resize": True, **IMAGENET, "resample": 3}
    | {"feature_extractor_type": "LevitFeatureExtractor", "size": 224},
    # an offset, and a second division
    "align": {"image_processor_type": "EfficientNetImageProcessor", "do_center_crop": True, "crop_size": side(289)}
    | {"do_normalize": False, "include_top": False, "rescale_factor": 1 / 127.5, "rescale_offset": True}
    | {"resample": 2, "size": side(346), **HALF},
    "efficientnet b0": {"image_processor_type": "EfficientNetImageProcessor", "do_center_crop": False, **IMAGENET}
    | {"crop_size": side(289), "include_top": True, "resample": 0, "rescale_factor": 1 / 255, "size": side(224)}
    | {"rescale_offset": False, "do_normalize": True, "do_rescale": True, "do_resize": True},
    "efficientnet, silent": {"image_processor_type": "EfficientNetImageProcessor", "size": side(240), **IMAGENET},
    "mobilenet v1": {
        "crop_size": side(192),
        "do_center_crop": True,
        "image_processor_type": "MobileNetV1ImageProcessor",
    }
    | {**HALF, "resample": 2, "size": {"shortest_edge": 224}},
    "mobilenet v2": {
        "crop_size": side(224),
        "do_center_crop": True,
        "image_processor_type": "MobileNetV2ImageProcessor",
    }
    | {**HALF, "resample": 2, "size": {"shortest_edge": 256}},
    "mobilevit": {"crop_size": 256, "do_center_crop": True, "do_flip_channel_order": True, "do_resize": True}
    | {"feature_extractor_type": "MobileViTFeatureExtractor", "resample": 2, "size": 288},
    "mobilevit, not flipped": {"image_processor_type": "MobileViTImageProcessor", "do_flip_channel_order": False},
    "clip": {"crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True, **CLIP}
    | {"feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 224},
    "clip at 336": {"crop_size": side(336), "do_center_crop": True, "image_processor_type": "CLIPImageProcessor"}
    | {**CLIP, "size": {"shortest_edge": 336}, "do_convert_rgb": True, "resample": 3},
    "chinese clip": {"image_processor_type": "ChineseCLIPImageProcessor", "size": side(224), **CLIP, "resample": 3}
    | {"do_center_crop": False, "do_resize": True},
    "dinov2": {"crop_size": side(224), "do_center_crop": True, "do_convert_rgb": True, **IMAGENET, "resample": 3}
    | {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 256}, "rescale_factor": 1 / 255},
    "siglip": {"image_processor_type": "SiglipImageProcessor", **HALF, "resample": 3, "size": side(224)}
    | {"processor_class": "SiglipProcessor", "rescale_factor": 1 / 255},
    "blip": {"image_processor_type": "BlipImageProcessor", **CLIP, "resample": 3, "size": side(384)}
    | {"processor_class": "BlipProcessor", "do_pad": None},
    "segformer": {"do_normalize": True, "feature_extractor_type": "SegformerFeatureExtractor", **IMAGENET}
    | {"reduce_labels": True, "resample": 2, "size": 512},
    "pvt": {"image_processor_type": "PvtImageProcessor", "size": side(224), **IMAGENET, "resample": 2},
    "dinov3": {"image_processor_type": "DINOv3ViTImageProcessorFast", "size": side(224), **IMAGENET, "resample": 2}
    | {"data_format": "channels_first", "rescale_factor": 1 / 255, "do_rescale": True},
    "two sides": {"image_processor_type": "ViTImageProcessor", "size": {"height": 128, "width": 256}, **HALF},
    "a list for a size": {"image_processor_type": "ViTImageProcessor", "size": [96, 160], **HALF},
    "raw values": {"image_processor_type": "ViTImageProcessor", "do_rescale": False, "do_normalize": False},
    "lanczos": {"image_processor_type": "ViTImageProcessor", "resample": 1, "size": 200, **HALF},
}


def pictures():
    """Noise over a ramp, of each size, in colour."""
    rng = np.random.default_rng(0)
    for size, (height, width) in SIZES.items():
        ramp = np.linspace(0, 200, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
        values = (ramp + rng.integers(0, 16, (height, width, 3))).clip(0, 255).astype(np.uint8)
        yield size, Image.fromarray(values)


def upstream(told, folder):
    """AutoImageProcessor of a folder with these settings, by Pillow where it has two ways."""
    from transformers import AutoImageProcessor

    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    (folder / "config.json").write_text(json.dumps({"model_type": "vit"}))
    return AutoImageProcessor.from_pretrained(str(folder), backend="pil")


@pytest.mark.parametrize("told", FILES.values(), ids=list(FILES))
def test_pixels_equal_those_of_the_processor(told, tmp_path):
    told = {key: value for key, value in told.items() if key != "do_resize_and_center_crop"}
    contract, why_not = image_contract({"preprocessor_config.json": told})
    assert contract is not None, why_not
    processor, transform = upstream(told, tmp_path), build(contract)
    for name, picture in pictures():
        wanted = torch.as_tensor(np.asarray(processor(images=picture, return_tensors="pt")["pixel_values"][0]))
        pixels = transform(picture)
        assert pixels.shape == wanted.shape, name
        scale = float(wanted.abs().max())
        assert float((pixels - wanted).abs().max()) < 1e-5 * max(1, scale), name


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"image_processor_type": "Siglip2ImageProcessor", "max_num_patches": 256}, "Siglip2ImageProcessor"),
        ({"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 3136}, "Qwen2VLImageProcessor"),
        ({"image_processor_type": "DonutImageProcessor", "do_thumbnail": True}, "DonutImageProcessor"),
        ({"image_processor_type": "Mine"}, "Mine"),
        ({"size": 224}, "names no class"),
        ({"image_processor_type": "ViTImageProcessor", "do_sharpen": True}, "do_sharpen"),
        ({"image_processor_type": "ViTImageProcessor", "crop_pct": 0.9}, "crop_pct"),
        ({"image_processor_type": "CLIPImageProcessor", "do_center_crop": False}, "own shape"),
        ({"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 224, "longest_edge": 300}}, "longest"),
        ({"image_processor_type": "ViTImageProcessor", "size": {"max_height": 2, "max_width": 2}}, "max_height"),
        ({"image_processor_type": "ViTImageProcessor", "resample": 5}, "filter 5"),
        ({"image_processor_type": "ViTImageProcessor", "do_pad": True, "pad_size": side(300)}, "pad_size"),
        ({"image_processor_type": "ViTImageProcessor", "image_mean": [0.5], "image_std": [0.5]}, "1 means"),
        ({"image_processor_type": "ConvNextImageProcessor", "size": side(224)}, "shortest edge"),
        ({"image_processor_type": "ConvNextImageProcessor", "do_center_crop": True, "crop_size": 9}, "crops twice"),
        ({"image_processor_type": "ViTImageProcessor", "size": "large"}, "malformed"),
        ({"image_processor_type": "ViTImageProcessor", "image_mean": None}, "null for image_mean"),
        ({"image_processor_type": "ConvNextImageProcessor", "crop_pct": None, "size": 224}, "null for crop_pct"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_understood_gives_no_contract_and_says_why(told, word):
    contract, why_not = image_contract({"preprocessor_config.json": told})
    assert contract is None
    assert word in why_not


def test_defaults_are_those_of_the_installed_classes():
    import transformers

    for name, own in PROCESSORS.items():
        kind = getattr(transformers, f"{name}Pil", None) or getattr(transformers, name)
        assert dict(kind.size) == dict(own.size), name
        assert kind.default_to_square is own.is_square, name
        assert int(kind.resample) == own.resample, name
        assert tuple(kind.image_mean) == own.mean, name
        assert tuple(kind.image_std) == own.std, name
        assert bool(getattr(kind, "do_center_crop", None)) is own.do_crop, name
        assert (getattr(kind, "crop_size", None) or {}).get("height") == own.crop, name


def test_the_class_of_a_model_type_is_the_installed_one():
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES

    for model_type, name in BY_TYPE.items():
        told = IMAGE_PROCESSOR_MAPPING_NAMES.get(model_type)
        assert told is None or name in told.values(), model_type
