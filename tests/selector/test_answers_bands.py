"""Pictures of many bands, and a ranking in which nothing could be measured: the cause that is named is the true one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from tests.selector import toys
from tests.selector.toys import COLOUR_AND_INFRARED, TILES
from zoo.cli import cli
from zoo.errors import DataError
from zoo.selector import Task, rank, recommend
from zoo.selector.advice.bands import holds_other_bands
from zoo.selector.advice.domain_match import domain_match

SENTINEL2 = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


@pytest.fixture(scope="module")
def tiles():
    return recommend(TILES)


def test_four_bands_lose_one_whatever_the_modality_is_called(tiles):
    as_pictures = recommend(Task(modality="image", bands=COLOUR_AND_INFRARED, domain="satellite/rgb"))
    for found in (tiles, as_pictures):
        assert (
            found.candidates[0].warnings[0]
            == "it reads red, green and blue only: the other bands are lost, 1 of 4 (nir)"
        )
    assert "control:" not in tiles.to_text(explain=True)


@pytest.mark.parametrize(
    ("bands", "more"),
    [(None, False), (("B04", "B03", "B02"), False), (("r", "g", "b", "alpha"), False), (("DNA",), True)],
)
def test_bands_beyond_colour(bands, more):
    assert holds_other_bands(Task(modality="image", bands=bands)) is more


def test_tiles_in_colour_alone_lose_nothing_to_models_of_colour():
    found = recommend(TILES.revised(bands=("red", "green", "blue")))
    assert not any("are lost" in warning for c in found.candidates for warning in c.warnings)
    assert "red, green and blue only" not in found.zero_shot.note


def test_a_card_without_a_contract_for_pictures_is_told_and_its_bands_are_not_invented():
    card = toys.timm("bare", preprocess=None)
    found = recommend(Task(modality="image", bands=COLOUR_AND_INFRARED), registry=toys.registry(card))
    told = found.candidates[0].warnings
    assert "which bands it reads is not stated" in told
    assert any("does not say how pictures are prepared" in warning for warning in told)
    blind = toys.CLIP.model_copy(update={"preprocess": None})
    out = recommend(Task(modality="image"), registry=toys.registry(card, blind)).excluded
    assert [e.reason for e in out] == ["its card does not say how pictures are prepared"]


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


def test_the_control_among_models_of_many_bands_is_called_one(tmp_path):
    bands = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
    found = recommend(TILES.revised(bands=bands))
    *others, last = found.candidates
    assert last.is_control
    assert not any(c.is_control for c in others)
    assert last.reasons[0].startswith("the control")
    assert f"control: {last.card.id}" in found.to_text()
    assert f"| control | `{last.card.id}` |" in found.to_markdown()
    html = found.report(tmp_path / "r.html").read_text()
    assert f"{last.card.id} (control)" in html
    assert [c["is_control"] for c in found.to_dict()["candidates"]] == [False] * len(others) + [True]


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
    assert f"- {told['notes'][-1]}" == last


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
    assert "zoo pull" in found.to_dict()["rows"][0]["remedy"]


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


def test_a_search_among_tiles_is_not_scored_by_captions():
    found = recommend(TILES.revised(kind="retrieval"))
    assert all(c.expected is None for c in found.candidates)
    assert found.zero_shot.expected is None


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


def test_a_chain_of_models_ranks_and_tells_its_end():
    old = toys.timm("old", n_parameters=300_000_000, superseded_by="toy/middle")
    middle = toys.timm("middle", n_parameters=90_000_000, superseded_by="toy/new")
    new = toys.timm("new", n_parameters=20_000_000)
    found = recommend(Task(modality="image"), registry=toys.registry(old, middle, new)).candidates
    assert [c.card.id for c in found] == ["toy/new", "toy/middle", "toy/old"]
    assert "superseded by toy/new" in found[1].warnings
    assert "superseded by toy/new (by way of toy/middle)" in found[2].warnings
    unusable = middle.model_copy(update={"gated": True})
    task = Task(modality="image", constraints={"gated": False})
    left = recommend(task, registry=toys.registry(old, unusable, new)).candidates
    assert [c.card.id for c in left] == ["toy/new", "toy/old"]
    assert "superseded by toy/new (by way of toy/middle)" in left[1].warnings


def test_models_that_name_each_other_as_successors_are_still_ranked():
    one, other = toys.timm("one", superseded_by="toy/other"), toys.timm("other", superseded_by="toy/one")
    found = recommend(Task(modality="image"), registry=toys.registry(one, other)).candidates
    assert {c.card.id: c.replaced_by for c in found} == {"toy/one": ("toy/other",), "toy/other": ("toy/one",)}


def test_bands_of_texts_are_not_passed_over_in_silence():
    found = recommend(Task(modality="text", bands=("red", "green")))
    assert any("bands are of pictures" in warning for warning in found.warnings)


def test_a_lead_for_its_bands_over_a_higher_figure_is_told():
    task = Task(modality="multispectral", bands=SENTINEL2, class_names=("forest", "water", "town"), labels_per_class=40)
    probed = ["m-eurosat", "m-bigearthnet", "treesatai", "m-so2sat", "m-brick-kiln", "m-forestnet", "m-pv4ger"]
    found = recommend(task, exclude_evidence=probed)
    first, control = found.candidates[0], found.candidates[-1]
    assert control.is_control
    assert control.expected > first.expected
    assert found.verdict.answer == "little evidence"
    assert f"{control.card.id}, which reads colour alone" in found.verdict.why


def test_masks_are_not_promised_from_figures_of_whole_pictures():
    task = Task(modality="multispectral", domain="satellite", bands=("B02", "B03", "B04"), kind="segmentation")
    found = recommend(task)
    assert found.verdict.answer == "little evidence"
    assert any("of segmentation" in warning for warning in found.candidates[0].warnings)
    tissue = recommend(Task(modality="image", domain="medical/pathology", kind="segmentation"))
    assert not any("of segmentation" in warning for warning in tissue.candidates[0].warnings)


def test_without_labels_it_is_said_that_models_of_the_bands_wait_for_some():
    task = Task(modality="multispectral", bands=SENTINEL2, class_names=("forest", "water"), labels_per_class=0)
    assert "models that take bands beyond colour come first" in recommend(task).what_would_change[0]
    some = recommend(task.revised(labels_per_class=30))
    assert not any("come first" in line for line in some.what_would_change)
