"""`zoo classify` and `zoo embed` with the bundled model: results on stdout, words on stderr, exit codes."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from zoo.cli import cli
from zoo.errors import DataError, LabelsError
from zoo.zero_shot.prompts import read_labels, read_labels_file


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Drawn pictures, in a folder a class, and a broken one."""
    for colour in ("red", "blue"):
        (tmp_path / "in" / colour).mkdir(parents=True)
        for size in (8, 12, 16):
            image = Image.new("RGB", (64, 64), "white")
            ImageDraw.Draw(image).ellipse((32 - size, 32 - size, 32 + size, 32 + size), fill=colour)
            image.save(tmp_path / "in" / colour / f"{size}.png")
    (tmp_path / "in" / "broken.png").write_bytes(b"broken")
    return tmp_path / "in"


def run(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_classify_prints_a_table_and_what_was_skipped(folder):
    result = run("classify", folder, "--labels", "red circle,blue circle")
    assert result.exit_code == 0
    assert result.stdout.count(".png") == 6
    assert "skipped" in result.stderr
    assert "note: model: multimodal/tiny-clip" in result.stderr


def test_classify_prints_json_with_provenance_and_failures(folder):
    result = run("classify", folder, "--labels", "red circle,blue circle", "--json", "--top", 2)
    told = json.loads(result.stdout)
    assert {row["label"] for row in told["results"]} <= {"red circle", "blue circle"}
    assert "score_2" in told["results"][0]
    assert [Path(failure["image"]).name for failure in told["failures"]] == ["broken.png"]
    assert told["provenance"]["model"] == "multimodal/tiny-clip"


def test_quiet_prints_labels_only(folder):
    result = run("classify", folder / "red", "--labels", "red circle,blue circle", "-q")
    assert result.stdout.split("\n")[:-1] == ["red circle"] * 3


def test_strict_fails_on_a_bad_file(folder):
    assert run("classify", folder, "--labels", "a,b", "--strict").exit_code == 1
    assert run("classify", folder / "red", "--labels", "a,b", "--strict").exit_code == 0


def test_the_truth_gives_an_accuracy(folder):
    (folder / "broken.png").unlink()
    (folder.parent / "labels.json").write_text(json.dumps({"red": ["red circle"], "blue": ["blue circle"]}))
    result = run("classify", folder, "--labels-file", folder.parent / "labels.json", "--truth", "folder")
    assert result.exit_code == 0
    assert "accuracy 1.000" in result.stdout
    rows = "".join(f"in/{c}/{s}.png,{c}\n" for c in ("red", "blue") for s in (8, 12, 16))
    (folder.parent / "truth.csv").write_text("path,label\n" + rows)
    result = run(
        *("classify", folder, "--labels-file", folder.parent / "labels.json", "--json"),
        *("--truth", folder.parent / "truth.csv"),
    )
    assert json.loads(result.stdout)["evaluation"]["accuracy"] == 1.0


def test_examples_come_from_a_folder(folder):
    (folder / "broken.png").unlink()
    result = run("classify", folder, "--labels", "red,blue", "--support", folder, "--truth", "folder", "--json")
    told = json.loads(result.stdout)
    assert told["provenance"]["adaptation"]["n_per_class"] == [3, 3]
    assert told["evaluation"]["accuracy"] == 1.0


def test_classify_streams_to_a_file_and_resumes(folder, tmp_path):
    out = tmp_path / "out.csv"
    first = run("classify", folder / "red", "--labels", "red,blue", "--out", out)
    assert first.exit_code == 0
    assert first.stdout == ""
    again = run("classify", folder, "--labels", "red,blue", "--out", out, "--resume")
    assert "3 results in" in again.stderr
    assert "3 were there before" in again.stderr
    assert len(out.read_text().splitlines()) == 2 + 6


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--labels", "a,b", "--labels-file", "x"),
        ("--labels", "a,b", "--truth", "folder", "--out", "x.csv"),
        ("--labels", "a,b", "--resume"),
    ],
)
def test_contradicting_options_are_a_usage_error(folder, arguments):
    assert run("classify", folder, *arguments).exit_code == 2


def test_embed_writes_vectors(folder, tmp_path):
    result = run("embed", folder, "--out", tmp_path / "v.npz")
    assert result.exit_code == 0
    assert "skipped" in result.stderr
    kept = np.load(tmp_path / "v.npz")
    assert kept["vectors"].shape[0] == len(kept["names"]) == 6
    texts = run("embed", "--text", "a cat", "a dog", "--json")
    assert [row["name"] for row in json.loads(texts.stdout)] == ["a cat", "a dog"]


def test_a_labels_file_gives_parents_and_synonyms(tmp_path):
    (tmp_path / "labels.txt").write_text("# pets\nanimal > cat | kitty\nanimal > dog\n\nsky\n")
    found = [(own.name, own.names, own.parents) for own in read_labels(read_labels_file(tmp_path / "labels.txt"))]
    assert found == [("cat", ("cat", "kitty"), ("animal",)), ("dog", ("dog",), ("animal",)), ("sky", ("sky",), ())]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("l.txt", "cat\ncat\n", "given twice"),
        ("l.txt", "cat\ncat > tom\n", "both a class and a parent"),
        ("l.json", "3", "neither a list nor a mapping"),
        ("l.json", "{", "cannot be read"),
        ("l.json", "[" * 100_000, "cannot be read"),
    ],
)
def test_a_bad_labels_file_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(LabelsError, match=message):
        read_labels(read_labels_file(tmp_path / name))


def test_a_truth_without_its_columns_is_refused(tmp_path):
    from zoo.image_sources import labelled_paths

    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no columns 'path' and 'label'"):
        labelled_paths(tmp_path / "t.csv")


def test_a_labels_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LabelsError, match=r"no.txt cannot be opened: No such file"):
        read_labels_file(tmp_path / "no.txt")


def test_no_answer_is_printed_as_none(folder):
    quiet = run("classify", folder / "red", "--labels", "red circle,blue circle", "--abstain-below", 1, "-q")
    assert quiet.stdout == "\n\n\n"
    table = run("classify", folder / "red", "--labels", "red circle,blue circle", "--abstain-below", 1)
    assert table.stdout.count("no answer (red circle") == 3


def test_quiet_still_says_why_nothing_came(folder):
    result = run("classify", folder / "broken.png", "--labels", "a,b", "-q")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "skipped" in result.stderr


def test_vectors_that_cannot_be_written_are_refused_before_the_model_is_loaded(folder):
    result = run("embed", folder, "--out", folder / "broken.png" / "v.npz", "--model", "no such model")
    assert isinstance(result.exception, DataError)
    assert "cannot be written" in str(result.exception)


def test_vectors_lie_where_the_message_says(folder, tmp_path):
    result = run("embed", folder, "--out", tmp_path / "vectors")
    assert str(tmp_path / "vectors.npz") in result.stderr
    assert (tmp_path / "vectors.npz").is_file()
