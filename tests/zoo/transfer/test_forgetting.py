"""What guards reach: split digits, averaging, and the measure of what was forgotten."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from tests.zoo.transfer.small_models import moved, rows, small
from tests.zoo.transfer.split_digits import accuracy
from zoo.errors import DataError
from zoo.transfer.forgetting import (
    EWC,
    L2SP,
    LearningWithoutForgetting,
    SourceKL,
    average_weights,
    averaged,
    backward_transfer,
    masked_losses,
    source_correct,
    zero_shot_correct,
)


@pytest.mark.parametrize(
    ("scenario", "guard", "strength", "low", "high"),
    [
        ("task-incremental", "none", 0, 0.90, 0.985),
        ("task-incremental", "ewc", 1e3, 0.985, 1),
        ("task-incremental", "lwf", 1, 0.985, 1),
        ("task-incremental", "replay", 2, 0.985, 1),
        ("domain-incremental", "none", 0, 0.70, 0.90),
        ("domain-incremental", "replay", 1, 0.94, 1),
        ("class-incremental", "ewc", 1e3, 0.15, 0.25),
        ("class-incremental", "lwf", 1, 0.15, 0.50),
        ("class-incremental", "replay", 1, 0.88, 1),
    ],
)
def test_split_digits(scenario, guard, strength, low, high):
    assert low <= accuracy(scenario, guard, strength) <= high


def test_the_average_is_weight_by_weight_and_keeps_a_new_head():
    source = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    tuned = copy.deepcopy(source)
    moved(tuned)
    tuned[1].running_mean += 1
    tuned[1].num_batches_tracked += 7
    old, new = source.state_dict(), tuned.state_dict() | {"head.weight": torch.ones(1)}
    mixed = averaged(old, new, 0.25)
    for name in ("0.weight", "0.bias", "1.weight", "1.running_mean"):
        assert torch.allclose(mixed[name], old[name] + 0.25 * (new[name] - old[name]), atol=1e-6)
    assert int(mixed["1.num_batches_tracked"]) == 7
    assert float(mixed["head.weight"]) == 1
    with pytest.raises(DataError, match="has shape"):
        averaged({"w": torch.ones(2)}, {"w": torch.ones(3)}, 0.5)
    with pytest.raises(DataError, match="alpha must lie in"):
        averaged(old, new, 1.5)


def test_the_average_nearest_the_source_within_what_may_be_given_up_is_loaded():
    model = nn.Linear(1, 1, bias=False)
    source = {"weight": torch.zeros(1, 1)}
    nn.init.ones_(model.weight)

    def score(now):  # best at .6
        return -((float(now.weight.detach()) - 0.6) ** 2)

    chosen, scores = average_weights(copy.deepcopy(model), source, score)
    assert chosen == 0.6
    assert len(scores) == 11
    other = copy.deepcopy(model)
    assert average_weights(other, source, score, within=0.05)[0] == pytest.approx(0.4)
    assert float(other.weight.detach()) == pytest.approx(0.4)

    def broken(now):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        average_weights(model, source, broken)
    assert float(model.weight.detach()) == 1


def test_backward_transfer_is_the_mean_paired_difference():
    before = np.array([1, 1, 1, 1, 0, 1, 1, 1, 1, 0], dtype=bool)
    after = np.array([1, 0, 1, 0, 1, 1, 1, 0, 1, 0], dtype=bool)
    told = backward_transfer(before, after, of="source accuracy")
    assert (told.before, told.after) == (0.8, 0.6)
    assert told.change == pytest.approx(-0.2)
    moved_by = [0, -1, 0, -1, 1, 0, 0, -1, 0, 0]
    variance = sum((m + 0.2) ** 2 for m in moved_by) / 9
    half = 1.96 * (variance / 10) ** 0.5
    assert told.interval == pytest.approx((-0.2 - half, -0.2 + half), rel=1e-3)
    assert not told.forgot
    assert str(told).startswith("source accuracy 0.800 -> 0.600: -20.0 points [")
    worse = backward_transfer([1.0, 2.0, 1.5], [2.0, 3.1, 2.4], of="masked loss", is_loss=True)
    assert worse.change == pytest.approx(-1.0)
    assert worse.forgot
    with pytest.raises(DataError, match="Measure the same source rows twice"):
        backward_transfer([1.0], [1.0], of="x")


def test_source_rows_are_asked_of_the_source_head():
    source, (x, y) = small(), rows(20)
    model = copy.deepcopy(source)
    model.head = nn.Linear(5, 2)
    model.train()
    batches = [(x[:12], y[:12]), (x[12:], y[12:])]
    wanted = source((x, y)).logits.argmax(1).numpy() == y.numpy()
    assert source_correct(model, batches, y.numpy(), head=source.head).tolist() == wanted.tolist()
    assert model.training
    with pytest.raises(DataError, match="20 source rows came with 19 targets"):
        source_correct(model, batches, y.numpy()[:19], head=source.head)


def test_zero_shot_of_the_bundled_clip_before_and_after_its_weights_moved():
    import zoo

    encoder = zoo.load("multimodal/tiny-clip")
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    large = [np.kron(row.reshape(8, 8) * 15.9, np.ones((4, 4))) for row in x[:60]]
    images = [np.uint8(picture)[..., None].repeat(3, -1) for picture in large]
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    before = zero_shot_correct(encoder, images, y[:60], [f"the digit {name}" for name in names])
    moved(encoder.module, by=0.2)
    after = zero_shot_correct(encoder, images, y[:60], [f"the digit {name}" for name in names])
    told = backward_transfer(before, after, of="zero-shot accuracy")
    assert told.before > 0.5
    assert told.forgot


def test_masked_losses_are_means_over_the_masked_tokens_of_each_text():
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    sizes = {"vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = BertForMaskedLM(BertConfig(**sizes, intermediate_size=8))
    ids = torch.randint(30, (3, 6))
    labels = torch.full((3, 6), -100)
    labels[0, 1], labels[0, 4], labels[2, 2] = 5, 7, 9
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}
    model.eval()
    logits = model(input_ids=ids).logits.log_softmax(-1).detach()
    wanted = [-(float(logits[0, 1, 5]) + float(logits[0, 4, 7])) / 2, -float(logits[2, 2, 9])]
    assert masked_losses(model, [batch]).tolist() == pytest.approx(wanted, rel=1e-5)
    with pytest.raises(DataError, match="no token was masked"):
        masked_losses(model, [batch | {"labels": torch.full((3, 6), -100)}])


@pytest.mark.parametrize("name", ["EWC", "L2-SP", "LwF", "KL"])
def test_training_with_a_guard_is_training_with_its_textbook_form(name, monkeypatch, repository):
    """Same weights after twenty steps, so the fronts are the same too; replay draws its rows in another order."""
    monkeypatch.syspath_prepend(str(repository / "tests" / "benchmarks"))
    from forgetting_textbook import GUARDS

    ours = {"EWC": EWC, "L2-SP": L2SP, "LwF": LearningWithoutForgetting, "KL": SourceKL}[name]
    x, y = rows(12)
    single = [(x[i : i + 1], y[i : i + 1]) for i in range(12)]
    found = []
    for which in ("ours", "textbook"):
        source = small()
        model = copy.deepcopy(source)
        torch.manual_seed(1)
        model.head = nn.Linear(5, 2)
        if which == "ours":
            term = ours(source, single, strength=3.0) if name == "EWC" else ours(source, strength=3.0)
        else:
            penalty = GUARDS[name](copy.deepcopy(source.body), source.head, (x, y), 3.0)

            def term(model, batch, outputs, penalty=penalty):
                return penalty(model.body, outputs.features, batch[0])

        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(20):
            outputs = model((x, y))
            loss = nn.functional.cross_entropy(outputs.logits, y % 2) + term(model, (x, y), outputs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found.append(torch.cat([value.detach().flatten() for value in model.parameters()]))
    assert torch.allclose(found[0], found[1], atol=1e-5)
    assert not torch.allclose(found[0][:24], small().body[0].weight.detach().flatten(), atol=1e-3)
