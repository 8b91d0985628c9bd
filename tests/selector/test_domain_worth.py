"""What a domain is worth has a rule, and bands decide before figures on photographs do."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from tests.selector import toys
from zoo.cli import cli
from zoo.registry import default_registry
from zoo.selector import Task, recommend
from zoo.selector.advice.bands import lost_bands, takes_bands
from zoo.selector.advice.candidates import estimates, prior_for
from zoo.selector.advice.domain_match import OWN_WORTH, TEXT_DIFFERENCE, domain_match, domain_worth
from zoo.selector.evidence.table import Evidence
from zoo.selector.task.datasets import Datasets

SENTINEL2 = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
TILES = Task(
    modality="multispectral", bands=SENTINEL2, class_names=("AnnualCrop", "Forest", "River"), labels_per_class=200
)


@pytest.fixture(scope="module")
def tiles():
    return recommend(TILES)


def test_thirteen_bands_get_models_that_take_them_and_one_control(tiles):
    *specialists, control = tiles.candidates
    assert all(takes_bands(c.card) for c in specialists)
    assert all("satellite/multispectral" in c.card.domains for c in specialists)
    assert not takes_bands(control.card)
    assert "10 of 13 (B01, B05" in control.warnings[0]
    assert all("bands" in c.reasons[0] for c in specialists)
    assert {e.constraint for e in tiles.excluded if e.id == "medical/medclip-vit"} == {"bands"}


def test_where_no_figure_compares_the_verdict_says_so(tiles):
    assert tiles.verdict.answer == "little evidence"
    assert "measure both" in tiles.verdict.why
    assert "red, green and blue only" in tiles.zero_shot.describe()


def test_two_candidates_leave_no_room_for_a_control():
    assert all(takes_bands(c.card) for c in recommend(TILES, k=2).candidates)


def test_bands_that_no_model_takes_are_answered_with_the_nearest():
    found = recommend(Task(modality="multispectral", bands=("B01", "B09"), class_names=("a", "b")))
    assert found.candidates == ()
    assert found.no_good_source
    assert "Nearest is" in found.verdict.why


def test_channels_without_names_are_asked_for(tmp_path):
    for label in ("crop", "forest"):
        (tmp_path / label).mkdir()
        for number in range(3):
            np.save(tmp_path / label / f"{number}.npy", np.full((8, 8, 10), 100 * number, np.uint16))
    found = recommend(Task.from_folder(tmp_path))
    assert any("10 channels are often Sentinel-2" in warning for warning in found.warnings)
    held = {e.id: e.reason for e in found.excluded if e.constraint == "bands"}
    assert "it wants 13 bands, the files hold 10" in held["satellite/ssl4eo-s12-vit-s-dino"]


def test_rank_takes_names_of_channels(tmp_path):
    rng = np.random.default_rng(0)
    for label, level in (("dark", 40), ("light", 200)):
        (tmp_path / label).mkdir()
        for number in range(6):
            pixels = rng.integers(level - 30, level + 30, (32, 32, 6), dtype=np.uint8)
            np.save(tmp_path / label / f"{number}.npy", pixels)
    named = ["rank", str(tmp_path), "multimodal/tiny-clip", "--device", "cpu", "--no-cache", "--json"]
    told = json.loads(CliRunner().invoke(cli, [*named, "--bands", "B02,B03,B04,B08,B11,B12"]).stdout)
    assert told["rows"][0]["failure"] is None
    assert told["rows"][0]["probe"] > 0.8
    told = json.loads(CliRunner().invoke(cli, named).stdout)
    assert "--bands" in told["rows"][0]["failure"]


def test_lost_bands_are_counted_by_what_they_are():
    assert lost_bands(TILES.revised(bands=("B02", "B03", "B04", "B08", "B11", "B12")), toys.BANDS) == ()
    assert lost_bands(TILES.revised(bands=("blue", "green", "red", "nir")), toys.RESNET) == ("nir",)
    assert lost_bands(Task(modality="multispectral"), toys.BANDS) is None


@pytest.mark.parametrize(
    ("domain", "card", "worth"),
    [
        ("medical/radiology", toys.CHEST, OWN_WORTH["medical"]),
        ("medical/pathology", toys.CHEST, 0.0),
        ("satellite/rgb", toys.CHEST, -TEXT_DIFFERENCE),
        ("natural", toys.CHEST, -TEXT_DIFFERENCE),
        ("medical/radiology", toys.RESNET, 0.0),
        ("text/legal", toys.LAW, TEXT_DIFFERENCE / 2),
        ("text/biomedical", toys.LAW, -TEXT_DIFFERENCE / 2),
        ("text/legal", toys.BERT, 0.0),
    ],
)
def test_worth_by_domain(domain, card, worth):
    task = Task(modality="text" if domain.startswith("text") else "image", domain=domain)
    assert domain_worth(task, card, domain_match(task, card)) == worth


def test_the_difference_of_texts_is_what_the_tables_say():
    """Strength inside the domain less that outside it, in spreads between models, over six families."""
    families = {
        "text/legal": ("dinghy-law-0.6b-v1", "Euler-Legal-Embedding-V1", "nemotron-3-embed-8b-legal", "voyage-law-2"),
        "text/biomedical": ("MedEmbed-small-v0.1", "pubmedbert-base-embeddings-8M"),
    }
    evidence, sets = Evidence.load(), Datasets.load().by_name
    keys = [evidence.codes[name].astype(np.int64) for name in ("dataset", "metric", "protocol", "condition")]
    columns = np.unique(np.stack(keys), axis=1, return_inverse=True)[1].ravel()
    models = [name.rpartition("/")[2] for name in evidence.words["model"]]
    differences = []
    for domain, names in families.items():
        for name in names:
            inside, outside = [], []
            for place in np.flatnonzero(evidence.codes["model"] == models.index(name)):
                others = evidence.value[columns == columns[place]]
                facts = sets[evidence.words["dataset"][evidence.codes["dataset"][place]]]
                if len(others) < 15 or others.std() < 1e-6 or facts.modality not in ("text", "code"):
                    continue
                height = (evidence.value[place] - np.median(others)) / others.std()
                (inside if any(own.startswith(domain) for own in facts.domains) else outside).append(height)
            differences.append(np.mean(inside) - np.mean(outside))
    assert len(differences) == 6
    assert np.mean(differences) == pytest.approx(TEXT_DIFFERENCE, abs=0.4)
    assert min(differences) > 0


def test_the_worth_of_medical_training_is_the_step_from_a_base_clip_to_the_largest():
    """The rule that the constant is derived by, on the prior as it is."""
    registry = default_registry()
    cards = [registry.get_card(name) for name in ("multimodal/clip-vit-b-16", "multimodal/openclip-vit-h-14")]
    task = Task(modality="image", domain="medical/radiology", class_names=("normal", "pneumonia"))
    base, large = estimates(prior_for(registry), task, cards, ("probe",), ())
    assert large.strength - base.strength == pytest.approx(OWN_WORTH["medical"], abs=0.8)
