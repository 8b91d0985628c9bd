"""Features are made once, kept under what they depend on, and one bad file costs one line."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import zoo
from tests.zoo.test_data import picture
from tests.zoo.toy_cards import toy_card
from zoo import hookimpl
from zoo.cards import CustomSource
from zoo.errors import DataError
from zoo.features import extract, extract_many
from zoo.features.extraction import _key
from zoo.registry import Registry


class Means(torch.nn.Module):
    """Mean of each colour, times a weight; counts what goes through it."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.n_seen = 0

    stop_after = None

    def embed_images(self, pixels):
        if self.stop_after is not None and self.n_seen >= self.stop_after:
            raise KeyboardInterrupt
        self.n_seen += len(pixels)
        return self.weight * pixels.mean(dim=(2, 3))


class Changed:
    """An encoder that differs in one thing, and counts what it reads."""

    def __init__(self, encoder, **changes):
        self._encoder, self._changes, self.n_read = encoder, changes, 0

    def __getattr__(self, name):
        return self._changes[name] if name in self._changes else getattr(self._encoder, name)

    def preprocess(self, source):
        self.n_read += 1
        return self._encoder.preprocess(source)


class Toys:
    @hookimpl
    def zoo_models(self):
        return [toy_card("toy/means", source=CustomSource(builder="means"), embed_dim=3)]

    @hookimpl
    def zoo_load_custom(self, card, weights):
        return Means().eval()


@pytest.fixture
def encoder():
    registry = Registry()
    registry.register(Toys(), "toys")
    return zoo.load("toy/means", device="cpu", pretrained=False, registry=registry)


@pytest.fixture
def paths(tmp_path):
    return [picture(tmp_path / f"{n}.png", seed=n) for n in range(6)]


def test_vectors_are_those_of_the_encoder(encoder, paths):
    found = extract(encoder, paths, cache=False)
    np.testing.assert_allclose(found.vectors, encoder.embed_images(paths).numpy(), rtol=1e-6)
    assert found.kept == tuple(range(6))


def test_a_second_run_computes_nothing(encoder, paths, tmp_path):
    first = extract(encoder, paths, cache=tmp_path / "kept")
    seen = encoder.module.n_seen
    second = extract(encoder, paths, cache=tmp_path / "kept")
    assert encoder.module.n_seen == seen
    assert (first.n_from_cache, second.n_from_cache) == (0, 6)
    np.testing.assert_array_equal(first.vectors, second.vectors)


def test_only_new_files_are_computed_whatever_they_are_called(encoder, paths, tmp_path):
    extract(encoder, paths[:4], cache=tmp_path / "kept")
    seen = encoder.module.n_seen
    copy = tmp_path / "copy.png"
    copy.write_bytes(paths[0].read_bytes())
    extract(encoder, [*paths, copy], cache=tmp_path / "kept")
    assert encoder.module.n_seen == seen + 2


def test_equal_files_are_computed_once_and_given_twice(encoder, paths, tmp_path):
    found = extract(encoder, [paths[0], paths[0]], cache=False)
    assert encoder.module.n_seen == 1
    assert len(found.vectors) == 2


def test_other_weights_share_nothing(encoder, paths, tmp_path):
    first = extract(encoder, paths, cache=tmp_path / "kept")
    with torch.no_grad():
        encoder.module.weight.mul_(2)
    second = extract(encoder, paths, cache=tmp_path / "kept")
    assert second.n_from_cache == 0
    np.testing.assert_allclose(second.vectors, 2 * first.vectors, rtol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.model_copy(update={"preprocess": card.preprocess.model_copy(update={"mean": (0.1,) * 3})}),
        lambda card: card.model_copy(update={"pooling": "mean"}),
    ],
    ids=["input contract", "pooling"],
)
def test_another_contract_or_pooling_shares_nothing(encoder, paths, tmp_path, change):
    extract(encoder, paths, cache=tmp_path / "kept")
    assert change(encoder.card) != encoder.card
    monkey = Changed(encoder, card=change(encoder.card))
    assert extract(monkey, paths, cache=tmp_path / "kept").n_from_cache == 0


def test_another_number_type_shares_nothing(encoder, paths, tmp_path):
    extract(encoder, paths, cache=tmp_path / "kept")
    other = Changed(encoder, dtype=torch.bfloat16)
    assert extract(other, paths, cache=tmp_path / "kept").n_from_cache == 0


def test_other_names_of_channels_share_nothing(encoder, paths, tmp_path):
    first = extract(encoder, paths, cache=tmp_path / "kept", bands=("red", "green", "blue"))
    turned = extract(encoder, paths, cache=tmp_path / "kept", bands=("blue", "green", "red"))
    again = extract(encoder, paths, cache=tmp_path / "kept", bands=("blue", "green", "red"))
    assert (turned.n_from_cache, again.n_from_cache) == (0, 6)
    np.testing.assert_allclose(turned.vectors, first.vectors[:, ::-1], rtol=1e-5)


def test_a_text_and_a_file_of_the_same_bytes_are_two_inputs(tmp_path):
    (tmp_path / "a").write_bytes(b"words")
    assert _key(str(tmp_path / "a"), "image", None) != _key("words", "text", None)


def test_models_of_one_contract_read_each_picture_once(encoder, paths, tmp_path):
    counted = Changed(encoder)
    both = extract_many([counted, Changed(encoder, card=encoder.card)], paths, cache=False)
    assert counted.n_read == 6
    np.testing.assert_array_equal(both[0].vectors, both[1].vectors)


def test_what_was_done_before_a_stop_is_kept(encoder, paths, tmp_path):
    encoder.module.stop_after = 4
    with pytest.raises(KeyboardInterrupt):
        extract(encoder, paths, cache=tmp_path / "kept", batch_size=2)
    encoder.module.stop_after = None
    assert extract(encoder, paths, cache=tmp_path / "kept").n_from_cache == 4


def test_a_changed_file_is_computed_again(encoder, paths, tmp_path):
    extract(encoder, paths, cache=tmp_path / "kept")
    picture(paths[0], seed=99)
    assert extract(encoder, paths, cache=tmp_path / "kept").n_from_cache == 5


def test_bad_files_are_failures_and_the_rest_keeps_its_place(encoder, paths, tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    found = extract(encoder, [paths[0], tmp_path / "bad.png", tmp_path / "gone.png", paths[1]], cache=False)
    assert found.kept == (0, 3)
    assert {failure.path.rsplit("/", 1)[-1] for failure in found.failures} == {"bad.png", "gone.png"}


def test_nothing_readable_is_an_error(encoder, tmp_path):
    with pytest.raises(DataError, match="no feature could be made of 1 inputs"):
        extract(encoder, [tmp_path / "gone.png"], cache=False)


def test_a_damaged_part_of_the_cache_is_made_anew(encoder, paths, tmp_path):
    extract(encoder, paths, cache=tmp_path / "kept")
    for part in (tmp_path / "kept").rglob("*.shard.safetensors"):
        part.write_bytes(part.read_bytes()[:40])
    with pytest.warns(UserWarning, match="damaged"):
        assert extract(encoder, paths, cache=tmp_path / "kept").n_from_cache == 0


def test_one_path_is_one_input_and_a_folder_to_keep_is_a_path_or_text(encoder, paths, tmp_path):
    assert len(extract(encoder, paths[0], cache=str(tmp_path / "kept")).names) == 1
    assert extract(encoder, paths[0], cache=tmp_path / "kept").n_from_cache == 1


def test_a_name_that_no_file_can_have_is_one_failure(encoder, paths):
    found = extract(encoder, ["a\0b.png", *paths], cache=False)
    assert [failure.path for failure in found.failures] == ["a\0b.png"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": None}, "want pictures, got NoneType"),
        ({"inputs": [3]}, "want paths or texts, got int"),
        ({"kind": "texts"}, "no kind of input named 'texts'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"cache": 3}, "cache is 3"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(encoder, paths, changes, message):
    with pytest.raises(DataError, match=message):
        extract(encoder, **({"inputs": paths, "cache": False} | changes))
