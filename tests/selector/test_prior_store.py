"""The prior is read from its file as it was written."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from zoo.selector.prior.store import pack, unpack
from zoo.selector.task.datasets import DATA, Datasets


@pytest.fixture(scope="module")
def stored():
    with np.load(DATA / "prior.npz") as file:
        return {name: file[name] for name in file.files}


def test_what_is_unpacked_packs_to_the_same_file(stored):
    datasets = Datasets.load()
    names = json.loads(gzip.decompress(stored["words"].tobytes()))["rooms"]
    rooms, extras = zip(*(unpack(name, datasets) for name in names), strict=True)
    assert extras[0] == extras[1]
    packed = pack(rooms, extras[0])
    assert sorted(packed) == sorted(stored)
    told = [json.loads(gzip.decompress(arrays.pop("words").tobytes())) for arrays in (packed, dict(stored))]
    assert told[0] == told[1]
    for name, values in packed.items():
        assert values.dtype == stored[name].dtype, name
        np.testing.assert_array_equal(values, stored[name], err_msg=name)


def test_a_cell_without_a_result_stays_empty(stored):
    room, _ = unpack("text", Datasets.load())
    assert room.values.shape == room.scores.shape == (len(room.models), len(room.columns))
    assert np.isfinite(room.values).sum() == len(stored["text_value"])
    np.testing.assert_array_equal(np.isfinite(room.values), room.seen)
