"""Makes conch.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/mahmoodlab/CONCH && git -C CONCH checkout 141cc09
python tests/plugins/golden/make_conch.py CONCH
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import timm.layers
import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.conch_texts import NAMES, texts
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state


def main(upstream: str) -> None:
    source = Path(upstream) / "conch" / "open_clip_custom"
    # The package's own __init__ pulls in what the network does not need, and timm moved its layers.
    for package, folder in (("conch", source.parent), ("conch.open_clip_custom", source)):
        stand_in = types.ModuleType(package)
        stand_in.__path__ = [str(folder)]
        sys.modules[package] = stand_in
    sys.modules["timm.models.layers"] = timm.layers
    from conch.open_clip_custom.coca_model import CoCa

    config = json.loads((source / "model_configs" / "conch_ViT-B-16.json").read_text(encoding="utf-8"))
    config.pop("custom_text")
    config["multimodal_cfg"]["layers"] = 0  # the release has no caption decoder
    network = CoCa(**config).eval()
    found = {"n_parameters": n_parameters(network), "layout": layout(network)}
    network.load_state_dict(seeded_state(network))
    with torch.no_grad():
        found["image"] = sample(network.encode_image(pixels(2, 3, 224, 224), normalize=False))
        found["pooled"] = sample(network.encode_image(pixels(2, 3, 224, 224), normalize=False, proj_contrast=False))
        for name, ids in zip(NAMES, texts(), strict=True):
            found[name] = sample(network.encode_text(ids[None], normalize=False))
    Path(__file__).with_name("conch.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(sys.argv[1])
