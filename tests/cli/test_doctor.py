"""zoo doctor, where all is well and where something is not."""

from __future__ import annotations

import json
from importlib import metadata

import pytest

from zoo_core.cli import diagnosis as doctor
from zoo_core.common.errors import MissingPackageError
from zoo_core.registry.installing import pip_install
from zoo_core.registry.registry import Plugin, Registry


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


def test_says_what_is_missing_and_how_to_get_it(zoo, without):
    without("mxnet", "opencv-python", "opencv-python-headless", "gluoncv")
    code, out, _ = zoo("doctor")
    assert code == 1
    assert "3 things to do:" in out
    for name, remedy in (
        ("opencv-python", "pip install 'zoo-core[images]'"),
        ("mxnet", "pip install 'zoo-core[mxnet]'"),
        ("gluoncv", "pip install 'zoo-gluoncv-ssd[mxnet]'"),
    ):
        assert [name, *remedy.split()] in [line.split() for line in out.splitlines()]
    assert "computation" not in out


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


def test_says_when_python_is_too_new_for_mxnet(monkeypatch):
    monkeypatch.setattr("zoo_core.cli.diagnosis._FIRST_PYTHON_WITHOUT_MXNET", (3, 0))
    assert "3.11 or 3.12" in checks()["python"].remedy


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
    assert found["parts"].remedy == pip_install("zoo-tinyssd", "zoo-gluoncv-ssd")
