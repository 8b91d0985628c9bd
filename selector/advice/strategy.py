"""How much of the source model to train: the article's guide by labels per class, refined by what was measured since.

Each choice is a rule with its source. The guide's bounds are the default; the refinements say which head, what to add
where the domain is far, and when the frozen probe is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zoo.cards import ModelCard
from zoo.transfer import recipes
from zoo.transfer.penalties import L2SPSpec
from zoo.transfer.recipe import Head, Phase, Recipe, Stop

from ..task.task import Task
from .domain_match import domain_match

Name = Literal["none", "zero-shot", "feature-extraction", "partial", "half", "lp-ft"]
Distance = Literal["near", "far", "unknown"]

FEW, SOME, MANY, MOST = 1, 100, 1_000, 10_000
"""Bounds of the guide, in labels per class."""
BLEND_TEXT_BELOW = 17
"""Shots up to which text and image evidence together beat either (12 CLIP models x 20 sets)."""
_ANY_FIT_FROM = 5
"""Labels a class below which nothing but class means can be fitted, and no held-out part says whether more helps."""
_TUNE_FROM = 50
"""Labels a class from which probe-then-tune has measured evidence; the guide stays with the head until 100."""
_LARGE = 1e9
_LORA_FASTER = 10
"""Low-rank updates want ten times the rate of full tuning (LoRA without regret, 2025)."""
_REGISTRY = "the models that are installed"
_NAMED = "the models that were named"

_TITLES: dict[Name, str] = {
    "none": "No source: there is nothing to transfer",
    "zero-shot": "Zero-shot: the class names are the classifier",
    "feature-extraction": "Head only: the source stays frozen",
    "partial": "Head first, then the last blocks",
    "half": "Head first, then the upper half at discriminative rates",
    "lp-ft": "Head first, then full fine-tuning",
}


@dataclass(frozen=True)
class Rule:
    """One reason for a choice, and where it was read."""

    text: str
    source: str


@dataclass(frozen=True)
class Strategy:
    """How far to open the source model."""

    name: Name
    title: str
    labels_per_class: float | None
    distance: Distance
    rules: tuple[Rule, ...]
    next_step: str
    """What more labels would change."""


def choose_strategy(task: Task, card: ModelCard | None, *, named: bool = False) -> tuple[Strategy, Recipe]:
    """The strategy for the task, and the recipe for starting from `card` (None: no source is at hand).

    Args:
        named: the user named the models to choose among.
    """
    n = task.typical_labels_per_class
    if card is None:
        asked, said = _REGISTRY, "no usable model reads this data: train a network of your own, or add a model"
        if named:
            asked, said = _NAMED, "none of them can be used: name others, or leave the names out"
        why = Rule(said, asked)
        recipe = Recipe(name="none", keep_frozen_probe=False, sources=(asked,))
        return Strategy("none", _TITLES["none"], n, "unknown", (why,), ""), recipe
    if task.kind == "retrieval":
        return _search(task, card), recipes.zero_shot()
    if task.kind == "segmentation" and n == 0:
        return _masks_first(task, card), recipes.zero_shot()
    # Masks cannot be had from words: where no number is stated, the recipe is the one that the fewest labels allow.
    name = "feature-extraction" if task.kind == "segmentation" and n is None else by_labels(n)
    distance = domain_distance(task, card)
    rules = [Rule(_guide_rule(name, task), recipes.GUIDE)]
    recipe = _recipe(name, task, card, n, rules)
    if name == "zero-shot":
        rules += _without_labels(task, card, n)
    if distance == "far":
        recipe = _for_a_far_domain(name, recipe, n or 0, rules)
    elif name == "feature-extraction" and (n or 0) >= _TUNE_FROM:
        rules.append(Rule("from 50 labels a class probe, then tune has won too: try it if the probe is not enough",
                          recipes.LP_FT))  # fmt: skip
    if distance == "near" and name in ("feature-extraction", "partial") and (n or 0) >= _ANY_FIT_FROM:
        rules.append(Rule("the source knows this domain: measure the frozen probe first, tuning may add little", _NEAR))
    if name in ("partial", "half", "lp-ft"):
        rules.append(Rule("train the head before the body, or a random head spoils the features", recipes.LP_FT))
    counts = [count for count in task.labels_per_class if count] if isinstance(task.labels_per_class, tuple) else []
    if counts and max(counts) >= 3 * min(counts):
        recipe = recipe.model_copy(update={"balanced": True})
        rules.append(
            Rule(f"classes differ {max(counts) / min(counts):.0f} times in size: weigh the loss", "own counts")
        )
    if (card.n_parameters or 0) >= _LARGE and any(phase.body_rate for phase in recipe.phases):
        recipe = recipe.model_copy(update={"phases": tuple(map(_low_rank, recipe.phases))})
        rules.append(Rule("more than 1e9 parameters: low-rank updates tie with full tuning at a fraction", _PEFT))
    if task.kind == "segmentation" and recipe.phases:
        phases = [p.model_copy(update={"head": "masks", "fit": "gradient"}) for p in recipe.phases]
        recipe = recipe.model_copy(update={"phases": tuple(phases)})
    return Strategy(name, _TITLES[name], n, distance, tuple(rules), _next_step(name)), recipe


def _without_labels(task: Task, card: ModelCard, n: float | None) -> list[Rule]:
    """What can be done before there are labels."""
    said = []
    if card.zero_shot is None and task.modality in ("text", "code"):
        said.append(Rule("texts and class names go through the same encoder, and the nearest name wins", "its card"))
    elif card.zero_shot is None:
        said.append(Rule("the first source has no text side: until there are labels, use the baseline", "its card"))
    if n is None:
        said.append(Rule("state the labels you have (--labels-per-class), and the recipe is for them", recipes.GUIDE))
    return said


def _masks_first(task: Task, card: ModelCard) -> Strategy:
    """Without a mask to learn from there is nothing to train, and words give none."""
    rules = (Rule("no model of zoo gives masks from words: draw some before anything can be learned", _REGISTRY),)
    title = "Masks first: a decoder has nothing to learn from"
    return Strategy("zero-shot", title, 0, domain_distance(task, card), rules,
                    "With the first masks, train a decoder on the frozen source.")  # fmt: skip


def _search(task: Task, card: ModelCard) -> Strategy:
    """Queries and items are embedded once and compared; there is no class to learn."""
    rules = (Rule("queries and items are embedded once and compared by cosine: nothing is trained", "its card"),)
    return Strategy(
        "zero-shot",
        "Frozen embeddings: the nearest vector is the answer",
        task.typical_labels_per_class,
        domain_distance(task, card),
        rules,
        "With some fifty queries of which you know the answer, measure recall before you choose.",
    )


def by_labels(labels_per_class: float | None) -> Name:
    """The guide: none, under 100, 100 to 1,000, 1,000 to 10,000, more.

    >>> [by_labels(n) for n in (0, 99, 100, 1000, 10_001)]
    ['zero-shot', 'feature-extraction', 'partial', 'half', 'lp-ft']
    """
    n = labels_per_class or 0
    if n < FEW:
        return "zero-shot"
    if n < SOME:
        return "feature-extraction"
    if n < MANY:
        return "partial"
    return "half" if n <= MOST else "lp-ft"


def opens_half(task: Task) -> bool:
    """Whether the guide opens half of the network or more."""
    return by_labels(task.typical_labels_per_class) in ("half", "lp-ft")


def domain_distance(task: Task, card: ModelCard) -> Distance:
    """Whether the source learned from the task's kind of data, as far as domains on cards say.

    A sister domain (general texts for legal ones, radiology for dermatology) is neither near nor far.
    """
    match = domain_match(task, card)
    return "near" if match == "own" else "far" if match == "none" else "unknown"


_NEAR = "VPT study 2024, arXiv:2401.12902: to change few weights is favoured where the data are alike"
_PEFT = "PETL study 2024, arXiv:2409.16434"
_PROBE_WINS = "CLIP_benchmark, 12 models x 20 sets: a 10-shot probe wins on 80 % of pairs, mean +9.6 pp"


def _recipe(name: Name, task: Task, card: ModelCard, n: float | None, rules: list[Rule]) -> Recipe:
    if task.kind == "segmentation" and name == "feature-extraction":
        return recipes.feature_extraction()  # neither class means nor class names draw a mask
    speaks = task.names_speak
    has_text = card.zero_shot is not None and speaks
    if name == "zero-shot":
        return recipes.zero_shot()
    if name == "feature-extraction":
        if has_text and (n or 0) < BLEND_TEXT_BELOW:
            rules.append(Rule("few shots: let the class names vote too, in closed form", recipes.GDA))
            return recipes.feature_extraction("text-anchored-gda")
        if has_text:
            rules.append(Rule("start the probe from the class prompts", recipes.CLAP))
            rules.append(Rule("a probe with ten or more shots usually beats zero-shot", _PROBE_WINS))
            return recipes.feature_extraction("text-initialised")
        if (n or 0) < _ANY_FIT_FROM:
            rules.append(Rule("one to four shots: class means are the most that can be fitted", "arXiv:1703.05175"))
            return recipes.feature_extraction("nearest-mean")
        return recipes.feature_extraction()
    head: Head = "text-initialised" if has_text and task.kind != "segmentation" else "linear"
    if head == "text-initialised":
        rules.append(Rule("start the head from the class prompts", recipes.CLAP))
    return {"partial": recipes.partial, "half": recipes.half, "lp-ft": recipes.lp_ft}[name](head)


def _low_rank(phase: Phase) -> Phase:
    """The phase with low-rank updates in place of the weights of the body."""
    if phase.body_rate is None:
        return phase
    return phase.model_copy(update={"adapter": "lora", "body_rate": _LORA_FASTER * phase.body_rate})


def _for_a_far_domain(name: Name, recipe: Recipe, n: float, rules: list[Rule]) -> Recipe:
    """More of the network learns, or is tried, where the source has not seen such data."""
    if name == "feature-extraction" and n < _ANY_FIT_FROM:
        return recipe
    if name == "feature-extraction":
        rules.append(
            Rule("the domain is far: if the probe disappoints, tune the last blocks near the source", recipes.L2_SP)
        )
        step = Phase(
            name="last blocks, only if the probe disappoints",
            trainable="last-blocks",
            head=recipe.phases[0].head if recipe.phases[0].head == "text-initialised" else "linear",
            epochs=20,
            head_rate=5e-4,
            body_rate=5e-5,
            layer_decay=0.75,
            stop=Stop(patience=5),
        )
        phases, notes = (*recipe.phases, step), (*recipe.notes, "Step 2 only if the probe disappoints.")
        return recipe.model_copy(update={"phases": phases, "penalties": (L2SPSpec(),), "notes": notes})
    if name in ("partial", "half"):
        rules.append(
            Rule("the domain is far: also try the first blocks, if it differs like a corruption", recipes.SURGICAL)
        )
    if name in ("half", "lp-ft"):
        rules.append(Rule("the domain is far: with unlabelled data, pre-train on it first", "arXiv:2004.10964"))
    return recipe


def _guide_rule(name: Name, task: Task) -> str:
    n = task.typical_labels_per_class
    if n is None and name == "feature-extraction":
        return "no number of labels is stated: begin with the head, which the fewest masks can train"
    if n is None:
        return "no number of labels is stated: begin with what needs none, the class names"
    if name == "zero-shot" and task.n_labelled:
        return "half of the classes or more have no label: begin with what needs none, the class names"
    bound = {
        "zero-shot": "no labels: zero-shot",
        "feature-extraction": "under 100 labels a class: head only",
        "partial": "100 to 1,000 labels a class: last blocks",
        "half": "1,000 to 10,000 labels a class: half the network, discriminative rates",
        "lp-ft": "more than 10,000 labels a class: full fine-tuning",
    }[name]
    if name == "zero-shot":
        return bound
    return f"{bound} (here {n:,.0f})" if n == int(n) else f"{bound} (here {n:,.1f})"


def _next_step(name: Name) -> str:
    return {
        "none": "",
        "zero-shot": "With 10 labels a class, a probe usually wins; with 100, the last blocks are worth opening.",
        "feature-extraction": "From 100 labels a class, open the last blocks.",
        "partial": "From 1,000 labels a class, open half of the network.",
        "half": "Above 10,000 labels a class, open all of it.",
        "lp-ft": "",
    }[name]
