"""The scale of a picture comes from its type, tags or units; its own extremes and single pixels never choose it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.zoo.test_input_contract import REFLECTANCE, contract, picture
from zoo.cards import GRAY, RGB
from zoo.errors import ImageError, InputContractError
from zoo.images import Picture, read_picture
from zoo.input_contract import conform

BANDS = REFLECTANCE.bands


def reflectance(n_rows=64):
    return np.random.default_rng(0).uniform(0.02, 0.5, (n_rows, 64, 4)).astype(np.float32)


def test_sixteen_bit_white_is_eight_bit_white():
    values = np.array([[[65_535], [257], [128], [129], [0]]], np.uint16)
    assert conform(Picture(values, GRAY), contract(bands=GRAY)).pixels.ravel().tolist() == [255, 1, 0, 1, 0]


@pytest.mark.parametrize(("low", "high"), [(255, 256), (200, 300), (4_000, 4_095), (20_000, 20_100)])
def test_pictures_of_one_series_keep_their_order_and_distance(low, high):
    base = np.random.default_rng(1).random((64, 64, 1))
    mean = [
        float(conform(Picture((base * top).astype(np.uint16), GRAY), contract()).pixels.mean()) for top in (low, high)
    ]
    assert mean[1] / mean[0] == pytest.approx(high / low, rel=0.01)


def test_a_dim_picture_keeps_its_levels_and_is_said_to_be_dark():
    values = np.arange(4_096, dtype=np.uint16).reshape(64, 64, 1)
    dark = conform(Picture(values, GRAY), contract(bands=GRAY))
    assert len(np.unique(dark.pixels)) == 4_096
    assert "dark" in dark.notes[0]
    whole = conform(Picture(values * 16, GRAY), contract(bands=GRAY))
    assert whole.pixels.dtype == np.uint8
    assert "dark" not in whole.notes[0]


def test_a_stated_range_is_the_scale(tmp_path):
    np.save(tmp_path / "twelve.npy", np.array([[0, 4_095], [2_047, 5_000]], np.int32))
    given = read_picture(tmp_path / "twelve.npy", value_range=(0, 4_095))
    assert conform(given, contract(bands=GRAY)).pixels.ravel().tolist() == [0, 255, 127, 255]
    with pytest.raises(ImageError, match="two numbers"):
        read_picture(tmp_path / "twelve.npy", value_range=(1, 1))


@pytest.mark.parametrize(
    ("spoil", "filled"),
    [
        (lambda x: None, False),
        (lambda x: x.__setitem__((1, 1, 0), 2.4), False),
        (lambda x: x.__setitem__((0, 0), -0.01), False),
        (lambda x: x.__setitem__(np.s_[:3], -9_999), True),
        (lambda x: x.__setitem__(np.s_[:3], -1), True),
        (lambda x: x.__setitem__(np.s_[:20], -3.4e38), True),
    ],
    ids=["plain", "glint", "below-0", "-9999", "-1", "-3.4e38"],
)
def test_outlying_pixels_and_fill_values_leave_the_scale_alone(spoil, filled):
    values = reflectance()
    spoil(values)
    conformed = conform(Picture(values, BANDS), REFLECTANCE)
    assert np.median(conformed.pixels) == pytest.approx(2_600, rel=0.1)
    assert any("not declare" in note for note in conformed.notes) is filled
    if filled:
        assert conformed.pixels[:3].min() > 2_000


def test_floats_between_the_two_known_scales_are_refused():
    assert conform(Picture(reflectance() * 10_000, BANDS), REFLECTANCE).pixels.max() > 4_000
    with pytest.raises(InputContractError, match=r"8-bit scale|neither a share"):
        conform(Picture(reflectance() * 30, BANDS), REFLECTANCE)
    mixed = reflectance() * 20
    mixed[:8] = 3_000
    with pytest.raises(InputContractError, match="neither a share"):
        conform(Picture(mixed, BANDS), REFLECTANCE)


@pytest.mark.parametrize(("share", "refused"), [(0.45, False), (0.55, True)])
def test_more_than_half_of_the_values_outside_is_another_scale(share, refused):
    given = picture(100, 9_000, 4, np.uint16, BANDS)
    given.pixels[: round(24 * share)] = np.random.default_rng(0).integers(11_000, 60_000, given.pixels[0].shape)
    if refused:
        with pytest.raises(InputContractError, match="outside 0 to 10000"):
            conform(given, REFLECTANCE)
    else:
        assert "outside" in conform(given, REFLECTANCE).notes[-1]


def test_one_negative_speckle_makes_no_decibels():
    radar = contract(bands=("VV", "VH"), value_range=(-50, 10), units="dB", scale=None)
    given = picture(0.001, 0.9, 2, np.float32, ("VV", "VH"))
    given.pixels[0, 0, 0] = -0.001
    with pytest.raises(InputContractError, match="log10"):
        conform(given, radar)


def test_one_bright_pixel_does_not_hide_an_eight_bit_scale():
    given = picture(0, 255, 4, np.uint16, BANDS)
    given.pixels[3, 3] = 900
    with pytest.raises(InputContractError, match="8-bit scale"):
        conform(given, REFLECTANCE)


def test_pixels_outside_of_a_scan_are_black_whichever_way_the_scale_runs():
    valid = np.array([[False, True, True]])
    given = Picture(np.array([[[-2_000], [-160], [240]]], np.int16), GRAY, display=(-160.0, 240.0), valid=valid)
    conformed = conform(given, contract(bands=GRAY))
    assert conformed.pixels.ravel().tolist() == [0, 0, 255]
    assert any("33.3% of the pixels hold no data" in note for note in conformed.notes)
    inverted = conform(replace(given, display=(240.0, -160.0)), contract(bands=GRAY))
    assert inverted.pixels.ravel().tolist() == [0, 255, 0]


def test_a_gap_in_a_band_that_the_model_does_not_want_costs_nothing():
    given = picture(100, 9_000, 5, np.uint16, (*BANDS, "cirrus"))
    valid = np.ones(given.pixels.shape, bool)
    valid[:, :, 4] = False
    assert not any("no data" in note for note in conform(replace(given, valid=valid), REFLECTANCE).notes)
    valid[:6, :, 0] = False
    assert any("25.0%" in note for note in conform(replace(given, valid=valid), REFLECTANCE).notes)


def test_numbers_of_a_program_are_no_bands():
    names = tuple(f"Band {k}" for k in (1, 2, 3, 4))
    with pytest.raises(InputContractError, match="without names"):
        conform(picture(0, 255, 4, bands=names), contract())
    three = conform(picture(0, 255, 3, bands=("b1", "b2", "b3")), contract(bands=RGB))
    assert "no names" in three.notes[0]
