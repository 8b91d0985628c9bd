"""What a person reads must agree with itself: verdicts with notes, causes with remedies, words with the task."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from tests.selector import toys
from zoo.cli import cli
from zoo.errors import DataError, TaskError
from zoo.selector import Task, rank, recommend
from zoo.selector.band_use import holds_other_bands
from zoo.selector.domain_worth import domain_match
from zoo.selector.leakage import Seen
from zoo.selector.report_page import Bar, Point, intervals, pareto
from zoo.selector.strategy import choose_strategy, domain_distance

COLOUR_AND_INFRARED = ("red", "green", "blue", "nir")
TILES = Task(
    modality="multispectral", bands=COLOUR_AND_INFRARED, class_names=("forest", "river", "crop"), labels_per_class=50
)
CHEST = Task(
    modality="image",
    domain="medical/radiology",
    class_names=("normal", "pneumonia"),
    labels_per_class=200,
    constraints={"commercial_use": True, "gated": False},
)


@pytest.fixture(scope="module")
def tiles():
    return recommend(TILES)


@pytest.mark.parametrize(
    "task",
    [
        TILES,
        CHEST,
        Task(modality="image", domain="microscopy/fluorescence", class_names=("golgi", "actin"), labels_per_class=30),
        Task(modality="image", domain="microscopy/electron", kind="segmentation"),
        Task(modality="image", domain="geology", class_names=("granite", "basalt"), labels_per_class=40),
    ],
    ids=["four bands", "x-rays to sell", "fluorescence", "electron", "unknown domain"],
)
def test_a_good_source_never_stands_beside_little_evidence(task):
    found = recommend(task)
    assert found.verdict.answer == "little evidence"
    assert "measure" in found.verdict.why
    page = found.to_dict()
    assert page["verdict"]["answer"] == "little evidence"
    for told in (found.to_text(), found.to_markdown()):
        assert "Good source" not in told
        assert "Little evidence" in told


def test_the_page_says_the_same(tiles, tmp_path):
    html = tiles.report(tmp_path / "r.html").read_text()
    assert "<b>Little evidence:</b>" in html
    assert "Good source" not in html


def test_figures_of_the_domain_still_carry_a_verdict():
    found = recommend(Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=500))
    assert found.verdict.answer == "good source"
    assert not any("little evidence" in warning for warning in found.warnings)


def test_the_one_model_that_is_left_is_no_leader():
    found = recommend(Task(modality="image", class_names=("cat", "dog")), registry=toys.registry(toys.CLIP))
    text = found.to_text()
    assert "the only usable model" in found.verdict.why or "can be used" in found.verdict.why
    assert "One usable model" in text
    assert "expected regret" not in text


def test_four_bands_lose_one_whatever_the_modality_is_called(tiles):
    as_pictures = recommend(Task(modality="image", bands=COLOUR_AND_INFRARED, domain="satellite/rgb"))
    for found in (tiles, as_pictures):
        assert (
            found.candidates[0].warnings[0]
            == "it reads red, green and blue only: the other bands are lost, 1 of 4 (nir)"
        )
    assert "a control" not in tiles.to_text(explain=True)


@pytest.mark.parametrize(
    ("bands", "more"),
    [(None, False), (("B04", "B03", "B02"), False), (("r", "g", "b", "alpha"), False), (("DNA",), True)],
)
def test_bands_beyond_colour(bands, more):
    assert holds_other_bands(Task(modality="image", bands=bands)) is more


def test_a_model_of_colour_tiles_knows_what_it_sees_of_many_bands(tiles):
    tile = toys.timm("tile", domains=("satellite/rgb",))
    assert domain_match(TILES, tile) == "own"
    assert domain_match(TILES, toys.BANDS) == "own"
    assert domain_match(TILES, toys.RESNET) == "none"
    own = [c for c in tiles.candidates if c.match == "own"]
    assert own
    assert all("satellite/rgb" in c.card.domains for c in own)
    assert all("trained on what it sees of these bands, satellite/rgb" in " ".join(c.reasons) for c in own)


def test_a_model_that_answers_in_words_is_no_source_for_tiles(tiles):
    out = {e.id: e.reason for e in tiles.excluded}
    assert "answers pictures in words" in out["multimodal/openflamingo-9b"]


def test_the_control_among_models_of_many_bands_is_called_one():
    bands = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
    last = recommend(TILES.revised(bands=bands)).candidates[-1]
    assert last.reasons[0].startswith("the control")


def test_nothing_reads_radar_and_the_answer_does_not_name_a_stranger_as_near():
    found = recommend(Task(modality="multispectral", bands=("VV", "VH"), class_names=("water", "land")))
    assert "No model takes any of the bands VV, VH" in found.verdict.why
    assert found.strategy.name == found.recipe.name == "none"
    assert "Train the head" not in found.to_text()
    assert found.commands == ()


def test_the_nearest_is_the_one_that_misses_fewest_bands():
    few = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11")
    cards = (
        toys.CHEST.model_copy(update={"id": "toy/grey", "preprocess": toys.pixels(224, ("thermal_1",))}),
        toys.BANDS,
    )
    found = recommend(TILES.revised(bands=few), registry=toys.registry(*cards))
    assert "Nearest is toy/bands" in found.verdict.why


def test_a_band_that_nobody_knows_is_named():
    warned = recommend(TILES.revised(bands=("red", "green", "blue", "rededge"))).warnings
    assert any("no band is known by the name rededge" in warning for warning in warned)
    assert not any("no band is known" in warning for warning in recommend(TILES).warnings)


def test_what_a_card_says_is_not_cut_at_a_semicolon():
    card = toys.timm("wordy", limitations="Takes any channels; here the five of a kit.")
    found = recommend(Task(modality="image"), registry=toys.registry(card))
    assert "Takes any channels; here the five of a kit." in found.candidates[0].warnings
    assert "against it: Takes any channels; here the five of a kit." in found.to_text(explain=True)


def test_that_nothing_is_published_is_said_once():
    found = recommend(Task(modality="image", domain="medical/radiology"), candidates=["medical/biomedclip"])
    told = [*found.candidates[0].reasons, *found.candidates[0].warnings]
    assert sum("no published result" in line for line in told) == 1


def test_no_estimate_lies_below_chance():
    task = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=0)
    found = recommend(task, candidates=["multimodal/tiny-clip"])
    assert found.candidates[0].expected == 0.5
    assert "not expected to beat chance" in found.candidates[0].warnings
    assert found.zero_shot.expected == 0.5
    assert "not expected to beat chance" in found.zero_shot.note
    many = recommend(task.revised(class_names=[f"kind {n}" for n in range(50)]), candidates=["multimodal/tiny-clip"])
    assert many.candidates[0].expected > 1 / 50


def test_masks_are_not_promised_from_words():
    unstated = recommend(Task(modality="image", kind="segmentation", domain="medical/pathology"))
    assert unstated.recipe.name == "head-only"
    assert all(phase.head == "masks" for phase in unstated.recipe.phases)
    none = recommend(Task(modality="image", kind="segmentation", domain="medical/pathology", labels_per_class=0))
    assert none.recipe.phases == ()
    assert none.strategy.title.startswith("Masks first")
    for found in (unstated, none):
        text = found.to_text()
        assert "class names are the classifier" not in text
        assert "zero-shot scores are no probabilities" not in text


@pytest.mark.parametrize(
    ("task", "card", "distance"),
    [
        (Task(modality="text", domain="text/legal"), toys.LAW, "near"),
        (Task(modality="text", domain="text/legal"), toys.BERT, "unknown"),
        (Task(modality="image", domain="medical/dermatology"), toys.CHEST, "unknown"),
        (Task(modality="image", domain="medical/radiology"), toys.RESNET, "far"),
    ],
)
def test_a_general_source_does_not_know_a_special_domain(task, card, distance):
    assert domain_distance(task, card) == distance
    strategy, _ = choose_strategy(task.revised(labels_per_class=50), card)
    assert any("knows this domain" in rule.text for rule in strategy.rules) is (distance == "near")


def test_a_baseline_without_figures_says_why_no_gain_is_told():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), labels_per_class=50))
    assert "what a candidate gains over it is not known" in found.zero_shot.note
    assert found.zero_shot.describe().count("little evidence") == 1


def test_texts_may_be_asked_for_zero_shot():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), constraints={"zero_shot": True}))
    assert found.candidates
    assert found.zero_shot.model is not None


def test_limits_are_told_with_their_unit():
    with pytest.raises(TaskError) as caught:
        recommend(Task(modality="text", language="zh", constraints={"memory_gb": 0.2}))
    assert " GB" in caught.value.remedy


def test_pictures_with_texts_have_an_ordinary_choice():
    found = recommend(Task(modality="image-text", domain="natural", class_names=("cat", "dog"), labels_per_class=300))
    assert "clip-vit-b-32, the ordinary choice" in found.verdict.why


def test_numbers_that_round_to_nothing_are_not_promised():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), labels_per_class=100_000))
    said = " ".join(found.what_would_change)
    assert "0.0" not in said
    assert any("few-shot probes; with 100,000 labels" in warning for warning in found.warnings)


def test_few_labels_are_counted_without_naming_pictures_where_there_are_texts():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), labels_per_class=5))
    warned = next(w for w in found.warnings if "too few to choose" in w)
    assert "picture" not in warned


def test_a_plain_prompt_is_shown():
    found = recommend(
        Task(modality="image", domain="biology/organism", class_names=("finch", "wren"), labels_per_class=0)
    )
    assert found.zero_shot.prompts[0] == "a photo of a finch."


@pytest.mark.parametrize(
    ("model", "dataset"),
    [
        ("medical/biomedclip", "ham10000"),
        ("satellite/remoteclip-vit-l-14", "ucmerced"),
        ("vision/eva02-large-448", "mscoco"),
        ("microscopy/bioclip-2", "cub"),
    ],
)
def test_a_collection_that_nobody_has_looked_into_is_no_clean_training_set(model, dataset):
    card = recommend(Task(modality="image"), candidates=[model]).candidates[0].card
    found = Seen(dataset).by(card)
    assert found.answer == "unknown"
    assert "nobody has looked" in found.why


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    """Two classes of pictures with five channels that have no names."""
    folder = tmp_path_factory.mktemp("stacks")
    rng = np.random.default_rng(0)
    for label, level in (("dark", 40), ("light", 200)):
        (folder / label).mkdir()
        for number in range(6):
            pixels = rng.integers(level - 30, level + 30, (32, 32, 5), dtype=np.uint8)
            np.save(folder / label / f"{number}.npy", pixels)
    return folder


def ranked(*words):
    return CliRunner().invoke(cli, ["rank", *map(str, words), "--device", "cpu", "--no-cache"])


def test_rank_says_that_bands_are_the_reason(stacks):
    done = ranked(stacks, "multimodal/tiny-clip", "--bands", "VV,VH,HH,HV,X")
    assert done.exit_code == 1
    last = done.stdout.strip().splitlines()[-1]
    assert "no model named takes the bands VV, VH, HH, HV, X" in last
    assert "--bands" in last
    assert "fetch" not in last
    told = json.loads(ranked(stacks, "multimodal/tiny-clip", "--bands", "VV,VH,HH,HV,X", "--json").stdout)
    assert told["notes"][-1] == last


def test_rank_of_what_no_model_takes_says_so_before_it_starts(stacks):
    with pytest.raises(DataError, match="no model takes the bands VV, VH, HH, HV, X") as caught:
        rank(Task.from_folder(stacks).revised(bands=("VV", "VH", "HH", "HV", "X")), cache=False)
    assert "every channel" in caught.value.remedy


def test_bands_and_channels_must_be_as_many(stacks):
    few = Task.from_folder(stacks).revised(bands=("red", "green", "blue", "nir"))
    with pytest.raises(DataError, match=r"4 bands are named .*, and the files hold 5"):
        rank(few, ["multimodal/tiny-clip"], cache=False)
    assert any("4 bands are named, the files hold 5" in warning for warning in recommend(few).warnings)


def test_rank_without_names_of_channels_does_not_ask_for_files(stacks):
    last = ranked(stacks, "multimodal/tiny-clip").stdout.strip().splitlines()[-1]
    assert "the reason beside it" in last
    assert "fetch" not in last


def test_a_model_that_cannot_be_fetched_keeps_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    table = tmp_path / "t.csv"
    table.write_text("text,label\n" + "".join(f"words {n},{'ab'[n % 2]}\n" for n in range(20)))
    found = rank(Task.from_table(table), ["text/bert-base-uncased"], cache=False, local_files_only=True)
    assert "fetch models" in found.notes[-1]
    assert "tiny-clip" not in found.notes[-1]
    assert any(note.startswith("text/bert-base-uncased: ") and "zoo pull" in note for note in found.notes)


def test_the_cause_of_little_evidence_is_the_one_that_holds():
    found = recommend(
        Task(modality="image", kind="multilabel", domain="natural", class_names=("cat", "car"), labels_per_class=500)
    )
    assert found.verdict.answer == "little evidence"
    assert "no figure of multilabel is published" in found.verdict.why
    assert not any("results in natural" in warning for warning in found.warnings)


def test_the_bundled_model_is_not_praised_for_what_it_never_saw():
    stranger = recommend(Task(modality="image", domain="satellite/rgb", class_names=("forest", "river"))).zero_shot
    assert stranger.bundled == "multimodal/tiny-clip"
    assert "only to try the commands: it knows synthetic" in stranger.describe()
    own = recommend(Task(modality="image", domain="microscopy/cell", class_names=("platelet", "red cell"))).zero_shot
    assert "Offline and at once: multimodal/tiny-clip." in own.describe()


def test_features_of_a_specialist_are_not_called_general():
    pool = ["multimodal/tiny-clip", "vision/resnet50"]
    task = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=50)
    told = {c.card.id: c for c in recommend(task, candidates=pool).candidates}
    assert any(r.startswith("features of synthetic") for r in told["multimodal/tiny-clip"].reasons)
    assert any("it never saw natural" in w for w in told["multimodal/tiny-clip"].warnings)
    assert not any("never saw" in w for w in told["vision/resnet50"].warnings)
    unknown = recommend(Task(modality="image"), candidates=["medical/eva-x-ti"]).candidates[0]
    assert "made for medical/radiology, and the task's domain is not known" in unknown.warnings


def test_marks_in_one_place_share_a_name():
    bars = [Bar("toy/a", 0.6, 0.2, 0.9)]
    assert ">chance, zero-shot<" in intervals(bars, marks=[("zero-shot", 0.5), ("chance", 0.5)])
    apart = intervals(bars, marks=[("zero-shot", 0.7), ("chance", 0.5)])
    assert ">chance<" in apart
    assert ">zero-shot<" in apart


def test_an_axis_of_less_than_a_decade_has_more_than_one_number():
    drawn = pareto([Point("toy/a", 140, 0.7), Point("toy/b", 350, 0.8)], cost="ms", value="expected")
    assert len([tick for tick in ("150", "200", "250", "300") if f">{tick}<" in drawn]) >= 3


def test_where_the_domain_is_not_known_the_verdict_says_for_what_it_holds():
    found = recommend(Task(modality="image", labels_per_class=300))
    assert found.verdict.answer == "likely good"
    assert "a specialist may be better" in found.verdict.why
    assert recommend(Task(modality="text", labels_per_class=300)).verdict.answer == "good source"


def test_the_next_command_is_one_that_works(tmp_path):
    for name in ("no", "yes"):
        (tmp_path / name).mkdir()
        for number in range(3):
            np.save(tmp_path / name / f"{number}.npy", np.full((40, 40, 3), 40 * number, np.uint8))
    assert recommend(Task.from_folder(tmp_path)).commands == ()
    for number in range(3, 9):
        np.save(tmp_path / "yes" / f"{number}.npy", np.full((40, 40, 3), 10 * number, np.uint8))
    (command,) = recommend(Task.from_folder(tmp_path)).commands
    assert command.startswith("zoo rank")
    named = recommend(Task.from_folder(tmp_path).revised(class_names=["empty room", "full room"])).commands
    assert named[0].startswith("zoo classify")


def test_what_keeps_a_model_from_being_used_is_told_first():
    found = recommend(Task(modality="image", domain="medical/radiology"), candidates=["medical/medclip-vit"])
    told = found.candidates[0].warnings
    assert told.index("no licence of the weights is known") < next(
        place for place, line in enumerate(told) if line.startswith("no published result")
    )


def test_rank_says_where_nothing_was_gained(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        for number in range(12):
            np.save(tmp_path / name / f"{number}.npy", rng.integers(0, 255, (32, 32, 3), dtype=np.uint8))
    noise = rank(tmp_path, ["multimodal/tiny-clip"], cache=False, device="cpu")
    assert any("not clearly better than always naming the largest class (0.50)" in note for note in noise.notes)
    page = noise.report(tmp_path / "r.html").read_text()
    assert "not clearly better" in page
    assert "greater is better" in page
    text = "the class names alone reach 0.90, a probe 0.85"
    row = noise.rows[0]
    named = replace(noise, rows=(replace(row, measured=replace(row.measured, probe=0.85, zero_shot=0.9)),))
    assert any(text in note for note in named.notes)
    better = replace(row, interval=(0.8, 0.9), measured=replace(row.measured, probe=0.85, zero_shot=0.6))
    assert replace(noise, rows=(better,)).notes == []


def test_names_that_say_nothing_start_no_head():
    told = Task(modality="image", class_names=("no", "yes"), labels_per_class=200)
    assert choose_strategy(told, toys.CLIP)[1].phases[0].head == "linear"
    assert choose_strategy(told.revised(class_names=("cat", "dog")), toys.CLIP)[1].phases[0].head == "text-initialised"


def test_one_class_has_no_chance_to_beat():
    found = recommend(Task(modality="image", class_names=("cat",), labels_per_class=20))
    assert found.candidates[0].expected < 1
    assert any("one class alone" in warning for warning in found.warnings)


def test_masks_by_class_names_alone_are_a_contradiction():
    with pytest.raises(TaskError, match="satisfies all of: zero_shot") as caught:
        recommend(Task(modality="image", kind="segmentation", constraints={"zero_shot": True}))
    assert "without zero_shot" in caught.value.remedy


def test_a_search_among_tiles_is_not_scored_by_captions():
    found = recommend(TILES.revised(kind="retrieval"))
    assert all(c.expected is None for c in found.candidates)
    assert found.zero_shot.expected is None


def test_a_language_that_nobody_knows_a_model_to_read_is_told():
    found = recommend(Task(modality="image-text", kind="retrieval", language="de"))
    unsaid = [c for c in found.candidates if c.card.languages is None]
    assert unsaid
    assert all("its card states no languages, and the task is in de" in c.warnings for c in unsaid)
    names = recommend(Task(modality="image", language="de", class_names=("Hund", "Katze"), labels_per_class=0))
    assert "English are safer" in names.zero_shot.note


def test_without_figures_a_model_stands_behind_the_one_that_replaced_it():
    bands = ("L8_B2", "L8_B3", "L8_B4", "L8_B5", "L8_B6", "L8_B7")
    ids = [c.card.id for c in recommend(TILES.revised(bands=bands), k=50).candidates]
    assert ids.index("satellite/prithvi-2.0-300m") < ids.index("satellite/prithvi-1.0-100m")
    old = toys.timm("old", n_parameters=300_000_000, superseded_by="toy/new")
    new = toys.timm("new", n_parameters=20_000_000)
    both = recommend(Task(modality="image"), registry=toys.registry(old, new)).candidates
    assert [c.card.id for c in both] == ["toy/new", "toy/old"]
    assert both[0].expected >= both[1].expected
    free = recommend(
        Task(modality="image"), registry=toys.registry(old.model_copy(update={"superseded_by": None}), new)
    )
    assert free.candidates[0].card.id == "toy/old"


def test_where_all_is_a_guess_measuring_is_not_called_idle():
    found = recommend(
        Task(modality="image", domain="geology", class_names=("granite", "basalt", "gneiss"), labels_per_class=40)
    )
    assert found.verdict.answer == "little evidence"
    assert not any("changes little" in line for line in found.what_would_change)
    assert any("measured, expect a regret" in line for line in found.what_would_change)


def test_bands_of_texts_are_not_passed_over_in_silence():
    found = recommend(Task(modality="text", bands=("red", "green")))
    assert any("bands are of pictures" in warning for warning in found.warnings)
