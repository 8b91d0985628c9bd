"""Vectors with NaN in them are a reported failure, never JSON that nobody can read."""

import json
import subprocess
import sys

from tests.hub_builders import bert_repository


def test_vectors_that_are_not_finite_are_failures(hub, tmp_path):
    from safetensors.torch import load, save

    files = bert_repository()
    state = load(files["model.safetensors"])
    state["embeddings.LayerNorm.bias"].fill_(float("nan"))
    repository = hub.add("acme/bert", {**files, "model.safetensors": save(state, {"format": "pt"})})
    repository.facts.update(pipeline_tag="feature-extraction", library_name="transformers")
    command = [
        sys.executable,
        "-c",
        "from zoo.cli import main; main()",
        "embed",
        "--text",
        "a cat",
        "--model",
        "hf/acme/bert",
        "--device",
        "cpu",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "not finite" in done.stderr
    hub.add("acme/bert", files)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["vector"]) == 32
