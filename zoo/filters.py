"""Which cards answer a search: pattern, free words and facts, over plain data."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, get_args

from zoo.cards import DOMAINS, Capability, Modality, ModelCard, Source
from zoo.errors import DataError
from zoo.languages import is_among, language_code, no_language

LOADERS: tuple[str, ...] = tuple(kind.model_fields["loader"].default for kind in get_args(get_args(Source)[0]))
_NAMES = {"modality": get_args(Modality), "capability": get_args(Capability), "loader": LOADERS}
Test = Callable[[ModelCard], bool]


@dataclass(frozen=True)
class Filters:
    """What a search asks for; None asks for nothing.

    A fact that a card does not know never passes a filter on it: `commercial_use=True` means
    "known to be allowed", `max_parameters` drops cards of unknown size.

    Raises:
        DataError: a filter is of a wrong type, names nothing that there is, or a size range is empty.
    """

    pattern: str | None = None
    """Shell wildcard on id and aliases, or a plain part of an id; case does not matter."""
    query: str | None = None
    """Free words; every card with at least one of them, ranked by how many it has."""
    modality: Modality | None = None
    domain: str | None = None
    """A node of `zoo.cards.DOMAINS`; its subtree counts."""
    capability: Capability | None = None
    commercial_use: bool | None = None
    gated: bool | None = None
    license: str | None = None
    """SPDX identifier or wildcard of the weights' licence, such as `apache-2.0` or `cc-by-nc*`."""
    min_parameters: float | None = None
    max_parameters: float | None = None
    loader: str | None = None
    language: str | None = None
    """Name or code, such as `German` or `de`; cards that state their languages and this one among them."""

    def __post_init__(self) -> None:
        for own in fields(self):
            value = getattr(self, own.name)
            if value is not None:
                _check(own.name, value)
        low, high = self.min_parameters, self.max_parameters
        if low is not None and high is not None and low > high:
            raise DataError(
                f"no model has at least {low:g} and at most {high:g} parameters.", "Swap the two limits or drop one."
            )


def matching(cards: Iterable[ModelCard], wanted: Filters) -> list[ModelCard]:
    """Cards that pass every filter given, in natural order of their ids; with `query`, best match first."""
    found = list(cards)
    for test in _tests(wanted):
        found = [card for card in found if test(card)]
    if wanted.query is not None:
        return _ranked(found, wanted.query)
    return sorted(found, key=lambda card: natural_order(card.id))


def loosened(wanted: Filters) -> Filters:
    """The same search, for which case, blanks and hyphens of a name do not count."""
    if wanted.pattern is None or any(mark in wanted.pattern for mark in "*?["):
        return wanted
    return replace(wanted, pattern="*" + "*".join(re.findall(r"[a-z]+|[0-9]+", wanted.pattern.lower())) + "*")


def _check(name: str, value: Any) -> None:
    """Refuse what no card could pass: a misspelt name would look like a catalogue without such a model."""
    if name in ("commercial_use", "gated"):
        if not isinstance(value, bool):
            raise DataError(f"{name} is {value!r}.", "Give True, False or None.")
    elif name in ("min_parameters", "max_parameters"):
        if not (isinstance(value, Real) and float(value) >= 0):
            raise DataError(f"{name} is {value!r}.", "Give a number, such as 400e6.")
    elif not isinstance(value, str):
        raise DataError(f"{name} is {value!r}, want a text.", "Leave it out to see all.")
    elif name in _NAMES and value not in _NAMES[name]:
        raise DataError(f"no {name} named {value!r}.", f"There are: {', '.join(_NAMES[name])}.")
    elif name == "domain" and value not in DOMAINS and not any(known.startswith(f"{value}/") for known in DOMAINS):
        raise DataError(f"no domain named {value!r}.", f"There are: {', '.join(DOMAINS)}.")
    elif name == "language" and language_code(value) is None:
        raise DataError(*no_language(value))


def _tests(wanted: Filters) -> Iterator[Test]:
    """One for each filter that is given."""
    pattern, domain, license, language = wanted.pattern, wanted.domain, wanted.license, wanted.language
    least, most = wanted.min_parameters, wanted.max_parameters
    if pattern is not None:
        yield _named(pattern)
    if wanted.modality is not None:
        yield lambda card: card.modality == wanted.modality
    if domain is not None:
        yield lambda card: card.in_domain(domain)
    if wanted.capability is not None:
        yield lambda card: wanted.capability in card.capabilities
    if wanted.commercial_use is not None:
        yield lambda card: card.commercial_use is wanted.commercial_use
    if wanted.gated is not None:
        yield lambda card: card.gated is wanted.gated
    if license is not None:
        terms = re.compile(fnmatch.translate(license.lower()))
        yield lambda card: terms.match((card.license.weights or "").lower()) is not None
    if least is not None:
        yield lambda card: card.n_parameters is not None and card.n_parameters >= least
    if most is not None:
        yield lambda card: card.n_parameters is not None and card.n_parameters <= most
    if wanted.loader is not None:
        yield lambda card: card.source.loader == wanted.loader
    if language is not None:
        yield lambda card: card.languages is not None and is_among(language, card.languages)


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts `vit-b-2` before `vit-b-16`."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def _named(pattern: str) -> Test:
    if not any(mark in pattern for mark in "*?["):
        pattern = f"*{pattern}*"
    match = re.compile(fnmatch.translate(pattern.lower())).match

    def test(card: ModelCard) -> bool:
        return match(card.id.lower()) is not None or any(match(alias.lower()) for alias in card.aliases)

    return test


def _ranked(cards: list[ModelCard], query: str) -> list[ModelCard]:
    """Cards with at least one word of the query; a word in id or title counts three times."""
    words = [word for word in re.findall(r"[a-z0-9]+", query.lower()) if len(word) > 1]
    scored = []
    for card in cards:
        head = f"{card.id} {' '.join(card.aliases)} {card.title}".lower()
        datasets = " ".join(sorted(card.pretraining.datasets or ())) if card.pretraining else ""
        body = f"{card.summary} {' '.join(card.domains)} {datasets} {' '.join(card.capabilities)}".lower()
        score = sum(3 * (word in head) + (word in body) for word in words)
        if score:
            scored.append((-score, natural_order(card.id), card))
    return [card for _, _, card in sorted(scored, key=lambda entry: entry[:2])]
