"""Weights that depend on nothing but their names and shapes, so that two codes can be compared number by number."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from typing import Any

import torch


def seeded_state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A state for a module: every floating tensor is drawn from a generator seeded by its name."""
    state = {}
    for name, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            state[name] = torch.zeros(tensor.shape, dtype=tensor.dtype)
            continue
        noise = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode())))
        if name.endswith("running_var"):
            state[name] = 1 + 0.1 * noise.abs()
        elif tensor.ndim >= 2:
            state[name] = noise / tensor[0].numel() ** 0.5
        elif name.endswith("weight"):
            state[name] = 1 + 0.1 * noise
        else:
            state[name] = 0.1 * noise
    return state


def layout(module: torch.nn.Module) -> str:
    """SHA-256 of all names and shapes of a state, in alphabetical order: equal for equal checkpoints."""
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in module.state_dict().items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def n_parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def pixels(n: int, channels: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    """(n, channels, height, width) standard normal input."""
    return torch.randn((n, channels, height, width), generator=torch.Generator().manual_seed(seed))


def sample(tensor: torch.Tensor, n: int = 8) -> list[float]:
    """A few values spread over a tensor, and its mean magnitude last: what a golden file keeps of an output."""
    flat = tensor.detach().double().flatten()
    at = torch.linspace(0, len(flat) - 1, n).long()
    return [round(float(value), 7) for value in [*flat[at], flat.abs().mean()]]


def golden_text(found: dict[str, Any]) -> str:
    """JSON with one line a list of numbers, so that a golden file reads and diffs well."""
    text = json.dumps(found, indent=1)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text) + "\n"


def spots(height: int = 180, width: int = 260) -> Any:
    """(height, width, 3) picture of 8 bit: waves, a bright round spot with hot pixels, and an empty channel."""
    import numpy as np

    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    waves = 60 * (1 + np.sin(x / 17) * np.cos(y / 23)) + rng.normal(0, 5, (height, width))
    spot = 300 * np.exp(-((x - 90) ** 2 + (y - 70) ** 2) / 900) + rng.uniform(0, 20, (height, width))
    return np.stack([waves, spot, np.zeros((height, width))], axis=2).clip(0, 255).astype(np.uint8)
