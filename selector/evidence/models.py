"""What is known of the models in the evidence."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
from ..task.datasets import DATA, read_facts


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model, in the tables or on a card; None, 0 items or no word: not known.

    `aliases` are further names under which evidence may stand: a hub repository `hf/owner/name`, a catalogue
    name `timm/name.tag` or `open_clip/architecture/tag`.
    """

    model: str
    modality: str
    domains: tuple[str, ...] = ()
    n_parameters: float | None = None
    image_size_px: int | None = None
    embed_dim: int | None = None
    n_samples: float | None = None
    pretraining: tuple[str, ...] = ()
    objective: str = ""
    languages: tuple[str, ...] = ()
    trained_on: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    year: float | None = None
    based_on: str = ""
    n_languages: float | None = None
    max_tokens: float | None = None


def load_models(folder: Traversable = DATA) -> tuple[ModelFacts, ...]:
    packed = (folder / "models.csv.gz").read_bytes()
    return read_facts(gzip.decompress(packed).decode("utf-8"), ModelFacts)
