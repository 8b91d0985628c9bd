"""Six mismatches out of six are found in other people's transforms, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision import transforms as tv
from torchvision.transforms import InterpolationMode, v2

from zoo.cards import ImagePreprocess
from zoo.errors import DataError, InputContractError, PluginError
from zoo.preprocessing import build, compare
from zoo.specs import OPENAI_MEAN, OPENAI_STD, spec_from_open_clip, spec_from_timm

SPEC = spec_from_open_clip({})
HALF = (0.5, 0.5, 0.5)


def upstream(
    size=224,
    resize=224,
    kind="bicubic",
    mean=OPENAI_MEAN,
    std=OPENAI_STD,
    scale=1.0,
    squash=False,
    swap=False,
):
    """torchvision's own steps, one of them changed by the caller."""
    return tv.Compose(
        [
            tv.Resize((size, size) if squash else resize, InterpolationMode(kind)),
            tv.CenterCrop(size),
            tv.ToTensor(),
            tv.Lambda(lambda tensor: tensor.flip(0) if swap else tensor),
            tv.Lambda(lambda tensor: tensor * scale),
            tv.Normalize(mean, std),
        ]
    )


def kinds(spec, transform):
    return {difference.kind for difference in compare(spec, transform)}


def test_the_right_transform_has_no_difference():
    assert compare(SPEC, upstream()) == ()
    assert compare(SPEC, build(SPEC)) == ()


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"mean": HALF, "std": HALF}, "mean/std"),
        ({"squash": True}, "resize mode"),
        ({"resize": 256}, "resize mode"),
        ({"swap": True}, "channel order"),
        ({"size": 336, "resize": 336}, "resolution"),
        ({"kind": "bilinear"}, "interpolation"),
        ({"kind": "nearest"}, "interpolation"),
        ({"kind": "lanczos"}, "interpolation"),
        ({"scale": 255.0}, "value range"),
    ],
)
def test_each_mismatch_is_found_and_nothing_else(changed, kind):
    assert kinds(SPEC, upstream(**changed)) == {kind}


def upstream_v2(kind="bicubic", antialias=True, scale=True, squash=False, mean=OPENAI_MEAN, std=OPENAI_STD):
    """The same by torchvision's second version, which resizes tensors."""
    return v2.Compose(
        [
            v2.PILToTensor(),
            v2.Resize((224, 224) if squash else 224, InterpolationMode(kind), antialias=antialias),
            v2.CenterCrop(224),
            v2.ToDtype(torch.float32, scale=scale),
            v2.Normalize(mean, std),
        ]
    )


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"mean": HALF, "std": HALF}, "mean/std"),
        ({"squash": True}, "resize mode"),
        ({"kind": "bilinear"}, "interpolation"),
        ({"antialias": False}, "interpolation"),
        ({"kind": "bilinear", "antialias": False}, "interpolation"),
        ({"scale": False}, "value range"),
    ],
)
def test_each_mismatch_of_a_tensor_transform_is_found_and_nothing_else(changed, kind):
    assert compare(SPEC, upstream_v2()) == ()
    (difference,) = compare(SPEC, upstream_v2(**changed))
    assert difference.kind == kind
    assert ("without antialiasing" in difference.found) == ("antialias" in changed)


@pytest.mark.parametrize("name", ["CLIPImageProcessor", "CLIPImageProcessorPil", "BitImageProcessorPil"])
def test_processors_that_agree_raise_no_alarm(name):
    import transformers

    processor = getattr(transformers, name)()
    assert compare(SPEC, lambda image: processor(images=image, return_tensors="pt")) == ()


@pytest.mark.parametrize(
    "tag",
    [
        "vit_base_patch16_siglip_224.webli",
        "eva02_base_patch14_448.mim_in22k_ft_in1k",
        "tf_efficientnet_b4.ns_jft_in1k",
        "beit_base_patch16_224.in22k_ft_in22k",
        "inception_v3.tv_in1k",
    ],
)
def test_timm_s_transforms_raise_no_alarm(tag):
    import timm

    config = timm.get_pretrained_cfg(tag).to_dict()
    transform = timm.data.create_transform(**timm.data.resolve_data_config({}, pretrained_cfg=config))
    assert compare(spec_from_timm(config), transform) == ()


@pytest.mark.parametrize(
    "config",
    [{"size": 336}, {"resize_mode": "squash"}, {"resize_mode": "longest"}, {"interpolation": "bilinear"}],
    ids=["larger", "squash", "longest", "bilinear"],
)
def test_open_clip_s_transforms_raise_no_alarm(config):
    from open_clip.transform import PreprocessCfg, image_transform_v2

    assert compare(spec_from_open_clip(config), image_transform_v2(PreprocessCfg(**config), is_train=False)) == ()


def test_no_normalisation_at_all_is_a_mean_and_std_of_zero_and_one():
    (difference,) = compare(SPEC, upstream(mean=(0, 0, 0), std=(1, 1, 1)))
    assert difference.kind == "mean/std"
    assert "mean 0.000 0.000 0.000, std 1.000 1.000 1.000" in str(difference) or "-0.000" in str(difference)


def test_raw_grey_levels_are_a_value_range():
    assert "value range" in kinds(SPEC, upstream(scale=255.0, mean=(0, 0, 0), std=(1, 1, 1)))


def test_several_mismatches_at_once_are_all_named():
    found = kinds(SPEC, upstream(size=336, squash=True, kind="bilinear", mean=HALF, std=HALF, swap=True))
    assert found == {"resolution", "resize mode", "interpolation", "mean/std", "channel order"}


def test_timm_s_own_transform_agrees_and_another_tag_s_does_not():
    import timm

    a1 = timm.get_pretrained_cfg("resnet50.a1_in1k").to_dict()
    tv_in1k = timm.get_pretrained_cfg("resnet50.tv_in1k").to_dict()
    transform = timm.data.create_transform(**timm.data.resolve_data_config({}, pretrained_cfg=tv_in1k))
    assert compare(spec_from_timm(tv_in1k), transform) == ()
    assert kinds(spec_from_timm(a1), transform) == {"interpolation", "resize mode"}


def test_a_padding_transform_is_told_from_a_squashing_one():
    padded = spec_from_timm({"crop_mode": "border", "crop_pct": 1.0})
    squashed = spec_from_timm({"crop_mode": "squash", "crop_pct": 1.0})
    assert compare(padded, build(padded)) == ()
    (difference,) = (d for d in compare(squashed, build(padded)) if d.kind == "resize mode")
    assert "squash" in difference.expected
    assert "pad" in difference.found


def test_a_transformers_processor_is_a_transform_too():
    from transformers import CLIPImageProcessor

    processor = CLIPImageProcessor()
    assert compare(SPEC, lambda image: processor(images=image, return_tensors="pt")) == ()
    wrong = CLIPImageProcessor(do_rescale=False)
    assert "value range" in kinds(SPEC, lambda image: wrong(images=image, return_tensors="pt"))


def test_a_function_of_arrays_is_a_transform_too():
    def mine(pixels):
        if not isinstance(pixels, np.ndarray):
            raise TypeError("want an array")
        return build(SPEC)(pixels).numpy()

    assert compare(SPEC, mine) == ()


def test_what_is_no_transform_is_refused():
    with pytest.raises(InputContractError, match="three channels"):
        compare(SPEC, lambda image: torch.zeros(1, 224, 224))
    with pytest.raises(InputContractError, match="raised RuntimeError: broken"):
        compare(SPEC, lambda image: (_ for _ in ()).throw(RuntimeError("broken")))
    bands = SPEC.model_copy(update={"bands": ("B02", "B03", "B04", "B08")})
    with pytest.raises(InputContractError, match="8-bit colour"):
        compare(ImagePreprocess.model_validate(bands.model_dump()), upstream())


@pytest.mark.parametrize(
    ("output", "message"),
    [(np.full((3, 8, 8), np.nan), "no finite numbers"), (np.zeros((3, 0, 0)), "want three channels")],
    ids=["nan", "empty"],
)
def test_a_transform_that_gives_nothing_to_compare_is_refused(output, message):
    with pytest.raises(InputContractError, match=message):
        compare(SPEC, lambda image: output)


@pytest.mark.parametrize("spec", [None, "vision/resnet50", 3])
def test_what_is_no_contract_is_refused(spec):
    for run in (build, lambda it: compare(it, upstream())):
        with pytest.raises(DataError, match="want a contract for pictures"):
            run(spec)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda pixels: 1 / 0, "failed on the picture in memory: ZeroDivisionError"),
        (lambda pixels: None, "made object"),
    ],
    ids=["raises", "none"],
)
def test_a_step_that_fails_is_named(step, message):
    transform = build(SPEC.model_copy(update={"steps": ("own",)}), steps={"own": step})
    with pytest.raises(PluginError, match=f"the preprocessing step 'own' {message}"):
        transform(np.zeros((9, 9, 3), np.uint8))
