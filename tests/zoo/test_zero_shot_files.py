"""Results on disk: every format, a run that is killed and goes on, bad files set apart."""

import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

import zoo
from tests.zoo.zero_shot_models import toy_encoder, toy_registry
from zoo.errors import DataError
from zoo.zero_shot import classify_to_file
from zoo.zero_shot.results import FORMATS

LABELS = ["cat", "dog", "bird"]


@pytest.fixture(scope="module")
def encoder():
    return toy_encoder("clip")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(11):
        name = f'{number:02} "odd", name.png' if number == 3 else f"{number:02}.png"
        Image.fromarray(rng.integers(0, 255, (40, 50, 3), dtype=np.uint8)).save(tmp_path / "in" / name)
    (tmp_path / "in" / "05a.png").write_bytes(b"broken")
    return tmp_path / "in"


def run(folder, out, encoder, **options):
    registry = toy_registry()
    return classify_to_file([folder], LABELS, out, encoder, batch_size=3, cache=False, registry=registry, **options)


def records(path):
    """(image, label, score) of a file, and its provenance."""
    if path.suffix == ".parquet":
        table = pyarrow.parquet.read_table(path)
        return [tuple(row.values()) for row in table.to_pylist()], json.loads(table.schema.metadata[b"zoo"])
    lines = path.read_text().splitlines(keepends=True)
    if path.suffix == ".jsonl":
        return [tuple(json.loads(line).values()) for line in lines[1:]], json.loads(lines[0])["provenance"]
    rows = list(csv.reader(lines[1:]))
    assert rows[0][:3] == ["image", "label", "score"]
    return [(row[0], row[1], float(row[2])) for row in rows[1:]], json.loads(lines[0][2:])


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_holds_what_classify_gives(folder, tmp_path, encoder, ending):
    out = tmp_path / f"out{ending}"
    summary = run(folder, out, encoder)
    expected = zoo.classify(folder, LABELS, encoder, batch_size=3, cache=False, registry=toy_registry())
    found, provenance = records(out)
    assert [(row[0], row[1]) for row in found] == [(r["image"], r["label"]) for r in expected.to_table()]
    np.testing.assert_allclose([row[2] for row in found], [r["score"] for r in expected.to_table()], rtol=1e-6)
    assert provenance == expected.provenance
    assert (summary.n_written, summary.n_failed, summary.n_skipped) == (11, 1, 0)
    failures = (tmp_path / f"out{ending}.failures.jsonl").read_text().splitlines()
    assert [Path(json.loads(line)["image"]).name for line in failures] == ["05a.png"]
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.parametrize("ending", FORMATS)
def test_an_existing_file_is_not_overwritten(folder, tmp_path, encoder, ending):
    run(folder, tmp_path / f"out{ending}", encoder)
    with pytest.raises(DataError, match="is there already"):
        run(folder, tmp_path / f"out{ending}", encoder)


@pytest.mark.parametrize("ending", FORMATS)
def test_resuming_a_whole_file_adds_only_what_is_new(folder, tmp_path, encoder, ending):
    out = tmp_path / f"out{ending}"
    run(folder, out, encoder)
    before, _ = records(out)
    Image.new("RGB", (40, 40), "red").save(folder / "05a.png")
    summary = run(folder, out, encoder, resume=True)
    after, _ = records(out)
    assert (summary.n_written, summary.n_failed, summary.n_skipped) == (1, 0, 11)
    assert after[:-1] == before
    assert Path(after[-1][0]).name == "05a.png"
    assert not (tmp_path / f"out{ending}.failures.jsonl").exists()


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_file_cut_at_any_byte_resumes_to_the_same_file(folder, tmp_path, encoder, ending):
    out = tmp_path / f"out{ending}"
    run(folder, out, encoder)
    whole = out.read_bytes()
    for cut in np.linspace(0, len(whole) - 1, 12).astype(int):
        out.write_bytes(whole[:cut])
        run(folder, out, encoder, resume=True)
        ours, theirs = records(out)[0], out.read_bytes()
        assert len({row[0] for row in ours}) == len(ours) == 11
        out.write_bytes(whole)
        assert [row[:2] for row in ours] == [row[:2] for row in records(out)[0]], theirs


@pytest.mark.parametrize("ending", FORMATS)
def test_a_killed_run_resumes_without_losing_or_repeating_a_record(folder, tmp_path, encoder, ending):
    out = tmp_path / f"out{ending}"
    script = textwrap.dedent(f"""
        import time
        from tests.zoo.zero_shot_models import toy_encoder, toy_registry
        from zoo.zero_shot import classify_to_file
        encoder = toy_encoder("clip")
        slow = encoder.module.visual.register_forward_hook(lambda *a: time.sleep(0.3))
        classify_to_file([{str(folder)!r}], {LABELS!r}, {str(out)!r}, encoder, batch_size=1, cache=False,
                         registry=toy_registry())
    """)
    child = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parent.parent.parent)
    growing = out if ending != ".parquet" else tmp_path / f"out{ending}.partial.jsonl"
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and (not growing.exists() or growing.read_bytes().count(b"\n") < 5):
        assert child.poll() is None
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    summary = run(folder, out, encoder, resume=True)
    found = [row[0] for row in records(out)[0]]
    assert len(found) == len(set(found)) == 11
    assert summary.n_skipped >= 3
    assert summary.n_written == 11 - summary.n_skipped


def test_a_file_of_other_labels_is_not_continued(folder, tmp_path, encoder):
    run(folder, tmp_path / "out.csv", encoder)
    with pytest.raises(DataError, match="another labels, prompts_sha256"):
        classify_to_file([folder], ["x", "y"], tmp_path / "out.csv", encoder, resume=True, cache=False)


@pytest.mark.parametrize(("text", "ending"), [("image,label\n", ".csv"), ('{"image": "x"}\n', ".jsonl")])
def test_a_foreign_file_is_not_continued(folder, tmp_path, encoder, text, ending):
    (tmp_path / f"out{ending}").write_text(text)
    with pytest.raises(DataError, match="does not begin with a record of its making"):
        run(folder, tmp_path / f"out{ending}", encoder, resume=True)
    assert (tmp_path / f"out{ending}").read_text() == text


def test_an_unknown_ending_is_refused(folder, tmp_path, encoder):
    with pytest.raises(DataError, match=r"Give one of \.csv, \.jsonl, \.parquet"):
        run(folder, tmp_path / "out.xlsx", encoder)


def test_more_classes_have_their_columns(folder, tmp_path, encoder):
    run(folder, tmp_path / "out.csv", encoder, top_k=2)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[1] == "image,label,score,label_2,score_2"
    with pytest.raises(DataError, match="other columns"):
        run(folder, tmp_path / "out.csv", encoder, top_k=1, resume=True)


def test_a_generator_of_arrays_is_streamed(tmp_path, encoder):
    made = []

    def images():
        for number in range(200):
            made.append(number)
            yield np.full((20, 20, 3), number, np.uint8)

    taken_ahead = []
    encoder.module.visual.register_forward_hook(lambda *a: taken_ahead.append(len(made)))
    summary = classify_to_file(images(), LABELS, tmp_path / "out.csv", encoder, batch_size=5, cache=False)
    encoder.module.visual._forward_hooks.clear()
    assert summary.n_written == 200
    assert taken_ahead[0] <= 20


def test_the_bar_is_drawn_only_when_asked_for(folder, tmp_path, encoder, capsys):
    run(folder, tmp_path / "a.csv", encoder)
    assert capsys.readouterr().err == ""
    run(folder, tmp_path / "b.csv", encoder, progress=True)
    captured = capsys.readouterr()
    assert "12/12" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (lambda here: here / "in" / "00.png" / "out.csv", "00.png/out.csv' cannot be written"),
        (lambda here: here / ("x" * 300 + ".csv"), "cannot be written: File name too long"),
        (lambda here: "a\0.csv", "cannot be written: embedded null byte"),
        (lambda here: None, "want the path of a file, got NoneType"),
    ],
    ids=["under a file", "long", "zero byte", "none"],
)
def test_a_place_where_no_file_can_be_is_refused_before_anything_is_computed(folder, tmp_path, place, message):
    with pytest.raises(DataError, match=message):
        classify_to_file([folder], LABELS, place(tmp_path), "no such model", cache=False)


def test_a_folder_in_the_place_of_the_file_is_refused(folder, tmp_path, encoder):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(DataError, match="cannot be written: Is a directory"):
        run(folder, tmp_path / "out.csv", encoder, resume=True)


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_line_that_is_no_result_is_shown(folder, tmp_path, encoder, ending):
    out = tmp_path / f"out{ending}"
    run(folder, out, encoder)
    with out.open("a") as file:
        file.write("\n")
    with pytest.raises(DataError, match="has a line that is no result: ''"):
        run(folder, out, encoder, resume=True)


def test_what_is_no_parquet_file_is_not_continued(folder, tmp_path, encoder):
    (tmp_path / "out.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"out\.parquet cannot be read as Parquet"):
        run(folder, tmp_path / "out.parquet", encoder, resume=True)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_run_that_fails_before_its_first_result_leaves_nothing_in_the_way(tmp_path, encoder, ending):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no picture lies below"):
        run(tmp_path / "empty", tmp_path / f"out{ending}", encoder)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_name_of_half_a_character_is_one_failure(tmp_path, encoder):
    summary = classify_to_file(["\ud800.png"], LABELS, tmp_path / "out.jsonl", encoder, cache=False)
    assert summary.n_failed == 1
    assert "no file can be called" in (tmp_path / "out.jsonl.failures.jsonl").read_text()


def test_a_number_of_numpy_is_written_as_any_other(folder, tmp_path, encoder):
    summary = run(folder, tmp_path / "out.jsonl", encoder, temperature=np.float32(2))
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["provenance"] == summary.provenance


@pytest.mark.parametrize("changes", [{"batch_size": 0}, {"top_k": 0}, {"abstain_below": 2}])
def test_numbers_are_checked_as_in_memory(folder, tmp_path, encoder, changes):
    with pytest.raises(DataError, match=next(iter(changes))):
        classify_to_file([folder], LABELS, tmp_path / "out.csv", encoder, cache=False, **changes)
