"""Which models replaced a model: its authors name the next one, and that one may have been replaced in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zoo.cards import ModelCard


def successors(card: ModelCard, cards: Mapping[str, ModelCard]) -> tuple[str, ...]:
    """Ids of the models that replaced it, the next one first and the newest last; a circle ends before it closes.

    Args:
        cards: known cards by id; an id that is not among them ends the chain, because nothing is known of what came
            after it.
    """
    chain: list[str] = []
    later = card.superseded_by
    while later is not None and later != card.id and later not in chain:
        chain.append(later)
        later = cards[later].superseded_by if later in cards else None
    return tuple(chain)


def newest_in_words(chain: Sequence[str]) -> str:
    """The newest model of a chain of successors, with the ones on the way to it.

    >>> newest_in_words(("lab/b",)), newest_in_words(("lab/b", "lab/c"))
    ('lab/b', 'lab/c (by way of lab/b)')
    """
    *between, newest = chain
    return f"{newest} (by way of {', '.join(between)})" if between else newest
