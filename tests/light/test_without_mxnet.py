"""What the core does where MXNet is not installed; run by `tests/light/run` and by every test run."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import zoo_core as zoo

PROGRAM = Path(sys.executable).with_name("zoo")

DETECTORS = ["ssd_300_vgg16_atrous_voc", "ssd_512_mobilenet1.0_voc", "tinyssd_512_voc", "tinyssd_shapes"]


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", DETECTORS)
def test_detectors_are_shown_checked_and_planned(name):
    assert run("show", name).returncode == 0
    checked = run("check", name)
    assert checked.returncode == 0, checked.stderr
    assert f"{zoo.plan(zoo.load_config(name)).anchor_count}" in checked.stdout.replace(",", "")


def test_everything_is_listed():
    listed = run("list")
    assert listed.returncode == 0
    assert all(name in listed.stdout for name in DETECTORS)


def test_a_misfit_is_told():
    checked = run("check", "ssd_300_vgg16_atrous_voc", "--set", "input_size=200")
    assert checked.returncode == 2
    assert "200x200 is too small" in checked.stderr


def test_anchors_and_targets_are_made_with_numpy_alone():
    config = zoo.load_config("tinyssd_shapes")
    anchors = zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)
    targets = zoo.make(config.targets).encode(anchors, [[0.1, 0.1, 0.5, 0.5]], [2])
    assert set(targets.classes.tolist()) == {0, 3}


@pytest.mark.skipif(find_spec("mxnet") is not None, reason="MXNet is here; tests/light/run makes a place without it")
@pytest.mark.parametrize(
    "arguments",
    [["train", "tinyssd_shapes"], ["eval", "run"], ["predict", "run", "picture.jpg"]],
    ids=lambda each: each[0],
)
def test_what_needs_mxnet_says_how_to_get_it(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text(zoo.load_config("tinyssd_shapes").to_yaml())
    (tmp_path / "run" / "weights.params").touch()
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    way = "pip install 'zoo-core[mxnet]'" if sys.version_info < (3, 13) else "Python 3.11 or 3.12"
    assert way in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_knows_which_installation_this_is():
    doctor = run("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert ("not installed" in doctor.stdout) == (find_spec("mxnet") is None)
    if sys.version_info >= (3, 13):
        assert "pip install 'zoo-core[mxnet]'" not in doctor.stdout
