"""Makes cellvit.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/TIO-IKIM/CellViT && git -C CellViT checkout 05097e1
python tests/plugins/golden/make_cellvit.py CellViT
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state


def main(upstream: str) -> None:
    sys.path.insert(0, upstream)
    # Upstream's post-processing needs packages that the network does not.
    stand_in = types.ModuleType("cell_segmentation.utils.post_proc_cellvit")
    stand_in.DetectionCellPostProcessor = object
    sys.modules["cell_segmentation.utils.post_proc_cellvit"] = stand_in
    from models.segmentation.cell_segmentation.cellvit import CellViT256, CellViTSAM

    found = {}
    for name, network in (
        ("cellvit-256", CellViT256(None, 6, 19)),
        ("cellvit-sam-b", CellViTSAM(None, 6, 19, "SAM-B")),
    ):
        network.load_state_dict(seeded_state(network))
        with torch.no_grad():
            maps = network.eval()(pixels(1, 3, 256, 256), retrieve_tokens=True)
        tokens = maps.pop("tokens")
        found[name] = {
            "n_parameters": n_parameters(network),
            "layout": layout(network),
            "outputs": {key: sample(value) for key, value in maps.items()} | {"embedding": sample(tokens.mean((2, 3)))},
        }
    network = CellViTSAM(None, 6, 19, "SAM-H")
    found["cellvit-sam-h"] = {"n_parameters": n_parameters(network), "layout": layout(network)}
    Path(__file__).with_name("cellvit.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(sys.argv[1])
