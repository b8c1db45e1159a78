"""A plugin that fails, talks, dawdles or was made for another core is named, and never stops the others."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

import zoo_core
from zoo_core.common.errors import PluginError
from zoo_core.common.versions import plugin_requirement
from zoo_core.parts.components import Component, LossSettings
from zoo_core.parts.foreign_weights import ForeignWeights
from zoo_core.parts.guarding import Guarded
from zoo_core.registry.contributions import contributions
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.registry import Plugin
from zoo_core.registry.requirements import _is_met_as_usual


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
    "a KeyboardInterrupt of its own": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "a GeneratorExit": ("raise GeneratorExit('over')", "GeneratorExit: over"),
    "an error that is no Exception": ("class Odd(BaseException): pass\nraise Odd('x')", "Odd: x"),
    "an error that cannot be shown": (
        """
        class Mute(Exception):
            def __str__(self): raise KeyboardInterrupt
        raise Mute
        """,
        "Mute: its message cannot be shown (KeyboardInterrupt)",
    ),
    "no end of detectors": (
        """
        import itertools
        from collections.abc import Mapping
        from zoo_core.registry.hookspecs import hookimpl
        class Endless(Mapping):
            def __getitem__(self, key): return {}
            def __iter__(self): return map(str, itertools.count())
            def __len__(self): return 1
        @hookimpl
        def zoo_detectors(): return Endless()
        """,
        "zoo_detectors() returns more than 10000 items; is it endless?",
    ),
    "a configuration without end": (
        """
        import itertools
        from collections.abc import Mapping
        from zoo_core.registry.hookspecs import hookimpl
        class Endless(Mapping):
            def __getitem__(self, key): return {}
            def __iter__(self): return map(str, itertools.count())
            def __len__(self): return 1
        @hookimpl
        def zoo_detectors(): return {"yolo": Endless()}
        """,
        "the configuration of detector 'yolo' returns more than 10000 items; is it endless?",
    ),
    "a summary that cannot be shown": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        class Mute:
            def __str__(self): raise ValueError
        @hookimpl
        def zoo_detectors(): return {"yolo": {"summary": Mute()}}
        """,
        "the summary of detector 'yolo' should be a string, not a Mute",
    ),
    "a kind that does not exist": (
        """
        from typing import ClassVar, Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Some(LossSettings):
            kind: ClassVar[str] = "nonsense"
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a:B")]
        """,
        "Some has the kind 'nonsense'; a subclass must keep the kind of its base",
    ),
    "no hooks": ("def zoo_components(): return []", "implements none of the hooks zoo_components, zoo_detectors"),
    "misspelt hook": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_component(): return []
        """,
        "'zoo_component' is not a hook of the zoo; did you mean 'zoo_components'? hooks: zoo_components, zoo_detectors",
    ),
    "one good hook and one misspelt": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return []
        @hookimpl
        def zoo_detektors(): return {}
        """,
        "'zoo_detektors' is not a hook of the zoo; did you mean 'zoo_detectors'?",
    ),
    "arguments that the hook does not have": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(registry): return []
        """,
        "registry",
    ),
    "hook that raises": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): raise KeyError("lost")
        """,
        "KeyError: 'lost'",
    ),
    "generator that raises": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components():
            raise OSError("gone")
            yield
        """,
        "OSError: gone",
    ),
    "a number for components": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return 7
        """,
        "zoo_components() should return an iterable of Component; got 7",
    ),
    "a hook that forgets to return": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): pass
        """,
        "zoo_components() should return an iterable of Component; got None",
    ),
    "classes for components": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return [dict]
        """,
        "zoo_components() should return Component objects; got <class 'dict'>",
    ),
    "settings of no kind": (
        """
        from zoo_core.parts.components import Component, ComponentSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Odd(ComponentSettings):
            name: str = "odd"
        @hookimpl
        def zoo_components(): return [Component(Odd, "a:B")]
        """,
        "Component(settings=...) should be a subclass of BackboneSettings, NeckSettings, AnchorSettings,",
    ),
    "settings that are an object": (
        """
        from zoo_core.parts.components import Component
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return [Component("loss", "a:B")]
        """,
        "got 'loss'",
    ),
    "settings without a name": (
        """
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
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
        from zoo_core.parts.components import BackboneSettings, Component
        from zoo_core.registry.hookspecs import hookimpl
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
        from zoo_core.parts.components import AnchorSettings, Component
        from zoo_core.registry.hookspecs import hookimpl
        class Bare(AnchorSettings):
            name: Literal["bare"] = "bare"
            def anchors_per_cell(self): return (1,)
        @hookimpl
        def zoo_components(): return [Component(Bare, "a:B")]
        """,
        "Bare does not say in which box format it works: gives = BoxFormat...",
    ),
    "divisors of a loss that are not divisors": (
        """
        from typing import Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Rough(LossSettings):
            name: Literal["rough"] = "rough"
            normalizer = None
            box_normalizer = "peaks"
        @hookimpl
        def zoo_components(): return [Component(Rough, "a:B")]
        """,
        "should say normalizer and box_normalizer = Normalizer... or None, normalizer, as it says box_normalizer, soft",
    ),
    "a target without a colon": (
        """
        from typing import Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Some(LossSettings):
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a.B")]
        """,
        "the target of 'some' should be 'package.module:Class'; got 'a.B'",
    ),
    "one name twice": (
        """
        from typing import Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Some(LossSettings):
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a:B"), Component(Some, "a:C")]
        """,
        "two components of kind 'loss' and name 'some'",
    ),
    "a list of detectors": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return ["yolo"]
        """,
        "zoo_detectors() should return a dict of configurations by name; got ['yolo']",
    ),
    "a detector that is a name": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return {"yolo": "yolo.yaml"}
        """,
        "the configuration of detector 'yolo' should be a dict; got 'yolo.yaml'",
    ),
    "a detector whose name is a number": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return {5: {}}
        """,
        "names that are strings; got 5",
    ),
    "a hook of weights that forgets to return": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return None
        """,
        "zoo_weights() should return an iterable of ForeignWeights; got None",
    ),
    "names for weights": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return ['gluoncv']
        """,
        "zoo_weights() should return ForeignWeights objects; got 'gluoncv'",
    ),
    "weights of no library": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights(None, 'a:b')]
        """,
        "library of ForeignWeights should be a lower-case name such as 'gluoncv'; got None",
    ),
    "a library that is a drive": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('c', 'a:b')]
        """,
        "as 'gluoncv'; got 'c'",
    ),
    "a library with a colon": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('a:b', 'a:b')]
        """,
        "as 'gluoncv'; got 'a:b'",
    ),
    "names_here without a colon": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', 'a.b')]
        """,
        "names_here of the weights of 'lib' should be 'package.module:function'; got 'a.b'",
    ),
    "fetch that is a function": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('net',), fetch=print)]
        """,
        "fetch of the weights of 'lib' should be 'package.module:function'; got <built-in function print>",
    ),
    "a text for published": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published='net', fetch='a:b')]
        """,
        "published of the weights of 'lib' should be a tuple of names; got 'net'",
    ),
    "a number that is published": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=(5,), fetch='a:b')]
        """,
        "published of the weights of 'lib' should hold names without a colon; got 5",
    ),
    "published with a colon": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('a:b',), fetch='a:b')]
        """,
        "should hold names without a colon; got 'a:b'",
    ),
    "published without a way to it": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('net',))]
        """,
        "published and fetch go together, and only published is given",
    ),
    "fetch of nothing": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', fetch='a:b')]
        """,
        "published and fetch go together, and only fetch is given",
    ),
    "weights of which nothing is known": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib')]
        """,
        "neither names_here nor published is given",
    ),
    "weights published twice": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('net',), fetch='a:b')] * 2
        """,
        "zoo_weights() returns 'lib:net' twice",
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


ENDLESS = {
    "it waits": "import time\ntime.sleep(60)",
    "it computes": "while True: pass",
    "it computes on after errors": """
        while True:
            try:
                while True: pass
            except Exception: pass
        """,
    "a hook": """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors():
            while True: pass
        """,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_plugin_that_never_ends_is_stopped(install, discovered, monkeypatch, kind):
    monkeypatch.setattr(Guarded.__init__, "__defaults__", (0.3, ()))
    install("a-endless", ENDLESS[kind])
    install("b-good", loss="good")
    endless, good = discovered().plugins
    assert endless.problem == "does not end; it was stopped after 0.3 s"
    assert good.problem is None


@pytest.fixture
def interruptible():
    """A shell ignores interrupts in what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_of_the_user_stops_even_while_a_plugin_is_imported(install, discovered):
    install("waiting", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        discovered()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_cannot_be_swallowed_by_a_plugin(install, discovered):
    install(
        "greedy",
        """
        import os, signal, time
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
        """,
        loss="greedy",
    )
    with pytest.raises(KeyboardInterrupt):
        discovered()


@pytest.mark.usefixtures("interruptible")
def test_a_handler_that_a_plugin_sets_is_put_back(install, discovered):
    install("deaf", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)", loss="deaf")
    discovered()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_plugins_are_found_in_any_thread(install, discovered):
    install("interrupting", "raise KeyboardInterrupt")
    install("nice", loss="nice")
    with ThreadPoolExecutor(1) as pool:
        registry = pool.submit(discovered).result()
    assert [plugin.problem for plugin in registry.plugins] == ["KeyboardInterrupt", None]


# Packages whose files are damaged


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("entry_points.txt", b"[console_scripts]\nfoo\n", "its entry_points.txt cannot be read (TypeError: "),
        ("entry_points.txt", b"\xff\xfe[zoo]", "its entry_points.txt cannot be read (UnicodeDecodeError: "),
        ("entry_points.txt", b"[zoo]\na = 1 + 1\n", "Error: "),  # an AttributeError, or what importlib_metadata raises
        ("METADATA", None, "its METADATA is missing, or lacks name and version: reinstall b, or remove it"),
        ("METADATA", b"Name: b\n", "its METADATA is missing, or lacks name and version"),
        ("METADATA", b"\xff\xfe", "its METADATA cannot be read (UnicodeDecodeError: "),
    ],
)
def test_a_package_with_damaged_files_is_set_aside(install, discovered, tmp_path, file, content, reason):
    install("a", loss="first")
    install("b", loss="second")
    install("c", loss="last")
    damaged = tmp_path / "b-1.2.dist-info" / file
    damaged.unlink() if content is None else damaged.write_bytes(content)
    registry = discovered()
    assert list(registry.components("loss")) == ["first", "last"]
    (broken,) = (plugin for plugin in registry.plugins if plugin.problem)
    assert (broken.distribution, broken.version) == ("b", "1.2")
    assert reason in broken.problem


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
def test_a_pipe_for_a_file_of_a_package_is_not_waited_for(install, discovered, tmp_path, file):
    install("a", loss="first")
    install("b", loss="second")
    damaged = tmp_path / "b-1.2.dist-info" / file
    damaged.unlink()
    os.mkfifo(damaged)
    (broken,) = (plugin for plugin in discovered().plugins if plugin.problem)
    assert f"{file} is a pipe or a device, not a regular file" in broken.problem


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


def test_a_package_without_metadata_that_is_no_plugin_does_no_harm(install, discovered, tmp_path):
    (tmp_path / "debris-1.0.dist-info").mkdir()
    (tmp_path / "more-1.0.dist-info").mkdir()
    (tmp_path / "more-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\nx = y\n")
    install("nice", loss="nice")
    assert [plugin.name for plugin in discovered().plugins] == ["nice"]


def test_a_damaged_package_can_be_left_out(install, discovered, tmp_path, monkeypatch):
    install("b")
    (tmp_path / "b-1.2.dist-info" / "entry_points.txt").write_text("[x]\nfoo\n")
    monkeypatch.setenv("ZOO_BLOCK", "b")
    (plugin,) = discovered().plugins
    assert (plugin.problem, plugin.left_out) == (None, "ZOO_BLOCK")


# Plugins that end the process


def zoo(tmp_path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(tmp_path)])
    return subprocess.run(
        [Path(sys.executable).with_name("zoo"), *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_plugins_that_end_every_process_are_found_out(install, tmp_path):
    install("exiting", "import os\nos._exit(7)")
    install("crashing", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    install("nice", loss="nice")
    assert zoo(tmp_path, "list").returncode != 0
    found = zoo(tmp_path, "plugins", ZOO_BLOCK="unheard-of")
    assert found.returncode == 1
    assert re.search(r"^nice +nice +1.2 +in use +1 loss$", found.stdout, re.MULTILINE)
    value = "unheard-of,crashing:crashing,exiting:exiting"
    assert (
        "ends the process with exit code 7 when it is imported, and with it every command: "
        f"set ZOO_BLOCK={value}, or repair it" in found.stdout
    )
    assert "crashes the process (SIGKILL) when it is imported" in found.stdout
    assert zoo(tmp_path, "list", "losses", ZOO_BLOCK=value).returncode == 0


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
        "prints when imported: 'buy my plugin\\nor else'",
        "warns when imported: DeprecationWarning: 'old words'",
    )


def test_a_plugin_that_takes_long_is_noted(install, discovered, monkeypatch):
    monkeypatch.setattr("zoo_core.registry.isolation._SLOW", 0)
    install("slow", loss="slow")
    (plugin,) = discovered().plugins
    assert re.fullmatch(r"takes \d+\.\d s to import, which delays every command", plugin.notes[0])


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
            f"zoo-core~=99.1, but this is {zoo_core.__version__}: install another version of old, or of zoo-core",
        ),
        ("zoo.core[mxnet] >=99,<100", "made for zoo-core<100,>=99, but this is"),
        ("zoo-core==nonsense", "its requirement 'zoo-core==nonsense' cannot be read"),
    ],
)
def test_a_plugin_made_for_another_core_is_not_even_imported(install, discovered, requirement, reason, capsys):
    install("old", "print('imported'); 1 / 0", requires=requirement)
    (plugin,) = discovered().plugins
    assert reason in plugin.problem
    assert plugin.notes == ()
    assert capsys.readouterr().out == ""


def test_the_usual_requirement_is_understood_as_packaging_does():
    versions = ["0.1.0", "0.1.7", "0.2.0", "0.10.0", "1.1.0", "0.1", "0.1.0rc1", "0.1.0.1", "0.1.8.dev2", "1!0.1.0"]
    for asked in ("zoo-core~=0.1.0", "Zoo_Core ~= 0.1.7", "zoo.core (~=0.2.0)", "zoo-core~=0.1.0,<0.1.5"):
        for version in versions:
            if _is_met_as_usual(asked, version):
                assert Requirement(asked).specifier.contains(version, prereleases=True), (asked, version)
    assert _is_met_as_usual(plugin_requirement(), zoo_core.__version__)
