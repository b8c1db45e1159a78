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
    "zoo_core.data.plugin",
    "zoo_core.cli",
    "zoo_core.cli.checking",
    "zoo_core.cli.listing",
    "zoo_core.cli.plugins",
    "zoo_core.cli.showing",
    "zoo_core.parts.components",
    "zoo_core.config.detector",
    "zoo_core.config.loading",
    "zoo_core.data.settings",
    "zoo_core.parts.description",
    "zoo_core.registry.discovery",
    "zoo_core.cli.diagnosis",
    "zoo_core.common.download",
    "zoo_core.common.errors",
    "zoo_core.common.files",
    "zoo_core.parts.geometry",
    "zoo_core.parts.guarding",
    "zoo_core.registry.hookspecs",
    "zoo_core.config.machine_memory",
    "zoo_core.config.plan",
    "zoo_core.registry.contributions",
    "zoo_core.registry.probing",
    "zoo_core.parts.questions",
    "zoo_core.registry.registry",
    "zoo_core.config.resize",
    "zoo_core.parts.settings",
    "zoo_core.common.tables",
    "zoo_core.config.augmentation",
    "zoo_core.config.training",
    "zoo_gluoncv_ssd.plugin",
    "zoo_tinyssd.plugin",
]
WITHOUT_ENGINE = [
    "zoo_core.evaluation.anchors.checking",
    "zoo_core.evaluation.anchors.sheet",
    "zoo_core.boxes.boxes",
    "zoo_core.engines.opening",
    "zoo_core.data.readers.coco",
    "zoo_core.data.readers.csv_table",
    "zoo_core.data.readers.recordio",
    "zoo_core.data.readers.shapes",
    "zoo_core.data.readers.voc",
    "zoo_core.data.readers.yolo",
    "zoo_core.prediction.detections",
    "zoo_core.prediction.detector",
    "zoo_core.boxes.encoding",
    "zoo_core.evaluation.evaluate",
    "zoo_core.evaluation.predictions",
    "zoo_core.boxes.protocols",
    "zoo_core.boxes.matching",
    "zoo_core.engines.onnx.exportable",
    "zoo_core.engines.onnx.resizing",
    "zoo_core.engines.onnx.runtime",
    "zoo_core.prediction.predictor",
    "zoo_core.config.run_folder",
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
