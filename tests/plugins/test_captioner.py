"""OpenFlamingo as zoo runs it: sizes of the published models, answers after a picture, weights held strictly."""

from __future__ import annotations

import pytest
import torch

import zoo
from tests.plugins.seeded import n_parameters, pixels, seeded_state
from tests.plugins.tiny_flamingo import MEDIA, VISION_WIDTH, clip_tower, language_model
from zoo.errors import CapabilityError, WeightsError
from zoo.plugins.multimodal.captioner_network import END_OF_ANSWER, PICTURE, Captioner, _put
from zoo.plugins.multimodal.flamingo import OPENFLAMINGO_4B, OPENFLAMINGO_9B
from zoo.plugins.multimodal.flamingo_network import Flamingo


def tiny_flamingo():
    network = Flamingo(
        clip_tower().visual, language_model("gpt_neox"), media_token_id=MEDIA, vision_width=VISION_WIDTH, every=2
    )
    network.load_state_dict(seeded_state(network))
    return network.eval()


def word_tokenizer():
    """Whole words; the picture and the end of an answer are added later, as with the real ones."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", *["what", "is", "this", "a", "cat", "dog"]]
    inner = Tokenizer(models.WordLevel({word: k for k, word in enumerate(words)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]")


@pytest.fixture
def captioner():
    made = Captioner(tiny_flamingo(), OPENFLAMINGO_4B)
    made.take_tokenizer(word_tokenizer())
    return made


@pytest.mark.parametrize("card", [OPENFLAMINGO_4B, OPENFLAMINGO_9B], ids=lambda card: card.id)
def test_a_published_model_has_the_size_on_its_card(card):
    encoder = zoo.load(card.id, pretrained=False, device="meta")
    assert n_parameters(encoder.module) == card.n_parameters


@torch.no_grad()
def test_an_answer_follows_the_picture(captioner):
    cats, dogs = pixels(1, 3, 32, 32, seed=1), pixels(1, 3, 32, 32, seed=2)
    tokenizer = word_tokenizer()
    captioner.take_tokenizer(tokenizer)
    ids = tokenizer([f"{PICTURE} what is this"], return_tensors="pt")["input_ids"]
    by_hand = captioner.flamingo.generate(
        cats[:, None], ids, torch.ones_like(ids), max_new_tokens=5,
        end_token_id=tokenizer.convert_tokens_to_ids(END_OF_ANSWER),
    )  # fmt: skip
    expected = tokenizer.batch_decode(by_hand[:, ids.shape[1] :], skip_special_tokens=True)
    assert captioner.generate(cats, [f"{PICTURE} what is this"], 5) == expected
    both = captioner.generate(torch.cat([cats, dogs]), [f"{PICTURE} what is this", f"{PICTURE} a"], 5)
    assert both[0] == expected[0]  # the shorter prompt beside it is padded on the left


@torch.no_grad()
def test_a_prompt_without_a_place_for_its_picture_has_it_in_front(captioner):
    picture = pixels(1, 3, 32, 32)
    assert captioner.generate(picture, ["what is this"], 4) == captioner.generate(
        picture, [f"{PICTURE}what is this"], 4
    )


def test_a_prompt_without_a_picture_is_refused(captioner):
    with pytest.raises(CapabilityError, match="got none"):
        captioner.generate(None, ["what is this"], 4)


def test_a_checkpoint_of_another_model_is_refused():
    network = tiny_flamingo()
    trained = {name: t for name, t in network.state_dict().items() if "gated_cross_attn" in name or "perceiver" in name}
    _put(network, trained, OPENFLAMINGO_4B)
    first = next(iter(trained))
    with pytest.raises(WeightsError, match=f"1 faults, such as {first} is missing"):
        _put(network, {name: t for name, t in trained.items() if name != first}, OPENFLAMINGO_4B)
    with pytest.raises(WeightsError, match="stranger is not its"):
        _put(network, {**trained, "stranger": torch.zeros(1)}, OPENFLAMINGO_4B)
