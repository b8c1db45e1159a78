"""A plugin whose code is wrong is named, with what is wrong, and never stops the others."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from tests.registry.broken_parts import PARTS
from tests.registry.broken_weights import WEIGHTS
from zoo_core.common.errors import PluginError
from zoo_core.parts.components import Component, LossSettings
from zoo_core.parts.foreign_weights import ForeignWeights
from zoo_core.registry.contributions import contributions
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.registry import Plugin

BROKEN = PARTS | WEIGHTS


def test_finds_a_plugin_that_lies_on_the_path(install, discovered):
    install("nice-plugin", loss="nice")
    registry = discovered()
    assert registry.plugins == [Plugin("nice-plugin", "nice-plugin", "1.2")]
    assert registry.component("loss", "nice").summary == "A loss."
    assert registry.parts_of(registry.plugins[0]) == [("loss", "nice")]


@pytest.mark.parametrize("fault", BROKEN)
def test_sets_a_broken_plugin_aside_and_keeps_the_others(install, discovered, fault):
    source, reason = BROKEN[fault]
    install("a-first", loss="first")
    install("b-broken", source)
    install("c-last", loss="last")
    registry = discovered()
    assert [plugin.name for plugin in registry.plugins if not plugin.problem] == ["a-first", "c-last"]
    (broken,) = (plugin for plugin in registry.plugins if plugin.problem)
    assert (broken.distribution, broken.version) == ("b-broken", "1.2")
    assert reason in broken.problem
    assert "\n" not in broken.problem
    assert list(registry.components("loss")) == ["first", "last"]
    assert registry.parts_of(broken) == []


def test_components_without_end_are_bounded(monkeypatch):
    monkeypatch.setattr("zoo_core.registry.contributions._MOST", 3)
    with pytest.raises(PluginError, match=r"zoo_components\(\) returns more than 3 items; is it endless\?"):
        contributions(SimpleNamespace(zoo_components=hookimpl(lambda: map(_component, itertools.count()))))


def test_weights_without_end_are_bounded(monkeypatch):
    monkeypatch.setattr("zoo_core.registry.contributions._MOST", 3)
    each = ForeignWeights("lib", names_here="a:b")
    with pytest.raises(PluginError, match=r"zoo_weights\(\) returns more than 3 items; is it endless\?"):
        contributions(SimpleNamespace(zoo_weights=hookimpl(lambda: itertools.repeat(each))))


def _component(number: int) -> Component:
    class Some(LossSettings):
        name: str = f"some{number}"

    return Component(Some, "a:B")


def test_texts_that_fail_when_they_are_shown_become_plain_ones():
    class Text(str):
        __slots__ = ()

        def __str__(self):
            raise ValueError

        __format__ = __str__

    class Plugin:
        @staticmethod
        @hookimpl
        def zoo_detectors():
            return {Text("odd"): {"summary": Text("a detector")}}

    ((name, config),) = contributions(Plugin()).detectors.items()
    assert (type(name), type(config["summary"])) == (str, str)
    assert f"{name}: {config['summary']}" == "odd: a detector"
