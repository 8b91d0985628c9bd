"""In which language texts are written, and whether they are programs: by frequent words and by marks of code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_CODE = re.compile(
    r"^\s*(def |class |import |from \w+ import|#include|public |private |function\b|func |package |<\?php|using )"
    r"|[;{}]\s*$|\breturn\b|=>|->|\(\)\s*[:{;]",
    re.MULTILINE,
)
_COMMON = {
    "en": "the and of to is in that for it with was not you are this have",
    "de": "der die das und ist nicht ein eine mit den von zu auf für sich auch",
    "fr": "le la les des est une et pour dans que qui pas sur avec au ce",
    "es": "el la los las es una y para en que por con del se no lo",
    "it": "il la di che è un per non con una sono del le si da i",
    "pt": "o a de que é um para não com uma os no se na por mais",
    "nl": "de het een van en is niet op dat in te voor met zijn er aan",
}
"""Frequent words by language; enough to name the language of ordinary prose, silent on everything else."""


def language(texts: Iterable[str]) -> str | None:
    """Two-letter code of the language whose frequent words fill the texts; None where none stands out."""
    words = Counter(word for text in texts for word in re.findall(r"[^\W\d_]+", text.lower()))
    total = sum(words.values())
    shares = {code: sum(words[word] for word in common.split()) / max(1, total) for code, common in _COMMON.items()}
    best, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    return best if shares[best] > 0.06 and shares[best] > 1.5 * shares[second] else None


def looks_like_code(texts: Sequence[str]) -> bool:
    """Whether most texts have at least two marks of a program."""
    return sum(len(_CODE.findall(text)) >= 2 for text in texts) > 0.6 * len(texts)
