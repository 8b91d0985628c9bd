"""Split digits: five tasks of two digits each, one after the other, in the three scenarios of van de Ven 2022."""

from __future__ import annotations

import copy
import functools

import torch
from torch import nn

from tests.zoo.transfer.small_models import Small, digits
from zoo.transfer.forgetting import EWC, LearningWithoutForgetting, Replay

STEPS, BATCH = 120, 32
PAIRS = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
N_STORED = 10
"""Rows a class that replay keeps."""


def cross_entropy(outputs, batch):
    return nn.functional.cross_entropy(outputs.logits, batch[1])


def accuracy(scenario, guard, strength, *, seed=0):
    """Mean accuracy over the five tasks after the last; guard: none, ewc, lwf or replay."""
    train, test = digits()
    torch.manual_seed(seed)
    draws = torch.Generator().manual_seed(seed)
    body = nn.Sequential(nn.Linear(64, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU())
    own_heads = scenario == "task-incremental"
    model = Small(body, 200, 10 if scenario == "class-incremental" else 2)
    heads, terms, stored = [], [], []
    for number, pair in enumerate(PAIRS):
        x, y = _task(train, pair, scenario)
        if own_heads:
            model.head = nn.Linear(200, 2)
        _train([model, *(heads if guard == "replay" else [])], x, y, terms, draws)
        heads.append(copy.deepcopy(model.head))
        kept = torch.cat([torch.nonzero(y == value).flatten()[:N_STORED] for value in y.unique()])
        stored.append((x[kept], y[kept]))
        if guard == "ewc":  # one a task
            some = torch.randperm(len(x), generator=draws)[:100]
            rows = [(x[i : i + 1], y[i : i + 1]) for i in some]
            terms.append(EWC(model, rows, strength=strength, with_head=not own_heads))
        elif guard == "lwf":  # the body as it is now, under each head so far
            terms = [
                LearningWithoutForgetting(_under(model, head), strength=strength / len(PAIRS[: number + 1]))
                for head in (heads if own_heads else [])
            ] or [LearningWithoutForgetting(model, strength=strength, head="own")]
        elif guard == "replay" and own_heads:
            terms = [
                Replay([rows], functools.partial(_loss_under, head), strength=strength)
                for rows, head in zip(stored, heads, strict=True)
            ]
        elif guard == "replay":
            every = tuple(torch.cat(part) for part in zip(*stored, strict=True))
            terms = [Replay([every], cross_entropy, strength=strength * (number + 1))]
    return sum(
        _right(_under(model, head) if own_heads else model, *_task(test, pair, scenario))
        for pair, head in zip(PAIRS, heads, strict=True)
    ) / len(PAIRS)


def _task(data, pair, scenario):
    x, y = data
    kept = (y == pair[0]) | (y == pair[1])
    return x[kept], y[kept] if scenario == "class-incremental" else y[kept] % 2


def _under(model, head):
    """The body of the model under another head."""
    other = copy.deepcopy(model)
    other.head = copy.deepcopy(head)
    return other


def _loss_under(head, outputs, batch):
    return nn.functional.cross_entropy(head(outputs.features), batch[1])


def _train(learning, x, y, terms, draws):
    model = learning[0]
    optimizer = torch.optim.Adam([value for part in learning for value in part.parameters()], lr=1e-3)
    for _ in range(STEPS):
        at = torch.randint(len(x), (BATCH,), generator=draws)
        batch = (x[at], y[at])
        outputs = model(batch)
        loss = cross_entropy(outputs, batch) + sum(term(model, batch, outputs) for term in terms)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _right(model, x, y):
    with torch.no_grad():
        return float((model((x, y)).logits.argmax(1) == y).float().mean())
