"""Makes terramind.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/IBM/terratorch && git -C terratorch checkout 85467a9
pip install einops
python tests/plugins/golden/make_terramind.py terratorch
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any
from unittest import mock

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state

SIZES = ("tiny", "small", "base", "large")
KINDS = ["S2L2A", "S2L1C", "RGB", "S1GRD", "S1RTC", "DEM"]


@torch.no_grad()
def main(folder: str) -> None:
    root = Path(folder) / "terratorch"
    # The packages' own __init__ files pull in what the network does not need, such as its tokenizers.
    package = "terratorch"
    for part in ("", "models", "backbones", "terramind", "model"):
        package, root = (f"{package}.{part}", root / part) if part else (package, root)
        module = types.ModuleType(package)
        module.__path__ = [str(root)]
        sys.modules[package] = module
    tokenizers = "terratorch.models.backbones.terramind.tokenizer"
    for name in (
        tokenizers,
        f"{tokenizers}.text",
        f"{tokenizers}.text.text_tokenizer",
        f"{tokenizers}.tokenizer_register",
    ):
        sys.modules[name] = mock.MagicMock()
    registry = types.ModuleType("terratorch.registry")
    keep = types.SimpleNamespace(register=lambda function: function)
    registry.TERRATORCH_BACKBONE_REGISTRY = registry.TERRATORCH_FULL_MODEL_REGISTRY = keep
    sys.modules["terratorch.registry"] = registry
    for name in ("terramind_tim", "terramind_generation"):  # decoders, which need the tokenizers
        sys.modules[f"terratorch.models.backbones.terramind.model.{name}"] = mock.MagicMock()
    register = importlib.import_module("terratorch.models.backbones.terramind.model.terramind_register")
    found: dict[str, Any] = {}
    for size in SIZES:
        network = getattr(register, f"terramind_v1_{size}")(modalities=list(KINDS), merge_method=None).eval()
        name = f"terramind-1.0-{size}"
        found[name] = {"n_parameters": n_parameters(network), "layout": layout(network)}
        if size == "large":
            continue
        table = network.encoder_embeddings["untok_sen2l2a@224"].pos_emb
        found[name]["places"] = sample(table)
        state = seeded_state(network)
        state.update({key: table for key in state if key.endswith("pos_emb")})
        network.load_state_dict(state)
        found[name]["optical"] = sample(network({"S2L2A": pixels(1, 12, 224, 224)})[-1])
        both = {"S2L2A": pixels(1, 12, 96, 160), "S1GRD": pixels(1, 2, 96, 160, seed=1)}
        found[name]["optical and radar, 96 x 160"] = sample(network(both)[-1])
    Path(__file__).with_name("terramind.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(sys.argv[1])
