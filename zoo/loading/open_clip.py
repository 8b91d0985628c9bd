"""Builds open_clip networks from a registered architecture, a repository's own config, or the card's."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from zoo import hub
from zoo.cards import ModelCard, OpenClipSource
from zoo.encoder.network import Network, Tokens, read_weights
from zoo.errors import CapabilityError, HubError, WeightsError
from zoo.foreign_json import read_json
from zoo.loading.foreign import open_clip_config, transformers_config
from zoo.tokenizing import for_open_clip
from zoo.weights import load_into

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched


def build(card: ModelCard, fetched: Fetched | None, *, local_files_only: bool | None = None) -> Network:
    """The two towers of a card that open_clip loads, with the weights in `fetched` or random ones.

    Raises:
        CapabilityError: this open_clip has no such architecture and nothing else says what it is.
        WeightsError: the weights do not fit.
        HubError: the shape of a text tower has to be read from a repository, which cannot be had.
    """
    source = card.source
    assert isinstance(source, OpenClipSource)
    notes: list[str] = []
    config = _config(card, source, fetched, local_files_only, notes)
    open_clip_config(config, card.id)
    tokenizer = for_open_clip(card, copy.deepcopy(config), fetched, local_files_only=local_files_only)
    with TemporaryDirectory(prefix="zoo-") as scratch:
        _point_at_files(card, config, fetched, local_files_only, Path(scratch))
        module = _construct(card, config)
    if fetched is not None:
        load_into(
            module, _translated(module, read_weights(card, fetched, notes, module.state_dict()), card), model_id=card.id
        )
    return network_of(module, tokenizer=tokenizer, dim=int(config["embed_dim"]), notes=notes)


def network_of(module: Any, *, tokenizer: Any, dim: int, notes: list[str] | None = None) -> Network:
    """An open_clip module with the functions that run it."""

    def embed_tokens(tokens: Tokens) -> torch.Tensor:
        features: torch.Tensor = module.encode_text(tokens["input_ids"])
        return features

    return Network(
        module=module,
        dim=dim,
        embed_images=module.encode_image,
        embed_tokens=embed_tokens,
        tokenizer=tokenizer,
        notes=notes or [],
    )


def _config(
    card: ModelCard,
    source: OpenClipSource,
    fetched: Fetched | None,
    local_files_only: bool | None,
    notes: list[str],
) -> dict[str, Any]:
    """`model_cfg`: of an architecture with a tag the registered one, else the repository's, the card's, the name's."""
    import open_clip

    tagged = source.architecture is not None and source.tag is not None
    if fetched is not None and not tagged and (fetched.folder / "open_clip_config.json").is_file():
        return _read(fetched.folder / "open_clip_config.json", source.repository)
    if source.config is not None:
        return copy.deepcopy(dict(source.config))
    if source.architecture is not None:
        config: dict[str, Any] | None = open_clip.get_model_config(source.architecture)
        if config is None:
            raise CapabilityError(
                f"{card.id} is a {source.architecture!r}, which open_clip {open_clip.__version__} does not know.",
                "Upgrade it: pip install -U open_clip_torch.",
            )
        told = open_clip.get_pretrained_cfg(source.architecture, source.tag) if source.tag else {}
        # The activation belongs to the weights: open_clip itself only warns when the two disagree.
        if told.get("quick_gelu") and not config.get("quick_gelu"):
            config["quick_gelu"] = True
            notes.append(f"built with QuickGELU, with which the weights {source.tag} were trained")
        return config
    if source.repository is not None:
        folder = hub.snapshot(
            source.repository,
            patterns=("open_clip_config.json",),
            revision=source.revision,
            local_files_only=local_files_only,
            model_id=card.id,
        )
        return _read(folder / "open_clip_config.json", source.repository)
    raise CapabilityError(f"{card.id} names neither an architecture of open_clip nor a repository.", "Mend the card.")


def _read(path: Path, repository: str | None) -> dict[str, Any]:
    try:
        told = read_json(path)
        config = dict(told.get("model_cfg", told))
        config["embed_dim"], config["vision_cfg"], config["text_cfg"] = (
            int(config["embed_dim"]),
            dict(config["vision_cfg"]),
            dict(config["text_cfg"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise WeightsError(
            f"{path.name} of {repository} does not describe an open_clip model.", "Fetch it again (zoo pull)."
        ) from err
    return config


def _point_at_files(
    card: ModelCard, config: dict[str, Any], fetched: Fetched | None, local_files_only: bool | None, scratch: Path
) -> None:
    """Nothing below may reach for the network: base weights are switched off, a text tower's config is a folder.

    `text_cfg.hf_config`, an addition of ours for cards, holds the text tower's hyper-parameters themselves.
    """
    vision, text = config["vision_cfg"], config["text_cfg"]
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False
    named, stated = text.get("hf_model_name"), text.pop("hf_config", None)
    if named is None:
        return
    text["hf_model_pretrained"] = False
    lent = fetched.companions.get(named) if fetched is not None else None
    if lent is not None and (lent / "config.json").is_file():
        stated = _tower_settings(lent, named)
    elif stated is None:
        try:
            folder = hub.snapshot(named, patterns=("config.json",), local_files_only=local_files_only, model_id=card.id)
        except HubError as err:
            raise type(err)(
                f"the text tower of {card.id} takes its shape from {named}, and {err.problem}", err.remedy
            ) from err
        stated = _tower_settings(folder, named)
    from transformers import CONFIG_MAPPING

    if stated.get("model_type") not in CONFIG_MAPPING:
        raise CapabilityError(
            f"the text tower of {card.id} is a {stated.get('model_type')!r}, which transformers does not know; its "
            "code may lie in its repository, and zoo runs no code from repositories.",
            "Upgrade it: pip install -U transformers; or choose another model.",
        )
    (scratch / "config.json").write_text(json.dumps(transformers_config(stated, card.id)), encoding="utf-8")
    text["hf_model_name"] = str(scratch)


def _tower_settings(folder: Path, repository: str) -> dict[str, Any]:
    try:
        return dict(read_json(folder / "config.json"))
    except (OSError, ValueError, TypeError) as err:
        raise WeightsError(
            f"config.json of {repository} is missing or no table of settings.", "Fetch it again (zoo pull)."
        ) from err


def _construct(card: ModelCard, config: dict[str, Any]) -> torch.nn.Module:
    import open_clip

    custom_text = config.pop("custom_text", False) or "hf_model_name" in config["text_cfg"]
    if not custom_text:
        kind = open_clip.CLIP
    else:
        kind = open_clip.CoCa if "multimodal_cfg" in config else open_clip.CustomTextCLIP
    try:
        module: torch.nn.Module = kind(**copy.deepcopy(config))
    except (TypeError, RuntimeError, ValueError, KeyError, AssertionError, OSError) as err:
        raise CapabilityError(
            f"open_clip {open_clip.__version__} cannot build {card.id}: {str(err).splitlines()[0][:200]}",
            "Upgrade it: pip install -U open_clip_torch. If that does not help, the card is wrong.",
        ) from err
    return module


def _translated(module: Any, state: dict[str, torch.Tensor], card: ModelCard) -> Mapping[str, torch.Tensor]:
    """The weights under this open_clip's names: other libraries' layouts and older open_clip's are renamed."""
    from open_clip.convert import convert_state_dict
    from open_clip.model import convert_to_custom_text_state_dict

    try:
        state = dict(convert_state_dict(module, state))
    except (KeyError, RuntimeError, AttributeError) as err:
        raise WeightsError(
            f"the weights do not fit {card.id}: open_clip cannot rename them ({str(err)[:120]}).",
            "They belong to another architecture; check the card's source.",
        ) from err
    if "positional_embedding" in state and not hasattr(module, "positional_embedding"):
        state = dict(convert_to_custom_text_state_dict(state))
    for name in ("logit_scale", "logit_bias"):
        own = getattr(module, name, None)
        if own is not None and name in state:
            state[name] = state[name].reshape(own.shape)  # a number or a vector of one number
    wanted = module.state_dict().keys()
    left_over = "text.transformer.embeddings.position_ids"  # a buffer that transformers no longer keeps
    if left_over not in wanted:
        state.pop(left_over, None)
    for name in ("input_resolution", "context_length", "vocab_size"):  # numbers in OpenAI's own files
        state.pop(name, None)
    return state
