"""The pitfalls of transfer that apply to this task, most harmful first; a pitfall that does not apply is not told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from zoo.bands import WAVELENGTH_NM, identities

from ..report.amounts import points
from ..task.datasets import Datasets
from ..task.task import Task
from .bands import holds_other_bands
from .candidate import Candidate
from .domain_match import OWN_WORTH
from .strategy import Strategy

_WORTH_TELLING = 0.005
"""Share of the metric from which the baseline's lead is more than a rounding."""
_FEW_TO_MEASURE = 10
_TINY_PX = 64
_FEW_SHOT = 100
"""Labels a class from which figures of few-shot probes are those of another situation."""


def pitfalls(task: Task, candidates: Sequence[Candidate], strategy: Strategy) -> tuple[str, ...]:
    """Warnings of the whole recommendation: of the data, of the choice of source, of the training."""
    said = [*task.findings(), *_bands_and_files(task)]
    if task.kind == "segmentation" and task.modality in ("text", "code"):
        said.append(
            "segmentation is of pictures: a text has no mask; state --kind classification of its parts instead."
        )
    said += [*_of_another_kind(task), *_of_other_classes(task)]
    if task.n_classes == 1 and task.kind == "classification":
        said.append("one class alone tells nothing apart: name what else there is, such as 'other'.")
    if not candidates:
        return tuple(said)
    best = candidates[0]
    top = (task.known_domain or "").partition("/")[0]
    if all(c.match == "none" for c in candidates) and top in OWN_WORTH:
        said.append(
            f"negative transfer: no candidate learned from {task.known_domain}; compare with a model from scratch."
        )
    if best.lacks:
        said.append("little evidence: the order rests on results elsewhere and on facts of the models.")
    searches = task.kind == "retrieval"
    if best.gain is not None and best.protocol != "zero-shot" and best.gain <= -_WORTH_TELLING:
        said.append(
            f"the zero-shot baseline is expected to reach {points(-best.gain)} more than {best.card.id} once trained: "
            "measure it first, and a head on its own features."
        )
    if strategy.name == "zero-shot" and not searches and best.expected is not None and best.protocol != "zero-shot":
        said.append(f"the figures are those of a {_learned(best.protocol)}: they hold once there are labels.")
    elif best.protocol == "few-shot" and (strategy.labels_per_class or 0) > _FEW_SHOT:
        said.append(
            f"the figures are those of few-shot probes; with {strategy.labels_per_class:,.0f} labels a class expect "
            "more of every model."
        )
    elif best.protocol == "knn" and strategy.name != "zero-shot":
        said.append("the figures are those of nearest neighbours on frozen vectors; expect more of a trained head.")
    said += _of_the_input(task, best)
    n = strategy.labels_per_class
    if n is not None and 0 < n < _FEW_TO_MEASURE and task.n_classes:
        few = "1 label a class is" if n == 1 else f"{n:g} labels a class are"
        said.append(f"{few} too few to choose between models by a held-out part: trust the ranking, or cross-validate.")
    if not searches and task.kind != "segmentation" and (strategy.name == "zero-shot" or best.protocol == "zero-shot"):
        said.append("overconfidence: zero-shot scores are no probabilities; calibrate them on a few labels before use.")
    elif strategy.name in ("half", "lp-ft"):
        said.append("overconfidence: a tuned network is too sure of itself; fit a temperature on the validation part.")
    if strategy.name in ("partial", "half", "lp-ft"):
        said.append("forgetting: tuning wears off what the source knew; average the weights, or stay near the source.")
    if task.kind == "multilabel":
        said.append("several labels at once: use one sigmoid a class, and mean average precision.")
    leaks = [c.card.id for c in candidates if c.leakage.answer == "yes"]
    if leaks:
        said.append(f"leakage: {', '.join(leaks[:3])} saw {task.dataset} in pretraining; measure on data of your own.")
    if task.modality == "multispectral" and task.bands is None:
        said.append(_unnamed_bands(task))
    return tuple(dict.fromkeys(said))


def _of_another_kind(task: Task) -> list[str]:
    """That the data set is known for something else than classification, which a task is taken for unless stated."""
    kinds = {facts.kind for facts in task.dataset_facts}
    if task.kind != "classification" or not kinds or "classification" in kinds:
        return []
    stated = sorted(kinds & {"multilabel", "retrieval", "segmentation"}) or ["retrieval"]
    nearest = "" if stated[0] in kinds else ", of which zoo has no task"
    return [
        f"the published results on {task.dataset} are of {' and '.join(sorted(kinds))}{nearest}, and the task is taken "
        f"for classification: state --kind {stated[0]} if that is nearer."
    ]


def _of_other_classes(task: Task) -> list[str]:
    """That the task has another number of classes than the data set that it names."""
    known = {facts.n_classes for facts in task.dataset_facts} - {None}
    if task.kind != "classification" or not known or task.n_classes in {None, *known}:
        return []
    classes = " or ".join(f"{n:,}" for n in sorted(filter(None, known)))
    return [
        f"{task.dataset} is published with {classes} classes, the task has {task.n_classes:,}: results on the whole of "
        "it are no more than a guide."
    ]


def _unnamed_bands(task: Task) -> str:
    """What to do about channels without names; 13, 12 and 10 are what Sentinel-2 products hold."""
    n = task.data.n_channels.most_common(1)[0][0] if task.data is not None and task.data.n_channels else None
    usual = {13: "B01 to B12 with B8A (level 1C)", 12: "the same without B10 (level 2A)", 10: "those of 10 and 20 m"}
    guess = f" {n} channels are often Sentinel-2: {usual[n]}; check, then say so." if n in usual else ""
    return f"bands are not named: give --bands in their order, or red may be fed as blue and nobody notices.{guess}"


def _bands_and_files(task: Task) -> list[str]:
    """Names of bands that do not fit the files, or that zoo knows nothing of."""
    said = []
    if task.bands and task.modality in ("text", "code"):
        return [f"bands are of pictures: they are ignored for {task.modality}."]
    held = sorted(task.data.n_channels) if task.data is not None and hasattr(task.data, "n_channels") else []
    if task.bands and held and len(task.bands) not in held:
        said.append(
            f"{len(task.bands)} bands are named, the files hold {' or '.join(map(str, held))}: name every channel, in "
            "the order of the file."
        )
    if task.bands and holds_other_bands(task) and (task.known_domain or "").startswith("satellite"):
        strange = [
            band for band, is_ in zip(task.bands, identities(task.bands), strict=True) if is_ not in _OF_SATELLITES
        ]
        if strange:
            said.append(
                f"no band is known by the name {', '.join(strange[:4])}: write it as the satellite does (S2_B05, "
                "L8_B5), or give its wavelength (705nm), or no model can be matched to it."
            )
    return said


_OF_SATELLITES = {*WAVELENGTH_NM, "panchromatic", "thermal_1", "thermal_2", "gray", "vv", "vh", "hh", "hv"}


def _learned(protocol: str) -> str:
    told = {"few-shot": "few-shot probe", "fine-tune": "tuned network", "knn": "vote of nearest neighbours"}
    return told.get(protocol, protocol)


def _of_the_input(task: Task, best: Candidate) -> list[str]:
    """What goes wrong between the data and the first source."""
    said = []
    data, is_of_pictures = task.data, task.modality not in ("text", "code")
    if data is not None and task.modality == "image":
        if set(data.n_channels) == {1}:
            said.append("preprocessing: the pictures are grey; the models' mean and deviation are those of colour.")
    elif data is None and is_of_pictures and task.image_size_px is not None and task.image_size_px < _TINY_PX:
        said.append(f"tiny pictures ({task.image_size_px} px): a source that saw small pictures may beat a larger one.")
    if is_of_pictures:
        said.append(f"preprocessing mismatch: feed {best.card.id} through its own card, never by hand.")
    else:
        longest = best.card.max_tokens
        words = getattr(data, "long_words", None)
        if longest and words and 1.4 * words > longest:
            said.append(f"long texts ({words} words and more) are cut at {longest} tokens by {best.card.id}.")
    return said


def unknown_sets(names: Iterable[str], datasets: Datasets) -> list[str]:
    """A line for each name of which no result can be left out; it may be misspelt, and then nothing was left out."""
    said = []
    for name in names:
        if datasets.near_duplicates([name]):
            continue
        why = "so none was left out for it."
        said.append(f"exclude_evidence: no published result is of {name!r}, {why}{_near(name, datasets)}")
    return said


def unknown_dataset(name: str | None, datasets: Datasets) -> list[str]:
    """A line if nothing is published on the data set that a task names; the name may be misspelt."""
    if name is None or datasets.find(name):
        return []
    why = "so the answer rests on other data sets."
    return [f"no published result is of the data set {name!r}, {why}{_near(name, datasets)}"]


def _near(name: str, datasets: Datasets) -> str:
    """The names that it is nearest to, as a question; empty if none is near."""
    known = {fact.dataset.lower(): fact.dataset for fact in datasets.facts}
    near = [known[key] for key in get_close_matches(name.lower(), known, n=2, cutoff=0.7)]
    return f" Did you mean {' or '.join(near)}?" if near else ""
