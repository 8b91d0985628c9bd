"""Makes medical.json beside upstream checkouts, whose code is run and not kept.

git clone https://github.com/microsoft/hi-ml && git -C hi-ml checkout b67c1d2
git clone https://github.com/RyanWangZf/MedCLIP && git -C MedCLIP checkout 9c3396f
python tests/plugins/golden/make_medical.py hi-ml MedCLIP
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import torch
import transformers

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state

TOKENS = torch.tensor([[101, 2000, 3000, 4000, 102], [101, 5000, 102, 0, 0]])
MASK = (TOKENS != 0).long()


def stub(name: str, **members: Any) -> None:
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


def biovil(folder: Path) -> dict[str, Any]:
    import timm.layers

    stub(
        "timm.models.layers",
        trunc_normal_=timm.layers.trunc_normal_,
        DropPath=timm.layers.DropPath,
        Mlp=timm.layers.Mlp,
    )
    source = folder / "hi-ml-multimodal" / "src" / "health_multimodal"
    # The packages' own __init__ files pull in what the networks do not need.
    for package in ("", ".common", ".image", ".image.model", ".text", ".text.model"):
        stub(f"health_multimodal{package}", __path__=[str(source.joinpath(*package.split(".")[1:]))])
    from health_multimodal.image.model.model import ImageModel, MultiImageModel
    from health_multimodal.text.model.configuration_cxrbert import CXRBertConfig
    from health_multimodal.text.model.modelling_cxrbert import CXRBertModel

    text = CXRBertModel(CXRBertConfig(vocab_size=30_522)).eval()
    text_layout = {"n_parameters": n_parameters(text), "layout": layout(text)}
    text.load_state_dict(seeded_state(text))
    with torch.no_grad():
        embedding = text.get_projected_text_embeddings(TOKENS, MASK, normalize_embeddings=False)
    found: dict[str, Any] = {"cxr-bert": {**text_layout, "text": sample(embedding)}}
    for name, kind, make in (("biovil", "resnet50", ImageModel), ("biovil-t", "resnet50_multi_image", MultiImageModel)):
        network = make(img_encoder_type=kind, joint_feature_size=128).eval()
        network.encoder.encoder.fc = torch.nn.Identity()
        found[name] = {"n_parameters": n_parameters(network), "layout": layout(network)}
        network.load_state_dict(seeded_state(network))
        with torch.no_grad():
            one = network(pixels(1, 3, 448, 448))
            found[name]["image"] = sample(one.projected_global_embedding)
            found[name]["pooled"] = sample(one.img_embedding)
            if name == "biovil-t":
                two = network(pixels(1, 3, 448, 448), pixels(1, 3, 448, 448, seed=1))
                found[name]["with prior"] = sample(two.projected_global_embedding)
    return found


def medclip(folder: Path) -> dict[str, Any]:
    import torchvision

    class Offline:
        """Stands in for the hub: networks of the named configurations, seeded below."""

        @staticmethod
        def from_pretrained(name: str, output_hidden_states: bool = False) -> torch.nn.Module:
            if "swin" in name:
                return transformers.SwinModel(transformers.SwinConfig())
            config = transformers.BertConfig(vocab_size=28_996, output_hidden_states=output_hidden_states)
            return transformers.BertModel(config)

    class NoTokenizer:
        @staticmethod
        def from_pretrained(name: str) -> None:
            return None

    resnet50 = torchvision.models.resnet50
    torchvision.models.resnet50 = lambda pretrained: resnet50()
    stub("requests")
    stub("medclip", __path__=[str(folder / "medclip")])
    from medclip import modeling_medclip as upstream

    upstream.AutoModel, upstream.AutoTokenizer = Offline, NoTokenizer
    found: dict[str, Any] = {}
    for name, tower in (
        ("medclip-vit", upstream.MedCLIPVisionModelViT),
        ("medclip-resnet", upstream.MedCLIPVisionModel),
    ):
        network = upstream.MedCLIPModel(vision_cls=tower).eval()
        found[name] = {"n_parameters": n_parameters(network), "layout": layout(network)}
        network.load_state_dict(seeded_state(network))
        with torch.no_grad():
            found[name]["image"] = sample(network.vision_model(pixels(2, 1, 224, 224)))
            found[name]["text"] = sample(network.text_model(TOKENS, MASK))
    return found


def main(hi_ml: str, medclip_folder: str) -> None:
    found = {**biovil(Path(hi_ml)), **medclip(Path(medclip_folder))}
    Path(__file__).with_name("medical.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
