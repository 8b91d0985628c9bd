"""From a name to a network that runs: the one place where files, weights and libraries come together.

    load(name) → Encoder
      ├── zoo.pulling.fetch          files, checked, through cache and lock
      ├── timm, open_clip, transformers   a builder for each library
      └── the hook zoo_load_custom   architectures that a plugin builds itself

Errors of those libraries stop here, and no code of a repository is ever run.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.arguments import floating_type
from zoo.cards import (
    RUN_BUILDER,
    BundledSource,
    CustomSource,
    ModelCard,
    OpenClipSource,
    TimmSource,
    TransformersSource,
)
from zoo.encoder import Encoder
from zoo.encoder.network import Network, read_weights, text_side
from zoo.errors import CapabilityError, DataError, MissingExtraError, PluginError, WeightsError, ZooError
from zoo.loading.own_random import drawn_from
from zoo.registry import Registry, default_registry

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched

_IMPORTS = {"timm": "timm", "open_clip": "open_clip", "transformers": "transformers", "bundled": "open_clip"}
_INSTALLS = {"timm": "timm", "open_clip": "open_clip_torch", "transformers": "transformers", "torch": "torch"}


def load(
    name: str | os.PathLike[str] | ModelCard,
    *,
    weights: str | os.PathLike[str] | None = None,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype | None = None,
    pretrained: bool = True,
    local_files_only: bool | None = None,
    seed: int = 0,
    registry: Registry | None = None,
) -> Encoder:
    """The model, in evaluation mode on its device, ready to embed.

    Args:
        name: an id, a path of a model on this disk (a saved folder, a file of weights), or a card.
        weights: a user's own weights for that architecture: a file, a folder with one, or a PEFT adapter's folder.
        device: `auto` takes cuda, else mps, else cpu; `meta` builds shapes without memory for them.
        dtype: such as `float16` or torch.bfloat16; None: float32, however the weights are stored.
        pretrained: False gives random weights from `seed`; those of the caller and of other threads are left alone.
        local_files_only: use no network; None: as HF_HUB_OFFLINE says.
        registry: whose models and plugins are used; None: every installed one.

    Raises:
        UnknownModelError: no card of this name.
        CapabilityError: its architecture or its weights cannot be had in any way.
        MissingExtraError: a package that it needs is absent.
        HubError: its files cannot be had now.
        WeightsError: its weights are unsafe, damaged or of another model.
        LockError: ZOO_LOCK does not allow it.
        DataError: there is no such device or type.
    """
    registry = registry or default_registry()
    card = registry.get_card(name)
    if weights is not None:
        from zoo.local.cards import with_weights

        if not pretrained:
            raise DataError("weights came with pretrained=False.", "Drop one of the two.")
        card = with_weights(card, weights)
    if card.source.refusal is not None:
        raise CapabilityError(
            f"{card.id} is not loaded: {card.source.refusal}.", f"See what is known: zoo show {card.id}"
        )
    if isinstance(card.source, CustomSource) and card.source.builder == RUN_BUILDER and card.source.path is not None:
        runs: Any = importlib.import_module("zoo.transfer.run")  # by name: a run is loaded through this function too
        if not pretrained:
            base: ModelCard = runs.read_facts(card.source.path).base
            return load(base, device=device, dtype=dtype, pretrained=False, seed=seed, registry=registry)
        tuned: Encoder = runs.body_of(
            card.source.path, device=device, local_files_only=local_files_only, registry=registry
        )
        return tuned
    _check_packages(card)
    place, kind = _device(device), floating_type("float32" if dtype is None else dtype)
    if not isinstance(seed, Integral) or not -(2**63) <= seed < 2**63:
        raise DataError(f"the seed is {seed!r}.", "Give a whole number of at most 63 bits.")
    if pretrained and place.type == "meta":
        raise DataError("the device meta has no memory for weights.", "Give pretrained=False, or a real device.")
    with drawn_from(int(seed)), _built_on(place):
        network = _build(card, registry, pretrained, local_files_only, kind)
    module = network.module
    if place.type != "meta":
        try:
            module.to(device=place, dtype=kind)
        except RuntimeError as err:
            raise CapabilityError(
                f"{card.id} cannot be put on {place}: {str(err).splitlines()[0][:200]}",
                "Give another device, or a smaller dtype such as float16.",
            ) from err
    module.eval()
    if card.embed_dim is not None and network.dim is not None and card.embed_dim != network.dim:
        raise WeightsError(
            f"the card of {card.id} promises embeddings of width {card.embed_dim}, the network gives {network.dim}.",
            "Mend embed_dim, pooling or the source of the card.",
        )
    return Encoder(card, network, device=place, dtype=kind, pretrained=pretrained, registry=registry)


def _build(
    card: ModelCard, registry: Registry, pretrained: bool, local_files_only: bool | None, dtype: torch.dtype
) -> Network:
    source = card.source
    if isinstance(source, CustomSource):
        return _build_custom(card, source, registry, pretrained, local_files_only)
    fetched = _fetch(card, local_files_only) if pretrained else None
    match source:
        case BundledSource():
            return _build_bundled(card, pretrained)
        case TimmSource():
            from zoo.loading import timm as loading_timm

            return loading_timm.build(card, fetched)
        case OpenClipSource():
            from zoo.loading import open_clip as loading_open_clip

            return loading_open_clip.build(card, fetched, local_files_only=local_files_only)
        case TransformersSource():
            from zoo.loading import transformers as loading_transformers

            return loading_transformers.build(card, fetched, dtype=dtype, local_files_only=local_files_only)


def _fetch(card: ModelCard, local_files_only: bool | None) -> Fetched:
    from zoo.pulling import fetch

    return fetch(card, local_files_only=local_files_only)


def _build_bundled(card: ModelCard, pretrained: bool) -> Network:
    from zoo import embedded
    from zoo.loading.open_clip import network_of
    from zoo.tokenizing import bundled

    module: Any = embedded.load_model(pretrained=pretrained)
    width = embedded.configuration()["model_cfg"]["embed_dim"]
    return network_of(module, tokenizer=bundled(), dim=int(width))


def _build_custom(
    card: ModelCard, source: CustomSource, registry: Registry, pretrained: bool, local_files_only: bool | None
) -> Network:
    """Through the plugin: it builds the network and puts the weights, already opened safely, into it."""
    from zoo.lock_file import pinned
    from zoo.tokenizing import for_transformers

    if source.builder is None:
        raise CapabilityError(
            f"the architecture of {card.id} is not built in zoo, so it cannot be loaded.",
            f"See what is known of it: zoo show {card.id}",
        )
    weights: dict[str, torch.Tensor] | None = None
    fetched: Fetched | None = None
    if pretrained and source.path is not None:
        pinned(card)
        weights = _read_local(card, source)
    elif pretrained and source.repository is not None:
        fetched = _fetch(card, local_files_only)
        weights = read_weights(card, fetched, [])
    elif pretrained and source.url is not None:
        raise CapabilityError(
            f"the weights of {card.id} lie in no hub repository, so zoo does not fetch them.",
            f"Download {source.url} and load a copy of the card whose source has its path (source.path).",
        )
    elif pretrained:
        raise CapabilityError(
            f"no published weights of {card.id} are known.", "Random weights: zoo.load(..., pretrained=False)."
        )
    try:
        module: Any = registry.build_custom(card, weights)
    except ZooError:
        raise
    except (RuntimeError, KeyError) as err:
        if weights is None:
            raise _broken(card, registry, err) from err
        raise WeightsError(
            f"the weights do not fit {card.id}: {(str(err).splitlines() or [type(err).__name__])[0][:200]}",
            "They belong to another architecture or version; check the card's source, or load with pretrained=False.",
        ) from err
    except Exception as err:  # a plugin's code may raise anything; its name belongs in the message
        raise _broken(card, registry, err) from err
    if module is None:
        raise CapabilityError(
            f"no installed plugin builds {source.builder!r}, the architecture of {card.id}.",
            "Install the plugin that declares the model; zoo plugins lists them.",
        )
    tokenizer = getattr(module, "tokenize", None)
    if tokenizer is None and text_side(card) is not None:
        tokenizer = for_transformers(card, fetched, local_files_only=local_files_only)
    width = getattr(module, "dim", None) or getattr(module, "embed_dim", None)
    return Network(
        module=module,
        dim=width if isinstance(width, int) and width == card.embed_dim else None,
        embed_images=getattr(module, "embed_images", None),
        embed_tokens=getattr(module, "embed_texts", None),
        tokenizer=tokenizer,
        generate=getattr(module, "generate", None) if "generate" in card.capabilities else None,
    )


def _read_local(card: ModelCard, source: CustomSource) -> dict[str, torch.Tensor]:
    from zoo.hub.cache import digest
    from zoo.weights import read_state_dict

    path = Path(str(source.path)).expanduser()
    if source.sha256 is not None and path.is_file() and digest(path, "sha256") != source.sha256:
        raise WeightsError(f"{path} is not the file that the card of {card.id} names.", "Get the right one.")
    from zoo.local.checkpoints import open_checkpoint

    return (
        open_checkpoint(path).tensors if card.id.startswith("local/") else read_state_dict(path, format=source.format)
    )


def _broken(card: ModelCard, registry: Registry, err: Exception) -> PluginError:
    owner = registry.owner(card.id)
    return PluginError(
        f"the plugin {owner or 'that builds it'!r} failed to build {card.id}: {type(err).__name__}: {err}.",
        "Tell its author; ZOO_DEBUG=1 shows the whole trace.",
    )


def _check_packages(card: ModelCard) -> None:
    """Before anything is downloaded: a missing package is named with the command that installs it."""
    from zoo.planning import packages_missing

    for stated in packages_missing(card):
        raise MissingExtraError(card.id, stated, f"pip install {stated!r}")
    for package in ("torch", _IMPORTS.get(card.source.loader)):
        if package is None:
            continue
        try:
            importlib.import_module(package)
        except ImportError as err:
            install = _INSTALLS[package]
            raise MissingExtraError(card.id, install, f"pip install {install}") from err


def _device(device: str | torch.device) -> torch.device:
    import torch

    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        place = torch.device(device)
    except (RuntimeError, TypeError) as err:
        raise DataError(f"no device named {device!r}.", "Give cpu, cuda, cuda:1, mps or auto.") from err
    absent = (place.type == "cuda" and not torch.cuda.is_available()) or (
        place.type == "mps" and not torch.backends.mps.is_available()
    )
    if absent or (place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count()):
        raise CapabilityError(
            f"this machine has no device {str(device)!r}.", "Give cpu, or auto for the best there is."
        )
    return place


def _built_on(place: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Networks are built on the CPU and moved, so that the seed means the same everywhere; `meta` stays there."""
    return place if place.type == "meta" else contextlib.nullcontext()
