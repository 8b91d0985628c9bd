"""Domain pre-training: the body learns more than its new head does, and the phases touch what they say."""

from __future__ import annotations

import copy

import pytest
import torch

from tests.zoo.transfer.small_encoders import bert, sentences, stripes, vit
from zoo.errors import CapabilityError, DataError
from zoo.transfer.domain_pretraining import masked_autoencoder, masked_language_modeling, sentence_pretraining
from zoo.transfer.domain_pretraining.masked_language import (
    _batch,
    _collator,
    _encoded,
    masked_loss,
    tokenizer_of,
    with_head,
)
from zoo.transfer.domain_pretraining.training import held_out, order, scheduled, train
from zoo.weights import weights_hash


@pytest.fixture(scope="module")
def masked():
    """(what was told, encoder, hashes of the body at the beginning of each phase)."""
    encoder, hashes = bert(), []
    told = masked_language_modeling(
        encoder, sentences(), steps=60, rate=3e-3, batch_size=8,
        progress=lambda phase, steps: hashes.append((phase, steps, weights_hash(encoder.module))),
    )  # fmt: skip
    return told, encoder, hashes


def test_masked_language_modelling_beats_its_head_alone(masked):
    told, _, _ = masked
    assert told.before > told.control  # the head alone learns too, which is why it is the control
    assert told.better
    assert told.after < told.control - 0.5
    assert told.n_rows == 180
    assert told.n_held_out <= 20
    assert len(told.losses) == 60
    assert "warmed for 60 steps" in told.notes[0]


def test_the_body_is_frozen_until_its_phase(masked):
    _, encoder, hashes = masked
    assert [(phase, steps) for phase, steps, _ in hashes] == [
        ("head alone", 60),
        ("control: head alone", 60),
        ("all layers", 60),
    ]
    assert len({body for _, _, body in hashes}) == 1
    assert weights_hash(encoder.module) != hashes[0][2]
    assert not encoder.module.training
    assert all(value.requires_grad for value in encoder.module.parameters())


def test_the_encoder_embeds_as_before_with_its_new_weights(masked):
    told, encoder, _ = masked
    assert told.encoder is encoder
    assert encoder.embed_texts(["the cell divides"]).shape == (1, 32)


def test_the_same_seed_gives_the_same_weights():
    found = []
    for seed in (0, 0, 1):
        encoder = bert()
        masked_language_modeling(encoder, sentences(40), steps=3, head_steps=1, seed=seed)
        found.append(weights_hash(encoder.module))
    assert found[0] == found[1] != found[2]


def test_the_head_on_masked_tokens_alone_gives_the_loss_of_transformers():
    encoder = bert()
    tokenizer = tokenizer_of(encoder)
    network, own = with_head(encoder)
    assert not own
    rows = _encoded(tokenizer.tokenizer, sentences(6), 32, False)
    batch = _batch(_collator(encoder, tokenizer, 0.3, False, 0), rows, encoder)
    network.eval()
    assert float(masked_loss(network, batch).detach()) == pytest.approx(float(network(**batch).loss.detach()), rel=1e-5)


def test_whole_words_are_masked_whole():
    encoder = bert()
    tokenizer = tokenizer_of(encoder)
    texts = ["electroencephalography immunohistochemistry is short"] * 20
    rows = _encoded(tokenizer.tokenizer, texts, 32, True)
    batch = _batch(_collator(encoder, tokenizer, 0.3, True, 0), rows, encoder)
    pieces = tokenizer.tokenizer.convert_ids_to_tokens(rows[0]["input_ids"])
    hidden = (batch["labels"] != -100).tolist()
    words, masked = [[]], 0
    for place, piece in enumerate(pieces[1:-1], start=1):
        if piece.startswith("##"):
            words[-1].append(place)
        else:
            words.append([place])
    for row in hidden:
        for word in words[1:]:
            assert len({row[place] for place in word}) == 1
            masked += row[word[0]] and len(word) > 2
    assert masked > 5


def test_texts_of_other_lengths_are_padded_for_whole_words():
    told = masked_language_modeling(bert(), sentences(60) + ["short"] * 4, steps=2, head_steps=1, whole_words=True)
    assert told.objective.endswith("of whole words")


def test_a_head_that_came_with_the_weights_is_kept():
    from transformers import BertForMaskedLM

    from zoo.transfer.domain_pretraining import masked_language

    encoder = bert()
    torch.manual_seed(5)
    whole = BertForMaskedLM(encoder.module.config)
    state = {name: value.clone() for name, value in whole.state_dict().items() if "decoder.weight" not in name}
    known = masked_language._own_part(state, {name for name, _ in whole.named_parameters() if name.startswith("cls.")})
    assert torch.equal(known["cls.predictions.transform.dense.weight"], whole.cls.predictions.transform.dense.weight)
    del state["cls.predictions.transform.dense.weight"]
    assert masked_language._own_part(state, set(known)) == {}


@pytest.mark.parametrize("objective", ["contrastive", "denoising"])
def test_a_sentence_encoder_goes_on(objective):
    encoder = bert()
    told = sentence_pretraining(encoder, sentences(), objective=objective, steps=60, rate=3e-3)
    assert told.better
    assert told.control == pytest.approx(told.before) if objective == "contrastive" else told.control < told.before
    assert not encoder.module.training


@pytest.mark.parametrize("library", ["timm", "transformers"])
def test_masked_autoencoding_beats_its_decoder_alone(library):
    encoder = vit(library)
    steps = 150 if library == "timm" else 20
    told = masked_autoencoder(encoder, stripes(300), steps=steps, rate=1e-3, batch_size=16, decoder_width=32)
    assert told.better or library != "timm"
    assert told.after < told.before
    assert encoder.embed_images(stripes(3)).shape == (3, 32)
    assert not any(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in encoder.module.modules())


def test_only_what_is_hidden_counts_and_it_is_not_seen():
    from zoo.transfer.domain_pretraining.autoencoder import _Masking

    encoder, pixels = vit(), stripes(2)
    hidden = _Masking(encoder, pixels, 0.75, 32)
    with torch.no_grad(), hidden._running(torch.tensor([[0, 5, 9, 10], [1, 2, 3, 15]])) as seen:
        encoder.encode_pixels(pixels)
        first = seen["out"]
        assert first.shape == (2, 5, 32)  # a class token and a quarter of 16 patches
        changed = pixels.clone()
        changed[0, :, :8, 8:16] += 5  # patch 1: hidden in the first picture
        changed[1, :, :8, 8:16] += 5  # seen in the second
        encoder.encode_pixels(changed)
        assert torch.allclose(seen["out"][0], first[0], atol=1e-6)
        assert not torch.allclose(seen["out"][1], first[1], atol=1e-3)
    patches = hidden._patches(pixels)
    assert torch.equal(patches[0, 1].view(3, 8, 8), pixels[0, :, :8, 8:16])


def test_what_has_no_plain_patches_is_refused():
    import zoo

    with pytest.raises(CapabilityError, match="cannot be trained by masking patches"):
        masked_autoencoder(zoo.load("multimodal/tiny-clip"), torch.zeros(20, 3, 64, 64), steps=1)
    with pytest.raises(CapabilityError, match="has no tokenizer of transformers"):
        masked_language_modeling(zoo.load("multimodal/tiny-clip"), sentences(20))


def test_wrong_input():
    with pytest.raises(DataError, match="5 rows are too few"):
        masked_language_modeling(bert(), sentences(5))
    with pytest.raises(DataError, match="mask_share must lie"):
        masked_language_modeling(bert(), sentences(40), mask_share=1.0)
    with pytest.raises(DataError, match="no objective named"):
        sentence_pretraining(bert(), sentences(40), objective="best")


def test_a_loss_that_is_no_number_stops_before_it_spoils_the_weights():
    weight = torch.nn.Parameter(torch.ones(1))

    def loss_of(step):
        return weight.sum() * (float("nan") if step == 3 else 1.0)

    with pytest.raises(DataError, match="the loss is nan at step 3 of 9"):
        train([weight], loss_of, steps=9, rate=0.1)
    assert torch.isfinite(weight).all()
    kept = copy.deepcopy(weight)
    with pytest.raises(DataError, match="step 3"):
        train([weight], loss_of, steps=4, rate=0.0)
    assert torch.equal(kept, weight)


def test_each_pass_shows_every_row_once():
    rows = order(10, 4, seed=0)
    seen = [row for step in range(5) for row in rows(step)]
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]
    again = order(10, 4, seed=0)
    assert again(4) == rows(4)
    learn, held = held_out(100)
    assert sorted(learn + held) == list(range(100))
    assert len(held) == 10


def test_the_rate_rises_and_falls():
    rates = [scheduled(step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.01
