"""What would happen to a file on its way into a model: every conversion, or the reason for a refusal."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zoo.cards import GRAY, ImagePreprocess, ModelCard
from zoo.errors import InputContractError, ZooError
from zoo.images import Picture, read_picture


@dataclass(frozen=True)
class InputReport:
    """What a model's preprocessing would do to one file."""

    path: str
    model: str
    accepted: bool
    found: str
    wanted: str
    steps: tuple[str, ...]
    """Conversions and losses, each a sentence."""
    output: str | None
    """Shape and range of the tensor that the network would see."""
    problem: str | None = None
    remedy: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    def to_text(self) -> str:
        """A few lines for a person."""
        lines = [f"file    {self.path}", f"found   {self.found}", f"model   {self.model}", f"wanted  {self.wanted}"]
        lines += [f"step    {step}" for step in self.steps]
        if self.accepted:
            lines.append(f"result  {self.output}")
        else:
            lines += [f"refused {self.problem}", f"remedy  {self.remedy}"]
        return "\n".join(lines)


def explain(path: str | os.PathLike[str], card: ModelCard, bands: tuple[str, ...] | None = None) -> InputReport:
    """What would happen to a file on its way into a model; a refusal is reported, not raised.

    Args:
        bands: names of the file's channels, where the file itself says none.

    Raises:
        InputContractError: the model takes no pictures.
    """
    if not isinstance(card, ModelCard):
        raise InputContractError(f"want a card, got {type(card).__name__}.", "Ask zoo.get_card(name) for it.")
    spec = card.preprocess
    if not isinstance(spec, ImagePreprocess):
        what = "texts" if spec is not None else "nothing that its card states"
        raise InputContractError(
            f"{card.id} takes {what}, not pictures.", "Choose an image model: `zoo list --modality image`."
        )
    wanted = _wanted(spec)
    found, picture = "unreadable", None
    try:
        picture = read_picture(path, bands=bands)
        found = _found(picture)
        from zoo.preprocessing import build

        tensor, notes = build(spec).with_notes(picture)
    except ZooError as err:
        notes = picture.notes if picture is not None else ()
        return InputReport(str(path), card.id, False, found, wanted, notes, None, err.problem, err.remedy)
    height, width = picture.size_px
    size = spec.resize_px if spec.resize_px is not None else spec.size_px
    steps = (*notes, f"resize {spec.resize_mode or 'none'} from {height} x {width} to {size}, crop {spec.crop}")
    shape = " x ".join(map(str, tensor.shape))
    output = f"{shape} tensor, values {tensor.min():.3g} to {tensor.max():.3g}, mean {tensor.mean():.3g}"
    return InputReport(str(path), card.id, True, found, wanted, steps, output)


def _found(picture: Picture) -> str:
    height, width = picture.size_px
    pixels = picture.pixels
    values = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    span = f"values {values.min():g} to {values.max():g}" if values.size else "no finite value"
    bands = ", ".join(picture.bands) if picture.bands else f"{pixels.shape[2]} channels without names"
    parts = [f"{height} x {width} pixels", bands, str(pixels.dtype), span]
    if picture.units and picture.units != str(pixels.dtype):
        parts.append(picture.units)
    if picture.ground_resolution_m:
        parts.append(f"{picture.ground_resolution_m:.3g} m per pixel")
    return "; ".join(parts)


def _wanted(spec: ImagePreprocess) -> str:
    size = spec.size_px if isinstance(spec.size_px, tuple) else (spec.size_px, spec.size_px)
    parts = [f"{size[0]} x {size[1]} pixels", ", ".join(spec.bands if spec.bands != GRAY else ("gray",))]
    if spec.value_range:
        parts.append(f"values {spec.value_range[0]:g} to {spec.value_range[1]:g}")
    if spec.units:
        parts.append(spec.units)
    if spec.ground_resolution_m:
        parts.append(f"{spec.ground_resolution_m:g} m per pixel")
    return "; ".join(parts)
