"""Makes flamingo.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/mlfoundations/open_flamingo && git -C open_flamingo checkout 655f693
pip install einops einops_exts
python tests/plugins/golden/make_flamingo.py open_flamingo
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, pixels, sample, seeded_state
from tests.plugins.tiny_flamingo import END, MEDIA, VISION_WIDTH, clip_tower, language_model

IDS = torch.tensor([[3, MEDIA, 4, 5, MEDIA, 6, 8], [MEDIA, 11, 12, MEDIA, 13, 14, 15]])


def main(upstream: str) -> None:
    package = types.ModuleType("open_flamingo")
    package.__path__ = [str(Path(upstream) / "open_flamingo")]
    sys.modules["open_flamingo"] = package
    source = types.ModuleType("open_flamingo.src")
    source.__path__ = [str(Path(upstream) / "open_flamingo" / "src")]
    sys.modules["open_flamingo.src"] = source
    from open_flamingo.src.flamingo import Flamingo
    from open_flamingo.src.flamingo_lm import FlamingoLMMixin
    from open_flamingo.src.utils import extend_instance

    found: dict[str, Any] = {}
    for kind, layers in (("gpt_neox", "gpt_neox.layers"), ("mpt", "transformer.blocks")):
        model = language_model(kind).eval()
        extend_instance(model, FlamingoLMMixin)
        model.set_decoder_layers_attr_name(layers)
        network = Flamingo(clip_tower(), model, END, MEDIA, vis_dim=VISION_WIDTH, cross_attn_every_n_layers=2).eval()
        state = network.state_dict()
        once = {name for name in state if "old_decoder_blocks" not in name and "gated_cross_attn_layers" not in name}
        seeded = seeded_state(network)
        network.load_state_dict({name: seeded[name] for name in once}, strict=False)
        images = pixels(4, 3, 32, 32).reshape(2, 2, 1, 3, 32, 32)
        with torch.no_grad():
            logits = network(images, IDS, attention_mask=torch.ones_like(IDS)).logits
        found[kind] = {
            "names": sorted(name for name in once if "cross_attn" in name or "perceiver" in name)[:6],
            "n_trained": sum(state[name].numel() for name in once if "cross_attn" in name or "perceiver" in name),
            "logits": sample(logits),
        }
    Path(__file__).with_name("flamingo.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(sys.argv[1])
