"""Which cards answer a search: pattern, free words and facts, over plain data."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import get_args

from zoo.cards import DOMAINS, Capability, Modality, ModelCard
from zoo.errors import DataError

_NAMES = {
    "modality": get_args(Modality),
    "capability": get_args(Capability),
    "loader": ("timm", "open_clip", "transformers", "custom", "bundled"),
}
Test = Callable[[ModelCard], bool]


def matching(
    cards: Iterable[ModelCard],
    pattern: str | None = None,
    *,
    query: str | None = None,
    modality: Modality | None = None,
    domain: str | None = None,
    capability: Capability | None = None,
    commercial_use: bool | None = None,
    gated: bool | None = None,
    license: str | None = None,
    min_parameters: float | None = None,
    max_parameters: float | None = None,
    loader: str | None = None,
    language: str | None = None,
) -> list[ModelCard]:
    """Cards that pass every filter given, in natural order of their ids; with `query`, best match first.

    A fact that a card does not know never passes a filter on it: `commercial_use=True` means
    "known to be allowed", `max_parameters` drops cards of unknown size.

    Args:
        cards: where to look.
        pattern: shell wildcard on id and aliases, or a plain part of an id; case does not matter.
        query: free words; every card with at least one of them, ranked by how many it has.
        domain: a node of `zoo.cards.DOMAINS`; its subtree counts.
        license: SPDX identifier or wildcard of the weights' licence, such as `apache-2.0` or `cc-by-nc*`.
        language: two-letter code; cards that state their languages and this one among them.

    Raises:
        DataError: a filter is of a wrong type, names nothing that there is, or a size range is empty.
    """
    _check_texts({"pattern": pattern, "query": query, "domain": domain, "license": license, "language": language})
    _check_names({"modality": modality, "capability": capability, "loader": loader})
    for name, wanted in (("commercial_use", commercial_use), ("gated", gated)):
        if wanted is not None and not isinstance(wanted, bool):
            raise DataError(f"{name} is {wanted!r}.", "Give True, False or None.")
    for name, limit in (("min_parameters", min_parameters), ("max_parameters", max_parameters)):
        if limit is not None and not (isinstance(limit, Real) and limit >= 0):
            raise DataError(f"{name} is {limit!r}.", "Give a number, such as 400e6.")
    if domain is not None and domain not in DOMAINS and not any(known.startswith(domain + "/") for known in DOMAINS):
        raise DataError(f"no domain named {domain!r}.", f"There are: {', '.join(DOMAINS)}.")
    if min_parameters is not None and max_parameters is not None and min_parameters > max_parameters:
        raise DataError(
            f"no model has at least {min_parameters:g} and at most {max_parameters:g} parameters.",
            "Swap the two limits or drop one.",
        )
    tests: list[Test] = []
    if pattern is not None:
        tests.append(_named(pattern))
    if modality is not None:
        tests.append(lambda card: card.modality == modality)
    if domain is not None:
        tests.append(lambda card: card.in_domain(domain))
    if capability is not None:
        tests.append(lambda card: capability in card.capabilities)
    if commercial_use is not None:
        tests.append(lambda card: card.commercial_use is commercial_use)
    if gated is not None:
        tests.append(lambda card: card.gated is gated)
    if license is not None:
        terms = re.compile(fnmatch.translate(license.lower()))
        tests.append(lambda card: terms.match((card.license.weights or "").lower()) is not None)
    if min_parameters is not None:
        tests.append(lambda card: card.n_parameters is not None and card.n_parameters >= min_parameters)
    if max_parameters is not None:
        tests.append(lambda card: card.n_parameters is not None and card.n_parameters <= max_parameters)
    if loader is not None:
        tests.append(lambda card: card.source.loader == loader)
    if language is not None:
        tests.append(lambda card: card.languages is not None and language in card.languages)
    found = list(cards)
    for test in tests:
        found = [card for card in found if test(card)]
    if query is not None:
        return _ranked(found, query)
    return sorted(found, key=lambda card: natural_order(card.id))


def _check_texts(filters: Mapping[str, object]) -> None:
    for name, value in filters.items():
        if value is not None and not isinstance(value, str):
            raise DataError(f"{name} is {value!r}, want a text.", "Leave it out to see all.")


def _check_names(filters: Mapping[str, str | None]) -> None:
    """Refuse a misspelt name, which would look like a catalogue without such a model."""
    for name, value in filters.items():
        if value is not None and value not in _NAMES[name]:
            raise DataError(f"no {name} named {value!r}.", f"There are: {', '.join(_NAMES[name])}.")


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
