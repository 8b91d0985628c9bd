"""Every configuration of timm and open_clip gives upstream's pixels: identical, or one grey level on the fast path."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
import torch
from PIL import Image

from zoo.cards import ImagePreprocess, fingerprint
from zoo.images import read_picture
from zoo.preprocessing import build
from zoo.preprocessing.fast import read_jpeg
from zoo.specs import OPENAI_MEAN, OPENAI_STD, spec_from_open_clip, spec_from_timm

SIZES = ((97, 131), (260, 301), (512, 343))


def photographs():
    """Noise over a smooth ramp, in three sizes and both orientations."""
    rng = np.random.default_rng(0)
    for height, width in SIZES:
        ramp = np.linspace(0, 200, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
        yield Image.fromarray((ramp + rng.integers(0, 16, (height, width, 3))).clip(0, 255).astype(np.uint8))


@functools.cache
def timm_configurations():
    """Distinct contracts of all tags of timm -> one upstream data configuration each."""
    import timm
    from timm.data import resolve_data_config

    found = {}
    for name in timm.list_models(pretrained=True):
        config = timm.get_pretrained_cfg(name).to_dict()
        found.setdefault(
            fingerprint(spec_from_timm(config)), (name, config, resolve_data_config({}, pretrained_cfg=config))
        )
    return found


@functools.cache
def open_clip_configurations():
    import open_clip

    found = {}
    for architecture, tag in open_clip.list_pretrained():
        config = dict(open_clip.get_pretrained_cfg(architecture, tag))
        config["size"] = open_clip.get_model_config(architecture)["vision_cfg"].get("image_size", 224)
        found.setdefault(fingerprint(spec_from_open_clip(config)), (f"{architecture}/{tag}", config))
    return found


def far(ours, theirs, spec):
    """How many values differ by 0, 1 and more grey levels; more than 2 is an error at once."""
    std = torch.tensor(spec.std or (1.0,) * 3).reshape(-1, 1, 1)
    levels = ((ours - theirs) * std / spec.scale).abs().round().long()
    assert levels.max() <= 2
    return torch.bincount(levels.flatten(), minlength=3).numpy()


def told(differences):
    return (
        f"fast path: {differences[1] / differences.sum():.2%} off by one grey level, {differences[2]:.0f} values by two"
    )


def assert_fast(differences):
    """Never more than one level here; `fast.resize` tells what is left to chance, and how little."""
    assert differences[2] == 0
    assert differences[1] <= 0.03 * differences.sum()


def test_every_timm_configuration():
    from timm.data import create_transform

    configurations = timm_configurations()
    assert len(configurations) > 50
    wrong, differences = {}, np.zeros(3)
    for name, config, resolved in configurations.values():
        spec, upstream = spec_from_timm(config), create_transform(**resolved)
        exact, fast = build(spec), build(spec, exact=False)
        for picture in list(photographs())[: 1 if spec.size_px == 224 else 2]:
            theirs = upstream(picture)
            if not torch.equal(exact(picture), theirs):
                wrong[name] = float((exact(picture) - theirs).abs().max())
            differences += far(fast(picture), theirs, spec)
    print(f"\ntimm: {len(configurations)} distinct configurations, {len(wrong)} differ;", told(differences))
    assert wrong == {}
    assert_fast(differences)


def test_every_open_clip_configuration():
    from open_clip.transform import PreprocessCfg, image_transform_v2

    configurations = open_clip_configurations()
    assert len(configurations) > 10
    wrong, differences = {}, np.zeros(3)
    for name, config in configurations.values():
        known = {"size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color"}
        upstream = image_transform_v2(PreprocessCfg(**{k: v for k, v in config.items() if k in known}), is_train=False)
        spec = spec_from_open_clip(config)
        exact, fast = build(spec), build(spec, exact=False)
        for picture in photographs():
            theirs = upstream(picture)
            if not torch.equal(exact(picture), theirs):
                wrong[name] = float((exact(picture) - theirs).abs().max())
            differences += far(fast(picture), theirs, spec)
    print(f"\nopen_clip: {len(configurations)} distinct configurations, {len(wrong)} differ;", told(differences))
    assert wrong == {}
    assert_fast(differences)


def test_the_golden_clip_tensors_are_reproduced(shared_data):
    golden = shared_data / "golden"
    values = json.loads((golden / "values.json").read_text(encoding="utf-8"))
    entry = next(e for e in values["preprocessing"] if e["id"] == "openai_clip_224")
    stored = np.load(golden / "clip_preprocessed.npz")
    spec = spec_from_open_clip({"mean": OPENAI_MEAN, "std": OPENAI_STD})
    assert len(entry["images"]) == 7
    for image in entry["images"]:
        name = image["file"]
        key = next(key for key in stored.files if key in (name, name.split("/")[-1], name.split("/")[-1].split(".")[0]))
        ours = build(spec)(golden / name).numpy()
        np.testing.assert_allclose(ours, stored[key], atol=1e-6)
        fast = build(spec, exact=False)(golden / name)
        assert_fast(far(fast, torch.from_numpy(ours), spec))


def test_the_golden_detr_numbers_are_reproduced(shared_data):
    golden = shared_data / "golden"
    values = json.loads((golden / "values.json").read_text(encoding="utf-8"))
    entry = next(e for e in values["preprocessing"] if e["id"] == "detr_800")
    spec = ImagePreprocess(
        size_px=800,
        resize_mode="shortest",
        interpolation="bilinear",
        crop="none",
        value_range=(0, 255),
        scale=1 / 255,
        mean=tuple(entry["spec"]["mean"]),
        std=tuple(entry["spec"]["std"]),
    )
    ours = build(spec)(golden / entry["image"])
    assert list(ours.shape) == entry["expected_shape"][1:]
    np.testing.assert_allclose(ours[0, 0, :3].numpy(), entry["expected_[0,0,0,:3]"], atol=entry["tolerance"])


def test_a_processor_of_transformers_gives_the_same_pixels():
    from transformers import CLIPImageProcessorPil, SiglipImageProcessorPil

    clip, siglip = CLIPImageProcessorPil(), SiglipImageProcessorPil()
    clip_spec = spec_from_open_clip({}).model_copy(update={"crop_rounding": "down"})
    siglip_spec = ImagePreprocess.model_validate(
        spec_from_open_clip({"resize_mode": "squash", "mean": 0.5, "std": 0.5}).model_dump()
    )
    for picture in photographs():
        theirs = clip(images=picture, return_tensors="pt")["pixel_values"][0]
        torch.testing.assert_close(build(clip_spec)(picture), theirs, atol=1e-6, rtol=0)
        theirs = siglip(images=picture, return_tensors="pt")["pixel_values"][0]
        torch.testing.assert_close(build(siglip_spec)(picture), theirs, atol=1e-6, rtol=0)


def test_a_cut_jpeg_is_refused_on_the_fast_path_too(tmp_path):
    from zoo.errors import ImageError

    picture = next(photographs())
    picture.save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    fast = build(spec_from_open_clip({}), exact=False)
    assert fast(tmp_path / "whole.jpg").shape == (3, 224, 224)
    with pytest.raises(ImageError, match="cut"):
        fast(tmp_path / "cut.jpg")


def test_modes_other_than_colour_take_the_fast_path_as_well(tmp_path):
    spec = spec_from_open_clip({})
    for mode in ("L", "CMYK"):
        next(photographs()).convert(mode).save(tmp_path / f"{mode}.jpg")
        exact, fast = build(spec)(tmp_path / f"{mode}.jpg"), build(spec, exact=False)(tmp_path / f"{mode}.jpg")
        assert_fast(far(fast, exact, spec))


@pytest.mark.parametrize(
    ("turn", "xmp", "noted"),
    [(1, None, False), (None, b"", False), (6, None, True), (1, b'tiff:Orientation="1"', False)],
    ids=["upright", "without a turn", "turned", "upright twice"],
)
def test_plain_exif_stays_on_the_fast_path_and_a_turn_is_still_noted(tmp_path, turn, xmp, noted):
    exif = Image.Exif()
    exif[271] = "a camera"
    if turn is not None:
        exif[274] = turn
    facts = {"exif": exif} if xmp is None else {"exif": exif, "xmp": b"http://ns.adobe.com/xap/1.0/\0" + xmp}
    next(photographs()).resize((480, 360)).save(tmp_path / "photo.jpg", **facts)
    quick, slow = read_jpeg(tmp_path / "photo.jpg"), read_picture(tmp_path / "photo.jpg")
    assert (quick is None) == noted
    if quick is not None:
        assert np.array_equal(quick.pixels, slow.pixels)
    spec = spec_from_open_clip({})
    assert build(spec, exact=False).with_notes(tmp_path / "photo.jpg")[1] == slow.notes
    assert any("orientation" in note for note in slow.notes) == noted


def test_every_photograph_of_the_fast_decoder_has_pillow_s_pixels(shared_data):
    files = sorted((shared_data / "natural_imagenet_samples").rglob("*.JPEG"))
    n_quick = 0
    for path in files:
        quick = read_jpeg(path)
        if quick is not None:
            n_quick += 1
            assert np.array_equal(quick.pixels, read_picture(path).pixels), path
    assert n_quick > 0.9 * len(files) > 0
