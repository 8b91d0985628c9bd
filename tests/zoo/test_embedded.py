"""The bundled model is what its card says, and reaches what its card claims."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from zoo import preprocessing
from zoo.cards import BundledSource, ImagePreprocess
from zoo.embedded import WEIGHTS, configuration, load_model, tokenize
from zoo.embedded.training import evaluate
from zoo.embedded.training.captions import DIGIT_NAMES
from zoo.plugins.multimodal.tiny_clip import TINY_CLIP, TINY_CLIP_PROMPTS
from zoo.specs import spec_from_open_clip


@pytest.fixture(scope="module")
def model():
    return load_model()


def claimed(dataset: str) -> float:
    return next(result.value for result in TINY_CLIP.results if result.dataset == dataset)


def test_the_weights_are_the_cards():
    source = TINY_CLIP.source
    assert isinstance(source, BundledSource)
    content = (WEIGHTS / str(source.file)).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (source.n_bytes, source.sha256)


def test_every_file_is_below_eight_megabytes():
    assert {path.name for path in WEIGHTS.iterdir()} == {
        *("model.safetensors", "open_clip_config.json", "training_record.json", "vocabulary.json")
    }
    assert max(path.stat().st_size for path in WEIGHTS.iterdir()) < 8_000_000


def test_size_width_and_scale_are_the_cards(model):
    import torch

    assert sum(parameter.numel() for parameter in model.parameters()) == TINY_CLIP.n_parameters
    assert model.encode_image(torch.zeros(2, 3, 48, 48)).shape == (2, TINY_CLIP.embed_dim)
    assert model.encode_text(tokenize(["red", "blue"])).shape == (2, TINY_CLIP.embed_dim)
    assert TINY_CLIP.zero_shot is not None
    assert TINY_CLIP.zero_shot.logit_scale == pytest.approx(float(model.logit_scale.detach().exp()), abs=1e-4)
    assert next(model.parameters()).dtype == torch.float32
    assert not model.training


def test_the_card_prepares_pictures_as_training_did():
    trained = spec_from_open_clip(configuration()["preprocess_cfg"])
    assert isinstance(TINY_CLIP.preprocess, ImagePreprocess)
    assert TINY_CLIP.preprocess.model_copy(update={"source": None}) == trained.model_copy(update={"source": None})
    assert TINY_CLIP_PROMPTS.templates == evaluate.TEMPLATES
    assert TINY_CLIP.zero_shot is not None
    assert TINY_CLIP.zero_shot.template_set == TINY_CLIP_PROMPTS.name


def test_without_pretraining_the_weights_follow_the_seed():
    import torch

    torch.manual_seed(3)
    first = load_model(pretrained=False)
    torch.manual_seed(3)
    second = load_model(pretrained=False)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.token_embedding.weight, load_model().token_embedding.weight)


def test_real_handwritten_digits_are_read_zero_shot(model):
    measure = evaluate.measure_digits(model)
    assert measure.n == 1797
    assert measure.accuracy >= 0.80
    assert measure.accuracy == pytest.approx(claimed("scikit-learn digits"), abs=0.003)


def test_digits_come_from_png_files_as_well_as_from_arrays(model, tmp_path: Path):
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    paths = []
    for index, image in enumerate(digits.images[:150]):
        paths.append(tmp_path / f"{index:04}.png")
        Image.fromarray(np.round(image * 255 / 16).astype(np.uint8)).save(paths[-1])
    found = evaluate.classify(model, paths, DIGIT_NAMES, evaluate.TEMPLATES)
    assert (found == digits.target[:150]).mean() >= 0.80


@pytest.mark.parametrize("template", ["{}", "a handwritten {}", "a photo of the digit {}"])
@pytest.mark.parametrize("names", [DIGIT_NAMES, tuple("0123456789")], ids=["words", "figures"])
def test_digits_may_be_asked_for_in_other_words(model, template: str, names: tuple[str, ...]):
    from sklearn.datasets import load_digits

    digits = load_digits()
    pictures = [np.round(image * 255 / 16).astype(np.uint8) for image in digits.images[:400]]
    found = evaluate.classify(model, pictures, names, [template])
    assert (found == digits.target[:400]).mean() >= 0.75


def test_pairs_of_colour_and_shape_never_seen_together_are_named(model):
    measure = evaluate.measure_held_out(model)
    assert measure.accuracy >= 0.95
    assert measure.accuracy == pytest.approx(claimed(measure.name), abs=0.003)


def test_the_card_repeats_the_record_of_the_training():
    record = json.loads((WEIGHTS / "training_record.json").read_text("utf-8"))
    assert {row["name"]: row["accuracy"] for row in record["zero_shot"]} == {
        result.dataset: result.value for result in TINY_CLIP.results
    }


def test_a_test_set_of_blood_cells_is_ten_points_above_guessing(model, shared_data: Path):
    measure = evaluate.measure_real(model, shared_data, "BCCD")
    assert measure.n > 900
    assert measure.accuracy >= measure.majority + 0.10


def test_a_test_set_of_chest_x_rays_is_ten_points_above_guessing(model, shared_data: Path):
    measure = evaluate.measure_real(model, shared_data, "PneumoniaMNIST")
    assert measure.n == 468
    assert measure.accuracy >= measure.majority + 0.10


def test_a_linear_probe_on_its_features_separates_digits(model):
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    digits = load_digits()
    features = evaluate.embed(model, [np.round(image * 255 / 16).astype(np.uint8) for image in digits.images])
    unit = (features / features.norm(dim=1, keepdim=True)).numpy()
    probe = LogisticRegression(C=100, max_iter=500).fit(unit[::2], digits.target[::2])
    assert probe.score(unit[1::2], digits.target[1::2]) >= 0.95


def test_the_transform_needs_no_squares(model):
    transform = preprocessing.build(TINY_CLIP.preprocess)  # type: ignore[arg-type]  # an ImagePreprocess, tested above
    assert transform(np.zeros((20, 70, 3), dtype=np.uint8)).shape == (3, 48, 48)
