"""Catalogues: the indexes equal the installed packages, cards are sound, and names load through the real path."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.hub_builders import (
    bert_repository,
    clip_repository,
    open_clip_repository,
    sentence_modules,
    siglip_repository,
    timm_repository,
)
from zoo.cards import ModelCard
from zoo.errors import CapabilityError, OfflineError, UnauthorizedError, UnknownModelError
from zoo.loading import load
from zoo.plugins.build_catalogues.__main__ import Contracts, hub_address
from zoo.plugins.catalogues import open_clip as catalogue_open_clip
from zoo.plugins.catalogues import plugin as catalogues
from zoo.plugins.catalogues import timm as catalogue_timm
from zoo.plugins.catalogues.index import pretraining_of, read
from zoo.registry import Registry
from zoo.specs import spec_from_open_clip, spec_from_timm


@pytest.fixture(scope="module")
def registry():
    """A registry of the catalogues alone."""
    registry = Registry()
    registry.register(catalogues, "catalogues")
    return registry


def stated(index):
    """The index, if it was written from the installed version."""
    module = pytest.importorskip(index)
    told = read(index)
    if told["version"] != module.__version__:
        pytest.skip(f"the index is of {index} {told['version']}, {module.__version__} is installed")
    return told


def test_the_timm_index_equals_the_installed_timm():
    import timm

    index = stated("timm")
    assert sorted(index["models"]) == sorted(timm.list_pretrained())
    contracts = Contracts()
    for name, row in index["models"].items():
        config = timm.get_pretrained_cfg(name).to_dict()
        spec = spec_from_timm(config).model_dump(mode="json", exclude_defaults=True)
        assert index["contracts"][row[0]] == spec, name
        assert row[4:7] == [config.get("license"), config.get("hf_hub_id"), config.get("hf_hub_filename")], name
        contracts.number(spec_from_timm(config))
    assert len(contracts.told) == len(index["contracts"])


def test_the_open_clip_index_equals_the_installed_open_clip():
    import open_clip

    index = stated("open_clip")
    assert sorted(index["models"]) == sorted("/".join(pair) for pair in open_clip.list_pretrained())
    for name, row in index["models"].items():
        architecture, tag = name.split("/")
        model, config = open_clip.get_model_config(architecture), open_clip.get_pretrained_cfg(architecture, tag)
        size = model["vision_cfg"].get("image_size", 224)
        spec = spec_from_open_clip({**config, "size": size}).model_dump(mode="json", exclude_defaults=True)
        assert index["contracts"][row[0]] == spec, name
        assert row[2] == model["embed_dim"], name
        assert (row[6], row[7]) == hub_address(config.get("hf_hub") or ""), name


def sample(module, n, most):
    """Cards of small networks, the same each time, spread over the catalogue."""
    small = [card for card in module.cards() if card.n_parameters is not None and card.n_parameters < most]
    chosen = np.random.default_rng(0).choice(len(small), n, replace=False)
    return [small[k] for k in chosen]


@pytest.mark.parametrize("module", [catalogue_timm, catalogue_open_clip], ids=["timm", "open_clip"])
def test_a_sample_builds_with_the_parameters_and_the_width_of_its_card(module, registry):
    for card in sample(module, 8, 60e6 if module is catalogue_timm else 200e6):
        encoder = load(card.id, device="meta", pretrained=False, registry=registry)
        assert sum(p.numel() for p in encoder.module.parameters()) == card.n_parameters, card.id
        assert encoder.dim == card.embed_dim, card.id


def test_a_width_is_that_of_a_true_run_not_num_features(registry):
    card = registry.get_card("timm/mobilenetv4_conv_small.e2400_r224_in1k")
    encoder = load(card, device="cpu", pretrained=False, registry=registry)
    assert encoder.embed_images(torch.zeros(1, 3, 64, 64)).shape == (1, card.embed_dim)
    assert (card.embed_dim, encoder.module.num_features) == (1280, 960)


@pytest.mark.parametrize("module", [catalogue_timm, catalogue_open_clip], ids=["timm", "open_clip"])
def test_every_card_is_a_valid_card(module):
    cards = module.cards()
    assert len({card.id for card in cards}) == len(cards) > (1800 if module is catalogue_timm else 190)
    for card in cards:
        assert ModelCard.model_validate_json(card.model_dump_json()) == card


def test_names_resolve_to_the_cards_that_are_listed(registry):
    for name in ("timm/resnet50.a1_in1k", "open_clip/ViT-B-32/laion2b_s34b_b79k"):
        (listed,) = [card for card in registry.find(name) if card.id == name]
        assert registry.get_card(name) == listed


def test_an_architecture_alone_means_its_default_tag(registry):
    import timm

    tag = timm.get_pretrained_cfg("resnet50").tag
    assert registry.get_card("timm/resnet50").id == f"timm/resnet50.{tag}"


@pytest.mark.parametrize("name", ["timm/resnet5000", "open_clip/ViT-B-32/no_such_tag", "timm/", "other/resnet50"])
def test_names_of_nothing_are_unknown(registry, name):
    with pytest.raises(UnknownModelError):
        registry.get_card(name)


def test_filters_work_on_a_whole_catalogue(registry):
    found = registry.find("timm/*vit*", commercial_use=True, max_parameters=10e6)
    assert len(found) > 20
    assert all(card.n_parameters <= 10e6 and card.commercial_use for card in found)


def test_listing_a_catalogue_loads_no_framework():
    code = (
        "import sys, zoo\n"
        "print(len(zoo.list_models('timm/*')) > 1800, len(zoo.list_models('open_clip/*')) > 190)\n"
        "zoo.get_card('timm/resnet50.a1_in1k')\n"
        "print(*sorted({'torch', 'timm', 'open_clip', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_data_sets_are_read_from_a_tag_only_if_all_of_it_is_understood():
    assert pretraining_of("augreg_in21k_ft_in1k").datasets == {"ImageNet-1k", "ImageNet-21k"}
    assert pretraining_of("laion2b_s34b_b79k").datasets == {"LAION-2B"}
    for tag in ("openai", "swag_ft_in1k", "seer_ft_in1k", "ig1b_swsl_in1k", ""):
        assert pretraining_of(tag) is None


def test_a_timm_name_loads_from_its_repository(hub, registry):
    import timm
    from safetensors.torch import load as read_tensors

    files = timm_repository("test_vit", num_classes=1000)
    hub.add("timm/test_vit.r160_in1k", files)
    reference = timm.create_model("test_vit", num_classes=1000)
    reference.load_state_dict(read_tensors(files["model.safetensors"]))
    reference.reset_classifier(0)
    encoder = load("timm/test_vit.r160_in1k", device="cpu", registry=registry)
    pixels = torch.randn(2, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(encoder.embed_images(pixels), reference.eval()(pixels), atol=1e-5, rtol=0)


def test_an_open_clip_name_is_built_with_the_activation_of_its_weights(registry):
    encoder = load("open_clip/ViT-B-32/openai", device="meta", pretrained=False, registry=registry)
    assert type(encoder.module.visual.transformer.resblocks[0].mlp.gelu).__name__ == "QuickGELU"


def test_terms_of_a_tag_are_those_of_every_card_with_it():
    import zoo
    from zoo.cards import OpenClipSource
    from zoo.plugins.catalogues.terms import BY_TAG, terms_of

    cards = [zoo.get_card(name) for name in zoo.list_models()]
    stated = [card for card in cards if isinstance(card.source, OpenClipSource) and card.source.tag in BY_TAG]
    assert {card.source.tag for card in stated} == set(BY_TAG)
    for card in stated:
        told = terms_of(card.source.tag, card.source.repository)
        assert told == (card.license.weights, card.commercial_use), card.id


def test_commercial_use_can_be_asked_of_the_open_clip_catalogue(registry):
    free = {card.id for card in registry.find("open_clip/*", commercial_use=True)}
    assert {"open_clip/ViT-B-32/laion2b_s34b_b79k", "open_clip/ViT-B-16-SigLIP2-256/webli"} <= free
    assert "open_clip/ViT-H-14-quickgelu/metaclip_fullcc" not in free
    assert registry.get_card("open_clip/ViT-B-32-quickgelu/openai").commercial_use is None


def test_a_search_that_no_card_answers_looks_in_the_catalogues_and_says_so(registry):
    with pytest.warns(UserWarning, match="of the catalogue open_clip do"):
        found = registry.find("SigLIP 2")
    assert "open_clip/ViT-B-16-SigLIP2/webli" in {card.id for card in found}
    assert registry.find("no such model at all") == []


def test_a_repository_of_the_hub_is_pointed_to(registry):
    with pytest.raises(UnknownModelError, match="'hf/google/embeddinggemma-300m'"):
        registry.get_card("google/embeddinggemma-300m")


class TestHub:
    """`hf/owner/name` from what a repository holds; weights are not downloaded for a card."""

    def resolve(self, hub, registry, files, **facts):
        repository = hub.add("acme/net", files)
        repository.facts.update(facts)
        card = registry.get_card("hf/acme/net")
        assert ModelCard.model_validate_json(card.model_dump_json()) == card
        assert not [seen for seen in hub.requests if seen.method == "GET" and seen.path.endswith(".safetensors")]
        return card

    def test_a_text_model_with_its_pooling_prompts_and_terms(self, hub, registry):
        files = bert_repository() | {
            "modules.json": sentence_modules("Transformer", "Pooling"),
            "1_Pooling/config.json": json.dumps({"pooling_mode_mean_tokens": True}).encode(),
            "sentence_bert_config.json": json.dumps({"max_seq_length": 12}).encode(),
            "config_sentence_transformers.json": json.dumps({"prompts": {"query": "query: "}}).encode(),
        }
        card = self.resolve(
            hub,
            registry,
            files,
            library_name="sentence-transformers",
            pipeline_tag="sentence-similarity",
            tags=["license:apache-2.0", "en", "dataset:ms_marco"],
            safetensors={"parameters": {"F32": 12345}, "total": 12345},
            gated=False,
        )
        assert (card.modality, card.pooling, card.embed_dim, card.n_parameters) == ("text", "mean", 32, 12345)
        assert (card.preprocess.max_tokens, card.preprocess.query_prefix) == (12, "query: ")
        assert (card.license.weights, card.commercial_use, card.gated) == ("apache-2.0", True, False)
        assert card.languages == ("en",)
        assert card.pretraining.datasets == {"ms_marco"}
        assert card.source.revision == hub.repositories["acme/net"].commit
        assert load(card, device="cpu", registry=registry).embed_texts(["a cat"], kind="query").shape == (1, 32)

    @pytest.mark.parametrize(
        ("build", "loader", "width"),
        [
            (clip_repository, "transformers", 20),
            (siglip_repository, "transformers", 32),
            (open_clip_repository, "open_clip", 24),
        ],
        ids=["clip", "siglip", "open_clip"],
    )
    def test_two_towers_score_pictures_against_texts(self, hub, registry, build, loader, width):
        card = self.resolve(hub, registry, build())
        assert (card.modality, card.source.loader) == ("image-text", loader)
        assert card.zero_shot.scoring == ("sigmoid" if build is siglip_repository else "softmax")
        encoder = load(card, device="cpu", registry=registry)
        picture = np.full((40, 50, 3), 100, np.uint8)
        assert encoder.embed_images([picture]).shape == encoder.embed_texts(["a cat"]).shape == (1, width)

    def test_a_timm_repository_is_prepared_as_its_config_says(self, hub, registry):
        card = self.resolve(hub, registry, timm_repository("test_vit"), library_name="timm")
        assert (card.modality, card.source.loader, card.architecture) == ("image", "timm", "test_vit")
        assert card.preprocess.size_px == 160
        assert load(card, device="cpu", registry=registry).embed_images([np.zeros((9, 9, 3), np.uint8)]).shape == (
            1,
            64,
        )

    def test_a_gated_repository_says_so_and_how_it_is_loaded_is_not_known(self, hub, registry):
        repository = hub.add("acme/secret", bert_repository())
        repository.facts.update(gated="manual", pipeline_tag="fill-mask", tags=["license:llama3"])
        repository.fault, repository.body_only = "gated", True
        card = registry.get_card("hf/acme/secret")
        assert (card.gated, card.license.weights, card.commercial_use) == (True, "llama3", None)
        assert "not known" in card.limitations

    def test_a_repository_that_is_not_there_is_an_unknown_model(self, hub, registry):
        with pytest.raises(UnknownModelError):
            registry.get_card("hf/acme/nothing")

    def test_offline_it_is_read_from_the_cache(self, hub, registry, monkeypatch):
        hub.add("acme/net", bert_repository())
        online = registry.get_card("hf/acme/net")
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        offline = registry.get_card("hf/acme/net")
        assert offline.preprocess == online.preprocess
        assert (offline.gated, offline.license.weights) == (None, None)
        with pytest.raises(OfflineError):
            registry.get_card("hf/acme/other")

    def test_a_type_that_only_remote_code_knows_is_shown_but_not_loaded(self, hub, registry):
        config = json.dumps({"model_type": "my_own", "vocab_size": 9, "auto_map": {"AutoModel": "x.Y"}}).encode()
        files = bert_repository() | {"config.json": config}
        card = self.resolve(hub, registry, files)
        assert card.architecture == "my_own"
        with pytest.raises(CapabilityError, match="runs no code from repositories"):
            load(card, device="cpu", registry=registry)

    @pytest.mark.parametrize("fault", ["bad-token", "forbidden", "rate-limited", "overloaded", "gated"])
    def test_what_is_in_the_cache_is_used_though_the_hub_refuses(self, hub, registry, fault, monkeypatch):
        repository = hub.add("acme/net", bert_repository())
        vectors = load("hf/acme/net", device="cpu", registry=registry).embed_texts(["a cat"])
        monkeypatch.setenv("HF_TOKEN", "hf_expired")
        monkeypatch.setenv("ZOO_DEADLINE_S", "2")
        repository.fault = fault
        with pytest.warns(UserWarning, match="taken from the cache"):
            again = load("hf/acme/net", device="cpu", registry=registry).embed_texts(["a cat"])
        assert torch.equal(vectors, again)

    def test_a_bad_token_for_a_public_repository_says_that_it_needs_none(self, hub, registry, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", "hf_expired")
        hub.add("acme/net", bert_repository()).fault = "bad-token"
        with pytest.raises(UnauthorizedError, match="unset HF_TOKEN"):
            registry.get_card("hf/acme/net")
