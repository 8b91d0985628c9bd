"""A model as one file: ONNX, or torch.export's own; checked against the model that it came from."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import CapabilityError, DataError, MissingExtraError, ZooError
from zoo.output_files import writing
from zoo.transfer.exporting.served import Served

if TYPE_CHECKING:
    import torch

TOLERANCE = 1e-4
"""Largest difference from torch, relative to the largest output where that is above 1."""
CONTRACT = "zoo_contract"
"""Key of the contract in the file's metadata; JSON."""
_SIZES = (1, 3)
"""Batches on which a file is checked, unlike the one it was traced with."""


def to_onnx(served: Served, path: str | Path) -> float:
    """Writes the model as ONNX with its contract in the metadata; gives the largest difference through onnxruntime.

    The first axis, and the length of texts, are free.

    Raises:
        MissingExtraError: onnx, onnxscript or onnxruntime is absent.
        CapabilityError: torch cannot trace the network, or the file does not give what the model gives.
    """
    import torch

    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  # torch.onnx needs it, and says so late
    except ImportError as err:
        raise MissingExtraError("an ONNX file", str(err.name), "pip install 'transfer-zoo[export]'") from err
    file = _target(path, ".onnx")
    network, given = served.network(), served.sample(2)
    with writing(file), _traced(served, "ONNX"), torch.no_grad():
        torch.onnx.export(
            network,
            tuple(given.values()),
            str(file),
            input_names=list(given),
            output_names=list(served.output_names),
            dynamic_shapes=_axes(given),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        made = onnx.load(str(file))
        onnx.helper.set_model_props(made, {CONTRACT: json.dumps(served.contract())})
        onnx.save(made, str(file))
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])

    def run(inputs: dict[str, torch.Tensor]) -> list[Any]:
        known = {item.name for item in session.get_inputs()}
        return list(session.run(None, {name: value.cpu().numpy() for name, value in inputs.items() if name in known}))

    return _checked(served, run, file)


def to_exported(served: Served, path: str | Path) -> float:
    """Writes the model with torch.export (`.pt2`), its contract beside it in the file; gives the largest difference.

    `torch.export.load(path).module()` runs it without zoo.

    Raises:
        CapabilityError: torch cannot trace the network, or the file does not give what the model gives.
    """
    import torch

    file = _target(path, ".pt2")
    network, given = served.network(), served.sample(2)
    with writing(file), _traced(served, "torch.export"), torch.no_grad():
        program = torch.export.export(network, tuple(given.values()), dynamic_shapes=_axes(given))
        torch.export.save(program, str(file), extra_files={CONTRACT: json.dumps(served.contract())})
    loaded = torch.export.load(str(file)).module()

    def run(inputs: dict[str, torch.Tensor]) -> list[Any]:
        with torch.no_grad():
            return [value.cpu().numpy() for value in loaded(*inputs.values())]

    return _checked(served, run, file)


def _axes(given: dict[str, torch.Tensor]) -> Any:
    """What may differ between calls, in the form of torch.export; one entry for `*given` of the network."""
    import torch

    batch = torch.export.Dim("batch", min=1, max=4096)
    length = torch.export.Dim.AUTO  # how long a text may be, the network says
    return (tuple({0: batch, 1: length} if value.ndim == 2 else {0: batch} for value in given.values()),)


def _checked(served: Served, run: Any, file: Path) -> float:
    """The largest difference from torch over batches of other sizes.

    Raises:
        CapabilityError: it is too large; the file is removed.
    """
    import torch

    network, worst = served.network(), 0.0
    for size in _SIZES:
        inputs = served.sample(size)
        with torch.no_grad():
            wanted = [value.cpu().numpy() for value in network(*inputs.values())]
        for name, own, theirs in zip(served.output_names, wanted, run(inputs), strict=True):
            apart = float(np.abs(own - theirs).max()) / max(1.0, float(np.abs(own).max()))
            worst = max(worst, apart)
            if not apart <= TOLERANCE:
                file.unlink(missing_ok=True)
                raise CapabilityError(
                    f"{name} of {file.name} differ by {apart:.1e} from those of the model, more than {TOLERANCE:g}.",
                    "Nothing was kept. Try the other format, and report this.",
                )
    return worst


def _target(path: str | Path, ending: str) -> Path:
    file = Path(path)
    if file.suffix != ending:
        raise DataError(f"{str(file)!r} does not end in {ending}.", f"Name it {file.with_suffix(ending)}.")
    return file


@contextlib.contextmanager
def _traced(served: Served, form: str) -> Iterator[None]:
    """Refusals of the tracer in our words."""
    try:
        yield
    except (ZooError, OSError):
        raise
    except Exception as err:  # torch raises many kinds, none of them documented
        first = (str(err).strip() or type(err).__name__).splitlines()[0][:200]
        raise CapabilityError(
            f"{served.encoder.card.id} cannot be written as {form}: {first}",
            "Use --hub, which keeps the format of its own library.",
        ) from err
