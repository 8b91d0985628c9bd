"""Finds the words of each domain in what a user wrote, whatever the spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from zoo.languages import plain

from .vocabulary import PICTURES, TEXT


@dataclass(frozen=True)
class Hit:
    """A word of the vocabulary that was found in a text."""

    domain: str
    is_name: bool
    word: str
    """As it was written."""


def hits_in(text: str, room: str) -> list[Hit]:
    """Words of the vocabulary in a text, left to right; a phrase is taken before the words that it is made of.

    Args:
        room: `text`, else the words of pictures are looked for.

    >>> sorted({hit.domain for hit in hits_in("Optical coherence tomography", "image")})
    ['medical/ophthalmology']
    >>> [(hit.domain, hit.word) for hit in hits_in("PubMed", "text")]
    [('text/biomedical', 'pubmed')]
    """
    return [hit for found in _found(tuple(_spelled(text)), room) for hit in found]


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """One spelling of a word: no case or accents, American, singular.

    >>> folded("Tumours"), folded("HAEMATOLOGY"), folded("Röntgen"), folded("biopsies")
    ('tumor', 'hematology', 'rontgen', 'biopsy')
    """
    spelled = plain(word).replace("aem", "em").replace("oedem", "edem").replace("oesoph", "esoph")
    spelled = re.sub(r"our(s?)$", r"or\1", spelled)
    if len(spelled) > 4 and spelled.endswith("ies"):
        return spelled[:-3] + "y"
    if len(spelled) > 4 and re.search(r"(ss|sh|ch|x)es$", spelled):
        return spelled[:-2]
    return spelled[:-1] if len(spelled) > 3 and re.search(r"[^suia]s$", spelled) else spelled


def _spelled(text: str) -> list[str]:
    """Words as written; camel case, digits and any separator part them."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.findall(r"[^\W\d_]+|\d+", split)


def _found(words: Sequence[str], room: str) -> Iterator[list[Hit]]:
    known, longest = _vocabulary(room)
    spelled = [folded(word) for word in words]
    at = 0
    while at < len(spelled):
        for n in range(min(longest, len(spelled) - at), 0, -1):
            phrase = " ".join(spelled[at : at + n])
            key = next((key for key in _keys(phrase) if key in known), None)
            if key is not None:
                written = ("" if key == phrase.replace(" ", "") else " ").join(words[at : at + n]).lower()
                yield [Hit(domain, is_name, written) for domain, is_name in known[key]]
                break
        at += n  # a phrase that was found, or the one word that was not


def _keys(phrase: str) -> Iterator[str]:
    """Entries that a phrase may stand under: itself, as one word (`PubMed`), its longer and shorter stems, its ends."""
    yield phrase
    yield phrase.replace(" ", "")
    for k in range(len(phrase), phrase.rfind(" ") + 3, -1):
        yield f"{phrase[:k]}*"
    if " " not in phrase:
        for k in range(1, len(phrase) - 3):
            yield f"*{phrase[k:]}"


_Entries = dict[str, tuple[tuple[str, bool], ...]]


@lru_cache(maxsize=2)
def _vocabulary(room: str) -> tuple[_Entries, int]:
    """Entry -> (domain, whether it names the domain) of each domain, and the number of words in the longest."""
    known: _Entries = {}
    for domain, (names, things) in (TEXT if room == "text" else PICTURES).items():
        for words, is_name in ((names, True), (things, False)):
            for word in words.split():
                parts = [part if "*" in part else folded(part) for part in word.split("_")]
                for spelling in dict.fromkeys((" ".join(parts), "".join(parts))):
                    known[spelling] = (*known.get(spelling, ()), (domain, is_name))
    return known, max(len(entry.split()) for entry in known)
