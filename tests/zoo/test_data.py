"""A user's folder or table becomes plain facts, and one bad file among good ones is one line, not a lost run."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest
from PIL import Image

from zoo.data import read, scan_folder, scan_table
from zoo.errors import DataError


def picture(path, *, size=(20, 30), mode="RGB", seed=0):
    """A random picture of (width, height) `size`; equal seeds give equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    n_channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], n_channels), dtype=np.uint8)
    Image.fromarray(pixels.squeeze()).save(path)
    return path


@pytest.fixture
def pets(tmp_path):
    """Five cats and three dogs, all different."""
    for number in range(8):
        picture(tmp_path / "pets" / ("cat" if number < 5 else "dog") / f"{number}.png", seed=number)
    return tmp_path / "pets"


def test_sub_folders_are_classes(pets):
    facts = scan_folder(pets)
    assert facts.class_names == ("cat", "dog")
    assert facts.n_per_class == {"cat": 5, "dog": 3}
    assert (facts.n_images, facts.n_unlabelled, facts.size_px) == (8, 0, 20)
    assert facts.imbalance == pytest.approx(5 / 3)
    assert facts.formats == {"PNG": 8}


def test_split_folders_are_no_classes_and_training_counts_are_those_of_train(tmp_path):
    for number, (split, label) in enumerate(
        [("train", "a"), ("train", "a"), ("train", "b"), ("Valid", "b"), ("test", "a")]
    ):
        picture(tmp_path / split / label / f"{number}.png", seed=number)
    facts = scan_folder(tmp_path)
    assert facts.class_names == ("a", "b")
    assert facts.splits == ("test", "train", "val")
    assert facts.n_per_class == {"a": 2, "b": 1}
    assert facts.counts["test"] == {"a": 1}


def test_a_train_among_other_vehicles_is_a_class(tmp_path):
    for number, name in enumerate(["train", "bus", "car"]):
        picture(tmp_path / name / f"{number}.png", seed=number)
    assert scan_folder(tmp_path).class_names == ("bus", "car", "train")


def test_a_wrapper_folder_is_looked_through(pets):
    outer = pets.parent / "outer"
    outer.mkdir()
    pets.rename(outer / "archive")
    assert scan_folder(outer).class_names == ("cat", "dog")


def test_a_flat_folder_has_no_labels(tmp_path):
    picture(tmp_path / "1.png")
    picture(tmp_path / "2.png", seed=1)
    facts = scan_folder(tmp_path)
    assert facts.class_names == ()
    assert facts.n_unlabelled == 2
    assert any("no labels" in finding for finding in facts.findings())


def test_one_class_is_said(tmp_path):
    picture(tmp_path / "cat" / "1.png")
    assert any("only one class (cat)" in finding for finding in scan_folder(tmp_path).findings())


def test_a_folder_called_images_is_no_class(tmp_path):
    picture(tmp_path / "images" / "1.png")
    assert scan_folder(tmp_path).class_names == ()


def test_labels_csv_labels_and_splits_a_flat_folder(tmp_path):
    for number in range(4):
        picture(tmp_path / "files" / f"{number}.png", seed=number)
    rows = [f"files/{n}.png,{'train' if n < 3 else 'test'},{'even' if n % 2 == 0 else 'odd'}" for n in range(4)]
    (tmp_path / "labels.csv").write_text("file,split,label\n" + "\n".join(rows))
    facts = scan_folder(tmp_path)
    assert facts.n_per_class == {"even": 2, "odd": 1}
    assert facts.counts["test"] == {"odd": 1}


def test_a_table_that_contradicts_itself_is_not_used(tmp_path):
    picture(tmp_path / "1.png")
    (tmp_path / "labels.csv").write_text("file,label\n1.png,a\n1.png,b\n")
    facts = scan_folder(tmp_path)
    assert facts.class_names == ()
    assert any("more than once" in note for note in facts.notes)


def test_bad_files_are_reported_and_the_rest_goes_on(pets):
    good = (pets / "cat" / "0.png").read_bytes()
    (pets / "cat" / "text.png").write_text("this is no picture")
    (pets / "cat" / "empty.jpg").touch()
    (pets / "dog" / "cut.png").write_bytes(good[: len(good) // 2])
    (pets / "dog" / "flipped.png").write_bytes(good[:500] + bytes([good[500] ^ 0xFF]) + good[501:])
    Image.new("1", (9000, 9000)).save(pets / "dog" / "giant.png")
    facts = scan_folder(pets)
    assert facts.n_images == 8
    reasons = {os.path.basename(bad.path): bad.reason for bad in facts.unreadable}
    assert set(reasons) == {"text.png", "empty.jpg", "cut.png", "flipped.png", "giant.png"}
    assert "empty" in reasons["empty.jpg"]
    assert "million" in reasons["giant.png"] or "giant" in reasons["giant.png"]


def test_a_jpeg_that_was_cut_off_is_found_by_its_end(tmp_path):
    whole = picture(tmp_path / "a" / "whole.jpg", size=(200, 200))
    (tmp_path / "a" / "cut.jpg").write_bytes(whole.read_bytes()[:4000])
    facts = scan_folder(tmp_path)
    assert [os.path.basename(bad.path) for bad in facts.unreadable] == ["cut.jpg"]


def test_exact_duplicates_are_grouped_across_splits_and_classes(tmp_path):
    picture(tmp_path / "train" / "a" / "1.png", seed=1)
    picture(tmp_path / "train" / "b" / "2.png", seed=1)  # the same picture under another label
    picture(tmp_path / "train" / "b" / "3.png", seed=3)
    picture(tmp_path / "test" / "b" / "4.png", seed=3)  # the same picture in the test part
    picture(tmp_path / "test" / "a" / "5.png", seed=5)
    facts = scan_folder(tmp_path)
    assert facts.n_redundant == 2
    assert [{path.name for path in group} for group in facts.duplicates_across_splits] == [{"3.png", "4.png"}]
    assert [{path.name for path in group} for group in facts.duplicates_across_classes] == [{"1.png", "2.png"}]
    assert "more than one split" in facts.findings()[0]


def test_files_that_begin_alike_but_end_differently_are_no_duplicates(tmp_path):
    size = (200, 200)
    first = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    second = first.copy()
    second[-1, -1] ^= 1
    for name, pixels in (("1.bmp", first), ("2.bmp", second)):
        Image.fromarray(pixels).save(tmp_path / name)
    assert scan_folder(tmp_path).duplicates == ()


def test_channels_and_bit_depth_are_those_of_the_files(tmp_path):
    picture(tmp_path / "a" / "grey.png", mode="L")
    picture(tmp_path / "a" / "alpha.png", mode="RGBA")
    Image.fromarray(np.zeros((8, 8), dtype=np.uint16)).save(tmp_path / "a" / "deep.png")
    np.save(tmp_path / "a" / "bands.npy", np.zeros((12, 64, 64), dtype=np.int16))
    facts = scan_folder(tmp_path)
    assert facts.n_channels == {1: 2, 4: 1, 12: 1}
    assert facts.bit_depths == {8: 2, 16: 2}
    assert any("mixed numbers of channels" in finding for finding in facts.findings())


def test_empty_class_folders_are_named(pets):
    (pets / "bird").mkdir()
    (pets / "fish").mkdir()
    (pets / "fish" / "broken.png").write_text("no")
    assert scan_folder(pets).empty_classes == ("bird", "fish")


def test_imbalance_is_said_with_the_classes(tmp_path):
    for number in range(24):
        picture(tmp_path / ("common" if number < 22 else "rare") / f"{number}.png", seed=number, size=(4, 4))
    assert any("11 : 1 (common 22, rare 2)" in finding for finding in scan_folder(tmp_path).findings())


def test_hidden_files_and_cyclic_links_are_left_alone(pets):
    picture(pets / ".cache" / "x.png", seed=99)
    (pets / "cat" / "._0.png").write_text("a resource fork")
    (pets / "cat" / "loop").symlink_to(pets)
    facts = scan_folder(pets)
    assert facts.n_images == 8
    assert facts.unreadable == ()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nowhere", "no folder"),
        (lambda folder: picture(folder / "1.png"), "a file, not a folder"),
        (lambda folder: folder, "no usable image"),
    ],
    ids=["missing", "file", "empty"],
)
def test_what_is_no_folder_of_images_is_refused_with_a_remedy(tmp_path, make, message):
    with pytest.raises(DataError, match=message) as caught:
        scan_folder(make(tmp_path))
    assert caught.value.remedy


def test_a_folder_that_holds_a_table_alone_is_that_table(tmp_path):
    (tmp_path / "labels.csv").write_text("text,label\nthe ball,sport\n")
    assert read(tmp_path).inputs == ["the ball"]
    with pytest.raises(DataError, match="holds texts and no images"):
        scan_folder(tmp_path)


def test_two_thousand_pictures_take_seconds(tmp_path):
    for number in range(2000):
        picture(tmp_path / str(number % 10) / f"{number}.png", size=(8, 8), mode="L", seed=number)
    started = time.perf_counter()
    assert scan_folder(tmp_path).n_images == 2000
    assert time.perf_counter() - started < 5


def test_real_folders_are_read_whole(shared_data):
    cifar = scan_folder(shared_data / "natural_cifar10")
    assert set(cifar.n_per_class.values()) == {200}
    dicom = scan_folder(shared_data / "medical_dicom")
    assert dicom.formats == {"DICOM": 15}
    sentinel = scan_folder(shared_data / "satellite_terramind")
    assert 12 in sentinel.n_channels


def write_rows(path, rows):
    if path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows))
    else:
        lines = [",".join(f'"{value}"' for value in row.values()) for row in rows]
        path.write_text(",".join(rows[0]) + "\n" + "\n".join(lines))
    return path


ROWS = [{"body": f"the cat and the dog number {n}", "topic": "pet" if n % 3 else "farm"} for n in range(9)]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_table_is_read_by_its_columns(tmp_path, ending):
    facts = scan_table(write_rows(tmp_path / f"t.{ending}", ROWS), text="body", label="topic")
    assert facts.n_per_class == {"farm": 3, "pet": 6}
    assert (facts.n_rows, facts.median_words, facts.language) == (9, 7, "en")
    assert not facts.looks_like_code


def test_columns_are_guessed_by_their_usual_names(tmp_path):
    facts = scan_table(write_rows(tmp_path / "t.csv", ROWS))
    assert (facts.text_column, facts.label_column) == ("body", "topic")


def test_a_wrong_column_names_the_nearest_one(tmp_path):
    with pytest.raises(DataError, match=r"no column 'bodi'.*Did you mean 'body'"):
        scan_table(write_rows(tmp_path / "t.csv", ROWS), text="bodi")


def test_broken_rows_are_reported_with_their_line(tmp_path):
    table = tmp_path / "t.jsonl"
    table.write_text('{"text": "good", "label": "a"}\n{"text": "cut off\n[1]\n{"text": "fine", "label": "b"}\n')
    facts = scan_table(table)
    assert facts.n_rows == 2
    assert [bad.path for bad in facts.unreadable] == ["t.jsonl:2", "t.jsonl:3"]


def test_repeated_and_conflicting_texts_are_counted(tmp_path):
    rows = [
        {"text": "one", "label": "a", "split": "train"},
        {"text": "one", "label": "a", "split": "test"},
        {"text": "two", "label": "a", "split": "train"},
        {"text": "two", "label": "b", "split": "train"},
        {"text": "", "label": "b", "split": "train"},
    ]
    facts = scan_table(write_rows(tmp_path / "t.csv", rows))
    assert (facts.n_duplicates, facts.n_across_splits, facts.n_conflicting, facts.n_empty) == (2, 1, 1, 1)
    assert "more than one split" in facts.findings()[0]


def test_code_is_told_from_prose(shared_data):
    assert scan_table(shared_data / "code_language_id" / "labels.jsonl").looks_like_code
    assert not scan_table(shared_data / "text_unfair_tos" / "labels.csv").looks_like_code


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "", "no usable row"),
        ("t.docx", "x", "no reader for .docx"),
        ("t.json", '{"text": "a"}', "no array of objects"),
        ("t.csv", "text,label\n,a\n", "empty in every row"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        scan_table(tmp_path / name)


def test_a_table_that_is_not_utf8_is_read_and_that_is_said(tmp_path):
    (tmp_path / "t.csv").write_bytes("text,label\nun café noir,a\nle thé vert,b\n".encode("latin-1"))
    data = read(tmp_path / "t.csv")
    assert data.inputs == ["un café noir", "le thé vert"]
    assert any("not UTF-8" in note for note in data.notes)


@pytest.mark.parametrize("place", [None, 3, "", ["a"], b"a"])
@pytest.mark.parametrize("scan", [scan_folder, scan_table])
def test_what_is_no_path_is_refused(scan, place):
    with pytest.raises(DataError, match="want a path, got"):
        scan(place)


@pytest.mark.parametrize("scan", [scan_folder, scan_table])
def test_a_text_too_long_for_a_path_is_refused(scan):
    with pytest.raises(DataError, match=r"xxx' is (no folder|not there)"):
        scan("x" * 5000)


def test_a_home_of_nobody_is_refused():
    with pytest.raises(DataError, match="the home of nobody"):
        scan_folder("~no-such-person/pictures")


@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_json_that_is_nested_without_end_is_refused(tmp_path, name):
    (tmp_path / name).write_text("[" * 100_000)
    with pytest.raises(DataError, match="no JSON"):
        scan_table(tmp_path / name)


def test_a_missing_value_is_no_class(tmp_path):
    (tmp_path / "t.json").write_text('[{"text": "a", "label": NaN}, {"text": NaN, "label": "b"}, {"text": "c"}]')
    facts = scan_table(tmp_path / "t.json")
    assert (facts.n_unlabelled, facts.n_empty, facts.class_names) == (2, 1, ())


def test_a_column_is_named_by_a_text(tmp_path):
    with pytest.raises(DataError, match=r"want the name of a column, got 1\. t\.csv has: body, topic"):
        scan_table(write_rows(tmp_path / "t.csv", ROWS), label=1)


def test_the_first_broken_row_is_named_where_none_is_good(tmp_path):
    (tmp_path / "t.csv").write_text("text,label\nabc,d,e\n")
    with pytest.raises(DataError, match=r"t.csv:2: 3 fields, the header has 2"):
        scan_table(tmp_path / "t.csv")


def test_a_folder_without_a_usable_picture_says_what_is_there(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        scan_folder(tmp_path)
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(DataError, match=r"1 image file cannot be read \(a.png: the file is empty\), 1 file of other"):
        scan_folder(tmp_path)


def test_half_a_character_in_json_costs_no_row(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"text": "a \\ud83d cat", "label": "\\ud800"}\n')
    data = read(tmp_path / "t.jsonl")
    assert (data.inputs[0], data.class_names) == ("a ? cat", ("?",))


def test_a_table_without_a_known_column_of_labels_names_those_that_may_be_it(tmp_path):
    table = tmp_path / "papers.csv"
    table.write_text("abstract,answer,id\nlong words of a paper,yes,1\nmore words of another,no,2\n")
    facts = scan_table(table)
    assert facts.other_columns == ("answer",)
    assert "no labels: name their column (--label, label=) if it is answer." in facts.findings()
    assert not any("no labels" in said for said in scan_table(table, label="answer").findings())
    table.write_text("abstract,id\nlong words of a paper,1\nmore words of another,2\n")
    assert "no labels." in scan_table(table).findings()
