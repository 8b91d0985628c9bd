"""`zoo.classify` gives what each library's own recipe gives, and loses no run to a bad picture."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

import zoo
from tests.zoo.zero_shot_models import PHOTOS, card, toy_encoder, toy_registry
from zoo.errors import CapabilityError, DataError, LabelsError
from zoo.zero_shot import classify_each

LABELS = ["cat", "dog", "great white shark"]
REGISTRY = toy_registry()


@pytest.fixture(scope="module")
def encoder():
    return toy_encoder("clip")


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    rng = np.random.default_rng(0)
    paths = []
    for number in range(7):
        path = tmp_path / f"{number}.png"
        Image.fromarray(rng.integers(0, 255, (40 + number, 50, 3), dtype=np.uint8)).save(path)
        paths.append(str(path))
    return paths


def classify(images, encoder, labels=LABELS, **options):
    return zoo.classify(images, labels, encoder, cache=False, registry=REGISTRY, **options)


def by_open_clip(encoder, paths, templates):
    """open_clip's README: its builder, its towers, its logits."""
    tokenizer = open_clip.SimpleTokenizer(context_length=20)
    module = encoder.module
    weights = open_clip.build_zero_shot_classifier(module, tokenizer, LABELS, templates)
    with torch.no_grad():
        features = module.encode_image(torch.stack([encoder.preprocess(path) for path in paths]), normalize=True)
        logits = module.logit_scale.exp() * features @ weights
        return logits if module.logit_bias is None else logits + module.logit_bias


@pytest.mark.parametrize("name", ["clip", "custom", "coca", "siglip"])
def test_logits_equal_open_clips_recipe(name, pictures):
    encoder = toy_encoder(name)
    expected = by_open_clip(encoder, pictures, PHOTOS.templates)
    found = classify(pictures, encoder)
    assert np.abs(found.logits - expected.numpy()).max() < 1e-5
    rule = expected.sigmoid() if name == "siglip" else expected.softmax(dim=1)
    np.testing.assert_allclose(found.scores, rule.numpy(), atol=1e-6)
    assert found.provenance["scoring"] == ("sigmoid" if name == "siglip" else "softmax")


def test_logits_equal_transformers_own(pictures):
    encoder = toy_encoder("hf-clip")
    ids = encoder.tokenize([f"my {label}" for label in LABELS])["input_ids"]
    with torch.no_grad():
        pixels = torch.stack([encoder.preprocess(path) for path in pictures])
        expected = encoder.module(input_ids=ids, pixel_values=pixels).logits_per_image
    found = classify(pictures, encoder, templates=["my {}"])
    assert np.abs(found.logits - expected.numpy()).max() < 1e-5


def test_paths_pillow_images_and_arrays_agree(encoder, pictures):
    by_path = classify(pictures, encoder)
    opened = [Image.open(path) for path in pictures]
    assert np.array_equal(classify(opened, encoder).scores, by_path.scores)
    assert np.array_equal(classify([np.array(image) for image in opened], encoder).scores, by_path.scores)
    ready = torch.stack([encoder.preprocess(path) for path in pictures])
    assert np.array_equal(classify(ready, encoder).scores, by_path.scores)
    assert classify(pictures[0], encoder).paths == (pictures[0],)


def test_a_folder_with_a_corrupt_and_a_huge_picture_loses_only_those(encoder, pictures):
    folder = Path(pictures[0]).parent
    (folder / "0a.png").write_bytes(Path(pictures[0]).read_bytes()[:200])
    # 100,000 x 100,000 pixels in a header of a few bytes.
    (folder / "huge.bmp").write_bytes(_bitmap_header(100_000, 100_000))
    found = classify(folder, encoder, batch_size=2)
    assert list(found.paths) == pictures
    assert {Path(failure.path).name for failure in found.failures} == {"0a.png", "huge.bmp"}
    assert any("million" in failure.reason for failure in found.failures)
    assert np.array_equal(found.scores, classify(pictures, encoder, batch_size=2).scores)


def _bitmap_header(width: int, height: int) -> bytes:
    size = (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little")
    body = size + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    return b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + body


def test_no_readable_picture_gives_no_row(encoder, tmp_path):
    (tmp_path / "x.png").write_bytes(b"nothing")
    found = classify(tmp_path, encoder)
    assert found.scores.shape == (0, 3)
    assert len(found.failures) == 1


def test_the_table_shows_the_best_classes(encoder, pictures):
    found = classify(pictures, encoder, top_k=2)
    for row, record in enumerate(found.to_table()):
        order = np.argsort(-found.scores[row])
        assert record["label"] == LABELS[order[0]]
        assert record["label_2"] == LABELS[order[1]]
        assert record["score_2"] == found.scores[row, order[1]]
        assert record["image"] == pictures[row]
    assert [len(best) for best in found.top(99)] == [3] * len(pictures)


def test_abstaining_leaves_the_label_out(encoder, pictures):
    scores = classify(pictures, encoder).scores.max(axis=1)
    limit = float(np.median(scores))
    table = classify(pictures, encoder, abstain_below=limit).to_table()
    assert [record["label"] is None for record in table] == [bool(score < limit) for score in scores]


def test_a_null_class_takes_part(encoder, pictures):
    found = classify(pictures, encoder, null_prompts=["nothing at all", "a texture"])
    assert found.labels == (*LABELS, "none of these")
    np.testing.assert_allclose(found.scores.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found.logits[:, :3], classify(pictures, encoder).logits, atol=1e-5)


def test_temperature_divides_the_logits(encoder, pictures):
    cold = classify(pictures, encoder, temperature=2.0)
    np.testing.assert_allclose(2 * cold.logits, classify(pictures, encoder).logits, rtol=1e-6)


def test_parents_add_up_their_children(encoder, pictures):
    tree = {"animal": {"cat": [], "dog": []}, "fish": {"great white shark": []}}
    found = classify(pictures, encoder, labels=tree)
    above = found.roll_up()
    assert above.labels == ("animal", "fish")
    np.testing.assert_allclose(above.scores[:, 0], found.scores[:, 0] + found.scores[:, 1], rtol=1e-6)
    with pytest.raises(LabelsError, match="no hierarchy"):
        classify(pictures, encoder).roll_up()


@pytest.mark.parametrize("batch_size", [1, 2, 3, 64])
def test_the_batch_size_moves_logits_by_rounding_only(encoder, pictures, batch_size):
    whole = classify(pictures, encoder, batch_size=7)
    assert np.abs(classify(pictures, encoder, batch_size=batch_size).logits - whole.logits).max() < 1e-5


def test_a_deterministic_run_repeats_bit_by_bit_at_any_batch_size(encoder, pictures):
    runs = [classify(pictures, encoder, batch_size=size, deterministic=True).scores for size in (1, 3, 32)]
    assert all(np.array_equal(run, runs[0]) for run in runs)


def test_provenance_holds_what_made_the_scores(encoder, pictures):
    found = classify(pictures, encoder).provenance
    assert found["model"] == "toy/clip"
    assert len(found["weights_sha256"]) == 64
    assert found["templates"] == list(PHOTOS.templates)
    assert found["n_prompts"] == found["texts_encoded"] == 6
    assert found["versions"]["torch"] == torch.__version__.partition("+")[0]
    assert found == classify(pictures[:1], encoder, batch_size=1).provenance


def test_random_weights_are_named_as_such(encoder, pictures):
    assert any("random weights" in note for note in classify(pictures, encoder).notes)


def test_several_models_share_one_decoding(pictures):
    encoders = [toy_encoder("clip"), toy_encoder("siglip")]
    together = classify_each(pictures, LABELS, encoders, cache=False, registry=REGISTRY)
    for found, own in zip(together, encoders, strict=True):
        np.testing.assert_allclose(found.logits, classify(pictures, own).logits, atol=1e-5)


def test_a_model_without_text_tower_names_three_that_have_one():
    with pytest.raises(CapabilityError, match="toy/clip, toy/coca, toy/custom"):
        zoo.classify([], LABELS, "toy/blind", registry=REGISTRY)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": None}, "batch_size is None"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_k": "2"}, "top_k is '2'"),
        ({"temperature": 0.0}, "temperature is 0"),
        ({"temperature": "1"}, "temperature is '1'"),
        ({"temperature": 1e-300}, "temperature is 1e-300"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"abstain_below": float("nan")}, "abstain_below is nan"),
        ({"abstain_below": 50}, "abstain_below is 50"),
        ({"dtype": 3}, "no floating-point type named 3"),
        ({"dtype": torch.int8}, "no floating-point type named torch.int8"),
    ],
)
def test_choices_that_make_no_sense_are_refused(encoder, pictures, changes, message):
    with pytest.raises(DataError, match=message):
        classify(pictures, encoder, **changes)


def test_an_empty_folder_is_refused(encoder, tmp_path):
    with pytest.raises(DataError, match="no picture lies below"):
        classify(tmp_path, encoder)


def test_bad_labels_are_refused_before_anything_is_loaded():
    with pytest.raises(LabelsError, match="given twice"):
        zoo.classify([], ["cat", "cat"], card("clip"), registry=REGISTRY)
    with pytest.raises(LabelsError, match="exactly one"):
        zoo.classify([], ["cat"], card("clip"), templates=["no slot"], registry=REGISTRY)


@pytest.mark.parametrize("place", [3, None])
def test_a_cache_that_is_no_place_is_refused(encoder, place):
    with pytest.raises(DataError, match=f"cache is {place}"):
        zoo.classify([], LABELS, encoder, cache=place, registry=REGISTRY)


def test_types_have_the_same_short_names_everywhere(encoder, pictures):
    found = classify(pictures[:1], encoder, dtype="bf16")
    assert found.scores.tolist() == classify(pictures[:1], encoder, dtype=torch.bfloat16).scores.tolist()


@pytest.mark.parametrize("models", [None, "toy/clip", 3])
def test_several_models_are_a_list(models):
    with pytest.raises(DataError, match="want several models"):
        classify_each([], LABELS, models, registry=REGISTRY)


def test_a_classifier_is_built_of_a_loaded_model():
    with pytest.raises(DataError, match="want a loaded model, got str"):
        zoo.zero_shot.build_classifier("toy/clip", LABELS)


def test_an_open_file_is_one_bad_picture(encoder, pictures):
    with open(pictures[0], "rb") as file:
        failures = classify(file, encoder).failures
    assert [failure.reason.split(".")[0] for failure in failures] == ["want a picture, got BufferedReader"]


def test_pixels_without_a_number_are_a_failure_and_not_the_first_class(encoder):
    pixels = torch.zeros(3, 3, 32, 32)
    pixels[1] = float("nan")
    found = classify(pixels, encoder)
    assert found.paths == ("image 0", "image 2")
    assert [failure.path for failure in found.failures] == ["image 1"]
    assert "made no finite numbers of it" in found.failures[0].reason
    assert np.isfinite(found.scores).all()


def test_how_many_and_how_deep_are_counts(encoder, pictures):
    tree = {"animal": {"cat": [], "dog": []}, "sky": []}
    found = classify(pictures[:1], encoder, tree)
    with pytest.raises(DataError, match="k is -1"):
        found.top(-1)
    with pytest.raises(DataError, match="the level is -1"):
        found.roll_up(-1)
