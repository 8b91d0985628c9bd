"""The small model that is shipped inside the package: a CLIP that needs no network.

The network is open_clip's own `CLIP` class with a small configuration, trained on pictures that a script draws
itself, and on a few openly licensed ones. `weights/` holds the configuration, the weights, the vocabulary and the
record of the training. In the source tree `python -m zoo.embedded.training.train` makes them, and
`python -m zoo.embedded.training.evaluate` prints what they can do.

Source:
    Radford et al. 2021, arXiv:2103.00020 (the two towers and the loss); open_clip/model.py, 3.3 (the class).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.embedded.tokenizer import Tokenizer

if TYPE_CHECKING:
    import torch
    from open_clip.model import CLIP

__all__ = ["WEIGHTS", "build_model", "configuration", "load_model", "tokenize"]

WEIGHTS = Path(__file__).parent / "weights"
"""Folder of open_clip_config.json, model.safetensors, vocabulary.json and training_record.json."""


def configuration() -> dict[str, Any]:
    """`model_cfg` and `preprocess_cfg`, in the form of an open_clip repository's open_clip_config.json."""
    text: dict[str, Any] = json.loads((WEIGHTS / "open_clip_config.json").read_text("utf-8"))
    return text


def build_model() -> CLIP:
    """The network with fresh random weights, drawn from torch's current seed, in training mode."""
    from open_clip.model import CLIP

    model = configuration()["model_cfg"]
    return CLIP(model["embed_dim"], model["vision_cfg"], model["text_cfg"])


def load_model(pretrained: bool = True) -> CLIP:
    """The network in evaluation mode and float32; its weights are stored as 16-bit floats.

    Args:
        pretrained: False leaves random weights, drawn from torch's current seed.

    Raises:
        WeightsError: the file in the package is damaged or does not belong to the configuration.
    """
    from zoo.weights import load_into, read_state_dict

    model = build_model()
    if pretrained:
        load_into(model, read_state_dict(WEIGHTS / "model.safetensors"), model_id="multimodal/tiny-clip")
    return model.float().eval()


def tokenize(texts: Sequence[str]) -> torch.Tensor:
    """(n, context length) int64 token ids, each row: start, words, end, padding.

    >>> tokenize(["a handwritten 7"]).shape
    torch.Size([1, 24])
    """
    import torch

    length = _context_length()
    return torch.tensor([_tokenizer().encode(text, length) for text in texts], dtype=torch.int64).reshape(-1, length)


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer.read(WEIGHTS / "vocabulary.json")


@cache
def _context_length() -> int:
    length: int = configuration()["model_cfg"]["text_cfg"]["context_length"]
    return length
