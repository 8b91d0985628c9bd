"""Languages by name or by code: `German`, `deutsch`, `deu`, `de-AT` and `de` are one.

Cards and tasks hold two-letter codes; three letters stand where a language has no two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache


@lru_cache(maxsize=2048)  # cards of many languages share their codes
def language_code(stated: str) -> str | None:
    """Two-letter code of a language in any spelling, three letters where it has no two; None if it is not one language.

    >>> language_code("German"), language_code("pt-BR"), language_code("Mexican Spanish"), language_code("deu")
    ('de', 'pt', 'es', 'de')
    >>> language_code("many"), language_code("German and French")
    (None, None)
    """
    words = [plain(word) for word in re.split(r"[-_\s]+", stated.strip())]
    named = {NAMED[word] for word in words if word in NAMED}
    if len(named) > 1 or re.search("[,;/&+]", stated):
        return None
    return named.pop() if named else words[0] if re.fullmatch("[a-z]{2,3}", words[0]) else None


def is_among(language: str, others: Iterable[str]) -> bool:
    """Whether a language is one of several, however each is written.

    >>> is_among("Norwegian", ("da", "no")), is_among("de", ("en",))
    (True, False)
    """
    code = language_code(language)
    return code is not None and any(language_code(other) == code for other in others)


def told_briefly(codes: Sequence[str], most: int = 8) -> str:
    """A few codes as they are; of many, their number and a few in the order of `NAMED`.

    >>> told_briefly(("en", "de")), told_briefly(("af", "am", "de", "en", "fr"), most=3)
    ('en, de', '5 languages, such as en, de, fr')
    """
    if len(codes) <= most:
        return ", ".join(codes)
    named = [code for code in dict.fromkeys(NAMED.values()) if code in codes] or list(codes)
    return f"{len(codes)} languages, such as {', '.join(named[:most])}"


def no_language(stated: str) -> tuple[str, str]:
    """What is wrong with words that name no language, and the remedy.

    >>> no_language("Germn")[1].split("?")[0]
    "Did you mean 'German'"
    """
    near = get_close_matches(plain(stated), (name for name in NAMED if len(name) > 3), n=1, cutoff=0.75)
    hint = f"Did you mean {near[0].capitalize()!r}? " if near else ""
    return (
        f"language is {stated!r}, want one language.",
        f"{hint}Give its name, such as 'German', or its code, such as 'de' or 'kab', or leave it out.",
    )


def plain(word: str) -> str:
    """A word without case or accents.

    >>> plain("Français")
    'francais'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


_NAMES = (
    "en:eng,english,englisch,anglais,ingles de:deu,ger,german,deutsch,allemand,aleman "
    "fr:fra,fre,french,francais,franzosisch es:spa,spanish,espanol,castellano,spanisch "
    "it:ita,italian,italiano,italienisch pt:por,portuguese,portugues,brazilian nl:nld,dut,dutch,nederlands,flemish "
    "pl:pol,polish,polski cs:ces,cze,czech,cestina sk:slk,slovak ro:ron,rum,romanian sv:swe,swedish,svenska "
    "da:dan,danish,dansk nb:nob,nor,no,norwegian,norsk is:isl,icelandic et:est,estonian fi:fin,finnish,suomi "
    "hu:hun,hungarian,magyar ca:cat,catalan gl:glg,galician sl:slv,slovenian,slovene hr:hrv,croatian "
    "zh:zho,chi,cmn,chinese,mandarin ja:jpn,japanese ko:kor,korean th:tha,thai vi:vie,vietnamese id:ind,indonesian "
    "hi:hin,hindi bn:ben,bengali,bangla ta:tam,tamil te:tel,telugu mr:mar,marathi gu:guj,gujarati kn:kan,kannada "
    "ml:mal,malayalam pa:pan,punjabi ur:urd,urdu ne:nep,npi,nepali ru:rus,russian uk:ukr,ukrainian bg:bul,bulgarian "
    "mk:mkd,macedonian sr:srp,serbian kk:kaz,kazakh ar:ara,arb,arabic fa:fas,pes,prs,persian,farsi,dari he:heb,hebrew "
    "tr:tur,turkish,turkce el:ell,greek sw:swa,swh,swahili am:amh,amharic ha:hau,hausa yo:yor,yoruba "
    "af:afr,afrikaans sq:sqi,als,albanian hy:hye,armenian as:asm,assamese az:aze,azj,azerbaijani ba:bak,bashkir "
    "eu:eus,basque be:bel,belarusian bs:bos,bosnian br:bre,breton my:mya,burmese eo:epo,esperanto fo:fao,faroese "
    "fy:fry,frisian ga:gle,irish gd:gla,gaelic ka:kat,georgian ht:hat,haitian ig:ibo,igbo jv:jav,javanese km:khm,khmer "
    "ku:kur,kmr,kurdish ky:kir,kyrgyz lo:lao la:lat lv:lav,lvs,latvian lt:lit,lithuanian lb:ltz,luxembourgish "
    "li:lim,limburgish mg:mlg,malagasy ms:msa,zsm,malay mt:mlt,maltese mn:mon,khk,mongolian nn:nno oc:oci,occitan "
    "or:ori,ory,oriya om:orm,oromo ps:pus,pashto sa:san,sanskrit sc:srd,sardinian sd:snd,sindhi si:sin,sinhala "
    "so:som,somali su:sun,sundanese tg:tgk,tajik tl:tgl,fil,tagalog,filipino tt:tat,tatar ug:uig,uyghur "
    "uz:uzb,uzn,uzbek cy:cym,welsh xh:xho,xhosa yi:yid,ydd,yiddish zu:zul,zulu"
)
NAMED = {name: pair[:2] for pair in _NAMES.split() for name in pair[3:].split(",")}
"""Name or three-letter code, in plain letters -> two-letter code."""
THREE_LETTERS = {pair[:2]: pair[3:6] for pair in _NAMES.split()}
"""Two-letter code -> three-letter code."""
