"""What a model costs to run, estimated from its parameters and the size of its input: memory, and time per sample."""

from __future__ import annotations

import math

from zoo.cards import ImagePreprocess, ModelCard
from zoo.errors import TaskError

DEVICES = {
    # log(ms) = a + b log(million parameters) + c log(pixels / 224), fitted to timm's published speed tables of
    "cpu": (0.72, 0.72, 1.48),  # one desktop CPU (i9-10940X, float32, one picture at a time)
    "gpu": (-3.26, 0.73, 2.16),  # one desktop GPU (RTX 3090, mixed precision, large batches)
}
_DEVICE_NAMES = {"cuda": "gpu", "nvidia": "gpu", "gpu": "gpu", "cpu": "cpu", "auto": "cpu"}
LATENCY_FACTOR = 1.6
"""One standard deviation of that fit: two thirds of models lie within this factor of the estimate."""
_TEXT_TOKENS, _PICTURE_TOKENS = 128, 197


def memory_gb(card: ModelCard) -> float | None:
    """Memory to run the model, estimated: weights (float32, or bfloat16 from 1e9 parameters) and a quarter on top."""
    if card.n_parameters is None:
        return None
    return card.n_parameters * (2 if card.n_parameters >= 1e9 else 4) * 1.25 / 1e9


def latency_ms(card: ModelCard, device: str | None = None) -> float | None:
    """Time per sample, estimated within a factor of `LATENCY_FACTOR`; None where the size is not known.

    Raises:
        TaskError: no published speeds for such a device.
    """
    a, b, c = DEVICES[device_kind(device)]
    if card.n_parameters is None:
        return None
    size = card.preprocess.size_px if isinstance(card.preprocess, ImagePreprocess) else 224
    side = math.sqrt(size[0] * size[1]) if isinstance(size, tuple) else size
    share = 1.0 if isinstance(card.preprocess, ImagePreprocess) else _TEXT_TOKENS / _PICTURE_TOKENS
    return share * math.exp(a + b * math.log(max(card.n_parameters, 1e5) / 1e6) + c * math.log(side / 224))


def sample_of(card: ModelCard) -> str:
    """What the time is of: texts are counted as if each had 128 tokens, and longer ones take longer."""
    return "a sample" if isinstance(card.preprocess, ImagePreprocess) else f"a text of {_TEXT_TOKENS} tokens"


def device_kind(device: str | None) -> str:
    """`cpu` or `gpu` for a device as torch or a user names it.

    Raises:
        TaskError: no published speeds for such a device.

    >>> device_kind("cuda:0"), device_kind(None)
    ('gpu', 'cpu')
    """
    wanted = (device or "cpu").strip().lower().partition(":")[0]
    if wanted not in _DEVICE_NAMES:
        raise TaskError(f"no published speeds for the device {device!r}.", f"There are: {', '.join(DEVICES)}.")
    return _DEVICE_NAMES[wanted]
