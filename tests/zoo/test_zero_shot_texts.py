"""Class weights equal the plain recipe of each library, whatever short cut the tower allows."""

import zlib

import numpy as np
import open_clip
import pytest
import torch

import zoo
from tests.zoo.zero_shot_models import CONFIGS, TEXT, VISION, card, toy_encoder, toy_registry
from zoo.cards import OpenClipSource, TextPreprocess, TransformersSource, ZeroShot
from zoo.errors import LabelsError, OfflineError
from zoo.tokenizing import Tokenized
from zoo.zero_shot import build_classifier
from zoo.zero_shot import prefixes as zero_shot_prefixes
from zoo.zero_shot.texts import encode_texts
from zoo.zero_shot.towers import recognise

LABELS = ["cat", "dog", "great white shark", "great grey owl", "cup !$ x"]
TEMPLATES = ["a photo of a {}.", "a photo of the {}.", "{}", "art of the {}, in a video game!"]
CAUSAL = ["clip", "quick", "custom", "coca", "hf-clip"]


@pytest.fixture(scope="module")
def encoders():
    return {name: toy_encoder(name) for name in [*CONFIGS, "hf-clip"]}


def by_open_clip(encoder):
    """open_clip's own builder on the same module."""
    tokenizer = open_clip.SimpleTokenizer(context_length=20)
    weights = open_clip.build_zero_shot_classifier(encoder.module, tokenizer, LABELS, TEMPLATES)
    return weights.T


@pytest.mark.parametrize("name", list(CONFIGS))
def test_class_weights_equal_open_clips(encoders, name):
    rows = build_classifier(encoders[name], LABELS, TEMPLATES, cache=False)
    assert rows.shape == (5, 24)
    assert (rows - by_open_clip(encoders[name])).abs().max() < 1e-6


@pytest.mark.parametrize("name", CAUSAL)
def test_causal_towers_run_by_prefixes(encoders, name):
    assert encode_texts(encoders[name], ["a cat", "a dog"]).way == "prefixes"


def test_a_tower_that_sees_its_padding_runs_as_it_was_written(encoders):
    assert recognise(encoders["siglip"]) is None
    assert encode_texts(encoders["siglip"], ["a cat", "a dog"]).way == "plain"


@pytest.mark.parametrize("name", [*CONFIGS, "hf-clip"])
def test_vectors_equal_the_padded_tower(encoders, name):
    texts = [template.format(label) for label in LABELS for template in TEMPLATES]
    plain = torch.nn.functional.normalize(encoders[name].embed_texts(texts), dim=-1)
    assert (encode_texts(encoders[name], texts).vectors - plain).abs().max() < 1e-6


def test_a_coca_prompt_with_a_masked_token_runs_as_it_was_written(encoders):
    # The first half of "!$" is id 0, which CoCa takes for padding and hides.
    tower = recognise(encoders["coca"])
    ids = encoders["coca"].tokenize(["wow !$ a cat", "a cat"])["input_ids"].tolist()
    assert tower.needed(ids[0]) is None
    assert tower.needed(ids[1]) is not None


def test_transformers_own_text_features_are_met(encoders):
    module = encoders["hf-clip"].module
    ids = encoders["hf-clip"].tokenize(LABELS)["input_ids"]
    with torch.inference_mode():
        plain = module.get_text_features(input_ids=ids).pooler_output
    plain = torch.nn.functional.normalize(plain, dim=-1)
    assert (encode_texts(encoders["hf-clip"], LABELS).vectors - plain).abs().max() < 1e-6


@pytest.mark.parametrize("nodes", [8, 40])
def test_chunks_do_not_change_the_result(encoders, monkeypatch, nodes):
    texts = [template.format(label) for label in LABELS for template in TEMPLATES]
    whole = encode_texts(encoders["clip"], texts).vectors
    monkeypatch.setattr(zero_shot_prefixes, "NODES_AT_ONCE", nodes)
    assert (encode_texts(encoders["clip"], texts).vectors - whole).abs().max() < 1e-6


def test_equal_texts_run_once_and_keep_their_places(encoders):
    found = encode_texts(encoders["clip"], ["a cat", "a dog", "A  cat"])
    assert found.n_encoded == 2
    assert torch.equal(found.vectors[0], found.vectors[2])
    assert not torch.allclose(found.vectors[0], found.vectors[1])


def test_bfloat16_stays_close(encoders):
    plain = build_classifier(encoders["clip"], LABELS, TEMPLATES, cache=False)
    quick = build_classifier(encoders["clip"], LABELS, TEMPLATES, dtype="bfloat16", cache=False)
    assert 0 < (1 - (plain * quick).sum(dim=1)).max() < 2e-3


def test_the_tower_keeps_its_weights_and_mode(encoders):
    module = encoders["clip"].module
    before = {name: value.clone() for name, value in module.state_dict().items()}
    module.train()
    try:
        encode_texts(encoders["clip"], ["a cat"], dtype=torch.bfloat16)
        assert module.training
    finally:
        module.eval()
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_a_mask_that_is_not_causal_is_noticed(encoders):
    encoder = toy_encoder("clip")
    encoder.module.attn_mask[0, 1] = 0.0
    assert recognise(encoder) is None


def test_a_short_cut_that_disagrees_is_dropped(encoders):
    """A tower whose code does more than its parts show: the check against the plain tower must notice."""
    encoder = toy_encoder("clip")
    encoder.module.ln_final.register_forward_hook(lambda module, args, output: output * torch.linspace(0, 1, 32))
    # The hook runs in both ways; the one on the stack only in the plain one.
    encoder.module.transformer.register_forward_hook(lambda module, args, output: output.flip(-1))
    found = encode_texts(encoder, ["a cat", "a big dog"])
    plain = torch.nn.functional.normalize(encoder.embed_texts(["a cat", "a big dog"]), dim=-1)
    assert found.way == "plain"
    assert torch.allclose(found.vectors, plain, atol=1e-6)


@pytest.mark.parametrize("name", ["clip", "siglip", "coca"])
def test_a_prompt_longer_than_the_context_is_named_with_what_is_cut(encoders, name):
    long = "a photo of a very large and heavy dog with many spots beside the small house on the green hill"
    with pytest.raises(
        LabelsError, match=r"a photo of a very large.* longer than the 20 tokens .*'.*green hill' would"
    ):
        encode_texts(encoders[name], ["a cat", long])


def test_a_prompt_that_just_fits_is_taken(encoders):
    words = "a photo of a very large and heavy dog with many spots beside the small house on"
    assert encode_texts(encoders["clip"], [words]).n_encoded == 1


def test_no_text_gives_no_row(encoders):
    assert encode_texts(encoders["clip"], []).vectors.shape == (0, 24)
    assert np.isfinite(encode_texts(encoders["clip"], ["x"]).vectors.numpy()).all()


def bert_tower():
    """A CustomTextCLIP with a BERT as text tower, as BiomedCLIP has it, and a tokenizer of words."""
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    text = {
        "hf_model_name": "nobody/toy-bert",
        "hf_config": {"model_type": "bert", "vocab_size": 500, **shape},
        "hf_tokenizer_name": "nobody/toy-bert",
        "hf_proj_type": "mlp",
        "hf_pooler_type": "cls_last_hidden_state_pooler",
        "context_length": 40,
    }
    config = {"embed_dim": 24, "custom_text": True, "vision_cfg": VISION, "text_cfg": text}
    facts = card("bert", source=OpenClipSource(config=config))
    encoder = zoo.load(facts, pretrained=False, device="cpu", registry=toy_registry())

    def words(texts):
        rows = [[1, *(3 + zlib.crc32(word.encode()) % 490 for word in text.split()), 2][:40] for text in texts]
        ids = torch.tensor([row + [0] * (40 - len(row)) for row in rows])
        return Tokenized({"input_ids": ids}, 0, 40)

    encoder._network.tokenizer = words
    return encoder


def test_a_tower_that_hides_its_padding_is_given_none():
    encoder = bert_tower()
    texts = [f"a photo of {'very ' * n}small thing number {n}" for n in range(9)]
    found = encode_texts(encoder, texts, batch_size=4)
    plain = torch.nn.functional.normalize(encoder.embed_texts(texts), dim=-1)
    assert found.way == "trimmed"
    assert (found.vectors - plain).abs().max() < 1e-6


def test_siglip_of_transformers_keeps_its_padding():
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = {
        "model_type": "siglip",
        "text_config": shape | {"vocab_size": 49408, "max_position_embeddings": 24, "projection_size": 32},
        "vision_config": shape | {"image_size": 32, "patch_size": 8},
    }
    facts = card(
        "hf-siglip",
        embed_dim=32,
        source=TransformersSource(model_class="SiglipModel", config=config),
        text_preprocess=TextPreprocess(tokenizer="open_clip:ViT-B-32", max_tokens=24, padding="max_length"),
        zero_shot=ZeroShot(scoring="sigmoid", logit_scale=None),
    )
    encoder = zoo.load(facts, pretrained=False, device="cpu", registry=toy_registry())
    plain_tokenizer = encoder._network.tokenizer

    def masked(texts):
        """With a mask, as tokenizers of transformers give it; SigLIP must not be given less padding for it."""
        told = plain_tokenizer(texts)
        ids = told.ids["input_ids"][:, :24]
        return Tokenized({"input_ids": ids, "attention_mask": (ids != 0).long()}, 0, 24)

    encoder._network.tokenizer = masked
    found = encode_texts(encoder, LABELS)
    ids = masked(LABELS).ids["input_ids"]
    with torch.inference_mode():
        plain = encoder.module.get_text_features(input_ids=ids).pooler_output
    assert found.way == "plain"
    assert (found.vectors - torch.nn.functional.normalize(plain, dim=-1)).abs().max() < 1e-6


def test_a_tokenizer_that_is_not_here_is_a_typed_error_while_offline(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    facts = card(
        "far",
        source=OpenClipSource(config=CONFIGS["clip"] | {"text_cfg": TEXT | {"hf_tokenizer_name": "nobody/words"}}),
    )
    encoder = zoo.load(facts, pretrained=False, device="cpu", local_files_only=True, registry=toy_registry())
    with pytest.raises(OfflineError, match="nobody/words"):
        build_classifier(encoder, LABELS, TEMPLATES, cache=False)
