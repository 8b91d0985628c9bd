"""Averaging of source and tuned weights (WiSE-FT): less forgetting after training, at no cost in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from zoo.errors import DataError
from zoo.transfer.forgetting.seam import evaluating

if TYPE_CHECKING:
    import torch

ALPHAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def averaged(
    source: Mapping[str, torch.Tensor], tuned: Mapping[str, torch.Tensor], alpha: float
) -> dict[str, torch.Tensor]:
    """(1 - alpha) * source + alpha * tuned, weight by weight; 1 is the tuned model.

    Running statistics are averaged too; whole numbers (counters) and what the source lacks, such as a new head, are the
    tuned ones.

    Raises:
        DataError: alpha is not in [0, 1], or a weight has two shapes.

    Source:
        Wortsman et al. 2021, arXiv:2109.01903, eq. 1.
    """
    if not 0 <= alpha <= 1:
        raise DataError(f"alpha must lie in [0, 1], got {alpha!r}.", "0 is the source, 1 the tuned model.")
    mixed = {}
    for name, value in tuned.items():
        old = source.get(name)
        if old is not None and old.shape != value.shape:
            raise DataError(
                f"{name!r} has shape {tuple(old.shape)} in the source and {tuple(value.shape)} in the tuned model.",
                "Average a model with the source that it was made from; leave out heads of other classes.",
            )
        if old is None or not value.is_floating_point():
            mixed[name] = value.clone()
        else:
            mixed[name] = ((1 - alpha) * old.to(value.device) + alpha * value).to(value.dtype)
    return mixed


def average_weights(
    model: torch.nn.Module,
    source: Mapping[str, torch.Tensor],
    score: Callable[[torch.nn.Module], float],
    *,
    alphas: Sequence[float] = ALPHAS,
    within: float = 0.0,
) -> tuple[float, dict[float, float]]:
    """Loads into the model the average nearest the source whose score is within `within` of the best.

    Gives the chosen alpha and the score of each.

    Args:
        source: state of the same model before tuning; its head, if it has one, must be of the same classes.
        score: higher is better, on validation rows: neither training rows, which the tuned weights fit best, nor test
            rows.
        within: how much of the best score may be given up to stay nearer the source.

    Raises:
        DataError: no alpha, or as for `averaged`.
    """
    if not alphas:
        raise DataError("no alpha was given.", "Give some in [0, 1].")
    tuned = {name: value.detach().clone() for name, value in model.state_dict().items()}
    scores: dict[float, float] = {}
    try:
        for alpha in sorted(set(alphas)):
            model.load_state_dict(averaged(source, tuned, alpha))
            with evaluating(model):
                scores[alpha] = float(score(model))
    except BaseException:
        model.load_state_dict(tuned)
        raise
    best = max(scores.values())
    chosen = min(alpha for alpha, value in scores.items() if value >= best - within)
    model.load_state_dict(averaged(source, tuned, chosen))
    return chosen, scores
