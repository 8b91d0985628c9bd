"""A user's own folder or file gives what the library that wrote it gives, or is refused with a reason."""

from __future__ import annotations

import contextlib
import io
import json
from argparse import Namespace

import numpy as np
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
from zoo.errors import CapabilityError, DataError, LockError, UnknownModelError, WeightsError
from zoo.loading import load
from zoo.local.cards import card_of
from zoo.locking import lock
from zoo.planning import plan
from zoo.plugins.catalogues import plugin as catalogues
from zoo.registry import Registry

TEXTS = ["a photo of a cat", "the large dog", "red"]


@pytest.fixture(scope="module")
def registry():
    registry = Registry()
    registry.register(catalogues, "catalogues")
    return registry


def written(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def quietly(build, *arguments):
    with contextlib.redirect_stderr(io.StringIO()):
        return build(*arguments)


def pixels(size=32):
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def close(a, b):
    assert a.shape == b.shape
    assert float((a - b).abs().max()) < 1e-5


def resnet(seed=0, classes=7, name="test_resnet"):
    import timm

    torch.manual_seed(seed)
    return timm.create_model(name, pretrained=False, num_classes=classes).eval()


def features(module, x):
    with torch.no_grad():
        return module.forward_head(module.forward_features(x), pre_logits=True)


def safetensors(path, state):
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in state.items()}, path)


class TestFolders:
    def test_a_timm_folder(self, tmp_path, registry):
        folder = written(tmp_path, quietly(timm_repository, "test_vit"))
        encoder = load(folder, device="cpu", registry=registry)
        import timm
        from safetensors.torch import load_file

        theirs = timm.create_model("test_vit", num_classes=7).eval()
        theirs.load_state_dict(load_file(folder / "model.safetensors"))
        close(encoder.embed_images(pixels(160)), features(theirs, pixels(160)))
        assert encoder.card.n_parameters == sum(p.numel() for p in theirs.parameters())

    @pytest.mark.parametrize("form", ["whole", "shards", "pickle"])
    def test_a_bert_of_transformers(self, tmp_path, registry, form):
        files = quietly(bert_repository)
        files = sharded(files) if form == "shards" else files
        folder = written(tmp_path, files)
        from transformers import AutoModel, AutoTokenizer

        theirs = quietly(AutoModel.from_pretrained, str(folder))
        if form == "pickle":
            torch.save(theirs.state_dict(), folder / "pytorch_model.bin")
            (folder / "model.safetensors").unlink()
        tokens = AutoTokenizer.from_pretrained(str(folder))(TEXTS, padding=True, return_tensors="pt")
        with torch.no_grad():
            hidden = theirs(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None]
        encoder = load(str(folder), device="cpu", registry=registry)
        close(encoder.embed_texts(TEXTS), (hidden * mask).sum(1) / mask.sum(1))
        assert "mean over its tokens" in encoder.card.limitations

    def test_a_classifier_of_transformers_is_its_body(self, tmp_path, registry):
        from transformers import AutoModel, BertConfig, BertForSequenceClassification

        folder = written(tmp_path, quietly(bert_repository))
        torch.manual_seed(3)
        quietly(BertForSequenceClassification(BertConfig.from_pretrained(str(folder))).save_pretrained, str(folder))
        encoder = load(folder, device="cpu", registry=registry)
        theirs = quietly(AutoModel.from_pretrained, str(folder))
        close(next(encoder.module.parameters()), next(theirs.parameters()))
        assert any("classifier" in note for note in encoder.notes)

    @pytest.mark.parametrize("build", [clip_repository, siglip_repository], ids=["clip", "siglip"])
    def test_two_towers_of_transformers(self, tmp_path, registry, build):
        from transformers import AutoModel

        folder = written(tmp_path, quietly(build))
        theirs = quietly(AutoModel.from_pretrained, str(folder)).eval()
        encoder = load(folder, device="cpu", registry=registry)
        with torch.no_grad():
            wanted = theirs.get_image_features(pixel_values=pixels())
        close(encoder.embed_images(pixels()), getattr(wanted, "pooler_output", wanted))
        assert encoder.scoring().rule == encoder.card.zero_shot.scoring

    def test_a_vision_network_of_transformers(self, tmp_path, registry):
        from transformers import ViTConfig, ViTImageProcessor, ViTModel

        torch.manual_seed(0)
        small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
        theirs = ViTModel(ViTConfig(image_size=32, patch_size=8, **small)).eval()
        quietly(theirs.save_pretrained, str(tmp_path))
        ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(str(tmp_path))
        encoder = load(tmp_path, device="cpu", registry=registry)
        with torch.no_grad():
            close(encoder.embed_images(pixels()), theirs(pixel_values=pixels()).pooler_output)
        assert encoder.preprocess(np.zeros((40, 50, 3), np.uint8)).shape == (3, 32, 32)

    def test_an_open_clip_folder(self, tmp_path, registry):
        folder = written(tmp_path, open_clip_repository())
        theirs = open_clip_network()
        encoder = load(folder, device="cpu", registry=registry)
        with torch.no_grad():
            close(encoder.embed_images(pixels()), theirs.encode_image(pixels()))

    def test_a_sentence_transformers_folder(self, tmp_path, registry):
        library = pytest.importorskip("sentence_transformers")
        from sentence_transformers.base.modules import Dense, Normalize, Transformer
        from sentence_transformers.sentence_transformer.modules import Pooling

        base = written(tmp_path / "base", quietly(bert_repository))
        modules = [Transformer(str(base)), Pooling(32, "weightedmean"), Dense(32, 16), Normalize()]
        theirs = quietly(lambda: library.SentenceTransformer(modules=modules, device="cpu"))
        quietly(theirs.save, str(tmp_path / "sentences"))
        encoder = load(tmp_path / "sentences", device="cpu", registry=registry)
        close(encoder.embed_texts(TEXTS), theirs.encode(TEXTS, convert_to_tensor=True, show_progress_bar=False))


def open_clip_network(seed=0):
    import open_clip

    torch.manual_seed(seed)
    return open_clip.CLIP(**json.loads(json.dumps(OPEN_CLIP_TINY))).eval()


def prefixed(state, prefix):
    return {f"{prefix}{name}": value for name, value in state.items()}


def lightning(state):
    hyper = {"model_name": "test_resnet", "lr": 0.1}
    rest = {"criterion.weight": torch.ones(7)}
    return {"state_dict": {**prefixed(state, "model."), **rest}, "hyper_parameters": hyper, "epoch": 3}


def dino(state):
    backbone = {name: value for name, value in state.items() if not name.startswith("fc.")}
    head = {"head.mlp.0.weight": torch.ones(3, 3)}
    teacher = {**prefixed(backbone, "backbone."), **head}
    student = prefixed({name: value * 0 for name, value in backbone.items()}, "module.backbone.")
    return {"student": student, "teacher": teacher, "epoch": 1}


WRAPPED = {
    "bare": lambda state: state,
    "state_dict": lambda state: {"state_dict": state, "epoch": 1},
    "model, as torchvision": lambda state: {"model": state, "optimizer": {"state": {}}, "args": Namespace(lr=1)},
    "model_state_dict": lambda state: {"model_state_dict": state},
    "DataParallel": lambda state: {"state_dict": prefixed(state, "module.")},
    "compiled": lambda state: prefixed(state, "_orig_mod."),
    "compiled in DataParallel": lambda state: {"model": prefixed(state, "module._orig_mod.")},
    "timm's training": lambda state: (
        {"arch": "test_resnet", "state_dict": {n: v * 0 for n, v in state.items()}} | {"state_dict_ema": state}
    ),
    "average in a holder": lambda state: {"model": {n: v * 0 for n, v in state.items()}, "ema": {"module": state}},
    "Lightning": lightning,
    "DINO's teacher": dino,
    "encoder of a pair": lambda state: {**prefixed(state, "encoder."), "decoder.weight": torch.ones(2, 2)},
    "online and target": lambda state: {
        **prefixed({n: v * 0 for n, v in state.items()}, "online."),
        **prefixed(state, "target."),
    },
    "deep": lambda state: {"checkpoint": {"model": {"state_dict": prefixed(state, "net.backbone.")}}},
}


class TestFiles:
    @pytest.mark.parametrize("wrap", WRAPPED.values(), ids=list(WRAPPED))
    def test_a_checkpoint_of_a_training_script(self, tmp_path, registry, wrap):
        theirs = resnet()
        torch.save(wrap(theirs.state_dict()), tmp_path / "mine.pth")
        encoder = load("timm/test_resnet.r160_in1k", weights=tmp_path / "mine.pth", device="cpu", registry=registry)
        close(encoder.embed_images(pixels(64)), features(theirs, pixels(64)))
        assert encoder.card.results == ()
        assert encoder.card.license.weights is None

    def test_safetensors(self, tmp_path, registry):
        theirs = resnet()
        safetensors(tmp_path / "mine.safetensors", theirs.state_dict())
        encoder = load("timm/test_resnet", weights=str(tmp_path / "mine.safetensors"), device="cpu", registry=registry)
        close(encoder.embed_images(pixels(64)), features(theirs, pixels(64)))
        assert "7 classes" in " ".join(encoder.notes)

    def test_a_network_of_torchvision(self, tmp_path, registry):
        from torchvision.models import resnet18

        torch.manual_seed(0)
        theirs = resnet18(num_classes=3).eval()
        torch.save(theirs.state_dict(), tmp_path / "my_resnet18.pth")
        encoder = load(str(tmp_path / "my_resnet18.pth"), device="cpu", registry=registry)
        theirs.fc = torch.nn.Identity()
        with torch.no_grad():
            close(encoder.embed_images(pixels(64)), theirs(pixels(64)))
        assert "file's name" in encoder.card.limitations

    def test_the_architecture_that_the_script_kept(self, tmp_path, registry):
        theirs = resnet()
        torch.save({"arch": "test_resnet", "state_dict": theirs.state_dict()}, tmp_path / "last.pth.tar.pt")
        card = card_of(tmp_path / "last.pth.tar.pt", registry)
        assert card.architecture == "test_resnet"
        close(load(card, device="cpu", registry=registry).embed_images(pixels(64)), features(theirs, pixels(64)))

    def test_an_open_clip_checkpoint(self, tmp_path, registry):
        theirs = open_clip_network(1)
        folder = written(tmp_path / "base", open_clip_repository())
        torch.save(
            {"epoch": 3, "name": "run", "state_dict": prefixed(theirs.state_dict(), "module.")}, tmp_path / "e.pt"
        )
        card = card_of(folder, registry)
        config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
        source = card.source.model_copy(update={"path": None, "config": config})
        encoder = load(
            card.model_copy(update={"source": source}), weights=tmp_path / "e.pt", device="cpu", registry=registry
        )
        with torch.no_grad():
            close(encoder.embed_images(pixels()), theirs.encode_image(pixels()))

    def test_weights_for_a_repository_of_transformers(self, hub, tmp_path, registry):
        from transformers import AutoModel

        files = quietly(bert_repository)
        hub.add("acme/bert", files)
        torch.manual_seed(5)
        folder = written(tmp_path / "base", files)
        theirs = AutoModel.from_config(AutoModel.from_pretrained(str(folder)).config).eval()
        torch.save({"state_dict": prefixed(theirs.state_dict(), "model.bert.")}, tmp_path / "l.ckpt")
        encoder = load("hf/acme/bert", weights=tmp_path / "l.ckpt", device="cpu", registry=registry)
        close(next(encoder.module.parameters()), next(theirs.parameters()))
        assert encoder.embed_texts(TEXTS).shape == (3, 32)


class TestAdapters:
    @pytest.fixture
    def trained(self, tmp_path):
        """(folder of the base, folder of an adapter on it, PEFT's own merged network)."""
        peft = pytest.importorskip("peft")
        from transformers import AutoModel

        base = written(tmp_path / "base", quietly(bert_repository))
        network = quietly(AutoModel.from_pretrained, str(base))
        torch.manual_seed(0)
        wrapped = peft.get_peft_model(network, peft.LoraConfig(r=4, lora_alpha=8, target_modules=["query", "value"]))
        for name, value in wrapped.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(value, std=0.2)
        wrapped.save_pretrained(str(tmp_path / "adapter"))
        theirs = peft.PeftModel.from_pretrained(
            quietly(AutoModel.from_pretrained, str(base)), str(tmp_path / "adapter")
        )
        return base, tmp_path / "adapter", theirs.merge_and_unload().eval()

    def vectors(self, folder, theirs):
        from transformers import AutoTokenizer

        tokens = AutoTokenizer.from_pretrained(str(folder))(TEXTS, padding=True, return_tensors="pt")
        with torch.no_grad():
            hidden = theirs(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None]
        return (hidden * mask).sum(1) / mask.sum(1)

    def test_an_adapter_finds_its_base(self, trained, registry):
        base, adapter, theirs = trained
        encoder = load(adapter, device="cpu", registry=registry)
        close(encoder.embed_texts(TEXTS), self.vectors(base, theirs))
        assert any("adapter" in note for note in encoder.notes)

    def test_an_adapter_on_a_named_base(self, hub, trained, registry):
        base, adapter, theirs = trained
        hub.add("acme/base", {path.name: path.read_bytes() for path in base.iterdir()})
        encoder = load("hf/acme/base", weights=adapter, device="cpu", registry=registry)
        close(encoder.embed_texts(TEXTS), self.vectors(base, theirs))

    def test_an_adapter_beside_its_base(self, trained, registry):
        base, adapter, theirs = trained
        for path in adapter.glob("adapter_*"):
            path.rename(base / path.name)
        close(load(base, device="cpu", registry=registry).embed_texts(TEXTS), self.vectors(base, theirs))

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"peft_type": "IA3"}, "IA3"),
            ({"megatron_config": {"a": 1}}, "megatron_config"),
            ({"target_modules": ["x"]}, "fit"),
        ],
        ids=["another kind", "an unknown setting", "other layers"],
    )
    def test_what_is_not_understood_is_refused(self, trained, registry, change, word):
        _, adapter, _ = trained
        told = json.loads((adapter / "adapter_config.json").read_text())
        (adapter / "adapter_config.json").write_text(json.dumps({**told, **change}))
        with pytest.raises((CapabilityError, WeightsError), match=word):
            load(adapter, device="cpu", registry=registry)

    def test_a_base_that_is_nowhere_is_named(self, trained, registry):
        _, adapter, _ = trained
        told = json.loads((adapter / "adapter_config.json").read_text())
        (adapter / "adapter_config.json").write_text(json.dumps({**told, "base_model_name_or_path": "lab/gone"}))
        with pytest.raises(CapabilityError, match="lab/gone"):
            card_of(adapter, registry)


class TestRefused:
    def test_weights_of_another_architecture_name_the_first_keys_that_differ(self, tmp_path, registry):
        torch.save(resnet().state_dict(), tmp_path / "mine.pth")
        with pytest.raises(WeightsError, match=r"missing \(blocks\.0\.attn"):
            load("timm/test_vit", weights=tmp_path / "mine.pth", device="cpu", registry=registry)

    def test_a_shape_that_differs_is_named_with_both(self, tmp_path, registry):
        state = resnet().state_dict()
        state["conv1.0.weight"] = torch.zeros(5, 3, 3, 3)
        torch.save(state, tmp_path / "mine.pth")
        with pytest.raises(WeightsError, match=r"conv1\.0\.weight \(5, 3, 3, 3\)"):
            load("timm/test_resnet", weights=tmp_path / "mine.pth", device="cpu", registry=registry)

    def test_two_files_of_weights_are_asked_for(self, tmp_path, registry):
        for name in ("a.pth", "b.pth"):
            torch.save(resnet().state_dict(), tmp_path / name)
        with pytest.raises(WeightsError, match=r"2 files of weights \(a\.pth, b\.pth\)"):
            load(tmp_path, registry=registry)

    def test_a_folder_for_two_libraries_is_asked_for(self, tmp_path, registry):
        folder = written(tmp_path, {**quietly(bert_repository), **open_clip_repository()})
        with pytest.raises(WeightsError, match="two models"):
            load(folder, registry=registry)
        assert load(folder / "config.json", device="cpu", registry=registry).loader == "transformers"
        assert load(folder / "open_clip_config.json", device="cpu", registry=registry).loader == "open_clip"

    def test_models_in_folders_below_are_named(self, tmp_path, registry):
        for step in ("checkpoint-100", "checkpoint-200"):
            written(tmp_path / step, {"config.json": b"{}"})
        with pytest.raises(WeightsError, match="2 models in folders below it"):
            load(f"{tmp_path}/", registry=registry)

    @pytest.mark.parametrize("name", ["./nothing.pth", "/nowhere/at/all", "~/no-such-model"])
    def test_a_path_where_nothing_lies(self, name, registry):
        with pytest.raises(WeightsError, match="there is no file or folder"):
            load(name, registry=registry)

    def test_an_empty_folder(self, tmp_path, registry):
        with pytest.raises(WeightsError, match="holds no model"):
            load(tmp_path, registry=registry)

    def test_settings_without_weights(self, tmp_path, registry):
        files = quietly(bert_repository)
        folder = written(tmp_path, {name: files[name] for name in files if name != "model.safetensors"})
        with pytest.raises(WeightsError, match="no weights"):
            load(folder, registry=registry)

    def test_a_file_that_nothing_names(self, tmp_path, registry):
        torch.save(resnet().state_dict(), tmp_path / "final.pth")
        with pytest.raises(CapabilityError, match="weights="):
            load(tmp_path / "final.pth", registry=registry)

    def test_a_whole_pickled_network_stays_shut(self, tmp_path, registry):
        torch.save(torch.nn.Linear(2, 2), tmp_path / "my_resnet18.pth")
        with pytest.raises(WeightsError, match="stays shut"):
            load(tmp_path / "my_resnet18.pth", registry=registry)

    def test_a_file_with_two_models(self, tmp_path, registry):
        state = resnet().state_dict()
        torch.save({"generator": state, "discriminator": state}, tmp_path / "gan.pth")
        with pytest.raises(WeightsError, match="2 models"):
            load("timm/test_resnet", weights=tmp_path / "gan.pth", registry=registry)
        torch.save({**prefixed(state, "a."), **prefixed(state, "b.")}, tmp_path / "pair.pth")
        with pytest.raises(WeightsError, match=r"2 models, under 'a\.', 'b\.'"):
            load("timm/test_resnet", weights=tmp_path / "pair.pth", registry=registry)

    def test_a_name_that_is_no_path_is_still_an_unknown_model(self, registry):
        with pytest.raises(UnknownModelError):
            load("resnett", registry=registry)

    def test_weights_and_random_weights_exclude_each_other(self, tmp_path, registry):
        with pytest.raises(DataError, match="pretrained=False"):
            load("timm/test_resnet", weights=tmp_path, pretrained=False, registry=registry)


class TestEveryVerb:
    def test_the_id_names_the_content(self, tmp_path, registry):
        a, b = (tmp_path / name / "my net.safetensors" for name in ("a", "b"))
        for path, seed in ((a, 0), (b, 1)):
            path.parent.mkdir()
            safetensors(path, resnet(seed).state_dict())
        cards = [load("timm/test_resnet", weights=path, device="cpu", registry=registry).card for path in (a, b)]
        assert all(card.id.startswith("local/my-net-") for card in cards)
        assert cards[0].id != cards[1].id
        safetensors(b, resnet(0).state_dict())
        assert load("timm/test_resnet", weights=b, device="cpu", registry=registry).card.id == cards[0].id

    def test_an_id_is_known_once_its_path_was_given(self, tmp_path, registry):
        folder = written(tmp_path / "net", quietly(timm_repository, "test_vit"))
        card = registry.get_card(str(folder))
        assert registry.get_card(card.id) is card

    def test_a_plan_counts_its_files_and_needs_no_network(self, tmp_path, registry):
        folder = written(tmp_path / "net", quietly(timm_repository, "test_vit"))
        told = plan(str(folder), registry=registry)
        assert (told.cached, told.loadable, told.format) == (True, True, "safetensors")
        assert told.n_bytes == sum(path.stat().st_size for path in folder.iterdir())

    def test_a_lock_holds_its_bytes(self, tmp_path, registry, monkeypatch):
        folder = written(tmp_path / "net", quietly(timm_repository, "test_vit"))
        pins = tmp_path / "zoo.lock"
        pins.write_text(lock(str(folder), registry=registry).to_json())
        monkeypatch.setenv("ZOO_LOCK", str(pins))
        load(folder, device="cpu", registry=registry)
        files = quietly(timm_repository, "test_vit", 1)
        (folder / "model.safetensors").write_bytes(files["model.safetensors"])
        with pytest.raises(LockError, match="not what was locked"):
            load(folder, device="cpu", registry=registry)

    def test_a_model_is_named_once_and_listed(self, tmp_path, monkeypatch):
        written(tmp_path / "nets" / "bert", quietly(bert_repository))
        safetensors(tmp_path / "mine.safetensors", resnet().state_dict())
        (tmp_path / "zoo.toml").write_text(
            '[models.my-bert]\npath = "nets/bert"\n[models."net 2"]\npath = "mine.safetensors"\n'
            'card = "timm/test_resnet"\n'
        )
        config = tmp_path / "config" / "zoo" / "models"
        config.mkdir(parents=True)
        (config / "third.json").write_text(json.dumps({"path": str(tmp_path / "nets" / "bert")}))
        (config / "broken.json").write_text(json.dumps({"path": "gone", "colour": 1}))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        with pytest.warns(UserWarning, match="colour"):
            registry = Registry.discover()
        assert len(registry.find("local/*")) == 3
        (config / "broken.json").unlink()
        registry = Registry.discover()
        assert [card.id for card in registry.find("local/*")] == ["local/my-bert", "local/net-2", "local/third"]
        assert load("local/net-2", device="cpu", registry=registry).embed_images(pixels(64)).shape[0] == 2
        assert load("my-bert", device="cpu", registry=registry).embed_texts(TEXTS).shape == (3, 32)
