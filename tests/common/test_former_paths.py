"""Plugins that import from the places before the rooms go on working, and are told where things are."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from zoo_core.common.former_paths import FORMER_PATHS

DOCUMENTED = [
    ("zoo_core.augmentation_settings", "Crop"),
    ("zoo_core.boxes", "Anchors"),
    ("zoo_core.boxes", "BoxFormat"),
    ("zoo_core.boxes", "ImageSize"),
    ("zoo_core.boxes", "pairwise_iou"),
    ("zoo_core.components", "BackboneSettings"),
    ("zoo_core.config", "DetectorConfig"),
    ("zoo_core.data.annotated", "AnnotatedReader"),
    ("zoo_core.data.transforms", "resized"),
    ("zoo_core.describing", "describe_settings"),
    ("zoo_core.encoding", "MatchingEncoder"),
    ("zoo_core.errors", "did_you_mean"),
    ("zoo_core.errors", "listed"),
    ("zoo_core.geometry", "ImageSize"),
    ("zoo_core.gluon.array_names", "match_names"),
    ("zoo_core.gluon.mining", "hard_negatives"),
    ("zoo_core.gluon.weight_names", "parameter_names"),
    ("zoo_core.gluon.weights", "parameters_of"),
    ("zoo_core.hookspecs", "hookimpl"),
    ("zoo_core.interfaces", "Sample"),
    ("zoo_core.matching", "match_by_threshold"),
    ("zoo_core.params_file", "read_params"),
    ("zoo_core.postprocessing", "postprocess"),
    ("zoo_core.registry", "make"),
    ("zoo_core.registry", "settings_from"),
    ("zoo_core.resize_settings", "LetterboxResize"),
]


@pytest.mark.parametrize(("former", "name"), DOCUMENTED)
def test_a_name_at_its_former_place_is_the_one_that_is_meant(former, name):
    import zoo_core.plugin_api

    with pytest.warns(DeprecationWarning, match=rf"{former} has moved, .*: import {name} from zoo_core.plugin_api"):
        found = getattr(importlib.import_module(former), name)
    assert found is getattr(zoo_core.plugin_api, name, found)


@pytest.mark.parametrize("former", FORMER_PATHS)
def test_a_former_place_has_every_name_of_the_present_one(former):
    present = FORMER_PATHS[former][0]
    there = importlib.import_module(present)
    here = importlib.import_module(former)
    for name in set(there.__all__) - {"mx"}:
        with pytest.warns(DeprecationWarning, match=f"else from {present}"):
            assert getattr(here, name) is getattr(there, name)


def test_a_name_that_has_changed_is_said_as_it_is_now():
    from zoo_core.plugin_api import AugmentationSettings

    message = "zoo_core.augmentation_settings has moved, .*: import AugmentationSettings from zoo_core.plugin_api"
    with pytest.warns(DeprecationWarning, match=message):
        from zoo_core.augmentation_settings import AugmentationStep
    assert AugmentationStep is AugmentationSettings


@pytest.mark.parametrize("former", ["zoo_core.geometry", "zoo_core.registry", "zoo_core.boxes"])
def test_what_was_never_there_is_refused(former):
    with pytest.raises(AttributeError, match=f"module '{former}' has no attribute 'nothing'"):
        _ = importlib.import_module(former).nothing
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{former}.nothing")


def test_the_warning_points_at_who_imports():
    code = "from zoo_core.geometry import ImageSize\nprint(ImageSize(2, 3))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2x3\n"
    assert "<string>:1: DeprecationWarning: zoo_core.geometry has moved" in done.stderr


def test_a_folder_that_was_left_behind_hides_no_former_place(tmp_path):
    (tmp_path / "geometry" / "__pycache__").mkdir(parents=True)
    code = f"import zoo_core; zoo_core.__path__.append({str(tmp_path)!r}); from zoo_core.geometry import ImageSize"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
