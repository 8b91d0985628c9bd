"""Makes cells.json beside upstream checkouts, whose code is run and not kept; in an environment of its own.

git clone https://github.com/recursionpharma/maes_microscopy maes && git -C maes checkout b3e68bb
git clone https://github.com/CaicedoLab/CHAMMI-75 chammi && git -C chammi checkout b84a4ec
git clone https://github.com/CellProfiling/SubCellPortable subcell && git -C subcell checkout 676f0e1
git clone https://github.com/vanvalenlab/cellSAM cellsam && git -C cellsam checkout 35bc6e0
git clone https://github.com/facebookresearch/segment-anything
pip install torch torchvision timm==0.9.7 transformers==4.45.2 kornia scikit-image scikit-learn requests
python tests/plugins/golden/make_cells.py maes chammi subcell cellsam segment-anything
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from functools import partial
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state, spots


def package(name: str, folder: str) -> None:
    """A folder as a package, without its __init__, which pulls in what the networks do not need."""
    module = types.ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module


def facts(network: Any) -> dict[str, Any]:
    return {"n_parameters": n_parameters(network), "layout": layout(network)}


def openphenom(folder: str) -> dict[str, Any]:
    package("maes", folder)
    vit, modules = importlib.import_module("maes.vit"), importlib.import_module("maes.mae_modules")
    backbone = vit.sincos_positional_encoding_vit(vit_backbone=vit.vit_small_patch16_256(global_pool="avg"))
    encoder = modules.MAEEncoder(vit_backbone=backbone, max_in_chans=11, channel_agnostic=True).eval()
    found = {**facts(encoder), "places": sample(encoder.vit_backbone.pos_embed)}
    encoder.load_state_dict(seeded_state(encoder))
    # What MAEModel.predict of maes_microscopy/huggingface_mae.py does.
    normal = torch.nn.InstanceNorm2d(None, affine=False, track_running_stats=False)
    tokens = encoder.vit_backbone.forward_features(normal((pixels(1, 3, 256, 256) * 40 + 100).clamp(0, 255) / 255.0))
    found["all channels"] = sample(tokens[:, 1:].mean(dim=1))
    found["each channel"] = sample(tokens[:, 1:].view(1, 3, 256, 384).mean(dim=2).view(1, -1))
    return found


def morphem(folder: str) -> dict[str, Any]:
    package("feat_models", f"{folder}/benchmarks/feat_models")
    network = importlib.import_module("feat_models.vision_transformer").vit_small().eval()
    found = facts(network)
    network.load_state_dict(seeded_state(network))
    batch = pixels(1, 3, 224, 224)
    tokens = [network.forward_features(batch[:, c : c + 1])["x_norm_clstoken"] for c in range(3)]
    found["channels"] = sample(torch.cat(tokens, dim=1))
    return found


def subcell(folder: str) -> dict[str, Any]:
    import yaml

    package("subcell", folder)
    text = Path(folder, "models/rybg/mae_contrast_supcon_model/model_config.yaml").read_text()
    network = (
        importlib.import_module("subcell.vit_model").ViTPoolClassifier(yaml.safe_load(text)["model_config"]).eval()
    )
    found = facts(network)
    network.load_state_dict(seeded_state(network))
    network.classifiers = torch.nn.ModuleList([network.make_classifier()])
    found["pooled"] = sample(network(pixels(1, 4, 448, 448)).pool_op)
    return found


def cellsam(folder: str, segment_anything: str) -> dict[str, Any]:
    import torchvision.transforms.v2 as transforms

    sys.path.insert(0, segment_anything)
    from segment_anything import sam_model_registry
    from segment_anything.modeling import ImageEncoderViT

    package("cellSAM", f"{folder}/cellSAM")
    inference, utils = importlib.import_module("cellSAM.sam_inference"), importlib.import_module("cellSAM.utils")
    with torch.device("meta"):
        found = facts(sam_model_registry["vit_b"](None).image_encoder)
    sizes: dict[str, Any] = {"img_size": 1024, "patch_size": 16, "embed_dim": 64, "depth": 2, "num_heads": 2}
    norm = partial(torch.nn.LayerNorm, eps=1e-6)
    rest: dict[str, Any] = {"use_rel_pos": True, "window_size": 14, "global_attn_indexes": [1], "norm_layer": norm}
    encoder = ImageEncoderViT(**sizes, **rest, out_chans=32).eval()
    encoder.load_state_dict(seeded_state(encoder))
    whole = sam_model_registry["vit_b"](None)
    whole.image_encoder = encoder

    class Small(inference.CellSAM):  # type: ignore[misc]  # upstream's class, without its detector of boxes
        def __init__(self) -> None:
            torch.nn.Module.__init__(self)
            self.model = self.model_cp = whole
            self.normalize = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

    network, equal = Small(), utils.normalize_image(spots())
    found["equalised"] = sample(torch.from_numpy(equal))
    batch = torch.from_numpy(equal.transpose(2, 0, 1)).float()[None]
    network.adv_mode = True
    found["equalised, then seen"] = sample(network.sam_preprocess(network.prep_2(batch)[0][0], div_255=True))
    batch = torch.from_numpy(spots().transpose(2, 0, 1) / 255).float()[None]
    for network.adv_mode, case in ((True, "each channel"), (False, "whole picture")):
        prepared, _ = network.prep_2(batch)
        found[case] = {"seen": sample(network.sam_preprocess(prepared[0], div_255=True))}
        found[case]["map"] = sample(network.generate_embeddings(batch)[0])
    return found


@torch.no_grad()
def main(maes: str, chammi: str, portable: str, cells: str, segment_anything: str) -> None:
    found = {
        "openphenom-s-16": openphenom(maes),
        "morphem": morphem(chammi),
        "subcell-rybg": subcell(portable),
        "cellsam": cellsam(cells, segment_anything),
    }
    Path(__file__).with_name("cells.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
