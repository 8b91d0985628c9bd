"""Makes cellpose.json beside upstream checkouts, whose code is run and not kept.

git clone https://github.com/MouseLand/cellpose && git -C cellpose checkout 849ca11
git clone https://github.com/facebookresearch/segment-anything
python tests/plugins/golden/make_cellpose.py cellpose segment-anything
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state


@torch.no_grad()
def main(cellpose: str, segment_anything: str) -> None:
    sys.path.insert(0, segment_anything)
    spec = importlib.util.spec_from_file_location("vit_sam", Path(cellpose) / "cellpose" / "vit_sam.py")
    assert spec is not None
    assert spec.loader is not None
    vit_sam = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(vit_sam)
    from segment_anything import sam_model_registry

    network = vit_sam.Transformer().eval()
    found: dict[str, Any] = {"cellpose-sam": {"n_parameters": n_parameters(network), "layout": layout(network)}}
    network.load_state_dict(seeded_state(network))
    found["cellpose-sam"]["maps"] = sample(network(pixels(1, 3, 256, 256))[0])

    encoder = sam_model_registry["vit_b"](None).image_encoder.eval()
    found["sam-vit-b"] = {"n_parameters": n_parameters(encoder), "layout": layout(encoder)}
    encoder.load_state_dict(seeded_state(encoder))
    found["sam-vit-b"]["map"] = sample(encoder(pixels(1, 3, 1024, 1024)))
    Path(__file__).with_name("cellpose.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
