"""Names that several plugins give: neither wins silently, and the package chooses."""

from __future__ import annotations

import pytest

from zoo_core.common.errors import UnknownNameError
from zoo_core.registry.choosing import settings_from


@pytest.fixture
def clash(install, discovered):
    """Two strangers that give a loss of the same name, and one of them another."""
    install("a-one", loss="same")
    install("b-two", loss="same")
    return discovered()


def test_of_two_strangers_with_one_name_neither_wins(clash):
    assert list(clash.components("loss")) == ["a-one:same", "b-two:same"]
    with pytest.raises(UnknownNameError) as caught:
        clash.component("loss", "same")
    assert str(caught.value) == "loss 'same' is provided by 2 packages; use 'a-one:same' or 'b-two:same'"
    assert [plugin.problem for plugin in clash.plugins] == [None, None]
    for this, other in (("a-one", "b-two"), ("b-two", "a-one")):
        (plugin,) = (plugin for plugin in clash.plugins if plugin.name == this)
        assert clash.problem_of(plugin) == (
            f"loss 'same' is also provided by plugin '{other}' of {other} 1.2: use '{this}:same' for this one, "
            f"or leave one of them out: ZOO_BLOCK={other} or ZOO_BLOCK={this}"
        )


@pytest.mark.parametrize("said", ["b-two:same", "B_Two:same"])
def test_a_package_and_a_name_choose(clash, said):
    second = clash.plugins[1]
    assert clash.owner("loss", said) is second
    chosen = settings_from(clash, "loss", {"name": said})
    assert clash.owner_of(clash.component_of(chosen)) is second
    assert chosen.name == "same"
    assert clash.name_of(chosen) == "b-two:same"


def test_a_package_may_be_said_where_it_need_not(install, discovered):
    install("a-one", loss="only")
    registry = discovered()
    assert registry.component("loss", "a-one:only") is registry.component("loss", "only")
    with pytest.raises(UnknownNameError, match="no loss is named 'b-two:only'; did you mean 'only'"):
        registry.component("loss", "b-two:only")


@pytest.mark.usefixtures("clash")
def test_leaving_one_out_gives_the_other_its_name(discovered, monkeypatch):
    monkeypatch.setenv("ZOO_BLOCK", "a-one")
    registry = discovered()
    assert registry.owner("loss", "same").distribution == "b-two"
    assert not any(map(registry.problem_of, registry.plugins))


def test_a_stranger_cannot_take_the_name_of_a_package_of_the_zoo(install, discovered):
    install("aaa-stranger", loss="wanted")
    install("zoo-tinyssd", loss="wanted")
    registry = discovered()
    assert registry.owner("loss", "wanted").distribution == "zoo-tinyssd"
    assert registry.owner("loss", "aaa-stranger:wanted").distribution == "aaa-stranger"
    ours, stranger = registry.plugins
    assert registry.problem_of(ours) is None
    assert registry.problem_of(stranger).startswith(
        "loss 'wanted' is also provided by plugin 'zoo-tinyssd' of zoo-tinyssd 1.2: use 'aaa-stranger:wanted'"
    )


def test_a_detector_has_the_parts_of_its_own_plugin(install, discovered):
    detector = """
    @hookimpl
    def zoo_detectors():
        return {{"{0}": {{"loss": {{"name": "same"}}, "backbone": "same", "classes": ["cat"]}}}}
    """
    for package in ("a-one", "b-two"):
        install(package, detector.format(package), loss="same")
    registry = discovered()
    for package in ("a-one", "b-two"):
        assert registry.detector(package) == {
            "loss": {"name": f"{package}:same"},
            "backbone": "same",
            "classes": ["cat"],
        }


def test_detectors_of_one_name_are_told_apart_too(install, discovered):
    detector = """
    from zoo_core.registry.hookspecs import hookimpl
    @hookimpl
    def zoo_detectors():
        return {{"same": {{"summary": "{0}"}}}}
    """
    install("a-one", detector.format("first"))
    install("b-two", detector.format("second"))
    registry = discovered()
    assert list(registry.detectors()) == ["a-one:same", "b-two:same"]
    assert registry.detector("b-two:same") == {"summary": "second"}
    with pytest.raises(UnknownNameError, match="detector 'same' is provided by 2 packages"):
        registry.detector("same")


def test_a_name_with_a_colon_is_refused(install, discovered):
    install("odd", loss="a:b")
    (plugin,) = discovered().plugins
    assert plugin.problem == "the name 'a:b' has a colon, which is reserved for package:name"


def test_two_distributions_may_call_their_entry_points_alike(install, discovered, monkeypatch):
    install("a-one", loss="one", entry="losses")
    install("b-two", loss="two", entry="losses")
    assert list(discovered().components("loss")) == ["one", "two"]
    monkeypatch.setenv("ZOO_BLOCK", "a-one:losses")
    assert list(discovered().components("loss")) == ["two"]


def test_a_clash_between_entry_points_of_one_name_is_settled_by_package(install, discovered):
    install("a-one", loss="same", entry="losses")
    install("b-two", loss="same", entry="losses")
    registry = discovered()
    assert registry.problem_of(registry.plugins[0]).endswith("ZOO_BLOCK=b-two:losses or ZOO_BLOCK=a-one:losses")
