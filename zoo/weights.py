"""Opens weights files safely: safetensors, else torch's restricted unpickler, never anything looser.

read_state_dict(path)          a file, or the index of shards → name → tensor
load_into(module, state, ...)  strict: every name and shape must agree
weights_hash(module)           which weights a module holds, independent of the order of names
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import pickle
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from zoo.errors import WeightsError
from zoo.regular_files import open_regular

if TYPE_CHECKING:
    import torch

SAFETENSORS = (".safetensors",)
PICKLES = (".bin", ".pt", ".pth", ".th", ".ckpt", ".pkl", ".tar")
WRAPPERS = ("state_dict", "model", "model_state_dict", "teacher", "student", "encoder")
"""Keys under which training scripts bury a state dict, in the order that they are tried."""
_LARGEST_HEADER = 25_000_000
_LARGEST_INDEX = 64_000_000
_MOST_TENSORS = 50_000
"""In one file; the largest published shard has a few thousand, and each costs 50 microseconds."""


def read_state_dict(
    path: str | Path,
    *,
    format: Literal["safetensors", "pickle"] | None = None,
    promised: Mapping[str, str] | None = None,
) -> dict[str, torch.Tensor]:
    """Tensors by name, on the CPU, unwrapped by `unwrap`.

    Args:
        path: a safetensors file, the index of a sharded one (`*.safetensors.index.json`), or a file of torch.save.
        format: None: told by the file's name.
        promised: SHA-256 by file name; such a file is read once, and what was read is hashed, so that nobody can
            put another in its place between the check and the use.

    Raises:
        WeightsError: the file is missing, malformed, unsafe, or holds no tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}.", "Check the path.")
    if path.name.endswith(".index.json"):
        return unwrap(_read_shards(path, promised or {}), path.name)
    format = format or _format(path)
    data = _promised(path, (promised or {}).get(path.name))
    return unwrap(_read_safetensors(path, data) if format == "safetensors" else read_object(path, data), path.name)


def _promised(path: Path, sha256: str | None) -> bytes | None:
    """The file's bytes, if they are the promised ones; None: nothing is promised."""
    if sha256 is None:
        return None
    with open_regular(path) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsError(f"{path.name} has other bytes than were locked.", "Remove it and fetch it anew (zoo pull).")
    return data


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


def _read_safetensors(path: Path, data: bytes | None) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load, load_file

    with path.open("rb") if data is None else io.BytesIO(data) as file:
        _check_header(path, file)
    try:
        return dict(load_file(path) if data is None else load(data))
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError, AttributeError) as err:
        raise _malformed(path, str(err) or type(err).__name__) from err


def _check_header(path: Path, file: BinaryIO) -> None:
    """What safetensors itself lets pass: a name that is given twice, of which it would take the last."""
    n_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(8)
    if len(head) < 8:
        raise _malformed(path, "it is shorter than its header")
    (length,) = struct.unpack("<Q", head)
    if length > _LARGEST_HEADER or length > n_bytes - 8:
        raise _malformed(path, f"it announces a header of {length} bytes")
    try:
        told = json.loads(file.read(length), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as err:
        raise _malformed(path, f"its header cannot be read ({str(err)[:80]})") from err
    if not isinstance(told, dict):
        raise _malformed(path, "its header is no table of names")
    if len(told) > _MOST_TENSORS:
        raise _malformed(path, f"it names {len(told)} tensors, more than {_MOST_TENSORS}")


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


def _read_shards(index: Path, promised: Mapping[str, str]) -> dict[str, torch.Tensor]:
    """All shards that the index names, which must lie beside it and hold exactly the names it gives."""
    try:
        told = _promised(index, promised.get(index.name))
        if told is None:
            with open_regular(index) as file:
                told = file.read(_LARGEST_INDEX + 1)
        if len(told) > _LARGEST_INDEX:
            raise ValueError("it is too large")
        placed = json.loads(told)["weight_map"]
        shards = sorted(set(placed.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
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
        data = _promised(path, promised.get(shard))
        part = _read_safetensors(path, data) if shard.endswith(SAFETENSORS) else unwrap(read_object(path, data), shard)
        if part.keys() != {name for name, file in placed.items() if file == shard}:
            raise WeightsError(
                f"{shard} does not hold the names that {index.name} gives.", "Fetch both again (zoo pull)."
            )
        state |= part
    return state


def read_object(path: Path, data: bytes | None = None) -> Any:
    """What torch.load(weights_only=True) gives of a file of torch.save. There is no other way in, whatever the error.

    Args:
        data: the file's bytes, where they were read already.

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
        with (
            path.open("rb") if data is None else io.BytesIO(data) as file,
            torch.serialization.safe_globals([argparse.Namespace]),
        ):
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
