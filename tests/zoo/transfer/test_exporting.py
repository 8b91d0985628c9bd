"""Exported models give what the model gives, in other programs, and carry their contract."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.zoo.toy_loading import loaded, timm_card
from tests.zoo.transfer.small_encoders import bert, vit
from zoo.errors import CapabilityError, DataError
from zoo.transfer.exporting import export
from zoo.transfer.exporting.served import Served


def tuned(encoder, *, unit_rows=False, temperature=2.0):
    """The encoder with a head of three classes, as a run has it."""
    torch.manual_seed(3)
    head = torch.nn.Linear(encoder.dim, 3)
    head.unit_rows = unit_rows
    return replace(Served.of(encoder), head=head, class_names=("x", "y", "z"), temperature=temperature)


@pytest.mark.parametrize("make", [vit, bert], ids=["picture", "text"])
def test_onnx_gives_the_same_on_batches_of_any_size(make, tmp_path):
    import onnx
    import onnxruntime

    served = tuned(make())
    told = export(served, onnx=tmp_path / "model.onnx")
    assert told.differences["onnx"] < 1e-4
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    given = served.sample(5)
    with torch.no_grad():
        wanted = served.network()(*given.values())
    logits, features = session.run(None, {name: value.numpy() for name, value in given.items()})
    assert np.allclose(logits, wanted[0].numpy(), atol=1e-4)
    assert np.allclose(features, wanted[1].numpy(), atol=1e-4)
    kept = {item.key: item.value for item in onnx.load(tmp_path / "model.onnx").metadata_props}
    contract = json.loads(kept["zoo_contract"])
    assert contract["class_names"] == ["x", "y", "z"]
    assert contract["preprocess"] == served.contract()["preprocess"]
    assert contract["inputs"] == {"pixels": ["batch", 3, 32, 32]} if served.kind == "image" else contract["inputs"]


def test_logits_are_divided_by_the_temperature():
    served = tuned(vit(), temperature=4.0)
    given = served.sample(2)
    with torch.no_grad():
        logits, features = served.network()(*given.values())
        assert torch.allclose(4 * logits, served.head(features), atol=1e-5)


@pytest.mark.parametrize("make", [vit, bert], ids=["picture", "text"])
def test_exported_programs_run_without_zoo(make, tmp_path):
    served = tuned(make())
    told = export(served, exported=tmp_path / "model.pt2")
    assert told.differences["exported"] < 1e-5
    extra = {"zoo_contract": ""}
    program = torch.export.load(tmp_path / "model.pt2", extra_files=extra).module()
    given = served.sample(4)
    with torch.no_grad():
        for own, theirs in zip(served.network()(*given.values()), program(*given.values()), strict=True):
            assert torch.allclose(own, theirs, atol=1e-5)
    assert json.loads(extra["zoo_contract"])["outputs"] == ["logits", "features"]


def test_a_file_that_differs_is_not_kept(tmp_path):
    encoder = vit()
    served = tuned(encoder)
    first = served.network

    def shaky():
        network = first()
        with torch.no_grad():
            network.head.bias.add_(0.1)
        return network

    object.__setattr__(served, "network", shaky)  # every time it is asked for, the network is another one
    with pytest.raises(CapabilityError, match="differ by"):
        export(served, exported=tmp_path / "model.pt2")
    assert not (tmp_path / "model.pt2").exists()


def test_timm_loads_a_classifier_by_itself(tmp_path):
    import timm

    encoder = loaded(timm_card(embed_dim=None), pretrained=False)
    served = tuned(encoder)
    export(served, hub=tmp_path / "mine")
    model = timm.create_model(f"local-dir:{tmp_path / 'mine'}", pretrained=True).eval()
    given = served.sample(2)
    with torch.no_grad():
        assert torch.allclose(model(given["pixels"]), served.network()(*given.values())[0], atol=1e-5)
    config = json.loads((tmp_path / "mine" / "config.json").read_text())
    assert config["label_names"] == ["x", "y", "z"]
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "library_name: timm" in card
    assert "x, y, z" in card


def test_a_head_on_unit_rows_lies_beside_the_body(tmp_path):
    encoder = loaded(timm_card(), pretrained=False)
    served = tuned(encoder, unit_rows=True)
    export(served, hub=tmp_path / "mine")
    logits = run_card(tmp_path, "pixels", served.sample(2)["pixels"])
    features = torch.nn.functional.normalize(encoder.embed_images(served.sample(2)["pixels"]), dim=-1)
    assert torch.allclose(logits, (served.head(features) / 2).detach(), atol=1e-5)


def run_card(folder, name, value):
    """The Python lines of the exported card, with `name` given; its `logits`."""
    card = (folder / "mine" / "README.md").read_text()
    code = card.split("```python\n")[1].split("```")[0].replace('"mine', f'"{folder}/mine')
    code = code.replace("local-dir:mine", f"local-dir:{folder}/mine").replace('["a text"]', repr(value))
    names = {name: value}
    with torch.no_grad():
        exec(code, names)
    return names["logits"]


def test_sentence_transformers_loads_a_text_encoder_by_itself(tmp_path):
    pytest.importorskip("sentence_transformers")
    encoder = bert()
    served = tuned(encoder)
    export(served, hub=tmp_path / "mine")
    texts = ["the cell divides", "a river"]
    logits = run_card(tmp_path, "texts", texts)
    assert torch.allclose(logits, (served.head(encoder.embed_texts(texts)) / 2).detach(), atol=1e-5)
    assert "library_name: sentence-transformers" in (tmp_path / "mine" / "README.md").read_text()


def test_transformers_loads_a_picture_encoder_by_itself(tmp_path):
    from transformers import AutoModel

    encoder = vit("transformers")
    export(encoder, hub=tmp_path / "mine")
    model = AutoModel.from_pretrained(tmp_path / "mine").eval()
    pixels = Served.of(encoder).sample(2)["pixels"]
    with torch.no_grad():
        found = model(pixel_values=pixels).last_hidden_state[:, 0]
    assert torch.allclose(found, encoder.embed_images(pixels), atol=1e-5)


@pytest.mark.parametrize("crop", [False, True], ids=["squash", "crop"])
def test_transformers_prepares_pictures_as_the_contract_says(tmp_path, crop):
    from PIL import Image
    from transformers import AutoImageProcessor

    encoder = vit("transformers")
    if crop:
        changed = {"resize_mode": "shortest", "resize_px": 40, "crop": "center", "interpolation": "bicubic"}
        encoder.card = encoder.card.model_copy(
            update={"preprocess": encoder.card.preprocess.model_copy(update=changed)}
        )
    export(encoder, hub=tmp_path / "mine")
    draws = np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8)
    picture = Image.fromarray(draws).resize((70, 60), Image.Resampling.BICUBIC)
    theirs = AutoImageProcessor.from_pretrained(tmp_path / "mine")(picture, return_tensors="pt")["pixel_values"][0]
    assert (theirs - encoder.preprocess(picture)).abs().max() < 0.05  # a grey level is .02 here


def test_open_clip_loads_the_bundled_model_by_itself(tmp_path):
    import open_clip

    import zoo

    encoder = zoo.load("multimodal/tiny-clip", device="cpu")
    export(encoder, hub=tmp_path / "mine")
    model, _ = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'mine'}")
    pixels = Served.of(encoder).sample(2)["pixels"]
    with torch.no_grad():
        assert torch.allclose(model.eval().encode_image(pixels), encoder.embed_images(pixels), atol=1e-5)


def test_wrong_input(tmp_path):
    encoder = vit()
    with pytest.raises(DataError, match="no form of export"):
        export(encoder)
    with pytest.raises(DataError, match=r"does not end in \.onnx"):
        export(encoder, onnx=tmp_path / "model.bin")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep me")
    with pytest.raises(DataError, match="exists and is not empty"):
        export(encoder, hub=tmp_path / "full")
    assert (tmp_path / "full" / "mine.txt").read_text() == "keep me"
    with pytest.raises(CapabilityError, match="has no text side"):
        export(encoder, onnx=tmp_path / "model.onnx", kind="text")
    unknown = vit()
    unknown.card = encoder.card.model_copy(update={"preprocess": None})
    with pytest.raises(CapabilityError, match="does not say how pictures are prepared"):
        export(unknown, onnx=tmp_path / "model.onnx")


def test_low_rank_updates_are_added_into_the_weights():
    from zoo.transfer.exporting.forms import merge_adapter
    from zoo.transfer.model import add_lora

    encoder = bert()
    names = {name for name, _ in encoder.module.named_parameters()}
    learns = add_lora(encoder, "text")
    with torch.no_grad():
        for value in learns:
            value.add_(0.1)
    wanted = encoder.embed_texts(["the cell divides"])
    merge_adapter(encoder.module)
    assert {name for name, _ in encoder.module.named_parameters()} == names
    assert torch.allclose(encoder.embed_texts(["the cell divides"]), wanted, atol=1e-5)
    assert not torch.allclose(bert().embed_texts(["the cell divides"]), wanted, atol=1e-2)
