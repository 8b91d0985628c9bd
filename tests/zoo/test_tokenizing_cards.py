"""What every curated card of transformers makes of a text: special tokens once, its length, its padding and its side.

A tiny tokenizer of each family is trained here, written as a hub repository would hold it, and read back under the
card; the ids are then held against the plain `tokenizers` library, with padding and cutting written out by hand.
"""

from __future__ import annotations

import functools
import json

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

import zoo
from zoo.cards import TextPreprocess, TransformersSource
from zoo.pulling import Fetched
from zoo.tokenizing import for_transformers

TEXTS = ["a chest x-ray of a patient", "def area(width, height): return width * height", "the court held"]
FAMILIES = {  # begin, end, padding (None: decoders that were trained without)
    "BERT": ("[CLS]", "[SEP]", "[PAD]"),
    "RoBERTa": ("<s>", "</s>", "<pad>"),
    "T5": (None, "</s>", "<pad>"),
    "Llama": ("<|begin|>", None, None),
    "Qwen": (None, None, "<|pad|>"),
    "StarCoder": (None, None, None),
}


def family(card):
    """Name of the family whose frame of special tokens a card's network learned from."""
    known = {
        "XLM-RoBERTa": "RoBERTa",
        "RoBERTa": "RoBERTa",
        "DeBERTa": "BERT",
        "ModernBERT": "BERT",
        "NomicBERT": "BERT",
        "BERT": "BERT",
        "T5": "T5",
        "Llama": "Llama",
        "Qwen": "Qwen",
        "GPT-BigCode": "StarCoder",
        "StarCoder": "StarCoder",
    }
    return next(name for start, name in known.items() if card.architecture.startswith(start))


@functools.cache
def trained(name):
    """A word-piece or byte-pair tokenizer of the family, with its frame."""
    begin, end, pad = FAMILIES[name]
    special = [token for token in (pad, begin, end, "[UNK]", "<|end|>") if token]
    if name == "BERT":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=150, special_tokens=special, show_progress=False)
    else:
        tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        )
    tokenizer.train_from_iterator(TEXTS, trainer)
    frame = [token for token in (begin, end) if token]
    if frame:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=" ".join(part for part in (begin, "$A", end) if part),
            special_tokens=[(token, tokenizer.token_to_id(token)) for token in frame],
        )
    return tokenizer


def written(folder, name):
    begin, end, pad = FAMILIES[name]
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "eos_token": end or "<|end|>"}
    told |= {"bos_token": begin} if begin else {}
    told |= {"pad_token": pad} if pad else {}
    trained(name).save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def text_cards():
    for name in zoo.list_models():
        card = zoo.get_card(name)
        if isinstance(card.source, TransformersSource) and isinstance(card.preprocess, TextPreprocess):
            yield name


def by_hand(name, side, texts, limit):
    """Rows of ids: the frame round the text, the text cut to leave it room, then padding on the card's side."""
    begin, end, pad = FAMILIES[name]
    tokenizer = trained(name)
    before = [tokenizer.token_to_id(begin)] if begin else []
    after = [tokenizer.token_to_id(end)] if end else []
    filler = tokenizer.token_to_id(pad or end or "<|end|>")
    rows = []
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        rows.append([*before, *ids[: limit - len(before) - len(after)], *after])
    longest = limit if side.padding == "max_length" else max(map(len, rows))
    gaps = [[filler] * (longest - len(row)) for row in rows]
    return [[*gap, *row] if side.padding_side == "left" else [*row, *gap] for row, gap in zip(rows, gaps, strict=True)]


@pytest.mark.parametrize("name", list(text_cards()))
def test_a_card_frames_cuts_and_pads_as_its_family(name, tmp_path):
    card = zoo.get_card(name)
    side, kin = card.preprocess, family(card)
    fetched = Fetched(written(tmp_path, kin), {side.tokenizer: tmp_path})
    limit = side.max_tokens or card.max_tokens or 512
    most = min(limit, 512)  # positions of the network; a text of 131,072 tokens would take long
    long = " ".join(TEXTS * 60)
    tokenized = for_transformers(card, fetched, most=most)([*TEXTS, long])
    assert tokenized.ids["input_ids"].tolist() == by_hand(kin, side, [*TEXTS, long], most)
    assert tokenized.n_cut == 1
    short = for_transformers(card, fetched)(TEXTS).ids
    assert short["input_ids"].tolist() == by_hand(kin, side, TEXTS, limit)
    lengths = [len(trained(kin).encode(text).ids) for text in TEXTS]
    assert short["attention_mask"].sum(dim=1).tolist() == lengths


def test_the_cards_and_families_are_counted():
    kinds = {name: family(zoo.get_card(name)) for name in text_cards()}
    print(f"\ntokenizers: {len(kinds)} cards in {len(set(kinds.values()))} families")
    assert set(kinds.values()) == set(FAMILIES)
