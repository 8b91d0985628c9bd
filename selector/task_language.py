"""The language of texts where their user names it in words: `German`, `tweets in Spanish`, `Deutsch`."""

from __future__ import annotations

import re

from .word_hits import folded

_KINDS_OF_TEXT = (
    "text tweet review comment news newspaper article sentence question answer document post message headline law "
    "statute contract judgment conversation dialogue dialog utterance abstract paper email complaint speech legal "
    "medical clinical financial customer product movie book web forum social blog page report note word corpus "
    "data dataset version translation language"
)
"""What stands after the name of a language where the texts are in it: `French legal question`, not `Spanish war`."""


def named_language(text: str) -> str | None:
    """Two-letter code of the one language that texts are said to be in; None where none or several are named.

    >>> named_language("German customer reviews"), named_language("tweets in Spanish"), named_language("Deutsch")
    ('de', 'es', 'de')
    >>> named_language("the Spanish civil war"), named_language("English to German")
    (None, None)
    """
    words = [folded(word) for word in re.findall(r"[^\W\d_]+", text)]
    found = [(place, _CODES[word]) for place, word in enumerate(words) if word in _CODES]
    if len({code for _, code in found}) != 1:
        return None
    for place, code in found:
        after = words[place + 1 : place + 3]
        before = words[place - 1] if place else ""
        if len(words) == 1 or before == "in" or not _KINDS.isdisjoint(after):
            return code
    return None


_KINDS = frozenset(map(folded, _KINDS_OF_TEXT.split()))
_NAMES = (
    "en:english,englisch,anglais,ingles de:german,deutsch,allemand,aleman fr:french,francais,franzosisch "
    "es:spanish,espanol,castellano,spanisch it:italian,italiano,italienisch pt:portuguese,portugues,brazilian "
    "nl:dutch,nederlands,flemish pl:polish,polski cs:czech,cestina sk:slovak ro:romanian sv:swedish,svenska "
    "da:danish,dansk nb:norwegian,norsk is:icelandic et:estonian fi:finnish,suomi hu:hungarian,magyar ca:catalan "
    "gl:galician sl:slovenian,slovene hr:croatian zh:chinese,mandarin,cantonese ja:japanese ko:korean th:thai "
    "vi:vietnamese id:indonesian hi:hindi bn:bengali,bangla ta:tamil te:telugu mr:marathi gu:gujarati kn:kannada "
    "ml:malayalam pa:punjabi ur:urdu ne:nepali ru:russian uk:ukrainian bg:bulgarian mk:macedonian sr:serbian "
    "kk:kazakh ar:arabic fa:persian,farsi he:hebrew tr:turkish,turkce el:greek sw:swahili am:amharic ha:hausa yo:yoruba"
)
_CODES = {name: pair[:2] for pair in _NAMES.split() for name in pair[3:].split(",")}
