"""A run on disk: what training leaves, and all that is needed to predict with it or to load it as a model.

run/
  zoo_run.json          what it is, how it was made, its scores, versions, hashes of the other files
  head.safetensors      the head; `reference.safetensors`: features of training rows, to tell what is unlike them
  model.safetensors     the tuned body, or adapter.safetensors (LoRA); neither where the body stayed frozen
  split.csv             part, content hash and label of every row
  predictions.csv       what the shipped model says of each held-out row
  log.jsonl             loss and metric of each epoch
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from zoo.cards import RUN_BUILDER, RUN_FILE, CustomSource, Facts, ModelCard
from zoo.errors import DataError, WeightsError
from zoo.output_files import writing
from zoo.transfer.recipe import Recipe

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder
    from zoo.registry import Registry

FILE = RUN_FILE
FORMAT = 1
HEAD, MODEL, ADAPTER, REFERENCE = (
    "head.safetensors",
    "model.safetensors",
    "adapter.safetensors",
    "reference.safetensors",
)
SPLIT, PREDICTIONS, LOG = "split.csv", "predictions.csv", "log.jsonl"
_PACKAGES = ("transfer-zoo", "torch", "torchvision", "timm", "open_clip_torch", "transformers", "scikit-learn", "numpy",
             "peft", "accelerate")  # fmt: skip


class RunFacts(Facts):
    """What `zoo_run.json` holds."""

    format: Literal[1] = 1
    base: ModelCard
    """The source model's card, as it was."""
    base_sha256: str
    """Hash of the source's weights; a frozen body or an adapter fits no other."""
    weights: Literal["source", "tuned", "lora"]
    input_kind: Literal["image", "text", "pair"]
    task_kind: Literal["classification", "multilabel"]
    class_names: tuple[str, ...]
    unit_rows: bool
    """Whether the head takes rows of unit length."""
    max_tokens: int | None = None
    bands: tuple[str, ...] | None = None
    batch_size: int = 32
    """Rows that go through the network together at prediction, on which the last bits depend."""
    temperature: float = 1.0
    """Divides the logits."""
    recipe: Recipe
    asked: str
    """Name of the recipe that was asked for."""
    seed: int
    source_name: str = ""
    scores: dict[str, Any]
    controls: dict[str, dict[str, Any]]
    gain: tuple[float, float, float] | None = None
    """Accuracy above the frozen probe with its 95 % interval, paired over test rows."""
    measured: tuple[dict[str, Any], ...] = ()
    """What `auto` compared inside the training rows."""
    far_beyond: float | None = None
    """Distance to the nearest training row above which a row is unlike them."""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    versions: dict[str, str]
    sha256: dict[str, str]
    """Of every other file that predictions depend on."""


def versions() -> dict[str, str]:
    """Packages that predictions depend on, and their versions here."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def is_run(path: object) -> bool:
    """Whether this names a folder of a run."""
    try:
        return isinstance(path, (str, os.PathLike)) and (Path(path) / FILE).is_file()
    except (OSError, ValueError):  # no name that a folder can have
        return False


def read_facts(path: str | os.PathLike[str]) -> RunFacts:
    """What a run says of itself.

    Raises:
        DataError: there is no run, or it is of another version.
    """
    file = Path(path) / FILE
    try:
        return RunFacts.model_validate_json(file.read_text(encoding="utf-8"))
    except OSError as err:
        raise DataError(
            f"{str(path)!r} is no folder of a run: it holds no {FILE}.", "Make one: zoo tune DATA."
        ) from err
    except (ValidationError, ValueError) as err:
        first = str(err).splitlines()[0][:120]
        raise DataError(f"{file} cannot be read: {first}.", "Use the version of zoo that wrote it.") from err


def write_facts(path: Path, facts: RunFacts) -> None:
    """Last of all files: a folder with it is whole."""
    fresh = path / (FILE + ".new")
    with writing(fresh):
        fresh.write_text(facts.model_dump_json(indent=2), encoding="utf-8")
        os.replace(fresh, path / FILE)


def save_weights(path: Path, model: Any, weights: str) -> dict[str, str]:
    """Writes head and body; gives the hash of each file."""
    from safetensors.torch import save_file

    named = {HEAD: model.head.state_dict()}
    body = model.body.state_dict()
    if weights == "tuned":
        named[MODEL] = body
    elif weights == "lora":
        named[ADAPTER] = {name: value for name, value in body.items() if "lora_" in name}
    for name, state in named.items():
        with writing(path / name):
            save_file({key: value.detach().cpu().clone().contiguous() for key, value in state.items()}, path / name)
    return {name: file_hash(path / name) for name in named}


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_state(path: Path, name: str, facts: RunFacts) -> dict[str, torch.Tensor]:
    """One file of weights of a run, held against its hash.

    Raises:
        WeightsError: it is missing or was altered.
    """
    from zoo.weights import read_state_dict

    file = path / name
    if not file.is_file() or file_hash(file) != facts.sha256.get(name):
        raise WeightsError(f"{file} is missing or is not the file that the run wrote.", "Train again: zoo tune.")
    return read_state_dict(file, format="safetensors")


def body_of(
    path: str | os.PathLike[str],
    *,
    device: str | torch.device = "auto",
    local_files_only: bool | None = None,
    registry: Registry | None = None,
) -> Encoder:
    """The source model with the tuned body in it.

    Raises:
        WeightsError: a file was altered, or the source's weights are other ones than at training.
    """
    from zoo.loading import load
    from zoo.transfer.model import add_lora, has_adapter
    from zoo.weights import weights_hash

    folder, facts = Path(path), read_facts(path)
    tuned = facts.weights == "tuned"
    encoder = load(
        facts.base, device=device, pretrained=not tuned, local_files_only=local_files_only, registry=registry
    )
    if tuned:
        _into(encoder, load_state(folder, MODEL, facts), strict=True)
    elif weights_hash(encoder.module) != facts.base_sha256:
        raise WeightsError(
            f"the weights of {facts.base.id} are not those that {folder} was trained on.",
            "Load the same revision, or train again.",
        )
    if facts.weights == "lora" and not has_adapter(encoder.module):
        add_lora(encoder, facts.input_kind)
        _into(encoder, load_state(folder, ADAPTER, facts), strict=False)
        encoder.module.requires_grad_(False)
    encoder.card = card_of(path)
    encoder.pretrained = True
    encoder.module.eval()
    return encoder


def _into(encoder: Encoder, state: dict[str, torch.Tensor], *, strict: bool) -> None:
    try:
        told = encoder.module.load_state_dict(state, strict=strict)
    except RuntimeError as err:
        raise WeightsError(
            f"the weights of the run do not fit {encoder.card.id}: {str(err).splitlines()[0][:150]}",
            "Use the versions that zoo_run.json names.",
        ) from err
    if told.unexpected_keys:
        raise WeightsError(f"the adapter does not fit {encoder.card.id}.", "Use the versions that zoo_run.json names.")


def card_of(path: str | os.PathLike[str]) -> ModelCard:
    """The card of a run as a model: the source's, with its own name and the folder as source."""
    facts = read_facts(path)
    folder = Path(path).resolve()
    kept = tuple(name for name in facts.base.capabilities if name in ("embed", "classify"))
    return facts.base.model_copy(
        update={
            "id": f"run/{folder.name}",
            "aliases": (),
            "title": f"{facts.base.title}, tuned ({facts.recipe.name})",
            "summary": f"{facts.base.id} tuned by {facts.recipe.name} for {len(facts.class_names)} classes.",
            "capabilities": tuple(dict.fromkeys((*kept, "classify"))),
            "zero_shot": None,
            "results": (),
            "source": CustomSource(builder=RUN_BUILDER, path=str(folder), format="safetensors"),
        }
    )


def warn_of_versions(facts: RunFacts) -> None:
    """One warning where a package differs from that of the training."""
    now = versions()
    changed = [f"{name} {old} -> {now[name]}" for name, old in facts.versions.items() if now.get(name, old) != old]
    if changed:
        warnings.warn(f"zoo: this run was made with other versions ({', '.join(changed[:3])})", stacklevel=3)


def read_log(path: Path) -> list[dict[str, Any]]:
    """The epochs of a run, as far as they can be read."""
    found = []
    for line in (path / LOG).read_text(encoding="utf-8").splitlines() if (path / LOG).is_file() else ():
        try:
            found.append(json.loads(line))
        except ValueError:  # a line that a kill cut off
            continue
    return found
