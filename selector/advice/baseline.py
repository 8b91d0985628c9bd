"""The zero-shot baseline: what the class names alone can do, with which model and which prompts.

Every recommendation names one, because a transfer that does not beat it is not worth its labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zoo.cards import BundledSource, ModelCard
from zoo.errors import LabelsError
from zoo.languages import is_among
from zoo.prompts import PLAIN, choose_prompt_set
from zoo.registry import Registry

from ..prior import Prior
from ..task.class_names import say_nothing
from ..task.task import Task
from .adjustment import is_at_chance
from .bands import colours_of, holds_other_bands, takes_bands
from .candidate import Candidate
from .candidate_facts import needs_of
from .candidates import estimates, ranked
from .domain_match import domain_match, is_general
from .leakage import Seen

TEXT_TEMPLATES = ("This text is about {}.", "{}")
TEXT_TEMPLATES_IN = {
    "de": ("Dieser Text handelt von {}.", "{}"),
    "fr": ("Ce texte parle de {}.", "{}"),
    "es": ("Este texto trata de {}.", "{}"),
    "it": ("Questo testo parla di {}.", "{}"),
    "pt": ("Este texto fala de {}.", "{}"),
    "nl": ("Deze tekst gaat over {}.", "{}"),
}
"""The same in the language of the task, where it is not English."""
CODE_TEMPLATES = ("{}", "source code: {}")


@dataclass(frozen=True)
class ZeroShotBaseline:
    """The baseline; `model` None: no model can do it here, and `note` says why.

    Attributes:
        templates: prompts with `{}` for the class; `prompts`: the first of them filled in for the first classes.
        expected: metric in [0, 1], or None where there is little evidence.
        bundled: id of the model that does the same offline, without a download; None where there is none.
        bundled_note: what speaks against that one here; empty if nothing.
    """

    model: str | None
    card: ModelCard | None
    templates: tuple[str, ...]
    prompts: tuple[str, ...]
    expected: float | None
    interval: tuple[float, float]
    metric: str
    note: str
    bundled: str | None
    bundled_note: str = ""

    def describe(self) -> str:
        """One or two lines for a person."""
        if self.model is None:
            return f"none: {self.note}"
        score = (
            "little evidence"
            if self.expected is None
            else f"{self.metric} {self.expected:.2f} [{self.interval[0]:.2f}, {self.interval[1]:.2f}]"
        )
        cost = f" {self.cost}" if self.cost else ""
        many = len(self.templates)
        how = f", {many} prompt{'s' * (many != 1)} a class such as {self.prompts[0]!r}" if self.prompts else ""
        note = f" ({self.note})" if self.note and self.note != score else ""
        return f"{self.model}, {score}{how}{note}.{cost}{self._offline}"

    @property
    def _offline(self) -> str:
        if self.bundled is None or self.bundled == self.model:
            return ""
        but = f", but only to try the commands: {self.bundled_note}" if self.bundled_note else ""
        return f" Offline and at once: {self.bundled}{but}."

    @property
    def cost(self) -> str:
        """What it takes to run, as a sentence; empty where the size is not known."""
        needs = "" if self.card is None else needs_of(self.card)
        return f"Cost: {needs}." if needs else ""


def zero_shot_baseline(
    task: Task, cards: Sequence[ModelCard], prior: Prior, exclude: Sequence[str], seen: Seen, registry: Registry
) -> ZeroShotBaseline:
    """The best zero-shot model among the usable cards; for texts the best encoder: nearest class name wins."""
    if task.kind == "segmentation":
        return _none("no model of zoo gives masks from words alone; the control is a decoder on an untrained network")
    able = [card for card in cards if card.zero_shot is not None]
    by_vectors = False
    if not able and task.modality in ("text", "code"):
        able = [card for card in cards if "embed" in card.capabilities]
        by_vectors = bool(able)
    bundled = next((card for card in able if isinstance(card.source, BundledSource)), None)
    if not able:
        return _none("no usable model classifies by class names alone" if cards else "there is no usable model")
    protocols = ("embedding", "zero-shot") if task.kind == "retrieval" and by_vectors else ("zero-shot",)
    best = ranked(task, able, estimates(prior, task, able, protocols, exclude), seen, registry.cards, 1)[0]
    if task.kind == "retrieval" and task.modality in ("image", "multispectral"):
        best = replace(best, expected=None, interval=(0.0, 1.0))  # the figures of search are those of captions
    templates = zero_shot_templates(task, registry, best.card)
    names = task.readable_names
    return ZeroShotBaseline(
        model=best.card.id,
        card=best.card,
        templates=templates,
        prompts=tuple(_telling(templates).replace("{}", name) for name in names[:3]),
        expected=best.expected,
        interval=best.interval,
        metric=best.metric,
        note=_note(task, best, by_vectors),
        bundled=None if bundled is None else bundled.id,
        bundled_note="" if bundled is None else _stranger(task, bundled),
    )


def _stranger(task: Task, card: ModelCard) -> str:
    """That a model of some narrow fields knows nothing of the task's; empty where it may."""
    if is_general(card) or not card.domains or domain_match(task, card) == "own":
        return ""
    return f"it knows {', '.join(card.domains)} alone"


def _none(why: str) -> ZeroShotBaseline:
    return ZeroShotBaseline(None, None, (), (), None, (0.0, 1.0), "accuracy", why, None)


def _telling(templates: Sequence[str]) -> str:
    """The template that says most to a reader: not the bare label, and rather a plain one."""
    worded = [template for template in templates if template.replace("{}", "").strip(" .")]
    plain = [template for template in worded if template.startswith(("a photo of", "This text"))]
    return min(plain, key=len) if plain else next(iter(worded), templates[0])


def zero_shot_templates(task: Task, registry: Registry, card: ModelCard | None = None) -> tuple[str, ...]:
    """Prompts for the task: those that the card names, else those of the task's domain, else plain ones."""
    if task.modality == "text":
        return TEXT_TEMPLATES_IN.get(task.language or "en", TEXT_TEMPLATES)
    if task.modality == "code":
        return CODE_TEMPLATES
    sets = [prompt_set for _, given in registry.answers("zoo_prompt_sets") for prompt_set in given]
    wanted = card.zero_shot.template_set if card is not None and card.zero_shot else None
    domains = [task.known_domain] if task.known_domain else list(card.domains) if card is not None else []
    try:
        chosen = choose_prompt_set(sets, name=wanted, domains=domains)
    except LabelsError:  # the card names a set that no installed plugin brings
        chosen = choose_prompt_set(sets, name=None, domains=domains)
    return chosen.templates if chosen else ("a photo of a {}.", *PLAIN)


def _note(task: Task, best: Candidate, by_vectors: bool) -> str:
    said = []
    if task.kind == "retrieval":
        said.append("query and item go to the same space, and the nearest wins")
    elif by_vectors:
        said.append("each text goes to the class name whose vector is nearest")
    if best.expected is None:
        said.append("no published figures of this use, so what a candidate gains over it is not known")
    elif is_at_chance(task, best.metric, best.expected):
        said.append("not expected to beat chance")
    if best.expected is not None and ("little evidence" in best.estimate.note or not best.evidence):
        said.append("little evidence for this kind of task")
    if say_nothing(task.class_names):
        said.append("the class names say nothing, so this holds only with words in their place")
    if holds_other_bands(task) and not takes_bands(best.card):
        said.append(f"it sees {colours_of(best.card)} only")
    if task.language not in (None, "en") and task.modality not in ("text", "code") and task.class_names:
        reads = best.card.languages
        if reads is None or not is_among(task.language, reads):
            said.append(f"it is not known to read {task.language}: class names in English are safer")
    if isinstance(best.card.source, BundledSource) and (stranger := _stranger(task, best.card)):
        said.append(f"only to try the commands: {stranger}")
    if not task.class_names and task.kind != "retrieval":
        said.append("state the class names to run it")
    return "; ".join(said)
