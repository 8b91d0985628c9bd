"""What is measured on: no patient and no copy on both sides."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from zoo.errors import DataError
from zoo.selector import Task
from zoo.selector.ranking.sample import sample_of


@pytest.fixture
def patients(tmp_path):
    """Sixteen patients of six near-copies each; the class is the patient's, and nothing in the picture shows it."""
    rng = np.random.default_rng(0)
    rows = []
    for patient in range(16):
        base = np.asarray(Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((64, 64), 3)).astype(
            int
        )
        for copy in range(6):
            path = tmp_path / f"patient{patient:02}_{copy}.png"
            Image.fromarray((base + rng.integers(-6, 7, base.shape)).clip(0, 255).astype(np.uint8)).save(path)
            rows.append(f"{path.name},{'sick' if patient % 2 else 'well'},{patient},{'test' if copy == 0 else 'train'}")
    (tmp_path / "t.csv").write_text("\n".join(["file,label,patient,split", *rows]))
    return tmp_path


def sides(sample):
    """Patient -> whether its rows are scored."""
    found = {}
    for path, is_test in zip(sample.inputs, sample.is_test, strict=True):
        found.setdefault(path.rsplit("patient", 1)[1][:2], set()).add(bool(is_test))
    return found


@pytest.mark.parametrize("options", [{}, {"group": "patient"}], ids=["guessed", "named"])
def test_a_patient_is_learned_from_or_scored_even_against_the_given_split(patients, options):
    sample = sample_of(Task.from_data(patients / "t.csv", **options), 2000, 0)
    assert all(len(where) == 1 for where in sides(sample).values())
    assert {True} in sides(sample).values()
    assert "16 groups" in sample.how


def test_near_copies_stay_on_one_side_where_no_group_is_known(patients):
    rows = [line.split(",")[:2] for line in (patients / "t.csv").read_text().splitlines()]
    (patients / "u.csv").write_text("\n".join(map(",".join, rows)))
    sample = sample_of(Task.from_data(patients / "u.csv"), 2000, 0)
    assert all(len(where) == 1 for where in sides(sample).values())
    assert "near-copies" in sample.how


def test_a_few_copies_cost_no_folds(tmp_path):
    for number in range(40):
        path = tmp_path / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        seed = 0 if number == 2 else number
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(path)
    sample = sample_of(Task.from_data(tmp_path), 2000, 0)
    assert (len(sample.inputs), sample.is_test.any()) == (39, False)
    assert sample.how.startswith("five folds, 1 near-copies")


def test_data_of_several_labels_a_row_is_refused_with_an_option(tmp_path):
    rows = [f"the text of row {n},{['a', 'a|b', 'b'][n % 3]}" for n in range(12)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows]))
    task = Task.from_data(tmp_path / "t.csv")
    assert (task.kind, task.labels_per_class) == ("multilabel", (8, 8))
    with pytest.raises(DataError, match="--label"):
        sample_of(task, 100, 0)


def table_of(folder, counts):
    rows = [f"the {name} text of row {n},{name}" for name, count in counts.items() for n in range(count)]
    (folder / "t.csv").write_text("\n".join(["text,label", *rows]))
    return Task.from_data(folder / "t.csv")


def test_a_class_of_one_row_is_left_out_and_told(tmp_path):
    sample = sample_of(table_of(tmp_path, {"a": 8, "lone": 1, "z": 8}), 100, 0)
    assert (sample.class_words, np.bincount(sample.labels).tolist()) == (("a", "z"), [8, 8])
    assert sample.left_out == ("class 'lone' is left out: fewer than two rows to learn from.",)


def test_a_class_with_one_row_outside_the_test_part_is_left_out(tmp_path):
    rows = [f"text {n} of {name},{name},{split}" for name in "abc" for n, split in enumerate(["train"] * 6 + ["test"])]
    rows = [row for row in rows if not (",b,train" in row and "text 0" not in row)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label,split", *rows]))
    sample = sample_of(Task.from_data(tmp_path / "t.csv"), 100, 0)
    assert (sample.class_words, sample.is_test.sum(), sample.labels.max()) == (("a", "c"), 2, 1)
    assert "class 'b'" in sample.left_out[0]


def test_one_class_of_two_rows_is_too_few(tmp_path):
    with pytest.raises(DataError, match="1 of 2 classes have two rows"):
        sample_of(table_of(tmp_path, {"a": 8, "lone": 1}), 100, 0)
