"""Labels that a model does not know or cannot tell apart are told; results of a replaced picture are made anew."""

from __future__ import annotations

import csv
import json
import os

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.zero_shot import classify, classify_to_file
from zoo.zero_shot.vocabulary import doubts

BUNDLED = "multimodal/tiny-clip"


@pytest.fixture(scope="module")
def encoder():
    return zoo.load(BUNDLED, device="cpu")


def rows_of(encoder, labels):
    return zoo.zero_shot.build_classifier(encoder, labels, ["{}"], cache=False)


def test_words_outside_the_vocabulary_are_named(encoder):
    labels = ["قطة", "red", "😀"]
    told = " ".join(doubts(encoder, labels, rows_of(encoder, labels)))
    assert "does not know 'قطة', '😀'" in told
    labels = ["قطة", "red", "كلب"]
    assert "cannot tell 'قطة' from 'كلب'" in " ".join(doubts(encoder, labels, rows_of(encoder, labels)))


def test_plain_words_raise_no_doubt(encoder):
    labels = ["red", "blue", "circle"]
    assert doubts(encoder, labels, rows_of(encoder, labels)) == []


def test_the_note_reaches_the_answer(encoder, tmp_path):
    Image.new("RGB", (40, 40), (200, 0, 0)).save(tmp_path / "a.png")
    found = classify([tmp_path / "a.png"], ["قطة", "كلب"], model=encoder, cache=False)
    assert any("one and the same vector" in note for note in found.notes)


def names_in(path):
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path).column("image").to_pylist()
    lines = path.read_text().splitlines()[1:]
    if path.suffix == ".jsonl":
        return [json.loads(line)["image"] for line in lines]
    return [row[0] for row in list(csv.reader(lines))[1:]]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_picture_that_was_replaced_is_done_anew(encoder, tmp_path, ending):
    pictures = [tmp_path / f"{k}.png" for k in range(3)]
    for k, path in enumerate(pictures):
        Image.fromarray(np.full((40, 40, 3), 40 * k, np.uint8)).save(path)
    out = tmp_path / f"out{ending}"
    classify_to_file(pictures, ["red", "blue"], out, model=encoder)
    again = classify_to_file(pictures, ["red", "blue"], out, model=encoder, resume=True)
    assert (again.n_written, again.n_skipped, again.n_anew) == (0, 3, 0)
    # A copy may keep an old time of writing; the time of the change shows that it is another file.
    Image.fromarray(np.full((40, 40, 3), 250, np.uint8)).save(tmp_path / "new.png")
    os.utime(tmp_path / "new.png", ns=(0, 0))
    (tmp_path / "new.png").replace(pictures[1])
    told = classify_to_file(pictures, ["red", "blue"], out, model=encoder, resume=True)
    assert (told.n_written, told.n_skipped, told.n_anew) == (1, 2, 1)
    assert "1 done anew" in str(told)
    assert sorted(names_in(out)) == sorted(map(str, pictures))


def test_names_that_stand_twice_in_a_long_table_are_told_apart_by_index(tmp_path):
    from zoo.zero_shot.prompts import read_labels, read_labels_file

    table = [f"class {k}" for k in range(134)] + ["crane", "flamingo"] + [f"other {k}" for k in range(60)] + ["crane"]
    (tmp_path / "names.txt").write_text("\n".join(table))
    for labels in (table, read_labels_file(tmp_path / "names.txt")):
        classes = read_labels(labels)
        assert len(classes) == len(table)
        assert [(own.name, own.names) for own in classes if own.shared] == [
            ("crane (134)", ("crane",)),
            ("crane (196)", ("crane",)),
        ]
