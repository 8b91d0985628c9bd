"""Builds timm networks as feature extractors: no classifier, pooled as the card says."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard, TimmSource
from zoo.encoder.network import Network, read_weights
from zoo.errors import CapabilityError, WeightsError
from zoo.foreign_json import read_json
from zoo.loading.foreign import check_name, timm_arguments
from zoo.loading.pooling import pool
from zoo.weights import load_into

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched

_POOLINGS = {"token": "cls", "avg": "mean", "map": "map"}
"""timm's name of a pooling -> the card's."""


def build(card: ModelCard, fetched: Fetched | None) -> Network:
    """The network of a card that timm loads, with the weights in `fetched` or random ones.

    Raises:
        CapabilityError: this timm has no such architecture, or refuses the card's arguments.
        WeightsError: the weights do not fit.
    """
    import timm

    source = card.source
    assert isinstance(source, TimmSource)
    notes: list[str] = []
    name = check_name(source.architecture.removeprefix("timm/"), "architecture", card.id)
    told = _arguments(source, name, fetched.folder if fetched is not None else None, card.id)
    arguments = {key: _layer(key, value) for key, value in told.items()}
    if fetched is None and "." in name:
        name = name.split(".", 1)[0] if not timm.is_model(name) else name
    try:
        module = timm.create_model(name, pretrained=False, num_classes=0, **arguments)
    except (RuntimeError, TypeError, ValueError, KeyError, AssertionError) as err:
        raise CapabilityError(
            f"timm {timm.__version__} cannot build {name!r} for {card.id}: {str(err).splitlines()[0][:200]}",
            "Upgrade it: pip install -U timm. If that does not help, the card is wrong.",
        ) from err
    if fetched is not None:
        own = module.state_dict().keys()
        state = read_weights(card, fetched, notes, own)
        if source.path is not None:
            notes += _left_out(module, state)
        module = _load(module, state, name, arguments, card)
    return Network(module=module, dim=_width(module, card), embed_images=_forward(module, card), notes=notes)


def _arguments(source: TimmSource, name: str, folder: Path | None, model_id: str) -> dict[str, Any]:
    """Arguments of create_model: the repository's own, overruled by the card's."""
    told: dict[str, Any] = {}
    if folder is not None and (folder / "config.json").is_file():
        try:
            config = read_json(folder / "config.json")
            told = dict(config.get("model_args") or {})
            if "global_pool" in config and config["global_pool"] in _POOLINGS:
                told.setdefault("global_pool", config["global_pool"])
        except (OSError, ValueError, AttributeError, TypeError) as err:
            raise WeightsError(
                f"config.json of {source.repository} is no table of settings.", "Fetch it again (zoo pull)."
            ) from err
    told = {key: value for key, value in told.items() if key not in ("num_classes", "pretrained")}
    return {**timm_arguments(name, told, model_id), **(source.config or {})}


def _layer(key: str, value: Any) -> Any:
    """A layer's class for its name, where timm itself takes only the class."""
    if not key.endswith("_layer") or not isinstance(value, str):
        return value
    layers: Any = importlib.import_module("timm.layers")
    name = value.rsplit(".", 1)[-1]
    if key.startswith("act"):
        return layers.get_act_layer(name)
    if "norm" in key:
        return layers.get_norm_layer(name)
    return getattr(layers, name, value)


def _load(
    module: torch.nn.Module, state: Mapping[str, torch.Tensor], name: str, arguments: Mapping[str, Any], card: ModelCard
) -> torch.nn.Module:
    """The network with the weights in it; timm's own filter renames what has other names and resizes positions."""
    heads = _classifiers(module)
    own = module.state_dict()
    kept = {key: value for key, value in state.items() if key in own or not key.startswith(heads)}
    if kept.keys() == own.keys() and all(kept[key].shape == own[key].shape for key in own):
        load_into(module, kept, model_id=card.id)
        return module
    return _load_by_timm(module, dict(state), name, arguments, card)


def _left_out(module: Any, state: Mapping[str, torch.Tensor]) -> list[str]:
    """The classifier of a user's own training, in a sentence."""
    prefixes = _classifiers(module)
    heads = sorted(key for key in state if prefixes and key.startswith(prefixes))
    classes = next((int(state[key].shape[0]) for key in heads), 0)
    return [f"its classifier of {classes} classes was left out ({', '.join(heads[:2])})"] if heads else []


def _classifiers(module: Any) -> tuple[str, ...]:
    """What the names of the classifier's tensors begin with."""
    named = (getattr(module, "pretrained_cfg", None) or {}).get("classifier") or ()
    return tuple(f"{head}." for head in ((named,) if isinstance(named, str) else named))


def _load_by_timm(
    module: Any, state: dict[str, torch.Tensor], name: str, arguments: Mapping[str, Any], card: ModelCard
) -> torch.nn.Module:
    """Through timm's filters, with the classifier in place so that timm holds every name against the weights."""
    import timm

    found = [value.shape[0] for key, value in state.items() if key.startswith(_classifiers(module))]
    renamed = not state.keys() & module.state_dict().keys()
    classes = found[0] if found else int(module.pretrained_cfg.get("num_classes") or 0) if renamed else 0
    overlay = {"state_dict": state, "num_classes": classes}
    try:
        loaded: Any = timm.create_model(
            name, pretrained=True, pretrained_cfg_overlay=overlay, num_classes=classes, **arguments
        )
        loaded.pretrained_cfg["state_dict"] = None  # timm would keep the tensors for as long as the network lives
        if classes:
            loaded.reset_classifier(0)
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError, AssertionError) as err:
        kept = {key: value for key, value in state.items() if not key.startswith(_classifiers(module))}
        load_into(module, kept, model_id=card.id)  # says in our words which names differ
        raise WeightsError(
            f"timm cannot load the weights of {card.id}: {(str(err).splitlines() or [''])[0][:200]}",
            "Upgrade it: pip install -U timm; or load with pretrained=False.",
        ) from err
    return loaded  # type: ignore[no-any-return]  # timm has no types


def _width(module: Any, card: ModelCard) -> int | None:
    """Width of the pooled feature: `head_hidden_size`, since `num_features` leaves out a last convolution."""
    width = getattr(module, "head_hidden_size", None) or getattr(module, "num_features", None)
    if not isinstance(width, int):
        return None
    return 2 * width if _rule(module, card) == "cls+mean" else width


def _rule(module: Any, card: ModelCard) -> str | None:
    """The card's pooling where it is not what the network does anyway."""
    own = _POOLINGS.get(getattr(module, "global_pool", None) or "")
    wanted = "mean" if card.pooling == "average" else card.pooling
    if wanted not in ("cls", "mean", "cls+mean") or own is None or wanted == own:
        return None
    return wanted


def _forward(module: Any, card: ModelCard) -> Callable[[torch.Tensor], torch.Tensor]:
    rule = _rule(module, card)
    n_prefix = int(getattr(module, "num_prefix_tokens", 0))

    def embed(pixels: torch.Tensor) -> torch.Tensor:
        if rule is None:
            pooled: torch.Tensor = module(pixels)
            return pooled.flatten(1)
        return pool(module.forward_features(pixels), rule, n_prefix=n_prefix)

    return embed
