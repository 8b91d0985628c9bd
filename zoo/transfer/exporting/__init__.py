"""Leaves zoo with a model: ONNX, torch.export, or a folder for timm, transformers, sentence-transformers, open_clip."""

from __future__ import annotations

from zoo.transfer.exporting.forms import Exported as Exported
from zoo.transfer.exporting.forms import export as export
from zoo.transfer.exporting.hub import hub_folder as hub_folder
