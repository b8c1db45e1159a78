"""zoo doctor, where all is well and where something is not."""

from __future__ import annotations

import json
import re
from importlib import metadata

import pytest

from zoo_core.cli import diagnosis as doctor
from zoo_core.common.errors import MissingPackageError
from zoo_core.common.optional_packages import way_to_get
from zoo_core.registry.installing import way_to_parts
from zoo_core.registry.probing import examined_registry
from zoo_core.registry.registry import Plugin, Registry


@pytest.fixture(scope="module")
def examined() -> Registry:
    return examined_registry()


@pytest.fixture(autouse=True)
def _plugins_are_examined_once(examined, monkeypatch):
    """That takes another process, and no test changes what it finds; `tests/registry` has those that do."""
    monkeypatch.setattr(doctor, "examined_registry", lambda: examined)


def checks() -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine()}


def test_all_is_well_here(zoo):
    code, out, err = zoo("doctor")
    assert (code, err) == (0, "")
    assert out.endswith("all is well\n")
    for word in ("python", "plugin tinyssd", "mxnet", "gluoncv", "fix applied", "devices", "threads", "computation"):
        assert word in out


def test_as_json(zoo):
    code, out, _ = zoo("doctor", "--json")
    assert code == 0
    assert all(check["ok"] and check["remedy"] is None for check in json.loads(out))


@pytest.fixture
def without(monkeypatch):
    """Takes distributions away."""

    def take(*names: str) -> None:
        real = metadata.version

        def version(name: str) -> str:
            if name in names:
                raise metadata.PackageNotFoundError(name)
            return real(name)

        monkeypatch.setattr(metadata, "version", version)

    return take


def test_says_what_is_missing_of_an_installation_and_how_to_get_it(zoo, without):
    without("grain", "pillow", "gluoncv")
    code, out, _ = zoo("doctor")
    assert code == 1
    assert "3 things to do:" in out
    for name, remedy in (
        ("pillow", "pip install 'zoo-core[images]'"),
        ("grain", "pip install 'zoo-core[mxnet]'"),
        ("gluoncv", "pip install 'zoo-gluoncv-ssd[mxnet]'"),
    ):
        assert [name, *remedy.split()] in [line.split() for line in out.splitlines()]


def test_an_installation_without_mxnet_is_told_as_one_and_is_well(zoo, without):
    without("mxnet", "grain", "gluoncv", "torch", "openvino", "fastapi", "ray")
    code, out, _ = zoo("doctor")
    assert code == 0
    assert "zoo-core[onnx]: to read, check, draw and score data, run and score exported detectors" in out
    assert "computation" not in out
    assert "all is well\nleft out of this installation:" in out
    assert re.search(r"  mxnet +to make new detectors, train, run", out)
    assert "pip install 'zoo-core[mxnet]'" in out


def test_an_installation_with_pytorch_alone_trains_what_mxnet_made(zoo, without):
    without("mxnet", "grain", "gluoncv")
    code, out, _ = zoo("doctor")
    assert code == 0
    assert "zoo-core[torch]: to " in out
    assert "run, train and export, without MXNet, detectors that it has made" in out
    assert checks()["torch"].found.endswith("a convolution returns the right result")


def test_the_core_alone_says_what_each_extra_is_for(without):
    without("mxnet", "torch", "openvino", "fastapi", "ray", "opencv-python", "opencv-python-headless")
    without("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml")
    found = checks()
    assert found["installation"].found == "zoo-core alone: to list, show and check detectors"
    assert all(check.remedy is None for check in found.values())
    assert found["onnxruntime"].more == "to run and score exported detectors: pip install 'zoo-core[onnx]'"


def test_what_runs_exported_files_says_on_what():
    found = checks()
    assert found["onnxruntime"].found.startswith(f"{metadata.version('onnxruntime')}, for device cpu")
    if "openvino" in found and found["openvino"].more is None:
        assert re.match(r"\d[\d.]+, on device cpu \(float32", found["openvino"].found)


@pytest.mark.parametrize(
    ("place", "value", "way"),
    [
        ("sys.version_info", (3, 13, 0), "create an environment with Python 3.11 or 3.12"),
        ("platform.machine", lambda: "riscv64", "there is no MXNet for Linux riscv64"),
    ],
)
def test_no_remedy_is_impossible_here(zoo, without, monkeypatch, place, value, way):
    without("mxnet")
    monkeypatch.setattr(f"zoo_core.common.optional_packages.{place}", value)
    _, out, _ = zoo("doctor")
    assert way in out
    assert "zoo-core[mxnet]'" not in out
    monkeypatch.setattr("zoo_core.cli.needs.find_spec", lambda _: None)
    code, _, err = zoo("train", "tinyssd_shapes")
    assert (code, err.startswith("zoo: zoo train needs mxnet for this, which is not installed: ")) == (2, True)
    assert way in err


@pytest.mark.parametrize(
    ("command", "package"),
    [
        (["export", "run", "a.onnx"], "zoo-core[mxnet]"),
        (["predict", "a.onnx", "a.jpg"], "zoo-core[onnx]"),
        (["predict", "a.onnx", "a.jpg", "--engine", "openvino"], "zoo-core[openvino]"),
        (["eval", "a.onnx", "--engine=openvino"], "zoo-core[openvino]"),
        (["predict", "run", "a.jpg", "--engine", "torch"], "zoo-core[torch]"),
        (["train", "run", "--engine=torch"], "zoo-core[torch]"),
        (["train", "run", "--engine=openvino"], "zoo-core[mxnet]"),
        (["eval", "a.onnx", "b.json"], "zoo-core[onnx]"),
        (["bench", "tinyssd_shapes"], "zoo-core[mxnet]"),
        (["eval", "a.json"], None),
        (["predict", "--help"], None),
        (["predict"], None),
        (["data", "check", "folder"], None),
    ],
)
def test_a_command_says_at_once_which_engine_it_needs(zoo, monkeypatch, command, package):
    monkeypatch.setattr("zoo_core.cli.needs.find_spec", lambda _: None)
    _, _, err = zoo(*command)
    assert (f"which is not installed: pip install '{package}'" in err) == (package is not None)


def test_what_two_engines_bring_is_got_with_the_one_that_can_be_here(monkeypatch):
    monkeypatch.setattr("zoo_core.common.optional_packages.find_spec", lambda _: None)
    assert way_to_get("onnx") == "pip install 'zoo-core[mxnet]'"
    monkeypatch.setattr("sys.version_info", (3, 13, 0))
    assert way_to_get("onnx") == "pip install 'zoo-core[torch]'"


def test_gluoncv_is_asked_for_only_by_its_plugin(without):
    without("zoo-gluoncv-ssd", "gluoncv")
    assert "gluoncv" not in checks()


def test_says_when_mxnet_cannot_run_with_this_numpy(monkeypatch):
    def refuse(name: str) -> None:
        raise MissingPackageError(
            f"{name} cannot run with numpy 2.3.0: pip install 'zoo-core[mxnet]' brings one below 2"
        )

    monkeypatch.setattr("zoo_core.engines.gluon.compatibility.import_quietly", refuse)
    found = checks()
    assert "numpy 2.3.0" in found["mxnet"].found
    assert found["mxnet"].remedy == "pip install 'zoo-core[mxnet]'"


def test_says_when_mxnet_breaks_in_a_way_that_nobody_foresaw(monkeypatch):
    def crash(_: str) -> None:
        raise OSError("libquadmath.so.0: cannot open shared object file")

    monkeypatch.setattr("zoo_core.engines.gluon.compatibility.import_quietly", crash)
    found = checks()
    assert found["mxnet"].found == "OSError: libquadmath.so.0: cannot open shared object file"
    assert found["mxnet"].remedy


def test_says_when_sums_are_wrong(monkeypatch):
    monkeypatch.setattr("zoo_core.cli.diagnosis._NINES", [[[[1.0]]]])
    found = checks()["computation"]
    assert found.remedy == "reinstall mxnet"
    assert "a convolution of ones gave" in found.found


def test_says_which_plugin_is_broken(monkeypatch):
    registry = Registry()
    registry.plugins = [
        Plugin("toys", "toy-package", "2.0", problem="ImportError: no toy"),
        Plugin("q", left_out="ZOO_BLOCK"),
    ]
    monkeypatch.setattr("zoo_core.cli.diagnosis.examined_registry", lambda: registry)
    found = checks()
    assert found["plugin toys"].remedy == "repair toy-package, or set ZOO_BLOCK=toys"
    assert found["plugin q"].remedy is None
    assert found["parts"].remedy == way_to_parts()
    assert all(name in found["parts"].remedy for name in ("tinyssd", "gluoncv_ssd"))
