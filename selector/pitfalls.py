"""The pitfalls of transfer that apply to this task, most harmful first; a pitfall that does not apply is not told."""

from __future__ import annotations

from collections.abc import Sequence

from .candidates import Candidate
from .domain_worth import OWN_WORTH
from .strategy import Strategy
from .task import Task

_FEW_TO_MEASURE = 10


def pitfalls(task: Task, candidates: Sequence[Candidate], strategy: Strategy) -> tuple[str, ...]:
    """Warnings of the whole recommendation: of the data, of the choice of source, of the training."""
    said = list(task.findings())
    if not candidates:
        return tuple(said)
    best = candidates[0]
    top = (task.known_domain or "").partition("/")[0]
    if all(c.match == "none" for c in candidates) and top in OWN_WORTH:
        said.append(
            f"negative transfer: no candidate learned from {task.known_domain}; compare with a model from scratch."
        )
    if best.has_little_evidence:
        said.append(f"little evidence: the order rests on facts of the models more than on results in {_where(task)}.")
    searches = task.kind == "retrieval"
    if strategy.name == "zero-shot" and not searches and best.expected is not None and best.protocol != "zero-shot":
        said.append(f"the figures are those of {best.protocol}: they hold once there are labels.")
    said += _of_the_input(task, best)
    n = strategy.labels_per_class
    if n is not None and 0 < n < _FEW_TO_MEASURE and task.n_classes:
        n_test = int(n) * task.n_classes
        said.append(
            f"{n:.0f} labels a class are too few to choose between models by a held-out part (about {n_test} pictures "
            "in all): trust the ranking, or cross-validate."
        )
    if not searches and (strategy.name == "zero-shot" or best.protocol == "zero-shot"):
        said.append("overconfidence: zero-shot scores are no probabilities; calibrate them on a few labels before use.")
    elif strategy.name in ("half", "full"):
        said.append("overconfidence: a tuned network is too sure of itself; fit a temperature on the validation part.")
    if strategy.name in ("last-blocks", "half", "full"):
        said.append("forgetting: tuning wears off what the source knew; average the weights, or stay near the source.")
    if task.kind == "multilabel":
        said.append("several labels at once: use one sigmoid a class, and mean average precision.")
    leaks = [c.card.id for c in candidates if c.leakage.answer == "yes"]
    if leaks:
        said.append(f"leakage: {', '.join(leaks[:3])} saw {task.dataset} in pretraining; measure on data of your own.")
    if task.modality == "multispectral" and task.bands is None:
        said.append(_unnamed_bands(task))
    return tuple(dict.fromkeys(said))


def _unnamed_bands(task: Task) -> str:
    """What to do about channels without names; 13, 12 and 10 are what Sentinel-2 products hold."""
    n = task.data.n_channels.most_common(1)[0][0] if task.data is not None and task.data.n_channels else None
    usual = {13: "B01 to B12 with B8A (level 1C)", 12: "the same without B10 (level 2A)", 10: "those of 10 and 20 m"}
    guess = f" {n} channels are often Sentinel-2: {usual[n]}; check, then say so." if n in usual else ""
    return f"bands are not named: give --bands in their order, or red may be fed as blue and nobody notices.{guess}"


def _of_the_input(task: Task, best: Candidate) -> list[str]:
    said = []
    data = task.data
    if data is not None and task.modality == "image":
        if set(data.n_channels) == {1}:
            said.append("preprocessing: the pictures are grey; the models' mean and deviation are those of colour.")
    elif data is None and task.image_size_px is not None and task.image_size_px < 64:
        said.append(f"tiny pictures ({task.image_size_px} px): a source that saw small pictures may beat a larger one.")
    if task.modality in ("image", "multispectral", "image-text"):
        said.append(f"preprocessing mismatch: feed {best.card.id} through its own card, never by hand.")
    else:
        longest = best.card.max_tokens
        words = getattr(data, "long_words", None)
        if longest and words and 1.4 * words > longest:
            said.append(f"long texts ({words} words and more) are cut at {longest} tokens by {best.card.id}.")
    return said


def _where(task: Task) -> str:
    return task.known_domain or "this domain"
