"""Real distributions on sys.path that declare plugins, for tests of how zoo finds and guards them."""

import sys
import warnings

import pytest

from zoo.registry import Registry

GOOD = """
from zoo import hookimpl
from tests.zoo.toy_cards import toy_card
zoo_plugin_api = (1,)
@hookimpl
def zoo_models():
    return [toy_card({id!r})]
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Function that puts a distribution with one module and one entry point on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def put(name, code, *, point=None, package=None):
        package = package or f"zoo-{name}"
        module = f"toy_plugin_{package.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(code)
        folder = tmp_path / f"{package.replace('-', '_')}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[zoo]\n{point or name} = {module}\n")

    yield put
    for name in set(sys.modules) - before:
        if name.startswith("toy_plugin_"):
            del sys.modules[name]


def discovered(**environ):
    """(registry, plugin name -> record, warnings said)"""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        registry = Registry.discover(environ)
    return registry, {r.name: r for r in registry.plugins}, [str(w.message) for w in said]
