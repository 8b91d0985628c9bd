"""Writes the indexes of the catalogues `timm/` and `open_clip/` from the installed packages.

    python -m zoo.plugins.build_catalogues

Every fact is what the package states of a tag, or is counted by building the architecture without memory for
its weights (torch's meta device). Nothing is downloaded. Repeated runs give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.cards import ImagePreprocess, fingerprint
from zoo.specs import spec_from_open_clip, spec_from_timm

FOLDER = Path(__file__).parents[1] / "catalogues" / "data"


def main() -> None:
    """Both indexes, with a line on stderr for each."""
    for name, build in (("timm", timm_index), ("open_clip", open_clip_index)):
        index = build()
        write(FOLDER / f"{name}.json.gz", index)
        print(f"{name} {index['version']}: {len(index['models'])} models", file=sys.stderr)


def write(path: Path, index: Mapping[str, Any]) -> None:
    """Compressed without a time stamp, so that equal facts are equal bytes."""
    text = json.dumps(index, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def timm_index() -> dict[str, Any]:
    """`models`: name -> [contract, parameters, width, pooling, licence, repository, file, origin, papers]."""
    import timm

    contracts = Contracts()
    models: dict[str, list[Any]] = {}
    measured: dict[str, tuple[int, int | None, str | None]] = {}
    for name in timm.list_pretrained():
        config = _stated(name).to_dict()
        measured[name] = measure_timm(name, config)
        n_parameters, width, pooling = measured[name]
        models[name] = [
            contracts.number(spec_from_timm(config)),
            n_parameters,
            width,
            pooling,
            config.get("license"),
            config.get("hf_hub_id"),
            config.get("hf_hub_filename"),
            config.get("origin_url") or config.get("url"),
            config.get("paper_ids"),
        ]
    defaults = {name: _stated(name).tag for name in timm.list_models() if timm.is_model_pretrained(name)}
    return {"version": timm.__version__, "contracts": contracts.told, "models": models, "defaults": defaults}


def _stated(name: str) -> Any:
    import timm

    return timm.get_pretrained_cfg(name)


def measure_timm(name: str, config: Mapping[str, Any]) -> tuple[int, int | None, str | None]:
    """(parameters without the classifier, width of the pooled feature by a run on the meta device, pooling)."""
    import timm
    import torch

    with torch.device("meta"):
        module: Any = timm.create_model(name, pretrained=False, num_classes=0).eval()
        channels, height, width = config.get("input_size") or (3, 224, 224)
        try:
            with torch.no_grad():
                feature_width = int(module(torch.zeros(1, channels, height, width)).flatten(1).shape[1])
        except (RuntimeError, NotImplementedError, ValueError, TypeError):  # not every layer runs without memory
            feature_width = _run_small(name, config)
    pooling = {"token": "cls", "map": "map"}.get(getattr(module, "global_pool", None) or "")
    if getattr(module, "global_pool", None) == "avg":
        pooling = "mean" if hasattr(module, "num_prefix_tokens") else "average"
    return sum(p.numel() for p in module.parameters()), feature_width, pooling


def _run_small(name: str, config: Mapping[str, Any]) -> int:
    """The width by a true run, for the few networks that compute with values while they are built or run."""
    import timm
    import torch

    print(f"{name} needs a true run", file=sys.stderr)
    with torch.device("cpu"), torch.no_grad():
        module: Any = timm.create_model(name, pretrained=False, num_classes=0).eval()
        return int(module(torch.zeros(1, *(config.get("input_size") or (3, 224, 224)))).flatten(1).shape[1])


def open_clip_index() -> dict[str, Any]:
    """`models`: architecture/tag -> [contract, parameters, width, tokens, tokenizer, sigmoid, address, file, url]."""
    import open_clip

    contracts = Contracts()
    models: dict[str, list[Any]] = {}
    counted: dict[str, int | None] = {}
    for architecture, tag in open_clip.list_pretrained():
        model: dict[str, Any] = open_clip.get_model_config(architecture) or {}
        config = dict(open_clip.get_pretrained_cfg(architecture, tag))
        config["size"] = model["vision_cfg"].get("image_size", 224)
        if architecture not in counted:
            counted[architecture] = count_open_clip(model)
        repository, file = hub_address(config.get("hf_hub") or "")
        models[f"{architecture}/{tag}"] = [
            contracts.number(spec_from_open_clip(config)),
            counted[architecture],
            model["embed_dim"],
            model["text_cfg"].get("context_length", 77),
            model["text_cfg"].get("hf_tokenizer_name") or f"open_clip:{architecture}",
            "init_logit_bias" in model,
            repository,
            file,
            config.get("url") or None,
        ]
    return {"version": open_clip.__version__, "contracts": contracts.told, "models": models}


def count_open_clip(model: Mapping[str, Any]) -> int | None:
    """Parameters of both towers; None where the text tower's shape lies in a repository."""
    import open_clip
    import torch

    config: dict[str, Any] = json.loads(json.dumps(model))
    custom = config.pop("custom_text", False)
    if "hf_model_name" in config["text_cfg"]:
        return None
    config["vision_cfg"]["timm_model_pretrained"] = False
    kind: Any = open_clip.CLIP
    if custom:
        kind = open_clip.CoCa if "multimodal_cfg" in config else open_clip.CustomTextCLIP
    with torch.device("meta"):
        total: int = sum(p.numel() for p in kind(**config).parameters())
        return total


def hub_address(stated: str) -> tuple[str | None, str | None]:
    """(repository, file or None) of open_clip's `owner/name/` or `owner/name/file`."""
    owner, _, rest = stated.partition("/")
    name, _, file = rest.partition("/")
    return (f"{owner}/{name}" if owner and name else None), file or None


class Contracts:
    """Distinct preprocessing contracts, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}

    def number(self, spec: ImagePreprocess) -> int:
        """Where this contract stands in the list."""
        key = fingerprint(spec)
        if key not in self._numbers:
            self._numbers[key] = len(self.told)
            self.told.append(spec.model_dump(mode="json", exclude_defaults=True))
        return self._numbers[key]


if __name__ == "__main__":
    main()
