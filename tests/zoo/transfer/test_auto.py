"""What auto measures and how it weighs it, on features where the truth is planted."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from zoo.data.dataset import Dataset
from zoo.data.splits import Partition
from zoo.transfer.auto import best_head, error_of, halves_of, shrunk
from zoo.transfer.task import Task


def ready_of(features, labels, *, groups=None, text_rows=None):
    """Rows with given features, as the choice sees them."""
    rows = np.arange(len(labels))
    data = Dataset.of([str(i) for i in rows], [str(label) for label in labels], modality="text", groups=groups)
    task = Task(None, data.targets, len(data.class_names), rows, rows[:0], lambda: features, text_rows)
    return SimpleNamespace(
        data=data, task=task, kind="text", parts=Partition(rows, rows[:0], rows[:0]), features=lambda: features
    )


def test_what_was_measured_counts_by_its_precision():
    assert shrunk(0.2, 0.05, 0.0, 0.05) == pytest.approx(0.1)
    assert shrunk(0.2, 1e-9, -0.5, 0.05) == pytest.approx(0.2, abs=1e-3)
    assert shrunk(-0.05, 0.2, 0.02, 0.02) > 0 > shrunk(-0.05, 0.02, 0.02, 0.03)


def test_an_error_is_that_of_the_mean():
    assert error_of(np.array([0, 0, 1, 1])) == pytest.approx(np.sqrt(1 / 3) / 2)


def test_one_row_a_class_takes_class_means_and_has_no_halves():
    ready = ready_of(np.eye(3), [0, 1, 2])
    assert best_head(ready, 0) == ("nearest-mean", None)
    assert halves_of(ready, 0) is None


def test_class_prompts_are_taken_where_they_know_more_than_the_rows():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    text = np.eye(8)[:3]
    features = 0.5 * text[labels] + rng.normal(size=(60, 8))
    features[:, 3:] *= 3
    good = ready_of(features, labels, text_rows=lambda: (text, 30.0))
    assert best_head(good, 0)[0] == "text-anchored-gda"
    wrong = ready_of(features, labels, text_rows=lambda: (text[[1, 2, 0]], 30.0))
    assert best_head(wrong, 0)[0] != "text-anchored-gda"


def test_groups_stay_in_one_half():
    groups = [f"g{i // 4}" for i in range(40)]
    ready = ready_of(np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) // 4 % 2, groups=groups)
    for learn, judged in halves_of(ready, 0):
        assert not {groups[i] for i in learn} & {groups[i] for i in judged}
        assert len(learn) + len(judged) == 40
