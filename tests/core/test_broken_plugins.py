"""A plugin that fails, talks, dawdles or was made for another core is named, and never stops the others."""

from __future__ import annotations

import re

import pytest

import zoo_core
from zoo_core.registry import Plugin


def test_finds_a_plugin_that_lies_on_the_path(install, discovered):
    install("nice-plugin", loss="nice")
    registry = discovered()
    assert registry.plugins == [Plugin("nice-plugin", "nice-plugin", "1.2")]
    assert registry.component("loss", "nice").summary == "A loss."
    assert registry.parts_of(registry.plugins[0]) == [("loss", "nice")]


BROKEN = {
    "import error": ("import a_package_that_nobody_has", "ModuleNotFoundError: No module named 'a_package"),
    "syntax error": ("def (", "SyntaxError"),
    "exit": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "exception": ("1 / 0", "ZeroDivisionError"),
    "no hooks": ("def zoo_components(): return []", "implements none of the hooks zoo_components, zoo_detectors"),
    "misspelt hook": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_component(): return []
        """,
        "'zoo_component' is no hook of the zoo; did you mean 'zoo_components'? hooks: zoo_components, zoo_detectors",
    ),
    "one good hook and one misspelt": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return []
        @hookimpl
        def zoo_detektors(): return {}
        """,
        "'zoo_detektors' is no hook of the zoo; did you mean 'zoo_detectors'?",
    ),
    "arguments that the hook does not have": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(registry): return []
        """,
        "registry",
    ),
    "hook that raises": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): raise KeyError("lost")
        """,
        "KeyError: 'lost'",
    ),
    "generator that raises": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components():
            raise OSError("gone")
            yield
        """,
        "OSError: gone",
    ),
    "a number for components": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return 7
        """,
        "zoo_components() gives an iterable of Component, not 7",
    ),
    "a hook that forgets to return": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): pass
        """,
        "zoo_components() gives an iterable of Component, not None",
    ),
    "classes for components": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return [dict]
        """,
        "zoo_components() gives Component objects, not <class 'dict'>",
    ),
    "settings of no kind": (
        """
        from zoo_core.components import Component, ComponentSettings
        from zoo_core.hookspecs import hookimpl
        class Odd(ComponentSettings):
            name: str = "odd"
        @hookimpl
        def zoo_components(): return [Component(Odd, "a:B")]
        """,
        "Component(settings=...) is a subclass of one of BackboneSettings, AnchorSettings,",
    ),
    "settings that are an object": (
        """
        from zoo_core.components import Component
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return [Component("loss", "a:B")]
        """,
        "not 'loss'",
    ),
    "settings without a name": (
        """
        from zoo_core.components import Component, LossSettings
        from zoo_core.hookspecs import hookimpl
        class Nameless(LossSettings):
            weight: float = 1
        @hookimpl
        def zoo_components(): return [Component(Nameless, "a:B")]
        """,
        "Nameless has no name; write name: Literal['...'] = '...'",
    ),
    "settings that do not answer": (
        """
        from typing import Literal
        from zoo_core.components import BackboneSettings, Component
        from zoo_core.hookspecs import hookimpl
        class Mute(BackboneSettings):
            name: Literal["mute"] = "mute"
        @hookimpl
        def zoo_components(): return [Component(Mute, "a:B")]
        """,
        "Mute does not say feature_maps(), smallest_input()",
    ),
    "anchors of no format": (
        """
        from typing import Literal
        from zoo_core.components import AnchorSettings, Component
        from zoo_core.hookspecs import hookimpl
        class Bare(AnchorSettings):
            name: Literal["bare"] = "bare"
            def anchors_per_cell(self): return (1,)
        @hookimpl
        def zoo_components(): return [Component(Bare, "a:B")]
        """,
        "Bare does not say in which box format it works: gives = BoxFormat...",
    ),
    "a target without a colon": (
        """
        from typing import Literal
        from zoo_core.components import Component, LossSettings
        from zoo_core.hookspecs import hookimpl
        class Some(LossSettings):
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a.B")]
        """,
        "the target of 'some' is 'package.module:Class', not 'a.B'",
    ),
    "one name twice": (
        """
        from typing import Literal
        from zoo_core.components import Component, LossSettings
        from zoo_core.hookspecs import hookimpl
        class Some(LossSettings):
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a:B"), Component(Some, "a:C")]
        """,
        "two components of kind 'loss' and name 'some'",
    ),
    "a list of detectors": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return ["yolo"]
        """,
        "zoo_detectors() gives a dict from names to configurations, not ['yolo']",
    ),
    "a detector that is a name": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return {"yolo": "yolo.yaml"}
        """,
        "the configuration of detector 'yolo' is a dict, not 'yolo.yaml'",
    ),
    "a detector whose name is a number": (
        """
        from zoo_core.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return {5: {}}
        """,
        "names that are text, not 5",
    ),
}


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


NOISY = """
import sys, warnings
print("buy my plugin")
print("or else", file=sys.stderr)
warnings.warn("old words", DeprecationWarning)
"""


def test_what_a_plugin_prints_and_warns_of_is_noted_and_not_shown(install, discovered, capsys):
    install("loud", NOISY, loss="loud")
    (plugin,) = discovered().plugins
    assert capsys.readouterr() == ("", "")
    assert plugin.problem is None
    assert plugin.notes == (
        "prints while it is imported: 'buy my plugin\\nor else'",
        "warns while it is imported: DeprecationWarning: 'old words'",
    )


def test_a_plugin_that_takes_long_is_noted(install, discovered, monkeypatch):
    monkeypatch.setattr("zoo_core.importing._SLOW", 0)
    install("slow", loss="slow")
    (plugin,) = discovered().plugins
    assert re.fullmatch(r"takes \d+\.\d s to import, for which every command waits", plugin.notes[0])


# Made for which core


@pytest.mark.parametrize(
    "requirement",
    [
        "zoo-core",
        "zoo-core[mxnet]",
        "zoo-core>=0.1",
        "Zoo_Core ~=0.1",
        "zoo-core>=99; extra == 'future'",
        "zoo-core>=99; python_version < '3'",
        "zoo-core-extras>=99",
        "numpy>=99",
    ],
)
def test_a_plugin_made_for_this_core_is_used(install, discovered, requirement):
    install("good", loss="good", requires=requirement)
    assert [plugin.problem for plugin in discovered().plugins] == [None]


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        (
            "zoo-core~=99.1",
            f"zoo-core~=99.1, and this is {zoo_core.__version__}: install another version of old, or of zoo-core",
        ),
        ("zoo.core[mxnet] >=99,<100", "made for zoo-core<100,>=99, and this is"),
        ("zoo-core==nonsense", "its requirement 'zoo-core==nonsense' cannot be read"),
    ],
)
def test_a_plugin_made_for_another_core_is_not_even_imported(install, discovered, requirement, reason, capsys):
    install("old", "print('imported'); 1 / 0", requires=requirement)
    (plugin,) = discovered().plugins
    assert reason in plugin.problem
    assert plugin.notes == ()
    assert capsys.readouterr().out == ""
