"""The diagonal of a model's Fisher information: how much each weight of the body matters to its predictions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from zoo.arguments import at_least_one
from zoo.errors import DataError
from zoo.transfer.forgetting.seam import evaluating, held_parameters

if TYPE_CHECKING:
    import torch

Kind = Literal["exact", "sampled"]

_REFUSED = {
    "batched": "squares the gradient of a whole batch, in which the gradients of its rows cancel out",
    "empirical": "takes the labels of the rows for draws from the model's prediction",
}
_AT_ONCE = 64
"""Classes whose gradients of one row are held in memory together."""


def diagonal_fisher(
    model: torch.nn.Module,
    rows: Iterable[Any],
    *,
    kind: Kind = "exact",
    max_rows: int = 500,
    of: Literal["logits", "features"] = "logits",
    with_head: bool = False,
    seed: int = 0,
) -> dict[str, torch.Tensor]:
    """Name -> mean over rows of E[(d log p / d weight)^2], for each parameter of the body (`with_head`: and the head).

    exact: the expectation over the predicted classes, one gradient a class. sampled: one class a row is drawn, which is
    unbiased and cheaper by the number of classes; take it from about 100 classes on. For features, p is a Gaussian of
    unit variance around them: the sum of squared derivatives of all d, or one random direction of them.

    Args:
        rows: batches as the model takes them; all work is done a row at a time.

    Raises:
        DataError: no rows, an unknown kind, or the batched or empirical Fisher.

    Source:
        van de Ven 2025, arXiv:2502.11756, section 2.
    """
    import torch

    if kind in _REFUSED:
        raise DataError(
            f"the {kind} Fisher is not offered: it {_REFUSED[kind]}, and the best strength then differs a "
            "hundredfold from that of the exact one.",
            "Give fisher='exact', or 'sampled' where there are many classes.",
        )
    if kind not in ("exact", "sampled"):
        raise DataError(f"no Fisher named {kind!r}.", "Give exact or sampled.")
    at_least_one("max_rows", max_rows)
    parameters = held_parameters(model, with_head=with_head)
    frozen = [name for name, value in parameters.items() if not value.requires_grad]
    for name in frozen:
        parameters[name].requires_grad_(True)
    total = {name: torch.zeros_like(value) for name, value in parameters.items()}
    draws = torch.Generator().manual_seed(seed)
    n_rows = 0
    try:
        with evaluating(model), torch.enable_grad():
            for batch in rows:
                outputs = model(batch)
                for values in outputs.logits if of == "logits" else outputs.features:
                    if n_rows == max_rows:
                        break
                    _add_row(total, parameters, values, of, kind, draws)
                    n_rows += 1
                if n_rows == max_rows:
                    break
    finally:
        for name in frozen:
            parameters[name].requires_grad_(False)
    if n_rows == 0:
        raise DataError("the Fisher information was asked for on no rows.", "Give rows of the source task.")
    return {name: value / n_rows for name, value in total.items()}


def _add_row(
    total: dict[str, torch.Tensor],
    parameters: dict[str, torch.nn.Parameter],
    values: torch.Tensor,
    of: str,
    kind: Kind,
    draws: torch.Generator,
) -> None:
    """Adds the information of one row's outputs (c,) to the totals."""
    import torch

    if of == "features":
        sources = values
        weights = torch.ones_like(values)
        if kind == "sampled":
            sources = (torch.randn(values.shape, generator=draws).to(values) * values).sum()[None]
            weights = values.new_ones(1)
    else:
        sources = values.log_softmax(dim=-1)
        weights = sources.detach().exp()
        if kind == "sampled":
            drawn = torch.multinomial(weights.cpu(), 1, generator=draws).to(values.device)
            sources, weights = sources[drawn], values.new_ones(1)
    for start in range(0, len(sources), _AT_ONCE):
        part, own = sources[start : start + _AT_ONCE], weights[start : start + _AT_ONCE]
        for name, gradient in zip(parameters, _gradients(part, list(parameters.values())), strict=True):
            if gradient is not None:
                share = own.reshape(-1, *[1] * (gradient.ndim - 1))
                total[name] += (share * gradient.square()).sum(dim=0)


def _gradients(values: torch.Tensor, parameters: list[torch.nn.Parameter]) -> tuple[torch.Tensor | None, ...]:
    """For each parameter the gradients of the k values, (k, *shape); None where they do not depend on it."""
    import torch

    directions = torch.eye(len(values), dtype=values.dtype, device=values.device)
    try:
        return torch.autograd.grad(
            values, parameters, directions, retain_graph=True, allow_unused=True, is_grads_batched=True
        )
    except RuntimeError:  # an operation of this network has no batched backward: one value after another
        each = [torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True) for value in values]
        columns = zip(*each, strict=True)
        return tuple(None if c[0] is None else torch.stack([g for g in c if g is not None]) for c in columns)
