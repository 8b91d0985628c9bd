"""`zoo tune`, `zoo predict` and `zoo report`, from a folder of pictures to answers."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from zoo.cli import cli

MODEL = "multimodal/tiny-clip"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for number in range(40):
        pixels = rng.integers(0, 120, (32, 32), dtype=np.uint8)
        if number % 2:
            pixels[::4] = 255
        name = root / ("rows" if number % 2 else "noise") / f"{number:02d}.png"
        name.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(name)
    return root


def run(*arguments):
    return CliRunner().invoke(cli, [str(own) for own in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def tuned(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "run"
    done = run(
        "tune", folder, "--model", "multimodal/tiny-clip", "--recipe", "feature-extraction", "--out", out, "--json"
    )
    assert done.exit_code == 0, done.output
    return out, json.loads(done.stdout)


def test_tune_leaves_a_folder_that_show_knows(tuned):
    out, told = tuned
    assert told["scores"]["n"] == 8
    assert told["recipe"]["name"] == "feature-extraction"
    shown = run("show", out)
    assert shown.exit_code == 0
    assert "run/run" in shown.output


def test_predict_prints_and_streams_the_same_answers(tuned, folder, tmp_path):
    out, _ = tuned
    names = run("predict", out, folder, "-q").stdout.split()
    assert len(names) == 40
    assert (
        np.mean([name == path.parent.name for name, path in zip(names, sorted(folder.rglob("*.png")), strict=True)])
        > 0.9
    )
    table = tmp_path / "said.csv"
    assert run("predict", out, folder, "--out", table).exit_code == 0
    with table.open(newline="") as file:
        next(file)
        assert [row["label"] for row in csv.DictReader(file)] == names
    before = table.read_bytes()
    again = run("predict", out, folder, "--out", table, "--resume")
    assert "40 were there before" in again.stderr
    assert table.read_bytes() == before


def test_predict_abstains_below_a_score(tuned, folder):
    told = json.loads(run("predict", tuned[0], folder, "--abstain-below", "1.1", "--json").stdout)
    assert {row["label"] for row in told["results"]} == {None}


def test_report_writes_one_page(tuned):
    out, _ = tuned
    assert run("report", out, "-q").stdout.strip() == str(out / "report.html")
    assert (out / "report.html").stat().st_size > 2000


def test_a_rehearsal_says_what_would_train_and_writes_nothing(folder, tmp_path):
    done = run("tune", folder, "--model", "multimodal/tiny-clip", "--recipe", "partial", "--dry-run",
               "--out", tmp_path / "r", "--json")  # fmt: skip
    told = json.loads(done.stdout)
    assert [stage["phase"] for stage in told["stages"]] == ["head", "last blocks"]
    assert told["stages"][0]["seconds"] is None
    assert told["stages"][1]["rates"] == [1e-4, 1e-4]
    assert told["stages"][1]["steps"] == 60
    assert told["stages"][1]["seconds"] > 0
    assert not (tmp_path / "r").exists()


def test_contradicting_options_are_refused(folder):
    assert run("tune", folder, "--resume", "--overwrite").exit_code == 2
