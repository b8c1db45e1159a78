"""Which plugins are used, look-up by name, and making parts."""

from __future__ import annotations

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

import zoo_core
from zoo_core.common.errors import MissingPackageError, PluginError, UnknownNameError
from zoo_core.parts.components import Component, LossSettings
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.installing import pip_install
from zoo_core.registry.registry import Registry, default_registry


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
    with pytest.raises(PluginError, match="already provided by plugin 'toys'"):
        registry.register(toys.plugin, "again")
    assert [plugin.name for plugin in registry.plugins] == ["toys", "core"]


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
        f"which is not installed: {pip_install('zoo-gluoncv-ssd')}"
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


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("center_net_resnet18_v1b_dcnv2_voc", r"DCNv2.* did you mean 'center_net_resnet18_v1b_voc'\?$"),
        ("center_net_dla34_coco", "those with a ResNet are supported"),
        ("center_net_dla34_dcnv2_coco", "DCNv2"),
        ("center_net_mobilenetv3_large_duc_voc", "those with a ResNet are supported"),
        ("faster_rcnn_resnet50_v1b_voc", r"two stages.*zoo eval FILE\.json"),
        ("custom_mask_rcnn_fpn", "two stages"),
        ("yolo3_darknet53_coco_int8", r"--int8 FOLDER .* did you mean 'yolo3_darknet53_coco'\?$"),
    ],
)
def test_says_why_a_detector_of_gluoncv_is_left_out(name, says):
    for kind, given in (("detector", name), ("weights", f"gluoncv:{name}")):
        with pytest.raises(UnknownNameError, match=rf"^no .* is named '{given}': ") as told:
            default_registry().owner(kind, given)
        assert re.search(says.replace("mean '", "mean '(gluoncv:)?"), str(told.value))
    with pytest.raises(UnknownNameError, match="no backbone is named 'faster_rcnn_x'; "):
        default_registry().component("backbone", "faster_rcnn_x")


def test_the_index_of_known_plugins_is_true():
    from zoo_core.registry.known_plugins import _CONTENTS, package_with

    registry = default_registry()
    for package, parts in _CONTENTS.items():
        plugin = next(plugin for plugin in registry.plugins if plugin.distribution == package)
        given = {(kind, name) for kind, names in parts.items() for name in names}
        assert given == {(kind, name) for kind, name in registry.parts_of(plugin) if kind != "weights"}
        assert {package_with(kind, name) for kind, name in registry.parts_of(plugin)} == {package}


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
        ({"name": 5}, "the table has the name 5, which is not a string"),
        ({"name": ["toy"]}, r"the table has the name \['toy'\]"),
        ({"name": "toi"}, "no anchor generator is named 'toi'; did you mean 'toy'"),
    ],
)
def test_settings_from_refuses_a_table_without_a_known_name(registry, value, message):
    with pytest.raises(ValueError, match=message):
        settings_from(registry, "anchors", value)


def test_settings_from_takes_settings_of_the_right_kind_only(registry, toys):
    assert settings_from(registry, "backbone", toys.backbone(maps=3)) == toys.backbone(maps=3)
    with pytest.raises(ValueError, match="'toy' is a loss, but an anchor generator is needed"):
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
        ("from zoo_core.common.errors import RunError; raise RunError('as it is')", zoo_core.RunError, "^as it is$"),
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
