"""The task in words: what the data is, what domain it was taken for and why, and what of that looks wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.cards import DOMAINS

from .domain import contradiction, nearest_domains, nearest_node, read_domain
from .language import named_language
from .statement import Statement

if TYPE_CHECKING:
    from zoo.data import FolderFacts


_TOPS = tuple(dict.fromkeys(domain.partition("/")[0] for domain in DOMAINS))


def on_domain(task: Statement) -> list[str]:
    """What is to be said of the domain: that a word was not known, or that it and the class names disagree."""
    said = []
    guess = task.domain_guess
    if task.domain is not None and guess.domain != task.domain:
        said.append(_of_unknown(task))
    if task.domain is not None and task.domain_note is None and guess.domain:
        other = contradiction(guess.domain, task.modality, task.class_names)
        if other is not None:
            said.append(
                f"domain {task.domain!r} and the class names disagree: {', '.join(task.class_names[:3])} speak of "
                f"{other.domain}. Models are ranked for {guess.domain}; state {other.domain} if that is meant."
            )
    return said


def on_names(task: Statement) -> list[str]:
    """What is to be said of stated class names beside those of the data: which stands for which, or that none can."""
    held: tuple[str, ...] = task.data.class_names if task.data is not None else ()
    if not held or not task.class_names or set(held) == set(task.class_names):
        return []
    shown = ", ".join(held[:_SHOWN]) + (", …" if len(held) > _SHOWN else "")
    if len(held) != len(task.class_names):
        return [
            f"{len(task.class_names)} class names are stated, and the data has {len(held)} ({shown}): its labels are "
            "not counted; state one name for each, in that order."
        ]
    pairs = [f"{name} for {own}" for own, name in zip(held, task.class_names, strict=True) if name != own]
    more = ", …" if len(pairs) > _SHOWN else ""
    return [f"class names are taken in the order of the data: {', '.join(pairs[:_SHOWN])}{more}; check that."]


_SHOWN = 4
"""Class names that are told one by one."""


def _of_unknown(task: Statement) -> str:
    """The line on a stated domain that is no node of the tree, or one of another modality."""
    guess, stated = task.domain_guess, task.domain or ""
    if stated in DOMAINS:
        if guess.domain is None:
            return f"{stated} is no domain of {_noun(task)}: models are ranked without it. Is the modality right?"
        return f"{stated} is no domain of {_noun(task)}: taken as {guess.domain} ({guess.why})."
    if named_language(stated) is not None and not nearest_node(stated):
        ranked = "without it" if task.language is None else f"for language {task.language!r}"
        return f"{stated!r} is a language, no domain: models are ranked {ranked}."
    if guess.domain is not None and read_domain(stated, task.modality) is None:
        return f"no domain named {stated!r}: taken as {guess.domain} ({guess.why})."
    near = [guess.domain] if guess.domain and guess.why else []
    near += [domain for domain in nearest_domains(stated, task.modality) if domain not in near]
    hint = f"Did you mean {' or '.join(near[:3])}?" if near else f"There are: {', '.join(_TOPS)} and what is below."
    if guess.domain is None:
        return f"no domain named {stated!r}: models are ranked without it. {hint}"
    if not guess.why:
        others = [domain for domain in near if domain != guess.domain]
        hint = f" Did you mean {' or '.join(others[:3])}?" if others else ""
        return f"no domain named {stated!r}: taken as {guess.domain}.{hint}"
    taken = "as if you did" if near[1:] == [] else f"for {guess.domain}"
    return f"no domain named {stated!r}. {hint} Models are ranked {taken}, a guess; state another if that is wrong."


def told_domain(task: Statement) -> str:
    """The domain and how it is known."""
    guess = task.domain_guess
    why = task.domain_note or guess.why
    if guess.domain is None:
        how = task.domain_note or ("not stated" if task.domain is None else f"{task.domain!r} names none")
        return f"Domain: not known ({how}); stating it sharpens the ranking."
    return f"Domain: {guess.domain} ({why}; state another if that is wrong)." if why else f"Domain: {guess.domain}."


def _noun(task: Statement) -> str:
    return {"text": "texts", "code": "code"}.get(task.modality, "pictures")


_ONE_AND_MANY = {
    "text": ("text", "texts"),
    "code": ("piece of code", "pieces of code"),
    "image-text": ("picture with text", "pictures with texts"),
    "multispectral": ("multispectral picture", "multispectral pictures"),
}


def told_data(task: Statement) -> str:
    """What there is to learn from, how many of each class, and what for."""
    one, many = _ONE_AND_MANY.get(task.modality, ("picture", "pictures"))
    n = task.n_labelled
    if n == 0:
        said = f"No labelled {many}"
    elif n is None or not task.n_classes:  # how many in all is not known before the number of classes is
        said = many.capitalize()
    else:
        said = f"{n:,} labelled {one if n == 1 else many}"
    said += f", {task.kind}"
    if task.class_names:
        shown = ", ".join(task.class_names[:12]) + (", …" if len(task.class_names) > 12 else "")
        said += f" in {len(task.class_names)} {'class' if len(task.class_names) == 1 else 'classes'} ({shown})"
    elif task.n_classes and not isinstance(task.labels_per_class, tuple):
        said += f" in {task.n_classes} classes"
    counts = task.labels_per_class
    if isinstance(counts, tuple) and counts:
        said += (
            f", {min(counts):,} to {max(counts):,} a class" if min(counts) < max(counts) else f", {counts[0]:,} a class"
        )
    elif counts:
        said += f", {counts:,} a class"
    if task.n_unlabelled:
        said += f", and {task.n_unlabelled:,} without a label"
    return said + "."


def told_pictures(facts: FolderFacts) -> str:
    """Sizes, channels, depths and formats of the files, and the parts that they are kept in."""
    least, most = facts.size_range_px
    size = f"{least} px" if least == most else f"{least} to {most} px a side"
    channels = {1: "grey", 3: "colour", 4: "colour with alpha or a fourth band"}
    kinds = ", ".join(channels.get(c, f"{c} channels") for c, _ in facts.n_channels.most_common(3))
    depths = ", ".join(f"{depth} bit" for depth, _ in facts.bit_depths.most_common(3))
    kept = f" Splits: {', '.join(facts.splits)}." if facts.splits else ""
    return f"{size}, {kinds}, {depths}, {', '.join(kind for kind, _ in facts.formats.most_common(4))}.{kept}"
