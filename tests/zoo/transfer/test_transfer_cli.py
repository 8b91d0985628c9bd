"""`zoo pretrain` and `zoo export`, from the folder of a model to the folder of a better one."""

from __future__ import annotations

import json

import pytest
import torch
from click.testing import CliRunner

import zoo
from tests.zoo.transfer.small_encoders import bert, sentences, vit
from zoo.cli import cli
from zoo.errors import DataError
from zoo.transfer.exporting import hub_folder


def run(*arguments):
    found = CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return hub_folder(bert(), tmp_path_factory.mktemp("models") / "small")


def test_a_text_model_goes_on_and_is_loaded_again(folder, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join([*sentences(40), ""]))
    found = run("pretrain", texts, "--model", folder, "--out", tmp_path / "better", "--steps", 3, "--json")
    told = json.loads(found.stdout)
    assert told["steps"] == 3
    assert told["n_rows"] == 36
    assert json.loads((tmp_path / "better" / "pretraining.json").read_text())["after"] == told["after"]
    first, second = (zoo.load(str(path)).embed_texts(["the cell divides"]) for path in (folder, tmp_path / "better"))
    assert first.shape == second.shape == (1, 32)
    assert not torch.allclose(first, second, atol=1e-4)
    assert torch.allclose(first, bert().embed_texts(["the cell divides"]), atol=1e-5)


def test_a_table_gives_its_texts_and_a_folder_that_holds_something_is_kept(folder, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("body,topic\n" + "\n".join(f'"{text}",x' for text in sentences(40)))
    out = tmp_path / "out"
    run("pretrain", table, "--model", folder, "--out", out, "--text", "body", "--steps", 2, "--objective", "denoising")
    with pytest.raises(DataError, match="exists and is not empty"):
        run("pretrain", table, "--model", folder, "--out", out)
    with pytest.raises(DataError, match="holds texts, which masked-pictures does not take"):
        run("pretrain", table, "--model", folder, "--out", tmp_path / "o", "--objective", "masked-pictures")


def test_a_vision_transformer_goes_on_with_pictures(tmp_path):
    import numpy as np
    from PIL import Image

    model = hub_folder(vit("transformers"), tmp_path / "small")
    (tmp_path / "pictures").mkdir()
    draws = np.random.default_rng(0)
    for i in range(24):
        Image.fromarray(draws.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(tmp_path / "pictures" / f"{i}.png")
    run("pretrain", tmp_path / "pictures", "--model", model, "--out", tmp_path / "better", "--steps", 2)
    assert (tmp_path / "better" / "model.safetensors").is_file()


def test_export_writes_what_is_asked_for(folder, tmp_path):
    found = run("export", folder, "--exported", tmp_path / "m.pt2", "--hub", tmp_path / "hub", "-q")
    assert found.stdout.split() == [str(tmp_path / "m.pt2"), str(tmp_path / "hub")]
    assert CliRunner().invoke(cli, ["export", str(folder)]).exit_code == 2


def test_an_exported_run_gives_the_scores_of_its_predictor(tmp_path):
    import numpy as np
    from PIL import Image

    draws = np.random.default_rng(0)
    for number in range(40):
        pixels = draws.integers(0, 120, (32, 32), dtype=np.uint8)
        if number % 2:
            pixels[::4] = 255
        name = tmp_path / "data" / ("rows" if number % 2 else "noise") / f"{number:02d}.png"
        name.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(name)
    data, out = tmp_path / "data", tmp_path / "run"
    run("tune", data, "--model", "multimodal/tiny-clip", "--recipe", "feature-extraction", "--out", out)
    run("export", out, "--exported", tmp_path / "m.pt2", "--hub", tmp_path / "hub")
    predictor = zoo.transfer.Predictor(out, device="cpu")
    files = sorted(data.rglob("*.png"))[:6]
    wanted = predictor.predict(files).scores
    encoder = zoo.load("multimodal/tiny-clip", device="cpu")
    pixels = torch.stack([encoder.preprocess(file) for file in files])
    with torch.no_grad():
        logits, _ = torch.export.load(tmp_path / "m.pt2").module()(pixels)
    assert np.allclose(logits.softmax(1).numpy(), wanted, atol=1e-4)
    card = (tmp_path / "hub" / "README.md").read_text()
    assert "Tuned by the recipe feature-extraction" in card
    assert "noise, rows" in card
    assert (tmp_path / "hub" / "head.safetensors").is_file()
