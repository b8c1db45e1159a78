"""What is light stays light: no engine, no arrays, and an answer in a moment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = {"mxnet", "gluoncv", "numpy", "cv2", "PIL", "scipy", "matplotlib", "supervision", "grain", "jax"}
NO_ENGINE = {"mxnet", "gluoncv"}

LIGHT_MODULES = [
    "zoo_core",
    "zoo_core.builtin",
    "zoo_core.cli",
    "zoo_core.cli.checking",
    "zoo_core.cli.listing",
    "zoo_core.cli.plugins",
    "zoo_core.cli.showing",
    "zoo_core.components",
    "zoo_core.config",
    "zoo_core.config_files",
    "zoo_core.data.settings",
    "zoo_core.describing",
    "zoo_core.discovery",
    "zoo_core.doctor",
    "zoo_core.errors",
    "zoo_core.geometry",
    "zoo_core.guarding",
    "zoo_core.hookspecs",
    "zoo_core.machine_memory",
    "zoo_core.planning",
    "zoo_core.plugins",
    "zoo_core.probing",
    "zoo_core.questions",
    "zoo_core.registry",
    "zoo_core.settings",
    "zoo_core.tables",
    "zoo_core.augmentation_settings",
    "zoo_core.training_settings",
    "zoo_gluoncv_ssd.plugin",
    "zoo_tinyssd.plugin",
]
WITHOUT_ENGINE = [
    "zoo_core.anchor_check.checking",
    "zoo_core.anchor_check.sheet",
    "zoo_core.boxes",
    "zoo_core.api",
    "zoo_core.data.coco",
    "zoo_core.data.csv_table",
    "zoo_core.data.recordio",
    "zoo_core.data.shapes",
    "zoo_core.data.voc",
    "zoo_core.data.yolo",
    "zoo_core.detections",
    "zoo_core.detector",
    "zoo_core.encoding",
    "zoo_core.evaluation.evaluate",
    "zoo_core.evaluation.predictions",
    "zoo_core.interfaces",
    "zoo_core.matching",
    "zoo_core.onnx.exportable",
    "zoo_core.onnx.runtime",
    "zoo_core.predicting",
    "zoo_core.run",
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
]


def imported(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after running some code."""
    code = f"{code}\nimport sys; print('\\n', *{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_light_modules_import_no_engine_and_no_arrays(module):
    assert not imported(f"import {module}") & HEAVY


@pytest.mark.parametrize("module", WITHOUT_ENGINE)
def test_other_modules_import_no_engine(module):
    assert not imported(f"import {module}") & NO_ENGINE


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_light_commands_import_no_engine_and_no_arrays(arguments):
    assert not imported(f"from zoo_core.cli import main; main({arguments})") & HEAVY


def test_a_plan_needs_no_engine_and_no_arrays():
    assert not imported("import zoo_core; zoo_core.plan(zoo_core.load_config('tinyssd_shapes')).anchor_count") & HEAVY


def test_anchors_are_checked_without_an_engine(tmp_path):
    arguments = ["anchors", "tinyssd_shapes", "--set", "data.train_images=4", "--out", str(tmp_path / "anchors.png")]
    assert not imported(f"from zoo_core.cli import main; assert main({arguments}) == 0") & NO_ENGINE


def test_zoo_list_answers_in_a_moment():
    """Less than 0.3 s of work, whatever else the machine is doing: the best of several runs counts.

    On a slow machine, less than two and a half times what importing the libraries of the command line takes there.
    """
    program = Path(sys.executable).with_name("zoo")
    best = min(_seconds([program, "list"]) for _ in range(5))
    libraries = min(_seconds([sys.executable, "-c", "import pydantic.main, typer"]) for _ in range(3))
    assert best < max(0.3, 2.5 * libraries), f"zoo list takes {best:.2f} s; see python -X importtime -m zoo_core list"


def _seconds(command: list) -> float:
    """Processor time of a program, which a busy machine does not lengthen as it does the time on the wall."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return min(spent, time.perf_counter() - began)
