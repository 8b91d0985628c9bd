"""Makes instruments.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/torchgeo/torchgeo && git -C torchgeo checkout 65507dc
pip install einops
python tests/plugins/golden/make_instruments.py torchgeo
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state


def upstream(folder: str, name: str) -> Any:
    """One module of torchgeo alone; its augmentations, of the package kornia, are not needed."""
    for stub in ("kornia", "kornia.augmentation"):
        sys.modules.setdefault(stub, mock.MagicMock())
    spec = importlib.util.spec_from_file_location(name, Path(folder) / "torchgeo" / "models" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@torch.no_grad()
def main(folder: str) -> None:
    found: dict[str, Any] = {}
    dofa = upstream(folder, "dofa")
    for name, make in (("dofa-vit-b", dofa.dofa_base_patch16_224), ("dofa-vit-l", dofa.dofa_large_patch16_224)):
        network = make(num_classes=0).eval()
        found[name] = {"n_parameters": n_parameters(network), "layout": layout(network)}
        network.load_state_dict(seeded_state(network))
        found[name]["colours"] = sample(network(pixels(1, 3, 224, 224), [0.665, 0.56, 0.49]))
        found[name]["five bands"] = sample(network(pixels(1, 5, 224, 224), [0.443, 0.49, 0.56, 0.842, 2.19]))

    network = upstream(folder, "croma").CROMA().eval()
    found["croma-base"] = {"n_parameters": n_parameters(network), "layout": layout(network)}
    network.load_state_dict(seeded_state(network))
    output = network(pixels(1, 2, 120, 120, seed=1), pixels(1, 12, 120, 120))
    for key in ("optical_GAP", "sar_GAP", "joint_GAP"):
        found["croma-base"][key] = sample(output[key])

    scale_mae = upstream(folder, "scale_mae")
    network = scale_mae.scalemae_large_patch16(num_classes=0).eval()
    found["scale-mae-vit-l"] = {"n_parameters": n_parameters(network), "layout": layout(network)}
    network.load_state_dict(seeded_state(network))
    for resolution in (1.0, 10.0):
        network.res = resolution
        tokens = network.forward_features(pixels(1, 3, 224, 224))
        found["scale-mae-vit-l"][f"{resolution:g} m"] = sample(tokens[:, 0])
    Path(__file__).with_name("instruments.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(sys.argv[1])
