"""The verbs `recommend` and `rank`, as a person types them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.zoo.test_data import picture
from zoo.cli import cli
from zoo.errors import DataError


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pets")
    for number in range(24):
        picture(folder / ("cat" if number % 2 else "dog") / f"{number}.png", seed=number)
    return folder


def run(*arguments):
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_a_folder_gets_advice(pets):
    text = run("recommend", pets, "-k", "3").output
    assert "24 labelled pictures, classification in 2 classes (cat, dog), 12 a class" in text
    assert "Recipe feature-extraction" in text
    assert "Zero-shot baseline" in text


def test_advice_as_json_ids_markdown_and_html(pets, tmp_path):
    told = json.loads(run("recommend", pets, "-k", "2", "--json").stdout)
    assert len(told["candidates"]) == 2
    ids = run("recommend", pets, "-k", "2", "-q").stdout.split()
    assert ids == [candidate["id"] for candidate in told["candidates"]]
    assert run("recommend", pets, "--markdown").stdout.startswith("# Which source model")
    run("recommend", pets, "--html", tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


def test_explain_shows_evidence_and_exclusions():
    plain = run("recommend", "--modality", "image", "--labels", "cat,dog", "--commercial").stdout
    explained = run("recommend", "--modality", "image", "--labels", "cat,dog", "--commercial", "--explain").stdout
    assert "evidence:" in explained
    assert "evidence:" not in plain
    assert "its licence does not allow commercial use" in explained


def test_a_stated_task_needs_a_modality():
    done = run("recommend")
    assert done.exit_code == 2
    assert "--modality" in done.output


def test_a_path_that_is_not_there_is_said():
    for verb in ("recommend", "rank"):
        with pytest.raises(DataError, match="there is no file or folder"):
            CliRunner().invoke(cli, [verb, "/nowhere/at/all"], catch_exceptions=False)


def test_rank_measures_what_is_there_and_says_what_is_not(pets, tmp_path):
    named = ("multimodal/tiny-clip", "vision/resnet50")
    shown = run("rank", pets, *named, "--offline", "--device", "cpu", "--no-cache", "--html", tmp_path / "m.html")
    assert shown.exit_code == 0
    assert "24 samples, 2 classes" in shown.stdout
    assert "vision/resnet50 is left out" in shown.stdout
    assert "measured on your data" in (tmp_path / "m.html").read_text()
    told = json.loads(run("rank", pets, named[0], "--device", "cpu", "--no-cache", "--json").stdout)
    assert told["rows"][0]["id"] == "multimodal/tiny-clip"
    assert 0 <= told["rows"][0]["probe"] <= 1


def test_a_page_that_cannot_be_written_is_refused_before_anything_is_measured(pets, tmp_path):
    (tmp_path / "file").touch()
    page = str(tmp_path / "file" / "r.html")
    with pytest.raises(DataError, match=r"r\.html' cannot be written"):
        CliRunner().invoke(cli, ["rank", str(pets), "no/such-model", "--html", page], catch_exceptions=False)


@pytest.mark.parametrize("given", ["1.5", "0.4", "2.5"])
@pytest.mark.parametrize("option", ["--labels-per-class", "--max-params"])
def test_a_fraction_of_an_example_is_refused_and_not_cut(option, given):
    done = run("recommend", "--modality", "image", option, given)
    assert done.exit_code == 2
    assert f"Invalid value for '{option}': '{given}' is no whole number; write it like 100" in done.output


@pytest.mark.parametrize("given", ["3", "1.5"])
@pytest.mark.parametrize("verb", ["recommend", "rank", "classify"])
def test_a_number_is_no_name_of_a_class(pets, verb, given):
    with pytest.raises(DataError, match=f"--labels is {given}, want the names") as refused:
        CliRunner().invoke(cli, [verb, str(pets), "--labels", given], catch_exceptions=False)
    assert "--describe '3 classes'" in refused.value.remedy
    assert "3, 5" in run("recommend", "--modality", "image", "--labels", "3,5").output  # digits are classes
