"""What is light stays light: no engine, no arrays, and an answer in a moment."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

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
    """Less than 0.3 s of work, whatever else the machine is doing: the best of several runs counts.

    On a slow machine, less than three and a half times what importing the libraries of the command line takes there:
    with five plugins it is about two and a half times, half of it for the settings of their parts.
    """
    program = Path(sys.executable).with_name("zoo")
    best = libraries = float("inf")
    for _ in range(5):
        best = min(best, _seconds([program, "list"]))
        if best < 0.3:
            return
        libraries = min(libraries, _seconds([sys.executable, "-c", "import pydantic.main, typer"]))
        if best < 3.5 * libraries:
            return
    pytest.fail(f"zoo list takes {best:.2f} s; see python -X importtime zoo list")


def _seconds(command: list) -> float:
    """Processor time of a program, which a busy machine does not lengthen as it does the time on the wall."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return min(spent, time.perf_counter() - began)
