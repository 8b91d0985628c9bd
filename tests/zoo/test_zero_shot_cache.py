"""The second call encodes no text, a changed one only what changed, and nothing stale is ever used."""

import warnings

import numpy as np
import pytest
import torch

from tests.zoo.zero_shot_models import toy_encoder
from zoo.zero_shot import cache as zero_shot_cache
from zoo.zero_shot.cache import Columns, cache_folder
from zoo.zero_shot.classifier import build
from zoo.zero_shot.prompts import read_labels

TEMPLATES = ["a photo of a {}.", "one {}"]


@pytest.fixture(scope="module")
def encoder():
    return toy_encoder("clip")


def encoded(encoder, folder, labels, templates, **options):
    """How many texts went through the tower, and the rows; these must be those without a cache."""
    classes = read_labels(labels)
    found = build(encoder, classes, templates, cache=folder, **options)
    fresh = build(encoder, classes, templates, cache=False, **options)
    assert (found.rows - fresh.rows).abs().max() < 1e-6
    return found.n_encoded


def test_a_second_call_encodes_nothing(encoder, tmp_path):
    assert encoded(encoder, tmp_path, ["cat", "dog"], TEMPLATES) == 4
    assert encoded(encoder, tmp_path, ["cat", "dog"], TEMPLATES) == 0


def test_a_changed_template_encodes_only_itself(encoder, tmp_path):
    encoded(encoder, tmp_path, ["cat", "dog"], TEMPLATES)
    assert encoded(encoder, tmp_path, ["cat", "dog"], [TEMPLATES[0], "two {}s"]) == 2


def test_a_new_class_encodes_only_itself(encoder, tmp_path):
    encoded(encoder, tmp_path, ["cat", "dog"], TEMPLATES)
    assert encoded(encoder, tmp_path, ["dog", "bird", "cat"], TEMPLATES) == 2
    assert encoded(encoder, tmp_path, {"pet": ["cat", "dog"], "other": ["bird"]}, TEMPLATES) == 0


def test_other_weights_or_another_type_encode_anew(encoder, tmp_path):
    encoded(encoder, tmp_path, ["cat"], TEMPLATES)
    assert encoded(encoder, tmp_path, ["cat"], TEMPLATES, dtype="bfloat16") == 2
    other = toy_encoder("clip")
    with torch.no_grad():
        other.module.text_projection[0, 0] += 1
    assert encoded(other, tmp_path, ["cat"], TEMPLATES) == 2


def test_another_tokenizer_encodes_anew(encoder, tmp_path):
    encoded(encoder, tmp_path, ["cat"], TEMPLATES)
    other = toy_encoder("clip")
    plain = other._network.tokenizer

    def shouting(texts):
        return plain([text + " !" for text in texts])

    other._network.tokenizer = shouting
    assert encoded(other, tmp_path, ["cat"], TEMPLATES) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-5],
        lambda data: b"",
        lambda data: data[:8] + b"{]" + data[10:],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[:-40] + bytes([data[-40] ^ 64]) + data[-39:],
        lambda data: data[:8] + b"[" * (len(data) - 8),
    ],
)
def test_a_damaged_file_counts_as_absent(encoder, tmp_path, damage):
    encoded(encoder, tmp_path, ["cat"], TEMPLATES)
    for path in tmp_path.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(UserWarning, match="is damaged and made anew"):
        assert encoded(encoder, tmp_path, ["cat"], TEMPLATES) == 2


@pytest.mark.parametrize("seed", range(5))
def test_no_flipped_bit_of_a_kept_classifier_gives_other_numbers(tmp_path, seed):
    rng = np.random.default_rng(seed)
    columns, slots = Columns(tmp_path, "one"), [[("a {}", "cat")], [("a {}", "dog")]]
    rows = torch.from_numpy(rng.normal(size=(2, 8)).astype(np.float32))
    columns.write_classifier(slots, rows)
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    for place in rng.integers(0, 8 * len(data), size=100):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = columns.read_classifier(slots)
        assert found is None or torch.equal(found, rows)


def test_a_folder_that_cannot_be_written_costs_only_the_cache(encoder, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.warns(UserWarning, match="cannot keep"):
        assert encoded(encoder, blocked, ["cat"], TEMPLATES) == 2


def test_old_files_make_room(tmp_path, monkeypatch):
    columns = Columns(tmp_path, "one")
    monkeypatch.setattr(zero_shot_cache, "MOST_BYTES", 20_000)
    for number in range(10):
        columns.write(f"{number} {{}}", {"cat": torch.full((1000,), float(number))})
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 20_000
    assert columns.read("9 {}")["cat"][0] == 9
    assert columns.read("0 {}") == {}


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "classifiers"
