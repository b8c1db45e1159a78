"""A detector of MXNet is scored, exported and trained further where MXNet cannot be; run by `tests/light/run`."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import zoo_core as zoo

PROGRAM = Path(sys.executable).with_name("zoo")
TRAINED = Path(__file__).with_name("trained")
"""The run of `make_model.py`, which has no scores and no checkpoints."""

pytestmark = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("mxnet") is not None,
    reason="for PyTorch without MXNet; tests/light/run makes such a place",
)


def zoo_run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_scored():
    assert "circle" in zoo_run("eval", TRAINED)


def test_it_is_exported_and_the_file_scores_the_same(tmp_path):
    file = tmp_path / "model.onnx"
    assert "as PyTorch sees them" in zoo_run("export", TRAINED, file)
    here, exported = (json.loads(zoo_run("eval", each, "--json")) for each in (TRAINED, file))
    assert exported["images"] == here["images"] > 0
    assert sum(each["detections"] for each in exported["classes"].values()) > 0
    for name, numbers in here["classes"].items():
        assert exported["classes"][name]["detections"] == numbers["detections"], name
        assert exported["classes"][name]["coco"] == pytest.approx(numbers["coco"], abs=1e-6), name


@pytest.mark.parametrize("classes", ["circle,square,triangle", "triangle,circle"])
def test_it_is_trained_further_also_on_other_classes(tmp_path, classes):
    settings = zoo.load_config(TRAINED / "config.yaml").to_yaml()
    config = tmp_path / "detector.yaml"
    config.write_text(settings)
    out = tmp_path / "out"
    printed = zoo_run("train", config, "--weights", TRAINED, "--out", out, "--set", f"classes=[{classes}]")
    assert "with PyTorch on cpu" in printed
    assert zoo.load(out).class_names == tuple(classes.split(","))
    assert (out / "network.json").is_file()
    found = zoo.load(out).predict(zoo.dataset(zoo.load_config(out / "config.yaml"))[0].image)
    assert found.boxes.shape[1:] == (4,)
