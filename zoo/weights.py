"""Opens weights files safely: safetensors, else torch's restricted unpickler, never anything looser.

read_state_dict(path)          a file, or the index of shards → name → tensor
load_into(module, state, ...)  strict: every name and shape must agree
weights_hash(module)           which weights a module holds, independent of the order of names
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo.errors import WeightsError

if TYPE_CHECKING:
    import torch

SAFETENSORS = (".safetensors",)
PICKLES = (".bin", ".pt", ".pth", ".th", ".ckpt", ".pkl", ".tar")
WRAPPERS = ("state_dict", "model", "model_state_dict", "teacher", "student", "encoder")
"""Keys under which training scripts bury a state dict, in the order that they are tried."""
_LARGEST_HEADER = 100_000_000


def read_state_dict(
    path: str | Path, *, format: Literal["safetensors", "pickle"] | None = None
) -> dict[str, torch.Tensor]:
    """Tensors by name, on the CPU, unwrapped by `unwrap`.

    Args:
        path: a safetensors file, the index of a sharded one (`*.safetensors.index.json`), or a file of torch.save.
        format: None: told by the file's name.

    Raises:
        WeightsError: the file is missing, malformed, unsafe, or holds no tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}.", "Check the path.")
    if path.name.endswith(".index.json"):
        return unwrap(_read_shards(path), path.name)
    format = format or _format(path)
    return unwrap(_read_safetensors(path) if format == "safetensors" else read_object(path), path.name)


def unwrap(loaded: Any, where: str = "the weights") -> dict[str, torch.Tensor]:
    """The state dict inside what a training script saved: wrappers and the prefix `module.` are taken off.

    A wrapper is a dict that holds the state dict under one of WRAPPERS; `module.` is what
    DataParallel puts before every name, and is taken off only where every name has it.
    What is no tensor beside the tensors (counters of old batch norms, say) is left out.
    """
    import torch

    for _ in range(4):  # checkpoint -> model -> state_dict is as deep as scripts bury it
        if not isinstance(loaded, Mapping):
            break
        inner = next((loaded[key] for key in WRAPPERS if isinstance(loaded.get(key), Mapping)), None)
        if inner is None:
            break
        loaded = inner
    loaded = _joined(loaded)
    tensors = (
        {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}
        if isinstance(loaded, Mapping)
        else {}
    )
    if not tensors:
        raise WeightsError(
            f"{where} holds no state dict (a {type(loaded).__name__} came).",
            "Save it with torch.save(model.state_dict(), ...) or, better, as safetensors.",
        )
    while all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): value for name, value in tensors.items()}
    return tensors


def _joined(loaded: Any) -> Any:
    """One state dict of several kept side by side, as CROMA stores its encoders: their keys become prefixes."""
    import torch

    if not isinstance(loaded, Mapping) or any(isinstance(value, torch.Tensor) for value in loaded.values()):
        return loaded
    tensors = {
        f"{key}.{name}": value
        for key, part in loaded.items()
        if isinstance(part, Mapping)
        for name, value in part.items()
        if isinstance(value, torch.Tensor)
    }
    return tensors or loaded


def load_into(
    module: torch.nn.Module, state: Mapping[str, torch.Tensor], *, model_id: str, ignore: Iterable[str] = ()
) -> None:
    """Copy every tensor into the module; a name or shape that disagrees is an error and changes nothing.

    Args:
        ignore: prefixes of names that may be missing from either side, such as a classifier head.

    Raises:
        WeightsError: names are missing, unexpected, or of another shape.
    """
    skipped = tuple(ignore)
    own = module.state_dict()
    given = {name: value for name, value in state.items() if not (skipped and name.startswith(skipped))}
    wanted = {name for name in own if not (skipped and name.startswith(skipped))}
    # Files from before torch 0.4.1 lack this counter, which inference never reads; torch forgives it too.
    missing = sorted(name for name in wanted - given.keys() if not name.endswith("num_batches_tracked"))
    unexpected = sorted(given.keys() - own.keys())
    reshaped = [
        f"{name} {tuple(given[name].shape)}, want {tuple(own[name].shape)}"
        for name in sorted(wanted & given.keys())
        if given[name].shape != own[name].shape
    ]
    faults = [
        f"{len(names)} {kind} ({_some(names)})"
        for kind, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", reshaped))
        if names
    ]
    if faults:
        raise WeightsError(
            f"the weights do not fit {model_id}: {'; '.join(faults)}.",
            "They belong to another architecture or version; check the card's source, or load with pretrained=False.",
        )
    module.load_state_dict(given, strict=False)


def weights_hash(module: torch.nn.Module) -> str:
    """SHA-256 in hex of all parameters and buffers: their names, types, shapes and bytes."""
    import torch

    hasher = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        if not isinstance(value, torch.Tensor):
            continue
        plain = value.detach().cpu().contiguous()
        hasher.update(f"{name}|{plain.dtype}|{tuple(plain.shape)}|".encode())
        hasher.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()


def _format(path: Path) -> Literal["safetensors", "pickle"]:
    suffix = path.suffix.lower()
    if suffix in SAFETENSORS:
        return "safetensors"
    if suffix in PICKLES:
        return "pickle"
    raise WeightsError(
        f"{path.name} has no ending of a weights file.",
        f"Want one of {', '.join((*SAFETENSORS, *PICKLES))}, or state the format.",
    )


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    _check_header(path)
    try:
        return dict(load_file(path))
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError, AttributeError) as err:
        raise _malformed(path, str(err) or type(err).__name__) from err


def _check_header(path: Path) -> None:
    """What safetensors itself lets pass: a name that is given twice, of which it would take the last."""
    with path.open("rb") as file:
        head = file.read(8)
        if len(head) < 8:
            raise _malformed(path, "it is shorter than its header")
        (length,) = struct.unpack("<Q", head)
        if length > _LARGEST_HEADER or length > path.stat().st_size - 8:
            raise _malformed(path, f"it announces a header of {length} bytes")
        try:
            told = json.loads(file.read(length), object_pairs_hook=_unique)
        except (ValueError, RecursionError) as err:
            raise _malformed(path, f"its header cannot be read ({str(err)[:80]})") from err
        if not isinstance(told, dict):
            raise _malformed(path, "its header is no table of names")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a name is given twice")
    return told


def _malformed(path: Path, reason: str) -> WeightsError:
    return WeightsError(
        f"{path.name} is not a sound safetensors file: {reason.splitlines()[0][:200]}.",
        "It was cut short or altered; fetch it again (zoo pull), or ask its author.",
    )


def _read_shards(index: Path) -> dict[str, torch.Tensor]:
    """All shards that the index names, which must lie beside it and hold exactly the names it gives."""
    try:
        placed = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        shards = sorted(set(placed.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise WeightsError(f"{index.name} is not an index of weights.", "Fetch it again (zoo pull).") from err
    state: dict[str, torch.Tensor] = {}
    for shard in shards:
        if not isinstance(shard, str) or "/" in shard or "\\" in shard or not shard.endswith((*SAFETENSORS, ".bin")):
            raise WeightsError(
                f"{index.name} names {shard!r}, which is no weights file beside it.", "Do not use this repository."
            )
        path = index.with_name(shard)
        if not path.is_file():
            raise WeightsError(f"{shard}, which {index.name} names, is missing.", "Fetch it (zoo pull).")
        part = _read_safetensors(path) if shard.endswith(SAFETENSORS) else unwrap(read_object(path), shard)
        if part.keys() != {name for name, file in placed.items() if file == shard}:
            raise WeightsError(
                f"{shard} does not hold the names that {index.name} gives.", "Fetch both again (zoo pull)."
            )
        state |= part
    return state


def read_object(path: Path) -> Any:
    """What torch.load(weights_only=True) gives of a file of torch.save. There is no other way in, whatever the error.

    Beside tensors only a Namespace is let in, a bare holder of settings that many training scripts save along.
    """
    import torch
    from packaging.version import Version

    if Version(torch.__version__).release < (2, 6):
        raise WeightsError(
            f"{path.name} is a pickle, and torch {torch.__version__} can be made to run code by one (CVE-2025-32434).",
            "Upgrade: pip install 'torch>=2.6'; or use a safetensors file.",
        )
    try:
        # Open, because torch takes a name that ends in .safetensors for the format, and not every such file is one.
        with path.open("rb") as file, torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as err:
        raise WeightsError(
            f"{path.name} holds more than tensors, or is no file of torch.save; it may run code, so it stays shut.",
            "Ask its author for safetensors, or convert it on a machine that you can afford to lose.",
        ) from err
    except (OSError, EOFError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, IndexError) as err:
        raise WeightsError(
            f"{path.name} is damaged or is no file of torch.save ({type(err).__name__}).",
            "Fetch it again (zoo pull), or ask its author for safetensors.",
        ) from err


def _some(names: list[str], n: int = 3) -> str:
    return ", ".join(names[:n]) + (", ..." if len(names) > n else "")
