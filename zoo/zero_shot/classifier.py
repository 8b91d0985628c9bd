"""The text side of a zero-shot call: one unit row a class, the mean over its prompts.

Source:
    Radford et al. 2021, arXiv:2103.00020, section 3.1.4 (prompt ensembles in embedding space); the rows equal
    those of open_clip's `build_zero_shot_classifier`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.arguments import floating_type
from zoo.cache import chosen_folder, digest
from zoo.encoder import Encoder
from zoo.errors import DataError
from zoo.zero_shot.cache import Columns, cache_folder, text_identity
from zoo.zero_shot.prompts import LabelClass, Labels, choose_templates, fill, read_labels
from zoo.zero_shot.texts import encode_texts

if TYPE_CHECKING:
    import torch

_KEPT_BYTES = 512 << 20
"""A classifier with more prompt vectors than this keeps only its own rows on disk."""


@dataclass(frozen=True)
class Classifier:
    """Class weights and how they came about."""

    rows: torch.Tensor
    """(c, d) float32, unit length, on the CPU."""
    n_prompts: int
    n_encoded: int
    """Texts that went through the tower for this call; 0 if all was on disk."""
    way: str
    """How they went through it; see `zoo.zero_shot.texts`."""
    prompts_sha256: str


def build_classifier(
    encoder: Encoder,
    labels: Labels,
    templates: Sequence[str] | str | None = None,
    dtype: str | torch.dtype | None = None,
    cache: bool | str | Path = True,
) -> torch.Tensor:
    """(c, d) float32 rows of unit length, one a class in the order of labels.

    Args:
        labels: names, or a mapping from class to its names; see `zoo.zero_shot.prompts`.
        templates: format strings or the name of a prompt set; None: those of the model's card or domain.
        dtype: what the text tower computes in, such as `bfloat16`; None: the encoder's own type.
        cache: keep prompt vectors on disk; a path: there.

    Raises:
        LabelsError: labels or templates are empty, repeated or malformed, or a prompt is too long for the model.
        CapabilityError: the model has no text tower; three that have one are named.
        DataError: it is no loaded model, or there is no such type or place to cache.
    """
    if not isinstance(encoder, Encoder):
        raise DataError(
            f"want a loaded model, got {type(encoder).__name__}.", "Load it: zoo.load('multimodal/tiny-clip')."
        )
    classes = read_labels(labels)
    chosen, _ = choose_templates(encoder.card, templates)
    return build(encoder, classes, chosen, dtype=dtype, cache=cache).rows


def build(
    encoder: Encoder,
    classes: Sequence[LabelClass],
    templates: Sequence[str],
    *,
    dtype: str | torch.dtype | None = None,
    cache: bool | str | Path = True,
    weights_sha256: str | None = None,
) -> Classifier:
    """The classifier of `build_classifier`, with the record of how it was made."""
    from zoo.weights import weights_hash

    kind = None if dtype is None else floating_type(dtype)
    slots = [own.slots(templates) for own in classes]
    n_prompts = sum(map(len, slots))
    prompts_sha256 = digest([[fill(*slot) for slot in own] for own in slots])
    columns = None
    folder = chosen_folder(cache, cache_folder())
    if folder is not None:
        name = str(kind or encoder.dtype).removeprefix("torch.")
        columns = Columns(folder, text_identity(encoder, weights_sha256 or weights_hash(encoder.module), name))
        rows = columns.read_classifier(slots)
        if rows is not None:
            return Classifier(rows, n_prompts, 0, "disk", prompts_sha256)
    wanted = list(dict.fromkeys(slot for own in slots for slot in own))
    vectors: dict[tuple[str, str], torch.Tensor] = {}
    if columns is not None:
        asked = set(wanted)
        for template in dict.fromkeys(template for template, _ in wanted):
            kept = columns.read(template)
            vectors |= {(template, name): row for name, row in kept.items() if (template, name) in asked}
    missing = [slot for slot in wanted if slot not in vectors]
    encoded = encode_texts(encoder, [fill(*slot) for slot in missing], dtype=kind)
    vectors |= dict(zip(missing, encoded.vectors, strict=True))
    rows = _averaged(slots, vectors)
    if columns is not None:
        if len(wanted) * rows.shape[1] * 4 <= _KEPT_BYTES:
            _keep(columns, missing, vectors)
        columns.write_classifier(slots, rows)
    return Classifier(rows, n_prompts, encoded.n_encoded, encoded.way if missing else "disk", prompts_sha256)


def _averaged(slots: Sequence[Sequence[tuple[str, str]]], vectors: dict[tuple[str, str], torch.Tensor]) -> torch.Tensor:
    import torch

    place = {slot: row for row, slot in enumerate(vectors)}
    stacked = torch.stack(list(vectors.values()))
    rows = torch.empty((len(slots), stacked.shape[1]))
    for number, own in enumerate(slots):
        rows[number] = stacked[[place[slot] for slot in own]].mean(dim=0)
    return torch.nn.functional.normalize(rows, dim=-1)


def _keep(columns: Columns, missing: Sequence[tuple[str, str]], vectors: dict[tuple[str, str], torch.Tensor]) -> None:
    """Each template that got a new vector is written with all that is known of it."""
    fresh: dict[str, dict[str, torch.Tensor]] = {}
    for template, name in missing:
        fresh.setdefault(template, {})[name] = vectors[template, name]
    for template, own in fresh.items():
        columns.write(template, {**columns.read(template), **own})
