"""list, show, check and plugins."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.sampling import one_in
from zoo_core.config.loading import load_config
from zoo_core.config.plan import plan
from zoo_core.parts.components import KINDS
from zoo_core.registry.registry import Plugin, Registry, default_registry

# list


def test_list_shows_everything_by_kind(zoo):
    code, out, err = zoo("list")
    assert (code, err) == (0, "")
    headings = [line for line in out.splitlines() if line and not line.startswith(" ")]
    kinds = ["detectors", "backbones", "necks", "anchors", "heads", "targets", "losses", "datasets"]
    assert headings == [*kinds, "resizings", "augmentations", "optimizers", "schedules", "loggers"]
    names = {line.split()[0] for line in out.splitlines() if line.startswith(" ")} - {"none"}  # of a kind
    registry = default_registry()
    assert names == {*registry.detectors(), *(name for kind in KINDS for name in registry.components(kind))}


@pytest.mark.parametrize(
    ("word", "heading"),
    [
        ("detector", "detectors"),
        ("backbones", "backbones"),
        ("Backbone", "backbones"),
        ("anchor", "anchors"),
        ("target", "targets"),
        ("loss", "losses"),
        ("losses", "losses"),
        ("dataset", "datasets"),
    ],
)
def test_list_shows_one_kind(zoo, word, heading):
    out = zoo("list", word).out
    assert out.startswith(f"{heading}\n")
    assert "\n\n" not in out


def test_list_refuses_what_is_no_kind(zoo):
    code, out, err = zoo("list", "backbons")
    assert (code, out) == (2, "")
    parts = "backbones, necks, anchors, heads, targets, losses, datasets, resizings, augmentations, optimizers"
    kinds = f"detectors, {parts}, schedules, loggers, weights"
    assert err == f"zoo: no kind is named 'backbons'; did you mean 'backbones'? kinds: {kinds}\n"


def test_list_as_json(zoo):
    found = json.loads(zoo("list", "--json").out)
    assert list(found) == ["detector", *KINDS]
    assert {"name": "coco", "package": "zoo-core"}.items() <= found["dataset"][0].items()


@pytest.mark.usefixtures("broken")
def test_list_says_when_a_plugin_was_set_aside(zoo):
    code, out, err = zoo("list")
    assert code == 0
    assert "toys" not in out
    assert err == "zoo: 1 plugin set aside; `zoo plugins` says why\n"


# show


@pytest.mark.parametrize("name", one_in(8, sorted(default_registry().detectors())))
def test_show_prints_a_configuration_that_can_be_used(zoo, name):
    out = zoo("show", name).out
    text = out.partition("\n\n")[2].partition("\n\n")[0]
    assert load_config(yaml.safe_load(text)) == load_config(name)
    assert str(plan(load_config(name)).anchor_count) in out


def test_show_heeds_overrides(zoo):
    shown = json.loads(zoo("show", "tinyssd_shapes", "--json", "--set", "nms.iou=0.3", "--set", "input_size=64").out)
    assert shown[0]["config"]["nms"]["iou"] == 0.3
    assert shown[0]["plan"]["input_size"] == "64x64"


@pytest.mark.parametrize(
    ("kind", "name"), one_in(8, [(kind, name) for kind in KINDS for name in default_registry().components(kind)])
)
def test_show_tells_every_setting_of_every_part(zoo, kind, name):
    part = default_registry().component(kind, name)
    out = zoo("show", name).out
    assert part.summary in out
    assert (f"made by: {part.target}" in out) == part.settings.has_heavy_half
    for setting in part.settings.model_fields.keys() - {"name"}:
        assert f"  {setting}: " in out
    (shown,) = (each for each in json.loads(zoo("show", name, "--json").out) if each["kind"] == kind)
    assert shown["source"]
    assert all(line["meaning"] for line in shown["settings"])


def test_show_tells_each_kind_of_a_name(zoo):
    out = zoo("show", "multibox").out
    assert "target encoder multibox\n" in out
    assert "\nloss multibox\n" in out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tinyssd_512", "no detector and no part is named 'tinyssd_512'; did you mean 'tinyssd_512_voc'?"),
        ("nothing_near_it", "no detector and no part is named 'nothing_near_it'; `zoo list` shows all"),
    ],
)
def test_show_refuses_unknown_names(zoo, name, message):
    assert zoo("show", name) == (2, "", f"zoo: {message}\n")


@pytest.mark.parametrize("words", [("show",), ("bench",)])
def test_what_is_left_out_on_purpose_is_told_with_the_reason(zoo, words):
    code, _, err = zoo(*words, "faster_rcnn_resnet50_v1b_coco")
    assert code == 2
    assert "detectors of two stages are not supported, because" in err


def test_show_says_which_package_has_a_known_name(program):
    said = program("show", "vgg16_atrous", ZOO_BLOCK="zoo-gluoncv-ssd")
    assert said.code == 2
    assert "it is in the package zoo-gluoncv-ssd, which ZOO_BLOCK leaves out" in said.err


# check


def test_check_says_ok_with_the_plan(zoo):
    code, out, err = zoo("check", "tinyssd_256_voc")
    assert (code, err) == (0, "")
    assert out.splitlines()[:9] == [
        "tinyssd_256_voc: OK",
        "  tinyssd + multibox_prior + ssd + multibox + multibox: 5 feature maps, 5444 anchors",
        "",
        "  map    channels  stride  anchors per cell  anchors",
        "  32x32        64       8                 4     4096",
        "  16x16       128      16                 4     1024",
        "  8x8         128      32                 4      256",
        "  4x4         128      64                 4       64",
        "  1x1         128     256                 4        4",
    ]
    assert "scores   (B, 5444, 21)" in out
    assert "offsets  (B, 5444, 4)" in out


def test_check_reads_files_and_overrides(zoo, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(load_config("tinyssd_shapes").to_yaml(), encoding="utf-8")
    assert zoo("check", str(path)).out.startswith(f"{path}: OK\n")
    said = zoo("check", str(path), "--set", "input_size=20", "--set", "trainig.epochs=3")
    assert said.code == 2
    assert said.err.splitlines()[0] == f"zoo: {path}: 2 problems"


def test_check_as_json(zoo):
    found = json.loads(zoo("check", "ssd_512_vgg16_atrous_voc", "--json").out)
    assert found["anchors"] == 24564
    assert found["score_shape"] == [24564, 21]
    assert [map_["height"] for map_ in found["feature_maps"]] == [64, 32, 16, 8, 4, 2, 1]
    assert sum(map_["anchors"] for map_ in found["feature_maps"]) == 24564


# plugins


@pytest.fixture
def broken(monkeypatch):
    """A registry in which a plugin was set aside, and another left out."""
    registry = Registry()
    registry.discover([])
    registry.plugins = [
        Plugin("good", "good-package", "1.0"),
        Plugin("toys", "toy-package", "2.0", problem="ImportError: no such toy"),
        Plugin("quiet", "quiet-package", "3.0", left_out="ZOO_BLOCK"),
    ]
    monkeypatch.setattr("zoo_core.cli.listing.default_registry", lambda: registry)
    monkeypatch.setattr("zoo_core.cli.plugins.examined_registry", lambda: registry)
    return registry


def test_plugins_says_what_each_gives(zoo):
    code, out, _ = zoo("plugins")
    assert code == 0
    header, core, *_ = out.splitlines()
    assert header.split() == ["plugin", "package", "version", "state", "parts"]
    assert core.split()[:5] == ["core", "zoo-core", default_registry().plugins[0].version, "in", "use"]
    assert core.endswith(
        "11 datasets, 3 resizings, 7 augmentation steps, 4 optimizers, 4 schedules, 1 logger, 17 commands"
    )


@pytest.mark.usefixtures("broken")
def test_plugins_ends_with_1_when_one_is_broken(zoo):
    code, out, _ = zoo("plugins")
    assert code == 1
    assert "left out  by ZOO_BLOCK" in out
    assert out.endswith("\ntoys of toy-package 2.0 was set aside:\n  ImportError: no such toy\n")


@pytest.mark.usefixtures("broken")
def test_plugins_as_json(zoo):
    code, out, _ = zoo("plugins", "--json")
    assert code == 1
    assert [(each["name"], each["state"], each["reason"]) for each in json.loads(out)] == [
        ("good", "in use", None),
        ("toys", "broken", "ImportError: no such toy"),
        ("quiet", "left out", "left out by ZOO_BLOCK"),
    ]
