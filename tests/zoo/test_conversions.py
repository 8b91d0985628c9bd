"""Conversions of many pictures are told in one line a kind, through every verb."""

from __future__ import annotations

import numpy as np
from PIL import Image

import zoo
from zoo.preprocessing.conversions import Conversions


def test_notes_that_differ_in_numbers_are_one_kind_and_the_frequent_come_first():
    heard = Conversions()
    heard.add(["rotated"], "a.jpg")
    for number in range(3):
        heard.add([f"16-bit values {number} to {number * 7} scaled"], f"{number}.png")
    assert heard.lines() == ("3 pictures, such as 0.png: 16-bit values 0 to 0 scaled", "a.jpg: rotated")


def test_a_picture_that_says_one_thing_twice_is_counted_once():
    heard = Conversions()
    heard.add(["plane 1 of 3", "plane 2 of 5"], "a.tif")
    assert heard.lines() == ("a.tif: plane 2 of 5",)


def test_classify_and_embed_tell_them(tmp_path):
    for number in range(2):
        dim = np.full((16, 16), 3_000 + number, np.uint16)
        dim[0, 0] = 0
        Image.fromarray(dim).save(tmp_path / f"{number}.png")
    found = zoo.classify([tmp_path], ["a", "b"], device="cpu")
    assert any(note.startswith("2 pictures") and "16-bit" in note for note in found.notes)
    encoder = zoo.load("multimodal/tiny-clip", device="cpu")
    assert encoder.conversions == ()
    encoder.embed_images([tmp_path / "0.png"])
    assert any("16-bit" in note for note in encoder.conversions)
