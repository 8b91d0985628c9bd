"""Rows of a user's data, and parts that no group crosses."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.data.dataset import Dataset
from zoo.data.splits import folds, hold_out
from zoo.errors import DataError


def test_labels_become_indices_of_the_sorted_names():
    data = Dataset.of(["a", "b", "c"], ["dog", None, "cat"], modality="text")
    assert data.class_names == ("cat", "dog")
    assert data.targets.tolist() == [1, -1, 0]
    assert data.labelled.tolist() == [True, False, True]
    assert data.counts.tolist() == [1, 1]


def test_a_list_of_labels_makes_a_row_multilabel_and_an_empty_one_is_none_of_them():
    data = Dataset.of(["a", "b", "c"], [["x", "y"], [], None], modality="text")
    assert data.kind == "multilabel"
    assert data.targets.tolist() == [[1, 1], [0, 0], [-1, -1]]
    assert data.counts.tolist() == [1, 1]


def test_a_label_outside_the_stated_classes_is_refused():
    with pytest.raises(DataError, match="'bird' is not among"):
        Dataset.of(["a"], ["bird"], modality="text", class_names=["cat", "dog"])


def test_no_group_lies_on_two_sides_and_every_row_is_held_out_once():
    groups = [str(i // 4) for i in range(40)]
    data = Dataset.of(list(range(40)), ["x", "y"] * 20, modality="text", groups=groups)
    seen = []
    for learn, held in folds(data, np.arange(40), 5, seed=3):
        assert not {groups[i] for i in learn} & {groups[i] for i in held}
        seen += held.tolist()
    assert sorted(seen) == list(range(40))


def test_what_is_held_out_keeps_the_shares_of_the_classes():
    data = Dataset.of(list(range(100)), ["x"] * 80 + ["y"] * 20, modality="text")
    learn, held = hold_out(data, np.arange(100), 0.2, seed=1)
    assert len(held) == 20
    assert np.bincount(data.targets[held]).tolist() == [16, 4]
    assert not set(learn) & set(held)


def test_taking_rows_takes_all_that_belongs_to_them():
    data = Dataset.of(
        ["a", "b", "c"], ["x", "y", "x"], modality="text", groups=["1", "2", None], splits=["train", None, "test"]
    )
    part = data.take([2, 0])
    assert part.inputs == ["c", "a"]
    assert part.groups == (None, "1")
    assert part.splits == ("test", "train")
    assert part.class_names == ("x", "y")
