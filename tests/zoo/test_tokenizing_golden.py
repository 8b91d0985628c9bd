"""Published token ids are reproduced through the whole path: local hub, cache, tokenizer, ids."""

from __future__ import annotations

import json

import pytest

from tests.zoo.toy_cards import toy_card
from zoo.cards import TextPreprocess, TransformersSource
from zoo.tokenizing import for_open_clip, for_transformers


@pytest.fixture(scope="module")
def golden(shared_data):
    values = json.loads((shared_data / "golden" / "values.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in values["tokenizers"]}


def text_card(name, repository, **facts):
    given = {"tokenizer": repository, "max_tokens": 64, "padding": "longest", **facts}
    return toy_card(
        f"text/{name}",
        modality="text",
        source=TransformersSource(repository=repository),
        preprocess=TextPreprocess(**given),
        embed_dim=None,
    )


def ids_of(tokenized, row=0):
    ids = tokenized.ids["input_ids"][row]
    mask = tokenized.ids.get("attention_mask")
    return (ids if mask is None else ids[mask[row].bool()]).tolist()


def test_clip_byte_pairs(golden):
    entry = golden["clip_bpe"]
    card = toy_card("multimodal/toy", modality="image-text")
    tokenize = for_open_clip(card, {"text_cfg": {"context_length": entry["pad_to"]}}, None)
    ids = tokenize([entry["text"]]).ids["input_ids"]
    assert ids.shape == (1, entry["pad_to"])
    wanted = entry["ids"] + [entry["pad_id"]] * (entry["pad_to"] - len(entry["ids"]))
    assert ids[0].tolist() == wanted


def test_bert_word_pieces(golden, shared_data, hub):
    entry = golden["bert_uncased"]
    files = {
        "tokenizer.json": (shared_data / "tokenizers" / "bert_uncased" / "tokenizer.json").read_bytes(),
        "config.json": json.dumps({"model_type": "bert"}).encode(),
        "tokenizer_config.json": json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True}).encode(),
    }
    hub.add("acme/bert", files)
    tokenized = for_transformers(text_card("bert", "acme/bert"), None)([entry["text"], "quick"])
    assert ids_of(tokenized) == entry["ids"]
    assert tokenized.ids["input_ids"].shape == (2, len(entry["ids"]))


def test_gpt2_byte_pairs(golden, shared_data, hub):
    entry, folder = golden["gpt2_bpe"], shared_data / "tokenizers" / "gpt2"
    files = {
        "vocab.json": (folder / "encoder.json").read_bytes(),
        "merges.txt": (folder / "vocab.bpe").read_bytes(),
        "config.json": json.dumps({"model_type": "gpt2"}).encode(),
        "tokenizer_config.json": json.dumps({"tokenizer_class": "GPT2Tokenizer"}).encode(),
    }
    hub.add("acme/gpt2", files)
    tokenize = for_transformers(text_card("gpt2", "acme/gpt2", padding="none"), None)
    for text, wanted in entry["cases"]:
        if text:
            assert ids_of(tokenize([text])) == wanted, text


def test_albert_sentence_pieces(golden, shared_data, hub):
    entry = golden["albert"]
    files = {
        "spiece.model": (shared_data / "tokenizers" / "albert" / "spiece.model").read_bytes(),
        "config.json": json.dumps({"model_type": "albert"}).encode(),
        "tokenizer_config.json": json.dumps(
            {"tokenizer_class": "AlbertTokenizer", "do_lower_case": True, "keep_accents": True}
        ).encode(),
    }
    hub.add("acme/albert", files)
    tokenize = for_transformers(text_card("albert", "acme/albert"), None)
    for text, wanted in entry["cases"]:
        ids = ids_of(tokenize([text]))
        assert ids[1:-1] == wanted, text  # between [CLS] and [SEP]
