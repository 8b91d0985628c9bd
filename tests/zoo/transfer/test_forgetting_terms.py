"""Each guard against its formula, written slowly."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from tests.zoo.transfer.small_models import Said, Small, moved, rows, small
from zoo.errors import DataError
from zoo.transfer.forgetting import (
    EWC,
    L2SP,
    FeatureDistance,
    LearningWithoutForgetting,
    Replay,
    SourceKL,
    diagonal_fisher,
    warnings_for,
)


def slow_fisher(model, x):
    """Mean over rows of the sum over classes of p_c (d log p_c / d weight)^2, one number of each weight at a time."""
    total = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    for row in x:
        n_classes = model.head.out_features
        for c in range(n_classes):
            model.zero_grad()
            p = torch.softmax(model.head(model.body(row[None]))[0], dim=0)
            torch.log(p[c]).backward()
            for name, value in model.named_parameters():
                total[name] += p[c].detach() * value.grad**2
    return {name: value / len(x) for name, value in total.items()}


def test_exact_fisher_is_the_slow_sum_however_the_rows_are_batched():
    model, (x, y) = small(), rows()
    wanted = slow_fisher(model, x)
    for batches in ([(x, y)], [(x[:3], y[:3]), (x[3:], y[3:])], [(x[i : i + 1], y[i : i + 1]) for i in range(7)]):
        assert set(diagonal_fisher(model, batches)) == {name for name in wanted if name.startswith("body.")}
        found = diagonal_fisher(model, batches, with_head=True)
        assert max(float((found[name] - wanted[name]).abs().max()) for name in wanted) < 1e-6
    assert max(float(value.max()) for value in wanted.values()) > 1e-2


def test_fisher_of_more_classes_than_are_held_at_once():
    model, (x, y) = small(70), rows(2)
    wanted, found = slow_fisher(model, x), diagonal_fisher(model, [(x, y)])
    assert all(torch.allclose(found[name], wanted[name], atol=1e-6) for name in found)


def test_sampled_fisher_is_unbiased_and_seeded():
    model, (x, y) = small(), rows(1)
    many = [(x, y)] * 2000
    exact = diagonal_fisher(model, [(x, y)])
    sampled = diagonal_fisher(model, many, kind="sampled", max_rows=2000)
    for name in exact:
        assert float((sampled[name] - exact[name]).abs().max()) < 0.15 * float(exact[name].max())
    few = [diagonal_fisher(model, many, kind="sampled", max_rows=5, seed=seed)["body.0.weight"] for seed in (0, 0, 1)]
    assert torch.equal(few[0], few[1])
    assert not torch.equal(few[0], few[2])


def test_fisher_of_features_is_the_sum_of_squared_derivatives():
    model, (x, y) = small(), rows(3)
    wanted = {f"body.{name}": torch.zeros_like(value) for name, value in model.body.named_parameters()}
    for row in x:
        for k in range(5):
            model.zero_grad()
            model.body(row[None])[0, k].backward()
            for name, value in model.body.named_parameters():
                wanted[f"body.{name}"] += value.grad**2 / 3
    found = diagonal_fisher(model, [(x, y)], of="features")
    assert all(torch.allclose(found[name], wanted[name], atol=1e-6) for name in found)


def test_fisher_stops_at_the_most_rows_and_leaves_the_model_as_it_was():
    model, (x, y) = small(), rows()
    model.train()
    model.body[0].eval()
    model.body[0].weight.requires_grad_(False)
    found = diagonal_fisher(model, [(x[:4], y[:4]), (x[4:], y[4:])], max_rows=5)
    alike = diagonal_fisher(model, [(x[:5], y[:5])])
    assert all(torch.equal(found[name], alike[name]) or torch.allclose(found[name], alike[name]) for name in found)
    assert float(found["body.0.weight"].max()) > 0
    assert model.training
    assert not model.body[0].training
    assert not model.body[0].weight.requires_grad
    assert model.body[2].weight.requires_grad


class _Rounded(torch.autograd.Function):
    """An operation without a batched backward."""

    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, gradient):
        return torch.tensor([[2 * value for value in row] for row in gradient.tolist()])


def test_fisher_of_an_operation_without_a_batched_backward():
    class Odd(nn.Module):
        def forward(self, x):
            return _Rounded.apply(x)

    torch.manual_seed(0)
    model = Small(nn.Sequential(nn.Linear(4, 5), Odd()), 5, 3)
    x, y = rows(2)
    wanted, found = slow_fisher(model, x), diagonal_fisher(model, [(x, y)])
    assert all(torch.allclose(found[name], wanted[name], atol=1e-6) for name in found)


@pytest.mark.parametrize("kind", ["batched", "empirical"])
def test_the_other_fishers_are_refused_by_name(kind):
    with pytest.raises(DataError, match=f"the {kind} Fisher is not offered"):
        EWC(small(), [rows()], fisher=kind)


def test_ewc():
    source, (x, y) = small(), rows()
    body, both = EWC(source, [(x, y)], strength=3.0), EWC(source, [(x, y)], strength=3.0, with_head=True)
    before, fisher = dict(copy.deepcopy(source).named_parameters()), slow_fisher(source, x)
    model = moved(source)
    wanted = {
        name: 3.0 / 2 * float((fisher[name] * (new - before[name]) ** 2).sum().detach())
        for name, new in model.named_parameters()
    }
    of_body = sum(value for name, value in wanted.items() if name.startswith("body."))
    assert float(body(model, None, model((x, y))).detach()) == pytest.approx(of_body, rel=1e-5)
    assert float(both(model, None, model((x, y))).detach()) == pytest.approx(sum(wanted.values()), rel=1e-5)
    assert 0.01 < of_body < sum(wanted.values()) - 0.01


def test_l2sp():
    source = small()
    before = copy.deepcopy(source)
    term = L2SP(source, strength=0.4, head_strength=0.1)
    model = moved(source)
    body = sum(
        float(((new - old) ** 2).sum().detach())
        for new, old in zip(model.body.parameters(), before.body.parameters(), strict=True)
    )
    head = sum(float((value**2).sum().detach()) for value in model.head.parameters())
    assert float(term(model, None, model(rows()))) == pytest.approx(0.2 * body + 0.05 * head, rel=1e-5)
    of_head = sum(
        float(((a - b) ** 2).sum().detach())
        for a, b in zip(model.head.parameters(), before.head.parameters(), strict=True)
    )
    held = L2SP(before, strength=0.4, with_head=True)
    assert float(held(model, None, model(rows()))) == pytest.approx(0.2 * (body + of_head), rel=1e-5)


def kl(p, q):
    """sum p log(p / q), mean over rows, written slowly."""
    pairs = zip(p.flatten().tolist(), q.flatten().tolist(), strict=True)
    return sum(a * math.log(a / b) for a, b in pairs) / len(p)


def test_learning_without_forgetting():
    source, batch = small(), rows()
    term = LearningWithoutForgetting(source, strength=0.7, temperature=2.0)
    old = copy.deepcopy(source)
    model = moved(source)
    model.head = nn.Linear(5, 8)  # the new task has classes of its own
    outputs = model(batch)
    wanted = torch.softmax(old(batch).logits / 2, 1)
    now = torch.softmax(old.head(model.body(batch[0])) / 2, 1)
    assert float(term(model, batch, outputs)) == pytest.approx(0.7 * 4 * kl(wanted, now), rel=1e-4)


def test_source_kl_both_ways():
    source, batch = small(), rows()
    model = moved(copy.deepcopy(source))
    said, now = torch.softmax(source(batch).logits, 1), torch.softmax(source.head(model.body(batch[0])), 1)
    outputs = model(batch)
    assert float(SourceKL(source, strength=2.0)(model, batch, outputs)) == pytest.approx(2 * kl(said, now), rel=1e-4)
    reverse = SourceKL(source, strength=2.0, reverse=True)
    assert float(reverse(model, batch, outputs)) == pytest.approx(2 * kl(now, said), rel=1e-4)
    assert abs(kl(said, now) / kl(now, said) - 1) > 1e-2


def test_distillation_through_the_own_head_takes_its_first_classes():
    source, batch = small(), rows()
    model = moved(copy.deepcopy(source))
    model.head = nn.Linear(5, 6)
    said, now = torch.softmax(source(batch).logits, 1), torch.softmax(model(batch).logits[:, :3], 1)
    assert float(SourceKL(source, head="own")(model, batch, model(batch))) == pytest.approx(kl(said, now), rel=1e-4)
    model.head = nn.Linear(5, 2)
    with pytest.raises(DataError, match="the tuned head has 2 classes, the source has 3"):
        SourceKL(source, head="own")(model, batch, model(batch))


def test_feature_distance():
    source, batch = small(), rows()
    model, weights = moved(copy.deepcopy(source)), torch.tensor([0.0, 1.0, 2.0, 0.5, 1.0])
    apart = (model.body(batch[0]) - source.body(batch[0])) ** 2
    wanted = sum(0.3 / 2 * float((weights * row).sum()) for row in apart) / len(apart)
    found = FeatureDistance(source, strength=0.3, weights=weights)(model, batch, model(batch))
    assert float(found.detach()) == pytest.approx(wanted, rel=1e-4)


def test_the_source_of_a_guard_is_a_copy_without_dropout():
    torch.manual_seed(0)
    source = Small(nn.Sequential(nn.Linear(4, 5), nn.Dropout(0.5)), 5, 3)
    term = SourceKL(source)
    model = copy.deepcopy(source).eval()
    moved(source)
    assert float(term(model, rows(), model(rows()))) == pytest.approx(0, abs=1e-6)


def test_replay_adds_the_loss_of_the_batch_that_is_due():
    source = small()
    stored = [rows(2, seed=seed) for seed in range(3)]
    model = moved(copy.deepcopy(source))
    model.head = nn.Linear(5, 9)

    def loss(outputs, batch):
        return nn.functional.cross_entropy(outputs.logits, batch[1])

    each = [0.5 * float(loss(Said(None, source.head(model.body(x))), (x, y))) for x, y in stored]
    term = Replay(stored, loss, source=source, strength=0.5)
    found = [float(term(model, None, None)) for _ in range(9)]
    for start in (0, 3, 6):  # each pass shows every stored batch once
        assert sorted(found[start : start + 3]) == pytest.approx(sorted(each), rel=1e-5)
    assert len({tuple(round(value, 5) for value in found[start : start + 3]) for start in (0, 3, 6)}) > 1

    again = Replay(stored, loss, source=source, strength=0.5)
    for _ in range(4):
        again(model, None, None)
    resumed = Replay(stored, loss, source=source, strength=0.5)
    resumed.load_state_dict(again.state_dict())
    assert [float(resumed(model, None, None)) for _ in range(5)] == pytest.approx(found[4:])


@pytest.mark.parametrize("make", [
    lambda source: EWC(source, [rows()]),
    L2SP,
    LearningWithoutForgetting,
    SourceKL,
    FeatureDistance,
])  # fmt: skip
def test_a_guard_is_nothing_at_the_source_and_its_gradient_leads_back(make):
    source, batch = small(), rows()
    term = make(source)
    assert float(term(source, batch, source(batch)).detach()) == pytest.approx(0, abs=1e-6)
    model = moved(copy.deepcopy(source))
    before = term(model, batch, model(batch))
    before.backward()
    with torch.no_grad():
        for value in model.body.parameters():
            value -= 1e-2 * value.grad
    assert float(term(model, batch, model(batch))) < float(before)


def test_what_cannot_help_says_so():
    source = small()
    terms = [EWC(source, [rows()]), LearningWithoutForgetting(source), Replay([rows()], nn.functional.cross_entropy)]
    told = warnings_for(terms, "class-incremental")
    assert [line.split()[0] for line in told] == ["EWC", "LearningWithoutForgetting"]
    assert warnings_for(terms, "task-incremental") == []


def test_wrong_input():
    source = small()
    with pytest.raises(DataError, match="strength must be a finite number"):
        L2SP(source, strength=-1)
    with pytest.raises(DataError, match="temperature must be above 0"):
        LearningWithoutForgetting(source, temperature=0)
    with pytest.raises(DataError, match="no rows"):
        EWC(source, [])
    with pytest.raises(DataError, match="no source rows"):
        Replay([], nn.functional.cross_entropy)
    with pytest.raises(DataError, match="no body"):
        L2SP(nn.Linear(2, 2))
    with pytest.raises(DataError, match=r"'body.0.weight' of the source has shape \(6, 4\)"):
        L2SP(small(n_inputs=9))(source, None, source(rows()))
