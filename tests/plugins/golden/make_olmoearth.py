"""Makes olmoearth.json beside an upstream checkout, whose code is run and not kept.

git clone https://github.com/allenai/olmoearth_pretrain olmo && git -C olmo checkout 0a8852e
pip install einops universal-pathlib
python tests/plugins/golden/make_olmoearth.py olmo
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.plugins.seeded import golden_text, layout, n_parameters, pixels, sample, seeded_state

SIZES = {"nano": (128, 4, 8), "tiny": (192, 12, 3), "base": (768, 12, 12), "large": (1024, 24, 16)}
"""Width, depth and heads of scripts/official/v1, by internal/utils.py, MODEL_SIZE_ARGS."""
BAND_SETS = {"sentinel2_l2a": 3, "sentinel1": 1, "landsat": 2}


def cube(n_bands: int, seed: int) -> torch.Tensor:
    """(1, bands, 2 dates, 16, 16)."""
    return pixels(1, n_bands, 32, 16, seed).reshape(1, n_bands, 2, 16, 16)


@torch.no_grad()
def main(folder: str) -> None:
    sys.path.insert(0, folder)
    from olmoearth_pretrain.datatypes import MaskedOlmoEarthSample, MaskValue
    from olmoearth_pretrain.nn.flexi_vit import EncoderConfig

    found: dict[str, Any] = {}
    for size, (width, depth, n_heads) in SIZES.items():
        encoder = EncoderConfig(
            embedding_size=width,
            num_heads=n_heads,
            depth=depth,
            mlp_ratio=4.0,
            max_patch_size=8,
            drop_path=0.1,
            max_sequence_length=12,
            use_linear_patch_embed=False,
            supported_modality_names=[
                *("sentinel2_l2a", "sentinel1", "landsat", "worldcover", "srtm"),
                *("openstreetmap_raster", "wri_canopy_height_map", "cdl", "worldcereal"),
            ],
        ).build()
        name = f"olmoearth-1-{size}"
        found[name] = {"n_parameters": n_parameters(encoder), "layout": layout(encoder)}
        if size != "base":
            continue
        encoder.eval().load_state_dict(seeded_state(encoder))
        given = {"sentinel2_l2a": cube(12, 0), "sentinel1": cube(2, 1), "landsat": cube(11, 2)}

        def embed(names: tuple[str, ...], patch_px: int, resolution_m: int) -> Any:
            parts: dict[str, torch.Tensor] = {}
            for part in names:
                parts[part] = given[part].permute(0, 3, 4, 2, 1)  # noqa: B023  # called within this turn
                seen = torch.full((*parts[part].shape[:4], BAND_SETS[part]), float(MaskValue.ONLINE_ENCODER.value))
                parts[f"{part}_mask"] = seen
            dates = torch.tensor([[[3, 0, 2021], [3, 11, 2021]]])
            sample_of_all = MaskedOlmoEarthSample(timestamps=dates, **parts)
            output = encoder(sample_of_all, patch_size=patch_px, input_res=resolution_m, fast_pass=True)  # noqa: B023  # as above
            return output["tokens_and_masks"]

        for patch_px, resolution_m in ((8, 10), (4, 10), (2, 20)):
            tokens = embed(("sentinel2_l2a",), patch_px, resolution_m).sentinel2_l2a
            found[name][f"{patch_px} px of {resolution_m} m"] = sample(tokens)
        together = embed(tuple(given), 4, 10)
        found[name]["together"] = {part: sample(getattr(together, part)) for part in given}
    Path(__file__).with_name("olmoearth.json").write_text(golden_text(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
