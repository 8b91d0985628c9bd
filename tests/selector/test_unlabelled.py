"""Rung 3: data without labels get distances and a label-free score, and the prior moves by the weight it earned."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.selector.test_rank import Toys
from zoo.cli import cli
from zoo.errors import DataError
from zoo.registry import Registry
from zoo.selector import Task, rank
from zoo.selector.ranking.unlabelled import WEIGHT, moved, proximity, reference_inputs
from zoo.selector.scores import cluster_logme


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    made = Registry()
    made.register(Toys(tmp_path_factory.mktemp("weights")), "toys")
    return made


def paint(path, channel, seed, size_px=16):
    pixels = np.random.default_rng(seed).integers(0, 180, (size_px, size_px, 3), dtype=np.uint8)
    pixels[:, :, channel] += 60
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """Forty pictures without labels, half red and half blue."""
    folder = tmp_path_factory.mktemp("flat")
    for number in range(40):
        paint(folder / f"{number}.png", 2 * (number % 2), number)
    return folder


def test_data_without_labels_stand_on_rung_three(flat, registry, tmp_path):
    found = rank(flat, ["toy/blind", "toy/colours", "toy/broken"], registry=registry, cache=False)
    assert found.rung == 3
    assert found.majority is None
    best = found.best.measured
    assert best.probe is None
    assert best.cluster_logme is not None
    assert best.proximity.reference == "crops of two everyday photographs"
    assert best.proximity.frechet > 0
    assert "Rung 3 of 5: 40 samples without labels" in found.to_text()
    assert "proxy-A" in found.to_text()
    assert "the layers do not fit" in found.rows[-1].measured.failure
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["rung"] == 3
    assert set(told["rows"][0]["proximity"]) == {"reference", "frechet", "proxy_a", "mmd", "floor"}
    assert "| `toy/colours` |" in found.to_markdown()
    assert "Rung 3 of 5" in found.report(tmp_path / "r.html").read_text()


def test_a_reference_of_the_user_s_own_is_near_where_it_is_alike(flat, registry, tmp_path):
    for number in range(40):
        paint(tmp_path / "alike" / f"{number}.png", 2 * (number % 2), 100 + number)
        paint(tmp_path / "green" / f"{number}.png", 1, 200 + number)
    near = rank(flat, ["toy/colours"], registry=registry, cache=False, reference=tmp_path / "alike")
    far = rank(flat, ["toy/colours"], registry=registry, cache=False, reference=tmp_path / "green")
    near, far = near.best.measured.proximity, far.best.measured.proximity
    assert near.reference.endswith("alike")
    assert near.proxy_a < far.proxy_a
    assert near.frechet < far.frechet
    assert near.mmd < far.mmd


def test_an_unlabelled_part_that_differs_from_the_labelled_is_told(registry, tmp_path):
    for number in range(40):
        paint(tmp_path / ("red" if number % 2 else "blue") / f"{number}.png", 2 * (1 - number % 2), number)
    items = "file,label\n" + "".join(f"{'red' if n % 2 else 'blue'}/{n}.png,{'rb'[n % 2]}\n" for n in range(40))
    for number in range(30):
        paint(tmp_path / "later" / f"{number}.png", 1, 300 + number)
        items += f"later/{number}.png,\n"
    (tmp_path / "labels.csv").write_text(items)
    task = Task.from_folder(tmp_path)
    assert task.n_unlabelled == 30
    found = rank(task, ["toy/colours"], registry=registry, cache=False)
    assert found.rung == 4
    assert found.best.measured.proximity.reference == "the labelled part"
    assert any("differs from what has one" in note for note in found.notes)


def test_the_prior_moves_by_the_weight_that_the_score_earned():
    expected, spread = np.full(3, 0.6), np.full(3, 0.5)
    after = moved(expected, spread, np.array([1.0, 2.0, 3.0]))
    steps = np.log(after / (1 - after)) - np.log(0.6 / 0.4)
    assert steps[1] == pytest.approx(0, abs=1e-9)
    assert steps[2] == pytest.approx(WEIGHT * 0.5 * np.sqrt(1.5))
    assert after[0] < after[1] < after[2]


def test_two_scores_and_scores_that_are_missing_move_nothing():
    expected, spread = np.array([0.6, 0.5, 0.4]), np.full(3, 0.5)
    assert moved(expected, spread, np.array([1.0, 2.0, np.nan])).tolist() == expected.tolist()
    assert moved(expected, spread, np.full(3, 1.0)).tolist() == expected.tolist()


def test_the_label_free_score_prefers_features_with_groups():
    rng = np.random.default_rng(0)
    groups = np.eye(4)[np.repeat(np.arange(4), 20)] @ rng.normal(size=(4, 8)) * 3
    apart, mixed = groups + rng.normal(size=groups.shape) * 0.3, rng.normal(size=groups.shape)
    assert cluster_logme(apart, 4) > cluster_logme(mixed, 4)
    with pytest.raises(DataError, match="more rows"):
        cluster_logme(apart[:4], 4)


def test_halves_of_one_set_are_the_floor_of_proximity():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200, 5)), rng.normal(size=(200, 5)) + 2
    far, alike = proximity(a, b, "b"), proximity(a, rng.normal(size=(200, 5)), "a again")
    assert far.proxy_a > 1.5 > far.floor
    assert abs(alike.mmd) < 0.05 < far.mmd
    assert proximity(a[:3], b, "b") is None


@pytest.mark.parametrize(("modality", "name"), [("text", "prose"), ("code", "Python"), ("image", "photographs")])
def test_a_yardstick_is_always_at_hand(modality, name):
    with reference_inputs(modality, None) as (told, inputs):
        assert name in told
        assert len(inputs) >= 20
        assert len(set(inputs)) == len(inputs)
    with reference_inputs("multispectral", None) as (_, inputs):
        assert inputs == ()


def test_the_command_ranks_a_folder_without_labels(flat):
    done = CliRunner().invoke(
        cli, ["rank", str(flat), "multimodal/tiny-clip", "--device", "cpu", "--no-cache", "--json"]
    )
    told = json.loads(done.stdout)
    assert told["rung"] == 3
    assert told["rows"][0]["proximity"]["proxy_a"] >= 0
