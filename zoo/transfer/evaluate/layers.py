"""A linear probe at every layer: where in the network does what the task needs lie?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError
from zoo.transfer.evaluate.intervals import Metric, accuracy

if TYPE_CHECKING:
    import torch

Float = NDArray[np.floating]
Int = NDArray[np.integer]


def layer_features(
    module: torch.nn.Module, names: Sequence[str], run: Callable[[Any], object], batches: Iterable[Any]
) -> dict[str, Float]:
    """Name -> (n, d) output of that part of the network, averaged over tokens or pixels.

    Args:
        module: the network; it is run in evaluation mode.
        names: of its parts, as `module.named_modules()` says them.
        run: one forward pass of a batch, such as `encoder.encode_pixels`.

    Raises:
        DataError: no part of that name, or one that gives no tensor of (b, d), (b, l, d) or (b, c, h, w).
    """
    import torch

    from zoo.transfer.forgetting.seam import evaluating

    parts = dict(module.named_modules())
    if unknown := [name for name in names if name not in parts]:
        raise DataError(
            f"the network has no part named {unknown[0]!r}.",
            f"It has {', '.join(name for name, _ in module.named_children())}, among others.",
        )
    found: dict[str, list[Float]] = {name: [] for name in names}

    def keeper(name: str) -> Callable[..., None]:
        def keep(part: object, given: object, output: Any) -> None:
            found[name].append(_pooled(name, output).float().cpu().numpy())

        return keep

    hooks = [parts[name].register_forward_hook(keeper(name)) for name in names]
    try:
        with evaluating(module), torch.no_grad():
            for batch in batches:
                run(batch)
    finally:
        for hook in hooks:
            hook.remove()
    if missed := [name for name, rows in found.items() if not rows]:
        raise DataError(f"the forward pass never ran {missed[0]!r}.", "Name parts that this input goes through.")
    return {name: np.concatenate(rows) for name, rows in found.items()}


def probe_by_layer(
    features: Mapping[str, Float], targets: Int, test_features: Mapping[str, Float], test_targets: Int
) -> dict[str, Metric]:
    """Name -> accuracy on the test rows of a logistic head that was fitted on the layer's features.

    Args:
        features: name -> (n, d) of training rows, as of `layer_features`.
        targets: (n,) class index.
        test_features, test_targets: the same of test rows.

    Raises:
        DataError: the layers of the two differ, or as for `zoo.heads.logistic`.

    Source:
        Alain and Bengio 2016, arXiv:1610.01644.
    """
    from zoo import heads

    if set(features) != set(test_features):
        raise DataError("training and test features are of different layers.", "Take both with the same names.")
    told = {}
    for name, rows in features.items():
        head = heads.logistic(rows, targets)
        predicted = head.classes[head.logits(test_features[name]).argmax(axis=1)]
        told[name] = accuracy(predicted, test_targets)
    return told


def _pooled(name: str, output: Any) -> torch.Tensor:
    """(b, d): the mean over tokens (b, l, d) or pixels (b, c, h, w)."""
    import torch

    value = output[0] if isinstance(output, tuple | list) and output else output
    value = getattr(value, "last_hidden_state", value)
    if isinstance(value, torch.Tensor) and value.ndim in (2, 3, 4):
        return value if value.ndim == 2 else value.mean(dim=1) if value.ndim == 3 else value.mean(dim=(2, 3))
    shape = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
    raise DataError(f"{name!r} gives {shape}, want (b, d), (b, l, d) or (b, c, h, w).", "Name another part.")
