"""Discovery, isolation of broken plugins, look-up, and making parts."""

from __future__ import annotations

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

import zoo_core
from zoo_core.components import Component, LossSettings
from zoo_core.errors import MissingPackageError, PluginError, UnknownNameError
from zoo_core.hookspecs import hookimpl
from zoo_core.registry import Plugin, Registry, default_registry, settings_from

# Discovery


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


# Names that several give


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
    assert str(caught.value) == "loss 'same' is given by 2 packages; say 'a-one:same' or 'b-two:same'"
    assert [plugin.problem for plugin in clash.plugins] == [None, None]
    for this, other in (("a-one", "b-two"), ("b-two", "a-one")):
        (plugin,) = (plugin for plugin in clash.plugins if plugin.name == this)
        assert clash.trouble_of(plugin) == (
            f"loss 'same' is given by plugin '{other}' of {other} 1.2 too: say '{this}:same' for this one, "
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
    assert not any(map(registry.trouble_of, registry.plugins))


def test_a_stranger_cannot_take_the_name_of_a_package_of_the_zoo(install, discovered):
    install("aaa-stranger", loss="wanted")
    install("zoo-tinyssd", loss="wanted")
    registry = discovered()
    assert registry.owner("loss", "wanted").distribution == "zoo-tinyssd"
    assert registry.owner("loss", "aaa-stranger:wanted").distribution == "aaa-stranger"
    ours, stranger = registry.plugins
    assert registry.trouble_of(ours) is None
    assert registry.trouble_of(stranger).startswith(
        "loss 'wanted' is given by plugin 'zoo-tinyssd' of zoo-tinyssd 1.2 too: say 'aaa-stranger:wanted' for this one"
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
    from zoo_core.hookspecs import hookimpl
    @hookimpl
    def zoo_detectors():
        return {{"same": {{"summary": "{0}"}}}}
    """
    install("a-one", detector.format("first"))
    install("b-two", detector.format("second"))
    registry = discovered()
    assert list(registry.detectors()) == ["a-one:same", "b-two:same"]
    assert registry.detector("b-two:same") == {"summary": "second"}
    with pytest.raises(UnknownNameError, match="detector 'same' is given by 2 packages"):
        registry.detector("same")


def test_a_name_with_a_colon_is_refused(install, discovered):
    install("odd", loss="a:b")
    (plugin,) = discovered().plugins
    assert plugin.problem == "the name 'a:b' has a colon, which stands between a package and a name"


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
    assert registry.trouble_of(registry.plugins[0]).endswith("ZOO_BLOCK=b-two:losses or ZOO_BLOCK=a-one:losses")


@pytest.mark.parametrize("name", ["b-two", "B_Two", " b-two ,other"])
def test_zoo_block_leaves_a_plugin_out(install, discovered, monkeypatch, name):
    install("a-one", loss="one")
    install("b-two", "raise RuntimeError('was imported')")
    monkeypatch.setenv("ZOO_BLOCK", name)
    registry = discovered()
    assert [(plugin.name, plugin.left_out, plugin.problem) for plugin in registry.plugins] == [
        ("a-one", None, None),
        ("b-two", "ZOO_BLOCK", None),
    ]


def test_zoo_plugins_loads_only_those(install, discovered, monkeypatch):
    install("a-one", loss="one")
    install("b-two", loss="two")
    monkeypatch.setenv("ZOO_PLUGINS", "b-two")
    registry = discovered()
    assert list(registry.components("loss")) == ["two"]
    assert registry.plugins[0].left_out == "ZOO_PLUGINS"


def test_the_core_cannot_be_left_out(monkeypatch):
    monkeypatch.setenv("ZOO_BLOCK", "core,zoo-core")
    monkeypatch.setenv("ZOO_PLUGINS", "nothing")
    registry = Registry()
    registry.discover()
    assert "voc" in registry.components("dataset")
    assert not registry.components("backbone")


# By hand


def test_registers_a_module_and_an_object(toys):
    registry = Registry()
    registry.register(toys.plugin, "an object")
    module = ModuleType("by_hand")
    module.zoo_detectors = hookimpl(lambda: {"mine": {"summary": "Mine"}})
    registry.register(module, "a module")
    assert list(registry.detectors()) == ["mine", "toy_detector"]


def test_a_failed_registration_leaves_no_trace(registry, toys):
    with pytest.raises(PluginError, match="already given by plugin 'toys'"):
        registry.register(toys.plugin, "again")
    assert [plugin.name for plugin in registry.plugins] == ["toys"]


# Looking up


def test_says_what_is_near_and_what_there_is(registry):
    with pytest.raises(UnknownNameError) as caught:
        registry.component("targets", "toi")
    assert str(caught.value) == "no target encoder is named 'toi'; did you mean 'toy'? target encoders: toy"
    with pytest.raises(UnknownNameError) as caught:
        registry.detector("something else")
    assert str(caught.value) == "no detector is named 'something else'; detectors: toy_detector"


def test_says_of_which_kind_the_name_is():
    with pytest.raises(UnknownNameError, match="no backbone is named 'voc', but a dataset is; backbones: "):
        default_registry().component("backbone", "voc")


def test_says_which_package_has_a_known_part(registry):
    with pytest.raises(UnknownNameError) as caught:
        registry.component("backbone", "vgg16_atrous")
    assert str(caught.value) == (
        "no backbone is named 'vgg16_atrous' here: it is in the package zoo-gluoncv-ssd, "
        "which is not installed (pip install zoo-gluoncv-ssd)"
    )
    with pytest.raises(UnknownNameError, match="zoo-tinyssd"):
        registry.detector("tinyssd_256_voc")


def test_says_when_a_known_package_was_left_out_or_set_aside(install, discovered, monkeypatch):
    install("zoo-gluoncv-ssd", "1 / 0")
    with pytest.raises(UnknownNameError, match=r"zoo-gluoncv-ssd, which was set aside \(`zoo plugins` says why\)"):
        discovered().component("backbone", "vgg16_atrous")
    monkeypatch.setenv("ZOO_BLOCK", "zoo-gluoncv-ssd")
    with pytest.raises(UnknownNameError, match="zoo-gluoncv-ssd, which ZOO_BLOCK leaves out"):
        discovered().component("backbone", "vgg16_atrous")


def test_the_index_of_known_plugins_is_true():
    from zoo_core.known_plugins import _CONTENTS

    registry = default_registry()
    for package, parts in _CONTENTS.items():
        plugin = next(plugin for plugin in registry.plugins if plugin.distribution == package)
        given = {(kind, name) for kind, names in parts.items() for name in names}
        assert given == set(registry.parts_of(plugin))


def test_every_installed_plugin_is_in_use():
    assert [plugin for plugin in default_registry().plugins if plugin.problem] == []


# Settings


@pytest.mark.parametrize("value", [None, 3, 2.5, True, [], ["toy"], object, b"toy"])
def test_settings_from_refuses_what_is_no_name_and_no_table(registry, value):
    message = r"should be the name of a backbone, or a table with a name; given .*; backbones: toy"
    with pytest.raises(ValueError, match=message):
        settings_from(registry, "backbone", value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "the table has no name; anchor generators: toy"),
        ({"name": 5}, "the table has 5 for a name, which is no text"),
        ({"name": ["toy"]}, r"the table has \['toy'\] for a name"),
        ({"name": "toi"}, "no anchor generator is named 'toi'; did you mean 'toy'"),
    ],
)
def test_settings_from_refuses_a_table_without_a_known_name(registry, value, message):
    with pytest.raises(ValueError, match=message):
        settings_from(registry, "anchors", value)


def test_settings_from_takes_settings_of_the_right_kind_only(registry, toys):
    assert settings_from(registry, "backbone", toys.backbone(maps=3)) == toys.backbone(maps=3)
    with pytest.raises(ValueError, match="'toy' is a loss, and an anchor generator is needed"):
        settings_from(registry, "anchors", toys.loss())


# Making


def heavy(monkeypatch, **classes) -> None:
    monkeypatch.setitem(sys.modules, "toy_heavy", SimpleNamespace(**classes))


def test_makes_a_part_with_its_settings(registry, toys, monkeypatch):
    heavy(monkeypatch, Backbone=lambda settings: ("made", settings))
    assert registry.make(toys.backbone(maps=1)) == ("made", toys.backbone(maps=1))


def test_refuses_to_make_what_nobody_registered(registry):
    class Unregistered(LossSettings):
        name: str = "toy"

    with pytest.raises(PluginError, match="Unregistered is not registered"):
        registry.make(Unregistered())


@pytest.mark.parametrize("module", ["no_such_module", "toy_heavy.inner"])
def test_says_when_the_heavy_class_does_not_exist(toys, monkeypatch, module):
    heavy(monkeypatch)
    registry = registry_of(Component(toys.loss, f"{module}:Loss"))
    with pytest.raises(PluginError, match=f"loss 'toy' is to be made by '{module}:Loss', which does not exist"):
        registry.make(toys.loss())


def test_says_when_the_module_lacks_the_heavy_class(registry, toys, monkeypatch):
    heavy(monkeypatch)
    with pytest.raises(PluginError, match="which does not exist"):
        registry.make(toys.loss())


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (
            "import a_missing_package",
            MissingPackageError,
            "needs the module 'a_missing_package', which is not installed",
        ),
        ("import a_missing_package.inner", MissingPackageError, "needs the module 'a_missing_package'"),
        (
            "import cv2.no_such_part",
            MissingPackageError,
            r"this needs opencv-python.*: pip install 'zoo-core\[images\]'",
        ),
        ("1 / 0", PluginError, "cannot be imported: ZeroDivisionError"),
        ("None.attribute", PluginError, "cannot be imported: AttributeError"),
        ("from zoo_core.errors import RunError; raise RunError('as it is')", zoo_core.RunError, "^as it is$"),
    ],
)
def test_says_why_the_heavy_class_cannot_be_imported(toys, tmp_path, monkeypatch, source, error, message):
    (tmp_path / "heavy_fault.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    registry = registry_of(Component(toys.loss, "heavy_fault:Loss"))
    with pytest.raises(error, match=message):
        registry.make(toys.loss())
    sys.modules.pop("heavy_fault", None)


def registry_of(component: Component) -> Registry:
    made = Registry()
    made.register(SimpleNamespace(zoo_components=hookimpl(lambda: [component])), "one")
    return made
