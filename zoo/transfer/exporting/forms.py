"""One call for all forms of export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo.errors import CapabilityError, DataError
from zoo.transfer.exporting.files import to_exported, to_onnx
from zoo.transfer.exporting.hub import to_hub
from zoo.transfer.exporting.served import Served

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder


@dataclass(frozen=True)
class Exported:
    """What was written, and how far the files are from the model."""

    onnx: Path | None
    exported: Path | None
    hub: Path | None
    differences: dict[str, float]
    """Form -> largest difference from torch on batches of other sizes."""


def export(
    model: str | Path | Encoder | Served,
    *,
    onnx: str | Path | None = None,
    exported: str | Path | None = None,
    hub: str | Path | None = None,
    kind: Literal["image", "text"] | None = None,
    overwrite: bool = False,
) -> Exported:
    """Writes a model in one or several forms; a file that does not give what the model gives is not kept.

    Args:
        model: a run's folder, the name of a model, or an encoder.
        onnx: file ending in .onnx.
        exported: file ending in .pt2, of torch.export.
        hub: folder, which must be new or empty unless `overwrite`.
        kind: side of an image-text model.

    Raises:
        DataError: no form is asked for, a wrong ending, or a folder that holds something.
        CapabilityError: the model cannot be written in that form.
        MissingExtraError: ONNX without its packages.
    """
    if onnx is None and exported is None and hub is None:
        raise DataError("no form of export was asked for.", "Give --onnx FILE, --exported FILE or --hub FOLDER.")
    served = served_of(model, kind)
    differences = {}
    if onnx is not None:
        differences["onnx"] = to_onnx(served, onnx)
    if exported is not None:
        differences["exported"] = to_exported(served, exported)
    folder = None if hub is None else to_hub(served, hub, overwrite=overwrite)
    return Exported(
        None if onnx is None else Path(onnx), None if exported is None else Path(exported), folder, differences
    )


def served_of(model: str | Path | Encoder | Served, kind: Literal["image", "text"] | None = None) -> Served:
    """What a name, a folder or an encoder stands for."""
    if isinstance(model, Served):
        return model
    if isinstance(model, str | Path):
        from zoo.loading import load
        from zoo.transfer.run import is_run

        if is_run(model):
            return _of_run(Path(model))
        return Served.of(load(str(model), device="cpu"), kind)
    return Served.of(model, kind)


def _of_run(path: Path) -> Served:
    """The body, head and temperature of a run; low-rank updates are added into the weights.

    Raises:
        CapabilityError: a run on pairs of texts, which no library's own folder or one file of tensors states.
        DataError, WeightsError: as for `Predictor`.
    """
    from zoo.transfer.predictor import Predictor

    predictor = Predictor(path, device="cpu")
    facts = predictor.facts
    if facts.input_kind == "pair":
        raise CapabilityError(
            f"{str(path)!r} was tuned on pairs of texts, which cannot be exported.", "Use zoo predict, or Predictor."
        )
    encoder = predictor.model.encoder
    merge_adapter(encoder.module)
    encoder.card = facts.base
    main, (low, high) = facts.scores.get("main"), facts.scores.get("interval", (None, None))
    told = f"Tuned by the recipe {facts.recipe.name} of zoo for {len(facts.class_names)} classes."
    if main is not None and low is not None:
        name, n = facts.scores.get("name", "score"), facts.scores.get("n")
        told += f" On {n:,} held-out rows: {name} {main:.3f}, 95 % interval {low:.3f} to {high:.3f}."
    return Served(
        encoder,
        facts.input_kind,
        head=predictor.model.head,
        class_names=facts.class_names,
        temperature=facts.temperature,
        scoring="sigmoid" if facts.task_kind == "multilabel" else "softmax",
        max_tokens=facts.max_tokens,
        told=told,
    )


def merge_adapter(module: torch.nn.Module) -> None:
    """Adds low-rank updates into the layers that they stand beside, and leaves plain layers."""
    for name, part in list(module.named_modules()):
        base = getattr(part, "base_layer", None)
        merge: Any = getattr(part, "merge", None)
        if base is not None and merge is not None:
            merge()
            parent, _, own = name.rpartition(".")
            setattr(module.get_submodule(parent), own, base)
