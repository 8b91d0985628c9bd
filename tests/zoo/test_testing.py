"""The kit passes a good plugin and catches each fault that it promises to catch."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from tests.zoo.toy_cards import toy_card
from zoo.cards import CustomSource, License, TimmSource
from zoo.hookspecs import hookimpl
from zoo.testing import PluginConformance, Reference, sample_pictures

CHECKS = [name for name in dir(PluginConformance) if name.startswith("test_")]


@pytest.fixture
def herbarium(repository, monkeypatch):
    """The complete outside package, importable."""
    monkeypatch.syspath_prepend(str(repository / "tests" / "third_party_plugin" / "src"))
    yield "zoo_herbarium"
    for name in [name for name in sys.modules if name.startswith("zoo_herbarium")]:
        del sys.modules[name]


@pytest.fixture
def plugin(monkeypatch):
    """Makes an importable plugin of one card."""

    def make(**facts):
        card = toy_card("vision/toy", **facts)
        module = types.ModuleType("toy_conformance_plugin")
        module.zoo_plugin_api = (1,)
        module.zoo_models = hookimpl(lambda: [card])
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return module

    return make


def kit(plugin, **settings):
    return type("Kit", (PluginConformance,), {"plugin": getattr(plugin, "__name__", plugin), **settings})()


def by_hand():
    """Colour moments of the kit's picture through the seeded layer, written slowly."""
    import torch

    from zoo.testing import sample_picture

    spec = toy_card("vision/toy").preprocess  # the same size and values as the herbarium's contract
    picture = sample_picture(spec).astype(np.float32)
    white = picture * (255 / picture.max(axis=(0, 1), keepdims=True)) / 255
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = torch.nn.Linear(6, 16)
    moments = np.concatenate([white.mean(axis=(0, 1)), white.std(axis=(0, 1), ddof=1)])
    return tuple((layer.weight.detach().numpy() @ moments + layer.bias.detach().numpy())[:4])


@pytest.mark.parametrize("check", CHECKS)
def test_the_third_party_package_conforms(herbarium, check):
    references = {"herbarium/colour-moments": Reference(values=by_hand())}
    getattr(kit(herbarium, references=references), check)()


def small(**facts):
    spec = {"source": TimmSource(architecture="test_vit", config={"img_size": 32}), "embed_dim": 64}
    return {"n_parameters": None, **spec, **facts}


def test_a_plugin_for_another_interface_is_caught(plugin):
    module = plugin()
    module.zoo_plugin_api = (99,)
    with pytest.raises(AssertionError, match="supports interface"):
        kit(module).test_it_states_the_interface_that_it_supports()


def test_a_framework_at_import_is_caught(tmp_path, monkeypatch):
    (tmp_path / "heavy_plugin.py").write_text("import sklearn\nzoo_plugin_api = (1,)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssertionError, match=r"heavy_plugin loads .*sklearn"):
        kit("heavy_plugin").test_importing_it_is_inert()


def test_a_changed_environment_is_caught(tmp_path, monkeypatch):
    (tmp_path / "rude_plugin.py").write_text("import os\nos.environ['HF_TOKEN'] = 'mine'\nzoo_plugin_api = (1,)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssertionError, match="an environment variable was changed"):
        kit("rude_plugin").test_importing_it_is_inert()


@pytest.mark.parametrize(
    ("facts", "check", "message"),
    [
        ({"domains": ("medicine",)}, "test_its_cards_are_sound", "outside the tree"),
        ({"preprocess": None}, "test_its_cards_are_sound", "how its input is prepared"),
        ({"sources": ()}, "test_its_cards_are_sound", "where its facts were read"),
        ({"gated": None}, "test_terms_are_stated", "whether it is gated"),
        ({"license": License(code="MIT", weights=None, data=None)}, "test_terms_are_stated", "no licence"),
        (
            {"source": TimmSource(architecture="resnet18", repository="acme/net")},
            "test_weights_are_pinned",
            "without a commit or a hash",
        ),
        (small(n_parameters=5), "test_networks_are_as_the_cards_say", "the card says 5"),
    ],
    ids=["domain", "preprocess", "sources", "gated", "licence", "unpinned", "parameters"],
)
def test_a_fault_of_a_card_is_caught(plugin, facts, check, message):
    with pytest.raises(AssertionError, match=message):
        getattr(kit(plugin(**facts)), check)()


def test_a_transform_that_differs_is_caught_and_named(plugin):
    module = plugin(**small())

    def squash(scale):
        def transform(picture):
            resized = picture.resize((32, 32), 2)
            return np.asarray(resized, dtype=np.float32).transpose(2, 0, 1) / scale

        return transform

    kit(module, upstream_transforms={"vision/toy": lambda: squash(255)}).test_preprocessing_equals_upstream()
    with pytest.raises(AssertionError, match="value range"):
        kit(module, upstream_transforms={"vision/toy": lambda: squash(1)}).test_preprocessing_equals_upstream()


def test_another_embedding_is_caught(plugin):
    with pytest.raises(AssertionError, match=r"vision/toy gives .*want \[9\.0\]"):
        kit(plugin(**small()), references={"vision/toy": Reference([9.0])}).test_embeddings_equal_the_references()


def test_a_raw_error_in_place_of_words_is_caught(plugin, tmp_path):
    import torch
    from safetensors.torch import save_file

    class Stubborn(torch.nn.Module):
        def to(self, *args, **kwargs):
            raise ValueError("I stay here")

    save_file({"a": torch.zeros(1)}, tmp_path / "w.safetensors")
    source = CustomSource(builder="own", path=str(tmp_path / "w.safetensors"))
    module = plugin(source=source, n_parameters=None)
    kit(module).test_without_a_network_it_fails_in_words()  # nobody builds it: one of our own errors
    module.zoo_load_custom = hookimpl(lambda card, weights: Stubborn())
    with pytest.raises(ValueError, match="I stay here"):
        kit(module).test_without_a_network_it_fails_in_words()


def test_sample_pictures_are_the_same_each_time():
    assert [p.tobytes() for p in sample_pictures()] == [p.tobytes() for p in sample_pictures()]
