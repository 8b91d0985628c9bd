"""What a plan says before and after files are here, and that saying it costs no request."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.zoo.hub_cards import BERT, CARDS, CUSTOM, FILES, NEEDED, OPEN_CLIP, TIMM, WEIGHTS, serve
from tests.zoo.toy_cards import toy_card
from zoo.cards import BundledSource, CustomSource, OpenClipSource, TimmSource, TransformersSource
from zoo.errors import OfflineError, UnknownModelError
from zoo.hub.cache import matches
from zoo.planning import plan
from zoo.pulling import fetch, pull
from zoo.registry import Registry
from zoo.repository.files import companions, wanted_patterns

SHA = "0" * 64


def test_a_plan_asks_nobody_and_says_what_the_card_says(hub):
    serve(hub)
    card = toy_card(
        "toys/sized",
        source=TimmSource(architecture="x", repository="acme/timm", file="model.safetensors", n_bytes=7000, sha256=SHA),
        gated=True,
    )
    made = plan(card)
    assert hub.requests == []
    assert (made.id, made.loader, made.n_bytes, made.format) == ("toys/sized", "timm", 7000, "safetensors")
    assert (made.cached, made.gated, made.loadable, made.why_not) == (False, True, True, None)
    assert [file.path for file in made.files] == ["model.safetensors"]


def test_what_the_card_does_not_say_is_unknown_not_guessed(hub):
    made = plan(toy_card("toys/bare", source=TransformersSource(repository="acme/none")))
    assert (made.files, made.n_bytes, made.format, made.cached) == ((), None, None, False)


@pytest.mark.parametrize("model", CARDS)
def test_the_hub_is_asked_on_demand_and_only_once(hub, model):
    serve(hub)
    made = plan(CARDS[model], ask_hub=True)
    assert {file.path for file in made.files} == NEEDED[model]
    assert made.n_bytes == sum(len(FILES[model][path]) for path in NEEDED[model])
    assert not made.cached
    hub.requests.clear()
    assert plan(CARDS[model], ask_hub=True) == plan(CARDS[model]) == made
    assert hub.requests == []


@pytest.mark.parametrize("model", CARDS)
def test_after_a_pull_the_plan_says_cached(hub, model):
    serve(hub)
    pull(CARDS[model])
    made = plan(CARDS[model], local_files_only=True)
    assert made.cached
    assert made.loadable
    assert {file.path for file in made.files} == NEEDED[model]
    assert made.format == ("pickle" if model == "toys/custom" else "safetensors")


def test_a_file_that_vanished_from_the_cache_is_noticed(hub):
    serve(hub)
    folder = fetch(BERT).folder
    (folder / "model-00002-of-00002.safetensors").unlink()
    assert not plan(BERT).cached


def test_a_companion_that_vanished_from_the_cache_is_noticed(hub):
    serve(hub)
    fetched = fetch(OPEN_CLIP)
    (fetched.companions["acme/words"] / "tokenizer.json").unlink()
    assert not plan(OPEN_CLIP).cached


def test_a_cache_that_other_software_filled_counts(hub, tmp_path):
    from huggingface_hub import snapshot_download

    serve(hub)
    snapshot_download("acme/timm", endpoint=hub.endpoint, cache_dir=tmp_path / "hf_cache")
    made = plan(TIMM, local_files_only=True)
    assert made.cached
    assert made.n_bytes == len(WEIGHTS) + 2


def test_offline_and_not_cached_is_not_loadable(hub, monkeypatch):
    assert plan(TIMM).loadable
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made = plan(TIMM, ask_hub=True)
    assert not made.loadable
    assert made.why_not == "its files are not in the cache, and the network is switched off"
    assert hub.requests == []


@pytest.mark.parametrize(
    ("source", "why_not"),
    [
        (CustomSource(repository="acme/net", builder=None), "its architecture is not built in zoo yet"),
        (CustomSource(builder=None), "its architecture is not built in zoo yet"),
        (TimmSource(architecture="x"), "no published weights are known"),
        (OpenClipSource(architecture="x", tag="y"), "no published weights are known"),
        (CustomSource(builder="x", path="/no/such/file.pt"), "there is no file /no/such/file.pt"),
        (BundledSource(folder="no-such-folder"), "its weights are not in this installation"),
        (TimmSource(architecture="x", repository="acme/net", needs=("no-such-package",)), "no-such-package"),
        (TimmSource(architecture="x", repository="acme/net", needs=("numpy>=99",)), "numpy>=99"),
        (TimmSource(architecture="x", repository="acme/net", needs=("numpy>=1.0", "pydantic")), None),
        (CustomSource(builder="made of code alone"), "no published weights are known"),
    ],
)
def test_what_cannot_be_loaded_says_why(hub, source, why_not):
    made = plan(toy_card("toys/net", source=source))
    assert made.loadable is (why_not is None)
    assert (made.why_not is None) if why_not is None else (why_not in made.why_not)
    assert made.packages_missing == tuple(need for need in source.needs if need in ("no-such-package", "numpy>=99"))


def test_a_local_file_is_planned_by_its_own_size(tmp_path):
    (tmp_path / "mine.safetensors").write_bytes(b"x" * 10)
    made = plan(toy_card("mine/net", source=CustomSource(builder="b", path=str(tmp_path / "mine.safetensors"))))
    assert (made.cached, made.loadable, made.n_bytes) == (True, True, 10)


def test_a_name_is_looked_up_in_the_registry_given():
    with pytest.raises(UnknownModelError):
        plan("toys/timm", registry=Registry())


def test_a_plan_is_plain_data(hub):
    import json

    told = json.loads(json.dumps(plan(TIMM).to_dict()))
    assert told["id"] == "toys/timm"
    assert told["loadable"] is True


@pytest.mark.parametrize(
    ("card", "file", "wanted"),
    [
        (TIMM, "pytorch_model.bin", False),  # its card says safetensors
        (TIMM, "README.md", False),
        (OPEN_CLIP, "open_clip_pytorch_model.bin", True),  # its card does not say, so either may be there
        (BERT, "model-00001-of-00002.safetensors", True),
        (BERT, "1_Pooling/config.json", True),
        (BERT, "onnx/model.onnx", False),
        (BERT, "modeling_bert.py", False),  # code of a repository is never fetched
        (CUSTOM, "other.pth", False),  # its card names the file
    ],
)
def test_patterns_name_what_the_loader_reads(card, file, wanted):
    assert matches(file, wanted_patterns(card)) is wanted


def test_a_subfolder_is_kept_to():
    card = toy_card("toys/sub", source=TransformersSource(repository="acme/x", subfolder="vision"))
    assert matches("vision/config.json", wanted_patterns(card))
    assert not matches("config.json", wanted_patterns(card))


def test_companions_are_named_by_the_card_and_by_an_open_clip_config(hub):
    serve(hub)
    assert companions(OPEN_CLIP) == ()
    named = dict(companions(OPEN_CLIP, fetch(OPEN_CLIP).folder))
    assert named.keys() == {"acme/text", "acme/words"}
    card = toy_card(
        "toys/lent",
        modality="text",
        source=TransformersSource(repository="acme/x"),
        preprocess=BERT.preprocess.model_copy(update={"tokenizer": "acme/words"}),
    )
    assert dict(companions(card)).keys() == {"acme/words"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (OpenClipSource(architecture="ViT-B-16-SigLIP", tag="webli", repository="acme/x"), {"timm/ViT-B-16-SigLIP"}),
        (OpenClipSource(architecture="ViT-B-32", tag="openai", repository="acme/x"), set()),
        (OpenClipSource(architecture="no such", repository="acme/x"), set()),
        (OpenClipSource(config={"text_cfg": {"hf_model_name": "bert-tiny"}}, repository="acme/x"), {"bert-tiny"}),
        (OpenClipSource(config={"text_cfg": {"hf_tokenizer_name": "acme/x"}}, repository="acme/x"), set()),
    ],
    ids=["registered", "own tokenizer", "unknown", "on the card", "itself"],
)
def test_companions_of_an_open_clip_model_are_known_before_it_is_fetched(source, names):
    card = toy_card("toys/towers", modality="image-text", source=source, text_preprocess=BERT.preprocess)
    assert dict(companions(card)).keys() == names


def test_planning_imports_no_framework(repository):
    """The plan of a text-image model reads open_clip's own list of architectures without importing open_clip."""
    code = (
        "import sys; from zoo.planning import plan; from tests.zoo.hub_cards import CARDS, OPEN_CLIP, OpenClipSource;"
        "source = OpenClipSource(architecture='ViT-B-16-SigLIP', repository='acme/x');"
        "[plan(card) for card in [*CARDS.values(), OPEN_CLIP.model_copy(update={'source': source})]];"
        "frameworks = {'torch', 'timm', 'open_clip', 'transformers', 'torchvision', 'huggingface_hub', 'safetensors'};"
        "print(sorted(frameworks & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repository)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("tokenizer", ["open_clip:ViT-B-32", "bundled", "acme/x", None])
def test_what_is_no_other_repository_is_no_companion(tokenizer):
    card = toy_card(
        "toys/own",
        modality="text",
        source=TransformersSource(repository="acme/x"),
        preprocess=BERT.preprocess.model_copy(update={"tokenizer": tokenizer}),
    )
    assert companions(card) == ()


def test_offline_a_missing_companion_is_an_error_that_names_the_model(hub):
    serve(hub)
    fetched = fetch(OPEN_CLIP)
    (fetched.companions["acme/words"] / "tokenizer.json").unlink()
    with pytest.raises(OfflineError, match=r"tokenizer\.json of acme/words") as refused:
        fetch(OPEN_CLIP, local_files_only=True)
    assert "zoo pull toys/open-clip" in refused.value.remedy
