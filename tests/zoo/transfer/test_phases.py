"""Which groups are open at which rates agrees with the tools whose numbers the recipes take."""

from __future__ import annotations

import math

import pytest

from zoo.encoder.groups import layer_groups
from zoo.transfer import Phase, named
from zoo.transfer.phases import factor, length, rates, stages


def test_layer_decay_is_timm_s_group_by_group():
    import timm
    from timm.optim import param_groups_layer_decay

    model = timm.create_model("vit_tiny_patch16_224", img_size=32, depth=4, num_classes=3)
    scales = {
        id(value): group["lr_scale"]
        for group in param_groups_layer_decay(model, layer_decay=0.75, weight_decay=0.0)
        for value in group["params"]
    }
    phase = Phase(name="all", trainable="all", body_rate=2e-3, layer_decay=0.75)
    groups = layer_groups(model)
    own = rates(phase, stages(phase, len(groups))[0])
    found = {id(value): own[place] for place, (_, values) in enumerate(groups) for value in values}
    assert found.keys() == scales.keys()
    assert all(found[key] == pytest.approx(2e-3 * scale) for key, scale in scales.items())


def test_the_article_s_schedule_opens_one_group_more_at_each_stage_from_the_head_down():
    blocks = named("gradual-unfreezing").phases[1]
    opened = stages(blocks, 4)
    assert opened == [(3,), (2, 3), (1, 2, 3), (0, 1, 2, 3)]
    last = rates(blocks, opened[-1])
    assert [last[place] / last[place - 1] for place in (1, 2, 3)] == pytest.approx([2.6] * 3)  # ULMFiT's ratio
    everything = named("gradual-unfreezing").phases[2]
    assert set(rates(everything, stages(everything, 4)[0]).values()) == {1e-5}


@pytest.mark.parametrize(
    ("trainable", "opened"),
    [
        ("last-blocks", (8, 9, 10)),
        ("first-blocks", (0, 1, 2)),
        ("half", (5, 6, 7, 8, 9, 10)),
        ("all", tuple(range(11))),
    ],
)
def test_a_share_of_the_groups_is_open(trainable, opened):
    assert stages(Phase(name="a", trainable=trainable, body_rate=1e-4), 11) == [opened]


def test_blocks_are_those_that_the_phase_lists():
    phase = Phase(name="a", trainable="blocks", blocks=(4, 1, 99), body_rate=1e-4)
    assert stages(phase, 6) == [(1, 4)]
    assert rates(phase, (1, 4)) == {1: 1e-4, 4: 1e-4}


def test_the_rate_grows_and_then_falls_as_a_cosine():
    phase = Phase(name="a", trainable="head", warm_up=0.2)
    shares = [factor(step, 10, phase) for step in range(10)]
    assert shares[:3] == [0.5, 1.0, 1.0]
    assert shares[3:] == pytest.approx([0.5 * (1 + math.cos(math.pi * k / 8)) for k in range(1, 8)])
    flat = Phase(name="a", trainable="head", warm_up=0.0, schedule="constant")
    assert [factor(step, 10, flat) for step in range(10)] == [1.0] * 10


def test_few_rows_get_more_epochs_and_many_rows_fewer():
    phase = Phase(name="a", trainable="head", epochs=10, min_steps=60, max_steps=100)
    assert length(phase, 30, 16) == (30, 2)
    assert length(phase, 100, 16) == (10, 7)
    assert length(phase, 1000, 16) == (1, 63)
