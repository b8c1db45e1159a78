"""What is light stays light: no engine, no arrays, and an answer in a moment."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from zoo_core.parts.components import KINDS
from zoo_core.parts.settings import Settings
from zoo_core.registry.registry import default_registry

HEAVY = {"mxnet", "gluoncv", "numpy", "cv2", "PIL", "scipy", "matplotlib", "supervision", "grain", "jax"}
NO_ENGINE = {"mxnet", "gluoncv"}

LIGHT = ["zoo_core", *("zoo_core." + room for room in ("common", "parts", "registry", "config"))]
LIGHT += [
    "zoo_core.data.annotated_settings",
    "zoo_core.data.settings",
    "zoo_core.data.plugin",
    "zoo_dense.plugin",
    "zoo_gluoncv_centernet.plugin",
    "zoo_gluoncv_ssd.plugin",
    "zoo_gluoncv_yolo.plugin",
    "zoo_mlflow.plugin",
    "zoo_tinyssd.plugin",
]
LIGHT += [
    "zoo_core.cli",
    *("zoo_core.cli." + name for name in ("checking", "listing", "plugins", "showing", "diagnosis")),
]
WITHOUT_ENGINE = ["zoo_core." + room for room in ("boxes", "data", "prediction", "evaluation")]
WITHOUT_ENGINE += [
    "zoo_core.engines." + name for name in ("opening", "exporting", "onnx.exportable", "onnx.resizing", "onnx.runtime")
]

COMMANDS = [
    ["--version"],
    ["--help"],
    ["list"],
    ["list", "backbones", "--json"],
    ["show", "tinyssd_512_voc"],
    ["show", "ssd"],
    ["check", "ssd_300_vgg16_atrous_voc"],
    ["check", "ssd_300_vgg16_atrous_voc", "--set", "input_size=256"],
    ["check", "nothing"],
    ["plugins"],
    ["train", "--help"],
    ["tune", "--help"],
    ["predict", "-h"],
    ["data", "-h"],
]
LINES = [
    "zoo ",
    "zoo predict ",
    "zoo train tinyssd",
    "zoo train tinyssd_shapes --set training.opt",
    "zoo bench x --set nms.",
]


def modules_in(place: str) -> list[str]:
    """The module, and where it is a room all that it holds."""
    module = importlib.import_module(place)
    inside = pkgutil.walk_packages(module.__path__, f"{place}.") if place.count(".") == 1 and _is_room(module) else ()
    return [place, *(each.name for each in inside)]


def _is_room(module: ModuleType) -> bool:
    return hasattr(module, "__path__") and module.__name__ != "zoo_core.cli"


def first_offender(tries: Sequence[str], unwanted: set[str]) -> str:
    """Which of some statements, run one after the other in a fresh interpreter, first brings in what is unwanted."""
    code = f"""
import sys
for each in {list(tries)!r}:
    try:
        exec(each)
    except SystemExit:
        pass
    if found := {unwanted!r} & {{name.partition('.')[0] for name in sys.modules}}:
        print("\\n", each, "brings in", *sorted(found))
        break
else:
    print("\\nall were tried")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    last = done.stdout.splitlines()[-1]
    assert " brings in " in last or last == "all were tried"
    return "" if last == "all were tried" else last


def test_light_modules_commands_and_completion_import_no_engine_and_no_arrays():
    modules = [module for place in LIGHT for module in modules_in(place)]
    assert len(modules) > 40
    plan = "import zoo_core; zoo_core.plan(zoo_core.load_config('tinyssd_shapes'))"
    commands = [f"from zoo_core.cli import main; main({arguments})" for arguments in COMMANDS]
    asked = {"_ZOO_COMPLETE": "complete_zsh"}
    lines = [f"import os; os.environ.update({asked | {'_TYPER_COMPLETE_ARGS': line}}); main([])" for line in LINES]
    assert not first_offender([*(f"import {module}" for module in modules), plan, *commands, *lines], HEAVY)


def test_the_rooms_of_arrays_and_anchors_import_no_engine(tmp_path):
    modules = [module for place in WITHOUT_ENGINE for module in modules_in(place)]
    assert len(modules) > 80
    arguments = ["anchors", "tinyssd_shapes", "--set", "data.train_images=4", "--out", str(tmp_path / "anchors.png")]
    checked = f"from zoo_core.cli import main; assert main({arguments}) == 0"
    assert not first_offender([*(f"import {module}" for module in modules), checked], NO_ENGINE)


def test_an_offender_is_named():
    assert first_offender(["import json", "import numpy", "import cv2"], HEAVY) == " import numpy brings in numpy"


def test_zoo_list_answers_in_a_moment():
    """At most twice the work of importing the libraries of the command line, whatever else the machine is doing.

    With six plugins it is one and a half times that. The best of several runs counts, and bytecode is there.
    """
    program = [Path(sys.executable).with_name("zoo"), "list"]
    libraries = [sys.executable, "-c", "from pydantic import BaseModel, Field; import typer"]
    least = {"list": float("inf"), "libraries": float("inf")}
    for run in range(10):
        least["libraries"] = min(least["libraries"], _seconds(libraries))
        least["list"] = min(least["list"], _seconds(program))
        if run >= 2 and least["list"] < 2 * least["libraries"]:
            return
    pytest.fail(f"seconds of work: {least}; see python -X importtime zoo list")


def _seconds(command: list) -> float:
    """Processor time of a program, which a busy machine does not lengthen as it does the time on the wall."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = os.times()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_settings_of_parts_are_not_compiled_once_more_for_each_subclass():
    """Their annotations are no strings, which pydantic compiles whenever a class of settings is made."""
    registry = default_registry()
    ours = [part.settings for kind in KINDS for part in registry.components(kind).values()]
    modules = {base.__module__ for each in ours for base in each.__mro__ if issubclass(base, Settings)}
    assert not [name for name in modules if name.startswith("zoo_") and "annotations" in vars(sys.modules[name])]
