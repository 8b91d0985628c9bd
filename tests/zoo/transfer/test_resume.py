"""A run that is cut off at any step goes on to the same bits: weights, rows, and which weights learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import zoo
from zoo.transfer import Phase, Recipe, Stop
from zoo.transfer.model import random_head, tuned_model
from zoo.transfer.rows import PreparedRows
from zoo.transfer.task import Options, Task
from zoo.transfer.training import Trainer

RECIPE = Recipe(
    name="three phases",
    batch_size=8,
    phases=(
        Phase(name="head", trainable="head", epochs=2, head_rate=1e-2, stop=Stop(patience=9)),
        Phase(name="last", trainable="last-blocks", epochs=3, body_rate=1e-3, stop=Stop(patience=9)),
        Phase(name="all", trainable="all", epochs=2, body_rate=1e-3, layer_decay=0.5, stop=Stop(patience=9)),
    ),
    augment="strong",
    mixup=0.2,
)
STEPS = 3 * (2 + 3 + 2)


class CutOff(BaseException):
    pass


class Watched(Trainer):
    """A trainer that is cut off after so many steps, and tells what each step saw."""

    left = STEPS + 1

    def __init__(self, *given):
        super().__init__(*given)
        self.seen = []

    def _step(self, phase, model, optimiser, accelerator, chosen, stored):
        if self.left == 0:
            raise CutOff
        self.left -= 1
        learns = tuple(name for name, value in self.model.named_parameters() if value.requires_grad)
        self.seen.append((self.position.phase, self.position.epoch, self.position.step, tuple(chosen), hash(learns)))
        return super()._step(phase, model, optimiser, accelerator, chosen, stored)


def pictures(n=30, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return [rng.integers(0, 90 + 60 * label, (32, 32, 3), dtype=np.uint8) for label in labels], labels


def trainer(path, every_s):
    encoder = zoo.load("vision/cifar10-resnet20", pretrained=False, seed=1)
    inputs, labels = pictures()
    rows = PreparedRows(encoder, inputs, "image")
    features = encoder.embed_images(inputs).numpy()
    task = Task(rows, labels, 3, np.arange(24), np.arange(24, 30), lambda: features)
    model = tuned_model(encoder, random_head(64, 3, 0), "image")
    return Watched(model, RECIPE, task, Options(seed=5, checkpoint_path=path, checkpoint_every_s=every_s))


def state(made):
    return {name: value.clone() for name, value in made.model.state_dict().items()}


@pytest.fixture(scope="module")
def whole():
    torch.manual_seed(0)
    made = trainer(None, 0)
    made.run()
    assert len(made.seen) == STEPS
    return made.seen, state(made)


@pytest.mark.parametrize(
    ("at", "every_s"),
    [(2, 0), (5, 0), (8, 0), (11, 0), (16, 0), (20, 0), (11, 1e9), (17, 1e9)],
    ids=["head", "head, last step of epoch 2", "last blocks", "mid-epoch after unfreezing", "all", "last step",
         "only phases were saved", "only phases were saved, all"],
)  # fmt: skip
def test_a_run_that_is_cut_off_ends_in_the_same_bits(whole, tmp_path, at, every_s):
    seen, wanted = whole
    first = trainer(tmp_path / "c.safetensors", every_s)
    first.left = at
    with pytest.raises(CutOff):
        first.run()
    torch.manual_seed(999)  # the state of the generator is another one in a new process
    second = trainer(tmp_path / "c.safetensors", every_s)
    second.run()
    found = state(second)
    assert all(torch.equal(found[name], value) for name, value in wanted.items())
    again = len(first.seen) + len(second.seen) - len(seen)
    assert again == 0 if every_s == 0 else again >= 0
    assert (first.seen[: len(first.seen) - again] + second.seen) == seen


def test_augmentation_depends_on_seed_epoch_and_row_alone():
    encoder = zoo.load("vision/cifar10-resnet20", pretrained=False)
    rows = PreparedRows(encoder, pictures()[0], "image")
    one = rows.batch([4, 7], augment="strong", seed=1, epoch=3)["pixels"]
    other = rows.batch([9, 7, 4], augment="strong", seed=1, epoch=3)["pixels"]
    assert torch.equal(one[1], other[1])
    assert torch.equal(one[0], other[2])
    assert not torch.equal(one, rows.batch([4, 7], augment="strong", seed=1, epoch=4)["pixels"])
    assert not torch.equal(one, rows.batch([4, 7], augment="strong", seed=2, epoch=3)["pixels"])
