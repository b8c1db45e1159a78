"""Weights of other libraries: several plugins may know some of one, and one that fails is named and does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo_core.common.errors import MissingPackageError, PluginError, RunError, UnknownNameError
from zoo_core.registry.foreign_weights import fetch_published, names_here
from zoo_core.registry.installing import pip_install

PLUGIN = """
    from zoo_core.plugin_api import ForeignWeights, hookimpl

    @hookimpl
    def zoo_weights():
        return [ForeignWeights("{library}", "{module}:names_here", published={published}, fetch="{module}:fetch")]

    def fetch(name, progress):
        {fetch}

    def names_here(stored, network):
        {names}
"""


@pytest.fixture
def knowing(install):
    """Lay a plugin on the path that knows published weights of a library."""

    def lay(package, *published, library="lib", fetch="return f'/store/{name}.params'", names="return {}"):
        module = package.replace("-", "_") + "_module"
        install(
            package,
            PLUGIN.format(library=library, module=module, published=published, fetch=fetch, names=names),
        )

    return lay


def test_several_plugins_know_weights_of_one_library(knowing, discovered):
    knowing("a-ssd", "ssd")
    knowing("b-yolo", "yolo", fetch="return f'/elsewhere/{name}.params'")
    registry = discovered()
    assert registry.published() == ["lib:ssd", "lib:yolo"]
    assert registry.parts_of(registry.plugins[1]) == [("weights", "lib:yolo")]
    assert fetch_published(registry, "lib:ssd") == Path("/store/ssd.params")
    assert fetch_published(registry, "lib:yolo") == Path("/elsewhere/yolo.params")
    with pytest.raises(UnknownNameError, match="no file of published weights is named 'lib:yolp'; did you mean 'lib:y"):
        fetch_published(registry, "lib:yolp")


def test_of_two_that_fetch_the_same_name_the_package_chooses(knowing, discovered):
    knowing("a-one", "net")
    knowing("b-two", "net", fetch="return '/second.params'")
    registry = discovered()
    assert registry.published() == ["a-one:lib:net", "b-two:lib:net"]
    with pytest.raises(UnknownNameError) as told:
        fetch_published(registry, "lib:net")
    assert str(told.value) == (
        "file of published weights 'lib:net' is provided by 2 packages; use 'a-one:lib:net' or 'b-two:lib:net'"
    )
    assert registry.is_published("b-two:lib:net")
    assert fetch_published(registry, "b-two:lib:net") == Path("/second.params")
    assert "is also provided by plugin 'b-two' of b-two 1.2: use 'a-one:lib:net'" in registry.problem_of(
        registry.plugins[0]
    )


def test_a_stranger_does_not_take_the_weights_of_a_package_of_the_zoo(knowing, discovered):
    knowing("aaa-stranger", "net", library="gluoncv", fetch="return '/stranger.params'")
    knowing("zoo-gluoncv-ssd", "net", library="gluoncv")
    registry = discovered()
    assert fetch_published(registry, "gluoncv:net") == Path("/store/net.params")
    assert fetch_published(registry, "aaa-stranger:gluoncv:net") == Path("/stranger.params")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("lib:net", True),
        ("lib:unknown", True),
        ("gluoncv:net", True),
        ("lib", False),
        ("runs/lib:net", False),
        ("C:\\runs", False),
        ("http://lib/net", False),
        ("library:net", False),
    ],
)
def test_what_names_published_weights_and_what_a_file(knowing, discovered, said, expected):
    knowing("a-one", "net")
    assert discovered().is_published(said) == expected


@pytest.mark.parametrize(
    ("remedy", "environment"),
    [
        (f"which is not installed: {pip_install('zoo-gluoncv-ssd')}", None),
        ("which ZOO_BLOCK leaves out", "zoo-gluoncv-ssd"),
    ],
)
def test_the_package_that_knows_them_is_told_where_it_is_not_in_use(
    knowing, discovered, monkeypatch, remedy, environment
):
    if environment:
        knowing("zoo-gluoncv-ssd", "net", library="gluoncv")
        monkeypatch.setenv("ZOO_BLOCK", environment)
    with pytest.raises(UnknownNameError) as told:
        fetch_published(discovered(), "gluoncv:any_network")
    assert str(told.value) == (
        "no file of published weights is named 'gluoncv:any_network' here: "
        f"it is in the package zoo-gluoncv-ssd, {remedy}"
    )


@pytest.mark.parametrize(
    ("fetch", "error", "message"),
    [
        (
            "1 / 0",
            PluginError,
            r"plugin 'a-one' of a-one 1\.2 fetches .* 'lib:net' by .*, which fails: ZeroDivisionError",
        ),
        ("return None", PluginError, "'a_one_module:fetch', which returned None instead of a file path"),
        ("import a_missing_package", PluginError, "which fails: ModuleNotFoundError"),
        ("from zoo_core.plugin_api import RunError; raise RunError('as it is')", RunError, "^as it is$"),
        ("raise KeyboardInterrupt", PluginError, "which fails: KeyboardInterrupt"),
    ],
)
def test_a_way_to_weights_that_fails_is_named(knowing, discovered, fetch, error, message):
    knowing("a-one", "net", fetch=fetch)
    with pytest.raises(error, match=message):
        fetch_published(discovered(), "lib:net")


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("nowhere:fetch", PluginError, "by 'nowhere:fetch', which does not exist"),
        ("a_one_module:nothing", PluginError, "by 'a_one_module:nothing', which does not exist"),
        ("needing:fetch", MissingPackageError, "by 'needing:fetch': this needs the module 'a_missing_package'"),
    ],
)
def test_a_way_to_weights_that_is_not_there_is_told(install, discovered, tmp_path, target, error, message):
    (tmp_path / "needing.py").write_text("import a_missing_package", encoding="utf-8")
    install(
        "a-one",
        f"""
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights("lib", published=("net",), fetch="{target}")]
        """,
    )
    with pytest.raises(error, match=message):
        fetch_published(discovered(), "lib:net")


@pytest.mark.parametrize("names", ["return 5", "return {'a': 1}", "return {1: 'a'}", "return [('a', 'b')]", "1 / 0"])
def test_names_that_are_none_are_refused(knowing, discovered, names):
    knowing("a-one", "net", names=names)
    (entry,) = discovered().weights
    with pytest.raises(PluginError, match=r"'a-one' of a-one 1\.2 reads weights of 'lib' by 'a_one_module:n"):
        names_here(entry, ["a"], None)


def test_names_that_are_not_in_the_file_are_passed_over(knowing, discovered):
    knowing("a-one", "net", names="return {'a': 'b', 'anchors': None, 'other': 'c'}")
    (entry,) = discovered().weights
    assert names_here(entry, ["a", "anchors", "d"], None) == {"a": "b", "anchors": None}
