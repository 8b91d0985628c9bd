"""Cards of many languages claim what their authors list, and no more; golden/languages.json holds the lists as read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import zoo
from zoo.languages import language_code
from zoo.plugins import languages
from zoo.registry import default_registry

STATED = json.loads((Path(__file__).parent / "golden" / "languages.json").read_text(encoding="utf-8"))
FAMILIES = {
    "XLM_R": ("text/xlm-roberta-base", "text/multilingual-e5-large-instruct"),
    "QWEN3": ("text/qwen3-embedding-0.6b", "text/qwen3-embedding-4b"),
    "BGE_M3": ("text/bge-m3",),
    "F2LLM_V2": ("code/f2llm-v2-0.6b",),
    "METACLIP2": ("multimodal/metaclip2-vit-h-14",),
}
KNOWN = {
    "XLM_R": "de fr sw ur th ta yi eo",
    "QWEN3": "de zh yue ar hi sw ceb tpi",
    "BGE_M3": "de zh ja ko ar ckb nds sah",
    "F2LLM_V2": "de en zh da nb nn xh yo",
    "METACLIP2": "de en zh ja ig iu zu",
}
UNREAD = {"XLM_R": "zu yue lb", "QWEN3": "zu cv la", "BGE_M3": "zu ig", "F2LLM_V2": "zu yue", "METACLIP2": "als nrm"}
LEFT_OUT = ("als", "nrm", "simple")
"""Codes of Wikipedias that mean another language elsewhere, or English; second ones of a language have a `_`."""
NAMED_BY_CODE = {  # ISO 639-3, and the few that have two letters but no name in zoo
    "Asturian": "ast", "Awadhi": "awa", "Balinese": "ban", "Banjar": "bjn", "Bhojpuri": "bho", "Cebuano": "ceb",
    "Chhattisgarhi": "hne", "Friulian": "fur", "Iloko": "ilo", "Kabuverdianu": "kea", "Latin": "la", "Ligurian": "lij",
    "Lombard": "lmo", "Magahi": "mag", "Maithili": "mai", "Minangkabau": "min", "Norwegian Nynorsk": "nn",
    "Pangasinan": "pag", "Papiamento": "pap", "Sicilian": "scn", "Silesian": "szl", "Tok Pisin": "tpi",
    "Venetian": "vec", "Waray (Philippines)": "war",
}  # fmt: skip


def codes_of(stated: str) -> set[str]:
    """Codes of one entry of a list, which may name several in brackets."""
    if stated.startswith("Chinese (Simplified Chinese, "):
        return {"zh", "yue"}
    name = stated.partition(" (")[0]
    code = NAMED_BY_CODE.get(stated) or language_code(name)
    assert code, stated
    return {code}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_claims_what_its_source_lists_and_no_more(family):
    entries = [entry for entry in STATED[family]["stated"] if entry not in LEFT_OUT and "_" not in entry]
    claimed = {language_code(code) for code in getattr(languages, family)}
    assert claimed == set().union(*map(codes_of, entries))


@pytest.mark.parametrize("family", FAMILIES)
def test_cards_of_a_family_share_its_list_and_name_its_source(family):
    for name in FAMILIES[family]:
        card = zoo.get_card(name)
        assert card.languages == getattr(languages, family)
        assert STATED[family]["source"] in card.sources
        assert set(KNOWN[family].split()) <= set(card.languages)
        assert set(UNREAD[family].split()).isdisjoint(card.languages)


def test_no_other_card_claims_many_languages():
    many = {card.id for card in default_registry().cards.values() if len(card.languages or ()) > 8}
    assert many == {name for names in FAMILIES.values() for name in names}


def test_cards_hold_the_shortest_code_of_a_language_once():
    for card in default_registry().cards.values():
        codes = card.languages or ()
        assert len(set(codes)) == len(codes), card.id
        assert all(language_code(code) == code or code == "no" for code in codes), card.id


def test_a_number_without_a_list_is_no_list():
    for name in ("multimodal/siglip2-vit-b-16", "multimodal/qwen3-vl-embedding-2b", "multimodal/qwen2.5-vl-7b"):
        assert zoo.get_card(name).languages is None


@pytest.mark.parametrize("spelling", ["German", "deutsch", "deu", "de-AT"])
def test_a_search_by_language_finds_models_of_many(spelling):
    found = {card.id for card in zoo.find(language=spelling)}
    assert {"text/bge-m3", "text/xlm-roberta-base", "text/llama-3.2-1b", "multimodal/metaclip2-vit-h-14"} <= found
    assert "text/bert-base-uncased" not in found


@pytest.mark.parametrize(
    ("spelling", "code"), [("Filipino", "tl"), ("lav", "lv"), ("Northern Uzbek", "uz"), ("Dari", "fa")]
)
def test_languages_of_the_lists_go_by_their_names(spelling, code):
    assert language_code(spelling) == code
    assert "text/qwen3-embedding-0.6b" in {card.id for card in zoo.find(language=spelling)}
