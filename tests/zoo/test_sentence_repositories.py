"""A repository of sentence-transformers gives that library's own vectors, or is refused with its reason.

Each layout is saved by sentence-transformers with seeded weights, or has a saved one's files rewritten as older
versions and well-known repositories have them; the settings that are said to be those of a repository were read there.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
import torch

from tests.hub_builders import bert_repository, sentence_modules
from zoo.errors import CapabilityError
from zoo.loading import load
from zoo.plugins.catalogues import plugin as catalogues
from zoo.registry import Registry

sentence_transformers = pytest.importorskip("sentence_transformers")
from sentence_transformers import SentenceTransformer  # noqa: E402  # after the check that it is there
from sentence_transformers.base.modules import Dense, Normalize, Transformer  # noqa: E402  # the same
from sentence_transformers.sentence_transformer.modules import Pooling  # noqa: E402  # the same

TEXTS = ["a photo of a cat", "the large dog", "red", "a small green forest river field of blue x ray cell"]
TANH, NONE = torch.nn.Tanh(), torch.nn.Identity()


@pytest.fixture(scope="module")
def registry():
    registry = Registry()
    registry.register(catalogues, "catalogues")
    return registry


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Folder of a BERT of width 32 with its tokenizer."""
    folder = tmp_path_factory.mktemp("bert")
    with contextlib.redirect_stderr(io.StringIO()):
        for name, content in bert_repository().items():
            (folder / name).write_bytes(content)
    return folder


def saved(base, folder, *, pooling="mean", include_prompt=True, layers=(), **settings) -> Path:
    """A model of these modules as sentence-transformers writes it; layers are Normalize or (out, bias, activation)."""
    torch.manual_seed(1)
    width = 32 * (1 if isinstance(pooling, str) else len(pooling))
    modules = [Transformer(str(base)), Pooling(32, pooling, include_prompt=include_prompt)]
    for layer in layers:
        if layer == "normalize":
            modules.append(Normalize())
            continue
        n_out, bias, activation, *residual = layer
        modules.append(Dense(width, n_out, bias=bias, activation_function=activation, use_residual=bool(residual)))
        width = n_out
    with contextlib.redirect_stderr(io.StringIO()):
        SentenceTransformer(modules=modules, device="cpu", **settings).save(str(folder), create_model_card=False)
    return folder


def rewritten(folder, name, change):
    """The settings file with a function applied to its content."""
    path = folder / name
    told = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(change(told)))


def served(hub, folder):
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    repository = hub.add("acme/sentences", files)
    repository.facts.update(pipeline_tag="sentence-similarity", library_name="sentence-transformers")
    return "hf/acme/sentences"


def assert_equal(hub, registry, folder, **arguments):
    """zoo's vectors equal those of sentence-transformers, one text alone and beside longer ones."""
    with contextlib.redirect_stderr(io.StringIO()):
        theirs = SentenceTransformer(str(folder), device="cpu")
        encoder = load(served(hub, folder), device="cpu", registry=registry)
    kind = arguments.get("kind")
    name = {} if kind is None else {"prompt_name": kind}
    wanted = theirs.encode(TEXTS, convert_to_tensor=True, show_progress_bar=False, **name)
    vectors = encoder.embed_texts(TEXTS, kind=kind)
    assert vectors.shape == wanted.shape
    assert float((vectors - wanted).abs().max()) < 1e-5
    alone = encoder.embed_texts(TEXTS[:1], kind=kind)
    assert float((alone - vectors[:1]).abs().max()) < 1e-5
    assert encoder.card.embed_dim == encoder.dim == vectors.shape[1]
    return encoder


MODES = ("cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
LAYOUTS = {
    **{f"{mode} alone": {"pooling": mode} for mode in MODES},
    "all-MiniLM-L6-v2: mean, unit length": {"layers": ["normalize"]},
    "LaBSE: cls, dense tanh, unit length": {"pooling": "cls", "layers": [(32, True, TANH), "normalize"]},
    "distiluse: mean, narrower dense tanh": {"layers": [(16, True, TANH)]},
    "sentence-t5: mean, dense without bias, unit length": {"layers": [(24, False, NONE), "normalize"]},
    "EmbeddingGemma: mean, wide dense and back": {"layers": [(96, False, NONE), (32, False, NONE), "normalize"]},
    "dense gelu": {"layers": [(8, True, torch.nn.GELU())]},
    "dense with a residual": {"layers": [(32, True, TANH, "residual")]},
    "narrower dense with a residual": {"layers": [(20, True, TANH, "residual"), "normalize"]},
    "unit length before the dense layer": {"layers": ["normalize", (12, True, TANH)]},
    "cls and mean side by side": {"pooling": ("cls", "mean")},
    "mean and max side by side, unit length": {"pooling": ("mean", "max"), "layers": ["normalize"]},
    "three side by side, dense": {"pooling": ("cls", "max", "mean"), "layers": [(32, True, TANH)]},
    "all six side by side": {"pooling": MODES},
    "cut to 16": {"layers": ["normalize"], "truncate_dim": 16},
    "cut to more than there is": {"truncate_dim": 64},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_vectors_equal_those_of_sentence_transformers(hub, registry, base, tmp_path, layout):
    assert_equal(hub, registry, saved(base, tmp_path / "model", **layout))


PROMPTS = {"query": "a large ", "document": "the ", "clustering": "x ray "}


@pytest.mark.parametrize("kind", [None, *PROMPTS])
@pytest.mark.parametrize("include_prompt", [True, False], ids=["whole", "prompt left out"])
@pytest.mark.parametrize("mode", ["mean", "weightedmean", "cls"])
def test_named_prompts_are_put_before_texts(hub, registry, base, tmp_path, kind, include_prompt, mode):
    layout = {"pooling": mode, "include_prompt": include_prompt, "prompts": PROMPTS}
    encoder = assert_equal(hub, registry, saved(base, tmp_path / "model", **layout), kind=kind)
    assert dict(encoder.card.preprocess.prompts) == PROMPTS


def test_the_default_prompt_is_put_before_every_text_and_told(hub, registry, base, tmp_path):
    folder = saved(base, tmp_path / "model", prompts=PROMPTS, default_prompt_name="query")
    encoder = assert_equal(hub, registry, folder)
    plain = assert_equal(hub, registry, saved(base, tmp_path / "plain", prompts=PROMPTS))
    assert float((encoder.embed_texts(["cat"]) - plain.embed_texts(["cat"])).abs().max()) > 0.01
    assert "'query'" in encoder.card.limitations


def flags(**modes):
    """Settings of a pooling as versions before 6 wrote them."""
    names = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")
    told = {f"pooling_mode_{name}": False for name in names}
    return {"word_embedding_dimension": 32, **told, **{f"pooling_mode_{name}": value for name, value in modes.items()}}


OLD = {
    "mean": flags(mean_tokens=True),
    "cls": flags(cls_token=True),
    "max": flags(max_tokens=True),
    "square root": flags(mean_sqrt_len_tokens=True),
    "last": flags(lasttoken=True),
    "weighted": flags(weightedmean_tokens=True),
    "two at once": flags(cls_token=True, mean_tokens=True),
    "none of them": flags(),
    "prompt left out": {**flags(mean_tokens=True), "include_prompt": False},
    "a mode in words beside flags": {**flags(mean_tokens=True), "pooling_mode": "cls"},
}


@pytest.mark.parametrize("told", OLD.values(), ids=list(OLD))
def test_flags_of_older_versions_mean_the_same(hub, registry, base, tmp_path, told):
    folder = saved(base, tmp_path / "model", prompts={"query": "a photo "})
    rewritten(folder, "1_Pooling/config.json", lambda _: told)
    (folder / "modules.json").write_bytes(sentence_modules("Transformer", "Pooling"))
    assert_equal(hub, registry, folder, kind="query")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sentence_bert_config.json", {"max_seq_length": 5, "do_lower_case": False}),
        ("sentence_roberta_config.json", {"max_seq_length": 6}),
        ("sentence_bert_config.json", {"max_seq_length": None, "do_lower_case": True}),
    ],
    ids=["cut to 5", "under the name of its family", "no length"],
)
def test_the_length_of_a_text_is_that_of_its_settings(hub, registry, base, tmp_path, name, told):
    folder = saved(base, tmp_path / "model")
    (folder / "sentence_bert_config.json").unlink()
    (folder / name).write_text(json.dumps(told))
    assert_equal(hub, registry, folder)


def test_letters_are_made_small_where_the_settings_say_so(hub, registry, base, tmp_path):
    folder = saved(base, tmp_path / "model")
    rewritten(folder, "tokenizer.json", lambda told: {**told, "normalizer": None})
    rewritten(folder, "sentence_bert_config.json", lambda _: {"max_seq_length": 30, "do_lower_case": True})
    encoder = assert_equal(hub, registry, folder)
    assert torch.equal(encoder.embed_texts(["A CAT"]), encoder.embed_texts(["a cat"]))


def test_no_more_tokens_than_the_network_has_positions(hub, registry, base, tmp_path):
    folder = saved(base, tmp_path / "model")
    rewritten(folder, "tokenizer_config.json", lambda told: {**told, "model_max_length": 512})
    assert assert_equal(hub, registry, folder).card.max_tokens == 40


def test_the_network_may_lie_in_a_folder_of_its_own(hub, registry, base, tmp_path):
    folder = saved(base, tmp_path / "model", layers=["normalize"])
    inner = folder / "0_Transformer"
    inner.mkdir()
    for path in [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(("modules", "config_sent"))]:
        path.rename(inner / path.name)
    rewritten(folder, "modules.json", lambda told: [{**told[0], "path": "0_Transformer"}, *told[1:]])
    assert_equal(hub, registry, folder)


def other_module(kind):
    return lambda folder: (folder / "modules.json").write_bytes(sentence_modules("Transformer", "Pooling", kind))


def settings(name, **more):
    return lambda folder: rewritten(folder, name, lambda told: {**told, **more})


REFUSED = {
    "word vectors": (other_module("WordEmbeddings"), "WordEmbeddings"),
    "weighted layers": (other_module("WeightedLayerPooling"), "WeightedLayerPooling"),
    "a router": (other_module("Router"), "Router"),
    "code of its own": (
        lambda folder: rewritten(folder, "modules.json", lambda told: [{**told[0], "type": "custom_st.Mine"}]),
        "custom_st.Mine",
    ),
    "a pooling nobody knows": (settings("1_Pooling/config.json", pooling_mode="attention"), "attention"),
    "a key of pooling nobody knows": (settings("1_Pooling/config.json", temperature=2), "temperature"),
    "another task": (settings("sentence_bert_config.json", transformer_task="fill-mask"), "fill-mask"),
    "arguments of the network": (settings("sentence_bert_config.json", model_args={"a": 1}), "model_args"),
    "sparse vectors": (settings("config_sentence_transformers.json", model_type="SparseEncoder"), "SparseEncoder"),
    "a default that is no prompt": (
        settings("config_sentence_transformers.json", default_prompt_name="search"),
        "search",
    ),
    "its own class": (settings("config.json", auto_map={"AutoModel": "modeling.Mine"}), "modeling.Mine"),
}


@pytest.mark.parametrize(("change", "word"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_not_understood_is_refused_by_name(hub, registry, base, tmp_path, change, word):
    folder = saved(base, tmp_path / "model")
    change(folder)
    card = registry.get_card(served(hub, folder))
    assert word in card.source.refusal
    with pytest.raises(CapabilityError, match=word):
        load(card, device="cpu", registry=registry)


def test_a_key_that_decides_nothing_is_told(hub, registry, base, tmp_path):
    folder = saved(base, tmp_path / "model")
    settings("config_sentence_transformers.json", reranker="x")(folder)
    assert "reranker" in registry.get_card(served(hub, folder)).limitations


def test_widths_to_which_vectors_may_be_cut_are_kept(hub, registry, base, tmp_path):
    folder = saved(base, tmp_path / "model")
    settings("config.json", matryoshka_dimensions=[8, 16, 32])(folder)
    assert registry.get_card(served(hub, folder)).sentence_head.matryoshka_dims == (8, 16, 32)
