"""Recommends source models for a task from metadata and published evidence alone: no weights, no framework.

    constraints → prior → domain → ranking → strategy and recipe → zero-shot baseline → pitfalls

Everything in it is a pure function of the task, the registry and the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from zoo.cards import ModelCard
from zoo.errors import TaskError
from zoo.registry import Registry, default_registry

from ..constraints.exclusion import Exclusion
from ..constraints.rules import divide
from ..prior import Estimate, Prior
from ..report.amounts import LEAST_TOLD, models, points_lost
from ..task.class_names import say_nothing
from ..task.task import Task
from ..task.validation import check_k, one_or_many
from .bands import holds_other_bands, takes_bands
from .baseline import ZeroShotBaseline, zero_shot_baseline
from .candidate import Candidate
from .candidates import estimates, explained, prior_for, ranked, regret, with_domain
from .leakage import Seen
from .machine import default_for, machine_of
from .machine import told as told_of_machine
from .make import is_out_of_place
from .pitfalls import pitfalls, unknown_dataset, unknown_sets
from .recommendation import Recommendation
from .shortlist import ToMeasure, to_measure
from .strategy import Strategy, by_labels, choose_strategy, opens_half
from .verdict import Verdict, verdict

_PROBED_FEW = 50
"""Labels a class up to which few-shot figures are the nearer ones."""
_ENOUGH = 3
"""Candidates in their place from which others are not shown beside them."""
_WITH_CONTROL = 3
"""Candidates that must be asked for before one of them is a control."""
_SMALL = 0.005
"""Expected regret below which measuring is hardly worth the time."""
_TUNED = (None, "natural")
"""Domains of most published figures of tuned models; elsewhere those of probes say more."""
SHRUNK_BY_LABELS = ((25, 0.47), (100, 0.23), (200, 0.14))
"""Labelled examples in all -> share of the regret that is left when measurements are shrunk to the prior: 3.0, 1.5 and
0.9 of 6.4 points (35 CLIP models x 23 data sets, labels drawn by binomial sampling)."""


def recommend(
    task: Task,
    *,
    candidates: str | ModelCard | Iterable[str | ModelCard] | None = None,
    k: int = 5,
    exclude_evidence: Iterable[str] = (),
    registry: Registry | None = None,
) -> Recommendation:
    """The `k` source models to start from, with reasons and intervals, and the recipe to follow.

    Args:
        candidates: what the pool is restricted to: an id of a card or catalogue, or several; None: every declared card.
        exclude_evidence: data sets whose results, and those of their near-duplicates, must not be used.

    Raises:
        TaskError: the constraints contradict each other, and which to relax is said; or an argument has another form.
        UnknownModelError: a candidate that nobody declares.
    """
    check_task(task)
    check_k(k)
    registry = registry or default_registry()
    excluded_sets = one_or_many(exclude_evidence, "exclude_evidence", "eurosat")
    asked = None if candidates is None else one_or_many(candidates, "candidates", "vision/resnet50")
    named = None if asked is None else [registry.get_card(name) for name in asked]
    pool = list(registry.cards.values()) if named is None else list({card.id: card for card in named}.values())
    prior = prior_for(registry)
    task = with_domain(task, prior.datasets)
    usable, excluded = divide(task, pool, named=named is not None)
    seen = Seen(task.dataset, prior.datasets)
    name = by_labels(task.typical_labels_per_class)
    chosen, left_out = _able_without_labels(task, usable) if named is None else (usable, [])
    if task.modality in ("image", "multispectral") and task.kind == "retrieval":
        told = _by_neighbours(prior, task, chosen, excluded_sets)
    else:
        told = estimates(prior, task, chosen, _protocols(task, name, chosen), excluded_sets)
    order = ranked(task, chosen, told, seen, registry.cards, k)
    baseline = zero_shot_baseline(task, usable, prior, excluded_sets, seen, registry)
    order = [replace(c, gain=_gain(task, c, baseline)) for c in order]
    strategy, recipe = choose_strategy(task, order[0].card if order else baseline.card, named=named is not None)
    shown = _shown(task, order, k, seen, named=named is not None)
    machine = machine_of(task)
    default = default_for(machine, shown if named is not None else _in_place(task, order))
    found = verdict(task, order, excluded, pool, named=named is not None)
    loss = regret(order)
    listed = to_measure(prior, task, order, shown, seen, excluded_sets, loss)
    return Recommendation(
        task=task,
        candidates=shown,
        excluded=(*excluded, *left_out),
        strategy=strategy,
        recipe=recipe,
        zero_shot=baseline,
        rung=2 if task.names_speak else 1,
        expected_regret=loss,
        to_measure=listed,
        n_ranked=len(order),
        verdict=found,
        warnings=(
            *unknown_sets(excluded_sets, prior.datasets),
            *unknown_dataset(task.dataset, prior.datasets),
            *pitfalls(task, shown, strategy),
        ),
        what_would_change=(
            *_bands_for_labels(task, left_out, usable),
            *_what_would_change(task, found, len(order), loss, listed, strategy),
        ),
        named=named is not None,
        default=default,
        default_told=told_of_machine(machine, default, order),
    )


def _in_place(task: Task, order: Sequence[Candidate]) -> list[Candidate]:
    """The candidates but those that are shown only where nothing better is at hand."""
    opens = opens_half(task)
    return [c for c in order if not is_out_of_place(task, c.card, c.match, c.worth, opens)]


def _shown(task: Task, order: Sequence[Candidate], k: int, seen: Seen, *, named: bool = False) -> tuple[Candidate, ...]:
    """The first `k`; of pictures with many bands, the last of them is the best control that reads colour alone."""
    in_place = _in_place(task, order)
    shown = tuple((order if named or len(in_place) < min(k, _ENOUGH) else in_place)[:k])
    if not holds_other_bands(task) or k < _WITH_CONTROL or not all(takes_bands(c.card) for c in shown):
        return shown
    control = next((c for c in order[k:] if not takes_bands(c.card)), None)
    if control is None:
        return shown
    told = explained(task, control, seen)
    return (*shown[:-1], replace(told, reasons=(_CONTROL, *told.reasons), is_control=True))


_CONTROL = "the control: the best of the models that read colour alone, to see what the other bands are worth"


def _able_without_labels(task: Task, cards: Sequence[ModelCard]) -> tuple[list[ModelCard], list[Exclusion]]:
    """With a stated number of no labels, only models that need none can be recommended, if there is any."""
    no_labels = task.labels_per_class is not None and not task.n_labelled
    able = [card for card in cards if card.zero_shot is not None]
    if not no_labels or task.kind in ("retrieval", "segmentation") or not able:
        return list(cards), []
    reason = "it needs labels, and there are none"
    return able, [Exclusion(card.id, "labels", reason) for card in cards if card.zero_shot is None]


def _bands_for_labels(task: Task, left_out: Sequence[Exclusion], usable: Sequence[ModelCard]) -> tuple[str, ...]:
    """That models of the task's bands wait for labels, where those that need none read colour alone."""
    waiting = {e.id for e in left_out}
    n = sum(card.id in waiting and takes_bands(card) for card in usable) if holds_other_bands(task) else 0
    return (f"with labels, models that take bands beyond colour come first: {models(n)} wait for some",) if n else ()


def _protocols(task: Task, name: str, cards: Sequence[ModelCard]) -> tuple[str, ...]:
    """Protocols whose figures speak of this use of a model, best first."""
    if task.modality in ("text", "code"):
        tuned = ("fine-tune",) if opens_half(task) and task.kind != "retrieval" else ()
        if task.kind == "multilabel":
            return (*tuned, "knn", "few-shot")
        if tuned:
            return (*tuned, "few-shot", "probe", "zero-shot")
        return ("embedding", "few-shot") if task.kind == "retrieval" else ("few-shot", "probe", "zero-shot")
    if task.kind == "segmentation":
        return ("fine-tune", "probe")
    if task.kind == "retrieval":
        return ("zero-shot", "embedding")
    if name == "zero-shot":
        return (
            ("zero-shot", "probe") if cards and all(c.zero_shot is not None for c in cards) else ("probe", "few-shot")
        )
    if name == "feature-extraction" or task.known_domain not in _TUNED:
        few = name == "feature-extraction" and (task.typical_labels_per_class or 0) < _PROBED_FEW
        return ("few-shot", "probe") if few else ("probe", "few-shot")
    return ("fine-tune", "probe", "few-shot")


def _by_neighbours(prior: Prior, task: Task, cards: Sequence[ModelCard], exclude: Sequence[str]) -> list[Estimate]:
    """The order of few-shot probes for a search from picture to picture, of which nothing is published: no level."""
    why = "little evidence: no published figures of search by picture: the order is that of few-shot probes"
    told = estimates(prior, task.revised(kind="classification"), cards, ("few-shot", "probe"), exclude)
    return [replace(e, expected=None, low=0.0, high=1.0, note="; ".join(filter(None, (why, e.note)))) for e in told]


def _gain(task: Task, candidate: Candidate, baseline: ZeroShotBaseline) -> float | None:
    if candidate.expected is None or baseline.expected is None or task.kind == "retrieval":
        return None
    if _SAME_METRIC.get(candidate.metric, candidate.metric) != _SAME_METRIC.get(baseline.metric, baseline.metric):
        return None
    return round(candidate.expected - baseline.expected, 4)


_SAME_METRIC = {"acc1": "accuracy"}
"""What two sources call by different names."""


def _what_would_change(
    task: Task, found: Verdict, n_ranked: int, loss: float | None, listed: ToMeasure, strategy: Strategy
) -> tuple[str, ...]:
    """What more of the user's knowledge would do to the answer, with numbers where they are known."""
    if n_ranked == 0:
        return ()
    said = []
    if loss is not None and n_ranked > 1 and loss < _SMALL:
        said.append(
            "measuring tells whether the published order holds for such data"
            if found.answer == "little evidence"
            else f"measuring changes little: the first is expected to lose {points_lost(loss)} to the best of all"
        )
    elif loss is not None and n_ranked > 1:
        said += _if_measured(task, loss)
        said += [listed.describe()] if n_ranked > len(listed.ids) and listed.loses_less_than(loss) else []
    if task.known_domain is None:
        stating = "stating the domain" if task.domain is None else "a domain that zoo knows"
        said.append(f"{stating} would move specialists up or out")
    if not task.class_names and task.kind in ("classification", "multilabel"):
        said.append("class names would give a zero-shot baseline with prompts, and a nearer set of known tasks")
    elif say_nothing(task.class_names) and task.kind in ("classification", "multilabel"):
        said.append("words for the classes would give a zero-shot baseline that means something")
    if task.labels_per_class is None and task.kind != "retrieval":
        said.append("the number of labels per class decides how much of the network to train")
    elif strategy.next_step:
        said.append(strategy.next_step[0].lower() + strategy.next_step[1:].rstrip("."))
    return tuple(said)


def _if_measured(task: Task, loss: float) -> list[str]:
    """The regret that is left once labels are measured: all that are at hand, and then more of them."""
    have = task.n_labelled or 0
    rows = "queries with known answers" if task.kind == "retrieval" else "labelled examples"
    at_hand = [(n, left) for n, left in SHRUNK_BY_LABELS if n <= have][-1:]
    said, told = [], points_lost(loss)
    for n, left in (*at_hand, *((n, left) for n, left in SHRUNK_BY_LABELS if n > have)):
        share = points_lost(left * loss)
        if share == told:
            continue  # no news
        which = f"your {have:,} {rows}" if n <= have else f"{n} {rows}"
        more = "under " if have > n and left * loss >= LEAST_TOLD else ""
        rest = f"{more}{share.removesuffix(' points')} instead of {points_lost(loss)}"
        said.append(f"with {which} measured, expect a regret of {rest}")
        told = share
    return said


def check_task(task: object) -> None:
    """Whether it is a task.

    Raises:
        TaskError: it is something else, such as a path or plain data.
    """
    if not isinstance(task, Task):
        raise TaskError(
            f"want a Task, got {type(task).__name__}.",
            "Task(modality='image', ...) states one; Task.from_folder(path) and Task.from_table(path) read one.",
        )
