"""Bands are found by what they are, whatever the file calls them."""

from __future__ import annotations

import pytest

from zoo.bands import identities, match_bands
from zoo.errors import InputContractError

SENTINEL2_L2A = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (("B02", "B8A", "B12"), ("blue", "nir_narrow", "swir_2")),
        (("B2", "B8a", "B12"), ("blue", "nir_narrow", "swir_2")),
        (("S2_B05", "S2A:B11"), ("red_edge_1", "swir_1")),
        (("L8_B5", "LC08_SR_B6"), ("nir_narrow", "swir_1")),
        (("L7_B4", "LE07_B7"), ("nir", "swir_2")),
        (("490 nm", "0.665", "2.19um", "1610"), ("blue", "red", "swir_2", "swir_1")),
        (("Red", "NIR_BROAD", "rededge2"), ("red", "nir", "red_edge_2")),
        (("VV", "DAPI", "5000 nm"), ("vv", "nucleus", "5000_nm")),
    ],
)
def test_a_name_is_taken_to_what_it_means(names, meant):
    assert identities(names) == meant


def test_bands_are_selected_and_reordered():
    assert match_bands(("red", "green", "blue"), SENTINEL2_L2A).indices == (3, 2, 1)
    assert match_bands(("B11", "B04"), SENTINEL2_L2A).indices == (10, 3)


def test_names_outside_optics_are_matched_as_they_are():
    assert match_bands(("dapi", "actin"), ("Actin", "Mito", "DAPI")).indices == (2, 0)


def test_a_missing_band_is_named_beside_what_there_is():
    with pytest.raises(InputContractError, match=r"wants the band swir_1; tile.tif has red, green, blue"):
        match_bands(("red", "swir_1"), ("red", "green", "blue"), "tile.tif")


def test_a_number_that_two_instruments_use_differently_is_refused():
    landsat_or_sentinel = ("B1", "B2", "B3", "B4", "B5", "B6", "B7")
    with pytest.raises(InputContractError, match="'L8_B5'"):
        match_bands(("red", "nir"), (*landsat_or_sentinel[:4], "B5"))
    with pytest.raises(InputContractError, match="Landsat"):
        match_bands(("B04", "B05"), landsat_or_sentinel)
    assert match_bands(("red", "green", "blue"), landsat_or_sentinel).indices == (3, 2, 1)


def test_near_infrared_of_another_width_stands_in_and_says_so():
    match = match_bands(("red", "nir"), ("L8_B4", "L8_B5"))
    assert match.indices == (0, 1)
    assert "near infrared" in match.notes[0]


def test_the_narrow_band_is_preferred_where_both_are_there():
    assert match_bands(("nir_narrow",), SENTINEL2_L2A) == match_bands(("B8A",), SENTINEL2_L2A)
