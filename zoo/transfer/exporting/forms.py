"""One call for all forms of export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zoo.errors import DataError
from zoo.transfer.exporting.files import to_exported, to_onnx
from zoo.transfer.exporting.hub import to_hub
from zoo.transfer.exporting.served import Served

if TYPE_CHECKING:
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

        return Served.of(load(str(model), device="cpu"), kind)
    return Served.of(model, kind)
