"""Medical, satellite and microscopy cards: their bands, steps, prompts and real files hold what the cards promise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import zoo
from zoo.bands import WAVELENGTH_NM, identities
from zoo.cards import CustomSource, ImagePreprocess, OpenClipSource
from zoo.errors import CapabilityError, InputContractError
from zoo.images import Picture, read_picture
from zoo.plugins.medical import plugin as medical
from zoo.plugins.microscopy import plugin as microscopy
from zoo.plugins.satellite import bands as satellite_bands
from zoo.plugins.satellite import masked as satellite_masked
from zoo.plugins.satellite import plugin as satellite
from zoo.preprocessing import build
from zoo.prompts import choose_prompt_set
from zoo.registry import default_registry

CARDS = {card.id: card for card in (*medical.MODELS, *satellite.MODELS, *microscopy.MODELS)}
UNBOUNDED = {"CNR"}
MULTISPECTRAL = {
    name: card.preprocess
    for name, card in CARDS.items()
    if name.startswith("satellite/") and card.modality == "multispectral"
}
REFLECTANCE = {name: spec for name, spec in MULTISPECTRAL.items() if "reflectance" in (spec.units or "")[:11]}
BY_HAND = {
    name: card
    for name, card in CARDS.items()
    if isinstance(card.source, CustomSource) and card.source.url and card.source.builder
}


def test_each_domain_has_enough_to_choose_from():
    counts = {plugin.__name__.split(".")[2]: len(plugin.MODELS) for plugin in (medical, satellite, microscopy)}
    print(f"\n{counts}")
    assert counts["medical"] >= 16
    assert counts["satellite"] >= 14
    assert counts["microscopy"] >= 10


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("medclip", "medical/medclip-vit"),
        ("rad-dino", "medical/rad-dino"),
        ("biovil", "medical/biovil"),
        ("satmae", "satellite/satmae-rgb-vit-l"),
        ("prithvi", "satellite/prithvi-1.0-100m"),
        ("cellvit", "microscopy/cellvit-sam-h"),
        ("bioclip", "microscopy/bioclip"),
    ],
)
def test_the_systems_of_the_mission_answer_to_their_names(name, model):
    assert zoo.get_card(name).id == model


@pytest.mark.parametrize("name", CARDS)
def test_published_shares_lie_between_0_and_1(name):
    for result in CARDS[name].results:
        assert result.metric in UNBOUNDED or 0 < result.value <= 1, result
        assert result.protocol
        assert result.source


def sentinel2(bands, level=2_000.0, side=130, dtype=np.float32):
    """A picture whose band number i holds values around level + 100 i."""
    noise = np.random.default_rng(0).uniform(-50, 50, (side, side, len(bands)))
    return Picture((level + 100 * np.arange(len(bands)) + noise).astype(dtype), bands, "reflectance x 10000")


@pytest.mark.parametrize("name", MULTISPECTRAL)
def test_bands_are_known_by_name(name):
    known = set(identities(MULTISPECTRAL[name].bands))
    assert len(known) == len(MULTISPECTRAL[name].bands)
    assert known <= set(WAVELENGTH_NM)


@pytest.mark.parametrize("name", REFLECTANCE)
def test_bands_are_picked_from_the_full_product_by_name_and_in_the_model_s_order(name):
    """The product is given backwards; every band must still arrive at its place."""
    spec = REFLECTANCE[name].model_copy(update={"steps": (), "scale": None, "mean": None, "std": None})
    product = satellite_bands.SENTINEL2_L1C[::-1]
    tensor = build(spec)(sentinel2(product, side=300))
    order = identities(product)
    wanted = [2_000 + 100 * order.index(identity) for identity in identities(spec.bands)]
    assert tensor.mean(dim=(1, 2)).tolist() == pytest.approx(wanted, abs=5)


@pytest.mark.parametrize("name", REFLECTANCE)
def test_a_stretched_8_bit_picture_is_refused(name):
    picture = sentinel2(satellite_bands.SENTINEL2_L1C, level=100, side=300).pixels.clip(0, 255).astype(np.uint8)
    with pytest.raises(InputContractError, match="8-bit"):
        build(REFLECTANCE[name])(Picture(picture, satellite_bands.SENTINEL2_L1C, "uint8"))


def test_satmae_scales_as_its_authors_do():
    """Upstream scales all thirteen bands, turns them to whole numbers and drops three: here band by band, by hand."""
    rng = np.random.default_rng(0)
    picture = rng.uniform(0, 6_000, (7, 5, 10)).astype(np.float32)
    wanted = np.empty((7, 5, 10))
    for band, (mean, std) in enumerate(zip(satellite_masked.TWO_STD_MEAN, satellite_masked.TWO_STD_STD, strict=True)):
        for row in range(7):
            for column in range(5):
                grey = (picture[row, column, band] - (mean - 2 * std)) / (4 * std) * 255.0
                wanted[row, column, band] = int(min(max(grey, 0), 255)) / 255
    assert satellite.STEPS["satellite-satmae-two-std"](picture) == pytest.approx(wanted, abs=1e-6)


def test_croma_stretches_each_band_by_its_own_spread():
    picture = np.random.default_rng(0).normal(1_000, 200, (50, 40, 3)).astype(np.float32)
    picture[..., 2] = 7
    stretched = satellite.STEPS["satellite-own-two-std"](picture)
    tensor = torch.from_numpy(picture[..., 0])
    low, high = tensor.mean() - 2 * tensor.std(), tensor.mean() + 2 * tensor.std()
    assert stretched[..., 0] == pytest.approx(((tensor - low) / (high - low)).clamp(0, 1).numpy(), abs=1e-5)
    assert not stretched[..., 2].any()


def test_satlas_divides_colours_and_infrared_by_their_own_scale():
    picture = np.full((2, 2, 9), 8_160, dtype=np.float32)
    picture[..., :3] = 51
    assert satellite.STEPS["satellite-satlas-unit"](picture)[0, 0].tolist() == pytest.approx([0.2] * 3 + [1.0] * 6)


def test_biovil_stretches_an_x_ray_of_any_depth_before_it_resizes():
    deep = np.random.default_rng(0).integers(300, 4_000, (600, 700), dtype=np.uint16)
    low, high = int(deep.min()), int(deep.max())
    stretched = np.array([[int((value - low) / (high - low) * 255) for value in row] for row in deep[:3].tolist()])
    ours = medical.zoo_preprocessing_steps()["medical-stretch-to-8-bit"](deep.astype(np.float32))
    assert ours.dtype == np.uint8
    assert (ours[:3] == stretched).all()
    assert not medical.zoo_preprocessing_steps()["medical-stretch-to-8-bit"](np.full((4, 4), 9.0)).any()


@pytest.mark.parametrize("name", ["medical/medclip-vit", "medical/rad-dino", "medical/biovil", "medical/medsiglip-448"])
def test_radiology_models_take_a_dicom_file(name, shared_data):
    path = next(iter(sorted((shared_data / "medical_dicom").rglob("*CT*.dcm"))), None)
    path = path or sorted((shared_data / "medical_dicom").rglob("*.dcm"))[0]
    spec = CARDS[name].preprocess
    tensor, notes = build(spec).with_notes(path)
    assert tensor.shape == (len(spec.bands), spec.size_px, spec.size_px)
    assert tensor.isfinite().all()
    assert tensor.std() > 0
    assert notes


@pytest.mark.parametrize("name", ["satellite/prithvi-2.0-300m", "satellite/clay-1.5", "satellite/croma-base"])
def test_satellite_models_take_a_real_sentinel_2_tile(name, shared_data):
    path = sorted((shared_data / "satellite_terramind" / "S2L2A").glob("*.tif"))[0]
    picture = read_picture(path, bands=satellite_bands.SENTINEL2_L2A)
    spec = CARDS[name].preprocess
    tensor = build(spec)(picture)
    assert tensor.shape == (len(spec.bands), spec.size_px, spec.size_px)
    if spec.mean is not None:
        assert tensor.abs().mean() < 3, "values of another scale than the statistics"


def test_galileo_s_real_weights_load_through_its_card_and_a_local_path(shared_data):
    card = CARDS["satellite/galileo-nano"]
    path = shared_data / "weights" / "galileo_nano" / "encoder.pt"
    local = card.model_copy(update={"source": card.source.model_copy(update={"path": str(path)})})
    encoder = zoo.load(local, device="cpu")
    tile = sorted((shared_data / "satellite_terramind" / "S2L2A").glob("*.tif"))[0]
    picture = read_picture(tile, bands=satellite_bands.SENTINEL2_L2A)
    embedding = encoder.embed_images([picture])
    assert embedding.shape == (1, card.embed_dim)
    with torch.no_grad():
        direct = encoder.module.embed_images(build(card.preprocess)(picture)[None])
    assert torch.allclose(embedding, direct, atol=1e-5)
    random = zoo.load(card, pretrained=False, device="cpu").embed_images([picture])
    assert not torch.allclose(embedding, random, atol=1e-2)


@pytest.mark.parametrize("name", BY_HAND)
def test_weights_outside_the_hub_are_asked_for_by_their_address(name):
    plan = zoo.plan(name)
    assert not plan.loadable
    assert BY_HAND[name].source.url in (plan.why_not or "")
    with pytest.raises(CapabilityError, match="no hub repository"):
        zoo.load(name, device="cpu")


def test_pulling_weights_outside_the_hub_says_where_they_are():
    from zoo.pulling import pull

    with pytest.raises(CapabilityError, match="lie in no hub repository"):
        pull("microscopy/dinobloom-s")


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if "zero-shot" in card.capabilities])
def test_a_zero_shot_model_finds_prompts(name):
    sets = [each for _, group in default_registry().answers("zoo_prompt_sets") for each in group]
    card = CARDS[name]
    chosen = choose_prompt_set(sets, name=card.zero_shot.template_set, domains=card.domains)
    assert chosen is not None


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("medical/radiology", "radiology"),
        ("medical/pathology", "pathology"),
        ("medical/endoscopy", "medical"),
        ("satellite/rgb", "satellite"),
        ("satellite/sar", "satellite"),
        ("microscopy/cell", "cell"),
        ("microscopy/electron", "microscopy"),
        ("biology/organism", "organism"),
    ],
)
def test_a_domain_finds_its_own_prompts(domain, name):
    sets = [each for _, group in default_registry().answers("zoo_prompt_sets") for each in group]
    assert choose_prompt_set(sets, name=None, domains=(domain,)).name == name


@pytest.mark.parametrize(
    ("name", "quick"),
    [
        ("satellite/georsclip-vit-b-32", True),
        ("satellite/skyclip-vit-l-14", True),
        ("satellite/georsclip-vit-h-14", False),
    ],
)
def test_models_that_began_as_openai_s_keep_its_activation(name, quick):
    import open_clip

    source = CARDS[name].source
    assert isinstance(source, OpenClipSource)
    assert bool(open_clip.get_model_config(source.architecture).get("quick_gelu")) is quick


def test_timm_agrees_with_the_satellite_dinov3():
    import timm

    spec = CARDS["satellite/dinov3-vit-l-sat493m"].preprocess
    config = timm.models.get_pretrained_cfg("vit_large_patch16_dinov3.sat493m").to_dict()
    assert spec.mean == pytest.approx(config["mean"])
    assert spec.std == pytest.approx(config["std"])
    assert spec.size_px == config["input_size"][1]
    assert spec.interpolation == config["interpolation"]


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if isinstance(card.preprocess, ImagePreprocess)])
def test_every_contract_says_where_it_was_read(name):
    assert CARDS[name].preprocess.source
