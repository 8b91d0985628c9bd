"""Every card of photographs, texts, code and pictures with text is held against the installed packages.

timm and open_clip say how their weights are fed and how large their networks are; a transformers card carries the
shape of its network, and the count of parameters that it states must come out of building that shape.
"""

from __future__ import annotations

import copy
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from zoo.cards import CustomSource, ImagePreprocess, OpenClipSource, TextPreprocess, TimmSource, TransformersSource
from zoo.errors import WeightsError
from zoo.plugins.code import plugin as code
from zoo.plugins.multimodal import chat as multimodal_chat
from zoo.plugins.multimodal import plugin as multimodal
from zoo.plugins.text import plugin as text
from zoo.plugins.vision import cifar as vision_cifar
from zoo.plugins.vision import plugin as vision
from zoo.preprocessing import build
from zoo.registry import default_registry
from zoo.specs import spec_from_open_clip, spec_from_timm

CARDS = [*vision.MODELS, *text.MODELS, *code.MODELS, *multimodal.MODELS]
NON_COMMERCIAL = ("-NC-", "-NC", "Apple Machine Learning Research")
TIMM_POOLINGS = {"token": "cls", "avg": "mean", "map": "map"}


def cards_from(kind):
    return [pytest.param(card, id=card.id) for card in CARDS if isinstance(card.source, kind)]


def n_parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def facts_alone(spec):
    """The contract without the note of where it was read."""
    return spec.model_copy(update={"source": None})


@pytest.mark.parametrize("card", cards_from(TimmSource))
def test_timm_agrees_with_the_card(card):
    import timm

    config = timm.models.get_pretrained_cfg(card.source.architecture).to_dict()
    assert facts_alone(card.preprocess) == spec_from_timm(config)
    assert card.source.repository == config["hf_hub_id"]
    with torch.device("meta"):
        network = timm.create_model(card.source.architecture, pretrained=False, num_classes=0)
    assert card.n_parameters == n_parameters(network)
    assert card.embed_dim == (getattr(network, "head_hidden_size", None) or network.num_features)
    own = getattr(network, "global_pool", None)
    assert card.pooling == (TIMM_POOLINGS[own] if isinstance(own, str) else "average")
    stated = (card.license.weights or "").lower().replace(" ", "-")
    if not card.id.startswith("vision/aimv2"):  # relicensed on the hub after timm wrote its tag
        assert stated == config["license"].lower()


@pytest.mark.parametrize("card", cards_from(OpenClipSource))
def test_open_clip_agrees_with_the_card(card):
    import open_clip

    source = card.source
    told = open_clip.get_pretrained_cfg(source.architecture, source.tag)
    config = open_clip.get_model_config(source.architecture)
    assert facts_alone(card.preprocess) == spec_from_open_clip({**told, "size": config["vision_cfg"]["image_size"]})
    assert source.repository == told["hf_hub"].rstrip("/")
    assert bool(told.get("quick_gelu")) == bool(config.get("quick_gelu")), "the name builds another activation"
    assert card.embed_dim == config["embed_dim"]
    assert card.max_tokens == card.text_preprocess.max_tokens == config["text_cfg"].get("context_length", 77)
    tokenizer = config["text_cfg"].get("hf_tokenizer_name") or f"open_clip:{source.architecture}"
    assert card.text_preprocess.tokenizer == tokenizer
    with_bias = config.get("init_logit_bias") is not None
    assert card.zero_shot.scoring == ("sigmoid" if with_bias else "softmax")
    parts = copy.deepcopy(config)
    custom_text = parts.pop("custom_text", False) or "hf_model_name" in parts["text_cfg"]
    kind = open_clip.CoCa if "multimodal_cfg" in parts else open_clip.CustomTextCLIP if custom_text else open_clip.CLIP
    with torch.device("meta"):
        network = kind(**parts)
    assert card.n_parameters == n_parameters(network)


@pytest.mark.parametrize("card", cards_from(TransformersSource))
def test_the_shape_on_a_transformers_card_has_its_size(card):
    import transformers

    stated = dict(card.source.config)
    config = transformers.CONFIG_MAPPING[stated.pop("model_type")](**stated)
    kind = getattr(transformers, card.source.model_class or "AutoModel")
    with torch.device("meta"):
        network = kind.from_config(config) if hasattr(kind, "from_config") else kind(config)
    assert card.n_parameters == n_parameters(network)
    assert card.embed_dim == config.get_text_config().hidden_size
    positions = getattr(config.get_text_config(), "max_position_embeddings", None)
    # RoBERTa keeps two places for padding; NomicBERT stretches its rotary positions beyond those of its config
    if card.max_tokens is not None and card.id != "text/nomic-embed-text-v1.5":
        assert card.max_tokens <= positions - 2 * (positions in (514, 1026, 8194))


def test_no_two_models_share_a_name():
    cards = default_registry().find()
    names = Counter(name for card in cards for name in {each.lower() for each in (card.id, *card.aliases)})
    assert [name for name, n in names.items() if n > 1] == []


@pytest.mark.parametrize("card", [pytest.param(card, id=card.id) for card in CARDS])
def test_a_card_holds_together(card):
    plugin = card.id.split("/")[0]
    assert plugin in ("vision", "text", "code", "multimodal")
    assert card.sources
    assert not any(source.startswith(("/", ".", "~")) for source in card.sources), "a source is a page or a package"
    if card.superseded_by is not None:
        assert card.superseded_by in {other.id for other in CARDS} - {card.id}
    weights = card.license.weights or ""
    if any(mark in weights for mark in NON_COMMERCIAL):
        assert card.commercial_use is False
    if card.commercial_use:
        assert weights
    if not weights:
        assert card.commercial_use is None
    for result in card.results:
        unbounded = result.metric.startswith(("BLEU", "CIDEr", "RMSE"))
        assert unbounded or 0 < result.value <= 1, f"{result.dataset}: a share lies in [0, 1], got {result.value}"
        assert result.source in card.sources or result.source.startswith("http")
    if isinstance(card.preprocess, ImagePreprocess):
        assert card.preprocess.bands == ("red", "green", "blue")
        assert card.preprocess.value_range == (0, 255)
    if isinstance(card.preprocess, TextPreprocess):
        assert card.preprocess.max_tokens == card.max_tokens
    if isinstance(card.source, CustomSource):
        assert card.source.builder is not None, "nobody could load it"


def test_every_system_of_the_mission_is_found_by_the_name_that_people_type():
    registry = default_registry()
    named = {
        "resnet50": "vision/resnet50",
        "efficientnet": "vision/efficientnet-b0",
        "vit-b-16": "vision/vit-base",
        "bert-base-uncased": "text/bert-base-uncased",
        "roberta-base": "text/roberta-base",
        "deberta": "text/deberta-v3-base",
        "llama": "text/llama-3.2-1b",
        "scibert": "text/scibert",
        "biomedbert": "text/biomedbert",
        "legalbert": "text/legal-bert",
        "codebert": "code/codebert",
        "starcoder": "code/starcoder",
        "clip-vit-b-32": "multimodal/clip-vit-b-32",
        "flamingo": "multimodal/openflamingo-4b",
        "llava": "multimodal/llava-1.5-7b",
    }
    assert {name: registry.get_card(name).id for name in named} == named


def test_weights_named_twice_in_a_card_are_pinned_alike():
    """A revision belongs to a repository: two cards of one repository state the same one."""
    revisions: dict[str, set[str | None]] = {}
    for card in CARDS:
        if card.source.repository is not None:
            revisions.setdefault(card.source.repository, set()).add(card.source.revision)
    assert {repository: found for repository, found in revisions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("card", vision_cifar.MODELS, ids=lambda card: card.id)
def test_a_small_resnet_loads_from_its_file_and_no_other(card, shared_data):
    path = shared_data / "weights" / "cifar10_resnet" / card.source.file
    here = card.model_copy(update={"source": card.source.model_copy(update={"path": str(path)})})
    assert path.stat().st_size == card.source.n_bytes
    encoder = zoo.load(here, device="cpu")
    assert n_parameters(encoder.module) == card.n_parameters
    picture = torch.zeros(1, *encoder.preprocess(Image.new("RGB", (32, 32), "teal")).shape)
    assert encoder.embed_images(picture).shape == (1, card.embed_dim)
    other = card.model_copy(update={"source": here.source.model_copy(update={"sha256": "0" * 64})})
    with pytest.raises(WeightsError, match="is not the file that the card"):
        zoo.load(other, device="cpu")


def test_prefixes_are_the_exact_strings_of_their_authors():
    """Spaces count: one after `Query:` for E5, none for Qwen3."""
    task = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
    stated = {card.id: (card.preprocess.query_prefix, card.preprocess.document_prefix) for card in text.MODELS}
    assert stated["text/e5-base-v2"] == ("query: ", "passage: ")
    assert stated["text/bge-base-en-v1.5"] == ("Represent this sentence for searching relevant passages: ", None)
    assert stated["text/nomic-embed-text-v1.5"] == ("search_query: ", "search_document: ")
    assert stated["text/qwen3-embedding-0.6b"] == stated["text/qwen3-embedding-4b"] == (task, None)
    assert stated["text/multilingual-e5-large-instruct"] == (task + " ", None)


def test_pooling_and_padding_go_together():
    """The last token is the last of the text only where padding stands on the left, or is masked."""
    last = [card for card in CARDS if card.pooling == "last"]
    sides = {
        (card.preprocess if isinstance(card.preprocess, TextPreprocess) else card.text_preprocess).padding_side
        for card in last
    }
    assert sides == {"left"}
    assert len(last) >= 5


@pytest.mark.parametrize("size", [(640, 480), (500, 641), (699, 336), (200, 300)], ids=str)
def test_pictures_reach_llava_as_by_its_own_processor(size):
    from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

    theirs = LlavaImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    expected = torch.as_tensor(theirs(picture)["pixel_values"][0])
    assert torch.equal(build(multimodal_chat.LLAVA_7B.preprocess)(picture), expected)
