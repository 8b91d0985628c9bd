"""A careful guess at the domain of a task from the words of its user; silence where the words say nothing.

A guess is made where the words name one domain, or where its things fill a good part of the class names, and no other
domain comes near; between sister domains it stays with what is above them. It is always told as a guess, because it
moves the ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from zoo.cards import DOMAINS

from .class_names import plain_words
from .matching import Hit, folded, hits_in
from .vocabulary import ALSO_CALLED, PICTURES, TEXT

_ENOUGH = 0.5
"""Of a score that is the share of class names with a word of the domain, and more from the description."""
_AHEAD = 1.5
"""How many times the next domain's score the best one must exceed."""
_FEW_OF_MANY = 0.1
"""Share of the class names that says enough where five of them say it: no list of words knows every species."""
_GENERAL = ("natural", "text/general")
"""What a picture or text is of when it is nothing special: gives way to any domain that is named."""
_YIELDS = {
    "text/scientific": ("text/biomedical",),
    "microscopy/cell": ("microscopy/fluorescence", "microscopy/electron", "medical/pathology"),
    "satellite/rgb": ("satellite/multispectral", "satellite/sar"),
}
"""Domain -> narrower ones that it gives way to."""
_RELATED = (
    {"natural", "biology", "synthetic", "document", "satellite"},
    {"medical", "microscopy"},
    {"biology", "microscopy"},
)
"""Kinds of pictures that share class names: a pet is natural and an organism."""
_NO_DOMAIN = (
    "normal healthy control other background unknown none negative positive abnormal mild moderate severe grade stage "
    "low high no yes true false good bad class category label type group misc rest undefined"
)
"""Class names that data sets of any domain have."""
_DIGITS = "zero one two three four five six seven eight nine"


@dataclass(frozen=True)
class DomainGuess:
    """A domain and how it was arrived at; `domain` None: the words say nothing."""

    domain: str | None
    why: str


@lru_cache(maxsize=64)
def domain_of(
    modality: str, stated: str | None, dataset: str | None, class_names: tuple[str, ...], description: str
) -> DomainGuess:
    """The domain of a task: as stated, else that of its public data set, of its modality, or a guess from its words."""
    read = read_domain(stated, modality) if stated is not None else None
    if read is not None:
        return read
    if dataset is not None:
        from .datasets import facts_of

        known = [domain for facts in facts_of(dataset) for domain in facts.domains]
        at = next((node for node in map(nearest_node, known) if node and _fits(node, modality)), None)
        if at == "satellite/rgb" and modality == "multispectral":
            return DomainGuess("satellite/multispectral", f"the data set {dataset} with more bands than its colours")
        if at:
            return DomainGuess(at, f"that of the data set {dataset}")
    more = [words for words in (description, stated) if words]
    if class_names or more or modality in ("code", "multispectral"):
        return guess_domain(modality, class_names, more)
    return DomainGuess(None, "nothing says")


def guess_domain(modality: str, class_names: Sequence[str], more_words: Iterable[str] = ()) -> DomainGuess:
    """The domain whose words the class names and the description use, if one stands out.

    Args:
        class_names: as the data has them.
        more_words: further words of the user, such as a description or the name of the folder.

    >>> guess_domain("image", ["PNEUMONIA", "NORMAL"], ["chest_xray"]).domain
    'medical/radiology'
    >>> guess_domain("image", ["a", "b"]).domain is None
    True
    """
    if modality == "code":
        return DomainGuess("code", "the data is source code")
    if modality == "multispectral":
        return DomainGuess("satellite/multispectral", "more bands than red, green and blue")
    room = "text" if modality == "text" else "image"
    if room == "image" and _are_characters(class_names):
        return DomainGuess("document", "the classes are digits or letters")
    of_classes = [hits_in(name, room) for name in class_names if not _says_no_domain(name)]
    outside = [hit for words in more_words for hit in hits_in(words, room)]
    scores = _scores(of_classes, outside)
    named = {hit.domain for hit in outside if hit.is_name}
    best = _standing_out(scores, named)
    if best is None:
        return DomainGuess(None, "the class names do not say" if class_names else "nothing says")
    said = [hit.word for hits in (*of_classes, outside) for hit in hits if _is_within(hit.domain, best)]
    return DomainGuess(best, f"guessed from the words {', '.join(list(dict.fromkeys(said))[:4])}")


def guess_of_pictures(
    modality: str, class_names: Sequence[str], more_words: Iterable[str], formats: Mapping[str, int]
) -> DomainGuess:
    """The same of a folder; where the words say nothing, files that are DICOM are taken as radiology, as most are.

    >>> guess_of_pictures("image", ["0", "1"], [], {"DICOM": 12, "PNG": 1}).domain
    'medical/radiology'
    """
    said = guess_domain(modality, class_names, more_words)
    is_dicom = formats.get("DICOM", 0) > sum(formats.values()) / 2
    return DomainGuess("medical/radiology", "the files are DICOM") if is_dicom and said.domain is None else said


def read_domain(stated: str, modality: str) -> DomainGuess | None:
    """The node of the tree that a user's word for a domain means; None where that is not clear.

    `why` is empty where the word is a node of the tree, or lies below one.

    >>> read_domain("X-ray", "image").domain, read_domain("medical/dental", "image").domain
    ('medical/radiology', 'medical')
    """
    at = nearest_node(stated)
    if at:
        rest = stated[len(at) :].strip("/")
        below = _meant(rest, modality) if rest else None
        return below if below and below.domain and _is_within(below.domain, at) else _of_modality(at, modality)
    return _meant(stated, modality)


def _meant(stated: str, modality: str) -> DomainGuess | None:
    """What a word that is no node means."""
    leaves = {known.rpartition("/")[2]: known for known in DOMAINS if _fits(known, modality)}
    if stated in leaves:
        return DomainGuess(leaves[stated], f"{stated!r} is its last part")
    if modality not in ("image", "image-text", "text"):
        return None
    words = stated.replace("/", " ")
    called = [domain for domain in _called(words) if _fits(domain, modality)]
    if len(called) == 1:
        return DomainGuess(called[0], f"guessed from the word {stated}")
    found = guess_domain(modality, (), [words])
    return found if found.domain else None


def nearest_node(domain: str) -> str | None:
    """The node of the documented tree at or above a path; None if there is none.

    >>> nearest_node("natural/food"), nearest_node("zoology")
    ('natural', None)
    """
    while domain and domain not in DOMAINS:
        domain = domain.rpartition("/")[0]
    return domain or None


def contradiction(domain: str, modality: str, class_names: Sequence[str]) -> DomainGuess | None:
    """The domain that the class names of pictures speak of, where that is far from the stated one.

    >>> contradiction("satellite", "image", ["pneumonia", "normal"]).domain
    'medical/radiology'
    """
    if modality not in ("image", "image-text") or domain not in DOMAINS:
        return None
    guess = guess_domain(modality, class_names)
    if guess.domain is None or guess.domain in _GENERAL:
        return None
    tops = {guess.domain.partition("/")[0], domain.partition("/")[0]}
    return None if len(tops) == 1 or any(tops <= kin for kin in _RELATED) else guess


def nearest_domains(domain: str, modality: str | None = None) -> tuple[str, ...]:
    """Known domains that a user may have meant by an unknown one, those of his modality first; at most three.

    >>> nearest_domains("medical/radiolgy"), nearest_domains("histopathlogy")
    (('medical/radiology',), ('medical/pathology',))
    """
    top, _, leaf = domain.lower().partition("/")
    own = leaf if leaf and top in DOMAINS else domain.lower().replace("/", " ")
    by_leaf = {known.rpartition("/")[2]: known for known in DOMAINS}
    rooms = ("image", "text") if modality is None else ("text" if modality in ("text", "code") else "image",)
    hits = [hit for room in ("image", "text") for hit in hits_in(own, room) if hit.is_name or room in rooms]
    words = [folded(word) for word in re.findall(r"[^\W\d_]{3,}", own)]
    near = _called(own)
    near += get_close_matches(domain.lower(), DOMAINS, n=3, cutoff=0.8)
    near += [by_leaf[m] for m in get_close_matches(leaf or top, by_leaf, n=2, cutoff=0.8)]
    near += [hit.domain for hit in sorted(hits, key=lambda hit: not hit.is_name)]
    near += [domain for word in words for domain in _named_with(word)]
    long = [word for word in words if len(word) > 4]
    near += [_SPELLINGS[m] for word in long for m in get_close_matches(word, _SPELLINGS, n=2, cutoff=0.84)]
    if not near:
        near = [known for known in DOMAINS if known.partition("/")[0] == top]
    fitting = sorted(dict.fromkeys(near), key=lambda known: modality is not None and not _fits(known, modality))
    return tuple(fitting)[:3]


def _named_with(word: str) -> list[str]:
    """Domains with a name that the word is a part of: `remote` of `remote_sensing`."""
    return [
        domain
        for table in (PICTURES, TEXT)
        for domain, (names, _) in table.items()
        if any("_" in name and word in map(folded, name.strip("*").split("_")) for name in names.split())
    ]


def _called(words: str) -> list[str]:
    """Domains that are called by exactly these words."""
    plain = "_".join(folded(word) for word in re.findall(r"[^\W\d_]+", words))
    return [domain for domain, names in ALSO_CALLED.items() if plain in names.split()]


def _scores(of_classes: Sequence[Sequence[Hit]], outside: Sequence[Hit]) -> dict[str, float]:
    scores: dict[str, float] = {}
    for domain in {hit.domain for hits in (*of_classes, outside) for hit in hits}:
        n = sum(any(hit.domain == domain for hit in hits) for hits in of_classes)
        n_words = len({hit.word for hits in of_classes for hit in hits if hit.domain == domain})
        share = n / len(of_classes) if of_classes else 0.0
        if n_words == 1:  # `ship` and `no ship`: one everyday word stands in any data set, one of a field says half
            share *= 0.0 if domain in _GENERAL else 0.5
        elif n >= 5 and share >= _FEW_OF_MANY:
            share = max(share, _ENOUGH)
        words = {hit.word for hit in outside if hit.domain == domain}
        is_named = any(hit.is_name for hit in outside if hit.domain == domain)
        scores[domain] = share + (1.0 if is_named else min(0.6, 0.4 * len(words)))
    return scores


def _standing_out(scores: dict[str, float], named: set[str]) -> str | None:
    left = dict(scores)
    if any(domain not in _GENERAL for domain in named):
        left = {domain: score for domain, score in left.items() if domain not in _GENERAL}
    for wide, narrower in _YIELDS.items():
        if any(left.get(narrow, 0) >= min(left.get(wide, 0), _ENOUGH) for narrow in narrower if narrow in left):
            left.pop(wide, None)
    for parent in [domain for domain in left if any(_is_within(other, domain) and other != domain for other in left)]:
        below = [domain for domain in left if _is_within(domain, parent) and domain != parent]
        child = max(below, key=left.__getitem__)
        if left[child] >= _ENOUGH or left[parent] < _ENOUGH:
            del left[parent]  # what says the child says the parent too
    if not left:
        return None
    order = sorted(left, key=left.__getitem__, reverse=True)
    best = order[0]
    if left[best] < _ENOUGH:
        return None
    serious = [domain for domain in order[1:] if domain not in _GENERAL or left[domain] >= _ENOUGH]
    rivals = [domain for domain in serious if left[best] <= _AHEAD * left[domain]]
    if not rivals:
        return best
    parent = best.partition("/")[0]
    return parent if parent in DOMAINS and parent != "text" and all(_is_within(r, parent) for r in rivals) else None


def _is_within(domain: str, wanted: str) -> bool:
    return domain == wanted or domain.startswith(f"{wanted}/")


def _fits(domain: str, modality: str) -> bool:
    is_of_text = domain.partition("/")[0] in ("text", "code")
    return is_of_text == (modality in ("text", "code"))


def _of_modality(domain: str, modality: str) -> DomainGuess | None:
    """The same field among the domains of the modality; None if it has none there."""
    if modality == "code" and domain != "code":
        return DomainGuess("code", "the data is source code")
    if _fits(domain, modality):
        return DomainGuess(domain, "")
    if modality == "text" and domain.partition("/")[0] == "medical":
        return DomainGuess("text/biomedical", f"{domain} is of pictures, and this is the same field in texts")
    return None


def _are_characters(class_names: Sequence[str]) -> bool:
    """Whether the classes are digits, as figures or as words, or letters."""
    names = {name.strip().lower() for name in class_names}
    signs = all(re.fullmatch(r"\d|[^\W\d_]", name) for name in names)
    return len(names) >= 10 and (signs or names == set(_DIGITS.split()))


def _says_no_domain(name: str) -> bool:
    return not (plain_words(name) - {*_NO_DOMAIN.split()})


_SPELLINGS = {
    folded(word.rstrip("*")): domain
    for table in (PICTURES, TEXT)
    for domain, (names, _) in table.items()
    for word in names.split()
    if "_" not in word and not word.startswith("*") and len(word) > 5
} | {folded(known.rpartition("/")[2]): known for known in DOMAINS}
"""What a typing error may have been meant as."""
