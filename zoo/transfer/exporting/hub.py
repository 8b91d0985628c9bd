"""A folder that timm, transformers, sentence-transformers or open_clip load by themselves, with a model card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.cards import RGB, ImagePreprocess
from zoo.encoder.network import text_side
from zoo.errors import CapabilityError, DataError
from zoo.output_files import writing
from zoo.transfer.exporting.card import model_card

if TYPE_CHECKING:
    from zoo.encoder import Encoder
    from zoo.transfer.exporting.served import Served

HEAD = "head.safetensors"
CONTRACT = "zoo_contract.json"
_RESAMPLE = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3}
"""Pillow's numbers of its filters."""


def to_hub(served: Served, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Writes the folder; nothing is uploaded.

    The body lies there as its library keeps it. A head stays inside a timm classifier; elsewhere it lies beside the
    body in `head.safetensors`, and the card shows the lines that use it.

    Raises:
        DataError: the folder exists and is not empty.
        CapabilityError: a network that a plugin builds itself belongs to no library.
    """
    path = check_folder(folder, overwrite=overwrite)
    writers: dict[str, Callable[[Served, Path], str]] = {
        "timm": _timm,
        "transformers": _transformers,
        "open_clip": _open_clip,
        "bundled": _open_clip,
    }
    writer = writers.get(served.encoder.loader)
    if writer is None:
        raise CapabilityError(
            f"{served.encoder.card.id} is built by a plugin of zoo and belongs to no library.",
            "Use --onnx or --exported.",
        )
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
        use = writer(served, path)
        text = json.dumps(served.contract(), indent=1)
        (path / CONTRACT).write_text(text + "\n", encoding="utf-8")
        (path / "README.md").write_text(model_card(served, use), encoding="utf-8")
    return path


def check_folder(folder: str | Path, *, overwrite: bool = False) -> Path:
    """The folder, if it may be written to.

    Raises:
        DataError: it is a file, or holds something that would be overwritten.
    """
    path = Path(folder)
    if path.exists() and (not path.is_dir() or (any(path.iterdir()) and not overwrite)):
        raise DataError(f"{str(path)!r} exists and is not empty.", "Give another folder, or --overwrite.")
    return path


def hub_folder(encoder: Encoder, folder: str | Path, *, overwrite: bool = False, told: str = "") -> Path:
    """The same of an encoder alone."""
    from dataclasses import replace

    from zoo.transfer.exporting.served import Served

    return to_hub(replace(Served.of(encoder), told=told), folder, overwrite=overwrite)


def _timm(served: Served, path: Path) -> str:
    import timm
    import torch
    from timm.models import save_for_hf

    module: Any = served.encoder.module
    names = list(served.class_names)
    head: Any = served.head
    inside = head is not None and not getattr(head, "unit_rows", False)
    if inside:
        told = module.pretrained_cfg or {}
        made: Any = timm.create_model(told["architecture"], pretrained=False, num_classes=len(names))
        made.load_state_dict(module.state_dict(), strict=False)
        last = made.get_classifier()
        with torch.no_grad():
            last.weight.copy_(head.weight / served.temperature)
            last.bias.copy_(head.bias / served.temperature)
        module = made
    settings = {"num_classes": len(names) if inside else 0, "label_names": names if inside else None}
    save_for_hf(module, str(path), model_config=settings, safe_serialization=True)
    _set_timm_input(path / "config.json", served)
    start = f'import timm\n\nmodel = timm.create_model("local-dir:{path.name}", pretrained=True).eval()'
    if inside:
        return start + "\nlogits = model(pixels)  # of the classes above, calibrated"
    return start + "\nfeatures = model(pixels)" + _with_head(served, path)


def _set_timm_input(file: Path, served: Served) -> None:
    """The card's preprocessing in timm's words, so that `timm.data` builds the same transform."""
    spec = served.encoder.card.preprocess
    config = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(spec, ImagePreprocess) and spec.mean is not None and spec.std is not None:
        size = (spec.size_px, spec.size_px) if isinstance(spec.size_px, int) else spec.size_px
        config["pretrained_cfg"] |= {
            "input_size": [len(spec.bands), *size],
            "mean": list(spec.mean),
            "std": list(spec.std),
            "interpolation": spec.interpolation,
        }
    file.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def _transformers(served: Served, path: Path) -> str:
    from zoo.tokenizing import ByTransformers

    module: Any = served.encoder.module
    module.save_pretrained(str(path), safe_serialization=True)
    tokenizer = served.encoder.tokenizer
    if isinstance(tokenizer, ByTransformers) and served.encoder._network.embed_tokens is not None:
        tokenizer.tokenizer.save_pretrained(str(path))
    if served.kind == "image":
        if (processor := _processor(served.encoder.card.preprocess)) is not None:
            _write(path / "preprocessor_config.json", processor)
        start = f'from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained("{path.name}").eval()'
        return start + "\nfeatures = model(pixel_values=pixels)" + _with_head(served, path)
    if not _sentence_transformers(served, path):
        start = f'from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained("{path.name}").eval()'
        return start + _with_head(served, path)
    start = f'from sentence_transformers import SentenceTransformer\n\nmodel = SentenceTransformer("{path.name}")'
    return start + '\nfeatures = model.encode(["a text"], convert_to_tensor=True)' + _with_head(served, path)


def _processor(spec: object) -> dict[str, Any] | None:
    """The contract as transformers' own processors read it; None: they have no words for it."""
    if not isinstance(spec, ImagePreprocess) or spec.steps or spec.bands != RGB or spec.scale is None:
        return None
    if spec.interpolation is None or spec.resize_mode not in ("squash", "shortest"):
        return None
    height, width = (spec.size_px, spec.size_px) if isinstance(spec.size_px, int) else spec.size_px
    told: dict[str, Any] = {
        "do_resize": True,
        "resample": _RESAMPLE[spec.interpolation],
        "do_rescale": True,
        "rescale_factor": spec.scale,
        "do_normalize": spec.mean is not None and spec.std is not None,
        "image_mean": list(spec.mean or (0.0, 0.0, 0.0)),
        "image_std": list(spec.std or (1.0, 1.0, 1.0)),
    }
    side = {"height": height, "width": width}
    if spec.resize_mode == "squash":
        if spec.resize_px not in (None, spec.size_px):
            return None
        return told | {"image_processor_type": "ViTImageProcessor", "size": side}
    shortest = spec.resize_px if spec.resize_px is not None else spec.size_px
    if not isinstance(shortest, int) or spec.crop != "center":
        return None
    own = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": shortest}}
    return told | own | {"do_center_crop": True, "crop_size": side}


def _sentence_transformers(served: Served, path: Path) -> bool:
    """Its pooling in the files of sentence-transformers; False: the pooling has no name there."""
    card = served.encoder.card
    modes = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token", "last": "pooling_mode_lasttoken"}
    mode = modes.get(card.pooling or "mean")
    if mode is None or card.sentence_head is not None:
        return False
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling")]
    modules = [
        {"idx": i, "name": str(i), "path": where, "type": f"sentence_transformers.models.{kind}"}
        for i, (where, kind) in enumerate(kinds)
    ]
    _write(path / "modules.json", modules)
    side = text_side(card)
    stated = side.max_tokens if side is not None and side.max_tokens is not None else card.max_tokens
    limit = served.max_tokens or stated
    _write(path / "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False})
    (path / "1_Pooling").mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": served.encoder.dim} | {name: name == mode for name in modes.values()}
    _write(path / "1_Pooling" / "config.json", pooling)
    return True


def _open_clip(served: Served, path: Path) -> str:
    from safetensors.torch import save_file

    from zoo import embedded

    source = served.encoder.card.source
    if source.loader == "bundled":
        config = dict(embedded.configuration())
    else:
        import open_clip

        model_cfg = open_clip.get_model_config(getattr(source, "architecture", "") or "")
        if model_cfg is None:
            raise CapabilityError(f"open_clip knows no settings of {served.encoder.card.id}.", "Use --onnx.")
        config = {"model_cfg": model_cfg}
    spec = served.encoder.card.preprocess
    if isinstance(spec, ImagePreprocess) and spec.mean is not None and spec.std is not None:
        resize = {"shortest": "shortest", "squash": "squash", "pad": "longest"}[spec.resize_mode or "shortest"]
        config["preprocess_cfg"] = {
            "size": spec.size_px,
            "mean": list(spec.mean),
            "std": list(spec.std),
            "interpolation": spec.interpolation,
            "resize_mode": resize,
        }
    _write(path / "open_clip_config.json", config)
    state = {
        name: value.detach().cpu().clone().contiguous() for name, value in served.encoder.module.state_dict().items()
    }
    save_file(state, path / "open_clip_model.safetensors")
    start = f'import open_clip\n\nmodel, preprocess = open_clip.create_model_from_pretrained("local-dir:{path.name}")'
    return start + "\nfeatures = model.eval().encode_image(pixels)" + _with_head(served, path)


def _with_head(served: Served, path: Path) -> str:
    """Writes the head beside the body; gives the lines that use it."""
    import torch
    from safetensors.torch import save_file

    if served.head is None:
        return ""
    head: Any = served.head
    state = {name: value.detach().cpu().clone().contiguous() for name, value in head.state_dict().items()}
    state["temperature"] = torch.tensor([served.temperature])
    save_file(state, path / HEAD)
    unit = "features = torch.nn.functional.normalize(features, dim=-1)\n" if getattr(head, "unit_rows", False) else ""
    return (
        "\n\nimport torch\nfrom safetensors.torch import load_file\n\n"
        f'head = load_file("{path.name}/{HEAD}")\n{unit}'
        'logits = (features @ head["weight"].T + head["bias"]) / head["temperature"]'
    )


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
