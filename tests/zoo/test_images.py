"""Readers keep what a file says: depth, bands, units, windows; damaged files are one clear error."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from zoo.cards import GRAY, RGB
from zoo.errors import ImageError
from zoo.images import read_picture


def noise(*shape, dtype=np.uint8, high=255):
    return np.random.default_rng(0).integers(0, high + 1, shape).astype(dtype)


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tif"])
def test_eight_bit_colour_survives_every_lossless_format(tmp_path, suffix):
    pixels = noise(20, 30, 3)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(pixels).save(path, **({"lossless": True} if suffix == "webp" else {}))
    picture = read_picture(path)
    assert np.array_equal(picture.pixels, pixels)
    assert (picture.bands, picture.units, picture.notes) == (RGB, "uint8", ())


def test_sixteen_bit_png_stays_sixteen_bit_in_grey_and_in_colour(tmp_path):
    grey = noise(9, 7, dtype=np.uint16, high=65_535)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_picture(tmp_path / "grey.png").pixels[:, :, 0], grey)

    from imagecodecs import png_encode

    colour = noise(9, 7, 3, dtype=np.uint16, high=65_535)
    (tmp_path / "colour.png").write_bytes(png_encode(colour))
    picture = read_picture(tmp_path / "colour.png")
    assert picture.units == "uint16"
    assert np.array_equal(picture.pixels, colour)


def test_the_bytes_decide_not_the_name(tmp_path):
    Image.fromarray(noise(5, 5, 3)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg").pixels.shape == (5, 5, 3)


def test_palette_alpha_and_orientation_are_noted(tmp_path):
    rgba = noise(6, 6, 4)
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    picture = read_picture(tmp_path / "alpha.png")
    assert np.array_equal(picture.pixels, rgba[:, :, :3])
    assert "transparency dropped" in picture.notes[0]
    Image.fromarray(noise(6, 6, 3)).quantize(8).save(tmp_path / "palette.png")
    assert "palette" in read_picture(tmp_path / "palette.png").notes[0]
    turned = Image.fromarray(noise(6, 8, 3))
    exif = turned.getexif()
    exif[274] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    picture = read_picture(tmp_path / "turned.jpg")
    assert picture.pixels.shape == (6, 8, 3)
    assert "orientation 6 is not applied" in picture.notes[0]


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("bands", [("red", "green", "blue", "nir"), ("VV", "VH")], ids=["four", "two"])
def test_the_last_channel_is_a_band_where_every_channel_has_a_name(tmp_path, bands, ending):
    pixels = noise(6, 7, len(bands))
    image = Image.fromarray(pixels)
    image.save(tmp_path / f"a{ending}")
    for source in (tmp_path / f"a{ending}", image):
        picture = read_picture(source, bands=bands)
        assert np.array_equal(picture.pixels, pixels)
        assert (picture.bands, picture.notes) == (bands, ())


@pytest.mark.parametrize("photometric", ["rgb", "minisblack"])
def test_a_fourth_channel_of_no_stated_meaning_can_be_named(tmp_path, photometric):
    from tifffile import imwrite

    pixels = noise(6, 7, 4)
    extra = ["unspecified"] if photometric == "rgb" else None
    imwrite(tmp_path / "a.tif", pixels, photometric=photometric, planarconfig="contig", extrasamples=extra)
    assert np.array_equal(read_picture(tmp_path / "a.tif", bands=("r", "g", "b", "nir")).pixels, pixels)


def test_a_deep_fourth_channel_is_a_band_where_it_has_a_name(tmp_path):
    from imagecodecs import png_encode

    pixels = noise(6, 7, 4, dtype=np.uint16, high=65_535)
    (tmp_path / "a.png").write_bytes(png_encode(pixels))
    assert np.array_equal(read_picture(tmp_path / "a.png", bands=("r", "g", "b", "nir")).pixels, pixels)
    assert read_picture(tmp_path / "a.png").bands == RGB


def test_arrays_and_tensors_in_every_layout():
    import torch

    pixels = noise(11, 13, 3)
    assert np.array_equal(read_picture(pixels).pixels, pixels)
    assert read_picture(pixels[:, :, 0]).bands == GRAY
    first = read_picture(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
    assert np.array_equal(first.pixels, pixels)
    assert "taken as (channels, height, width)" in first.notes[0]
    assert np.array_equal(read_picture(torch.from_numpy(pixels.transpose(2, 0, 1).copy())).pixels, pixels)
    named = read_picture(noise(5, 5, 4), bands=("red", "green", "blue", "nir"))
    assert named.bands == ("red", "green", "blue", "nir")
    with pytest.raises(ImageError, match="4 channels, but 2 bands"):
        read_picture(noise(5, 5, 4), bands=("red", "nir"))


def test_npy_is_read_and_a_pickle_in_it_is_not(tmp_path):
    values = noise(12, 8, 5, dtype=np.uint16, high=9_000)
    np.save(tmp_path / "a.npy", values)
    assert np.array_equal(read_picture(tmp_path / "a.npy").pixels, values)
    np.savez(tmp_path / "two.npz", a=values, b=values)
    with pytest.raises(ImageError, match="2 arrays"):
        read_picture(tmp_path / "two.npz")
    np.save(tmp_path / "object.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ImageError, match=r"object\.npy"):
        read_picture(tmp_path / "object.npy")


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "missing", "folder"])
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "npy", "dcm"])
def test_a_damaged_file_is_one_clear_error(tmp_path, damage, suffix):
    path = tmp_path / f"bad.{suffix}"
    if damage == "text":
        path.write_text("this is no picture" * 20)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "folder":
        path.mkdir()
    elif damage == "cut":
        whole = tmp_path / "whole"
        if suffix == "npy":
            np.save(tmp_path / "whole.npy", noise(64, 64, 3))
            whole = tmp_path / "whole.npy"
        else:
            Image.fromarray(noise(64, 64, 3)).save(whole, format={"jpg": "jpeg", "tif": "tiff"}.get(suffix, "png"))
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(ImageError, match="bad") as caught:
        read_picture(path)
    assert caught.value.remedy


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_in_the_middle_is_refused_though_an_end_mark_was_put_behind(tmp_path, share, progressive):
    Image.fromarray(noise(200, 200, 3)).save(tmp_path / "whole.jpg", progressive=progressive)
    data = (tmp_path / "whole.jpg").read_bytes()
    for end in (b"", b"\xff\xd9"):
        (tmp_path / "cut.jpg").write_bytes(data[: int(len(data) * share)] + end)
        with pytest.raises(ImageError):
            read_picture(tmp_path / "cut.jpg")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_has_the_pixels_of_pillow(tmp_path, mode):
    Image.fromarray(noise(50, 70, 3)).convert(mode).save(tmp_path / "a.jpg", quality=80)
    wanted = np.asarray(Image.open(tmp_path / "a.jpg").convert("L" if mode == "L" else "RGB"))
    assert np.array_equal(read_picture(tmp_path / "a.jpg").pixels.reshape(wanted.shape), wanted)


def test_a_bomb_is_refused_from_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ImageError, match="million"):
        read_picture(path)


def test_a_window_is_cut_out_and_must_lie_inside(tmp_path):
    pixels = noise(20, 30, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(read_picture(tmp_path / "a.png", window=(2, 3, 4, 5)).pixels, pixels[2:6, 3:8])
    with pytest.raises(ImageError, match="leaves"):
        read_picture(tmp_path / "a.png", window=(18, 0, 4, 5))


def test_every_dicom_file_decodes_to_the_stated_values(shared_data):
    """Sizes, and ranges of stored values before the rescale, as pydicom's own notes beside the files say."""
    import pydicom

    folder = shared_data / "medical_dicom"
    rows = list(csv.DictReader((folder / "labels.csv").open(encoding="utf-8")))
    assert len(rows) == 15
    for row in rows:
        picture = read_picture(folder / row["file"])
        assert picture.size_px == (int(row["rows"]), int(row["cols"])), row["file"]
        _, dtype, low, high = row["decoded_shape_dtype_min_max"].split("|")
        data = pydicom.dcmread(folder / row["file"])
        if picture.bands == GRAY and row["modality"] != "RTDOSE":
            slope, intercept = float(data.get("RescaleSlope", 1)), float(data.get("RescaleIntercept", 0))
            assert picture.pixels.min() == pytest.approx(int(low) * slope + intercept), row["file"]
            assert picture.pixels.max() == pytest.approx(int(high) * slope + intercept), row["file"]
        elif "YBR" not in row["photometric"] and dtype == "uint8" and "PALETTE" not in row["photometric"]:
            assert (picture.pixels.min(), picture.pixels.max()) == (int(low), int(high)), row["file"]


def dicom(path, pixels, **facts):
    """A small grey DICOM file written by pydicom."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.Rows, data.Columns = pixels.shape[-2:]
    data.SamplesPerPixel, data.BitsAllocated, data.BitsStored, data.HighBit = 1, 16, 16, 15
    data.PixelRepresentation = int(pixels.dtype == np.int16)
    data.PhotometricInterpretation = "MONOCHROME2"
    data.PixelData = pixels.tobytes()
    for name, value in facts.items():
        setattr(data, name, value)
    data.save_as(path)
    return path


def test_dicom_is_rescaled_before_the_window(tmp_path):
    stored = np.array([[0, 1000, 2000, 3000]], np.int16)
    path = dicom(tmp_path / "ct.dcm", stored, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400)
    picture = read_picture(path)
    assert picture.pixels.ravel().tolist() == [-1024, -24, 976, 1976]
    assert picture.display == pytest.approx((-160, 240), abs=1)


def test_monochrome1_is_turned_round_and_said(tmp_path):
    path = dicom(
        tmp_path / "x.dcm",
        np.array([[0, 100]], np.uint16),
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=50,
        WindowWidth=100,
    )
    picture = read_picture(path)
    assert picture.display[0] > picture.display[1]
    assert any("MONOCHROME1" in note for note in picture.notes)


def test_a_frame_of_many_is_chosen_and_the_others_are_noted(tmp_path):
    frames = noise(3, 4, 5, dtype=np.uint16, high=900)
    path = dicom(tmp_path / "cine.dcm", frames, NumberOfFrames=3)
    assert np.array_equal(read_picture(path, frame=2).pixels[:, :, 0], frames[2])
    assert "frame 3 of 3" in read_picture(path, frame=2).notes[0]
    with pytest.raises(ImageError, match="3 frames"):
        read_picture(path, frame=3)


def group(**facts):
    """The functional groups of an enhanced object."""
    from pydicom.dataset import Dataset

    made = Dataset()
    for sequence, names in (
        ("PixelValueTransformationSequence", ("RescaleSlope", "RescaleIntercept", "RescaleType")),
        ("FrameVOILUTSequence", ("WindowCenter", "WindowWidth")),
        ("PixelMeasuresSequence", ("PixelSpacing",)),
    ):
        item = Dataset()
        for name in names:
            if name in facts:
                setattr(item, name, facts[name])
        setattr(made, sequence, [item])
    return made


def test_each_frame_of_an_enhanced_object_has_its_own_groups_over_those_of_all(tmp_path):
    stored = noise(2, 6, 6, dtype=np.uint16, high=2_000)
    shared = group(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU", PixelSpacing=[0.5, 0.5])
    own = [group(WindowCenter=40, WindowWidth=400), group(WindowCenter=-600, WindowWidth=1500)]
    path = dicom(
        tmp_path / "e.dcm", stored, NumberOfFrames=2,
        SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=own,
    )  # fmt: skip
    first, second = read_picture(path), read_picture(path, frame=1)
    assert first.units == "hounsfield"
    assert np.array_equal(second.pixels[:, :, 0], stored[1] - 1024.0)
    assert first.display == pytest.approx((-160, 240), abs=1)
    assert second.display == pytest.approx((-1350, 150), abs=1)
    assert first.ground_resolution_m == pytest.approx(0.0005)


@pytest.mark.parametrize("width", [0, -400])
def test_a_window_without_width_is_not_used_and_said(tmp_path, width):
    stored = noise(6, 6, dtype=np.uint16, high=2_000)
    picture = read_picture(dicom(tmp_path / "w.dcm", stored, WindowCenter=40, WindowWidth=width))
    assert picture.display == (0.0, 65_535.0)
    assert any(f"width {width}" in note for note in picture.notes)


def test_a_window_narrower_than_one_is_taken_exactly(tmp_path):
    path = dicom(tmp_path / "n.dcm", noise(6, 6, dtype=np.uint16), WindowCenter=0.5, WindowWidth=0.8)
    assert read_picture(path).display == pytest.approx((0.1, 0.9))


def test_padding_of_signed_pixels_that_is_written_unsigned_is_found(tmp_path):
    stored = noise(6, 6, dtype=np.int16, high=900)
    stored[:2] = -2000
    path = dicom(tmp_path / "p.dcm", stored)
    import pydicom

    data = pydicom.dcmread(path)
    data.add_new(0x00280120, "US", 63_536)  # PixelPaddingValue
    data.save_as(path)
    assert read_picture(path).valid[:, 0].tolist() == [False, False, True, True, True, True]


def test_one_band_without_data_makes_the_pixel_one_without(tmp_path):
    values = noise(4, 20, 30, dtype=np.int16, high=9_000) + np.int16(1)
    values[2, :5] = -9999
    picture = read_picture(geotiff(tmp_path / "a.tif", values, names=("B02", "B03", "B04", "B08"), nodata=-9999))
    assert picture.valid.all(axis=2).mean() == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("names", "colours", "bands"),
    [
        (("Band 1", "Band 2", "Band 3"), ("red", "green", "blue"), ("red", "green", "blue")),
        (("Band 1", "Band 2", "Band 3"), ("blue", "green", "red"), ("blue", "green", "red")),
        (("b1", "b2", "b3"), ("gray", "undefined", "undefined"), None),
        (("B1", "B2", "B3"), ("gray", "undefined", "undefined"), ("B1", "B2", "B3")),
        (("B02", "B03", "B04"), ("red", "green", "blue"), ("B02", "B03", "B04")),
    ],
)
def test_a_number_is_no_name_of_a_band(tmp_path, names, colours, bands):
    import rasterio

    path = geotiff(tmp_path / "n.tif", noise(3, 6, 6), names=names)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [rasterio.enums.ColorInterp[colour] for colour in colours]
    assert read_picture(path).bands == bands


def test_the_offset_of_newer_sentinel_products_is_taken_off_where_it_is_stated(tmp_path):
    import rasterio

    values = noise(1, 6, 6, dtype=np.uint16, high=4_000) + np.uint16(1_000)
    path = geotiff(tmp_path / "S2A_MSIL2A_20230101T101411_N0509_R022_T33UXP.tif", values)
    assert any("processing baseline 05.09" in note for note in read_picture(path).notes)
    with rasterio.open(path, "r+") as file:
        file.update_tags(BOA_ADD_OFFSET="-1000")
    assert np.array_equal(read_picture(path).pixels[:, :, 0], values[0] - 1000.0)


def geotiff(path, values, **facts):
    import rasterio
    from rasterio.transform import from_origin

    profile = {
        "driver": "GTiff",
        "count": values.shape[0],
        "height": values.shape[1],
        "width": values.shape[2],
        "dtype": values.dtype,
        "crs": "EPSG:32633",
        "transform": from_origin(500_000, 5_000_000, 10, 10),
        "nodata": facts.get("nodata"),
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(values)
        if "names" in facts:
            file.descriptions = facts["names"]
        if "scale" in facts:
            file.scales = (facts["scale"],) * values.shape[0]
            file.offsets = (facts["offset"],) * values.shape[0]
    return path


def test_geotiff_keeps_names_resolution_and_no_data(tmp_path):
    values = noise(4, 20, 30, dtype=np.uint16, high=9_000) + np.uint16(1)
    values[:, :5] = 0
    path = geotiff(tmp_path / "a.tif", values, names=("B02", "B03", "B04", "B08"), nodata=0)
    picture = read_picture(path)
    assert picture.bands == ("B02", "B03", "B04", "B08")
    assert picture.ground_resolution_m == 10
    assert picture.valid.mean() == pytest.approx(0.75)
    assert np.array_equal(picture.pixels, values.transpose(1, 2, 0))
    window = read_picture(path, window=(6, 2, 8, 9))
    assert np.array_equal(window.pixels, values[:, 6:14, 2:11].transpose(1, 2, 0))


def test_geotiff_scale_and_offset_are_applied_and_noted(tmp_path):
    values = noise(1, 6, 6, dtype=np.uint16, high=40_000)
    picture = read_picture(geotiff(tmp_path / "a.tif", values, scale=2.75e-5, offset=-0.2))
    np.testing.assert_allclose(picture.pixels[:, :, 0], values[0] * 2.75e-5 - 0.2, rtol=1e-5, atol=1e-6)
    assert any("scale" in note for note in picture.notes)


def test_ome_tiff_keeps_channel_names_and_pixel_size(tmp_path):
    import tifffile

    planes = noise(3, 16, 18, dtype=np.uint16, high=4_000)
    metadata = {
        "axes": "CYX",
        "Channel": {"Name": ["DAPI", "Actin", "Mito"]},
        "PhysicalSizeX": 0.65,
        "PhysicalSizeXUnit": "µm",
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", planes, metadata=metadata, photometric="minisblack")
    picture = read_picture(tmp_path / "a.ome.tif")
    assert picture.bands == ("DAPI", "Actin", "Mito")
    assert np.array_equal(picture.pixels, planes.transpose(1, 2, 0))
    assert picture.ground_resolution_m == pytest.approx(0.65e-6)


@pytest.mark.parametrize("name", ["a\0b.png", "\ud800.png"])
def test_a_name_that_no_file_can_have_is_one_clear_error(name):
    with pytest.raises(ImageError, match="no file can be called"):
        read_picture(name)


@pytest.mark.parametrize("window", [(0, 0, 1), "abcd", (0, 0, None, 1), 5])
def test_a_window_is_four_whole_numbers(window):
    with pytest.raises(ImageError, match="Give four whole numbers"):
        read_picture(noise(9, 9, 3), window=window)


@pytest.mark.parametrize("frame", [1, 9, -1])
def test_a_frame_that_is_not_there_is_no_damage(tmp_path, frame):
    Image.fromarray(noise(9, 9, 3)).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match=rf"want frame {frame} of '.*a.png', it has 1\."):
        read_picture(tmp_path / "a.png", frame=frame)


@pytest.mark.parametrize(
    ("changes", "message"), [({"frame": "a"}, "frame is 'a'"), ({"bands": "RGB"}, "bands are 'RGB'")]
)
def test_frames_are_numbers_and_bands_are_names(changes, message):
    with pytest.raises(ImageError, match=message):
        read_picture(noise(9, 9, 3), **changes)
