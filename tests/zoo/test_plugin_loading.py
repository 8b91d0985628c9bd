"""Real distributions on sys.path, found through their entry points, in every state that a plugin can be in."""

import pytest

from tests.zoo.toy_plugins import GOOD, discovered
from zoo.errors import DuplicateModelError, PluginError
from zoo.registry import Registry


def test_a_good_plugin_is_loaded(install):
    install("shells", GOOD.format(id="shells/net"))
    registry, plugins, said = discovered()
    assert plugins["shells"].state == "loaded"
    assert plugins["shells"].n_models == 1
    assert registry.get_card("shells/net").id == "shells/net"
    assert said == []


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("import no_such_package_at_all", "missing extra", "pip install no_such_package_at_all"),
        ("raise RuntimeError('boom')", "failed", "RuntimeError: boom"),
        ("import sys; sys.exit(3)", "failed", "SystemExit"),
        ("def broken(:", "failed", "SyntaxError"),
        ("zoo_plugin_api = (99,)", "incompatible", "supports plugin interface 99"),
        ("x = 1", "incompatible", "states no zoo_plugin_api"),
        (GOOD.format(id="x/y").replace("def zoo_models()", "def zoo_models(extra)"), "failed", "extra"),
    ],
)
def test_a_broken_plugin_is_recorded_and_the_rest_still_loads(install, code, state, reason):
    install("broken", code)
    install("good", GOOD.format(id="good/net"))
    registry, plugins, said = discovered()
    assert plugins["broken"].state == state
    assert reason in plugins["broken"].reason
    assert plugins["good"].state == "loaded"
    assert plugins["vision"].state == "loaded"
    assert registry.get_card("good/net")
    assert len(said) == 1
    assert "'broken'" in said[0]


def test_of_two_packages_with_one_name_the_second_is_shadowed(install):
    install("twin", GOOD.format(id="twin/a"), package="aaa")
    install("twin", GOOD.format(id="twin/b"), package="bbb")
    registry, _, _ = discovered()
    states = {record.package: record.state for record in registry.plugins if record.name == "twin"}
    assert states == {"aaa": "loaded", "bbb": "shadowed"}


@pytest.mark.parametrize("name", ["shells", "Zoo_Shells", "zoo-shells"])
def test_a_disabled_plugin_is_not_even_imported(install, name):
    install("shells", "raise RuntimeError('imported')")
    _, plugins, said = discovered(ZOO_DISABLED_PLUGINS=name)
    assert plugins["shells"].state == "disabled"
    assert said == []


def test_the_allow_list_keeps_built_ins_and_shuts_others_out(install):
    install("shells", GOOD.format(id="shells/net"))
    install("ferns", GOOD.format(id="ferns/net"))
    _, plugins, _ = discovered(ZOO_PLUGINS="ferns")
    assert (plugins["shells"].state, plugins["ferns"].state) == ("disabled", "loaded")
    assert plugins["vision"].state == "loaded"


def test_of_two_plugins_with_one_id_the_earlier_keeps_it_and_both_are_named(install):
    install("one", GOOD.format(id="shared/net"))
    install("two", GOOD.format(id="shared/net"))
    registry, plugins, said = discovered()
    assert registry.owner("shared/net") == "one"
    assert registry.get_card("shared/net")
    assert (plugins["one"].state, plugins["two"].state, plugins["two"].n_models) == ("loaded", "shadowed", 0)
    assert len(said) == 1
    assert said[0].startswith("zoo plugin 'two'")
    assert "shared/net belongs to 'one'" in said[0]
    registry, _, said = discovered(ZOO_DISABLED_PLUGINS="one")
    assert registry.owner("shared/net") == "two"
    assert said == []


@pytest.mark.parametrize("id", ["multimodal/tiny-clip", "vision/resnet50", "vision/brand-new", "timm/mine", "hf/a/b"])
def test_nobody_takes_a_built_in_model_or_its_prefix_away(install, id):
    install("thief", GOOD.format(id=id))
    registry, plugins, said = discovered()
    assert registry.owner(id) != "thief"
    assert registry.owner("multimodal/tiny-clip") == "multimodal"
    assert registry.get_card("vision/resnet50").id == "vision/resnet50"
    assert plugins["thief"].n_models == 0
    assert any("'thief'" in line for line in said)


def test_strict_raises_what_would_be_a_warning(install):
    install("broken", "zoo_plugin_api = (99,)")
    with pytest.raises(PluginError, match="99"):
        Registry.discover({"ZOO_STRICT_PLUGINS": "1"})


def test_strict_raises_a_clash(install):
    install("one", GOOD.format(id="shared/net"))
    install("two", GOOD.format(id="shared/net"))
    with pytest.raises(DuplicateModelError):
        Registry.discover({"ZOO_STRICT_PLUGINS": "1"})
