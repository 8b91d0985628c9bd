"""Makes instruments.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/torchgeo/torchgeo && git -C torchgeo checkout 65507dc
git clone https://github.com/Clay-foundation/model clay && git -C clay checkout a5790ce
pip install einops
python tests/plugins/golden/make_instruments.py torchgeo clay
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


def upstream(folder: str, name: str) -> Any:
    """One module of torchgeo alone; its augmentations, of the package kornia, are not needed."""
    for stub in ("kornia", "kornia.augmentation"):
        sys.modules.setdefault(stub, mock.MagicMock())
    pair = types.SimpleNamespace(_to_tuple=lambda value: value if isinstance(value, tuple) else (value, value))
    sys.modules.update({"torchgeo.samplers": types.ModuleType("torchgeo.samplers"), "torchgeo.samplers.utils": pair})  # type: ignore[dict-item]  # a namespace will do
    for package, path in (("torchgeo", "torchgeo"), ("torchgeo.models", "torchgeo/models")):
        # The packages' own __init__ files pull in what the networks do not need.
        module = types.ModuleType(package)
        module.__path__ = [str(Path(folder) / path)]
        sys.modules.setdefault(package, module)
    return importlib.import_module(f"torchgeo.models.{name}")


@torch.no_grad()
def main(folder: str, clay_folder: str) -> None:
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

    panopticon = upstream(folder, "panopticon")
    network = panopticon.Panopticon().eval()
    network.model.reset_classifier(0)
    found["panopticon-vit-b"] = {"n_parameters": n_parameters(network), "layout": layout(network)}
    network.load_state_dict(seeded_state(network))
    for case, channels in (("optical", [443.0, 560.0, 2190.0]), ("radar", [-1.0, -2.0, -7.0]), ("both", [-4.0, 842.0])):
        batch = {"imgs": pixels(1, len(channels), 224, 224), "chn_ids": torch.tensor([channels])}
        found["panopticon-vit-b"][case] = sample(network(batch))

    sys.path.insert(0, clay_folder)
    from claymodel.model import Encoder

    network = Encoder(0.0, 8, False, 1024, 24, 16, 64, 4.0).eval()
    found["clay-1.5"] = {"n_parameters": n_parameters(network), "layout": layout(network)}
    network.load_state_dict(seeded_state(network))
    cube = {
        "pixels": pixels(1, 4, 64, 64),
        "time": torch.tensor([[0.1, 0.2, 0.3, 0.4]]),
        "latlon": torch.tensor([[0.5, 0.6, 0.7, 0.8]]),
        "gsd": torch.tensor(10.0),
        "waves": torch.tensor([0.493, 0.56, 0.665, 0.842]),
    }
    found["clay-1.5"]["told"] = sample(network(cube)[0])
    Path(__file__).with_name("instruments.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
