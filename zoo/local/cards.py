"""The card of a model on this disk, from its own files; its id names the content: other bytes are another model."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Protocol

from zoo.cards import (
    BundledSource,
    License,
    ModelCard,
    TextPreprocess,
    TransformersSource,
    WeightFile,
)
from zoo.errors import CapabilityError, UnknownModelError, WeightsError
from zoo.hub.cache import RepoFile, chosen, digest
from zoo.local.places import ENDINGS, Place, look
from zoo.repository.files import ADAPTER, wanted_patterns
from zoo.repository.reading import read_repository
from zoo.repository.settings import NAMES, read_adapter, read_settings


class Lookup(Protocol):
    """What a registry offers: the card of a name, and the cards of a pattern."""

    def get_card(self, name: str) -> ModelCard: ...

    def find(self, pattern: str) -> list[ModelCard]: ...


_UNKNOWN_TERMS = License(code=None, weights=None, data=None)


def card_of(path: str | os.PathLike[str], registry: Lookup, *, name: str | None = None) -> ModelCard:
    """The card of the model at a path.

    Args:
        name: what the user calls it; None: the file's or folder's own name and its content.

    Raises:
        WeightsError: nothing is there, or no model, or more than one.
        CapabilityError: nothing says of which architecture it is.
    """
    place = look(path)
    if place.kind == "run":
        return _of_run(place.path)
    if place.kind == "repository":
        return _of_repository(place, name)
    if place.kind == "adapter":
        base = _base_of(place.path, registry)
        return with_weights(base, place.path, name=name)
    return _of_file(place.path, registry, name)


def with_weights(base: ModelCard, path: str | os.PathLike[str], *, name: str | None = None) -> ModelCard:
    """The card of the user's weights in the architecture of a known model, prepared as that one is.

    Raises:
        WeightsError: nothing is there, or no weights, or more than one file of them.
        CapabilityError: the known model's weights cannot be exchanged.
    """
    place = look(path)
    source, told = base.source, ""
    if place.kind == "adapter" or (place.kind == "repository" and place.only == "adapter_config.json"):
        if not isinstance(source, TransformersSource):
            raise CapabilityError(
                f"an adapter of PEFT goes on a network of transformers, and {base.id} is one of {source.loader}.",
                "Merge it (merge_and_unload), save the network, and give that as weights.",
            )
        files = [place.path / file for file in ADAPTER if (place.path / file).is_file()]
        source = source.model_copy(update={"adapter": str(place.path)})
        told = "an adapter on the weights"
    else:
        if isinstance(source, BundledSource):
            raise CapabilityError(
                f"the weights of {base.id} belong to the package and are not exchanged.", "Name another architecture."
            )
        weights = place.path if place.kind == "weights" else _weights_in(place.path)
        files = _shards(weights)
        source = source.model_copy(
            update={"path": str(weights), "file": None, "sha256": None, "refusal": None}
            | {"n_bytes": sum(file.stat().st_size for file in files)}
            | {"format": _format(weights)}
        )
        told = "the user's weights in the architecture"
    text = base.text_preprocess
    preprocess = base.preprocess
    if text is not None and text.tokenizer is None:
        text = text.model_copy(update={"tokenizer": base.source.repository})
    if isinstance(preprocess, TextPreprocess) and preprocess.tokenizer is None:
        preprocess = preprocess.model_copy(update={"tokenizer": base.source.repository})
    own = {"logit_scale": None, "logit_bias": None}
    return base.model_copy(
        update={
            "id": _id(name, place.path, ((file.name, file) for file in files)),
            "aliases": (name,) if name is not None else (),
            "title": name or place.path.name,
            "summary": f"{place.path.name}: {told} of {base.id}",
            "superseded_by": None,
            "source": source,
            "text_preprocess": text,
            "preprocess": preprocess,
            "zero_shot": base.zero_shot.model_copy(update=own) if base.zero_shot is not None else None,
            "pretraining": None,
            "license": License(code=base.license.code, weights=None, data=None),
            "commercial_use": None,
            "gated": False,
            "results": (),
            "limitations": f"Architecture and preprocessing are those of {base.id}; what it learned is not known.",
            "citation": None,
            "sources": (str(place.path),),
        }
    )


def _of_run(folder: Path) -> ModelCard:
    """The folder of a run of `zoo tune`; the one place where it becomes a model."""
    runs: Any = importlib.import_module("zoo.transfer.run")  # by name: training stands above the models
    card: ModelCard = runs.card_of(folder)
    return card


def _of_repository(place: Place, name: str | None) -> ModelCard:
    """A folder that transformers, sentence-transformers, timm or open_clip saved."""
    folder = place.path
    paths = [path for path in folder.rglob("*.json") if path.is_file()]
    wanted = {file.path for file in chosen((RepoFile(p.relative_to(folder).as_posix()) for p in paths), NAMES)}
    hidden = {"open_clip_config.json"} if place.only == "config.json" else set()
    hidden |= {"config.json"} if place.only == "open_clip_config.json" else set()
    settings, faulty = read_settings(
        folder, (path for path in paths if path.relative_to(folder).as_posix() in wanted - hidden)
    )
    reading = read_repository(settings, place=WeightFile(path=str(folder)), faulty=faulty)
    card = ModelCard(
        id="local/unnamed",
        aliases=(name,) if name is not None else (),
        title=name or folder.name,
        summary=f"the model in the folder {folder.name}, for {reading.source.loader}",
        domains=(),
        n_parameters=None,
        pretraining=None,
        license=_UNKNOWN_TERMS,
        commercial_use=None,
        gated=False,
        citation=None,
        sources=(str(folder),),
        **reading.facts(),
    )
    files = files_of(card)
    if not any(file.name.endswith(ENDINGS) for file in files):
        raise WeightsError(
            f"{folder.name} holds settings for {reading.source.loader}, but no weights that it would read.",
            f"Want one of {', '.join(p for p in wanted_patterns(card) if p.endswith(ENDINGS))}.",
        )
    identified = _id(name, folder, ((file.relative_to(folder).as_posix(), file) for file in files))
    return card.model_copy(update={"id": identified, "n_parameters": _count(files, folder)})


def _of_file(path: Path, registry: Lookup, name: str | None) -> ModelCard:
    """A file of weights alone: its architecture by what the training script kept, else by the file's name."""
    stated = None
    if not path.name.endswith((".safetensors", ".index.json")):
        from zoo.local.checkpoints import open_checkpoint

        stated = open_checkpoint(path).architecture
    base = _known(stated, registry) if stated is not None else None
    told = f"the checkpoint names {stated!r}"
    if base is None:
        found = _in_name(path.stem, registry)
        base = _known(found, registry) if found is not None else None
        told = f"the file's name holds {found!r}"
    if base is None:
        why = f"it names {stated!r}, which timm does not know" if stated else "neither it nor its name tells"
        raise CapabilityError(
            f"of which architecture {path.name} is cannot be said: {why}.",
            f"Name the model that it was trained from: zoo.load('vision/resnet50', weights={str(path)!r})",
        )
    card = with_weights(base, path, name=name)
    note = f"Taken for {base.id} because {told}; it is refused where a name or shape of its weights differs."
    return card.model_copy(update={"limitations": f"{note} {card.limitations}"})


def _base_of(folder: Path, registry: Lookup) -> ModelCard:
    """The model that an adapter was trained on: a folder beside it, or one that a card declares."""
    base = read_adapter(folder).get("base_model_name_or_path")
    remedy = f"Name it: zoo.load(BASE, weights={str(folder)!r})"
    if not isinstance(base, str) or not base:
        raise CapabilityError(f"the adapter in {folder.name} does not say on which model it goes.", remedy)
    for place in (folder / base, folder.parent / base, Path(base)):
        if place.is_dir():
            return card_of(place, registry)
    try:
        return registry.get_card(base)
    except UnknownModelError as err:
        raise CapabilityError(
            f"the adapter in {folder.name} goes on {base!r}, which is neither a folder here nor a known model.", remedy
        ) from err


def files_of(card: ModelCard) -> list[Path]:
    """Files on this disk that loading a local card reads, weights among them."""
    path = Path(str(card.source.path)).expanduser()
    if not path.is_dir():
        return _shards(path)
    relative = (RepoFile(file.relative_to(path).as_posix()) for file in sorted(path.rglob("*")) if file.is_file())
    return [path / file.path for file in chosen(relative, wanted_patterns(card))]


def root_of(path: str) -> Path:
    """The folder that the names of a local model's files are relative to."""
    place = Path(path).expanduser()
    return place if place.is_dir() else place.parent


def _shards(weights: Path) -> list[Path]:
    """The file itself; of an index its shards, too."""
    if not weights.is_file():
        raise WeightsError(f"there is no file {weights}.", "Check the path.")
    if not weights.name.endswith(".index.json"):
        return [weights]
    try:
        names = sorted(set(json.loads(weights.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as err:
        raise WeightsError(f"{weights.name} is not an index of weights.", "Save the model anew.") from err
    return [weights, *(weights.with_name(Path(str(name)).name) for name in names)]


def _weights_in(folder: Path) -> Path:
    """The one file of weights in a saved folder."""
    usual = ("model.safetensors", "model.safetensors.index.json", "open_clip_model.safetensors", "pytorch_model.bin")
    found = next((folder / name for name in usual if (folder / name).is_file()), None)
    if found is None:
        raise WeightsError(f"{folder.name} holds no weights.", f"Want one of {', '.join(usual)}.")
    return found


def _format(path: Path) -> Literal["safetensors", "pickle"]:
    return "safetensors" if path.name.endswith((".safetensors", ".safetensors.index.json")) else "pickle"


def _id(name: str | None, path: Path, files: Iterable[tuple[str, Path]]) -> str:
    """`local/<name>` as the user named it, else with the first digits of a hash of all files."""
    own = name or path.name.removesuffix(path.suffix if path.is_file() else "")
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", own).strip("-._") or "model"
    if name is not None:
        return f"local/{stem}"
    hasher = hashlib.sha256()
    for relative, file in sorted(files):
        hasher.update(f"{relative}\0{digest(file, 'sha256')}\n".encode())
    return f"local/{stem}-{hasher.hexdigest()[:12]}"


def _count(files: list[Path], folder: Path) -> int | None:
    """Parameters by the headers of safetensors files in the folder itself; None where a pickle is read."""
    total = 0
    for path in files:
        if path.parent == folder and path.name.endswith(ENDINGS):
            if path.suffix != ".safetensors" or path.name.startswith("adapter"):
                return None
            total += sum(_sizes(path))
    return total or None


def _sizes(path: Path) -> Iterable[int]:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            told: dict[str, Any] = json.loads(file.read(min(length, 100_000_000)))
        for name, tensor in told.items():
            if name != "__metadata__":
                size = 1
                for side in tensor["shape"]:
                    size *= int(side)
                yield size
    except (OSError, ValueError, KeyError, TypeError, struct.error, AttributeError):
        return  # a damaged file is refused when it is opened


def _known(name: str | None, registry: Lookup) -> ModelCard | None:
    """The card of an architecture of timm, with its default tag."""
    if name is None or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        return None
    try:
        return registry.get_card(f"timm/{name}")
    except UnknownModelError:
        return None


def _in_name(stem: str, registry: Lookup) -> str | None:
    """The longest architecture of timm that stands in a file's name between other signs."""
    text = stem.lower().replace("-", "_")
    named = [card.architecture for card in registry.find("timm/*") if card.architecture]
    found = [one for one in set(named) if re.search(rf"(?<![a-z0-9]){re.escape(one.lower())}(?![a-z0-9])", text)]
    return max(found, key=lambda one: (len(one), one)) if found else None
