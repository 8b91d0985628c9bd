"""The input contract is enforced: each mismatch is an error or a recorded conversion, never silent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.zoo.toy_cards import toy_card
from zoo.cards import GRAY, RGB, ImagePreprocess, TextPreprocess
from zoo.errors import InputContractError
from zoo.images import Picture, read_picture
from zoo.input_contract import conform
from zoo.input_report import explain

SENTINEL2_L2A = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")


def contract(**facts):
    given = {
        "size_px": 32,
        "resize_mode": "squash",
        "interpolation": "bilinear",
        "crop": "none",
        "bands": RGB,
        "value_range": (0, 255),
        "units": "uint8",
        "scale": 1 / 255,
        "mean": None,
        "std": None,
    }
    return ImagePreprocess(**{**given, **facts})


REFLECTANCE = contract(
    bands=("blue", "green", "red", "nir_narrow"),
    value_range=(0, 10_000),
    units="reflectance x 10000",
    scale=1 / 10_000,
    ground_resolution_m=10,
)


def picture(low, high, n_channels=3, dtype=np.uint8, bands=RGB, **facts):
    """Random values between two bounds, both of which occur."""
    values = np.random.default_rng(0).uniform(low, high, (24, 30, n_channels))
    values[0, 0], values[0, 1] = low, high
    return Picture(values.astype(dtype), bands, **facts)


def test_a_picture_that_fits_passes_untouched():
    given = picture(0, 255)
    conformed = conform(given, contract())
    assert np.array_equal(conformed.pixels, given.pixels)
    assert conformed.notes == ()


def test_grey_becomes_colour_and_colour_grey_with_a_note():
    grey = conform(picture(0, 255, 1, bands=GRAY), contract())
    assert grey.pixels.shape[2] == 3
    assert "repeated" in grey.notes[0]
    colour = conform(picture(0, 255), contract(bands=GRAY))
    assert colour.pixels.shape[2] == 1
    assert "converted to grey" in colour.notes[0]


def test_bands_are_selected_by_name_and_said():
    given = picture(0, 9000, 12, np.uint16, SENTINEL2_L2A)
    conformed = conform(given, REFLECTANCE)
    assert np.array_equal(conformed.pixels, given.pixels[:, :, [1, 2, 3, 8]])
    assert conformed.bands == REFLECTANCE.bands
    assert "B02, B03, B04, B8A" in conformed.notes[0]


def test_unnamed_channels_pass_only_if_as_many_and_with_a_note():
    assert "no names" in conform(picture(0, 9000, 4, np.uint16, None), REFLECTANCE).notes[0]
    with pytest.raises(InputContractError, match=r"wants 4 bands .* has 12, without names"):
        conform(picture(0, 9000, 12, np.uint16, None), REFLECTANCE)


@pytest.mark.parametrize(
    ("low", "high", "dtype", "said"),
    [
        (0, 65_535, np.uint16, "16-bit values"),
        (0, 4_095, np.uint16, "dark"),
        (0, 200, np.uint16, "reach only 0.3%"),
        (0.0, 1.0, np.float32, "multiplied by 255"),
        (0.0, 1.0005, np.float32, "multiplied by 255"),
    ],
)
def test_other_depths_become_eight_bit_with_a_note(low, high, dtype, said):
    conformed = conform(picture(low, high, dtype=dtype), contract())
    assert said in conformed.notes[0]
    assert conformed.pixels.min() >= 0
    assert conformed.pixels.max() <= 255


@pytest.mark.parametrize(
    ("low", "high", "dtype", "said"),
    [
        (-2.1, 2.6, np.float32, "normalised already"),
        (-1_000, 3_000, np.int16, "-1000 to 3000"),
        (0, 3_000.0, np.float32, "0 to 3000"),
        (0, 100_000, np.int32, "0 to 100000"),
        (0, 200, np.int32, "state no scale"),
        (0.0, 250.5, np.float32, "state no scale"),
        (0.0, 1.01, np.float32, "state no scale"),
    ],
)
def test_a_scale_that_would_need_a_guess_is_refused(low, high, dtype, said):
    with pytest.raises(InputContractError, match=said):
        conform(picture(low, high, dtype=dtype), contract())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_eight_bit_values_where_reflectance_is_meant_are_refused(dtype):
    with pytest.raises(InputContractError, match=r"8-bit scale; the model wants 0 to 10000"):
        conform(picture(0, 255, 4, dtype, REFLECTANCE.bands), REFLECTANCE)


def test_reflectance_as_a_share_is_multiplied_with_a_note():
    given = picture(0.0, 0.9, 4, np.float32, REFLECTANCE.bands)
    conformed = conform(given, REFLECTANCE)
    assert "multiplied by 10000" in conformed.notes[0]
    np.testing.assert_allclose(conformed.pixels, given.pixels * 10_000, rtol=1e-6)


def test_bright_clouds_are_noted_and_another_scale_is_refused():
    some = picture(0, 9_000, 4, np.uint16, REFLECTANCE.bands)
    some.pixels[0] = 14_000
    assert "outside 0 to 10000" in conform(some, REFLECTANCE).notes[0]
    with pytest.raises(InputContractError, match="outside"):
        conform(picture(11_000, 60_000, 4, np.uint16, REFLECTANCE.bands), REFLECTANCE)


def test_linear_backscatter_where_decibels_are_meant_is_refused():
    radar = contract(bands=("VV", "VH"), value_range=(-50, 10), units="dB", scale=None)
    assert conform(picture(-30, 1, 2, np.float32, ("VV", "VH")), radar).notes == ()
    with pytest.raises(InputContractError, match="log10"):
        conform(picture(0.001, 0.9, 2, np.float32, ("VV", "VH")), radar)


def test_other_units_are_refused():
    ct = contract(bands=GRAY, value_range=(-1024, 3071), units="hounsfield", scale=None)
    with pytest.raises(InputContractError, match="reflectance"):
        conform(picture(0, 900, 1, np.int16, GRAY, units="reflectance"), ct)


def test_a_lost_band_is_refused_and_a_black_photograph_noted():
    lost = picture(1, 9_000, 4, np.uint16, REFLECTANCE.bands)
    lost.pixels[:, :, 3] = 0
    with pytest.raises(InputContractError, match=r"nir_narrow \(0\)"):
        conform(lost, REFLECTANCE)
    black = Picture(np.zeros((8, 8, 3), np.uint8), RGB)
    assert "one value everywhere" in conform(black, contract()).notes[0]


def test_pixels_without_data_take_the_mean_of_their_band():
    given = picture(100, 9_000, 4, np.int16, REFLECTANCE.bands)
    given.pixels[:6] = -9_999
    valid = np.ones((24, 30), bool)
    valid[:6] = False
    conformed = conform(replace(given, valid=valid), REFLECTANCE)
    assert "25.0% of the pixels hold no data" in conformed.notes[0]
    np.testing.assert_allclose(conformed.pixels[0, 0], given.pixels[6:].reshape(-1, 4).mean(axis=0), atol=0.51)
    with pytest.raises(InputContractError, match="no data at all"):
        conform(replace(given, valid=np.zeros((24, 30), bool)), REFLECTANCE)


def test_not_a_number_is_filled_and_said_before_values_become_eight_bit():
    given = picture(0.25, 0.75, dtype=np.float32)
    given.pixels[3:9, 4] = np.nan
    given.pixels[20, 20, 1] = np.inf
    conformed = conform(given, contract())
    assert conformed.pixels.dtype == np.uint8
    assert conformed.pixels.min() >= 63
    assert any("1.0% of the pixels hold no data" in note for note in conformed.notes)
    given = picture(0.25, 0.75, dtype=np.float32)
    given = replace(given, pixels=np.tile(given.pixels, (2, 2, 1)))
    given.pixels[0, 0] = np.nan
    assert any("less than 0.1% of the pixels" in note for note in conform(given, contract()).notes)


def test_a_window_maps_to_grey_levels_and_may_be_inverted():
    given = Picture(np.array([[[-10], [15], [90], [400]]], np.int16), GRAY, display=(-10.0, 90.0))
    assert conform(given, contract(bands=GRAY)).pixels.ravel().tolist() == [0, 64, 255, 255]
    inverted = replace(given, display=(90.0, -10.0))
    assert conform(inverted, contract(bands=GRAY)).pixels.ravel().tolist() == [255, 191, 0, 0]


def test_a_foreign_ground_resolution_is_said():
    given = picture(0, 9_000, 4, np.uint16, REFLECTANCE.bands, ground_resolution_m=30.0)
    assert "3 times smaller" in conform(given, REFLECTANCE).notes[-1]
    assert "4 times larger" in conform(replace(given, ground_resolution_m=2.5), REFLECTANCE).notes[-1]
    assert conform(replace(given, ground_resolution_m=12.0), REFLECTANCE).notes == ()


def test_explain_tells_found_wanted_steps_and_result(tmp_path):
    from PIL import Image

    path = tmp_path / "grey.png"
    Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(48, 64)).save(path)
    report = explain(path, toy_card("vision/toy", preprocess=contract()))
    assert report.accepted
    text = report.to_text()
    assert "48 x 64 pixels; gray; uint16; values 0 to 3071" in text
    assert "grey repeated" in text
    assert "3 x 32 x 32 tensor" in text


def test_explain_reports_a_refusal_with_its_remedy(tmp_path):
    path = tmp_path / "damaged.png"
    path.write_bytes(b"no picture at all")
    report = explain(path, toy_card("vision/toy", preprocess=contract()))
    assert not report.accepted
    assert "damaged.png" in report.problem
    assert report.remedy
    text_card = toy_card(
        "text/toy", modality="text", preprocess=TextPreprocess(tokenizer=None, max_tokens=None, padding=None)
    )
    with pytest.raises(InputContractError, match="takes texts"):
        explain(path, text_card)


def test_doctor_examines_a_file_and_exits_1_on_a_refusal(tmp_path, capsys):
    from zoo.cli import main

    np.save(tmp_path / "tile.npy", np.zeros((12, 16, 16), np.uint16))
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", "--check-input", str(tmp_path / "tile.npy"), "multimodal/tiny-clip"])
    assert stopped.value.code == 1
    assert "--bands" in capsys.readouterr().out
    np.save(tmp_path / "photo.npy", np.arange(16 * 16 * 3).reshape(16, 16, 3).astype(np.uint8))
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", "--check-input", str(tmp_path / "photo.npy"), "multimodal/tiny-clip"])
    assert stopped.value.code == 0


def test_real_sentinel_2_and_landsat_tiles(shared_data):
    tile = read_picture(next((shared_data / "satellite_terramind" / "S2L2A").glob("*.tif")), bands=SENTINEL2_L2A)
    conformed = conform(tile, REFLECTANCE)
    assert conformed.pixels.shape == (224, 224, 4)
    assert tile.ground_resolution_m == pytest.approx(10, abs=0.01)
    rgb = next((shared_data / "satellite_terramind" / "S2RGB").glob("*.tif"))
    with pytest.raises(InputContractError, match="nir_narrow"):
        conform(read_picture(rgb), REFLECTANCE)
    landsat = conform(read_picture(shared_data / "satellite_geotiff" / "RGB.byte.tif"), contract())
    assert any("hold no data" in note for note in landsat.notes)


def test_every_real_dicom_file_is_explained(shared_data):
    card = toy_card("medical/toy", preprocess=contract())
    reports = [explain(path, card) for path in sorted((shared_data / "medical_dicom" / "files").glob("*.dcm"))]
    assert len(reports) == 15
    refused = [report for report in reports if not report.accepted]
    assert [report.path.rpartition("/")[2] for report in refused] == ["rtdose_1frame.dcm"]  # doses
    assert "value_range" in refused[0].to_text()


def test_a_name_is_no_card(tmp_path):
    with pytest.raises(InputContractError, match=r"want a card, got str. Ask zoo.get_card"):
        explain(tmp_path / "a.png", "multimodal/tiny-clip")


def test_what_is_no_picture_is_a_refusal_in_the_report():
    report = explain(None, toy_card("vision/toy", preprocess=contract()))
    assert (report.accepted, report.problem) == (False, "want a picture, got NoneType.")


def test_the_scale_of_a_series_does_not_hang_on_the_brightest_pixel_of_each_picture():
    """White is 255, black 0, and a grey level more is never less: 16 bit is divided by 257 whatever it holds."""
    for top in (255, 256, 4_095, 65_535):
        ramp = np.linspace(0, top, 300).astype(np.uint16).reshape(10, 30, 1).repeat(3, axis=2)
        conformed = conform(Picture(ramp, RGB), contract())
        assert np.abs(conformed.pixels - ramp / 257).max() <= 0.5
    white = conform(Picture(np.full((4, 4, 3), 65_535, np.uint16), RGB), contract())
    assert white.pixels.max() == 255


@pytest.mark.parametrize("fill", [-9999, -99_999, -32_768, -3.4e38])
def test_a_fill_value_that_is_not_declared_is_no_data_and_said(fill):
    given = picture(0.02, 0.5, 4, np.float32, REFLECTANCE.bands)
    given.pixels[:6] = fill
    conformed = conform(given, REFLECTANCE)
    assert conformed.pixels.min() > 100
    assert any("no data" in note and f"{fill:g}" in note for note in conformed.notes)


def test_one_glint_does_not_set_the_scale_of_reflectance():
    given = picture(0.02, 0.5, 4, np.float32, REFLECTANCE.bands)
    plain = conform(given, REFLECTANCE).pixels
    given.pixels[5, 5, 0] = 2.4
    glinting = conform(given, REFLECTANCE).pixels
    assert np.median(glinting) == pytest.approx(np.median(plain), rel=0.01)
    assert np.median(plain) > 1_000


def test_what_a_scanner_left_empty_is_black_in_a_window():
    pixels = np.full((8, 8, 1), 40, np.int16)
    valid = np.ones((8, 8), bool)
    valid[:3] = False
    shown = conform(Picture(pixels, GRAY, display=(-160.0, 240.0), valid=valid), contract())
    assert shown.pixels[:3].max() == 0
    assert shown.pixels[3:].min() > 100


@pytest.mark.parametrize(("share", "refused"), [(0.45, False), (0.55, True)])
def test_half_of_the_values_outside_is_another_scale(share, refused):
    values = np.full((20, 20, 4), 500, np.float32)
    values.reshape(-1, 4)[: int(400 * share)] = 20_000
    values += np.random.default_rng(0).uniform(0, 9, values.shape).astype(np.float32)
    given = Picture(values, REFLECTANCE.bands)
    if refused:
        with pytest.raises(InputContractError, match="outside 0 to 10000"):
            conform(given, REFLECTANCE)
    else:
        assert any("lie outside" in note for note in conform(given, REFLECTANCE).notes)
