"""A training script's file: opened safely, unwrapped, and its names fitted to those of a network.

    checkpoint ─ state_dict | model | ema ... ─ module. | _orig_mod. | model. | backbone. ─ the network's own names

Of two sets of weights the average (EMA), or DINO's teacher, is taken, as timm and DINO do, and that is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import WeightsError
from zoo.weights import read_object, read_state_dict

if TYPE_CHECKING:
    import torch

_AVERAGED = ("state_dict_ema", "model_ema", "ema_state_dict", "ema_model", "ema", "params_ema", "teacher")
_PLAIN = (
    "state_dict",
    "model_state_dict",
    "model",
    "student",
    "module",
    "net",
    "network",
    "encoder",
    "backbone",
    "weights",
    "params",
)
_WRAPPERS = ("module.", "_orig_mod.")
_NAMES = ("arch", "architecture", "model_name", "backbone", "model")
"""Under which training scripts keep the architecture's name."""
_DEEPEST = 5


@dataclass(frozen=True)
class Checkpoint:
    """What a file of weights holds."""

    tensors: dict[str, torch.Tensor]
    architecture: str | None
    """As the training script named it; None: it did not."""
    notes: tuple[str, ...]


def open_checkpoint(path: Path) -> Checkpoint:
    """Tensors of a file or of an index of shards, the architecture that it names, and what was chosen on the way.

    Raises:
        WeightsError: it is unsafe, damaged, holds no tensors, or two sets of them and nothing says which is meant.
    """
    if path.name.endswith((".safetensors", ".index.json")):
        return Checkpoint(read_state_dict(path), None, ())
    loaded = read_object(path)
    notes: list[str] = []
    tensors = _unwrapped(loaded, path.name, notes)
    return Checkpoint(tensors, _architecture(loaded), tuple(notes))


def fitted(
    state: Mapping[str, torch.Tensor], own: Collection[str], notes: list[str], *, where: str
) -> dict[str, torch.Tensor]:
    """The tensors under the network's names: the prefix under which most of them lie is taken off.

    Nothing else is dropped: what is missing or has no place is for the loader to refuse by name. Tensors outside
    the prefix belong to other parts of the training and are left out with a note.

    Raises:
        WeightsError: two parts of the file fit equally well.
    """
    names = set(own)
    counts: Counter[str] = Counter()
    for key in state:
        parts = key.split(".")
        for cut in range(min(len(parts), _DEEPEST)):
            if ".".join(parts[cut:]) in names:
                counts["".join(f"{part}." for part in parts[:cut])] += 1
    if not counts:
        return _without_wrappers(dict(state))
    most = max(counts.values())
    best = sorted(
        (prefix for prefix, count in counts.items() if count == most), key=lambda prefix: (len(prefix), prefix)
    )
    if len(best) > 1 and "" not in best:
        averaged = [prefix for prefix in best if any(word in prefix for word in ("ema", "teacher", "target"))]
        if len(averaged) != 1:
            raise WeightsError(
                f"{where} holds {len(best)} models, under {', '.join(map(repr, best[:3]))}.",
                "Save the one that you want in a file of its own.",
            )
        best = averaged
        notes.append(f"of the models in {where} the averaged one, under {best[0]!r}, was taken")
    prefix = best[0]
    if not prefix:
        return dict(state)
    inside = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    outside = [key for key in state if not key.startswith(prefix)]
    if prefix not in _WRAPPERS:
        notes.append(f"the names in {where} begin with {prefix!r}, which was taken off")
    if outside:
        notes.append(f"{len(outside)} tensors beside the network were left out ({', '.join(sorted(outside)[:3])})")
    return inside


def _unwrapped(loaded: Any, where: str, notes: list[str]) -> dict[str, torch.Tensor]:
    import torch

    for _ in range(_DEEPEST):
        if not isinstance(loaded, Mapping):
            break
        tensors = {str(key): value for key, value in loaded.items() if isinstance(value, torch.Tensor)}
        inner = {str(key): value for key, value in loaded.items() if _holds_tensors(value)}
        averaged = next((key for key in _AVERAGED if key in inner), None)
        plain = next((key for key in _PLAIN if key in inner), None)
        key = averaged or plain
        if key is None and tensors:
            return _without_wrappers(tensors)
        if key is None:
            nets = [key for key in inner if not key.startswith(("optim", "sched", "lr_", "scaler", "callbacks"))]
            if len(nets) > 1:
                raise WeightsError(
                    f"{where} holds {len(nets)} models ({', '.join(sorted(nets)[:3])}).",
                    "Save the one that you want in a file of its own.",
                )
            if not nets:
                break
            key = nets[0]
        if averaged is not None and plain is not None:
            notes.append(f"{where} holds {averaged!r} beside {plain!r}; {averaged!r} was taken")
        loaded = inner[key]
    raise WeightsError(
        f"{where} holds no state dict (a {type(loaded).__name__} came).",
        "Save it with torch.save(model.state_dict(), ...) or, better, as safetensors.",
    )


def _holds_tensors(value: Any, depth: int = 0) -> bool:
    """Whether tensors by name lie in it or a little deeper; an optimiser's lie under numbers."""
    import torch

    if not isinstance(value, Mapping) or not value or not all(isinstance(key, str) for key in value):
        return False
    if any(isinstance(inner, torch.Tensor) for inner in value.values()):
        return True
    return depth < _DEEPEST and any(_holds_tensors(inner, depth + 1) for inner in value.values())


def _without_wrappers(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Without what DataParallel and torch.compile put before every name."""
    while tensors:
        prefix = next((wrapper for wrapper in _WRAPPERS if all(name.startswith(wrapper) for name in tensors)), None)
        if prefix is None:
            break
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _architecture(loaded: Any) -> str | None:
    """The name that timm's, torchvision's and Lightning's scripts keep."""
    if not isinstance(loaded, Mapping):
        return None
    places = [loaded]
    for key in ("args", "hyper_parameters", "hparams", "config", "cfg"):
        inner = loaded.get(key)
        if inner is not None:
            places.append(inner if isinstance(inner, Mapping) else getattr(inner, "__dict__", {}))
    for place in places:
        for name in _NAMES:
            stated = place.get(name)
            if isinstance(stated, str) and stated:
                return stated
    return None
