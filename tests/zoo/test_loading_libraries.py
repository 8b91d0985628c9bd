"""timm, open_clip and transformers through zoo give what each gives by itself on the same weights."""

from __future__ import annotations

import json

import pytest
import torch

from tests.hub_builders import (
    OPEN_CLIP_TINY,
    bert_repository,
    clip_repository,
    open_clip_repository,
    sharded,
    siglip_repository,
    timm_repository,
)
from tests.zoo.toy_cards import toy_card
from tests.zoo.toy_loading import SMALL_BERT, TEXTS, clip_card, loaded, pictures, pixels, text_card, timm_card
from zoo.cards import OpenClipSource, TextPreprocess, TransformersSource, ZeroShot
from zoo.errors import CapabilityError, OfflineError, WeightsError
from zoo.loading import load
from zoo.registry import Registry
from zoo.weights import weights_hash


class TestTimm:
    @pytest.mark.parametrize("architecture", ["resnet18", "test_vit"])
    def test_random_weights_give_timms_own_features(self, architecture):
        import timm

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            reference = timm.create_model(architecture, pretrained=False, num_classes=0).eval()
        encoder = loaded(timm_card(architecture), pretrained=False, seed=7)
        with torch.no_grad():
            expected = reference(pixels(2, 64 if architecture == "resnet18" else 160))
        given = encoder.embed_images(pixels(2, 64 if architecture == "resnet18" else 160))
        torch.testing.assert_close(given, expected, atol=1e-5, rtol=0)
        assert encoder.dim == expected.shape[1]
        assert encoder.loader == "timm"

    def test_published_weights_come_without_their_classifier(self, hub):
        import timm

        files = timm_repository("test_vit", seed=3)
        hub.add("acme/vit", files)
        from safetensors.torch import load as read

        reference = timm.create_model("test_vit", num_classes=7)
        reference.load_state_dict(read(files["model.safetensors"]))
        reference.reset_classifier(0)
        encoder = loaded(timm_card(where={"repository": "acme/vit"}))
        with torch.no_grad():
            expected = reference.eval()(pixels(2, 160))
        torch.testing.assert_close(encoder.embed_images(pixels(2, 160)), expected, atol=1e-5, rtol=0)

    def test_pooling_of_the_card_overrules_the_networks_own(self):
        encoder = loaded(timm_card(pooling="cls+mean"), pretrained=False)
        hidden = encoder.module.forward_features(pixels(2, 160))
        expected = torch.cat([hidden[:, 0], hidden[:, 1:].mean(1)], dim=1)
        torch.testing.assert_close(encoder.embed_images(pixels(2, 160)), expected.detach(), atol=1e-5, rtol=0)
        assert encoder.dim == expected.shape[1]

    def test_arguments_of_the_card_reach_the_architecture(self):
        where = {"config": {"img_size": 64, "act_layer": "silu", "mlp_layer": "SwiGLUPacked"}}
        encoder = loaded(timm_card(where=where), pretrained=False)
        assert type(encoder.module.blocks[0].mlp).__name__ == "GluMlp"
        assert encoder.embed_images(pixels(1, 64)).shape == (1, encoder.dim)

    def test_positions_are_resized_by_timm_where_the_card_asks_for_another_size(self, hub):
        import timm
        from safetensors.torch import load as read
        from timm.layers import resample_abs_pos_embed

        files = timm_repository("test_vit")
        hub.add("acme/vit", files)
        encoder = loaded(timm_card(where={"repository": "acme/vit", "config": {"img_size": 64}}))
        n_prefix = timm.create_model("test_vit").num_prefix_tokens
        stored = read(files["model.safetensors"])["pos_embed"]
        expected = resample_abs_pos_embed(stored, (4, 4), num_prefix_tokens=n_prefix)
        torch.testing.assert_close(encoder.module.pos_embed.detach(), expected, atol=1e-5, rtol=0)
        assert encoder.embed_images(pixels(1, 64)).shape == (1, encoder.dim)
        assert encoder.module.pretrained_cfg.get("state_dict") is None

    def test_a_classifier_with_a_norm_of_its_own_is_taken_off_whole(self, hub):
        import timm
        from safetensors.torch import load as read

        files = timm_repository("efficientvit_m0", num_classes=5)
        hub.add("acme/net", files)
        reference = timm.create_model("efficientvit_m0", num_classes=5)
        reference.load_state_dict(read(files["model.safetensors"]))
        reference.reset_classifier(0)
        encoder = loaded(timm_card("efficientvit_m0", where={"repository": "acme/net"}))
        with torch.no_grad():
            expected = reference.eval()(pixels(1, 224))
        torch.testing.assert_close(encoder.embed_images(pixels(1, 224)), expected, atol=1e-5, rtol=0)

    def test_a_width_that_the_card_does_not_promise_is_an_error(self):
        with pytest.raises(WeightsError, match="promises embeddings of width 99, the network gives 64"):
            loaded(timm_card(embed_dim=99), pretrained=False)

    def test_an_architecture_that_timm_lacks_is_named(self):
        with pytest.raises(CapabilityError, match="cannot build 'no_such_net'"):
            loaded(timm_card("no_such_net"), pretrained=False)

    def test_weights_of_another_architecture_are_refused(self, hub):
        files = timm_repository("test_resnet")
        hub.add("acme/vit", files | {"config.json": timm_repository("test_vit")["config.json"]})
        with pytest.raises(WeightsError, match="do not fit vision/toy"):
            loaded(timm_card(where={"repository": "acme/vit"}))


class TestOpenClip:
    def test_logits_equal_open_clips_own_recipe(self):
        import open_clip

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            reference = open_clip.CLIP(**json.loads(json.dumps(OPEN_CLIP_TINY))).eval()
        encoder = loaded(clip_card(OpenClipSource(config=OPEN_CLIP_TINY)), pretrained=False, seed=5)
        tokens = open_clip.SimpleTokenizer(context_length=16)(TEXTS)
        with torch.no_grad():
            expected, _ = reference.get_logits(pixels(), tokens)
        images, texts = encoder.embed_images(pixels()), encoder.embed_texts(TEXTS)
        scoring = encoder.scoring()
        unit = torch.nn.functional.normalize
        logits = scoring.scale * unit(images, dim=1) @ unit(texts, dim=1).T
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)
        assert (scoring.rule, scoring.bias) == ("softmax", None)

    def test_a_repository_is_built_from_its_own_config(self, hub):
        hub.add("acme/clip", open_clip_repository(seed=2))
        encoder = loaded(clip_card(OpenClipSource(repository="acme/clip")))
        assert encoder.dim == 24
        assert encoder.embed_images(pictures()).shape == (3, 24)
        assert encoder.embed_texts(TEXTS).shape == (2, 24)

    def test_the_activation_follows_the_weights(self):
        wanted = OpenClipSource(architecture="ViT-B-32", tag="openai")
        encoder = load(clip_card(wanted), pretrained=False, device="meta", registry=Registry())
        assert "QuickGELU" in encoder.notes[0]
        assert type(encoder.module.visual.transformer.resblocks[0].mlp.gelu).__name__ == "QuickGELU"
        plain = OpenClipSource(architecture="ViT-B-32", tag="laion2b_s34b_b79k")
        assert load(clip_card(plain), pretrained=False, device="meta", registry=Registry()).notes == []

    def test_a_text_tower_of_transformers_is_built_without_a_network(self, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        text = {"hf_model_name": "acme/bert", "hf_config": SMALL_BERT, "hf_proj_type": "mlp", "context_length": 16}
        config = {**OPEN_CLIP_TINY, "text_cfg": text}
        encoder = loaded(clip_card(OpenClipSource(config=config)), pretrained=False)
        tokens = {"input_ids": torch.tensor([[2, 5, 6, 3], [2, 7, 3, 0]])}
        assert encoder.encode_tokens(tokens).shape == (2, 24)
        del text["hf_config"]
        with pytest.raises(OfflineError, match="takes its shape from acme/bert"):
            loaded(clip_card(OpenClipSource(config=config)), pretrained=False)

    def test_an_unknown_architecture_is_named(self):
        with pytest.raises(CapabilityError, match="'ViT-Nonsense', which open_clip"):
            loaded(clip_card(OpenClipSource(architecture="ViT-Nonsense")), pretrained=False)


class TestTransformers:
    def test_mean_over_real_tokens_equals_a_slow_loop(self, hub):
        hub.add("acme/bert", bert_repository(seed=1))
        encoder = loaded(text_card())
        vectors = encoder.embed_texts(TEXTS)
        for text, vector in zip(TEXTS, vectors, strict=True):
            tokens = encoder.tokenize([text])
            with torch.no_grad():
                hidden = encoder.module(**tokens).last_hidden_state[0]
            torch.testing.assert_close(vector, hidden.mean(dim=0), atol=1e-5, rtol=0)

    def test_sharded_weights_are_the_same_weights(self, hub):
        files = bert_repository(seed=1)
        hub.add("acme/bert", files)
        hub.add("acme/shards", sharded(files))
        whole, shards = loaded(text_card()), loaded(text_card(where={"repository": "acme/shards"}))
        assert weights_hash(whole.module) == weights_hash(shards.module)

    def test_the_config_of_the_card_needs_no_repository(self, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        encoder = loaded(text_card(where={"config": SMALL_BERT}), pretrained=False)
        assert encoder.encode_tokens({"input_ids": torch.tensor([[1, 2, 3]])}).shape == (1, 32)

    def test_without_config_and_network_the_cache_is_named_as_missing(self, hub, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(OfflineError):
            loaded(text_card(), pretrained=False)

    @pytest.mark.parametrize("build", [clip_repository, siglip_repository], ids=["clip", "siglip"])
    def test_two_towers_give_transformers_own_logits(self, hub, build):
        hub.add("acme/two", build(seed=4))
        rule = "softmax" if build is clip_repository else "sigmoid"
        zero_shot = ZeroShot(scoring=rule, logit_scale=None)
        side = TextPreprocess(tokenizer="acme/two", max_tokens=16, padding="max_length")
        source = TransformersSource(repository="acme/two")
        encoder = loaded(clip_card(source, zero_shot=zero_shot, text_preprocess=side))
        tokens = encoder.tokenize(TEXTS)
        with torch.no_grad():
            taken = {"input_ids": tokens["input_ids"]}
            taken |= {"attention_mask": tokens["attention_mask"]} if rule == "softmax" else {}
            expected = encoder.module(pixel_values=pixels(), **taken).logits_per_image
        scoring, unit = encoder.scoring(), torch.nn.functional.normalize
        images, texts = encoder.embed_images(pixels()), encoder.embed_texts(TEXTS)
        logits = scoring.scale * unit(images, dim=1) @ unit(texts, dim=1).T + (scoring.bias or 0.0)
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)
        assert encoder.dim == images.shape[1]

    def test_half_precision_files_are_loaded_as_full_unless_asked(self, hub):
        from safetensors.torch import load as read
        from safetensors.torch import save

        files = bert_repository()
        half = save({name: value.half() for name, value in read(files["model.safetensors"]).items()})
        hub.add("acme/bert", files | {"model.safetensors": half})
        assert next(loaded(text_card()).module.parameters()).dtype == torch.float32
        assert next(loaded(text_card(), dtype="bfloat16").module.parameters()).dtype == torch.bfloat16

    def test_a_type_that_only_the_repositorys_code_knows_is_refused(self, hub):
        config = json.dumps({"model_type": "my_own", "auto_map": {"AutoModel": "code.MyModel"}}).encode()
        hub.add("acme/bert", {"config.json": config, "model.safetensors": bert_repository()["model.safetensors"]})
        with pytest.raises(CapabilityError, match="runs no code from repositories"):
            loaded(text_card())

    def test_weights_that_lack_a_layer_are_refused_but_a_missing_pooler_is_not(self, hub):
        from safetensors.torch import load as read
        from safetensors.torch import save

        files = bert_repository()
        state = read(files["model.safetensors"])
        kept = {name: value for name, value in state.items() if not name.startswith("pooler")}
        hub.add("acme/bert", files | {"model.safetensors": save(kept)})
        assert "random" in loaded(text_card()).notes[0]
        with pytest.raises(WeightsError, match=r"2 missing \(pooler"):
            loaded(text_card(pooling="pooler"))
        cut = {name: value for name, value in state.items() if "layer.1" not in name}
        hub.add("acme/cut", files | {"model.safetensors": save(cut)})
        with pytest.raises(WeightsError, match="missing"):
            loaded(text_card(where={"repository": "acme/cut"}))

    def test_a_pooler_without_weights_is_never_taken_for_the_embedding(self, hub):
        import transformers
        from safetensors.torch import save

        small = {
            k: v for k, v in SMALL_BERT.items() if k not in ("model_type", "vocab_size", "max_position_embeddings")
        }
        vit = transformers.ViTModel(transformers.ViTConfig(image_size=32, patch_size=16, **small))
        state = {name: value for name, value in vit.state_dict().items() if not name.startswith("pooler")}
        hub.add("acme/vit", {"config.json": vit.config.to_json_string().encode(), "model.safetensors": save(state)})
        card = toy_card("vision/toy", source=TransformersSource(repository="acme/vit"), embed_dim=32)
        encoder = loaded(card)
        with torch.no_grad():
            expected = vit.eval()(pixels()).last_hidden_state[:, 0]
        torch.testing.assert_close(encoder.embed_images(pixels()), expected, atol=1e-5, rtol=0)
        assert "taken off" in encoder.notes[0]

    def test_a_masked_autoencoder_sees_the_whole_picture(self):
        small = {
            k: v for k, v in SMALL_BERT.items() if k not in ("model_type", "vocab_size", "max_position_embeddings")
        }
        config = {"model_type": "vit_mae", "image_size": 32, "patch_size": 8, **small}
        card = toy_card("vision/toy", source=TransformersSource(config=config), embed_dim=32, pooling="mean")
        encoder = loaded(card, pretrained=False)
        torch.testing.assert_close(encoder.embed_images(pixels()), encoder.embed_images(pixels()), atol=1e-5, rtol=0)

    def test_offline_after_the_first_load(self, hub, monkeypatch):
        hub.add("acme/bert", bert_repository())
        first = loaded(text_card()).embed_texts(TEXTS)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        n_requests = len(hub.requests)
        torch.testing.assert_close(loaded(text_card()).embed_texts(TEXTS), first)
        assert len(hub.requests) == n_requests
