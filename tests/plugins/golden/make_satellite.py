"""Makes satellite.json beside upstream checkouts, whose code is run and not kept.

git clone https://github.com/IBM/terratorch && git -C terratorch checkout 85467a9
git clone https://github.com/sustainlab-group/SatMAE && git -C SatMAE checkout e31c11f
python tests/plugins/golden/make_satellite.py terratorch SatMAE
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state

DATES = torch.tensor([[[2019.0, 120.0], [2020.0, 200.0], [2021.0, 300.0]]])
PLACE = torch.tensor([[46.5, 14.25]])


def module_of(path: Path) -> ModuleType:
    """A module by its file, so that its package's own dependencies are not needed."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def prithvi(upstream: ModuleType) -> dict[str, Any]:
    sizes = {
        "prithvi-1.0-100m": (768, 12, 12, 3, 16, False),
        "prithvi-2.0-tiny-tl": (192, 12, 3, 1, 16, True),
        "prithvi-2.0-100m-tl": (768, 12, 12, 4, 16, True),
        "prithvi-2.0-300m": (1024, 24, 16, 4, 16, False),
        "prithvi-2.0-300m-tl": (1024, 24, 16, 4, 16, True),
        "prithvi-2.0-600m": (1280, 32, 16, 4, 14, False),
        "prithvi-2.0-600m-tl": (1280, 32, 16, 4, 14, True),
    }
    found: dict[str, Any] = {}
    for name, (width, depth, heads, frames, patch, metadata) in sizes.items():
        network = upstream.PrithviViT(
            patch_size=(1, patch, patch),
            num_frames=frames,
            in_chans=6,
            embed_dim=width,
            depth=depth,
            num_heads=heads,
            coords_encoding=["time", "location"] if metadata else [],
            coords_scale_learn=metadata,
        ).eval()
        found[name] = {"n_parameters": n_parameters(network), "layout": layout(network)}
        if width > 768:
            continue
        table = network.pos_embed.clone()
        network.load_state_dict(seeded_state(network))
        network.pos_embed.copy_(table)
        one, three = pixels(1, 6, 224, 224), pixels(6, 3, 96, 160).unsqueeze(0)
        with torch.no_grad():
            outputs = {"three dates, 96 x 160": sample(network.forward_features(three)[-1])}
            if frames == 1:
                outputs["one date"] = sample(network.forward_features(one)[-1])
            if metadata and frames == 3:
                raise AssertionError("no such variant")
            if metadata:
                network.num_frames = 3  # upstream reads the number of dates from its configuration
                outputs["with metadata"] = sample(network.forward_features(three, DATES, PLACE)[-1])
        found[name]["outputs"] = outputs
    return found


def satmae(folder: Path) -> dict[str, Any]:
    vars(np)["float"] = float  # upstream was written for an older numpy
    sys.path.insert(0, str(folder))
    grouped, plain = module_of(folder / "models_vit_group_channels.py"), module_of(folder / "models_vit.py")
    common = {"num_classes": 0, "global_pool": False}
    networks = {
        "satmae-sentinel-vit-b": grouped.vit_base_patch16(img_size=96, patch_size=8, in_chans=10, **common),
        "satmae-sentinel-vit-l": grouped.vit_large_patch16(img_size=96, patch_size=8, in_chans=10, **common),
        "satmae-rgb-vit-l": plain.vit_large_patch16(img_size=224, patch_size=16, **common),
    }
    found: dict[str, Any] = {}
    for name, network in networks.items():
        network.eval()
        found[name] = {
            "n_parameters": n_parameters(network),
            "layout": layout(network),
            "positions": sample(network.pos_embed),
        }
        network.load_state_dict(seeded_state(network))
        batch = pixels(2, 3, 224, 224) if "rgb" in name else pixels(2, 10, 96, 96)
        with torch.no_grad():
            found[name]["embedding"] = sample(network.forward_features(batch))
    return found


def main(terratorch: str, satmae_folder: str) -> None:
    upstream = module_of(Path(terratorch) / "terratorch" / "models" / "backbones" / "prithvi_mae.py")
    found = {**prithvi(upstream), **satmae(Path(satmae_folder))}
    Path(__file__).with_name("satellite.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
