"""Loading: custom and bundled networks, arguments, and clear words on why it cannot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.zoo.toy_cards import toy_card
from tests.zoo.toy_loading import loaded, pictures, timm_card
from zoo.cards import CustomSource, ImagePreprocess
from zoo.errors import CapabilityError, DataError, MissingExtraError, PluginError, WeightsError
from zoo.hookspecs import hookimpl
from zoo.loading import load
from zoo.registry import Registry
from zoo.weights import weights_hash


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
        other, drawn_by_numpy = (
            weights_hash(loaded(timm_card(), pretrained=False, seed=seed).module) for seed in (1, np.int64(1))
        )
        assert first == second != other == drawn_by_numpy
        assert torch.equal(torch.get_rng_state(), before)
        drawn = np.random.random()  # noqa: NPY002  # the same
        np.random.seed(11)  # noqa: NPY002  # the same
        assert drawn == np.random.random()  # noqa: NPY002  # the same

    def test_devices_and_types_that_do_not_exist_are_refused(self):
        with pytest.raises(DataError, match="no device named 'gpu0'"):
            load(timm_card(), device="gpu0", pretrained=False, registry=Registry())
        with pytest.raises(DataError, match="no floating-point type named 'int8'"):
            load(timm_card(), dtype="int8", pretrained=False, registry=Registry())
        for seed in ("a", 2**70, None):
            with pytest.raises(DataError, match=f"the seed is {seed!r}"):
                load(timm_card(), seed=seed, pretrained=False, registry=Registry())
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
