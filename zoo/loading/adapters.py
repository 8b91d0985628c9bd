"""Puts a low-rank adapter of PEFT on a network and merges it in; of its settings only known ones are taken."""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.errors import CapabilityError, MissingExtraError, WeightsError
from zoo.repository.settings import read_adapter
from zoo.weights import read_state_dict

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched

_TAKEN = (
    "r",
    "lora_alpha",
    "target_modules",
    "exclude_modules",
    "bias",
    "fan_in_fan_out",
    "use_rslora",
    "use_dora",
    "rank_pattern",
    "alpha_pattern",
    "layers_to_transform",
    "layers_pattern",
)
"""Settings that decide what a trained low-rank adapter computes."""
_NO_EFFECT = frozenset(
    {
        "peft_type",
        "task_type",
        "base_model_name_or_path",
        "revision",
        "inference_mode",
        "auto_mapping",
        "peft_version",
        "lora_dropout",
        "init_lora_weights",
        "modules_to_save",
        "qalora_group_size",
        "ensure_weight_tying",
    }
)
"""What matters in training alone, says where it came from, or is read elsewhere here."""


def put_adapter(
    module: torch.nn.Module, card: ModelCard, adapter: str, fetched: Fetched, notes: list[str]
) -> torch.nn.Module:
    """The network with the adapter's product added to its weights.

    Args:
        adapter: `.` for the folder of the network itself, else a folder.

    Raises:
        MissingExtraError: PEFT is not installed.
        CapabilityError: it is no low-rank adapter, or has settings that are not known here.
        WeightsError: its tensors are not those that its settings ask for.
    """
    folder = fetched.folder if adapter == "." else Path(adapter).expanduser()
    told = read_adapter(folder)
    settings = _settings(card, told)
    saved = [str(name) for name in told.get("modules_to_save") or ()]
    inside = [part for part in saved if any(f".{name}".endswith(f".{part}") for name, _ in module.named_modules())]
    files = [folder / name for name in ("adapter_model.safetensors", "adapter_model.bin")]
    path = next((file for file in files if file.is_file()), None)
    if path is None:
        raise WeightsError(f"the adapter of {card.id} came without adapter_model.safetensors.", "Save it anew.")
    state = read_state_dict(path)
    try:
        import peft
    except ImportError as err:
        raise MissingExtraError(f"the adapter of {card.id}", "peft", "pip install peft") from err
    try:
        with _quiet():
            wrapped = peft.PeftModel(module, peft.LoraConfig(**settings, modules_to_save=inside or None))
    except (ValueError, TypeError, RuntimeError, KeyError) as err:
        first = (str(err).splitlines() or [type(err).__name__])[0][:200]
        raise WeightsError(
            f"the adapter of {card.id} does not fit its network: {first}", "Put it on the model that it was trained on."
        ) from err
    wanted = peft.get_peft_model_state_dict(wrapped)
    placed, left_out = _placed(state, wanted, str(getattr(module, "base_model_prefix", "")))
    missing = sorted(wanted.keys() - placed.keys())
    heads = set(saved) - set(inside)
    odd = [name for name in left_out if not heads & set(name.split("."))]
    odd += [name for name in placed if placed[name].shape != wanted[name].shape]
    if missing or odd:
        faults = [
            f"{len(names)} {what} ({', '.join(names[:3])})"
            for names, what in ((missing, "missing"), (odd, "of no place or another shape"))
            if names
        ]
        raise WeightsError(
            f"the adapter of {card.id} does not fit its network: {'; '.join(faults)}.",
            "Put it on the model that it was trained on.",
        )
    with _quiet():
        peft.set_peft_model_state_dict(wrapped, placed)
        merged: torch.nn.Module = wrapped.merge_and_unload()
    notes.append(f"the adapter in {folder.name or 'the folder'} was put on the network (rank {settings.get('r')})")
    if left_out:
        notes.append(f"{', '.join(sorted(heads))} of the adapter's training stand behind the network and were left out")
    return merged


def _settings(card: ModelCard, told: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of LoraConfig; whatever else differs from its default is refused by name."""
    kind = told.get("peft_type")
    if kind != "LORA":
        raise CapabilityError(
            f"the adapter of {card.id} is of the kind {kind!r}; zoo puts on LORA alone.",
            "Merge it with PEFT (merge_and_unload), save the network, and load that.",
        )
    try:
        import peft
    except ImportError as err:
        raise MissingExtraError(f"the adapter of {card.id}", "peft", "pip install peft") from err
    usual = {field.name: getattr(peft.LoraConfig(), field.name) for field in dataclasses.fields(peft.LoraConfig)}
    empty: tuple[Any, ...] = (None, False, [], {}, "")
    odd = [
        name
        for name, value in told.items()
        if name not in _TAKEN
        and name not in _NO_EFFECT
        and value not in empty
        and (name not in usual or value != usual[name])
    ]
    if odd:
        raise CapabilityError(
            f"the adapter of {card.id} has settings that zoo does not know: {', '.join(sorted(odd))}.",
            "Merge it with PEFT (merge_and_unload), save the network, and load that.",
        )
    return {name: told[name] for name in _TAKEN if told.get(name) is not None}


def _placed(
    state: Mapping[str, torch.Tensor], wanted: Mapping[str, Any], prefix: str
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """(tensors under the names of this network, names that have no place): a task head wraps the body in a prefix."""
    placed, left_out = {}, []
    start = "base_model.model."
    for name, value in state.items():
        inner = name.removeprefix(start)
        tried = (name, start + inner.removeprefix(f"{prefix}.") if prefix else name, f"{start}{prefix}.{inner}")
        found = next((candidate for candidate in tried if candidate in wanted), None)
        if found is None:
            left_out.append(name)
        else:
            placed[found] = value
    return placed, left_out


@contextlib.contextmanager
def _quiet() -> Any:
    """Without the warnings of PEFT, which speak to those who train."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
