"""The Encoder: batches, pooling, prefixes, cut texts, mode and gradients, and clear refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from tests.hub_builders import OPEN_CLIP_TINY, bert_repository, open_clip_repository
from tests.zoo.toy_cards import toy_card
from zoo.cards import CustomSource, OpenClipSource, TextPreprocess, TimmSource, TransformersSource, ZeroShot
from zoo.encoder import Scoring
from zoo.errors import CapabilityError, DataError, ImageError
from zoo.hookspecs import hookimpl
from zoo.loading import load
from zoo.loading.pooling import pool
from zoo.registry import Registry


@pytest.fixture(scope="module")
def encoder():
    card = toy_card("vision/toy", source=TimmSource(architecture="test_vit", config={"img_size": 32}), embed_dim=64)
    return load(card, device="cpu", pretrained=False, registry=Registry())


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (40, 30, 3), dtype=np.uint8)


def test_paths_pictures_arrays_and_tensors_give_the_same_vectors(encoder, tmp_path):
    arrays = [picture(k) for k in range(5)]
    paths = []
    for k, array in enumerate(arrays):
        paths.append(tmp_path / f"{k}.png")
        Image.fromarray(array).save(paths[-1])
    expected = encoder.embed_images(arrays, batch_size=5)
    assert expected.shape == (5, 64)
    assert expected.dtype == torch.float32
    tensor = torch.stack([encoder.preprocess(array) for array in arrays])
    for same in (paths, [str(path) for path in paths], [Image.fromarray(array) for array in arrays], tensor):
        torch.testing.assert_close(encoder.embed_images(same, batch_size=2), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(encoder.embed_images(paths[0]), expected[:1], atol=1e-5, rtol=0)
    torch.testing.assert_close(encoder.embed_images(arrays[0]), expected[:1], atol=1e-5, rtol=0)


def test_pixels_that_the_network_refuses_are_an_error_in_words(encoder):
    with pytest.raises(DataError, match=r"vision/toy refuses pixels of shape \(1, 3, 20, 20\)"):
        encoder.embed_images(torch.zeros(1, 3, 20, 20))
    with pytest.raises(DataError, match=r"refuses pixels of shape \(1, 5, 32, 32\)"):
        encoder.embed_images(torch.zeros(1, 5, 32, 32))


def test_no_pictures_are_no_rows(encoder):
    assert encoder.embed_images([]).shape == (0, 64)


def test_a_picture_that_cannot_be_read_is_named(encoder, tmp_path):
    with pytest.raises(ImageError, match="there is no file"):
        encoder.embed_images([tmp_path / "absent.png"])


def test_what_is_no_picture_is_refused(encoder):
    with pytest.raises(DataError, match="want pictures, got int"):
        encoder.embed_images(5)
    with pytest.raises(ImageError, match="want a picture, got int"):
        encoder.embed_images([5])


@pytest.mark.parametrize("size", [0, "3", None, 1.5, float("nan"), True])
def test_a_batch_size_that_counts_nothing_is_refused(encoder, size):
    with pytest.raises(DataError, match=f"batch_size is {size!r}"):
        encoder.embed_images([picture()], batch_size=size)


@pytest.mark.parametrize("images", [torch.zeros(5), torch.tensor(1.0), b"abc"], ids=["1-d", "0-d", "bytes"])
def test_one_thing_that_is_no_picture_is_not_taken_for_many(encoder, images):
    with pytest.raises(ImageError, match=r"has shape \(5?,?\)|got bytes"):
        encoder.embed_images(images)


def test_pixels_that_are_no_tensor_are_refused(encoder):
    with pytest.raises(DataError, match="want a tensor, got ndarray"):
        encoder.encode_pixels(np.zeros((1, 3, 32, 32)))
    with pytest.raises(DataError, match=r"refuses pixels of shape \(1, 3, 5, 5\).*\(n, 3, 32, 32\)"):
        encoder.encode_pixels(torch.zeros(1, 3, 5, 5))


def test_an_unknown_side_is_refused(encoder):
    with pytest.raises(DataError, match="no side named 'left'"):
        encoder.layer_groups("left")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (None, "want texts, got NoneType"),
        ([None], "want strings, got NoneType"),
        (["a", float("nan")], "want strings, got float"),
        (b"abc", "want strings, got bytes"),
        (["a", "\ud800"], "the text '\\\\ud800' holds half a character"),
    ],
)
def test_what_is_no_text_is_refused(texts, message):
    encoder = load("multimodal/tiny-clip", device="cpu")
    for run in (encoder.embed_texts, encoder.tokenize):
        with pytest.raises(DataError, match=message):
            run(texts)


def test_tokens_that_no_tokenizer_made_are_refused():
    encoder = load("multimodal/tiny-clip", device="cpu")
    for tokens in (None, {}, {"input_ids": [[1]]}):
        with pytest.raises(DataError, match=r"want a tensor, got list|want token ids"):
            encoder.encode_tokens(tokens)
    with pytest.raises(DataError, match="refuses token ids"):
        encoder.encode_tokens({"input_ids": torch.full((1, 24), 10**6)})


def test_embeddings_may_train_a_probe_and_the_mode_is_kept(encoder):
    encoder.module.train()
    vectors = encoder.embed_images([picture()])
    assert encoder.module.training
    encoder.module.eval()
    torch.nn.Linear(64, 2)(vectors).sum().backward()  # fails on tensors of inference mode


def test_encode_pixels_keeps_gradients(encoder):
    encoder.encode_pixels(torch.zeros(1, 3, 32, 32)).sum().backward()
    assert any(parameter.grad is not None for parameter in encoder.module.parameters())
    encoder.module.zero_grad()


def test_texts_on_an_image_model_name_three_models_that_read_texts():
    class Others:
        @hookimpl
        def zoo_models(self):
            two = {"modality": "image-text", "source": OpenClipSource(architecture="ViT-B-32")}
            unbuilt = {"modality": "image-text", "source": CustomSource(builder=None)}
            return [
                toy_card("multimodal/a", domains=("natural",), **two),
                toy_card("multimodal/b", domains=("medical",), **two),
                toy_card("multimodal/c", domains=("medical",), **two),
                toy_card("multimodal/unbuilt", **unbuilt),
                toy_card("text/d", modality="text", domains=("text/general",)),
            ]

    registry = Registry()
    registry.register(Others(), "others")
    card = toy_card("vision/toy", source=TimmSource(architecture="test_vit"), embed_dim=64)
    encoder = load(card, device="cpu", pretrained=False, registry=registry)
    with pytest.raises(CapabilityError) as caught:
        encoder.embed_texts(["a cat"])
    assert caught.value.problem == "vision/toy is a model of modality image and takes no texts."
    assert caught.value.remedy == "Models that do: multimodal/a, multimodal/b, multimodal/c."
    with pytest.raises(CapabilityError, match="cannot score"):
        encoder.scoring()
    with pytest.raises(CapabilityError, match="writes no text"):
        encoder.generate(["hello"])


class TestTexts:
    @pytest.fixture
    def card(self, hub):
        hub.add("acme/bert", bert_repository())

        def make(**facts):
            side = {"tokenizer": "acme/bert", "max_tokens": 6, "padding": "longest", **facts.pop("side", {})}
            given = {"modality": "text", "embed_dim": 32, "pooling": "mean"}
            source = TransformersSource(repository="acme/bert")
            return toy_card("text/toy", source=source, preprocess=TextPreprocess(**side), **{**given, **facts})

        return make

    def load(self, card):
        return load(card, device="cpu", registry=Registry())

    def test_batches_do_not_change_a_vector(self, card):
        encoder = self.load(card())
        texts = ["a cat", "the large dog", "x ray", "forest"]
        torch.testing.assert_close(
            encoder.embed_texts(texts, batch_size=1), encoder.embed_texts(texts, batch_size=4), atol=1e-5, rtol=0
        )

    def test_a_text_that_is_too_long_is_cut_with_a_warning(self, card):
        encoder = self.load(card())
        with pytest.warns(UserWarning, match="1 of 2 texts were cut to the 6 tokens of text/toy"):
            tokens = encoder.tokenize(["a cat", "a photo of the large dog"])
        assert tokens["input_ids"].shape == (2, 6)

    def test_prefixes_are_those_of_the_card(self, card):
        encoder = self.load(card(side={"query_prefix": "red ", "document_prefix": "blue "}))
        plain = encoder.embed_texts(["red cat", "blue cat"])
        torch.testing.assert_close(encoder.embed_texts(["cat"], kind="query"), plain[:1])
        torch.testing.assert_close(encoder.embed_texts(["cat"], kind="document"), plain[1:])
        with pytest.raises(DataError, match="no kind of text named 'title'"):
            encoder.embed_texts(["cat"], kind="title")

    def test_what_is_no_string_is_refused(self, card):
        with pytest.raises(DataError, match="want strings, got int"):
            self.load(card()).embed_texts(["a", 3])

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_the_last_token_is_found_on_either_side_of_the_padding(self, card, side):
        encoder = self.load(card(pooling="last", side={"padding_side": side}))
        tokens = encoder.tokenize(["cat", "a large dog"])
        assert (tokens["attention_mask"][0, 0] == 0) == (side == "left")
        with torch.no_grad():
            hidden = encoder.module(**tokens).last_hidden_state
        place = -1 if side == "left" else int(tokens["attention_mask"][0].sum()) - 1
        torch.testing.assert_close(encoder.embed_texts(["cat", "a large dog"])[0], hidden[0, place], atol=1e-5, rtol=0)

    def test_pictures_on_a_text_model_are_refused(self, card):
        with pytest.raises(CapabilityError, match="takes no pictures"):
            self.load(card()).embed_images([picture()])

    def test_open_clips_byte_pairs_are_cut_with_a_warning_too(self, hub):
        hub.add("acme/clip", open_clip_repository())
        source = OpenClipSource(repository="acme/clip")
        encoder = self.load(toy_card("multimodal/toy", modality="image-text", source=source, embed_dim=24))
        with pytest.warns(UserWarning, match="1 of 2 texts were cut to the 16 tokens"):
            encoder.embed_texts(["a cat", "word " * 20])


def test_an_encoder_of_an_encoder_with_decoder_embeds_texts():
    config = {
        "model_type": "t5",
        "vocab_size": 60,
        "d_model": 32,
        "d_kv": 16,
        "d_ff": 48,
        "num_layers": 2,
        "num_heads": 2,
    }
    card = toy_card("text/t5", modality="text", source=TransformersSource(config=config), embed_dim=32, pooling="mean")
    encoder = load(card, device="cpu", pretrained=False, registry=Registry())
    tokens = {"input_ids": torch.tensor([[4, 5, 6]]), "attention_mask": torch.ones(1, 3)}
    with torch.no_grad():
        expected = encoder.module.get_encoder()(**tokens).last_hidden_state.mean(dim=1)
        torch.testing.assert_close(encoder.encode_tokens(tokens), expected)


@pytest.mark.parametrize("dtype", ["float16", torch.bfloat16])
def test_half_precision_gives_nearly_the_same_vectors_in_full(hub, dtype):
    hub.add("acme/clip", open_clip_repository())
    card = toy_card(
        "multimodal/toy", modality="image-text", source=OpenClipSource(repository="acme/clip"), embed_dim=24
    )
    full, half = (load(card, device="cpu", dtype=kind, registry=Registry()) for kind in (None, dtype))
    for given, expected in (
        (half.embed_images([picture()]), full.embed_images([picture()])),
        (half.embed_texts(["a cat"]), full.embed_texts(["a cat"])),
    ):
        assert given.dtype == torch.float32
        assert torch.nn.functional.cosine_similarity(given, expected) > 0.99


class TestScoring:
    def build(self, zero_shot, **facts):
        source = OpenClipSource(config={**OPEN_CLIP_TINY, **facts})
        card = toy_card("multimodal/toy", modality="image-text", source=source, embed_dim=24, zero_shot=zero_shot)
        return load(card, device="cpu", pretrained=False, registry=Registry())

    def test_random_weights_have_their_own_scale(self):
        scoring = self.build(ZeroShot(scoring="softmax", logit_scale=100.0)).scoring()
        assert scoring == Scoring("softmax", pytest.approx(1 / 0.07), None)

    def test_trained_weights_have_the_cards(self, hub):
        hub.add("acme/clip", open_clip_repository())
        source = OpenClipSource(repository="acme/clip")
        zero_shot = ZeroShot(scoring="softmax", logit_scale=100.0)
        card = toy_card("multimodal/toy", modality="image-text", source=source, embed_dim=24, zero_shot=zero_shot)
        assert load(card, device="cpu", registry=Registry()).scoring() == Scoring("softmax", 100.0, None)

    def test_a_bias_means_a_sigmoid(self):
        scoring = self.build(None, init_logit_bias=-10.0, init_logit_scale=2.0).scoring()
        assert scoring == Scoring("sigmoid", pytest.approx(float(np.exp(2.0))), -10.0)


class TestPooling:
    hidden = torch.arange(24, dtype=torch.float32).reshape(2, 4, 3)
    mask = torch.tensor([[1, 1, 0, 0], [0, 1, 1, 1]])

    def test_mean_leaves_padding_and_prefix_out(self):
        expected = torch.stack([self.hidden[0, :2].mean(0), self.hidden[1, 1:].mean(0)])
        torch.testing.assert_close(pool(self.hidden, "mean", mask=self.mask), expected)
        torch.testing.assert_close(pool(self.hidden, "mean", n_prefix=1), self.hidden[:, 1:].mean(1))

    def test_last_takes_the_last_real_position(self):
        expected = torch.stack([self.hidden[0, 1], self.hidden[1, 3]])
        torch.testing.assert_close(pool(self.hidden, "last", mask=self.mask), expected)

    def test_an_unknown_rule_is_refused(self):
        with pytest.raises(ValueError, match="got 'median'"):
            pool(self.hidden, "median")


def test_pictures_reach_a_qwen_as_its_own_processor_cuts_them():
    from transformers import Qwen2VLImageProcessor

    small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}
    vision = {"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 48, "out_hidden_size": 32}
    config = {
        "model_type": "qwen2_5_vl",
        "text_config": {**small, "vocab_size": 60, "num_key_value_heads": 2, "rope_parameters": rope},
        "vision_config": vision,
    }
    source = TransformersSource(model_class="AutoModelForImageTextToText", config=config)
    card = toy_card("multimodal/qwen", modality="image-text", source=source, embed_dim=32)
    encoder = load(card, device="cpu", pretrained=False, registry=Registry())
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (56, 112, 3), dtype=np.uint8))
    given = Qwen2VLImageProcessor(do_resize=False)(images=image, return_tensors="pt")
    with torch.no_grad():
        features = encoder.module.get_image_features(**given).pooler_output[0]
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073]).reshape(3, 1, 1)
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711]).reshape(3, 1, 1)
    pixels = (torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255 - mean) / std
    expected = features.mean(dim=0, keepdim=True)
    torch.testing.assert_close(encoder.embed_images(pixels[None]), expected, atol=1e-5, rtol=0)
    with pytest.raises(CapabilityError, match="multiples of 28 pixels, got 56 x 60"):
        encoder.embed_images(torch.zeros(1, 3, 56, 60))


class TestGenerate:
    """A LLaVA of a few thousand weights answers through its real path."""

    @pytest.fixture
    def encoder(self, hub):
        files = bert_repository()
        tokenizer = {name: body for name, body in files.items() if "token" in name}
        hub.add("acme/words", tokenizer)
        small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
        words = len(json.loads(tokenizer["tokenizer.json"])["model"]["vocab"])
        config = {
            "model_type": "llava",
            "text_config": {"model_type": "llama", "vocab_size": words, "max_position_embeddings": 64, **small},
            "vision_config": {"model_type": "clip_vision_model", "image_size": 32, "patch_size": 16, **small},
            "image_token_index": words - 1,
        }
        source = TransformersSource(model_class="AutoModelForImageTextToText", config=config)
        side = TextPreprocess(tokenizer="acme/words", max_tokens=32, padding="longest")
        card = toy_card(
            "multimodal/llava",
            modality="image-text",
            capabilities=("embed", "generate"),
            source=source,
            embed_dim=32,
            pooling="mean",
            text_preprocess=side,
        )
        return load(card, device="cpu", pretrained=False, registry=Registry())

    def test_answers_and_embeddings(self, encoder):
        images = [picture(0), picture(1)]
        answers = encoder.generate(["a photo of", "the large"], images=images, max_new_tokens=4)
        assert len(answers) == 2
        assert answers == encoder.generate(["a photo of", "the large"], images=images, max_new_tokens=4, batch_size=1)
        assert all(isinstance(answer, str) for answer in answers)
        assert encoder.embed_images(images).shape == (2, 32)
        assert encoder.embed_texts(["a cat"]).shape == (1, 32)

    def test_one_picture_a_prompt(self, encoder):
        with pytest.raises(DataError, match="2 prompts came with 1 pictures"):
            encoder.generate(["a", "b"], images=[picture()])
