"""A few labelled examples: formulas as their papers write them, and blending that cannot be fooled by noise."""

import numpy as np
import pytest

import zoo
from tests.zoo.zero_shot_models import toy_encoder, toy_registry
from zoo.errors import DataError, LabelsError
from zoo.zero_shot.support import adapt, examples, gda, tip_adapter


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def world(rng, n_per_class, *, text_noise, c=6, d=24, noise=0.6):
    """Vectors around class means with a gap to noisy texts, as in a model of pictures and texts."""
    means = rng.normal(size=(c, d))
    gap = 3 * rng.normal(size=d)
    labels = np.repeat(np.arange(c), n_per_class)
    spread = np.diag(np.linspace(0.2, 2, d))
    vectors = unit(means[labels] + noise * rng.normal(size=(len(labels), d)) @ spread)
    rows = unit(means + gap + text_noise * rng.normal(size=(c, d)))
    test_labels = np.repeat(np.arange(c), 200)
    test = unit(means[test_labels] + noise * rng.normal(size=(len(test_labels), d)) @ spread)
    return vectors, labels, rows, test, test_labels


def accuracy(logits, labels):
    return float((logits.argmax(axis=1) == labels).mean())


def test_gda_is_the_papers_formula_where_examples_are_many():
    rng = np.random.default_rng(0)
    vectors, labels, rows, test, _ = world(rng, 300, text_noise=0.3)
    n, d = vectors.shape
    means = np.stack([vectors[labels == k].mean(axis=0) for k in range(6)])
    covariance = (vectors - means[labels]).T @ (vectors - means[labels]) / (n - 1)
    precision = d * np.linalg.inv((n - 1) * covariance + np.trace(covariance) * np.eye(d))
    expected = test @ precision @ means.T - 0.5 * np.diag(means @ precision @ means.T)
    found = gda(vectors, labels, rows)(test)
    # The imagined example of the text moves a mean of 300 by a third of a per cent.
    centred = [part - part.mean(axis=1, keepdims=True) for part in (found, expected)]
    assert np.abs(centred[0] - centred[1]).max() < 0.03 * np.abs(centred[1]).max()


def test_tip_adapter_is_the_papers_formula():
    rng = np.random.default_rng(0)
    vectors, labels, _, test, _ = world(rng, 3, text_noise=0.3)
    found = tip_adapter(vectors, labels, 6)(test[:50])
    for i, x in enumerate(test[:50]):
        for k in range(6):
            own = sum(np.exp(-5.5 * (1 - x @ vectors[j])) for j in np.flatnonzero(labels == k))
            assert found[i, k] == pytest.approx(own)


@pytest.mark.parametrize("n_per_class", [1, 2, 4, 16])
@pytest.mark.parametrize("text_noise", [0.1, 2.0], ids=["good texts", "poor texts"])
def test_examples_help_and_never_hurt_much(n_per_class, text_noise):
    gains = []
    for seed in range(5):
        vectors, labels, rows, test, test_labels = world(
            np.random.default_rng(seed), n_per_class, text_noise=text_noise
        )

        def text(x, rows=rows):
            return 20.0 * x @ rows.T

        adapter = adapt(vectors, labels, rows, text)
        gains.append(accuracy(adapter(test, text(test)), test_labels) - accuracy(text(test), test_labels))
        assert min(adapter.weights) >= 0
    assert np.mean(gains) > (0.0 if text_noise == 2.0 else -0.01)


def test_a_class_without_examples_keeps_its_text():
    rng = np.random.default_rng(0)
    vectors, labels, rows, test, test_labels = world(rng, 8, text_noise=0.1, noise=0.3)
    some = labels != 5

    def text(x):
        return 20.0 * x @ rows.T

    adapter = adapt(vectors[some], labels[some], rows, text)
    recall = accuracy(adapter(test, text(test))[test_labels == 5], 5)
    assert recall > 0.5
    assert adapter.n_per_class[5] == 0


def test_one_example_alone_changes_nothing():
    rng = np.random.default_rng(0)
    vectors, labels, rows, test, _ = world(rng, 1, text_noise=0.1)
    adapter = adapt(vectors[:1], labels[:1], rows, lambda x: 20.0 * x @ rows.T)
    assert adapter.weights == (1.0, 0.0)
    np.testing.assert_allclose(adapter(test, 20.0 * test @ rows.T), 20.0 * test @ rows.T, rtol=1e-5)


def test_the_blend_is_the_best_of_a_fine_grid():
    from zoo.zero_shot.support import _blend

    rng = np.random.default_rng(2)
    labels = rng.integers(0, 4, 60)
    text = 10 * (np.eye(4)[labels] + rng.normal(size=(60, 4)))
    own = 300 * (np.eye(4)[labels] + 0.7 * rng.normal(size=(60, 4)))
    found = _blend(text, own, labels, np.ones(60, bool))

    def loss(a, b):
        mixed = a * text + b * own
        top = mixed.max(axis=1, keepdims=True)
        return float((np.log(np.exp(mixed - top).sum(axis=1)) + top[:, 0] - mixed[np.arange(60), labels]).sum())

    grid = min(((a, b) for a in np.linspace(0, 1, 101) for b in np.linspace(0, 0.02, 101)), key=lambda ab: loss(*ab))
    # The prior costs at most two nats where the examples would have it otherwise.
    assert loss(*found) - loss(*grid) < 0.5


def test_no_example_or_method_is_refused():
    rows = np.eye(3)
    with pytest.raises(DataError, match="no labelled example"):
        adapt(np.zeros((0, 3)), [], rows, lambda x: x)
    with pytest.raises(DataError, match="'knn'"):
        adapt(rows, [0, 1, 2], rows, lambda x: x, method="knn")


def test_examples_come_as_mapping_pair_or_folder(tmp_path):
    assert examples({"cat": ["1", "2"], "dog": "3"}) == (["1", "2", "3"], ["cat", "cat", "dog"])
    assert examples((["1", "2"], ["cat", "dog"])) == (["1", "2"], ["cat", "dog"])
    assert examples({"cat": tmp_path}) == ([tmp_path], ["cat"])
    assert len(examples({"cat": np.zeros((8, 8, 3), np.uint8)})[0]) == 1
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "1.png").write_bytes(b"x")
    assert examples(tmp_path) == ([str(tmp_path / "cat" / "1.png")], ["cat"])
    for wrong in (5, (["1"], ["cat", "dog"]), tmp_path / "cat", {"cat": 3}):
        with pytest.raises(DataError):
            examples(wrong)


@pytest.mark.parametrize("method", ["gda", "tip-adapter"])
@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_classify_takes_examples(name, method):
    rng = np.random.default_rng(0)
    colours = {"red": (200, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 200)}

    def picture(label):
        return np.clip(np.array(colours[label]) + rng.normal(0, 40, (32, 32, 3)), 0, 255).astype(np.uint8)

    support = {label: [picture(label) for _ in range(4)] for label in colours}
    support["red"].append("nowhere.png")
    tests = [(picture(label), label) for label in colours for _ in range(10)]
    encoder = toy_encoder(name)
    registry = toy_registry()
    plain = zoo.classify([x for x, _ in tests], list(colours), encoder, cache=False, registry=registry)
    found = zoo.classify(
        [x for x, _ in tests], list(colours), encoder, support=support, method=method, cache=False, registry=registry
    )
    truth = [label for _, label in tests]
    assert found.provenance["adaptation"]["n_per_class"] == [4, 4, 4]
    assert any("'nowhere.png' was left out" in note for note in found.notes)
    np.testing.assert_allclose(found.scores.sum(axis=1), 1, atol=1e-5)
    if method == "gda":
        assert found.evaluate(truth).accuracy > max(0.9, plain.evaluate(truth).accuracy)
    with pytest.raises(DataError, match=r"example 'nowhere.png' was left out: there is no file 'nowhere.png'"):
        zoo.classify([], list(colours), encoder, support={"red": ["nowhere.png"]}, cache=False)
    with pytest.raises(LabelsError, match="examples of 'pink'"):
        zoo.classify([], list(colours), encoder, support={"pink": []} | {"pink": [picture("red")]}, cache=False)
