"""Settings that strangers wrote run no code, ask no question and reach no other repository."""

from __future__ import annotations

import builtins
import io
import json
import sys

import pytest

from tests.hub_builders import bert_repository, clip_repository, open_clip_repository, timm_repository
from zoo.cards import TimmSource
from zoo.errors import CapabilityError, ZooError
from zoo.loading import load
from zoo.loading.foreign import check_name, transformers_config
from zoo.registry import default_registry

NAME = "stranger/model"
CANARY = "import os, pathlib\npathlib.Path(os.environ['ZOO_CANARY']).write_text('sang')\n"
CODE = {
    f"{module}.py": (CANARY + "\n".join(f"class {name}: pass" for name in names)).encode()
    for module, names in {
        "tokenization_own": ("OwnTokenizer",),
        "configuration_own": ("OwnConfig",),
        "modeling_own": ("OwnModel",),
        "processing_own": ("OwnProcessor",),
    }.items()
}
TOKENIZER_MAPS = {
    "table": {"AutoTokenizer": ["tokenization_own.OwnTokenizer", None]},
    "list": ["tokenization_own.OwnTokenizer", None],
    "word": "tokenization_own.OwnTokenizer",
    "nested": {"AutoTokenizer": {"slow": "tokenization_own.OwnTokenizer"}},
    "other repository": {"AutoTokenizer": ["stranger/companion--tokenization_own.OwnTokenizer", None]},
}
CONFIG_MAPS = {
    "table": {"AutoConfig": "configuration_own.OwnConfig", "AutoModel": "modeling_own.OwnModel"},
    "list": ["modeling_own.OwnModel"],
    "word": "modeling_own.OwnModel",
    "other repository": {"AutoModel": "stranger/companion--modeling_own.OwnModel"},
}


@pytest.fixture
def quiet_hub(hub, monkeypatch, tmp_path):
    """A hub, a canary, and a terminal on which no question may be asked."""
    monkeypatch.setenv("ZOO_CANARY", str(tmp_path / "canary"))

    def ask(*words):
        (tmp_path / "asked").write_text(str(words))  # transformers swallows what is raised here
        return "n"

    class Terminal(io.StringIO):
        def readline(self, *_):
            return ask("standard input")

    monkeypatch.setattr(builtins, "input", ask)
    monkeypatch.setattr(sys, "stdin", Terminal())
    hub.add("stranger/companion", {**bert_repository(), **CODE})
    return hub


def edited(files, name, **changes):
    told = json.loads(files.get(name, b"{}"))
    told.update(changes)
    return {**files, **CODE, name: json.dumps(told).encode()}


def use(hub, files, tmp_path):
    """Whatever loading and embedding do; the canary must not have sung, and only known repositories be asked."""
    repository = hub.add(NAME, files)
    repository.facts.update(pipeline_tag="feature-extraction", library_name="transformers")
    try:
        encoder = load(f"hf/{NAME}")
        if encoder.card.modality in ("text", "code", "image-text"):
            encoder.embed_texts(["a cat"])
    except ZooError:
        pass  # a refusal in our words is as good as a load without the code
    assert not (tmp_path / "canary").exists(), "code of a repository ran"
    assert not (tmp_path / "asked").exists(), "a question was asked"


@pytest.mark.parametrize("form", TOKENIZER_MAPS)
@pytest.mark.parametrize("fast", [True, False], ids=["beside tokenizer.json", "without it"])
def test_no_code_of_a_tokenizer_runs(quiet_hub, tmp_path, form, fast):
    files = edited(bert_repository(), "tokenizer_config.json", auto_map=TOKENIZER_MAPS[form])
    if not fast:
        files.pop("tokenizer.json")
    use(quiet_hub, files, tmp_path)


@pytest.mark.parametrize("form", CONFIG_MAPS)
@pytest.mark.parametrize("also", [{}, {"trust_remote_code": True}], ids=["plain", "with trust"])
def test_no_code_of_a_configuration_runs(quiet_hub, tmp_path, form, also):
    use(quiet_hub, edited(bert_repository(), "config.json", auto_map=CONFIG_MAPS[form], **also), tmp_path)


@pytest.mark.parametrize("form", CONFIG_MAPS)
def test_no_code_of_a_nested_configuration_runs(quiet_hub, tmp_path, form):
    files = clip_repository()
    told = json.loads(files["config.json"])
    told["text_config"]["auto_map"] = CONFIG_MAPS[form]
    use(quiet_hub, {**files, **CODE, "config.json": json.dumps(told).encode()}, tmp_path)


@pytest.mark.parametrize(
    "name",
    ["preprocessor_config.json", "processor_config.json", "generation_config.json", "adapter_config.json"],
)
def test_no_code_named_by_another_file_runs(quiet_hub, tmp_path, name):
    mapped = {"AutoProcessor": "processing_own.OwnProcessor", "AutoImageProcessor": "processing_own.OwnProcessor"}
    files = edited(clip_repository(), name, auto_map=mapped, custom_generate="stranger/companion")
    use(quiet_hub, files, tmp_path)


@pytest.mark.parametrize(
    "extra",
    [
        {"trust_remote_code": True},
        {"cache_dir": "/tmp/elsewhere"},
        {"tokenizer_file": "/etc/hostname"},
        {"_from_auto": True},
        {"bpe_path": "/etc/hostname"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_open_clip_passes_no_foreign_setting_to_a_tokenizer(quiet_hub, tmp_path, extra):
    files = open_clip_repository()
    told = json.loads(files["open_clip_config.json"])
    told["model_cfg"]["text_cfg"] |= {"hf_tokenizer_name": "stranger/companion", "tokenizer_kwargs": extra}
    quiet_hub.add(
        "stranger/companion", edited(bert_repository(), "tokenizer_config.json", auto_map=TOKENIZER_MAPS["table"])
    )
    quiet_hub.add(NAME, {**files, "open_clip_config.json": json.dumps(told).encode()})
    with pytest.raises(CapabilityError, match=next(iter(extra))):
        load(f"hf/{NAME}")
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("form", CONFIG_MAPS)
def test_no_code_of_an_open_clip_companion_runs(quiet_hub, tmp_path, form):
    files = open_clip_repository()
    told = json.loads(files["open_clip_config.json"])
    told["model_cfg"]["text_cfg"] |= {"hf_model_name": "stranger/companion", "hf_tokenizer_name": "stranger/companion"}
    quiet_hub.add("stranger/companion", edited(bert_repository(), "config.json", auto_map=CONFIG_MAPS[form]))
    use(quiet_hub, {**files, "open_clip_config.json": json.dumps(told).encode()}, tmp_path)


@pytest.mark.parametrize("name", ["hf-hub:stranger/other", "local-dir:/tmp/x", "stranger/other", "../x", "a\\b", ""])
def test_a_name_of_an_architecture_leads_nowhere_else(quiet_hub, name):
    card = default_registry().get_card("timm/resnet18.a1_in1k")
    source = TimmSource(**card.source.model_dump(exclude={"loader"}) | {"architecture": name or " "})
    with pytest.raises(CapabilityError, match="no name of an architecture"):
        check_name(name, "architecture", "x/y")
    if name:
        with pytest.raises(CapabilityError, match="no name of an architecture"):
            load(card.model_copy(update={"source": source}), pretrained=False)
    assert not quiet_hub.requests


@pytest.mark.parametrize("name", ["hf-hub:stranger/other", "stranger/other"])
def test_an_image_tower_of_open_clip_leads_nowhere_else(quiet_hub, name):
    files = open_clip_repository()
    told = json.loads(files["open_clip_config.json"])
    told["model_cfg"]["vision_cfg"]["timm_model_name"] = name
    quiet_hub.add(NAME, {**files, "open_clip_config.json": json.dumps(told).encode()})
    with pytest.raises(CapabilityError, match="timm_model_name"):
        load(f"hf/{NAME}")


@pytest.mark.parametrize(
    "setting",
    [
        {"pretrained_cfg": {"hf_hub_id": "stranger/other"}},
        {"checkpoint_path": "/etc/hostname"},
        {"cache_dir": "/tmp/x"},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_timm_gets_only_arguments_of_the_network(quiet_hub, setting):
    files = timm_repository()
    told = json.loads(files["config.json"])
    told["model_args"] = setting
    quiet_hub.add(NAME, {**files, "config.json": json.dumps(told).encode()})
    with pytest.raises(CapabilityError, match=next(iter(setting))):
        load(f"hf/{NAME}")


@pytest.mark.parametrize("key", ["_attn_implementation", "attn_implementation"])
def test_attention_of_another_repository_is_refused(quiet_hub, key):
    quiet_hub.add(NAME, edited(bert_repository(), "config.json", **{key: "stranger/kernels"}))
    with pytest.raises(CapabilityError, match="stranger/kernels"):
        load(f"hf/{NAME}")


def test_a_backbone_is_never_fetched_with_weights():
    told = transformers_config({"backbone": "resnet50", "use_pretrained_backbone": True}, "x/y")
    assert told == {"backbone": "resnet50", "use_pretrained_backbone": False}
    with pytest.raises(CapabilityError, match="microsoft/resnet-50"):
        transformers_config({"backbone": "microsoft/resnet-50"}, "x/y")


def test_settings_nested_without_end_are_refused():
    told: dict[str, object] = {}
    for _ in range(40):
        told = {"inner": told}
    with pytest.raises(CapabilityError, match="nested"):
        transformers_config(told, "x/y")


def test_what_is_not_code_stays():
    told = {
        "hidden_size": 32,
        "text_config": {"auto_map": {"AutoModel": "x.Y"}, "layers": [1, {"auto_map": 1, "b": 2}]},
    }
    assert transformers_config(told, "x/y") == {"hidden_size": 32, "text_config": {"layers": [1, {"b": 2}]}}
