"""Makes galileo.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/nasaharvest/galileo && git -C galileo checkout 0f0b5b9
pip install einops
python tests/plugins/golden/make_galileo.py galileo
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample

SIZES = {"galileo-nano": (128, 4, 8), "galileo-tiny": (192, 12, 3), "galileo-base": (768, 12, 12)}


def main(upstream: str) -> None:
    sys.path.insert(0, upstream)
    from single_file_galileo import Encoder

    found: dict[str, Any] = {}
    for name, (width, depth, heads) in SIZES.items():
        network = Encoder(8, width, depth, 4, heads, 24)
        found[name] = {"n_parameters": n_parameters(network), "layout": layout(network)}
    folder = Path(upstream) / "data" / "models" / "nano"
    network = Encoder.load_from_folder(folder, torch.device("cpu")).eval()
    optical = pixels(2, 10, 24, 24).permute(0, 2, 3, 1)[:, :, :, None]  # (n, h, w, t, bands)
    for patch in (8, 4):
        image = torch.zeros(2, 24, 24, 1, 13)
        image[..., 2:12] = optical
        masks = torch.ones(2, 24, 24, 1, 7)
        masks[..., 1:6] = 0
        space, time, static = torch.zeros(2, 24, 24, 16), torch.zeros(2, 1, 6), torch.zeros(2, 18)
        ignored = (torch.ones(2, 24, 24, 3), torch.ones(2, 1, 3), torch.ones(2, 4))
        with torch.no_grad():
            output = network(image, space, time, static, masks, *ignored, torch.full((2, 1), 6), patch)
        found["galileo-nano"][f"patch {patch}"] = sample(network.average_tokens(*output[:8]))
    Path(__file__).with_name("galileo.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(sys.argv[1])
