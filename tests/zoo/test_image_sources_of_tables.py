"""Verbs that take pictures or texts take the tables and archives that hold them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from zoo.errors import DataError, LabelsError
from zoo.image_sources import expand, texts_in
from zoo.zero_shot.prompts import read_labels_file


@pytest.fixture
def pictures(tmp_path):
    for number in range(4):
        path = tmp_path / "images" / f"p{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), number * 60, np.uint8)).save(path)
    return tmp_path


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("path", "images/p{}.png"),
        ("image,finding", "p{}.png,x"),
        ("Image Index;Finding", "p{}.png;x"),
        ("breed,id", "x,p{}"),
    ],
)
def test_a_table_gives_its_pictures_wherever_they_lie_below_it(pictures, heading, row):
    table = pictures / "t.csv"
    table.write_text("\n".join([heading, *(row.format(n) for n in range(4))]) + "\n")
    assert list(expand(str(table))) == [str(pictures / "images" / f"p{n}.png") for n in range(4)]


def test_an_archive_of_arrays_gives_its_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    stack = np.random.default_rng(0).integers(0, 256, (3, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "m.npz", train_images=stack, train_labels=np.arange(3))
    found = list(expand(str(tmp_path / "m.npz")))
    assert [np.asarray(Image.open(path)).tolist() for path in found] == stack.tolist()


def test_a_table_of_texts_is_no_text_and_no_list_of_pictures(tmp_path):
    table = tmp_path / "t.jsonl"
    table.write_text('{"text": "one of them", "label": "a"}\n{"text": "another", "label": "b"}\n')
    assert texts_in(["as it stands", str(table)]) == ["as it stands", "one of them", "another"]
    with pytest.raises(DataError, match="holds texts") as caught:
        list(expand(str(table)))
    assert "--text" in caught.value.remedy


def test_a_list_of_classes_with_a_heading_gives_its_names(tmp_path):
    path = tmp_path / "l.csv"
    path.write_text("id,name\n0,red\n1,blue\n")
    assert read_labels_file(path) == ["red", "blue"]
    path.write_text("red, small\n")
    with pytest.raises(LabelsError, match="is called name, label or class"):
        read_labels_file(path)
    (tmp_path / "l.txt").write_text("red, small\nblue, big\n")
    assert list(read_labels_file(tmp_path / "l.txt")) == ["red, small", "blue, big"]
