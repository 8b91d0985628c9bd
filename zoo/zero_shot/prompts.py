"""From what a user calls labels to the prompts of each class.

labels     ["cat", "dog"]                          one name a class
           {"car": ["car", "automobile"]}          several names a class
           {"animal": {"cat": [...], "dog": [...]}}  classes below parents, as deep as one likes
prompts    {"cat": ["a photo of a house cat"]}     whole prompts that replace the templates for a class
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from numbers import Real
from pathlib import Path
from typing import Any, TypeAlias

from zoo.cards import DOMAINS, ModelCard
from zoo.encoder.inputs import is_whole
from zoo.errors import DataError, LabelsError
from zoo.prompts import PLAIN, PromptSet, check_templates, choose_prompt_set
from zoo.registry import Registry, default_registry

Labels: TypeAlias = Sequence[str] | Mapping[str, Any]
"""Class names, or a mapping of them as the head of this module shows."""

_HOW_TO_WRITE = "Give a list of texts such as 'a photo of a {}.'"
WHOLE = ""
"""The template of a prompt that is used as it stands."""


@dataclass(frozen=True)
class LabelClass:
    """One class: its name, what else it is called, and where it stands in a hierarchy."""

    name: str
    names: tuple[str, ...]
    """What goes into the templates; the class is the mean over all of them."""
    parents: tuple[str, ...] = ()
    """From the root down; empty without a hierarchy."""
    prompts: tuple[str, ...] = ()
    """Whole prompts instead of the templates."""
    shared: bool = False
    """Another class of the list has the same name; they differ by index alone."""

    def slots(self, templates: Sequence[str]) -> list[tuple[str, str]]:
        """(template, name) of every prompt of this class; the template is WHOLE for a whole prompt."""
        if self.prompts:
            return [(WHOLE, prompt) for prompt in self.prompts]
        return [(template, name) for name in self.names for template in templates]


def fill(template: str, name: str) -> str:
    """The prompt of a slot.

    >>> fill("a photo of a {}.", "cat"), fill(WHOLE, "two cats")
    ('a photo of a cat.', 'two cats')
    """
    return name if template == WHOLE else template.replace("{}", name)


def read_labels(
    labels: Labels, *, prompts: Mapping[str, Sequence[str]] | None = None, null_prompts: Sequence[str] = ()
) -> tuple[LabelClass, ...]:
    """Classes in the order given; the null class, if there are prompts for it, comes last as NULL_CLASS.

    Raises:
        LabelsError: no label, fewer than one name in a class, a name that is empty, repeated or no text, or
            prompts for a class that is not among the labels.
    """
    if isinstance(labels, (str, bytes)):
        parts = (labels if isinstance(labels, str) else labels.decode(errors="replace")).split(",")
        raise LabelsError(f"want a list of class names, got the text {labels!r}.", f"Write {parts!r}.")
    classes = list(_walk(labels, ()))
    if not isinstance(labels, Mapping) and len(classes) >= _TABLE:
        classes = _told_apart(classes)
    if not classes:
        raise LabelsError("want at least one class name, got none.", "Give labels such as ['cat', 'dog'].")
    _check_names(classes)
    known = {own.name for own in classes}
    if prompts is not None and not isinstance(prompts, Mapping):
        raise LabelsError(
            f"want prompts by class, got {type(prompts).__name__}.", "Write {'cat': ['a photo of a house cat']}."
        )
    for name, own_prompts in (prompts or {}).items():
        if name not in known:
            raise LabelsError(f"there are prompts for {name!r}, which is no label.", f"Labels: {_some(known)}.")
        _check_prompts(name, own_prompts)
    if prompts:
        classes = [replace(own, prompts=tuple(prompts.get(own.name, ()))) for own in classes]
    if null_prompts:
        _check_prompts(NULL_CLASS, null_prompts)
        if NULL_CLASS in known:
            raise LabelsError(f"{NULL_CLASS!r} is the name of the null class.", "Call your own class otherwise.")
        classes.append(LabelClass(NULL_CLASS, (NULL_CLASS,), (), tuple(null_prompts)))
    return tuple(classes)


NULL_CLASS = "none of these"
_TABLE = 100
"""From so many names on a list is a table by index, such as ImageNet's 1,000, where a name may stand twice."""


def _told_apart(classes: Sequence[LabelClass]) -> list[LabelClass]:
    """The same classes; those of one name bear their index, and share what goes into the templates.

    ImageNet as torchvision and OpenAI name it holds two cranes, a bird and a machine, in places that count.
    """
    counts = Counter(own.name for own in classes)
    return [
        replace(own, name=f"{own.name} ({index})", shared=True) if counts[own.name] > 1 else own
        for index, own in enumerate(classes)
    ]


def read_labels_file(path: str | Path) -> Labels:
    """Labels of a text file, a class a line (`parent > name | synonym | synonym`, # begins a comment), or of JSON.

    Raises:
        LabelsError: it cannot be read, or its JSON is no list or mapping.
    """
    path = Path(path)
    if path.suffix.lower() in (".csv", ".tsv") and (told_names := _names_in_table(path)) is not None:
        return told_names
    try:
        text = path.read_text(encoding="utf-8-sig")
        told = json.loads(text) if path.suffix.lower() == ".json" else None
    except OSError as err:
        raise LabelsError(f"{path} cannot be opened: {err.strerror or err}.", "Check the path and its rights.") from err
    except (ValueError, RecursionError) as err:
        raise LabelsError(
            f"{path} cannot be read as a list of classes: {err}.", "Give UTF-8 text, one class a line, or JSON."
        ) from err
    if told is not None:
        if not isinstance(told, (list, dict)):
            raise LabelsError(f"{path} holds neither a list nor a mapping.", 'Write ["cat", "dog"].')
        return told
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) >= _TABLE and not any(mark in line for line in lines for mark in ">|"):
        return [line.strip() for line in lines]
    tree: dict[str, Any] = {}
    for line in lines:
        *parents, names = (part.strip() for part in line.split(">"))
        name, *synonyms = (part.strip() for part in names.split("|"))
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise LabelsError(f"{parent!r} is both a class and a parent in {path}.", "Give it one place.")
        if name in place:
            raise LabelsError(f"class name {name!r} is given twice in {path}.", "Leave one out.")
        place[name] = [name, *synonyms]
    return tree


def _names_in_table(path: Path) -> list[str] | None:
    """Class names of a table with a heading; None where it has one column, which is a class a line.

    Raises:
        LabelsError: no column of several is called what names of classes usually are.
    """
    from zoo.data.columns import LABEL_NAMES, plain
    from zoo.data.tables import open_table

    try:
        table = open_table(path)
    except DataError as err:
        raise LabelsError(err.problem, err.remedy) from err
    if len(table.columns) < 2:
        return None
    usual = (*LABEL_NAMES, "name", "names", "title")
    column = next((c for c in table.columns if plain(c) in usual), None)
    if column is None:
        raise LabelsError(
            f"no column of {path.name} is called name, label or class ({table.shown}).",
            "Call it so, or write a text file with one class a line.",
        )
    return [str(cell) for batch in table.read([column], []) for cell in batch.columns[column]]


def choose_templates(
    card: ModelCard,
    templates: Sequence[str] | str | None,
    *,
    domain: str | None = None,
    registry: Registry | None = None,
) -> tuple[tuple[str, ...], str]:
    """Templates, and a name for where they come from.

    Args:
        card: its template set is taken where neither templates nor a domain are given, else its domain's.
        templates: format strings, or the name of a prompt set; None: chosen here.
        domain: a node of `zoo.cards.DOMAINS` that says what the pictures show.

    Raises:
        LabelsError: a template has not exactly one slot, or no set has that name.
        DataError: no card and no prompt set knows the domain.
    """
    if isinstance(templates, str) and re.search(r"[{}\s]", templates):
        templates = (templates,)  # no set is called like that
    if templates is not None and not isinstance(templates, str):
        templates = _texts(templates)
        check_templates(templates)
        repeated = [template for template, count in Counter(templates).items() if count > 1]
        if repeated:
            raise LabelsError(f"template {repeated[0]!r} is given twice.", "Leave one out.")
        return templates, "given"
    sets: list[PromptSet] = [
        one for _, some in (registry or default_registry()).answers("zoo_prompt_sets") for one in some
    ]
    if domain is not None:
        _check_domain(domain, sets)
    name = templates
    if name is None and domain is None and card.zero_shot is not None:
        name = card.zero_shot.template_set
    chosen = choose_prompt_set(sets, name=name, domains=card.domains if domain is None else (domain,))
    return (PLAIN, "the bare label") if chosen is None else (chosen.templates, f"prompt set {chosen.name!r}")


def _texts(templates: Any) -> tuple[str, ...]:
    if not isinstance(templates, Iterable):
        raise LabelsError(f"want templates, got {type(templates).__name__}.", _HOW_TO_WRITE)
    found = tuple(templates)
    wrong = next((template for template in found if not isinstance(template, str) or not is_whole(template)), "")
    if wrong != "":
        raise LabelsError(f"templates are texts, got {wrong!r}.", _HOW_TO_WRITE)
    return found


def _check_domain(domain: str, sets: Iterable[PromptSet]) -> None:
    known = {*DOMAINS, *(own for prompt_set in sets for own in prompt_set.domains)}
    known |= {own.partition("/")[0] for own in known}
    if domain not in known:
        near = get_close_matches(str(domain), known, n=2)
        hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise DataError(f"no domain named {domain!r}.", f"{hint}There are: {', '.join(DOMAINS)}.")


def _walk(labels: Any, parents: tuple[str, ...]) -> Iterator[LabelClass]:
    if not isinstance(labels, Mapping):
        if isinstance(labels, str) or not isinstance(labels, Iterable):
            raise LabelsError(f"want class names, got {labels!r}.", "Give a list or a mapping of names.")
        for name in labels:
            yield LabelClass(name, (name,), parents)
        return
    for name, below in labels.items():
        if isinstance(below, Mapping):
            yield from _walk(below, (*parents, name))
        else:
            if below is not None and not isinstance(below, Iterable):
                raise LabelsError(f"want names of class {name!r}, got {below!r}.", "Give a list, or leave it empty.")
            names = (below,) if isinstance(below, str) else tuple(below or ())
            yield LabelClass(name, names or (name,), parents)


def _check_names(classes: Sequence[LabelClass]) -> None:
    for own in classes:
        for name in (own.name, *own.names, *own.parents):
            if not isinstance(name, str):
                remedy = f"Write {str(name)!r}." if isinstance(name, Real) else "Give a list of texts."
                raise LabelsError(f"class names are texts, got {name!r}.", remedy)
            if not is_whole(name):
                raise LabelsError(f"class name {name!r} holds half a character.", "Write it again, as UTF-8.")
            if not any(sign.isprintable() and not sign.isspace() for sign in name):
                raise LabelsError("a class name is empty.", "Take it out, or look for a comma too many.")
    counts = Counter(_folded(own.name) for own in classes)
    repeated = [own.name for own in classes if counts[_folded(own.name)] > 1]
    if repeated:
        raise LabelsError(f"class name {repeated[0]!r} is given twice.", "Leave one out.")
    owner: dict[str, str] = {}
    for own in (own for own in classes if not own.shared):
        for name in dict.fromkeys(map(_folded, own.names)):
            if owner.setdefault(name, own.name) != own.name:
                raise LabelsError(
                    f"{name!r} is a name of two classes, {owner[name]!r} and {own.name!r}.",
                    "Leave it in one of them.",
                )


def _folded(name: str) -> str:
    """What two spellings of one name share."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def _check_prompts(name: str, prompts: Sequence[str]) -> None:
    several = isinstance(prompts, Sequence) and not isinstance(prompts, str) and len(prompts) > 0
    if not several or not all(isinstance(p, str) and p.strip() and is_whole(p) for p in prompts):
        raise LabelsError(
            f"want a list of texts as prompts for {name!r}, got {prompts!r}.", "Write ['a photo of ...']."
        )


def _some(names: Iterable[str], n: int = 8) -> str:
    names = sorted(names)
    return ", ".join(names[:n]) + (", ..." if len(names) > n else "")
