"""Loading draws its random numbers beside those of everybody else."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest
import torch

from zoo.loading import load
from zoo.loading.own_random import drawn_from
from zoo.weights import weights_hash

DRAWS = [
    lambda: torch.empty(5).normal_(),
    lambda: torch.empty(5).uniform_(-1, 1),
    lambda: torch.empty(5).bernoulli_(0.5),
    lambda: torch.empty(5).exponential_(),
    lambda: torch.randn(5),
    lambda: torch.rand(5),
    lambda: torch.randint(0, 100, (5,)),
    lambda: torch.randint(100, (5,)),
    lambda: torch.randperm(9),
    lambda: torch.normal(torch.zeros(5), torch.ones(5)),
    lambda: torch.multinomial(torch.ones(9), 3),
    lambda: torch.nn.init.trunc_normal_(torch.empty(5)),
    lambda: torch.nn.Linear(3, 3).weight.detach(),
    lambda: torch.nn.Conv2d(3, 3, 3).bias.detach(),
]


@pytest.mark.parametrize("draw", DRAWS)
def test_a_draw_is_that_of_the_seed_and_moves_no_other(draw):
    torch.manual_seed(5)
    wanted = draw()
    torch.manual_seed(9)
    before = torch.get_rng_state()
    with drawn_from(5):
        found = draw()
    assert torch.equal(found, wanted)
    assert torch.equal(torch.get_rng_state(), before)


def test_draws_of_another_thread_are_its_own():
    torch.manual_seed(0)
    random.seed(0)
    wanted = [(torch.rand(1).item(), random.random(), np.random.default_rng(k).random()) for k in range(2000)]
    torch.manual_seed(0)
    random.seed(0)
    found, stop = [], threading.Event()

    def loading():
        while not stop.is_set():
            load("timm/resnet18.a1_in1k", device="cpu", pretrained=False, seed=3)

    thread = threading.Thread(target=loading)
    thread.start()
    try:
        for k in range(2000):
            found.append((torch.rand(1).item(), random.random(), np.random.default_rng(k).random()))
    finally:
        stop.set()
        thread.join()
    assert found == wanted


@pytest.mark.parametrize("name", ["timm/resnet18.a1_in1k", "multimodal/tiny-clip"])
def test_random_weights_are_those_of_the_seed(name):
    made = [weights_hash(load(name, device="cpu", pretrained=False, seed=seed).module) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
