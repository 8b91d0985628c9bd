import json
import math

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, log_loss

from zoo.errors import DataError, LabelsError
from zoo.zero_shot.evaluation import evaluate, fit_temperature, with_temperature
from zoo.zero_shot.metrics import to_scores, wilson
from zoo.zero_shot.predictions import Predictions

LABELS = ("cat", "dog", "bird", "never")


def predictions(logits, **changes):
    logits = np.asarray(logits, np.float32)
    rule = changes.pop("scoring", "softmax")
    names = tuple(f"{row}.png" for row in range(len(logits)))
    return Predictions(
        LABELS, to_scores(logits, rule), logits, names, provenance={"scoring": rule, "temperature": None}, **changes
    )


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 400)
    logits = rng.normal(size=(400, 4)) + 1.5 * np.eye(4)[true]
    return logits, [LABELS[k] for k in true]


def test_figures_equal_sklearns(drawn):
    logits, truth = drawn
    found = evaluate(predictions(logits), truth)
    best = [LABELS[k] for k in logits.argmax(axis=1)]
    assert found.accuracy == pytest.approx(np.mean(np.array(best) == truth))
    seen = [k for k, name in enumerate(best) if name != "never"]
    assert found.balanced_accuracy == pytest.approx(
        np.mean([np.mean(np.array(best)[np.array(truth) == name] == name) for name in LABELS[:3]])
    )
    assert balanced_accuracy_score([truth[k] for k in seen], [best[k] for k in seen]) > found.balanced_accuracy - 1
    assert np.array_equal(found.confusion, confusion_matrix(truth, best, labels=LABELS))
    order = sorted(LABELS)
    columns = [LABELS.index(name) for name in order]
    scores = predictions(logits).scores[:, columns].astype(np.float64)
    assert found.log_loss == pytest.approx(
        log_loss(truth, scores / scores.sum(1, keepdims=True), labels=order), rel=1e-5
    )
    json.dumps(found.to_dict())


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (50, 100), (999, 1000)])
def test_wilsons_interval_solves_its_equation(right, n):
    z = 1.959963984540054
    for limit in wilson(right, n):
        if 0 < limit < 1:
            assert abs(right / n - limit) == pytest.approx(z * math.sqrt(limit * (1 - limit) / n))
    low, high = wilson(right, n)
    assert low <= right / n <= high


def test_worst_classes_say_what_they_are_taken_for():
    logits = 5 * np.eye(4)[[0, 0, 1, 0, 2]]
    found = evaluate(predictions(logits), ["cat", "cat", "dog", "dog", "bird"])
    assert found.worst(2)[0] == ("dog", 0.5, "cat")
    assert found.worst(9)[-1][2] is None


def test_abstentions_leave_the_accuracy_but_not_the_recall():
    logits = [[5, 0, 0, 0], [0.1, 0, 0, 0], [0, 5, 0, 0]]
    found = evaluate(predictions(logits, abstain_below=0.5), ["cat", "dog", "dog"])
    assert (found.n, found.n_answered, found.accuracy) == (3, 2, 1.0)
    assert found.recalls == {"cat": 1.0, "dog": 0.5}
    silent = evaluate(predictions(logits, abstain_below=2.0), ["cat", "dog", "dog"])
    assert silent.accuracy is None
    assert "no answer" in str(silent)


def test_labels_by_path_are_put_in_order(drawn):
    logits, truth = drawn
    by_path = {f"{row}.png": label for row, label in reversed(list(enumerate(truth)))}
    assert evaluate(predictions(logits), by_path).accuracy == evaluate(predictions(logits), truth).accuracy


@pytest.mark.parametrize(
    ("truth", "error", "message"),
    [
        (["cat"], DataError, "1 true labels came for 2 rows"),
        (["cat", "cow"], LabelsError, "'cow' is none of the 4"),
        ({"0.png": "cat"}, DataError, r"no true label for '1\.png'"),
    ],
)
def test_truth_that_does_not_fit_is_refused(truth, error, message):
    with pytest.raises(error, match=message):
        evaluate(predictions(np.zeros((2, 4))), truth)


def test_no_row_is_refused():
    with pytest.raises(DataError, match="no row"):
        evaluate(predictions(np.zeros((0, 4))), [])


@pytest.mark.parametrize("scoring", ["softmax", "sigmoid"])
def test_the_fitted_temperature_is_the_best_of_a_fine_grid(drawn, scoring):
    logits, truth = drawn
    found = fit_temperature(predictions(4 * logits, scoring=scoring), truth)
    target = np.eye(4)[[LABELS.index(name) for name in truth]]

    def loss(t):
        scores = to_scores(4 * logits / t, scoring).astype(np.float64)
        rows = target * np.log(scores + 1e-300)
        if scoring == "sigmoid":
            rows = rows + (1 - target) * np.log(1 - scores + 1e-12)
        return -rows.sum() + 0.5 * math.log(t) ** 2

    grid = np.exp(np.linspace(-1, 4, 501))
    assert found == pytest.approx(grid[np.argmin([loss(t) for t in grid])], rel=0.02)


def test_a_known_temperature_is_found_again():
    rng = np.random.default_rng(1)
    logits = 2 * rng.normal(size=(4000, 4))
    true = [
        rng.choice(4, p=row)
        for row in to_scores(logits, "softmax").astype(np.float64)
        / to_scores(logits, "softmax").sum(1, dtype=np.float64)[:, None]
    ]
    found = fit_temperature(predictions(3 * logits), [LABELS[k] for k in true])
    assert found == pytest.approx(3, rel=0.1)


def test_three_right_answers_do_not_make_the_model_certain():
    found = fit_temperature(predictions(3 * np.eye(4)[:3]), LABELS[:3])
    assert 0.3 < found < 1


def test_temperature_keeps_the_order_and_betters_the_log_loss(drawn):
    logits, truth = drawn
    cold = predictions(8 * logits)
    warm = with_temperature(cold, fit_temperature(cold, truth))
    assert warm.predicted == cold.predicted
    assert evaluate(warm, truth).log_loss < evaluate(cold, truth).log_loss
    assert evaluate(warm, truth).calibration_error < evaluate(cold, truth).calibration_error
    assert warm.provenance["temperature"] == pytest.approx(fit_temperature(cold, truth))
    with pytest.raises(DataError, match="positive"):
        with_temperature(cold, 0)


def test_predictions_evaluate_themselves(drawn):
    logits, truth = drawn
    found = predictions(logits).evaluate(truth)
    assert found.accuracy == evaluate(predictions(logits), truth).accuracy
    assert str(found).startswith("accuracy 0.")


@pytest.mark.parametrize("truth", [None, "cat", 3])
def test_what_is_no_list_of_labels_is_refused(truth):
    with pytest.raises(DataError, match="want true labels, got"):
        evaluate(predictions(np.eye(3)), truth)


def test_true_labels_may_be_drawn_from_a_generator_but_are_texts():
    assert evaluate(predictions(3 * np.eye(3)), (label for label in LABELS[:3])).accuracy == 1
    with pytest.raises(LabelsError, match="is none of the"):
        evaluate(predictions(np.eye(3)), [["cat"], ["cat"], ["cat"]])


@pytest.mark.parametrize("temperature", ["1", 1e-300, float("inf"), float("nan")])
def test_a_temperature_that_would_lose_the_scores_is_refused(temperature):
    with pytest.raises(DataError, match="the temperature is"):
        with_temperature(predictions(np.eye(3)), temperature)
