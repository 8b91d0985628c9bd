"""Loading gives what each library itself gives on the same weights, and says clearly why it cannot."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

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
from zoo.cards import (
    CustomSource,
    ImagePreprocess,
    OpenClipSource,
    TextPreprocess,
    TimmSource,
    TransformersSource,
    ZeroShot,
)
from zoo.errors import CapabilityError, DataError, MissingExtraError, OfflineError, PluginError, WeightsError
from zoo.hookspecs import hookimpl
from zoo.loading import load
from zoo.registry import Registry
from zoo.weights import weights_hash

TEXTS = ["a photo of a cat", "a large dog in the forest"]
SMALL_BERT = {
    "model_type": "bert",
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
}


def pictures(n=3, size=32):
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (size, size + 4, 3), dtype=np.uint8)) for _ in range(n)]


def pixels(n=3, size=32):
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(0))


def loaded(card, **arguments):
    return load(card, device="cpu", registry=Registry(), **arguments)


def timm_card(architecture="test_vit", **facts):
    given = {"source": TimmSource(architecture=architecture, **facts.pop("where", {})), "embed_dim": None}
    return toy_card("vision/toy", architecture=architecture, n_parameters=None, **{**given, **facts})


def text_card(**facts):
    source = TransformersSource(**facts.pop("where", {"repository": "acme/bert"}))
    given = {"modality": "text", "source": source, "embed_dim": 32, "pooling": "mean"}
    preprocess = TextPreprocess(tokenizer=None, max_tokens=facts.pop("max_tokens", None), padding="longest")
    return toy_card("text/toy", **{**given, "preprocess": preprocess, **facts})


def clip_card(source, **facts):
    given = {"modality": "image-text", "capabilities": ("embed", "zero-shot"), "embed_dim": None}
    return toy_card("multimodal/toy", source=source, **{**given, **facts})


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


class Corners:
    """A plugin whose network sees only the corners of a picture."""

    def __init__(self, build):
        self.build = build

    @hookimpl
    def zoo_load_custom(self, card, weights):
        return self.build(weights) if card.source.builder == "corners" else None


class CornerNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 5)

    def embed_images(self, pixels):
        return self.layer(pixels[:, :, 0, 0])


class TestCustom:
    def registry(self, build):
        registry = Registry()
        registry.register(Corners(build), "corners")
        return registry

    def card(self, **where):
        return toy_card("vision/corners", source=CustomSource(**{"builder": "corners", **where}), embed_dim=5)

    def test_the_plugin_gets_weights_that_were_opened_safely(self, tmp_path):
        from safetensors.torch import save_file

        def build(weights):
            net = CornerNet()
            if weights is not None:
                net.load_state_dict(weights)
            return net

        saved = CornerNet()
        save_file(saved.state_dict(), tmp_path / "net.safetensors")
        encoder = load(self.card(path=str(tmp_path / "net.safetensors")), device="cpu", registry=self.registry(build))
        assert weights_hash(encoder.module) == weights_hash(saved)
        assert encoder.embed_images(pictures()).shape == (3, 5)
        save_file({"layer.weight": torch.zeros(2, 2)}, tmp_path / "net.safetensors")
        with pytest.raises(WeightsError, match="do not fit vision/corners"):
            load(self.card(path=str(tmp_path / "net.safetensors")), device="cpu", registry=self.registry(build))

    def test_weights_at_an_address_are_left_to_the_user(self):
        card = self.card(url="https://example.org/net.pth")
        with pytest.raises(CapabilityError, match=r"lie in no hub repository.*Download https://example.org/net.pth"):
            load(card, device="cpu", registry=self.registry(lambda weights: CornerNet()))

    def test_random_weights_are_never_passed_off_as_pretrained(self):
        with pytest.raises(CapabilityError, match="no published weights of vision/corners are known"):
            load(self.card(), device="cpu", registry=self.registry(lambda weights: CornerNet()))

    def test_what_cannot_be_built_says_so(self):
        with pytest.raises(CapabilityError, match="not built in zoo"):
            load(self.card(builder=None), registry=Registry(), pretrained=False)
        with pytest.raises(CapabilityError, match="no installed plugin builds 'corners'"):
            load(self.card(), registry=Registry(), pretrained=False)
        with pytest.raises(PluginError, match="failed to build vision/corners: ZeroDivisionError"):
            load(self.card(), registry=self.registry(lambda weights: 1 / 0), pretrained=False)

    def test_embeddings_of_another_width_are_an_error(self):
        class Wide(CornerNet):
            def embed_images(self, pixels):
                return pixels[:, :, 0, :].flatten(1)

        encoder = load(self.card(), device="cpu", registry=self.registry(lambda weights: Wide()), pretrained=False)
        with pytest.raises(PluginError, match=r"its card promises \(n, 5\)"):
            encoder.embed_images(pictures())


class TestArguments:
    def test_seeds_repeat_and_leave_the_callers_random_state_alone(self):
        torch.manual_seed(11)
        np.random.seed(11)  # noqa: NPY002  # the global generator is what must stay untouched
        before = torch.get_rng_state()
        first, second = (weights_hash(loaded(timm_card(), pretrained=False).module) for _ in range(2))
        other = weights_hash(loaded(timm_card(), pretrained=False, seed=1).module)
        assert first == second != other
        assert torch.equal(torch.get_rng_state(), before)
        drawn = np.random.random()  # noqa: NPY002  # the same
        np.random.seed(11)  # noqa: NPY002  # the same
        assert drawn == np.random.random()  # noqa: NPY002  # the same

    def test_devices_and_types_that_do_not_exist_are_refused(self):
        with pytest.raises(DataError, match="no device named 'gpu0'"):
            load(timm_card(), device="gpu0", pretrained=False, registry=Registry())
        with pytest.raises(DataError, match="no floating-point type named 'int8'"):
            load(timm_card(), dtype="int8", pretrained=False, registry=Registry())
        if not torch.cuda.is_available():
            with pytest.raises(CapabilityError, match="this machine has no device 'cuda'"):
                load(timm_card(), device="cuda", pretrained=False, registry=Registry())

    def test_a_device_without_memory_takes_no_published_weights(self):
        with pytest.raises(DataError, match="no memory for weights"):
            load(timm_card(), device="meta", registry=Registry())

    def test_a_missing_package_is_named_with_its_command(self):
        card = timm_card(where={"needs": ("no-such-package>=3",)})
        with pytest.raises(MissingExtraError, match="pip install 'no-such-package>=3'"):
            loaded(card, pretrained=False)

    def test_meta_builds_the_shape_of_a_large_network_at_no_cost(self):
        encoder = load(timm_card("vit_large_patch16_224"), device="meta", pretrained=False, registry=Registry())
        assert sum(p.numel() for p in encoder.module.parameters()) == 303_301_632
        assert encoder.dim == 1024

    def test_a_card_without_repository_has_no_pretrained_weights(self):
        with pytest.raises(CapabilityError, match="no published weights of vision/toy are known"):
            loaded(timm_card())


def test_the_bundled_model_needs_no_network_and_equals_its_own_class(monkeypatch):
    from zoo import embedded
    from zoo.registry import default_registry

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    encoder = load("multimodal/tiny-clip", device="cpu", registry=default_registry())
    reference = embedded.load_model()
    batch = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        image_logits, _ = reference.get_logits(batch, embedded.tokenize(["a cat", "a dog"]))
    unit = torch.nn.functional.normalize
    images, texts = unit(encoder.embed_images(batch), dim=1), unit(encoder.embed_texts(["a cat", "a dog"]), dim=1)
    torch.testing.assert_close(encoder.scoring().scale * images @ texts.T, image_logits, atol=1e-4, rtol=0)
    assert encoder.loader == "bundled"
    with pytest.warns(UserWarning, match="1 of 1 texts were cut"):
        encoder.embed_texts(["a dog " * 40])


def test_the_spec_of_the_card_prepares_pictures():
    spec = ImagePreprocess(
        size_px=160,
        resize_mode="squash",
        interpolation="bilinear",
        crop="none",
        value_range=(0, 255),
        scale=1 / 255,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )
    encoder = loaded(timm_card(preprocess=spec), pretrained=False)
    tensor = encoder.preprocess(np.full((20, 30, 3), 255, np.uint8))
    assert tensor.shape == (3, 160, 160)
    torch.testing.assert_close(tensor, torch.ones(3, 160, 160))
