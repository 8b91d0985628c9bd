"""Candidates are measured on real files by real small networks, and one that fails costs only its own row."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.zoo.toy_cards import toy_card
from zoo import hookimpl
from zoo.cards import CustomSource, Pretraining
from zoo.errors import DataError, MissingExtraError, TaskError, UnknownModelError
from zoo.registry import Registry
from zoo.selector import Task, rank, recommend


class Network(torch.nn.Module):
    """One weight, so that there is a file to load."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))


class Colours(Network):
    """Mean of each colour: tells red from blue."""

    def embed_images(self, pixels):
        return self.weight * pixels.mean(dim=(2, 3))


class Blind(Network):
    """Digits far behind the point: tell nothing apart."""

    def embed_images(self, pixels):
        return torch.frac(pixels.flatten(1)[:, :8] * 1e4)


class Broken(Network):
    def embed_images(self, pixels):
        raise RuntimeError("the layers do not fit")


NETWORKS = {"colours": Colours, "blind": Blind, "broken": Broken}


class Toys:
    """Three networks whose weights lie in a folder."""

    def __init__(self, folder):
        self.path = folder / "weights.safetensors"
        save_file({"weight": torch.ones(1)}, self.path)

    @hookimpl
    def zoo_models(self):
        return [
            toy_card(
                f"toy/{name}",
                source=CustomSource(builder=name, path=str(self.path), format="safetensors"),
                embed_dim=None,
                architecture=None,
            )
            for name in NETWORKS
        ]

    @hookimpl
    def zoo_load_custom(self, card, weights):
        network = NETWORKS[card.source.builder]()
        network.load_state_dict(dict(weights))
        return network.eval()

    @hookimpl
    def zoo_transferability_scores(self):
        return {"width": lambda features, labels: float(features.shape[1]), "bad": lambda features, labels: 1 / 0}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    made = Registry()
    made.register(Toys(tmp_path_factory.mktemp("weights")), "toys")
    return made


@pytest.fixture(scope="module")
def paints(tmp_path_factory):
    """Sixty red and thirty blue pictures, one file that is none."""
    folder = tmp_path_factory.mktemp("paints")
    rng = np.random.default_rng(0)
    for number in range(90):
        name, channel = ("red", 0) if number < 60 else ("blue", 2)
        pixels = rng.integers(0, 180, (16, 16, 3), dtype=np.uint8)
        pixels[:, :, channel] += 60
        (folder / name).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(folder / name / f"{number}.png")
    (folder / "red" / "broken.png").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def ranking(paints, registry, tmp_path_factory):
    return rank(
        paints,
        [f"toy/{name}" for name in ("blind", "broken", "colours")],
        registry=registry,
        cache=tmp_path_factory.mktemp("features"),
    )


def test_the_model_that_tells_classes_apart_leads(ranking):
    assert [row.id for row in ranking.rows] == ["toy/colours", "toy/blind", "toy/broken"]
    best = ranking.best
    assert best.measured.probe > 0.95
    assert best.measured.knn > 0.95
    assert best.measured.n_scored == 90
    assert best.shrunk > ranking.rows[1].shrunk
    assert best.interval[0] < best.shrunk < best.interval[1]
    assert ranking.majority == pytest.approx(60 / 90)


def test_a_ranking_tells_its_rung_and_what_trusting_it_costs(ranking):
    assert ranking.rung == 4
    assert 0 <= ranking.expected_regret < 0.05  # ninety rows tell the two that work far apart
    assert ranking.to_text().startswith("Rung 4 of 5: 90 samples")
    assert "Expected regret" in ranking.headline


def test_a_ranking_in_which_all_failed_says_what_to_do(paints, registry):
    found = rank(paints, ["toy/broken"], registry=registry, cache=False)
    assert found.best is None
    assert found.expected_regret is None
    assert "multimodal/tiny-clip" in found.notes[-1]


def test_a_model_that_saw_the_named_data_is_told_beside_its_figures(paints, registry):
    seen = Pretraining(datasets=frozenset({"My Paints"}), objective="supervised")
    cards = [registry.get_card(f"toy/{name}") for name in ("colours", "blind")]
    cards[0] = cards[0].model_copy(update={"pretraining": seen})
    task = Task.from_folder(paints).revised(dataset="my-paints")
    said = [
        line for line in rank(task, cards, registry=registry, cache=False).to_text().splitlines() if "leakage:" in line
    ]
    assert len(said) == 1
    assert "leakage: toy/colours saw my-paints" in said[0]


def test_a_model_that_fails_is_a_row_with_the_reason(ranking):
    row = ranking.rows[-1]
    assert "the layers do not fit" in row.measured.failure
    assert row.measured.probe is None
    assert 0 < row.shrunk < 1  # what is believed of it still comes from the others and the prior


def test_scores_of_plugins_are_told_and_a_bad_one_harms_nothing(ranking):
    assert ranking.best.measured.scores == {"width": 3.0}
    assert any("score bad failed: ZeroDivisionError" in note for note in ranking.best.measured.notes)


def test_features_are_computed_once(paints, registry, tmp_path):
    first = rank(paints, ["toy/colours"], registry=registry, cache=tmp_path)
    second = rank(paints, ["toy/colours"], registry=registry, cache=tmp_path)
    assert first.best.measured.ms_per_sample is not None
    assert second.best.measured.ms_per_sample is None
    assert second.best.measured.probe == first.best.measured.probe


def test_the_data_s_own_test_part_is_scored(tmp_path, registry):
    rng = np.random.default_rng(1)
    for number in range(40):
        name, split = ("red", "blue")[number % 2], "test" if number < 10 else "train"
        pixels = rng.integers(0, 180, (8, 8, 3), dtype=np.uint8)
        pixels[:, :, 0 if name == "red" else 2] += 70
        (tmp_path / split / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / split / name / f"{number}.png")
    found = rank(tmp_path, ["toy/colours"], registry=registry, cache=False)
    assert found.held_out
    assert found.n_scored == 10


def test_a_large_set_is_thinned_class_by_class(paints, registry):
    found = rank(paints, ["toy/colours"], registry=registry, max_samples=30, cache=False)
    assert found.n_samples == 30
    assert found.majority == pytest.approx(20 / 30)


def test_few_rows_move_the_estimate_less_than_many(paints, registry):
    few = rank(paints, ["toy/colours"], registry=registry, max_samples=8, cache=False).best
    many = rank(paints, ["toy/colours"], registry=registry, cache=False).best
    expected = few.candidate.expected
    assert few.interval[1] - few.interval[0] > many.interval[1] - many.interval[0]
    assert abs(few.shrunk - expected) < abs(few.measured.probe - expected)


def test_a_recommendation_is_measured_as_it_stands(paints, registry):
    advice = recommend(Task.from_folder(paints), registry=registry, k=2)
    found = rank(paints, advice, registry=registry, cache=False)
    assert {row.id for row in found.rows} == {c.card.id for c in advice.candidates}


def test_what_cannot_be_ranked_is_refused(tmp_path, paints, registry):
    with pytest.raises(DataError, match="stated by hand"):
        rank(Task(modality="image"), ["toy/colours"], registry=registry)
    few = tmp_path / "few"
    few.mkdir()
    for number in range(60, 64):
        (few / f"{number}.png").write_bytes((paints / "blue" / f"{number}.png").read_bytes())
    with pytest.raises(DataError, match="at least two classes, or 8 inputs without labels, got 4"):
        rank(few, ["toy/colours"], registry=registry)
    with pytest.raises(UnknownModelError, match="toy/colours"):
        rank(paints, ["toy/color"], registry=registry)
    with pytest.raises(DataError, match="no candidate"):
        rank(paints, [], registry=registry)


def test_one_name_alone_is_measured_as_one_model(paints, registry):
    found = rank(paints, "toy/colours", registry=registry, cache=False)
    assert [row.id for row in found.rows] == ["toy/colours"]
    for given in ({"candidates": 7}, {"candidates": ["toy/colours"], "exclude_evidence": 7}):
        with pytest.raises(TaskError, match="is 7, want a list of names"):
            rank(paints, registry=registry, **given)


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed here")
def test_without_ray_the_install_command_is_told(paints, registry):
    with pytest.raises(MissingExtraError, match=r"pip install 'transfer-zoo\[ray\]'"):
        rank(paints, ["toy/colours"], registry=registry, engine="ray")


def test_the_functions_of_the_package_are_functions():
    """A submodule of the same name would take their place once it is imported."""
    import zoo.selector

    for name in ("rank", "recommend"):
        assert callable(getattr(zoo.selector, name))
        assert importlib.util.find_spec(f"zoo.selector.{name}") is None


def test_the_ranking_is_told_in_text_markdown_json_and_html(ranking, tmp_path):
    assert "toy/colours" in ranking.to_text()
    assert "failed: " in ranking.to_text()
    assert "| `toy/colours` |" in ranking.to_markdown()
    told = json.loads(json.dumps(ranking.to_dict(), allow_nan=False))
    assert told["rows"][0]["id"] == "toy/colours"
    page = ranking.report(tmp_path / "r.html").read_text()
    assert "toy/colours" in page
    assert "the layers do not fit" in page
    assert "<script" not in page


@pytest.mark.parametrize("most", [0, 2.5, True])
def test_a_sample_has_a_whole_number_of_rows(paints, registry, most):
    with pytest.raises(DataError, match=r"max_samples is .*Give a whole number"):
        rank(paints, ["toy/colours"], registry=registry, max_samples=most, cache=False)
