"""A run trains, compares with its controls, and leaves a folder that predicts what its score was made of."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from zoo.data.dataset import Dataset
from zoo.errors import CapabilityError, DataError, WeightsError
from zoo.transfer import Phase, Predictor, Recipe, Run, fit
from zoo.transfer.run import read_facts

MODEL = "multimodal/tiny-clip"
TUNE = Recipe(
    name="short",
    batch_size=16,
    augment="none",
    phases=(
        Phase(name="head", trainable="head", fit="closed-form", stop=None),
        Phase(name="last blocks", trainable="last-blocks", epochs=2, body_rate=1e-4, head_rate=1e-4),
    ),
)
PROBE = Recipe(name="probe", phases=TUNE.phases[:1])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Stripes one way and the other, on noise: 30 a class."""
    folder = tmp_path_factory.mktemp("stripes")
    rng = np.random.default_rng(0)
    paths, labels = [], []
    for number in range(60):
        pixels = rng.integers(0, 120, (32, 32), dtype=np.uint8)
        if number % 2:
            pixels[::4] = 255
        else:
            pixels[:, ::4] = 255
        path = folder / f"{number:02d}.png"
        Image.fromarray(pixels).save(path)
        paths.append(str(path))
        labels.append("rows" if number % 2 else "columns")
    return paths, labels


def data_of(pictures, **more):
    return Dataset.of(*pictures, modality="image", source="stripes", **more)


@pytest.fixture(scope="module")
def run(pictures, tmp_path_factory):
    return fit(MODEL, data_of(pictures), recipe=TUNE, out=tmp_path_factory.mktemp("a") / "run")


def test_the_folder_predicts_what_the_score_was_made_of_to_the_last_bit(run):
    with (run.path / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    said = Predictor(run.path).predict([row["image"] for row in rows])
    kept = np.array([[float(row[f"score {name}"]) for name in said.labels] for row in rows])
    np.testing.assert_array_equal(said.scores.astype(float), kept)
    right = np.mean([row["truth"] == row["predicted"] for row in rows])
    assert run.scores["main"] == pytest.approx(right)
    assert run.scores["interval"][0] < right


def test_every_run_holds_rows_out_and_shows_its_controls(run):
    with (run.path / "split.csv").open(newline="") as file:
        parts = [row["part"] for row in csv.DictReader(file)]
    assert parts.count("test") == 12
    assert {"largest class", "raw pixels", "zero-shot", "frozen probe"} == set(run.facts.controls)
    assert run.facts.controls["largest class"]["main"] == pytest.approx(0.5)
    assert run.facts.gain is not None
    assert any("only 12 rows judge" in text for text in run.warnings)


def test_a_run_is_a_model_whose_body_was_tuned(run, pictures):
    tuned, source = zoo.load(run.path), zoo.load(MODEL)
    moved = (tuned.embed_images(pictures[0][:4]) - source.embed_images(pictures[0][:4])).abs().max()
    assert moved > 1e-4
    card = zoo.get_card(str(run.path))
    assert card.id == "run/run"
    assert card.preprocess == source.card.preprocess
    frozen = [name for name, _ in source.layer_groups("image")][:2]
    for (name, mine), (_, theirs) in zip(tuned.layer_groups("image"), source.layer_groups("image"), strict=True):
        same = all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
        assert same or name not in frozen


def test_a_second_run_starts_from_the_first(run, pictures, tmp_path):
    again = fit(str(run.path), data_of(pictures), recipe=PROBE, out=tmp_path / "b")
    assert again.facts.base.id == "run/run"
    assert Predictor(again.path).predict(pictures[0][:2]).predicted == ("columns", "rows")


LORA = TUNE.phases[1].model_copy(update={"adapter": "lora", "trainable": "all", "body_rate": 1e-2, "epochs": 3})


def test_low_rank_updates_and_head_come_back_as_they_were(tmp_path):
    texts = [
        f"a {colour} {shape}" for shape in ("square", "circle", "box", "ring", "dot") for colour in ("red", "blue")
    ]
    data = Dataset.of(texts * 2, [text.split()[1] for text in texts] * 2, modality="text")
    recipe = TUNE.model_copy(update={"phases": (TUNE.phases[0], LORA)})
    made = fit(MODEL, data, recipe=recipe, out=tmp_path / "r")
    assert made.facts.weights == "lora"
    assert (made.path / "adapter.safetensors").stat().st_size < 1e6
    with (made.path / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    said = Predictor(made.path).predict([row["image"] for row in rows])
    assert [repr(float(value)) for value in said.scores[:, 0]] == [row["score blue"] for row in rows]
    source = zoo.load(MODEL).embed_texts(texts)
    assert (zoo.load(str(made.path)).embed_texts(texts) - source).abs().max() > 1e-5


def test_low_rank_updates_that_would_change_nothing_are_refused(pictures, tmp_path):
    recipe = TUNE.model_copy(update={"phases": (TUNE.phases[0], LORA)})
    with pytest.raises(CapabilityError, match="LoRA changes nothing"):
        fit(MODEL, data_of(pictures), recipe=recipe, out=tmp_path / "r")


def test_an_altered_head_is_refused(pictures, tmp_path):
    made = fit(MODEL, data_of(pictures), recipe=PROBE, out=tmp_path / "r")
    head = made.path / "head.safetensors"
    head.write_bytes(head.read_bytes()[:-1] + b"\1")
    with pytest.raises(WeightsError, match="not the file that the run wrote"):
        Predictor(made.path)


def test_a_folder_that_exists_is_refused_unless_gone_on_with_or_replaced(run, pictures, tmp_path):
    with pytest.raises(DataError, match="holds a run already"):
        fit(MODEL, data_of(pictures), recipe=PROBE, out=run.path)
    assert fit(MODEL, data_of(pictures), recipe=PROBE, out=run.path, resume=True).facts.recipe.name == "short"
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="no part of a run"):
        fit(MODEL, data_of(pictures), recipe=PROBE, out=tmp_path, overwrite=True)
    assert (tmp_path / "notes.txt").exists()


def test_a_loss_that_is_no_number_stops_the_training_and_keeps_what_was_good(pictures, tmp_path):
    wild = TUNE.model_copy(
        update={
            "clip_norm": None,
            "phases": (TUNE.phases[0], TUNE.phases[1].model_copy(update={"body_rate": 1e30, "warm_up": 0.0})),
        }
    )
    made = fit(MODEL, data_of(pictures), recipe=wild, out=tmp_path / "r")
    assert any("the loss turned nan in phase 'last blocks', epoch 1, step 2" in text for text in made.warnings)
    assert made.scores["main"] > 0.9


@pytest.mark.parametrize(
    ("labels", "splits", "message"),
    [
        (["a"] * 60, None, "two classes"),
        (["a"] * 59 + ["b"], None, "single labelled row"),
        (["a"] * 30 + ["b"] * 30, ["train"] * 30 + ["test"] * 30, "has no training row"),
    ],
    ids=["one class", "one row", "class absent"],
)
def test_data_that_cannot_be_learned_is_refused(pictures, tmp_path, labels, splits, message):
    data = Dataset.of(pictures[0], labels, modality="image", splits=splits)
    with pytest.raises(DataError, match=message):
        fit(MODEL, data, recipe=PROBE, out=tmp_path / "r")


def test_the_probe_ships_where_tuning_does_not_beat_it(pictures, tmp_path):
    splits = ["train"] * 30 + ["val"] * 14 + ["test"] * 16
    ruin = TUNE.phases[1].model_copy(update={"body_rate": 0.5, "warm_up": 0.0, "stop": None})
    recipe = TUNE.model_copy(update={"phases": (TUNE.phases[0], ruin)})
    made = fit(MODEL, data_of(pictures, splits=splits), recipe=recipe, out=tmp_path / "r")
    assert any("so the probe ships" in text for text in made.facts.notes)
    assert (made.facts.weights, made.facts.recipe.name, made.facts.asked) == ("source", "feature-extraction", "short")
    assert made.scores["main"] == made.facts.controls["frozen probe"]["main"]
    kept = fit(MODEL, data_of(pictures, splits=splits), out=tmp_path / "s",
               recipe=recipe.model_copy(update={"keep_frozen_probe": False}))  # fmt: skip
    assert kept.facts.weights == "tuned"


def test_equal_rows_on_both_sides_are_told(pictures, tmp_path):
    paths, labels = pictures
    data = Dataset.of([*paths, paths[0]], [*labels, labels[0]], modality="image",
                      splits=["train"] * 40 + ["test"] * 20 + ["test"])  # fmt: skip
    made = fit(MODEL, data, recipe=PROBE, out=tmp_path / "r")
    assert any("1 of 21 test rows equal a training row" in text for text in made.warnings)


def test_groups_stay_on_one_side_and_unreadable_files_are_told(pictures, tmp_path):
    paths, labels = list(pictures[0]), list(pictures[1])
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    data = Dataset.of([*paths, str(broken)], [*labels, "rows"], modality="image",
                      groups=[f"g{i // 6}" for i in range(60)] + ["g0"])  # fmt: skip
    made = fit(MODEL, data, recipe=PROBE, out=tmp_path / "r")
    assert any("1 inputs cannot be used" in text for text in made.warnings)
    with (made.path / "split.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    side = {part: {int(row["row"]) // 6 for row in rows if row["part"] == part} for part in ("train", "test")}
    assert not side["train"] & side["test"]


def test_several_labels_a_row_have_a_score_each(pictures, tmp_path):
    labels = [["odd"] * (i % 2) + ["late"] * (i > 30) for i in range(60)]
    made = fit(MODEL, data_of((pictures[0], labels)), recipe=PROBE, out=tmp_path / "r")
    assert made.facts.task_kind == "multilabel"
    assert made.scores["name"] == "AUROC"
    said = Predictor(made.path).predict(pictures[0][:3])
    assert said.scores.shape == (3, 2)
    assert (said.scores[:, said.labels.index("odd")] > 0.5).tolist() == [False, True, False]


def test_texts_and_pairs_of_texts_are_learned(tmp_path):
    words = [f"{colour} {shape}" for shape in ("square", "circle", "box", "ring") for colour in ("red", "blue")]
    texts = [f"{word} {n}" for n in range(5) for word in words]
    labels = ["red" if "red" in text else "blue" for text in texts]
    made = fit(MODEL, Dataset.of(texts, labels, modality="text"), recipe=PROBE, out=tmp_path / "t")
    assert made.facts.input_kind == "text"
    assert "TF-IDF" in made.facts.controls
    pairs = [(text, texts[(place + 1 + place // 2 % 2) % 40]) for place, text in enumerate(texts)]
    same = ["same" if ("red" in a) == ("red" in b) else "other" for a, b in pairs]
    both = fit(MODEL, Dataset.of(pairs, same, modality="text"), recipe=PROBE, out=tmp_path / "p")
    assert both.facts.input_kind == "pair"
    assert len(Predictor(both.path).predict(pairs[:2])) == 2


def test_a_contrastive_recipe_brings_rows_of_a_class_together(tmp_path):
    texts = [f"{word} {n}" for n in range(6) for word in ("red square", "blue ring", "green cross")]
    labels = [text.split()[0] for text in texts]
    recipe = Recipe(
        name="pairs",
        batch_size=12,
        augment="none",
        phases=(
            Phase(name="pairs", trainable="all", loss="pairs", epochs=3, body_rate=1e-3, stop=None),
            Phase(name="head", trainable="head", fit="closed-form", stop=None),
        ),
    )
    made = fit(MODEL, Dataset.of(texts, labels, modality="text"), recipe=recipe, out=tmp_path / "r")

    def apart(encoder):
        rows = torch.nn.functional.normalize(encoder.embed_texts(texts), dim=1).numpy()
        same = np.array(labels)[:, None] == np.array(labels)
        cosine = rows @ rows.T
        return cosine[same].mean() - cosine[~same].mean()

    assert apart(zoo.load(str(made.path))) > apart(zoo.load(MODEL)) + 0.1


def test_the_contrastive_recipe_refuses_pictures(pictures, tmp_path):
    with pytest.raises(CapabilityError, match="for texts"):
        fit(MODEL, data_of(pictures), recipe="contrastive", out=tmp_path / "r")


def test_rows_unlike_the_training_data_are_told(run):
    said = Predictor(run.path).predict([np.full((32, 32), 200, dtype=np.uint8)])
    assert said.notes == ("row 0 is unlike the training data",)


def test_a_run_can_be_read_again_and_told(run):
    again = Run.read(run.path)
    assert again.facts == read_facts(run.path)
    assert "Against the frozen probe" in str(again)
    log = [json.loads(line) for line in (run.path / "log.jsonl").read_text().splitlines()]
    assert [(record["phase"], record["epoch"]) for record in log] == [("last blocks", 1), ("last blocks", 2)]


def test_the_page_is_self_contained_and_shows_score_controls_and_errors(run):
    page = run.report().read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    for name in run.facts.controls:
        assert name in page
    assert f"{100 * run.scores['main']:.1f} %" in page
    assert 'polyline class="training"' in page


def test_auto_measures_inside_the_training_rows_and_says_what_it_chose(pictures, tmp_path):
    made = fit(MODEL, data_of(pictures), out=tmp_path / "r")
    assert made.facts.asked == "auto"
    assert [own["chosen"] for own in made.facts.measured].count(True) == 1
    chosen = next(own for own in made.facts.measured if own["chosen"])
    assert (made.facts.recipe.name == "feature-extraction") == chosen["name"].startswith("frozen")
    assert "Compared inside the training rows" in str(made)
    assert not (made.path / "choice.json").exists()
