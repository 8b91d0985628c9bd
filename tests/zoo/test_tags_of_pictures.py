"""What DICOM and GeoTIFF files say of their values, made here tag by tag."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import ImageError
from zoo.images import read_picture

LEVELS = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
S2 = ("B02", "B03", "B04", "B08")


def dicom(path, values, *, signed=False, n_frames=None, stored_bits=16, photometric="MONOCHROME2", **tags):
    """A small DICOM file of these stored values and tags."""
    pytest.importorskip("pydicom")
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.Modality, made.SamplesPerPixel, made.PhotometricInterpretation = "MR", 1, photometric
    made.Rows, made.Columns = values.shape[-2:]
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, stored_bits, stored_bits - 1
    made.PixelRepresentation = int(signed)
    if n_frames:
        made.NumberOfFrames = n_frames
    for name, value in tags.items():
        setattr(made, name, value)
    made.PixelData = values.tobytes()
    made.save_as(path, enforce_file_format=True)
    return path


def group(slope, window, spacing):
    """Functional groups of one frame."""
    from pydicom.dataset import Dataset

    made, values, shown, measures = Dataset(), Dataset(), Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = slope, -1_024, "HU"
    shown.WindowCenter, shown.WindowWidth = window
    measures.PixelSpacing = [spacing, spacing]
    made.PixelValueTransformationSequence, made.FrameVOILUTSequence = [values], [shown]
    made.PixelMeasuresSequence = [measures]
    return made


def test_a_frame_takes_its_own_functional_group_and_else_the_shared_one(tmp_path):
    path = dicom(
        tmp_path / "a.dcm",
        np.stack([LEVELS, LEVELS]),
        n_frames=2,
        SharedFunctionalGroupsSequence=[group(1, (40, 400), 0.5)],
        PerFrameFunctionalGroupsSequence=[group(1, (40, 400), 0.5), group(2, (50, 100), 0.25)],
    )
    first, second = read_picture(path), read_picture(path, frame=1)
    assert (first.pixels.min(), first.pixels.max()) == (-1_024, 4_095 - 1_024)
    assert (second.pixels.min(), second.pixels.max()) == (-1_024, 2 * 4_095 - 1_024)
    assert (first.display, second.display) == ((-160.0, 239.0), (0.0, 99.0))
    assert (first.ground_resolution_m, second.ground_resolution_m) == (0.0005, 0.00025)
    assert first.units == second.units == "hounsfield"


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ({"WindowCenter": 40, "WindowWidth": 400}, (-160.0, 239.0)),
        ({"WindowCenter": 40, "WindowWidth": 400, "VOILUTFunction": "LINEAR_EXACT"}, (-160.0, 240.0)),
        ({"WindowCenter": [9, 40], "WindowWidth": [0, 400]}, (-160.0, 239.0)),
        ({"WindowCenter": [40, 9], "WindowWidth": [400, 5]}, (-160.0, 239.0)),
        ({"WindowCenter": 40, "WindowWidth": -400}, (0.0, 4_095.0)),
        ({}, (0.0, 4_095.0)),
        ({"RescaleSlope": 2, "RescaleIntercept": -10}, (-10.0, 8_180.0)),
        ({"SmallestPixelValueInSeries": 5, "LargestPixelValueInSeries": 905}, (5.0, 905.0)),
        ({"WindowCenter": 0.5, "WindowWidth": 0.9}, (0.05, 0.95)),
        ({"WindowCenter": 1.5, "WindowWidth": 2, "RescaleSlope": 0.001, "RescaleIntercept": 0}, (0.5, 2.5)),
    ],
)
def test_which_values_are_shown_black_and_white(tmp_path, tags, shown):
    assert read_picture(dicom(tmp_path / "a.dcm", LEVELS, stored_bits=12, **tags)).display == pytest.approx(shown)
    inverted = dicom(tmp_path / "b.dcm", LEVELS, stored_bits=12, photometric="MONOCHROME1", **tags)
    assert read_picture(inverted).display == pytest.approx(shown[::-1])


def test_a_series_without_window_keeps_one_scale(tmp_path):
    half = read_picture(dicom(tmp_path / "a.dcm", LEVELS // 8, stored_bits=12))
    whole = read_picture(dicom(tmp_path / "b.dcm", LEVELS, stored_bits=12))
    assert half.display == whole.display
    assert any("little contrast" in note for note in half.notes)


def test_a_sigmoid_window_follows_the_standard(tmp_path):
    tags = {"WindowCenter": 2_000, "WindowWidth": 800, "VOILUTFunction": "SIGMOID"}
    found = read_picture(dicom(tmp_path / "a.dcm", LEVELS, **tags))
    np.testing.assert_allclose(found.pixels[:, :, 0], 1 / (1 + np.exp(-4 * (LEVELS - 2_000.0) / 800)), rtol=1e-5)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("padding", [63_536, -2_000])
def test_padding_is_found_in_either_sign(tmp_path, padding, signed):
    values = LEVELS.astype(np.int16)
    values[:20] = -2_000
    path = dicom(tmp_path / "a.dcm", values if signed else values.view(np.uint16), signed=signed)
    import pydicom

    made = pydicom.dcmread(path)
    made.add_new(0x00280120, "US" if padding > 0 else "SS", padding)
    made.save_as(path)
    valid = read_picture(path).valid
    assert not valid[:20].any()
    assert valid[20:].all()


def test_a_slope_of_zero_leaves_no_values(tmp_path):
    with pytest.raises(ImageError, match="slope 0"):
        read_picture(dicom(tmp_path / "a.dcm", LEVELS, RescaleSlope=0, RescaleIntercept=5))


def geotiff(path, values, *, names=None, colours=None, mask=None, tags=None, nodata=None, scale=None):
    """A small GeoTIFF of (c, h, w) values."""
    rasterio = pytest.importorskip("rasterio")
    from rasterio.transform import from_origin

    count, height, width = values.shape
    shape = {"height": height, "width": width, "count": count, "dtype": values.dtype}
    place = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    with rasterio.open(path, "w", driver="GTiff", nodata=nodata, **shape, **place) as file:
        file.write(values)
        for index, name in enumerate(names or (), 1):
            file.set_band_description(index, name)
        if scale is not None:
            file.scales, file.offsets = ([part] * count for part in scale)
        if colours is not None:
            file.colorinterp = [rasterio.enums.ColorInterp[colour] for colour in colours]
        if mask is not None:
            file.write_mask(mask)
        file.update_tags(**(tags or {}))
    return path


def measured(dtype=np.int16):
    return np.random.default_rng(0).integers(200, 4_000, (4, 32, 32)).astype(dtype)


def test_minus_9999_is_a_gap_in_one_band_and_0_only_in_all(tmp_path):
    values = measured()
    values[1, :8] = -9_999
    valid = read_picture(geotiff(tmp_path / "a.tif", values, names=S2, nodata=-9_999)).valid
    assert valid.all(axis=(0, 1)).tolist() == [True, False, True, True]
    values = measured()
    values[1, :8] = 0
    assert read_picture(geotiff(tmp_path / "b.tif", values, names=S2, nodata=0)).valid is None
    values[:, :8] = 0
    valid = read_picture(geotiff(tmp_path / "c.tif", values, names=S2, nodata=0)).valid
    assert not valid[:8].any()
    assert valid[8:].all()


def test_an_internal_mask_and_alpha_are_gaps_but_a_named_fourth_band_is_not(tmp_path):
    mask = np.full((32, 32), 255, np.uint8)
    mask[:8] = 0
    assert not read_picture(geotiff(tmp_path / "a.tif", measured(), names=S2, mask=mask)).valid[:8].any()
    values = np.full((4, 32, 32), 90, np.uint8)
    values[3] = mask
    path = geotiff(tmp_path / "b.tif", values, colours=("red", "green", "blue", "alpha"))
    assert not read_picture(path).valid[:8].any()
    assert read_picture(path, bands=("red", "green", "blue", "nir")).valid is None


@pytest.mark.parametrize(
    ("names", "colours", "bands"),
    [
        (("Band 1", "Band 2", "Band 3"), ("red", "green", "blue"), ("red", "green", "blue")),
        (None, ("blue", "green", "red"), ("blue", "green", "red")),
        (("B04", "B03", "B02"), ("red", "green", "blue"), ("B04", "B03", "B02")),
        (("B01", "B02", "B03"), ("red", "green", "blue"), ("B01", "B02", "B03")),
    ],
)
def test_colours_go_before_a_numbering(tmp_path, names, colours, bands):
    path = geotiff(tmp_path / "a.tif", measured(np.uint8)[: len(colours)], names=names, colours=colours)
    assert read_picture(path).bands == bands


@pytest.mark.parametrize(
    ("name", "tags", "scale", "least", "word"),
    [
        ("a.tif", {"BOA_ADD_OFFSET": "-1000", "PROCESSING_BASELINE": "04.00"}, None, 200, "offset of -1000"),
        ("a.tif", {"PROCESSING_BASELINE": "05.09"}, None, 1_200, "baseline 05.09"),
        ("a.tif", {"PROCESSING_BASELINE": "03.01"}, None, 1_200, None),
        ("S2A_MSIL2A_20230101T101411_N0509_R022_T33UXP.tif", {}, None, 1_200, "baseline 05.09"),
        ("S2A_MSIL2A_20200101T101411_N0301_R022_T33UXP.tif", {}, None, 1_200, None),
        ("a.tif", {}, (1e-4, -0.1), 0.02, "scale 0.0001"),
        ("a.tif", {}, (1, -1_000), 200, "offset -1000"),
    ],
)
def test_the_constant_of_newer_sentinel_2_is_taken_off_or_told(tmp_path, name, tags, scale, least, word):
    values = measured(np.uint16) + np.uint16(1_000)
    found = read_picture(geotiff(tmp_path / name, values, names=S2, tags=tags, scale=scale))
    assert found.pixels.min() == pytest.approx(least, rel=0.01)
    assert (word is None and not found.notes) or any(word in note for note in found.notes)
    assert found.units == ("reflectance" if scale == (1e-4, -0.1) else None)
