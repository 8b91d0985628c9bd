"""One door for users' data: what each form says is read right, or refused with the option that helps."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from zoo.data import read, scan_folder
from zoo.data.folders import split_of
from zoo.data.near_copies import near_copies
from zoo.errors import DataError


def picture(path, seed=0, side=24):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def scans(tmp_path):
    """Eight pictures in images/, and what stands beside them is up to the test."""
    for number in range(8):
        picture(tmp_path / "images" / f"s{number:03}.png", seed=number)
    return tmp_path


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_table_of_pictures_with_patients_is_no_table_of_texts(scans):
    rows = [f"s{n:03}.png,{'mass' if n % 2 else 'clear'},P{n // 2}" for n in range(8)]
    data = read(write(scans / "t.csv", "image,finding,patient_id", *rows))
    assert (data.modality, data.kind, data.class_names) == ("image", "classification", ("clear", "mass"))
    assert data.groups == tuple(f"P{n // 2}" for n in range(8))
    assert [data.class_names[t] for t in data.targets[:2]] == ["clear", "mass"]
    assert data.columns == {"image": "image", "label": "finding", "group": "patient_id"}
    for option in ("--image", "--label", "--group"):
        assert any(option in note for note in data.notes)


def test_a_cell_of_several_findings_is_multi_label_and_no_finding_is_none_of_them(scans):
    cells = ["No Finding", "Effusion|Mass", "Mass", "Effusion"] * 2
    rows = [f"s{n:03}.png,{cell},{n}" for n, cell in enumerate(cells)]
    data = read(write(scans / "t.csv", "Image Index,Finding Labels,Patient ID", *rows))
    assert (data.kind, data.class_names) == ("multilabel", ("Effusion", "Mass"))
    assert data.targets[:4].tolist() == [[0, 0], [1, 1], [0, 1], [1, 0]]


def test_columns_of_0_and_1_are_labels(scans):
    rows = [f"s{n:03}.png,{n % 2},{n // 4},{'' if n == 7 else 0}" for n in range(8)]
    data = read(write(scans / "t.csv", "path,Effusion,Mass,Nodule", *rows))
    assert (data.kind, data.class_names) == ("multilabel", ("Effusion", "Mass"))
    assert data.targets[5].tolist() == [1, 1]


def test_one_column_of_0_and_1_a_class_is_one_class_a_row(scans):
    rows = [f"s{n:03}.png,{int(n % 2 == 0)},{int(n % 2 == 1)}" for n in range(8)]
    data = read(write(scans / "t.csv", "path,even,odd", *rows))
    assert (data.kind, data.class_names) == ("classification", ("even", "odd"))


@pytest.mark.parametrize(
    "cell",
    ["images/s{:03}.png", "s{:03}.png", "s{:03}", "images\\s{:03}.png", "./images/s{:03}.png", "S{:03}.PNG"],
)  # fmt: skip
def test_pictures_are_found_under_every_spelling_of_their_path(scans, cell):
    rows = [f"{cell.format(n)},{'ab'[n % 2]}" for n in range(8)]
    data = read(write(scans / "t.csv", "id,label", *rows))
    assert [path.rsplit("/", 1)[-1] for path in data.inputs] == [f"s{n:03}.png" for n in range(8)]


def test_pictures_that_are_not_there_are_counted_and_named(scans):
    rows = [f"s{n:03}.png,{'ab'[n % 2]}" for n in range(6, 12)]
    data = read(write(scans / "t.csv", "file,label", *rows))
    assert len(data) == 2
    assert any("4 of 6 pictures" in note and "s008.png" in note for note in data.notes)
    with pytest.raises(DataError, match=r"none of the 2 pictures .* \(x.png, y.png\); looked in") as caught:
        read(write(scans / "u.csv", "file,label", "x.png,a", "y.png,b"))
    assert "--image" in caught.value.remedy


def test_two_columns_that_could_be_the_label_are_asked_for(scans):
    rows = [f"s{n:03}.png,{'ab'[n % 2]},{'xy'[n // 4]}" for n in range(8)]
    table = write(scans / "t.csv", "file,shape,colour", *rows)
    with pytest.raises(DataError, match="shape and colour") as caught:
        read(table)
    assert "--label shape" in caught.value.remedy
    assert read(table, label="colour").class_names == ("x", "y")


def test_pictures_and_texts_in_one_table_are_asked_for(scans):
    rows = [f"s{n:03}.png,some words about number {n},{'ab'[n % 2]}" for n in range(8)]
    table = write(scans / "t.csv", "image,tweet,label", *rows)
    with pytest.raises(DataError, match="could both be the input") as caught:
        read(table)
    assert "--text tweet" in caught.value.remedy
    assert read(table, image="image").modality == "image"
    assert read(table, text="tweet").modality == "text"


def test_a_quantity_is_no_class(scans):
    rows = [f"s{n:03}.png,{n * 1.37}" for n in range(8)]
    with pytest.raises(DataError, match="a quantity, no classes"):
        read(write(scans / "t.csv", "file,label", *rows))


def test_a_group_in_two_given_splits_is_said(scans):
    rows = [f"s{n:03}.png,{'ab'[n % 2]},P{n % 3},{['train', 'test'][n // 4]}" for n in range(8)]
    data = read(write(scans / "t.csv", "file,label,patient,split", *rows))
    assert any("3 groups of column patient lie in more than one split" in note for note in data.notes)


def test_groups_of_file_names_are_a_pattern_on_request(tmp_path):
    for number in range(12):
        picture(tmp_path / "ab"[number % 2] / f"patient{number // 2:02}_{number}.png", seed=number)
    data = read(tmp_path)
    assert data.groups is None
    assert any("prefixes" in note and "--group" in note for note in data.notes)
    assert read(tmp_path, group=r"(patient\d+)_").groups[:2] == ("patient00", "patient01")
    with pytest.raises(DataError, match="finds nothing"):
        read(tmp_path, group="(case[0-9]+)")


def test_patients_below_classes_are_groups_on_request_and_two_levels_are_asked_for(tmp_path):
    for number in range(8):
        picture(tmp_path / "one" / "ab"[number % 2] / f"p{number // 2}{number % 2}" / f"{number}.png", seed=number)
        picture(tmp_path / "two" / f"p{number // 2}" / "ab"[number % 2] / f"{number}.png", seed=number)
    assert read(tmp_path / "one").class_names == ("a", "b")
    assert len(set(read(tmp_path / "one", group="folder").groups)) == 8
    with pytest.raises(DataError, match="could both be the classes") as caught:
        read(tmp_path / "two")
    assert "folder 2" in caught.value.remedy
    assert read(tmp_path / "two", label="folder 2").class_names == ("a", "b")


def test_names_that_differ_in_case_are_merged_only_on_request(tmp_path):
    for number, name in enumerate(["Cat", "cat", "dog"] * 2):
        picture(tmp_path / name / f"{number}.png", seed=number)
    assert read(tmp_path).class_names == ("Cat", "cat", "dog")
    assert any("Cat / cat" in note and "--merge-labels" in note for note in read(tmp_path).notes)
    assert len(read(tmp_path, merge_labels=True).class_names) == 2


def test_folders_that_are_no_data_are_left_out_and_told(tmp_path):
    for number in range(4):
        picture(tmp_path / "ab"[number % 2] / f"{number}.png", seed=number)
    for junk in ("__MACOSX", "thumbnails"):
        picture(tmp_path / junk / "x.png", seed=9)
    picture(tmp_path / ".ipynb_checkpoints" / "y.png", seed=9)
    data = read(tmp_path)
    assert (len(data), data.class_names) == (4, ("a", "b"))
    assert any("__MACOSX (1)" in note and "thumbnails (1)" in note for note in data.notes)


def test_one_file_of_seven_bands_among_pictures_is_left_out(tmp_path):
    for number in range(20):
        picture(tmp_path / "ab"[number % 2] / f"{number}.png", seed=number)
    np.save(tmp_path / "a" / "odd.npy", np.zeros((40, 40, 7), np.uint8))
    data = read(tmp_path)
    assert (data.modality, len(data)) == ("image", 20)
    assert [reason for _, reason in data.left_out] == ["7 channels, the others have 3"]


@pytest.mark.parametrize(
    ("name", "split"),
    [("training_set", "train"), ("val2017", "val"), ("seg_test", "test"), ("TRAIN", "train"), ("treino", "train"),
     ("dev", "val"), ("train_station", None), ("contest", None), ("testament", None), ("cat", None)],
)  # fmt: skip
def test_splits_are_known_in_their_spellings_and_other_words_are_not(name, split):
    assert split_of(name) == split


def test_near_copies_are_found_and_others_are_not(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for number in range(6):
        base = np.asarray(Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((64, 64), 3))
        for copy in range(2):
            noisy = (base.astype(int) + rng.integers(-6, 7, base.shape)).clip(0, 255).astype(np.uint8)
            paths.append(tmp_path / f"{number}{copy}.png")
            Image.fromarray(noisy).save(paths[-1])
    assert near_copies([str(path) for path in paths]) == [[2 * n, 2 * n + 1] for n in range(6)]


def test_frames_and_lists_at_hand_are_read(scans):
    rows = [{"text": f"word number {n}", "label": "ab"[n % 2]} for n in range(6)]
    columns = {name: [row[name] for row in rows] for name in ("text", "label")}
    import pandas
    import pyarrow

    for source in (
        rows,
        columns,
        pandas.DataFrame(rows),
        pyarrow.table(columns),
        [(r["text"], r["label"]) for r in rows],
    ):
        data = read(source)
        assert (len(data), data.class_names, data.inputs[0]) == (6, ("a", "b"), "word number 0")


def test_other_files_of_a_folder_are_counted(scans):
    write(scans / "notes.txt", "hello")
    assert scan_folder(scans).n_other_files == 1
