"""The demonstration runs offline on real images and its page holds what was measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from zoo.selector import Task
from zoo.selector.demo import WORDS, Rung, lesson, main, write_digits


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "digits"
    assert write_digits(folder) == 1797
    return folder


def test_the_folder_holds_scikit_learn_s_digits_pixel_for_pixel(digits):
    known = load_digits()
    for number in (0, 7, 1796):
        path = digits / WORDS[known.target[number]] / f"{number:04d}.png"
        np.testing.assert_allclose(np.asarray(Image.open(path)) / 255 * 16, known.images[number], atol=0.07)
    task = Task.from_folder(digits)
    assert (task.n_classes, task.n_labelled, task.image_size_px, task.domain) == (10, 1797, 8, "document")


def test_writing_again_changes_nothing(digits):
    stamps = {path: path.stat().st_mtime_ns for path in digits.rglob("*.png")}
    write_digits(digits)
    assert {path: path.stat().st_mtime_ns for path in digits.rglob("*.png")} == stamps


def test_the_page_tells_the_whole_flow(digits, capsys):
    assert main(["--folder", str(digits)]) == 0
    page = capsys.readouterr().out
    for words in (
        "1,797 labelled pictures",
        "What was measured",
        "zero-shot, bundled tiny-clip",
        "What to do",
        "Recipe",
        "Against the frozen probe",
        "zoo predict",
    ):
        assert words in page
    assert (digits.parent / "run" / "report.html").is_file()
    assert json.loads((digits.parent / "run" / "zoo_run.json").read_text())["scores"]["main"] > 0.9
    shown = [line.split("%")[0].split()[-1] for line in page.splitlines() if "█" in line]
    accuracy = dict(zip(range(len(shown)), map(float, shown), strict=True))
    assert len(accuracy) == 11
    assert accuracy[0] < 12 < accuracy[1]  # guessing, then class names alone
    assert max(accuracy.values()) > 95


def test_the_lesson_is_that_of_the_figures():
    rungs = [
        Rung("always the largest class", 0, 0.1),
        Rung("zero-shot, bundled tiny-clip", 0, 0.5),
        Rung("raw pixels, nearest neighbour, 10 labels a class", 100, 0.6),
        Rung("frozen tiny-clip features, logistic regression, 10 labels a class", 100, 0.7),
        Rung("raw pixels, nearest neighbour, all training labels", 900, 0.95),
        Rung("frozen tiny-clip features, logistic regression, all training labels", 900, 0.9),
    ]
    said = lesson(rungs)
    assert "reach 50%" in said
    assert "70% (frozen tiny-clip features, logistic regression)" in said
    assert "5.0 points behind raw pixels" in said
    level = [*rungs[:-1], Rung(rungs[-1].name, 900, 0.95)]
    assert "stand level with raw pixels" in lesson(level)
