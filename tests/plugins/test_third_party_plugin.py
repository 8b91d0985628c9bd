"""A complete outside package, installed as a user would, reaches every room through its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def environment(repository, tmp_path_factory):
    """Environment variables under which the example package is installed beside this one."""
    site = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "herbarium"
    original = repository / "tests" / "third_party_plugin"
    for path in original.rglob("*"):
        if path.suffix in (".py", ".toml"):
            target = source / path.relative_to(original)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"]
    subprocess.run([*pip, "--target", str(site), str(source)], check=True)
    return {**os.environ, "PYTHONPATH": str(site)}


def run(environment, *arguments, **extra):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env={**environment, **extra}, timeout=120
    )


def test_its_model_is_listed_and_named_by_its_plugin(environment):
    done = run(environment, "-m", "zoo.cli", "list", "herbarium/*", "--json")
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in json.loads(done.stdout)] == ["herbarium/colour-moments"]
    done = run(environment, "-m", "zoo.cli", "plugins", "--json")
    states = {record["name"]: record["state"] for record in json.loads(done.stdout)}
    assert states["herbarium"] == "loaded"


def test_its_command_runs(environment):
    assert run(environment, "-m", "zoo.cli", "herbarium").stdout == "one model of pressed plants\n"
    assert "herbarium" in run(environment, "-m", "zoo.cli", "--help").stdout


def test_its_model_loads_and_embeds_with_its_own_preprocessing_step(environment):
    code = (
        "import numpy as np, zoo\n"
        "encoder = zoo.load('herbarium/colour-moments', pretrained=False)\n"
        "grey = np.full((40, 50, 3), 100, np.uint8); grey[:4] = 200\n"
        "pixels = encoder.preprocess(grey)\n"
        "assert pixels.max() > 0.9, 'the step should have brightened the paper'\n"
        "print(tuple(encoder.embed_images([grey, grey]).shape))"
    )
    done = run(environment, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(2, 16)"


def test_disabled_by_name_it_is_gone_and_said_to_be(environment):
    for name in ("herbarium", "zoo-herbarium", "zoo_herbarium"):
        done = run(environment, "-m", "zoo.cli", "plugins", "--json", ZOO_DISABLED_PLUGINS=name)
        states = {record["name"]: record["state"] for record in json.loads(done.stdout)}
        assert states["herbarium"] == "disabled"
        done = run(environment, "-m", "zoo.cli", "show", "herbarium/colour-moments", ZOO_DISABLED_PLUGINS=name)
        assert done.returncode == 1
        assert "no model named 'herbarium/colour-moments'" in done.stderr


def test_its_own_tests_run_the_conformance_kit(environment, repository):
    own = repository / "tests" / "third_party_plugin" / "tests" / "test_conformance.py"
    done = run(environment, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, str(own))
    assert done.returncode == 0, done.stdout
    assert "9 passed" in done.stdout
